//! Reads YAML as `yamldecode` does.
//!
//! What a plain word means is as in YAML 1.1, where `yes` is a bool, with Terraform's own
//! exceptions, which were tried on Terraform 1.11. A date, a merge key and what else could be read
//! in two ways is not known.

use std::collections::BTreeMap;

use yaml_rust2::parser::{Event, MarkedEventReceiver, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::term::{Budget, Given, Stop, Term, Unknown, number, part};

pub(super) fn decode(text: &str, budget: &Budget) -> Given {
    budget.spend_text(text.len())?;
    let mut events = Events::default();
    let mut parser = Parser::new_from_str(text);
    if parser.load(&mut events, true).is_err() {
        return Err(Stop::fault("it is no YAML"));
    }
    let is_one = events.0.iter().filter(|it| matches!(it, Event::DocumentStart)).count() == 1;
    if !is_one {
        return Err(Stop::fault("it is not one document of YAML"));
    }
    let skipped = |event: &Event| matches!(event, Event::StreamStart | Event::DocumentStart);
    let mut events = events.0.into_iter().skip_while(skipped);
    Reader { budget, anchors: BTreeMap::new() }.node(&mut events, 0)
}

#[derive(Default)]
struct Events(Vec<Event>);

impl MarkedEventReceiver for Events {
    fn on_event(&mut self, event: Event, _: Marker) {
        if event != Event::Nothing {
            self.0.push(event);
        }
    }
}

struct Reader<'a> {
    budget: &'a Budget,
    anchors: BTreeMap<usize, Term>,
}

impl Reader<'_> {
    fn node(&mut self, events: &mut dyn Iterator<Item = Event>, depth: u8) -> Given {
        let first = events.next().ok_or_else(|| Stop::fault("it is no YAML"))?;
        self.of(first, events, depth)
    }

    fn of(&mut self, first: Event, events: &mut dyn Iterator<Item = Event>, depth: u8) -> Given {
        self.budget.spend(1)?;
        if depth > 32 {
            return Err(Stop::unknown("YAML is nested too deeply"));
        }
        let (anchor, term) = match first {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => {
                return Err(Stop::unknown("YAML has tags of its own"));
            }
            Event::Scalar(text, TScalarStyle::Plain, anchor, None) => (anchor, plain(&text)?),
            Event::Scalar(text, _, anchor, None) => (anchor, Term::of(text)),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                (0, known.ok_or_else(|| Stop::unknown("YAML refers to itself"))?)
            }
            Event::SequenceStart(anchor, None) => {
                let mut list = Vec::new();
                loop {
                    match events.next() {
                        None | Some(Event::SequenceEnd) => break,
                        Some(event) => list.push(self.of(event, events, depth + 1)?),
                    }
                }
                (anchor, Term::list(list))
            }
            Event::MappingStart(anchor, None) => {
                let mut map = BTreeMap::new();
                loop {
                    let key = match events.next() {
                        None | Some(Event::MappingEnd) => break,
                        Some(event) => self.of(event, events, depth + 1)?.text()?,
                    };
                    let value = self.node(events, depth + 1)?;
                    if &*key == "<<" {
                        return Err(Stop::unknown("YAML merges maps"));
                    }
                    map.insert(key.to_string(), value);
                }
                (anchor, Term::map(map))
            }
            _ => return Err(Stop::fault("it is no YAML")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, term.clone());
        }
        Ok(term)
    }
}

/// The value of a word without quotes.
fn plain(text: &str) -> Given {
    let is_form = |word: &str| {
        let (first, rest) = word.split_at(1);
        [word.to_owned(), word.to_uppercase(), first.to_uppercase() + rest]
            .iter()
            .any(|it| it == text)
    };
    if text.is_empty() || text == "~" || is_form("null") {
        return Ok(Term::Null);
    }
    if ["true", "yes", "on", "y"].into_iter().any(is_form) {
        return Ok(Term::Bool(true));
    }
    if ["false", "no", "off", "n"].into_iter().any(is_form) {
        return Ok(Term::Bool(false));
    }
    let digits = text.trim_start_matches(['-', '+']);
    let after_dot = digits.strip_prefix('.').unwrap_or(digits);
    let is_number = after_dot.starts_with(|first: char| first.is_ascii_digit())
        || [".inf", ".nan"].contains(&&*digits.to_lowercase());
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse::<f64>() {
        Ok(value) if is_number && is_decimal => {
            let is_plain = !digits.starts_with('0') || digits == "0" || digits.starts_with("0.");
            match is_plain && !text.starts_with('+') && !digits.ends_with('.') {
                true => part(number(value)),
                false => Ok(Term::Unknown(Unknown::new("YAML has a number of another form"))),
            }
        }
        // Hexadecimal numbers, times and infinities; a version (`3.12.1`) is a text.
        _ if is_number && !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            Ok(Term::Unknown(Unknown::new("YAML has a number or time of another form")))
        }
        _ => Ok(Term::of(text)),
    }
}
