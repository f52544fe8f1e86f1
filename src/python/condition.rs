//! Conditions that Lambda's Python decides: its version, its system, and whether a type checker
//! reads.

use std::collections::BTreeMap;

use ruff_python_ast::{BoolOp, CmpOp, Expr, Number, UnaryOp};

use crate::lambda::PythonVersion;

/// What is known where a condition stands.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) python: Option<PythonVersion>,
    /// The names that a condition was given to; none for one that has several.
    pub(super) names: BTreeMap<String, Option<bool>>,
}

impl Known {
    /// Whether a condition holds when Lambda imports the module; none where that can't be told.
    pub(super) fn holds(&self, condition: &Expr) -> Option<bool> {
        match condition {
            Expr::BooleanLiteral(literal) => Some(literal.value),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => Some(number.as_i64() != Some(0)),
                _ => None,
            },
            Expr::NoneLiteral(_) => Some(false),
            Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => {
                self.holds(&unary.operand).map(|holds| !holds)
            }
            Expr::BoolOp(operation) => {
                let decides = operation.op == BoolOp::Or;
                let all: Vec<_> = operation.values.iter().map(|it| self.holds(it)).collect();
                match () {
                    () if all.contains(&Some(decides)) => Some(decides),
                    () if all.contains(&None) => None,
                    () => Some(!decides),
                }
            }
            Expr::Name(name) => {
                self.names.get(name.id.as_str()).copied().flatten().or_else(|| named(&name.id))
            }
            Expr::Attribute(attribute) => named(attribute.attr.as_str()),
            Expr::Call(call) => {
                // `sys.platform.startswith("win")`
                let Expr::Attribute(function) = &*call.func else { return None };
                let [argument] = &call.arguments.args[..] else { return None };
                let (text, prefixes) = (text(&function.value)?, texts(argument)?);
                (function.attr.as_str() == "startswith")
                    .then(|| prefixes.iter().any(|prefix| text.starts_with(prefix)))
            }
            Expr::Compare(compare) => {
                let mut left = &*compare.left;
                let mut all = Some(true);
                for (operator, right) in compare.ops.iter().zip(&compare.comparators) {
                    match self.compares(left, *operator, right) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => all = None,
                    }
                    left = right;
                }
                all
            }
            _ => None,
        }
    }

    fn compares(&self, left: &Expr, operator: CmpOp, right: &Expr) -> Option<bool> {
        if let (Some(one), Some(other)) = (self.version(left), self.version(right)) {
            return decided(&one, operator, &other);
        }
        if let (Some(one), Some(others)) = (text(left), texts(right)) {
            let is_in = others.contains(&one);
            return match operator {
                CmpOp::Eq | CmpOp::In | CmpOp::Is => Some(is_in),
                CmpOp::NotEq | CmpOp::NotIn | CmpOp::IsNot => Some(!is_in),
                _ => None,
            };
        }
        match (text(right), text(left)) {
            (Some(_), Some(_)) => None,
            (Some(_), None) if matches!(operator, CmpOp::Eq | CmpOp::NotEq) => {
                let other = texts(left)?;
                let (one, other) = (text(right)?, other.first()?.clone());
                Some((one == other) == (operator == CmpOp::Eq))
            }
            _ => None,
        }
    }

    /// A tuple of numbers: Python's version, or a literal that it is compared with.
    fn version(&self, expression: &Expr) -> Option<Vec<Part>> {
        match expression {
            Expr::Tuple(tuple) => {
                let parts =
                    tuple.elts.iter().map(|element| self.version(element)?.first().copied());
                parts.collect()
            }
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => Some(vec![Part::Known(number.as_i64()?)]),
                _ => None,
            },
            Expr::Subscript(subscript) => {
                let whole = self.version_info(&subscript.value)?;
                match &*subscript.slice {
                    Expr::Slice(slice) if slice.lower.is_none() && slice.step.is_none() => {
                        let upper = number(slice.upper.as_deref()?)?;
                        Some(whole.into_iter().take(upper).collect())
                    }
                    index => Some(vec![*whole.get(number(index)?)?]),
                }
            }
            Expr::Attribute(attribute) => match attribute.attr.as_str() {
                "version_info" => self.version_info(expression),
                "major" => Some(self.version_info(&attribute.value)?[..1].to_vec()),
                "minor" => Some(self.version_info(&attribute.value)?[1..2].to_vec()),
                _ => None,
            },
            Expr::Name(_) => self.version_info(expression),
            _ => None,
        }
    }

    /// The whole version, where an expression is that.
    fn version_info(&self, expression: &Expr) -> Option<Vec<Part>> {
        if last_name(expression)? != "version_info" {
            return None;
        }
        let minor = self.python.map_or(Part::Open, |python| Part::Known(i64::from(python.minor)));
        Some(vec![Part::Known(3), minor, Part::Open, Part::Open, Part::Open])
    }
}

