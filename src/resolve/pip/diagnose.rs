//! What a failed run of pip means.
//!
//! pip has no machine-readable errors, so its words are read; what they do not fit is shown as it
//! is, with the command. The words are those of pip 21.2 to 26.
//!
//! Source: `get_installation_error` in `pip/_internal/resolution/resolvelib/factory.py`,
//! `HashMismatch` in `pip/_internal/exceptions.py`, `_handle_get_simple_fail` in
//! `pip/_internal/index/collector.py`, and the retries of urllib3.

use crate::process::{Output, last_lines, redact};
use crate::report::{Failure, Place};
use crate::requirements::parse_named;
use crate::resolve::error::other_hash;
use crate::resolve::{Error, Request};

/// How many lines of pip are shown.
pub(super) const SHOWN: usize = 8;

/// Returns the error that pip's output speaks of. pip's version and the command are shown where
/// the output does not say why it failed.
pub(super) fn of(output: &Output, request: &Request, version: &str, command: &str) -> Error {
    let said = errors(&output.stderr);
    let unreachable = || {
        let causes = network_faults(&output.stderr);
        let failure = Failure::program("index-unreachable", "pip can't reach the package index");
        let hint = "check the network and pip's index settings (`pip config list`)";
        (!causes.is_empty()).then(|| Error::Failed(failure.said(causes).hint(hint)))
    };
    // pip says the same of a project that it can't look up as of one that does not exist, so it
    // is the warnings above its error that tell whether the network failed.
    if let Some(requirement) = after(&said, "No matching distribution found for ") {
        let requirement = requirement.split(" (from").next().unwrap_or_default();
        let place = place(requirement, request);
        return unreachable()
            .unwrap_or_else(|| Error::no_fit(requirement, &versions(&said), place, request));
    }
    if said.iter().any(|line| {
        line.contains("conflicting dependencies") || line.contains("ResolutionImpossible")
    }) {
        let message = "the requirements contradict each other";
        return Error::Conflict(
            Failure::lambda("requirements-conflict", message)
                .said(conflict(output, &said))
                .place(request.place())
                .hint("loosen one of the versions that pip names"),
        );
    }
    if let Some(line) = said.iter().find(|line| line.contains("is not a supported wheel")) {
        let wheel = line.split_whitespace().next().unwrap_or_default();
        let cause = "its tags are those of other targets";
        return Error::no_fit(wheel, cause, place(wheel, request), request);
    }
    if let Some((package, requires)) = said.iter().find_map(|line| other_python(line)) {
        let place = place(&package, request).unwrap_or_else(|| request.place());
        return takes_other_python(&package, &requires, request, place).into();
    }
    if let Some(failure) = mismatch(output, request.place()) {
        return failure.into();
    }
    unreachable().unwrap_or_else(|| {
        let message = format!("pip {version} failed ({})", output.status);
        let failure = Failure::program("pip-failed", message).said([redact(command)]);
        Error::Pip(failure.said(last_lines(&output.stderr, SHOWN)).place(request.place()))
    })
}

/// A file has another hash than a line demands, if that is what pip says.
pub(super) fn mismatch(output: &Output, place: Place) -> Option<Failure> {
    let is_other = output.stderr.contains("DO NOT MATCH THE HASHES");
    is_other.then(|| other_hash(last_lines(&output.stderr, SHOWN), place))
}

/// A package, with its version if that is known, is for other versions of Python.
pub(crate) fn takes_other_python(
    package: &str,
    requires: &str,
    request: &Request,
    place: Place,
) -> Failure {
    let target = request.target;
    let message = format!("`{package}` requires Python {requires}, and the target is {target}");
    Failure::lambda("requires-python", message)
        .place(place)
        .hint("require a version for the target's Python, or set another `python`")
}

/// The lines that begin with `ERROR:`, less that word.
fn errors(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().filter_map(|line| line.trim_start().strip_prefix("ERROR: "));
    lines.map(|line| line.trim().to_owned()).collect()
}

fn after(said: &[String], words: &str) -> Option<String> {
    let found = said.iter().find_map(|line| line.split_once(words));
    found.map(|(_, rest)| rest.trim().to_owned())
}

/// A package and the range of versions that it is for, if that is why pip will not have it.
fn other_python(line: &str) -> Option<(String, String)> {
    let (package, rest) =
        line.strip_prefix("Package '")?.split_once("' requires a different Python")?;
    let (_, requires) = rest.split_once(" not in '")?;
    Some((package.to_owned(), requires.trim_end_matches('\'').to_owned()))
}

/// What pip said of the network, if it had to try again.
fn network_faults(stderr: &str) -> Vec<String> {
    let tells = |line: &&str| {
        ["Retrying (", "Could not fetch URL", "connection error", "There was a problem"]
            .iter()
            .any(|words| line.contains(words))
    };
    let mut lines: Vec<String> = stderr.lines().filter(tells).map(network_fault).collect();
    lines.dedup();
    lines.truncate(2);
    lines
}

