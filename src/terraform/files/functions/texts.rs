//! Functions for texts.

use regex::Regex;

use super::format::{format, formatlist};
use super::{all_texts, bounded, text_list};
use crate::terraform::files::term::{Budget, Given, Stop, Term};

pub(super) fn texts(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let given = match (name, given) {
        ("lower", [one]) => one.text().map(|text| Term::of(each_letter(&text, char::to_lowercase))),
        ("upper", [one]) => one.text().map(|text| Term::of(each_letter(&text, char::to_uppercase))),
        ("title", [one]) => one.text().map(|text| Term::of(title(&text))),
        ("strrev", [one]) => {
            one.text().map(|text| Term::of(text.chars().rev().collect::<String>()))
        }
        ("trimspace", [one]) => one.text().map(|text| Term::of(text.trim())),
        ("chomp", [one]) => one.text().map(|text| Term::of(text.trim_end_matches(['\n', '\r']))),
        ("trim", [one, letters]) => two(one, letters, |text, letters| {
            Term::of(text.trim_matches(|letter| letters.contains(letter)))
        }),
        ("trimprefix", [one, end]) => {
            two(one, end, |text, end| Term::of(text.strip_prefix(end).unwrap_or(text)))
        }
        ("trimsuffix", [one, end]) => {
            two(one, end, |text, end| Term::of(text.strip_suffix(end).unwrap_or(text)))
        }
        ("startswith", [one, end]) => two(one, end, |text, end| Term::Bool(text.starts_with(end))),
        ("endswith", [one, end]) => two(one, end, |text, end| Term::Bool(text.ends_with(end))),
        ("strcontains", [one, part]) => {
            two(one, part, |text, part| Term::Bool(text.contains(part)))
        }
        ("split", [separator, one]) => split(separator, one),
        ("join", [separator, lists @ ..]) => join(separator, lists, budget),
        ("substr", [one, offset, length]) => substr(one, offset, length),
        ("replace", [one, old, new]) => replace(one, old, new, budget),
        ("regex", [pattern, one]) => regex(pattern, one),
        ("regexall", [pattern, one]) => regexall(pattern, one, budget),
        ("format", [form, rest @ ..]) => {
            form.text().and_then(|form| bounded(format(&form, rest, budget)?, budget))
        }
        ("formatlist", [form, rest @ ..]) => formatlist(form, rest, budget),
        ("indent", [spaces, one]) => indent(spaces, one, budget),
        _ => return None,
    };
    Some(given)
}

fn two(one: &Term, other: &Term, of: impl Fn(&str, &str) -> Term) -> Given {
    Ok(of(&one.text()?, &other.text()?))
}

/// Letter by letter, as Go does it: `ß` stays one letter.
fn each_letter<I: Iterator<Item = char>>(text: &str, of: impl Fn(char) -> I) -> String {
    let one = |letter: char| {
        let mut letters = of(letter);
        match (letters.next(), letters.next()) {
            (Some(other), None) => other,
            _ => letter,
        }
    };
    text.chars().map(one).collect()
}

/// Each letter that follows none becomes a capital one.
fn title(text: &str) -> String {
    let mut is_start = true;
    let mut letter = |letter: char| {
        let is_first = std::mem::replace(&mut is_start, false) && letter.is_alphabetic();
        is_start = !(letter.is_alphanumeric() || letter == '_');
        if is_first { each_letter(&letter.to_string(), char::to_uppercase) } else { letter.into() }
    };
    text.chars().map(&mut letter).collect()
}

fn split(separator: &Term, one: &Term) -> Given {
    let (separator, text) = (separator.text()?, one.text()?);
    Ok(match separator.is_empty() {
        true => text_list(text.chars().map(String::from)),
        false => text_list(text.split(&*separator)),
    })
}

