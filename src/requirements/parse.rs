//! Parses a logical line; see [`super`].

use super::invalid;
use crate::address::redact;
use crate::report::code;
use crate::report::{Failure, Place};

/// A parsed line, before paths are resolved.
#[derive(Debug)]
pub(super) enum Parsed {
    /// A requirement, with its `--hash` options behind it.
    Requirement {
        text: String,
        /// Its hashes, each as `--hash=ALGORITHM:HEX`.
        hashes: Vec<String>,
    },
    /// `-e`. pip would link to the folder; here it is built like any other, for Lambda does not
    /// have the folder.
    Editable(String),
    Options(Vec<FileOption>),
}

/// The long name of an option, and its value as it is written, or an empty text.
pub(super) type FileOption = (&'static str, String);

// pip allows the options of `SUPPORTED_OPTIONS` in a file (`req/req_file.py`), and those of
// `SUPPORTED_OPTIONS_REQ` after a requirement. Of the latter only `--hash` is accepted here.

/// Options that take a value, each with its short form.
const WITH_VALUE: &[(&str, Option<&str>)] = &[
    ("--requirement", Some("-r")),
    ("--constraint", Some("-c")),
    ("--find-links", Some("-f")),
    ("--no-binary", None),
    ("--only-binary", None),
    // Both since pip 26.0.
    ("--all-releases", None),
    ("--only-final", None),
    ("--index-url", Some("-i")),
    ("--extra-index-url", None),
    ("--trusted-host", None),
    ("--use-feature", None),
];
/// Options without a value.
const WITHOUT_VALUE: &[&str] =
    &["--no-index", "--pre", "--prefer-binary", "--require-hashes", "--no-require-hashes"];
/// Options that change how a package is built. A wheel that is built here is kept by what it is
/// built from, and is the same for all who require it.
const OF_BUILDS: &[&str] = &[
    "--global-option",
    "--install-option",
    "--build-option",
    "--config-settings",
    "--config-setting",
    "-C",
];
/// Options that write elsewhere.
const ELSEWHERE: &[&str] = &["-t", "--target", "--prefix", "--src"];

/// Parses a line; the variables in `text` are not expanded.
pub(super) fn parse(text: &str, place: &Place) -> Result<Parsed, Failure> {
    if let Some(rest) = editable(text) {
        // pip splits it like a shell, so it may be quoted.
        let is_quoted = rest.starts_with(['\'', '"']);
        let rest = if is_quoted { words(rest, place)?.join(" ") } else { rest.to_owned() };
        return Ok(Parsed::Editable(rest));
    }
    if text.starts_with('-') {
        return options(text, place).map(Parsed::Options);
    }
    // The requirement ends at the first word that begins with a dash (`break_args_options` in pip's
    // `req/req_file.py`). It is not split like a shell does, which would take the quotes from
    // markers.
    let words: Vec<&str> = text.split(' ').collect();
    let ends = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
    let requirement = words[..ends].join(" ");
    let mut requirement = requirement.trim();
    // Behind the semicolon a marker may be, and need not (`parse_req_from_line` in pip's
    // `req/constructors.py`). An address may end with one.
    if !requirement.contains("://") {
        requirement = requirement.trim_end_matches(';').trim_end();
    }
    let requirement = requirement.to_owned();
    let hashes = hashes(&words[ends..].join(" "), place)?;
    Ok(Parsed::Requirement { text: requirement, hashes })
}

/// Returns the text after `-e` or `--editable`.
fn editable(text: &str) -> Option<&str> {
    let long = text.strip_prefix("--editable").filter(|rest| rest.starts_with([' ', '=']));
    let rest = long.or_else(|| text.strip_prefix("-e"))?;
    let rest = rest.trim_start_matches([' ', '=']).trim();
    (!rest.is_empty()).then_some(rest)
}

fn hashes(text: &str, place: &Place) -> Result<Vec<String>, Failure> {
    let mut hashes = Vec::new();
    let mut words = words(text, place)?.into_iter();
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--hash", value)) => value.to_owned(),
            // optparse takes the value after a blank, too.
            None if word == "--hash" => words.next().unwrap_or_default(),
            Some((option, _)) => return Err(misplaced(option, place)),
            None => return Err(misplaced(&word, place)),
        };
        // The algorithms of `STRONG_HASHES` in pip's `utils/hashes.py`, without md5 and sha1, for
        // which collisions can be made.
        let well_formed = value.split_once(':').is_some_and(|(algorithm, hex)| {
            matches!(algorithm, "sha256" | "sha384" | "sha512")
                && !hex.is_empty()
                && hex.chars().all(|c| c.is_ascii_hexdigit())
        });
        if !well_formed {
            let cause = "a hash is `sha256:` and hexadecimal digits";
            return Err(invalid(&format!("--hash={value}"), cause, place));
        }
        hashes.push(format!("--hash={value}"));
    }
    Ok(hashes)
}

