//! The files that a run of pip is given.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Purpose, Work};
use crate::fs;
use crate::requirements::{Demand, OptionLine, Requirement, Requirements};
use crate::resolve::building::Built;
use crate::resolve::fetch::url;
use crate::resolve::{LockedWheel, Request, Wanted};
use crate::wheel::WheelName;

/// The script that runs pip; its own text says how.
const SHIM: &str = include_str!("shim.py");
/// The name of the requirements file that pip is given.
pub(super) const REQUIREMENTS: &str = "requirements.txt";
/// The name of the constraints file.
const CONSTRAINTS: &str = "constraints.txt";

/// Writes the script, and the request that it reads. Returns its arguments: itself, the request, and
/// where it is to answer.
pub(super) fn write_shim(work: &Work<'_>) -> Result<[Utf8PathBuf; 3], fs::Error> {
    let paths = ["shim.py", "request.json", "answer.json"].map(|name| work.folder.join(name));
    let [script, for_request, answer] = &paths;
    let target = work.context.request.target;
    let target = (work.purpose != Purpose::Build).then(|| crate::tags::markers(target));
    let markers: BTreeMap<_, _> = target.into_iter().flatten().collect();
    let request = serde_json::json!({
        "markers": markers,
        "source": work.purpose == Purpose::Source,
        "lean": work.purpose == Purpose::Lean,
    });
    fs::write(script, SHIM.as_bytes())?;
    fs::write(for_request, request.to_string().as_bytes())?;
    fs::remove(answer)?;
    Ok(paths)
}

/// Writes the lines for a download, and returns the file.
pub(in crate::resolve) fn write_lines(
    folder: &Utf8Path,
    request: &Request,
    wanted: Wanted<'_>,
    built: &[Built],
) -> Result<Utf8PathBuf, fs::Error> {
    let requirements = &request.requirements;
    let mut text = options(request);
    match wanted {
        Wanted::All(pins) => {
            let mut constraints: String =
                requirements.constraints.iter().map(|it| with_hashes(it, built)).collect();
            // A wheel that was built from a source distribution is that project's only candidate:
            // a constraint with an address makes pip look nowhere else ("Constraints Files" in its
            // documentation).
            for built in built.iter().filter(|built| built.line.is_none()) {
                constraints += &format!("{} @ {}\n", built.project(), built.address());
            }
            constraints.extend(pins.iter().map(|pin| format!("{pin}\n")));
            if !constraints.is_empty() {
                fs::write(&folder.join(CONSTRAINTS), constraints.as_bytes())?;
                text += &format!("-c {CONSTRAINTS}\n");
            }
            for (index, requirement) in requirements.requirements.iter().enumerate() {
                text += &line(index, requirement, built, requirements);
            }
        }
        Wanted::These(wheels) => text.extend(wheels.iter().map(|wheel| pinned(wheel, request))),
        Wanted::Address(wheels) => text.extend(wheels.iter().map(|wheel| by_address(wheel))),
    }
    let path = folder.join(REQUIREMENTS);
    fs::write(&path, text.as_bytes())?;
    Ok(path)
}

/// Writes one line with the options of a request, and returns the file.
pub(in crate::resolve) fn write_line(
    folder: &Utf8Path,
    request: &Request,
    line: &str,
) -> Result<Utf8PathBuf, fs::Error> {
    let text = format!("{}{line}\n", options(request));
    let path = folder.join(REQUIREMENTS);
    fs::write(&path, text.as_bytes())?;
    Ok(path)
}

/// Writes one line with the options and the constraints of a request.
pub(super) fn write_limited_line(
    folder: &Utf8Path,
    request: &Request,
    line: &str,
) -> Result<(), fs::Error> {
    let constraints = request.requirements.constraints.iter();
    let constraints: String = constraints.map(|it| with_hashes(it, &[])).collect();
    fs::write(&folder.join(CONSTRAINTS), constraints.as_bytes())?;
    write_line(folder, request, &format!("-c {CONSTRAINTS}\n{line}")).map(drop)
}

fn options(request: &Request) -> String {
    let lines = request.requirements.options.iter().map(|it| &it.line);
    lines.filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

/// The line for pip: of a source, the one that names the wheel that was built of it.
fn line(
    index: usize,
    requirement: &Requirement,
    built: &[Built],
    requirements: &Requirements,
) -> String {
    let Demand::Source(source) = &requirement.demand else {
        return with_hashes(requirement, built);
    };
    let is_it = |built: &&Built| built.line == Some(index);
    // One that is not built does not apply to the target.
    let Some(own) = built.iter().find(is_it) else { return String::new() };
    // Two lines may name one project: to pip a wheel of another address is another wheel.
    let is_same = |built: &&Built| built.checked.digest == own.checked.digest;
    let address = built.iter().find(is_same).unwrap_or(own).address();
    let (project, extras, marker) = (own.project(), &source.extras, &source.marker);
    format!("{project}{extras} @ {address} {marker}{}\n", hash_of(own, requirements))
}

/// The hash of a built wheel, where pip demands one of every line because some line has one
/// ("Hash-checking Mode" in pip's documentation).
fn hash_of(built: &Built, requirements: &Requirements) -> String {
    let demands = |line: &OptionLine| line.text == "--require-hashes";
    let all = || requirements.requirements.iter().chain(&requirements.constraints);
    let are_demanded =
        all().any(|it| !it.hashes.is_empty()) || requirements.options.iter().any(demands);
    match are_demanded {
        true => format!(" --hash={:?}", built.checked.digest),
        false => String::new(),
    }
}

/// A line with its hashes; those of a source distribution were compared when it was built, and
/// what pip sees is the wheel.
fn with_hashes(requirement: &Requirement, built: &[Built]) -> String {
    let project = requirement.demand.project();
    let is_it = |built: &&Built| project.as_deref() == Some(built.project());
    match built.iter().find(is_it).filter(|_| !requirement.hashes.is_empty()) {
        Some(built) => format!("{} --hash={:?}\n", requirement.line, built.checked.digest),
        None => requirement.hashed(&requirement.line) + "\n",
    }
}

/// The line that gives exactly this wheel: its own, if it came by path or address.
fn pinned(wheel: &LockedWheel, request: &Request) -> String {
    let WheelName { project, version, .. } = &wheel.name;
    let direct = request.lines().find(|line| {
        let is_wheel = line.demand.is_direct() && !matches!(line.demand, Demand::Source(_));
        is_wheel && line.demand.project().as_ref() == Some(project)
    });
    let line = match direct {
        Some(requirement) => requirement.line.clone(),
        None => format!("{project}=={}", wheel.version.as_ref().unwrap_or(version)),
    };
    format!("{line} --hash={:?}\n", wheel.digest)
}

/// The line that gives a wheel from the address that a lock has of it.
fn by_address(wheel: &LockedWheel) -> String {
    let Some(url) = url(wheel) else { return String::new() };
    format!("{} @ {url} --hash={:?}\n", wheel.name.project, wheel.digest)
}