/// What went wrong with the network, out of a line that also has counters and addresses of
/// memory: `… after connection broken by 'Error(<object at 0x7f…>: reason)': /simple/a/`.
fn network_fault(line: &str) -> String {
    let line = line.trim();
    let Some((_, fault)) = line.split_once("broken by ") else { return line.to_owned() };
    let fault = fault.rsplit_once("': ").map_or(fault, |(fault, _)| fault);
    let fault = fault.rsplit_once(">: ").map_or(fault, |(_, reason)| reason);
    fault.trim_matches(['\'', '"', '(', ')', ' ']).to_owned()
}

/// What the index has, as a clause.
fn versions(said: &[String]) -> String {
    let line = said.iter().find(|line| line.contains("(from versions: "));
    let versions = line.and_then(|line| line.split_once("(from versions: "));
    let versions = versions.map(|(_, rest)| rest.trim_end_matches(')')).unwrap_or("none");
    if versions == "none" {
        return "the index knows no such project, has no wheel of it for this target, or can't be reached"
            .to_owned();
    }
    let all: Vec<&str> = versions.split(", ").collect();
    let newest = all[all.len().saturating_sub(5)..].join(", ");
    let more = if all.len() > 5 { "…, " } else { "" };
    format!("the versions with a fitting wheel are {more}{newest}")
}

/// The explanation that pip prints between its error and its advice.
fn conflict(output: &Output, said: &[String]) -> Vec<String> {
    let all = format!("{}\n{}", output.text(), output.stderr);
    let lines = all.lines().skip_while(|line| !line.starts_with("The conflict is caused by:"));
    let lines = lines.skip(1).take_while(|line| !line.trim().is_empty());
    let found: Vec<String> = lines.map(|line| redact(line.trim())).take(SHOWN).collect();
    if found.is_empty() { said.to_vec() } else { found }
}

/// The line that asks for what pip names.
fn place(requirement: &str, request: &Request) -> Option<Place> {
    let name = requirement.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next()?;
    let project = parse_named(name).ok()?.name.to_string();
    request.line_of(&project).map(|line| line.place.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::{Architecture, PythonVersion, Target};
    use crate::requirements::Requirements;

    fn verdict(stderr: &str) -> Failure {
        let output = Output {
            success: false,
            status: "exit status: 1".to_owned(),
            code: Some(1),
            stdout: Vec::new(),
            stderr: stderr.to_owned(),
        };
        let requirements = Requirements { path: "requirements.txt".into(), ..Default::default() };
        let target =
            Target { python: PythonVersion { minor: 12 }, architecture: Architecture::X86_64 };
        let request = Request {
            requirements: requirements.into(),
            target,
            backend: crate::resolve::Backend::Pip,
            policy: crate::resolve::SourceDistributions::Pure,
        };
        of(&output, &request, "23.0", "python3 -m pip download").into()
    }

    #[test]
    fn a_version_that_is_not_there_is_told_with_those_that_are() {
        let error = verdict(
            "ERROR: Could not find a version that satisfies the requirement a==9 (from versions: \
             1, 2, 3, 4, 5, 6)\nERROR: No matching distribution found for a==9\n",
        );
        assert_eq!(error.message, "no wheel of `a==9` fits python3.12 on x86_64");
        assert_eq!(error.causes, ["the versions with a fitting wheel are …, 2, 3, 4, 5, 6"]);
    }

    #[test]
    fn a_network_that_is_down_is_not_a_missing_wheel() {
        let error = verdict(
            "WARNING: Retrying (Retry(total=4)) after connection broken\n\
             ERROR: Could not find a version that satisfies the requirement a (from versions: none)\n\
             ERROR: No matching distribution found for a\n",
        );
        assert_eq!(error.code, "index-unreachable");
    }

    #[test]
    fn a_contradiction_is_told_in_pips_words() {
        let error = verdict(
            "ERROR: Cannot install a==1 and b==1 because these package versions have conflicting \
             dependencies.\n\nThe conflict is caused by:\n    a 1 depends on c==1\n    b 1 depends \
             on c==2\n\nTo fix this you could try to:\n",
        );
        assert_eq!(error.causes, ["a 1 depends on c==1", "b 1 depends on c==2"]);
    }

    #[test]
    fn a_wheel_for_another_python_is_no_failure_of_pip() {
        let error =
            verdict("ERROR: Package 'a' requires a different Python: 3.12.0 not in '>=3.13,<4'\n");
        let message = "`a` requires Python >=3.13,<4, and the target is python3.12 on x86_64";
        assert_eq!((error.code, error.message), ("requires-python", message.to_owned()));
    }

    #[test]
    fn anything_else_is_shown_with_the_command() {
        let error = verdict("Traceback:\nOSError: no space left\n");
        let causes = ["python3 -m pip download", "Traceback:", "OSError: no space left"];
        assert_eq!(error.causes, causes);
    }
}
