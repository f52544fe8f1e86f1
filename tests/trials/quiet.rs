//! A run that changes nothing writes nothing: what it calls is looked at, by strace(1).

use super::{lock, traced};
use crate::support::{Project, Wheel};

/// How many lambdas there are.
const LAMBDAS: usize = 100;

/// Calls that change what is on a disk, or wait for it.
const CHANGES: &[&str] = &[
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "pwrite64",
    "pwritev",
    "copy_file_range",
    "sendfile",
    "truncate",
    "ftruncate",
    "fallocate",
    "utimensat",
    "chmod",
    "fchmod",
    "fchmodat",
    "creat",
    "mkdir",
    "mkdirat",
    "fsync",
    "fdatasync",
    "syncfs",
    "sync_file_range",
];

/// Calls that do so by what they are told.
const OTHERS: &[&str] = &["open", "openat", "openat2", "write", "writev"];

/// The calls of a run that succeed in writing something or waiting for a disk, as strace shows them: a
/// folder that is there is not made anew.
fn writing(project: &Project, arguments: &[&str]) -> Vec<String> {
    let trace = project.home().join("trace");
    let calls = [CHANGES, OTHERS].concat();
    let calls: Vec<String> = calls.iter().map(|call| format!("?{call}")).collect();
    let filter = format!("trace={}", calls.join(","));
    let place = trace.to_str().expect("UTF-8");
    let run = traced(project, arguments, &["-z", "-o", place, "-e", &filter]);
    assert_eq!(run.code, 0, "{}", run.text());
    let text = std::fs::read_to_string(trace).expect("strace wrote it");
    let opened = text.lines().filter(|line| line.contains("index.py\""));
    assert!(opened.count() >= LAMBDAS, "not even the sources were seen to be opened");
    // The store's lock is opened to be locked, and nothing is written to it.
    let lock = format!("{}/lock\"", project.store().display());
    let writes = |line: &&str| {
        let rest = line.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        let Some((call, arguments)) = rest.split_once('(') else { return false };
        let is_to_somebody = || arguments.starts_with("1, ") || arguments.starts_with("2, ");
        let is_for_writing =
            || ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|it| arguments.contains(it));
        match call {
            "open" | "openat" | "openat2" => is_for_writing() && !arguments.contains(&lock),
            "write" | "writev" => !is_to_somebody(),
            _ => CHANGES.contains(&call),
        }
    };
    text.lines().filter(writes).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs strace"]
fn a_run_that_changes_nothing_writes_renames_and_syncs_nothing() {
    let project = Project::with(&[(
        "dofs-package.toml",
        "python = \"3.12\"\nmanifest = \"packages.json\"\n",
    )]);
    for number in 0..LAMBDAS {
        let source = format!("def handler(event, context): return {number}\n");
        project.write(&format!("lambdas/lambda_{number}/index.py"), source);
    }
    lock(&project, "lambdas/lambda_0", &Wheel::new("three", "3.0"));
    // The first run after the one that made all.
    assert_eq!(project.run(&["-q"]).code, 0);

    for arguments in [&["build"][..], &["build", "-n"], &["build", "-j1", "-v"]] {
        assert_eq!(writing(&project, arguments), [""; 0], "{arguments:?}");
    }

    // It would be seen.
    assert!(writing(&project, &["build", "--force"]).iter().any(|it| it.contains("rename")));
}
