//! Values of expressions, and why one is not known.
//!
//! Types are told apart as far as they change a value: a set has an order of its own, and a number
//! and a text are not equal. A list and a tuple, or a map and an object, are one here; where it
//! would matter, as for `==`, the value is not known.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use crate::terraform::Archive;

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Null,
    Bool(bool),
    /// A whole number of at most 53 bits, or one with few decimals: with others, Terraform counts
    /// more exactly.
    Number(f64),
    Text(Rc<str>),
    /// A list, or a tuple.
    List(Rc<Vec<Term>>),
    /// In Terraform's order, without duplicates.
    Set(Rc<Vec<Term>>),
    /// A map, or an object.
    Map(Rc<BTreeMap<String, Term>>),
    /// The text of the package manifest, as the next build leaves it.
    Manifest,
    /// A part of a list or map that is not known.
    Unknown(Unknown),
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unknown {
    /// As a clause.
    pub(super) why: Rc<str>,
    /// What the value is an attribute of, where that says where code is.
    pub(super) made: Option<Rc<Made>>,
}

/// A thing that Terraform makes of code.
#[derive(Debug, PartialEq)]
pub(super) enum Made {
    /// An `archive_file`.
    Archive(Archive),
    /// An object in S3, and the file that it is uploaded from.
    Object(Result<Term, Unknown>),
    /// An entry of the package manifest, by its name.
    Entry(String),
    /// The version of a layer, by its `id`.
    Layer(String),
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    Unknown(Unknown),
    /// Terraform says so, too: `try` goes on to the next expression.
    Fault(Rc<str>),
}

/// What an expression gives.
pub(super) type Given = Result<Term, Stop>;

impl Unknown {
    pub(super) fn new(why: &str) -> Self {
        Self { why: why.into(), made: None }
    }
}

impl Stop {
    pub(super) fn unknown(why: &str) -> Self {
        Self::Unknown(Unknown::new(why))
    }

    pub(super) fn fault(why: &str) -> Self {
        Self::Fault(why.into())
    }

    /// What it is made of, where that is known.
    pub(super) fn made(&self) -> Option<&Made> {
        let Self::Unknown(unknown) = self else { return None };
        unknown.made.as_deref()
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(Unknown { why, .. }) | Self::Fault(why) => formatter.write_str(why),
        }
    }
}

/// What becomes a part of a list or map: that one part is not known leaves the others known.
pub(super) fn part(given: Given) -> Given {
    match given {
        Err(Stop::Unknown(unknown)) => Ok(Term::Unknown(unknown)),
        given => given,
    }
}

/// A whole number, or one of few decimals.
pub(super) fn number(number: f64) -> Given {
    /// Beyond it not every whole number can be told.
    const MOST: f64 = 9_007_199_254_740_991.0;
    if number.is_nan() || number.abs() > MOST {
        return Err(Stop::unknown("a number is too large"));
    }
    if number.fract() == 0.0 {
        // There is no negative zero.
        return Ok(Term::Number(number + 0.0));
    }
    // Terraform counts with 512 bits, so `0.1 + 0.2` is `0.3` there.
    let rounded = format!("{number:.9}").parse::<f64>().unwrap_or(number);
    let is_short = (rounded - number).abs() < 1e-12;
    if is_short {
        Ok(Term::Number(rounded))
    } else {
        Err(Stop::unknown("a number is no short one"))
    }
}

