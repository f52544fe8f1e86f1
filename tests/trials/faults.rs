//! Each system call of a run fails in turn, as on a disk that is full or broken or in a process that has
//! too few descriptors: what is packaged is right or is not there, and the next run does all.
//!
//! strace(1) lets them fail. It counts the calls of each thread for itself, so one position is one call
//! in each of the threads and programs that come so far.

use std::collections::{BTreeMap, BTreeSet};

use super::{Files, add_asking, broken, files, forget, project, spoil, traced};
use crate::support::{Project, git};

/// How calls fail: with these errors, or with an end of the process in their place.
const FAULTS: &[(&[&str], &[&str])] = &[
    (&["write", "writev", "pwrite64"], &["ENOSPC", "EIO", "EINTR", "KILL"]),
    (&["copy_file_range", "sendfile", "ftruncate"], &["ENOSPC", "EIO", "KILL"]),
    (&["open", "openat", "openat2"], &["EACCES", "EMFILE", "ENOSPC", "EIO", "EINTR", "KILL"]),
    (&["rename", "renameat", "renameat2"], &["ENOSPC", "EACCES", "EIO", "KILL"]),
    (&["link", "linkat", "symlink", "symlinkat"], &["ENOSPC", "EACCES", "EIO", "KILL"]),
    (&["mkdir", "mkdirat"], &["ENOSPC", "EACCES", "EIO", "KILL"]),
    (&["unlink", "unlinkat", "rmdir"], &["EACCES", "EIO", "KILL"]),
    (&["fsync", "fdatasync", "syncfs", "sync_file_range"], &["ENOSPC", "EIO", "EINTR", "KILL"]),
    (&["close"], &["EIO"]),
    (&["read", "readv", "pread64"], &["EIO", "EINTR"]),
    (&["getdents64"], &["EIO", "EACCES", "EINTR"]),
    (&["statx", "newfstatat", "fstat", "stat", "lstat", "access"], &["EIO", "EACCES"]),
    (&["readlink", "readlinkat", "getcwd"], &["EIO", "EACCES"]),
    (&["chmod", "fchmod", "fchmodat", "utimensat"], &["EPERM", "EIO"]),
    (&["lseek", "fadvise64", "ioctl"], &["EIO", "EINVAL"]),
    (&["flock"], &["ENOLCK", "EINTR", "EIO", "KILL"]),
    (&["fcntl"], &["EMFILE", "EINTR", "EIO"]),
    (&["pipe2", "socketpair", "dup", "dup2"], &["EMFILE"]),
    (&["poll", "recvfrom", "wait4", "waitid"], &["EINTR"]),
    (&["getrandom"], &["EINTR", "ENOSYS"]),
    (&["execve", "chdir", "setpgid"], &["EACCES", "ENOMEM"]),
    (&["clone3", "clone", "vfork"], &["EAGAIN"]),
    (&["mmap", "mprotect", "mremap"], &["ENOMEM"]),
];

/// Calls without which there is no thread and no memory: Rust's runtime ends the process then.
const VITAL: &[&str] = &["clone3", "clone", "mmap", "mprotect", "mremap"];

/// What is run.
struct Course {
    what: &'static str,
    arguments: &'static [&'static str],
    /// Makes things as they are before it.
    prepare: fn(&Project),
    /// Whether there is a lambda for whose wheels pip is asked.
    asks_pip: bool,
}

const COURSES: [Course; 4] = [
    Course {
        what: "a build with an empty store",
        arguments: &["-j1"],
        prepare: |project| {
            forget(project);
            spoil(project);
        },
        asks_pip: false,
    },
    Course {
        what: "a build with a warm store",
        arguments: &["-j1"],
        prepare: spoil,
        asks_pip: false,
    },
    Course {
        what: "a build of a commit",
        arguments: &["-j1", "--rev", "HEAD", "--out-dir", "dist"],
        prepare: |project| {
            for name in ["plain", "locked"] {
                project.write(&format!("dist/{name}.zip"), "old");
            }
        },
        asks_pip: false,
    },
    Course {
        what: "a build that asks pip",
        arguments: &["-j1"],
        prepare: |project| {
            forget(project);
            spoil(project);
        },
        asks_pip: true,
    },
];

