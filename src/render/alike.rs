//! Says once what is true of many lambdas.
//!
//! Warnings and errors that come one after another are held back until something else is said.
//! They are alike where they have one code and the same words, or the same but for the names of
//! their lambdas: such are one message, which names the lambdas and all its places.

use std::collections::BTreeSet;

use crate::report::Place;
use crate::words;

/// How many lambdas or places a message names.
const NAMED: usize = 8;
/// How many lambdas a command names; without names it is for all.
const COMMANDED: usize = 3;
/// Stands for the name of each lambda, as in the docs.
const ANY: &str = "NAME";

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Warning,
    Error,
}

/// A warning or an error.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) code: &'static str,
    pub(super) lambda: Option<String>,
    pub(super) text: String,
    pub(super) place: Option<Place>,
    pub(super) causes: Vec<String>,
    pub(super) hint: Option<String>,
}

/// Messages that are alike, as one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) places: Vec<String>,
    pub(super) causes: Vec<String>,
    pub(super) hint: Option<String>,
}

/// Messages that are not said yet, those that are alike together.
#[derive(Debug, Default)]
pub(super) struct Held(Vec<Group>);

/// Messages that are alike.
#[derive(Debug)]
struct Group {
    /// The first without the name of its lambda.
    general: Message,
    all: Vec<Message>,
}

impl Held {
    pub(super) fn add(&mut self, message: Message) {
        let general = message.for_any();
        match self.0.iter_mut().find(|group| group.takes(&message, &general)) {
            Some(group) => group.all.push(message),
            None => self.0.push(Group { general, all: vec![message] }),
        }
    }

    /// All of them, in the order in which the first of each came.
    pub(super) fn take(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.0).into_iter().map(Group::told).collect()
    }
}

impl Group {
    fn takes(&self, message: &Message, general: &Message) -> bool {
        let first = &self.all[0];
        (first.kind, first.code, first.lambda.is_some())
            == (message.kind, message.code, message.lambda.is_some())
            && (first.words() == message.words() || self.general.words() == general.words())
    }

    /// The messages as one.
    fn told(self) -> Told {
        let Self { general, all } = self;
        let mut names: Vec<&str> = Vec::new();
        for name in all.iter().filter_map(|it| it.lambda.as_deref()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let is_same = all.iter().all(|it| it.words() == all[0].words());
        let Message { kind, text, causes, hint, .. } =
            if is_same { all[0].clone() } else { general };
        let hint = match names[..] {
            [] => hint,
            _ => hint.map(|hint| for_all(&hint, &names)),
        };
        let text = match (&names[..], kind) {
            ([], _) => text,
            ([name], Kind::Error) if all[0].says(name) => text,
            ([name], _) => format!("`{name}`: {text}"),
            (names, _) => {
                let count = words::count(names.len(), "lambda");
                format!("{count} ({}): {text}", words::some_of(names, NAMED))
            }
        };
        Told { kind, text, places: places(&all), causes, hint }
    }
}

impl Message {
    fn words(&self) -> (&str, &[String], Option<&str>) {
        (&self.text, &self.causes, self.hint.as_deref())
    }

    /// The same without the name of its lambda.
    fn for_any(&self) -> Self {
        let Some(name) = self.lambda.as_deref() else { return self.clone() };
        Self {
            text: quoted_for_any(&self.text, name),
            causes: self.causes.iter().map(|cause| quoted_for_any(cause, name)).collect(),
            hint: self.hint.as_deref().map(|hint| quoted_for_any(hint, name)),
            ..self.clone()
        }
    }

    /// Whether its words or its place say the name of its lambda.
    fn says(&self, name: &str) -> bool {
        let place = self.place.as_ref().map(Place::to_string);
        quoted_for_any(&self.text, name) != self.text
            || place.is_some_and(|place| for_any(&place, name) != place)
    }

