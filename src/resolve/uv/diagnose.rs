//! What a failed run of uv means.
//!
//! uv has no machine-readable errors, so its words are read; what they do not fit is shown as it is.
//! The words are those of uv 0.5 to 0.13.
//!
//! Source: `crates/uv-resolver/src/pubgrub/report.rs` of uv.

use crate::address::redact;
use crate::process::last_lines;
use crate::report::{Failure, Place, as_clause, code};
use crate::requirements::parse_named;
use crate::resolve::error::{Error, REFUSED};
use crate::resolve::{Backend, Request};

/// How many lines of a failed run are shown.
const SHOWN: usize = 12;

/// How many letters of a sentence are shown: one may list hundreds of versions.
const LONGEST: usize = 600;

/// Returns the error that uv's words speak of; `newest` tells the newest version of a project with a
/// wheel for the target.
pub(super) fn of(
    said: &str,
    status: &str,
    request: &Request,
    newest: &dyn Fn(&str) -> Option<String>,
) -> Error {
    let said = without_log(said);
    if let Some(refused) = refused(&said) {
        return refused.place(request.place()).into();
    }
    let Some(explained) = explained(&said) else {
        let message = format!("uv found no answer ({status})");
        let failure = Failure::lambda("uv-failed", message).said(last_lines(&said, SHOWN));
        return Error::Conflict(failure.place(request.place()));
    };
    let Explained { sentences, hints } = &explained;
    let causes = || sentences.iter().map(|sentence| shortened(sentence)).take(SHOWN);
    let Some(unfit) = unfit(sentences) else {
        let place = required(sentences, request).unwrap_or_else(|| request.place());
        return Error::conflict(Backend::Uv, causes().collect(), place);
    };
    let project = parse_named(&unfit).ok().map(|named| named.name.to_string());
    let line = project.as_deref().and_then(|project| request.line_of(project));
    let place = line.map(|line| line.place.clone()).or_else(|| required(sentences, request));
    let newest = project.as_deref().and_then(newest);
    let newest = newest.map(|it| format!("the newest version with a fitting wheel is {it}"));
    let causes = causes().chain(hints.iter().map(|hint| shortened(hint))).chain(newest).collect();
    // What has only a source distribution is not built for uv.
    Error::Conflict(Error::no_fit(&unfit, causes, None, place, request).into())
}

/// Why uv has no solution.
#[derive(Debug, PartialEq, Eq)]
struct Explained {
    /// Its explanation, as clauses.
    sentences: Vec<String>,
    /// What it adds to that.
    hints: Vec<String>,
}

/// What uv said behind its log.
fn without_log(said: &str) -> String {
    let is_log = |line: &&str| {
        let mut words = ["TRACE ", "DEBUG ", "INFO ", "WARN "].into_iter();
        words.any(|word| line.trim_start().starts_with(word))
    };
    let lines: Vec<&str> = said.lines().collect();
    let first = lines.iter().rposition(is_log).map_or(0, |last| last + 1);
    lines[first..].iter().flat_map(|line| [line, "\n"]).collect()
}

/// Reads the explanation, whatever marks stand before it: in older versions `×` and `╰─▶`.
fn explained(said: &str) -> Option<Explained> {
    let (_, rest) = said.split_once("No solution found when resolving dependencies")?;
    let (_, rest) = rest.split_once("Because ")?;
    let mut parts = rest.split("hint: ").map(|part| part.split_whitespace().collect::<Vec<_>>());
    let text = parts.next()?.join(" ");
    let sentences =
        text.split(". And because ").map(|it| format!("because {}", it.trim_end_matches('.')));
    let hints = parts.map(|words| as_clause(&words.join(" ")));
    Some(Explained { sentences: sentences.collect(), hints: hints.collect() })
}

/// The requirement that nothing fulfils, if that is why uv has no solution.
fn unfit(sentences: &[String]) -> Option<String> {
    let text = sentences.join(". ");
    // A range of versions has commas.
    let word =
        |text: &str| text.split(' ').next().map(|word| word.trim_end_matches(',').to_owned());
    let behind = ["there is no version of ", "there are no versions of "];
    let before = [
        " has no wheels with a matching ",
        " have no wheels with a matching ",
        " has no usable wheels",
        " have no usable wheels",
        " was not found in ",
    ];
    let named = behind.into_iter().find_map(|words| word(text.split_once(words)?.1));
    let named = named.or_else(|| {
        let named =
            before.into_iter().find_map(|words| text.split_once(words)?.0.rsplit(' ').next());
        named.map(str::to_owned)
    });
    let is_only = text.contains("because only ") && !text.contains(" depends on ");
    named.or_else(|| word(text.rsplit_once("you require ")?.1).filter(|_| is_only))
}

