//! What a failed run of pip means.
//!
//! pip has no machine-readable errors, so its words are read; what they do not fit is shown as it
//! is. The words are those of pip 21.2 to 26.
//!
//! Source: `get_installation_error` in `pip/_internal/resolution/resolvelib/factory.py`,
//! `HashMismatch` in `pip/_internal/exceptions.py`, `_handle_get_simple_fail` in
//! `pip/_internal/index/collector.py`, and the retries of urllib3.

use std::str::FromStr as _;

use super::super::HASH_MISSING;
use super::{Answer, Refusal};
use crate::address::redact;
use crate::name::normalised;
use crate::process::{Output, last_lines};
use crate::report::code;
use crate::report::{Failure, Place};
use crate::requirements::{archive_stem, parse_named};
use crate::resolve::error::{CERTIFICATES, REFUSED, other_hash};
use crate::resolve::{Backend, Error, Request};
use crate::wheel::WheelName;

/// How many lines of pip are shown.
pub(super) const SHOWN: usize = 8;

/// Returns the error that pip's output speaks of; pip's version is shown where the output does not
/// say why it failed.
pub(super) fn of(output: &Output, request: &Request, answer: &Answer) -> Error {
    let said = errors(&output.stderr);
    let unreachable = || {
        let causes = network_faults(&output.stderr);
        let failure =
            Failure::program(code::INDEX_UNREACHABLE, "pip can't reach the package index");
        let hint = "check the network and pip's index settings (`pip config list`)";
        (!causes.is_empty()).then(|| failure.said(causes).hint(hint))
    };
    // pip says the same of a project that it can't look up as of one that does not exist, so it
    // is what servers answered, and the warnings above its error, that tell why.
    if let Some(requirement) = after(&said, "No matching distribution found for ") {
        let requirement = requirement.split(" (from").next().unwrap_or_default();
        let place = place(requirement, request);
        let found = versions(&said);
        let project = project(requirement);
        let of_it = |refusal: &&Refusal| refusal.is_of(project.as_deref());
        let refusals: Vec<&Refusal> = answer.refusals.iter().filter(of_it).collect();
        let refused = refusals.iter().copied().find(|refusal| !refusal.is_missing());
        let failure = refused.map(Refusal::failure).or_else(unreachable);
        if let Some(failure) = failure.filter(|_| found.is_none()) {
            return Error::Failed(Failure { place: place.or(failure.place.clone()), ..failure });
        }
        let mut causes = vec![found.unwrap_or_else(|| match refusals.first() {
            Some(refusal) => {
                format!("`{}` has no such project ({})", refusal.index(), refusal.answer())
            }
            None => NOTHING_FOUND.to_owned(),
        })];
        causes.extend(refused.map(|it| format!("`{}` answered {}", it.index(), it.answer())));
        let compiled = compiled(requirement, answer);
        return Error::no_fit(requirement, causes, compiled, place, request);
    }
    if said.iter().any(|line| {
        line.contains("conflicting dependencies") || line.contains("ResolutionImpossible")
    }) {
        return Error::conflict(Backend::Pip, conflict(output, &said), request.place());
    }
    if let Some(line) = said.iter().find(|line| line.contains("is not a supported wheel")) {
        let wheel = line.split_whitespace().next().unwrap_or_default();
        let cause = "its tags are those of other targets".to_owned();
        return Error::no_fit(wheel, vec![cause], None, place(wheel, request), request);
    }
    if let Some((package, requires)) = said.iter().find_map(|line| other_python(line)) {
        let place = place(&package, request).unwrap_or_else(|| request.place());
        return takes_other_python(&package, &requires, request, place).into();
    }
    if let Some(failure) = mismatch(output, request.place()) {
        return failure.into();
    }
    if let Some(failure) = without_hashes(&output.stderr) {
        return failure.place(request.place()).into();
    }
    if let Some(option) = after(&all(&output.stderr), "no such option: ") {
        let message = format!("pip {} does not know the option `{option}`", answer.pip);
        return Failure::input(code::REQUIREMENTS_OPTION, message)
            .place(request.place())
            .hint("remove it, or install a newer pip")
            .into();
    }
    // What pip fetched last is what it failed at.
    let is_of_network = is_of_network(&said) || unreachable().is_some();
    if let Some(refusal) = answer.refusals.last().filter(|_| is_of_network) {
        let place = file_place(&refusal.url, request).unwrap_or_else(|| request.place());
        return Error::Failed(refusal.failure().place(place));
    }
    unreachable().map(Error::Failed).unwrap_or_else(|| {
        let message = format!("`pip download` of pip {} failed ({})", answer.pip, output.status);
        let failure = Failure::program("pip-failed", message);
        Error::Pip(failure.said(last_lines(&output.stderr, SHOWN)).place(request.place()))
    })
}