fn join(separator: &Term, lists: &[Term], budget: &Budget) -> Given {
    let separator = separator.text()?;
    let mut texts = Vec::new();
    for list in lists {
        texts.extend(all_texts(list)?);
    }
    let length = texts.iter().map(|text| text.len() + separator.len()).sum();
    budget.spend_text(length)?;
    Ok(Term::of(texts.iter().map(|text| &**text).collect::<Vec<_>>().join(&separator)))
}

fn substr(one: &Term, offset: &Term, length: &Term) -> Given {
    let (text, offset, length) = (one.text()?, offset.whole()?, length.whole()?);
    // Terraform counts clusters of letters; without marks that combine, each is one letter.
    if !text.is_ascii() {
        return Err(Stop::unknown("a part of a text that is not ASCII is not told"));
    }
    let count = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { offset + count } else { offset };
    if start < 0 || length < -1 {
        return Err(Stop::unknown("`substr(…)` begins before its text"));
    }
    let letters = text.chars().skip(usize::try_from(start).unwrap_or_default());
    Ok(Term::of(match usize::try_from(length) {
        Ok(length) => letters.take(length).collect::<String>(),
        Err(_) => letters.collect(),
    }))
}

fn compiled(pattern: &str) -> Result<Regex, Stop> {
    let compiled = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
    // Go and Rust have the same language but for a few classes.
    compiled.map_err(|_| Stop::unknown("a regular expression has another form"))
}

fn replace(one: &Term, old: &Term, new: &Term, budget: &Budget) -> Given {
    let (text, old, new) = (one.text()?, old.text()?, new.text()?);
    // A text between slashes is a regular expression ("replace Function").
    if let Some(pattern) = old.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        let pattern = compiled(pattern)?;
        let count = pattern.find_iter(&text).count();
        budget.spend_text(text.len() + (count + 1) * (new.len() + text.len() / 8))?;
        return Ok(Term::of(pattern.replace_all(&text, &*new)));
    }
    let count = text.matches(&*old).count();
    budget.spend_text(text.len() + count * new.len())?;
    Ok(Term::of(text.replace(&*old, &new)))
}

/// What one match of a regular expression gives: its groups, by name where they have names, or
/// itself where there are none.
fn captured(pattern: &Regex, groups: &regex::Captures<'_>) -> Term {
    let text =
        |group: Option<regex::Match<'_>>| group.map_or(Term::Null, |it| Term::of(it.as_str()));
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    match groups.len() {
        1 => text(groups.get(0)),
        _ if names.is_empty() => Term::list(groups.iter().skip(1).map(text).collect()),
        _ => {
            let entry = |name: &&str| ((*name).to_owned(), text(groups.name(name)));
            Term::map(names.iter().map(entry).collect())
        }
    }
}

fn regex(pattern: &Term, one: &Term) -> Given {
    let (pattern, text) = (compiled(&pattern.text()?)?, one.text()?);
    match pattern.captures(&text) {
        Some(groups) => Ok(captured(&pattern, &groups)),
        None => Err(Stop::fault("a regular expression does not match")),
    }
}

fn regexall(pattern: &Term, one: &Term, budget: &Budget) -> Given {
    let (pattern, text) = (compiled(&pattern.text()?)?, one.text()?);
    budget.spend_text(text.len())?;
    Ok(Term::list(pattern.captures_iter(&text).map(|groups| captured(&pattern, &groups)).collect()))
}

fn indent(spaces: &Term, one: &Term, budget: &Budget) -> Given {
    let (spaces, text) = (usize::try_from(spaces.whole()?).unwrap_or_default(), one.text()?);
    let count = text.matches('\n').count();
    budget.spend_text(text.len().saturating_add(spaces.saturating_mul(count)))?;
    // What no line needs is not even made: it may be larger than the memory.
    let indented = |text: &str| text.replace('\n', &format!("\n{}", " ".repeat(spaces)));
    Ok(Term::of(if count == 0 { text.to_string() } else { indented(&text) }))
}
