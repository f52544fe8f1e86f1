//! The parts of a template, with the blanks removed that its `~` marks ask for.

use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, Strip};

/// A part of a template.
pub(super) enum Piece<'a> {
    Text(String),
    Value(&'a Expression),
    If { condition: &'a Expression, then: Vec<Piece<'a>>, other: Vec<Piece<'a>> },
    For { key: Option<&'a str>, value: &'a str, collection: &'a Expression, body: Vec<Piece<'a>> },
}

/// The parts of a template. In a heredoc or a file each line is a literal of its own, and a mark
/// reaches no further than to the end of its line (HCL's scanner makes a token of each line; tried
/// on Terraform 1.11).
pub(super) fn pieces<'a>(
    elements: impl Iterator<Item = &'a Element>,
    has_lines: bool,
) -> Vec<Piece<'a>> {
    let all: Vec<&Element> = elements.collect();
    between(&all, has_lines, false, false)
}

/// The same, between two marks of the directive around them.
fn between<'a>(
    elements: &[&'a Element],
    has_lines: bool,
    mut is_cut: bool,
    is_cut_after: bool,
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let next = elements.get(index + 1);
        match element {
            Element::Literal(text) => {
                let cuts_end = match next {
                    Some(next) => strips(next).0,
                    None => is_cut_after,
                };
                let mut text = text.as_str();
                if is_cut {
                    text = cut_start(text, has_lines);
                }
                if cuts_end {
                    text = cut_end(text, has_lines);
                }
                if !text.is_empty() {
                    pieces.push(Piece::Text(text.to_owned()));
                }
                is_cut = false;
                continue;
            }
            Element::Interpolation(inner) => pieces.push(Piece::Value(&inner.expr)),
            Element::Directive(directive) => pieces.push(of_directive(directive, has_lines)),
        }
        is_cut = strips(element).1;
    }
    pieces
}

fn of_directive(directive: &Directive, has_lines: bool) -> Piece<'_> {
    match directive {
        Directive::If(it) => {
            let (then, end) = (&it.if_expr, &it.endif_expr);
            let after_then = it.else_expr.as_ref().map_or(end.strip, |other| other.strip);
            let all: Vec<&Element> = then.template.iter().collect();
            let own = between(&all, has_lines, then.strip.strip_end(), after_then.strip_start());
            let other = it.else_expr.as_ref().map(|other| {
                let all: Vec<&Element> = other.template.iter().collect();
                between(&all, has_lines, other.strip.strip_end(), end.strip.strip_start())
            });
            let other = other.unwrap_or_default();
            Piece::If { condition: &then.cond_expr, then: own, other }
        }
        Directive::For(it) => {
            let (first, end) = (&it.for_expr, &it.endfor_expr);
            let all: Vec<&Element> = first.template.iter().collect();
            let body = between(&all, has_lines, first.strip.strip_end(), end.strip.strip_start());
            Piece::For {
                key: first.key_var.as_ref().map(|name| name.as_str()),
                value: first.value_var.as_str(),
                collection: &first.collection_expr,
                body,
            }
        }
    }
}

/// Whether an element removes the blanks before it, and those after it.
fn strips(element: &Element) -> (bool, bool) {
    let of = |first: Strip, last: Strip| (first.strip_start(), last.strip_end());
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(inner) => of(inner.strip, inner.strip),
        Element::Directive(directive) => match &**directive {
            Directive::If(it) => of(it.if_expr.strip, it.endif_expr.strip),
            Directive::For(it) => of(it.for_expr.strip, it.endfor_expr.strip),
        },
    }
}

fn cut_start(text: &str, has_lines: bool) -> &str {
    match text.find('\n').filter(|_| has_lines) {
        Some(end) => match text[..=end].trim_start() {
            "" => &text[end + 1..],
            _ => text.trim_start(),
        },
        None => text.trim_start(),
    }
}

fn cut_end(text: &str, has_lines: bool) -> &str {
    match text.rfind('\n').filter(|_| has_lines) {
        Some(end) => match text[end + 1..].trim_end() {
            "" => &text[..=end],
            _ => text.trim_end(),
        },
        None => text.trim_end(),
    }
}