impl Refusal {
    /// Whether it was about a project, whose page has its name in its address.
    fn is_of(&self, project: Option<&str>) -> bool {
        let mut parts = self.url.trim_end_matches('/').rsplit('/');
        project.is_none_or(|project| parts.any(|part| normalised(part) == project))
    }

    /// Whether the server says that there is no such page.
    fn is_missing(&self) -> bool {
        matches!(self.status, 404 | 410)
    }

    /// The address of the index: that of the page, less the project.
    fn index(&self) -> &str {
        let page = self.url.trim_end_matches('/');
        page.rsplit_once('/').map_or(page, |(index, _)| index)
    }

    fn answer(&self) -> String {
        format!("{} {}", self.status, self.said).trim().to_owned()
    }

    fn failure(&self) -> Failure {
        let index = redact(self.index());
        let login = |message: String| Failure::program(REFUSED, message).cause(self.answer());
        match (self.status, self.fault.as_str()) {
            (401, _) => login(format!("`{index}` asks for a login, and takes none that pip has")).hint(
                "renew the token or password where pip reads it: its configuration, the address, \
                 a `.netrc` or a keyring",
            ),
            (403, _) => login(format!("`{index}` forbids pip to read from it")).hint(
                "renew the token, or ask for the right to read; some servers answer so for what \
                 they have not got",
            ),
            (407, _) => login("the proxy asks for a login".to_owned())
                .hint("write user and password into `HTTPS_PROXY`"),
            (404 | 410, _) => {
                let message = format!("there is nothing at `{}`", redact(&self.url));
                Failure::lambda(code::DOWNLOAD_MISSING, message)
                    .cause(self.answer())
                    .hint("check the address")
            }
            (0, fault) if fault.starts_with("SSL") => {
                Failure::program(CERTIFICATES, format!("pip does not trust the certificate of `{index}`"))
                    .cause(network_fault(&self.said))
                    .hint("name the bundle that has its authority: `PIP_CERT`, or `cert` in pip's configuration")
            }
            (0, fault) if fault.starts_with("Proxy") => {
                Failure::program(code::INDEX_UNREACHABLE, format!("the proxy does not let pip through to `{index}`"))
                    .cause(network_fault(&self.said))
                    .hint("check `HTTPS_PROXY` and `NO_PROXY`, and the `proxy` of pip's configuration")
            }
            (0, _) => Failure::program(code::INDEX_UNREACHABLE, format!("pip can't reach `{index}`"))
                .cause(network_fault(&self.said))
                .hint("check the network and pip's index settings (`pip config list`)"),
            (_, _) => Failure::program(code::INDEX_UNREACHABLE, format!("`{index}` gave no answer that helps"))
                .cause(self.answer())
                .hint("try it again later, or ask who runs the server"),
        }
    }
}

/// Some files have no hash where pip demands them of all, or no exact version, if that is what pip
/// says.
fn without_hashes(stderr: &str) -> Option<Failure> {
    let (message, hint) = [
        (
            "Hashes are required in --require-hashes mode",
            "some packages have no hash, and others have",
            "write the hashes of all lines and of what they require \
             (`pip-compile --generate-hashes`), or of none",
        ),
        (
            "all requirements must have their versions pinned with ==",
            "some packages have no exact version, and lines have hashes",
            "write one version of each (`==`), and its hashes",
        ),
    ]
    .into_iter()
    .find_map(|(words, message, hint)| stderr.contains(words).then_some((message, hint)))?;
    // pip lists them, indented, with what it found.
    let listed = all(stderr).into_iter().filter(|line| {
        let line = line.trim();
        line.contains(" --hash=") || (line.contains(" from ") && line.contains(" (from "))
    });
    let listed: Vec<String> = listed.map(|line| line.trim().to_owned()).take(SHOWN).collect();
    Some(Failure::lambda(HASH_MISSING, message).said(listed).hint(hint))
}