fn options(text: &str, place: &Place) -> Result<Vec<FileOption>, Failure> {
    let mut found = Vec::new();
    let mut words = words(text, place)?.into_iter();
    while let Some(word) = words.next() {
        let (option, joined) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ if is_short_with_value(&word) => (&word[..2], Some(word[2..].to_owned())),
            _ => (word.as_str(), None),
        };
        let option = whole(option);
        let flag = WITHOUT_VALUE.iter().find(|name| **name == option);
        if let Some(name) = flag.filter(|_| joined.is_none()) {
            found.push((*name, String::new()));
            continue;
        }
        let known =
            |(long, short): &&(&str, Option<&str>)| option == *long || Some(option) == *short;
        let (name, _) = WITH_VALUE.iter().find(known).ok_or_else(|| refuse(option, place))?;
        let value = joined.or_else(|| words.next()).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| {
            refuse_option(option, "needs a value", "write the value behind it", place)
        })?;
        found.push((*name, value));
    }
    Ok(found)
}

/// Every long option of a file in full, of which optparse takes any beginning that only one has.
fn whole(option: &str) -> &str {
    let known = WITH_VALUE.iter().map(|(long, _)| *long).chain(WITHOUT_VALUE.iter().copied());
    let known = known.chain(["--editable", "--hash", "--config-settings"]);
    if option == "--pypi-url" {
        return "--index-url";
    }
    if option.len() < 3 || !option.starts_with("--") {
        return option;
    }
    let fit: Vec<&str> = known.filter(|name| name.starts_with(option)).collect();
    match fit[..] {
        [one] => one,
        _ => option,
    }
}

/// Whether a word is a short option with its value: optparse, by which pip parses options, accepts
/// `-rbase.txt` for `-r base.txt`.
fn is_short_with_value(word: &str) -> bool {
    word.len() > 2
        && word.is_char_boundary(2)
        && ["-r", "-c", "-f", "-i", "-e"].contains(&&word[..2])
}

fn words(text: &str, place: &Place) -> Result<Vec<String>, Failure> {
    shlex::split(text).ok_or_else(|| invalid(&redact(text), "a quote is not closed", place))
}

fn refuse(option: &str, place: &Place) -> Failure {
    let (why, hint) = match option {
        "--hash" => (
            "stands on a line without a requirement, where pip ignores it",
            "end the line before it with a backslash, or remove it",
        ),
        _ if OF_BUILDS.contains(&option) => (
            "is refused: what is built here is built in one way for all",
            "remove it, or build a wheel with it and require that by its path",
        ),
        _ if ELSEWHERE.contains(&option) => ("is refused: it writes elsewhere", "remove it"),
        _ => (
            "is not one that a requirements file may have",
            "remove it, or put it into pip's own configuration",
        ),
    };
    refuse_option(&redact(option), why, hint, place)
}

