//! What a failed run of pip means.
//!
//! pip has no machine-readable errors, so its words are read; what they do not fit is shown as it
//! is, with the command. The words are those of pip 21.2 to 26.

use crate::process::{Output, last_lines, redact};
use crate::report::Place;
use crate::requirements::Requirement;
use crate::resolve::{Error, Request};

/// How many lines of pip are shown.
const SHOWN: usize = 8;

/// Returns the error that pip's output tells of; its version and the command are shown where that is only "failed".
pub(super) fn of(output: &Output, request: &Request<'_>, version: &str, command: &str) -> Error {
    let said = errors(&output.stderr);
    let file = Place { path: request.requirements.path.to_string(), line: None };
    if let Some(requirement) = after(&said, "No matching distribution found for ") {
        let unreachable = unreachable(&output.stderr);
        if !unreachable.is_empty() {
            return Error::Unreachable { causes: unreachable };
        }
        let requirement = requirement.split(" (from").next().unwrap_or_default().to_owned();
        return Error::NoFit {
            causes: vec![versions(&said)],
            target: request.target.to_string(),
            place: place(&requirement, request),
            policy: request.policy,
            requirement,
        };
    }
    if said.iter().any(|line| {
        line.contains("conflicting dependencies") || line.contains("ResolutionImpossible")
    }) {
        return Error::Conflict { causes: conflict(output, &said), place: file };
    }
    if let Some(line) = said.iter().find(|line| line.contains("is not a supported wheel")) {
        let requirement = line.split_whitespace().next().unwrap_or_default().to_owned();
        return Error::NoFit {
            causes: vec!["its tags are those of other targets".to_owned()],
            target: request.target.to_string(),
            place: place(&requirement, request),
            policy: request.policy,
            requirement,
        };
    }
    if let Some((package, requires)) = said.iter().find_map(|line| other_python(line)) {
        let (target, place) = (request.target.to_string(), place(&package, request));
        let place = place.unwrap_or(file);
        return Error::OtherPython { package, requires, target, place };
    }
    if output.stderr.contains("DO NOT MATCH THE HASHES") {
        return Error::Hashes { causes: last_lines(&output.stderr, SHOWN), place: file };
    }
    let unreachable = unreachable(&output.stderr);
    if !unreachable.is_empty() {
        return Error::Unreachable { causes: unreachable };
    }
    let mut causes = vec![redact(command)];
    causes.extend(last_lines(&output.stderr, SHOWN));
    Error::Pip { version: version.to_owned(), status: output.status.clone(), causes, place: file }
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
fn unreachable(stderr: &str) -> Vec<String> {
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
fn place(requirement: &str, request: &Request<'_>) -> Option<Place> {
    let name = requirement.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next()?;
    let named = crate::requirements::parse_named(name).ok()?.name.to_string();
    let is_it = |line: &&Requirement| line.demand.project().as_ref() == Some(&named);
    request.requirements.requirements.iter().find(is_it).map(|line| line.place.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::{Architecture, PythonVersion, Target};
    use crate::requirements::Requirements;

    fn verdict(stderr: &str) -> Error {
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
        of(
            &output,
            &Request {
                requirements: &requirements,
                target,
                backend: crate::resolve::Backend::Pip,
                policy: crate::resolve::SourceDistributions::Pure,
            },
            "23.0",
            "python3 -m pip download",
        )
    }

    #[test]
    fn a_version_that_is_not_there_is_told_with_those_that_are() {
        let error = verdict(
            "ERROR: Could not find a version that satisfies the requirement a==9 (from versions: \
             1, 2, 3, 4, 5, 6)\nERROR: No matching distribution found for a==9\n",
        );
        assert_eq!(error.to_string(), "no wheel of `a==9` fits python3.12 on x86_64");
        assert_eq!(error.causes(), ["the versions with a fitting wheel are …, 2, 3, 4, 5, 6"]);
    }

    #[test]
    fn a_network_that_is_down_is_not_a_missing_wheel() {
        let error = verdict(
            "WARNING: Retrying (Retry(total=4)) after connection broken\n\
             ERROR: Could not find a version that satisfies the requirement a (from versions: none)\n\
             ERROR: No matching distribution found for a\n",
        );
        assert_eq!(error.code(), "index-unreachable");
    }

    #[test]
    fn a_contradiction_is_told_in_pips_words() {
        let error = verdict(
            "ERROR: Cannot install a==1 and b==1 because these package versions have conflicting \
             dependencies.\n\nThe conflict is caused by:\n    a 1 depends on c==1\n    b 1 depends \
             on c==2\n\nTo fix this you could try to:\n",
        );
        assert_eq!(error.causes(), ["a 1 depends on c==1", "b 1 depends on c==2"]);
    }

    #[test]
    fn a_wheel_for_another_python_is_no_failure_of_pip() {
        let error =
            verdict("ERROR: Package 'a' requires a different Python: 3.12.0 not in '>=3.13,<4'\n");
        let message = "`a` requires Python >=3.13,<4, and the target is python3.12 on x86_64";
        assert_eq!((error.code(), error.to_string()), ("requires-python", message.to_owned()));
    }

    #[test]
    fn anything_else_is_shown_with_the_command() {
        let error = verdict("Traceback:\nOSError: no space left\n");
        let causes = ["python3 -m pip download", "Traceback:", "OSError: no space left"];
        assert_eq!(error.causes(), causes);
    }
}