/// All lines that pip said.
fn all(stderr: &str) -> Vec<String> {
    stderr.lines().map(str::to_owned).collect()
}

/// Whether pip failed at a request.
fn is_of_network(said: &[String]) -> bool {
    let words = ["HTTP error ", "Could not install requirement", "Client Error", "Server Error"];
    said.iter().any(|line| words.iter().any(|word| line.contains(word)))
}

/// The line that names an address.
fn file_place(url: &str, request: &Request) -> Option<Place> {
    let mut lines = request.requirements.requirements.iter();
    lines.find(|line| line.text.contains(url)).map(|line| line.place.clone())
}

/// Why the version of a requirement that would be built is known to be compiled, as a clause: the
/// index has wheels of it for single platforms.
fn compiled(requirement: &str, answer: &Answer) -> Option<String> {
    let named = parse_named(requirement).ok()?;
    let project = named.name.to_string();
    let (_, files) = answer.files.iter().find(|(name, _)| normalised(name) == project)?;
    let allows = |version: &pep440_rs::Version| match &named.version_or_url {
        Some(pep508_rs::VersionOrUrl::VersionSpecifier(versions)) => versions.contains(version),
        Some(pep508_rs::VersionOrUrl::Url(_)) => false,
        None => !version.any_prerelease(),
    };
    let version = |text: &str| pep440_rs::Version::from_str(&text.replace('_', "-")).ok();
    let source = |name: &String| {
        let (stem, text) = archive_stem(name)?.rsplit_once('-')?;
        version(text).filter(|it| normalised(stem) == project && allows(it))
    };
    let newest = files.iter().filter_map(source).max()?;
    let is_platform = |name: &&String| {
        let wheel = WheelName::new(name).ok();
        wheel.is_some_and(|wheel| version(&wheel.version).as_ref() == Some(&newest))
    };
    let wheel = files.iter().find(is_platform)?;
    Some(format!(
        "`{project} {newest}` is compiled: the index has `{wheel}` and a source distribution"
    ))
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
    Failure::lambda(code::REQUIRES_PYTHON, message)
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
    let parts = line.split_once("broken by ").or_else(|| line.split_once("Caused by "));
    let Some((_, fault)) = parts else { return line.to_owned() };
    let fault = fault.rsplit_once("': ").map_or(fault, |(fault, _)| fault);
    let fault = fault.rsplit_once(">: ").map_or(fault, |(_, reason)| reason);
    fault.trim_matches(['\'', '"', '(', ')', ' ']).to_owned()
}

/// The cause where pip has nothing else to say.
const NOTHING_FOUND: &str =
    "the index knows no such project, has no wheel of it for this target, or can't be reached";

/// The versions that fit, as a clause, if pip names any.
fn versions(said: &[String]) -> Option<String> {
    let line = said.iter().find(|line| line.contains("(from versions: "));
    let (_, versions) = line?.split_once("(from versions: ")?;
    let versions = versions.trim_end_matches(')');
    if versions == "none" {
        return None;
    }
    let all: Vec<&str> = versions.split(", ").collect();
    let newest = all[all.len().saturating_sub(5)..].join(", ");
    let more = if all.len() > 5 { "…, " } else { "" };
    Some(format!("the versions with a fitting wheel are {more}{newest}"))
}

/// The explanation that pip prints between its error and its advice.
fn conflict(output: &Output, said: &[String]) -> Vec<String> {
    let all = format!("{}\n{}", output.text(), output.stderr);
    let lines = all.lines().skip_while(|line| !line.starts_with("The conflict is caused by:"));
    let lines = lines.skip(1).take_while(|line| !line.trim().is_empty());
    let found: Vec<String> = lines.map(|line| redact(line.trim())).take(SHOWN).collect();
    if found.is_empty() { said.to_vec() } else { found }
}

/// The project that pip names.
fn project(requirement: &str) -> Option<String> {
    let name = requirement.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next()?;
    Some(parse_named(name).ok()?.name.to_string())
}