/// The failure of an option behind a requirement. pip ignores one that is not about that
/// requirement, so an index that somebody wants would never be asked.
fn misplaced(option: &str, place: &Place) -> Failure {
    let short =
        |(long, short): &(&str, Option<&str>)| *long == whole(option) || *short == Some(option);
    if WITH_VALUE.iter().any(short) || WITHOUT_VALUE.contains(&whole(option)) {
        let why = "stands behind a requirement, where pip ignores it";
        return refuse_option(&redact(option), why, "give it a line of its own", place);
    }
    refuse(option, place)
}

pub(super) fn refuse_option(option: &str, why: &str, hint: &str, place: &Place) -> Failure {
    Failure::input(code::REQUIREMENTS_OPTION, format!("the option `{option}` {why}"))
        .place(place.clone())
        .hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { path: "requirements.txt".to_owned(), line: Some(1) }
    }

    #[test]
    fn options_are_read_in_every_way_of_writing_them() {
        let read = |text: &str| match parse(text, &place()).unwrap() {
            Parsed::Options(options) => options,
            Parsed::Requirement { .. } | Parsed::Editable(_) => panic!("{text} is no option"),
        };
        let option = |name, value: &str| (name, value.to_owned());
        assert_eq!(read("-r a.txt"), [option("--requirement", "a.txt")]);
        assert_eq!(read("-ra.txt"), [option("--requirement", "a.txt")]);
        assert_eq!(read("--constraint=c.txt"), [option("--constraint", "c.txt")]);
        assert_eq!(read("-f 'a b'"), [option("--find-links", "a b")]);
        let both = [option("--index-url", "http://a"), option("--pre", "")];
        assert_eq!(read("-i http://a --pre"), both);
        assert_eq!(read("--only-binary :none:"), [option("--only-binary", ":none:")]);
        assert_eq!(read("--no-binary=a,b"), [option("--no-binary", "a,b")]);
        assert_eq!(read("--index http://a"), [option("--index-url", "http://a")]);
        assert_eq!(read("--pypi-url=http://a"), [option("--index-url", "http://a")]);
        assert_eq!(read("--all-releases :all:"), [option("--all-releases", ":all:")]);
        assert_eq!(read("--only-final=a --no-require-hashes").len(), 2);
    }

    #[test]
    fn an_option_behind_a_requirement_that_pip_ignores_is_told_as_that() {
        for text in ["torch==2.3.1 --index-url https://h", "a -f x", "a --pre", "a==1 -i x"] {
            let refusal = parse(text, &place()).unwrap_err();
            assert!(refusal.message.contains("stands behind a requirement"), "{}", refusal.message);
            assert_eq!(refusal.hint.as_deref(), Some("give it a line of its own"));
        }
    }

    #[test]
    fn a_semicolon_need_not_have_a_marker_behind_it() {
        for text in ["six==1.16.0;", "six==1.16.0 ; ", "six==1.16.0; --hash=sha256:00"] {
            let Ok(Parsed::Requirement { text, .. }) = parse(text, &place()) else {
                panic!("{text}")
            };
            assert_eq!(text, "six==1.16.0");
        }
    }

    #[test]
    fn options_that_build_in_another_way_or_write_elsewhere_are_refused_by_name() {
        for text in ["--config-settings=x", "a==1 --global-option=x", "--target x"] {
            let refusal = parse(text, &place()).unwrap_err().message;
            assert!(refusal.contains("is refused: "), "{refusal}");
        }
        for text in ["-e .", "-e.", "--editable=.", "--editable  .", "-e '.'"] {
            assert!(matches!(parse(text, &place()), Ok(Parsed::Editable(path)) if path == "."));
        }
        for text in [
            "-e",
            "--editables .",
            "--index",
            "--no- x",
            "--hash=sha256:00",
            "-r",
            "a==1 --hash=md5:00",
            "--pre 'x",
        ] {
            assert!(parse(text, &place()).is_err(), "{text}");
        }
    }
}