    fn place_for_any(&self) -> Option<String> {
        let place = self.place.as_ref()?.to_string();
        Some(self.lambda.as_deref().map_or(place.clone(), |name| for_any(&place, name)))
    }
}

/// The places of messages; one for all where they differ by the name of the lambda alone.
fn places(group: &[Message]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for place in group.iter().filter_map(|it| it.place.as_ref()).map(Place::to_string) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let general: BTreeSet<Option<String>> = group.iter().map(Message::place_for_any).collect();
    match (places.len(), general.into_iter().collect::<Vec<_>>().as_slice()) {
        (2.., [Some(one)]) => vec![one.clone()],
        (count, _) if count > NAMED => {
            let more = words::grouped((count - NAMED) as u64);
            places.truncate(NAMED);
            places.push(format!("and {more} more"));
            places
        }
        _ => places,
    }
}

/// A text without a name, which is replaced in what is quoted only: elsewhere it may be a word.
fn quoted_for_any(text: &str, name: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => part.to_owned(),
        _ => for_any(part, name),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// A hint whose commands, of this tool, are for these lambdas.
fn for_all(hint: &str, names: &[&str]) -> String {
    let names = if names.len() > COMMANDED { &[] } else { names };
    let parts = hint.split('`').map(|part| match part.starts_with("cargo dofs-package ") {
        true => {
            let words = part.split(' ').flat_map(|word| match word {
                ANY => names.to_vec(),
                word => vec![word],
            });
            words.collect::<Vec<_>>().join(" ")
        }
        false => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// A text without a name, where that is no part of a longer one.
fn for_any(text: &str, name: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    let (mut result, mut rest) = (String::new(), text);
    let mut before = None;
    while let Some(at) = rest.find(name).filter(|_| !name.is_empty()) {
        let (start, end) = (&rest[..at], &rest[at + name.len()..]);
        let is_longer = start.chars().next_back().or(before).is_some_and(is_part)
            || end.chars().next().is_some_and(is_part);
        result += start;
        result += if is_longer { name } else { ANY };
        before = name.chars().next_back();
        rest = end;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(lambda: &str, text: &str, place: &str, hint: &str) -> Message {
        Message {
            kind: Kind::Warning,
            code: "x",
            lambda: (!lambda.is_empty()).then(|| lambda.to_owned()),
            text: text.to_owned(),
            place: (!place.is_empty()).then(|| Place::new(place, None)),
            causes: Vec::new(),
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        }
    }

    /// What is said of messages: each text with its places and its hint.
    fn said(messages: &[Message]) -> Vec<(String, Vec<String>, Option<String>)> {
        let mut held = Held::default();
        messages.iter().for_each(|message| held.add(message.clone()));
        held.take().into_iter().map(|told| (told.text, told.places, told.hint)).collect()
    }

    #[test]
    fn one_text_of_several_lambdas_is_said_once_with_their_names() {
        let same = |name| warning(name, "the version is a guess", "", "set `python`");
        let expected = "3 lambdas (`a`, `b`, `c`): the version is a guess";
        let all = [same("a"), same("b"), same("c")];
        assert_eq!(said(&all), [(expected.to_owned(), vec![], Some("set `python`".to_owned()))]);
    }

    #[test]
    fn texts_that_differ_by_the_name_of_the_lambda_are_one() {
        let own = |name: &str| {
            let path = format!("lambdas/{name}/requirements.txt");
            warning(name, &format!("`{path}` has no lock"), &path, &format!("run `lock {name}`"))
        };
        let expected = (
            "2 lambdas (`api`, `jobs`): `lambdas/NAME/requirements.txt` has no lock".to_owned(),
            vec!["lambdas/NAME/requirements.txt".to_owned()],
            Some("run `lock NAME`".to_owned()),
        );
        assert_eq!(said(&[own("api"), own("jobs")]), [expected]);
    }

    #[test]
    fn a_command_for_several_lambdas_can_be_pasted() {
        let hint = |count: usize, hint: &dyn Fn(&str) -> String| {
            let names = ["a", "b", "c", "d"];
            let all = names[..count].iter().map(|name| warning(name, "no lock", "", &hint(name)));
            said(&all.collect::<Vec<_>>())[0].2.clone().unwrap()
        };
        let lock = |name: &str| format!("run `cargo dofs-package lock {name}`, and commit it");
        for (count, expected) in [
            (1, "run `cargo dofs-package lock a`, and commit it"),
            (2, "run `cargo dofs-package lock a b`, and commit it"),
            (3, "run `cargo dofs-package lock a b c`, and commit it"),
            (4, "run `cargo dofs-package lock`, and commit it"),
        ] {
            assert_eq!(hint(count, &lock), expected);
        }
        let typed = |name: &str| format!("run `cargo dofs-package lock {name} --python 3.11`");
        assert_eq!(hint(2, &typed), "run `cargo dofs-package lock a b --python 3.11`");
        assert_eq!(hint(4, &typed), "run `cargo dofs-package lock --python 3.11`");
        let table = |name: &str| format!("set `python` in `[lambda.{name}]`");
        assert_eq!(hint(2, &table), "set `python` in `[lambda.NAME]`");
    }

    #[test]
    fn an_error_names_its_lambda_once() {
        for (text, place, expected) in [
            ("it runs on `x`", "main.tf", "`api`: it runs on `x`"),
            ("it runs on `x`", "", "`api`: it runs on `x`"),
            ("it runs on `x`", "lambdas/apis/r.txt", "`api`: it runs on `x`"),
            ("the api is odd", "main.tf", "`api`: the api is odd"),
            ("it runs on `x`", "lambdas/api/r.txt", "it runs on `x`"),
            ("`api` runs on `x`", "main.tf", "`api` runs on `x`"),
        ] {
            let error = Message { kind: Kind::Error, ..warning("api", text, place, "") };
            assert_eq!(said(&[error])[0].0, expected, "{place}");
        }
    }

    #[test]
    fn texts_that_differ_otherwise_stay_apart() {
        for (one, other) in [
            (warning("a", "`x` is here", "", ""), warning("b", "`y` is here", "", "")),
            (warning("a", "a thing", "", ""), warning("b", "b thing", "", "")),
            (warning("a", "`x`", "", "do `x`"), warning("b", "`x`", "", "do `y`")),
            (warning("a", "`x`", "", ""), warning("", "`x`", "", "")),
            (warning("a", "`a`", "", ""), Message { code: "y", ..warning("b", "`b`", "", "") }),
            (warning("a", "`a`", "", ""), warning("b", "`a`x", "", "")),
        ] {
            assert_eq!(said(&[one.clone(), other.clone()]).len(), 2, "{one:?} {other:?}");
        }
    }

    #[test]
    fn all_places_are_shown_and_many_are_counted() {
        let at = |line| {
            let place = Some(Place::new("main.tf", line));
            Message { place, ..warning("a", "it is so", "", "") }
        };
        let two = said(&[at(1), at(2), at(1)]);
        assert_eq!(two[0].0, "`a`: it is so");
        assert_eq!(two[0].1, ["main.tf:1", "main.tf:2"]);
        let many = said(&(1..=11).map(at).collect::<Vec<_>>());
        assert_eq!((many[0].1.len(), &*many[0].1[8]), (9, "and 3 more"));
    }

    #[test]
    fn a_name_within_a_longer_one_is_left_alone() {
        for (text, name, expected) in [
            ("lambdas/api/api.zip", "api", "lambdas/NAME/NAME.zip"),
            ("api_v2 and api-x", "api", "api_v2 and api-x"),
            ("aaa", "a", "aaa"),
            ("my-api", "api", "my-api"),
            ("[lambda.api]", "api", "[lambda.NAME]"),
            ("café", "caf", "café"),
        ] {
            assert_eq!(for_any(text, name), expected);
        }
    }
}