impl Term {
    pub(super) fn of(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    pub(super) fn list(list: Vec<Self>) -> Self {
        Self::List(Rc::new(list))
    }

    pub(super) fn map(map: BTreeMap<String, Self>) -> Self {
        Self::Map(Rc::new(map))
    }

    /// A set of values, which become texts where some are.
    pub(super) fn set(list: &[Self], budget: &Budget) -> Given {
        let mut list = unified(list);
        list.sort_by(|one, other| match (one, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            // What is not known comes last.
            _ => matches!(one, Self::Unknown(_)).cmp(&matches!(other, Self::Unknown(_))),
        });
        let list = distinct(&list, budget)?;
        Ok(Self::Set(Rc::new(list)))
    }

    /// Itself, where it is known.
    pub(super) fn known(&self) -> Result<&Self, Stop> {
        match self {
            Self::Unknown(unknown) => Err(Stop::Unknown(unknown.clone())),
            known => Ok(known),
        }
    }

    /// The same, of one's own.
    pub(super) fn open(self) -> Given {
        match self {
            Self::Unknown(unknown) => Err(Stop::Unknown(unknown)),
            known => Ok(known),
        }
    }

    /// Whether it is a text with such a part.
    pub(super) fn has(&self, part: &str) -> bool {
        matches!(self, Self::Text(text) if text.contains(part))
    }

    /// What it is called.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Manifest => "a text",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Unknown(_) => "not known",
        }
    }

    fn is_no(&self, what: &str) -> Stop {
        match self {
            Self::Manifest => Stop::unknown("the package manifest is written by the next build"),
            _ => Stop::fault(&format!("it is {}, and no {what}", self.kind())),
        }
    }

    /// As a text, into which Terraform converts a number and a bool.
    pub(super) fn text(&self) -> Result<Rc<str>, Stop> {
        match self.known()? {
            Self::Text(text) => Ok(Rc::clone(text)),
            Self::Number(number) => Ok(number.to_string().into()),
            Self::Bool(truth) => Ok(truth.to_string().into()),
            other => Err(other.is_no("text")),
        }
    }

    /// As a number, into which Terraform converts a text of digits.
    pub(super) fn number(&self) -> Result<f64, Stop> {
        match self.known()? {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => {
                let is_plain = text.bytes().all(|byte| b"0123456789.eE+-".contains(&byte));
                match text.parse::<f64>().ok().filter(|_| is_plain) {
                    Some(parsed) => match number(parsed)? {
                        Self::Number(number) => Ok(number),
                        other => Err(other.is_no("number")),
                    },
                    None => Err(Stop::fault("a text is no number")),
                }
            }
            other => Err(other.is_no("number")),
        }
    }

    /// As a whole number.
    pub(super) fn whole(&self) -> Result<i64, Stop> {
        let number = self.number()?;
        if number.fract() != 0.0 {
            return Err(Stop::fault("a number is no whole one"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
        Ok(number as i64)
    }

    /// As a bool, into which Terraform converts two texts.
    pub(super) fn truth(&self) -> Result<bool, Stop> {
        match self.known()? {
            Self::Bool(truth) => Ok(*truth),
            Self::Text(text) => match &**text {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(Stop::fault("a text is no bool")),
            },
            other => Err(other.is_no("bool")),
        }
    }

    /// The elements of a list or set.
    pub(super) fn elements(&self) -> Result<&[Self], Stop> {
        match self.known()? {
            Self::List(list) | Self::Set(list) => Ok(list),
            other => Err(other.is_no("list")),
        }
    }

    pub(super) fn entries(&self) -> Result<&BTreeMap<String, Self>, Stop> {
        match self.known()? {
            Self::Map(map) => Ok(map),
            other => Err(other.is_no("map")),
        }
    }

    /// The same, where it is no set whose order can't be told: Terraform orders elements that are
    /// no plain values by a hash.
    pub(super) fn in_order(&self) -> Result<&Self, Stop> {
        let is_plain =
            |term: &Self| matches!(term, Self::Bool(_) | Self::Number(_) | Self::Text(_));
        match self {
            Self::Set(list) if list.len() > 1 && !list.iter().all(is_plain) => {
                Err(Stop::unknown("the order of a set is known to Terraform only"))
            }
            term => Ok(term),
        }
    }

    /// What is at a key of a map, or at an index of a list.
    pub(super) fn at(&self, key: &Self) -> Given {
        match self.known()? {
            Self::Map(map) => {
                let key = key.text()?;
                match map.get(&*key) {
                    Some(term) => term.clone().open(),
                    None => Err(Stop::fault(&format!("there is no key `{key}`"))),
                }
            }
            Self::List(list) => {
                let index = usize::try_from(key.whole()?).ok();
                match index.and_then(|index| list.get(index)) {
                    Some(term) => term.clone().open(),
                    None => Err(Stop::fault("an index is past the end of its list")),
                }
            }
            other => Err(other.is_no("list or map")),
        }
    }

    /// Whether two values are equal, as `==` sees it. Values of two types are not.
    pub(super) fn equals(&self, other: &Self, budget: &Budget) -> Result<bool, Stop> {
        match (self.known()?, other.known()?) {
            (Self::Manifest, _) | (_, Self::Manifest) => Err(self.is_no("list")),
            (Self::List(_) | Self::Set(_) | Self::Map(_), _)
            | (_, Self::List(_) | Self::Set(_) | Self::Map(_)) => match self.same(other, budget)? {
                // A list is not equal to a set or tuple with the same elements, and which of them a
                // value is, is not known here.
                true => Err(Stop::unknown("two collections may be equal but for their types")),
                false => Ok(false),
            },
            (one, other) => Ok(one == other),
        }
    }

    /// Whether two values are equal, types apart.
    pub(super) fn same(&self, other: &Self, budget: &Budget) -> Result<bool, Stop> {
        budget.spend(1)?;
        let all = |pairs: &mut dyn Iterator<Item = (&Self, &Self)>| {
            let mut is_open = None;
            for (one, other) in pairs {
                match one.same(other, budget) {
                    Ok(true) => {}
                    Ok(false) => return Ok(false),
                    Err(stop) => is_open = Some(stop),
                }
            }
            is_open.map_or(Ok(true), Err)
        };
        match (self.known()?, other.known()?) {
            (Self::List(one) | Self::Set(one), Self::List(other) | Self::Set(other)) => {
                if one.len() != other.len() {
                    return Ok(false);
                }
                all(&mut one.iter().zip(&**other))
            }
            (Self::Map(one), Self::Map(other)) => {
                if !one.keys().eq(other.keys()) {
                    return Ok(false);
                }
                all(&mut one.values().zip(other.values()))
            }
            (one, other) => Ok(one == other),
        }
    }
}

/// How much may still be computed: a few short files could else ask for millions of values.
#[derive(Debug)]
pub(super) struct Budget(pub(super) Cell<u32>);

impl Budget {
    pub(super) fn spend(&self, terms: usize) -> Result<(), Stop> {
        let left = u32::try_from(terms).ok().and_then(|terms| self.0.get().checked_sub(terms));
        self.0.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or_else(|| Stop::unknown("the files have too many values"))
    }

    /// For a text of so many bytes.
    pub(super) fn spend_text(&self, bytes: usize) -> Result<(), Stop> {
        self.spend(bytes / 16)
    }
}

/// Values without those that came before.
pub(super) fn distinct(list: &[Term], budget: &Budget) -> Result<Vec<Term>, Stop> {
    let mut kept: Vec<Term> = Vec::new();
    let mut texts = BTreeSet::new();
    for term in list {
        let is_new = match term {
            Term::Unknown(_) => true,
            Term::Text(text) => texts.insert(Rc::clone(text)),
            other => {
                let mut is_new = true;
                for kept in &kept {
                    if !matches!(kept, Term::Unknown(_)) && kept.same(other, budget)? {
                        is_new = false;
                    }
                }
                is_new
            }
        };
        if is_new {
            kept.push(term.clone());
        }
    }
    Ok(kept)
}

/// Values as the elements of one list, set or map: bools and numbers become texts beside a text.
pub(super) fn unified(list: &[Term]) -> Vec<Term> {
    let is_plain = |term: &Term| matches!(term, Term::Bool(_) | Term::Number(_));
    let is_text = |term: &Term| matches!(term, Term::Text(_));
    let is_mixed = list.iter().any(is_plain) && list.iter().any(is_text);
    let text = |term: &Term| match term.text() {
        Ok(text) if is_mixed => Term::Text(text),
        _ => term.clone(),
    };
    list.iter().map(text).collect()
}