/// The line that asks for what pip names.
fn place(requirement: &str, request: &Request) -> Option<Place> {
    request.line_of(&project(requirement)?).map(|line| line.place.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lambda::{Architecture, PythonVersion, Target};
    use crate::requirements::Requirements;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().copied().map(str::to_owned).collect()
    }

    fn verdict_of(stderr: &str, files: &[(&str, &[&str])], refusals: Vec<Refusal>) -> Failure {
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
            backend: Backend::Pip,
            policy: crate::resolve::SourceDistributions::Pure,
            versions: BTreeMap::new().into(),
        };
        let answer = Answer {
            pip: "23.0".to_owned(),
            files: files.iter().map(|(name, files)| (name.to_string(), owned(files))).collect(),
            refusals,
            ..Answer::default()
        };
        of(&output, &request, &answer).into()
    }

    fn verdict(stderr: &str) -> Failure {
        verdict_of(stderr, &[], Vec::new())
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

    const NOT_FOUND: &str = "ERROR: Could not find a version that satisfies the requirement a==2 \
                             (from versions: none)\nERROR: No matching distribution found for a==2\n";

    fn refusal(url: &str, status: u16, fault: &str) -> Refusal {
        let (url, fault) = (url.to_owned(), fault.to_owned());
        Refusal { url, status, fault, said: "why".to_owned() }
    }

    #[test]
    fn what_a_server_refused_is_the_cause() {
        let table = [
            (
                401,
                "",
                "index-refused",
                "`https://h/simple` asks for a login, and takes none that pip has",
            ),
            (403, "", "index-refused", "`https://h/simple` forbids pip to read from it"),
            (407, "", "index-refused", "the proxy asks for a login"),
            (503, "", "index-unreachable", "`https://h/simple` gave no answer that helps"),
            (
                0,
                "SSLError",
                "certificates",
                "pip does not trust the certificate of `https://h/simple`",
            ),
            (
                0,
                "ProxyError",
                "index-unreachable",
                "the proxy does not let pip through to `https://h/simple`",
            ),
            (0, "ConnectionError", "index-unreachable", "pip can't reach `https://h/simple`"),
            (404, "", "no-wheel-fits", "no wheel of `a==2` fits python3.12 on x86_64"),
        ];
        for (status, fault, code, message) in table {
            let refusals = vec![refusal("https://h/simple/a/", status, fault)];
            let failure = verdict_of(NOT_FOUND, &[], refusals);
            assert_eq!((failure.code, failure.message.as_str()), (code, message));
        }
    }

    #[test]
    fn what_was_refused_of_another_project_is_no_cause() {
        let failure = verdict_of(NOT_FOUND, &[], vec![refusal("https://h/simple/b/", 401, "")]);
        assert_eq!(failure.code, "no-wheel-fits");
    }

    #[test]
    fn a_version_with_wheels_for_single_platforms_is_known_to_be_compiled() {
        let table: [(&[&str], bool); 5] = [
            (&["a-2.tar.gz", "a-2-cp312-cp312-win32.whl"], true),
            (&["a-2.0.zip", "A-2-cp39-abi3-macosx_11_0_arm64.whl"], true),
            (&["a-2.tar.gz", "a-1-cp312-cp312-win32.whl"], false),
            (&["a-2.tar.gz"], false),
            (&["a-2-cp312-cp312-win32.whl"], false),
        ];
        for (files, expected) in table {
            let files = BTreeMap::from([("A".to_owned(), owned(files))]);
            let answer = Answer { pip: "23.0".to_owned(), files, ..Answer::default() };
            assert_eq!(compiled("a==2", &answer).is_some(), expected, "{:?}", answer.files);
        }
    }

    #[test]
    fn lines_of_which_some_have_no_hash_are_no_failure_of_pip() {
        let failure = verdict(
            "ERROR: Hashes are required in --require-hashes mode, but they are missing from some \
             requirements here.\n    idna==3.7 --hash=sha256:00\n",
        );
        assert_eq!(
            (failure.code, &failure.causes[..]),
            ("hash-missing", &["idna==3.7 --hash=sha256:00".to_owned()][..])
        );
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
    fn anything_else_is_shown_as_it_is() {
        let error = verdict("Traceback:\nOSError: no space left\n");
        let causes = ["Traceback:", "OSError: no space left"];
        assert_eq!(error.causes, causes);
    }
}