/// One call that fails.
#[derive(Debug, Clone)]
struct Fault {
    call: String,
    error: &'static str,
    position: usize,
}

/// The faults that a course can have: each error at each position of each of its calls.
fn faults(project: &Project, course: &Course) -> Vec<Fault> {
    let trace = project.home().join("trace");
    let calls: BTreeSet<&str> = FAULTS.iter().flat_map(|(calls, _)| *calls).copied().collect();
    let calls: Vec<String> = calls.into_iter().map(|call| format!("?{call}")).collect();
    let filter = format!("trace={}", calls.join(","));
    (course.prepare)(project);
    let place = trace.to_str().expect("UTF-8");
    let run = traced(project, course.arguments, &["-o", place, "-e", &filter]);
    assert_eq!(run.code, 0, "{}", run.text());
    // The most that one thread makes of each call: `123 openat(…`.
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let text = std::fs::read_to_string(trace).expect("strace wrote it");
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        if call.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            *counts.entry((call.to_owned(), thread.to_owned())).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((call, _), count) in counts {
        let most = most.entry(call).or_default();
        *most = count.max(*most);
    }
    for call in ["openat", "read", "write", "fsync", "getdents64", "close", "mmap"] {
        assert!(most.contains_key(call), "no {call} was seen, and so none would fail");
    }
    let mut all = Vec::new();
    for (calls, errors) in FAULTS {
        for call in *calls {
            let positions = most.get(*call).copied().unwrap_or_default();
            for position in 1..=positions {
                all.extend(errors.iter().map(|error| Fault {
                    call: (*call).to_owned(),
                    error,
                    position,
                }));
            }
        }
    }
    all
}

/// Whether a manifest has some of the entries of another, and nothing else: those of the packages that
/// could be made.
fn is_part(manifest: &[u8], whole: &[u8]) -> bool {
    let read = |bytes| serde_json::from_slice::<BTreeMap<String, serde_json::Value>>(bytes);
    let (Ok(manifest), Ok(whole)) = (read(manifest), read(whole)) else { return false };
    !manifest.is_empty() && manifest.iter().all(|(name, entry)| whole.get(name) == Some(entry))
}