/// A part of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Known(i64),
    /// It is there, and nobody says what it is.
    Open,
}

/// Compares as Python compares tuples.
fn decided(one: &[Part], operator: CmpOp, other: &[Part]) -> Option<bool> {
    use std::cmp::Ordering;

    let mut pairs = one.iter().zip(other);
    let ordering = loop {
        match pairs.next() {
            Some((Part::Known(one), Part::Known(other))) if one == other => {}
            Some((Part::Known(one), Part::Known(other))) => break one.cmp(other),
            Some(_) => return None,
            None => break one.len().cmp(&other.len()),
        }
    };
    match operator {
        CmpOp::Eq => Some(ordering == Ordering::Equal),
        CmpOp::NotEq => Some(ordering != Ordering::Equal),
        CmpOp::Lt => Some(ordering == Ordering::Less),
        CmpOp::LtE => Some(ordering != Ordering::Greater),
        CmpOp::Gt => Some(ordering == Ordering::Greater),
        CmpOp::GtE => Some(ordering != Ordering::Less),
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => None,
    }
}

fn number(expression: &Expr) -> Option<usize> {
    let Expr::NumberLiteral(literal) = expression else { return None };
    let Number::Int(number) = &literal.value else { return None };
    usize::try_from(number.as_i64()?).ok()
}

/// The last part of a name with dots.
pub(super) fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// Names that mean the same in every module.
fn named(name: &str) -> Option<bool> {
    match name {
        // Only type checkers take it to be true (module `typing` in Python's library).
        "TYPE_CHECKING" | "MYPY" => Some(false),
        // Of `six`, and of whoever does as it does.
        "PY2" | "PYPY" => Some(false),
        "PY3" => Some(true),
        _ => None,
    }
}

/// What an expression about Lambda's system is: a text.
fn text(expression: &Expr) -> Option<String> {
    let is_of = |value: &Expr, module: &str| last_name(value) == Some(module);
    let text = match expression {
        Expr::Name(name) if name.id.as_str() == "__name__" => "(imported)",
        Expr::Attribute(attribute) => match attribute.attr.as_str() {
            "platform" if is_of(&attribute.value, "sys") => "linux",
            "name" if is_of(&attribute.value, "os") => "posix",
            "name" if is_of(&attribute.value, "implementation") => "cpython",
            _ => return None,
        },
        Expr::Call(call) if call.arguments.args.is_empty() => match last_name(&call.func)? {
            "system" => "Linux",
            "python_implementation" => "CPython",
            _ => return None,
        },
        _ => return None,
    };
    Some(text.to_owned())
}

/// One literal text, or several.
fn texts(expression: &Expr) -> Option<Vec<String>> {
    let elements = match expression {
        Expr::StringLiteral(literal) => return Some(vec![literal.value.to_str().to_owned()]),
        Expr::Tuple(tuple) => &tuple.elts[..],
        Expr::List(list) => &list.elts[..],
        Expr::Set(set) => &set.elts[..],
        _ => return None,
    };
    let literal = |element: &Expr| match element {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        _ => None,
    };
    elements.iter().map(literal).collect()
}