/// The line of the requirement that uv names last.
fn required(sentences: &[String], request: &Request) -> Option<Place> {
    let text = sentences.join(". ");
    let mut named = text.rsplit("you require ").map(|rest| rest.split([' ', ',']).next());
    named.find_map(|word| {
        let project = parse_named(word?.trim_end_matches(':')).ok()?.name.to_string();
        request.line_of(&project).map(|line| line.place.clone())
    })
}

fn shortened(sentence: &str) -> String {
    match sentence.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &sentence[..end]),
        None => sentence.to_owned(),
    }
}

/// A login that an index refuses, or a network that is not there, if that is what uv speaks of.
fn refused(said: &str) -> Option<Failure> {
    let line = |words: &str| said.lines().find(|line| line.contains(words)).map(str::trim);
    let login = line("401 Unauthorized").or_else(|| line("403 Forbidden"));
    if let Some(line) = login {
        let failure =
            Failure::program(REFUSED, "an index refuses the login that uv has, or uv has none");
        return Some(failure.said([redact(line)]).hint(
            "renew the token or password where uv reads it: the address, a `.netrc`, a keyring or \
             `UV_INDEX_…_PASSWORD`",
        ));
    }
    let words = ["error sending request", "Failed to fetch", "dns error"];
    let line = words.into_iter().find_map(line)?.trim_start_matches("cause: ");
    let failure = Failure::program(code::INDEX_UNREACHABLE, "uv can't reach the package index");
    Some(failure.said([redact(line)]).hint("check the network, and what uv is told of indexes"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect;

    use super::*;
    use crate::environment::Environment;
    use crate::lambda::{Architecture, PythonVersion, Target};
    use crate::requirements;
    use crate::resolve::SourceDistributions;
    use crate::tree::Tree;

    /// Message, place, causes and hint of what uv says of these lines.
    fn verdict(lines: &str, said: &str) -> String {
        let folder = crate::fs::TemporaryDirectory::new().unwrap();
        let tree = Tree::new(folder.path()).unwrap();
        let read =
            requirements::read(&tree, "a.txt".into(), lines.as_bytes(), &Environment::default());
        let target =
            Target { python: PythonVersion { minor: 12 }, architecture: Architecture::X86_64 };
        let request = Request {
            requirements: read.unwrap().unwrap().into(),
            target,
            backend: Backend::Uv,
            policy: SourceDistributions::Pure,
            versions: BTreeMap::new().into(),
        };
        let newest = |project: &str| (project == "boto3").then(|| "1.43.0".to_owned());
        let failure = Failure::from(of(said, "exit status: 1", &request, &newest));
        let place = failure.place.map(|place| place.to_string()).unwrap_or_default();
        let mut text = format!("{}: {} ({place})\n", failure.code, failure.message);
        failure.causes.iter().for_each(|cause| text += &format!("- {cause}\n"));
        failure.hint.iter().for_each(|hint| text += &format!("hint: {hint}\n"));
        text
    }

    /// What uv 0.13 says.
    const NOWHERE: &str = "DEBUG No compatible version found for: boto3\n\
        error: No solution found when resolving dependencies\n  \
        cause: Because there is no version of boto3==99.0 and you require boto3==99.0, we can \
        conclude that your requirements are unsatisfiable.\n";

    #[test]
    fn a_version_that_is_not_there_is_told_with_its_line_and_the_newest_that_is() {
        let newest = verdict("six\nboto3==99.0\n", NOWHERE);
        expect![[r#"
            no-wheel-fits: no wheel of `boto3==99.0` fits python3.12 on x86_64 (a.txt:2)
            - because there is no version of boto3==99.0 and you require boto3==99.0, we can conclude that your requirements are unsatisfiable
            - the newest version with a fitting wheel is 1.43.0
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        "#]].assert_eq(&newest);
        // The form of uv 0.5.
        let older = "  × No solution found when resolving dependencies:\n  \
            ╰─▶ Because there is no version of boto3==99.0 and you require\n      boto3==99.0, we can \
            conclude that your requirements are\n      unsatisfiable.\n";
        assert_eq!(verdict("six\nboto3==99.0\n", older), newest);
    }

    #[test]
    fn what_no_wheel_fits_is_told_with_what_uv_knows_of_it() {
        let said = |because: &str| {
            format!(
                "error: No solution found when resolving dependencies\n  cause: Because {because}"
            )
        };
        let platform = said(
            "pywin32==306 has no wheels with a matching platform tag (e.g., `manylinux_2_34_x86_64`) \
             and you require pywin32==306, we can conclude that your requirements are unsatisfiable.\n\n\
             hint: Wheels are available for `pywin32` (v306) on the following platforms: `win32`\n",
        );
        let unknown = said(
            "nosuch was not found in the package registry and you require nosuch, we can conclude that \
             your requirements are unsatisfiable.",
        );
        let source = said(
            "psycopg2==2.9.9 has no usable wheels and you require psycopg2==2.9.9, we can conclude that \
             your requirements are unsatisfiable.",
        );
        let only = said(
            "only boto3<=1.43 is available and you require boto3>99, we can conclude that your \
             requirements are unsatisfiable.",
        );
        let transitive = said(
            "there is no version of urllib3>=99 and boto3==2 depends on urllib3>=99, we can conclude \
             that boto3==2 cannot be used.\n         And because you require boto3==2, we can conclude \
             that your requirements are unsatisfiable.",
        );
        let lines = "nosuch\npywin32==306\npsycopg2==2.9.9\nboto3\n";
        let all = [platform, unknown, source, only, transitive].map(|said| verdict(lines, &said));
        expect![[r#"
            no-wheel-fits: no wheel of `pywin32==306` fits python3.12 on x86_64 (a.txt:2)
            - because pywin32==306 has no wheels with a matching platform tag (e.g., `manylinux_2_34_x86_64`) and you require pywin32==306, we can conclude that your requirements are unsatisfiable
            - wheels are available for `pywin32` (v306) on the following platforms: `win32`
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path

            no-wheel-fits: no wheel of `nosuch` fits python3.12 on x86_64 (a.txt:1)
            - because nosuch was not found in the package registry and you require nosuch, we can conclude that your requirements are unsatisfiable
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path

            no-wheel-fits: no wheel of `psycopg2==2.9.9` fits python3.12 on x86_64 (a.txt:3)
            - because psycopg2==2.9.9 has no usable wheels and you require psycopg2==2.9.9, we can conclude that your requirements are unsatisfiable
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path

            no-wheel-fits: no wheel of `boto3>99` fits python3.12 on x86_64 (a.txt:4)
            - because only boto3<=1.43 is available and you require boto3>99, we can conclude that your requirements are unsatisfiable
            - the newest version with a fitting wheel is 1.43.0
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path

            no-wheel-fits: no wheel of `urllib3>=99` fits python3.12 on x86_64 (a.txt:4)
            - because there is no version of urllib3>=99 and boto3==2 depends on urllib3>=99, we can conclude that boto3==2 cannot be used
            - because you require boto3==2, we can conclude that your requirements are unsatisfiable
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        "#]].assert_eq(&all.join("\n"));
    }

    #[test]
    fn a_contradiction_is_told_with_the_line_that_uv_names_last() {
        let said = "error: No solution found when resolving dependencies\n  \
            cause: Because boto3==1.34.0 depends on botocore>=1.34.0,<1.35.0 and you require \
            boto3==1.34.0, we can conclude that you require botocore>=1.34.0,<1.35.0.\n         And \
            because you require botocore==1.30.0, we can conclude that your requirements are \
            unsatisfiable.\n";
        expect![[r#"
            requirements-conflict: the requirements contradict each other (a.txt:2)
            - because boto3==1.34.0 depends on botocore>=1.34.0,<1.35.0 and you require boto3==1.34.0, we can conclude that you require botocore>=1.34.0,<1.35.0
            - because you require botocore==1.30.0, we can conclude that your requirements are unsatisfiable
            hint: loosen one of the versions that uv names
        "#]].assert_eq(&verdict("boto3==1.34.0\nbotocore==1.30.0\n", said));
    }

    #[test]
    fn what_is_not_known_is_told_as_it_is_without_the_log() {
        let said = "DEBUG one\nDEBUG two\nerror: Couldn't parse `x`\n  cause: Unexpected end\n";
        expect![[r#"
            uv-failed: uv found no answer (exit status: 1) (a.txt)
            - error: Couldn't parse `x`
            -   cause: Unexpected end
        "#]]
        .assert_eq(&verdict("boto3\n", said));
    }
}