/// Runs a course with a fault, and says what is wrong with what it left.
fn try_fault(
    project: &Project,
    course: &Course,
    fault: &Fault,
    after: &Files,
    answer: &str,
) -> (i32, Vec<String>) {
    let Fault { call, error, position } = fault;
    (course.prepare)(project);
    let before = files(&project.root());
    let kind = match *error {
        "KILL" => "signal=KILL".to_owned(),
        error => format!("error={error}"),
    };
    let filter = format!("trace={call}");
    let inject = format!("inject={call}:{kind}:when={position}");
    let run = traced(project, course.arguments, &["-o", "/dev/null", "-e", &filter, "-e", &inject]);
    let found = files(&project.root());
    let mut wrong: Vec<String> = Vec::new();
    let broken = broken(&found, &before, after).into_iter();
    let broken =
        broken.filter(|path| path != "packages.json" || !is_part(&found[path], &after[path]));
    wrong.extend(broken.map(|path| format!("{path} is broken")));
    // Who says that a package is there has written it.
    for line in run.stdout.lines().filter(|_| run.code != 0) {
        let zip = line.split('\t').nth(2).unwrap_or_default();
        if answer.lines().any(|it| it == line) && found.get(zip) != after.get(zip) {
            wrong.push(format!("it names {zip}, which is not there"));
        }
    }
    let is_vital = VITAL.contains(&&**call);
    // What strace lets fail is not done: the end of a pipe or a lock that is not closed is waited for, until
    // timeout(1) ends that. Linux closes a descriptor whatever close(2) returns.
    let is_waiting = call == "close" && matches!(run.code, 124 | 137 | -1);
    match run.code {
        0 if found != *after => wrong.push("exit 0, and not all is there".to_owned()),
        0 if run.stdout != answer => wrong.push("exit 0, and another answer".to_owned()),
        _ if *error == "KILL" => {}
        // The loader, before the program.
        127 => {}
        0 | 2..=6 => {}
        _ if is_vital || is_waiting => {}
        code => wrong.push(format!("exit {code}")),
    }
    if run.stderr.contains("panicked") && !is_vital {
        wrong.push("a panic".to_owned());
    }
    if run.code != 0
        && run.stderr.trim().is_empty()
        && !matches!(&**call, "write" | "writev")
        && *error != "KILL"
        && !(is_vital || is_waiting)
    {
        wrong.push("no message".to_owned());
    }
    let next = project.tool().run(course.arguments);
    let healed = files(&project.root());
    if (next.code, &next.stdout) != (0, &answer.to_owned()) || healed != *after {
        wrong.push(format!("the next run does not do all: {}", next.text()));
    }
    let sound = project.run(&["cache", "verify"]);
    if sound.code != 0 {
        wrong.push(format!("the store is not sound: {}", sound.text()));
    }
    if !wrong.is_empty() {
        wrong.push(run.text());
    }
    (run.code, wrong)
}

/// Tries every n-th fault of a course, and returns what was counted, as text.
fn try_course(course: &Course, step: usize) -> Result<String, String> {
    let project = project();
    if course.asks_pip {
        add_asking(&project);
    }
    git(&project.root(), &["init", "--quiet"]);
    project.write(".gitignore", "*.zip\npackages.json\n");
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    assert_eq!(project.run(&["-q"]).code, 0);
    (course.prepare)(&project);
    let good = project.tool().run(course.arguments);
    assert_eq!(good.code, 0, "{}", good.text());
    let after = files(&project.root());
    let all = faults(&project, course);
    let mut codes: BTreeMap<i32, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let tried: Vec<&Fault> = all.iter().skip(step / 2).step_by(step).collect();
    for fault in &tried {
        let (code, faults) = try_fault(&project, course, fault, &after, &good.stdout);
        *codes.entry(code).or_default() += 1;
        if !faults.is_empty() {
            wrong.push(format!("{fault:?}: {}", faults.join("\n")));
        }
    }
    let count = format!(
        "{}: {} of {} faults, exit codes {codes:?}, {} wrong\n",
        course.what,
        tried.len(),
        all.len(),
        wrong.len()
    );
    if !wrong.is_empty() {
        return Err(format!("{count}{}", wrong.join("\n\n")));
    }
    (course.prepare)(&project);
    assert_eq!(project.run(course.arguments).code, 0);
    match &project.leftovers()[..] {
        [] => Ok(count),
        left => Err(format!("{count}{left:?} are left")),
    }
}

/// Tries every n-th fault of each course, and other steps where pip is asked, if it is: Python makes
/// thousands of calls. Returns what was counted, as text.
pub(super) fn try_all(step: usize, of_pip: Option<usize>) -> String {
    let step = |course: &Course| if course.asks_pip { of_pip } else { Some(step) };
    let steps = COURSES.iter().filter_map(|course| Some((course, step(course)?)));
    let tried: Vec<_> = steps.map(|(course, step)| try_course(course, step)).collect();
    let text = tried.iter().map(|it| it.as_ref().unwrap_or_else(|wrong| wrong).as_str());
    let text: String = text.collect();
    assert!(tried.iter().all(Result::is_ok), "{text}");
    text
}

#[test]
#[ignore = "needs strace"]
fn a_run_in_which_a_call_fails_leaves_nothing_broken() {
    try_all(97, None);
}
