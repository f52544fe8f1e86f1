//! `kill -9` at any moment of a run: each file is the old one or the new one, and the next run does all,
//! and removes what is left.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{PLAIN, Seeded, add_asking, broken, files, forget, project, spoil};
use crate::support::{Project, Run, git};

/// What is killed.
struct Victim {
    what: &'static str,
    arguments: &'static [&'static str],
    /// Makes things as they are before it.
    prepare: fn(&Project),
}

const VICTIMS: &[Victim] = &[
    Victim {
        what: "a build with an empty store",
        arguments: &["-q"],
        prepare: |project| {
            forget(project);
            spoil(project);
        },
    },
    Victim { what: "a build with a warm store", arguments: &["-q"], prepare: spoil },
    Victim { what: "a build without the store", arguments: &["-q", "--no-cache"], prepare: spoil },
    Victim {
        what: "lock",
        arguments: &["lock", "-q"],
        prepare: |project| {
            let lock = project.path("lambdas/asking/pylock.toml");
            drop(std::fs::remove_file(lock));
            forget(project);
        },
    },
    Victim {
        what: "cache prune",
        arguments: &["cache", "prune", "--days", "0"],
        prepare: |project| drop(project.digests()),
    },
    Victim {
        what: "cache clean",
        arguments: &["cache", "clean"],
        prepare: |project| drop(project.digests()),
    },
    Victim {
        what: "init",
        arguments: &["init", "--ci", "github", "--hook", "pre-push"],
        prepare: |project| {
            for path in ["dofs-package.toml", ".git/hooks/pre-push"] {
                drop(std::fs::remove_file(project.path(path)));
            }
            drop(std::fs::remove_dir_all(project.path(".github")));
        },
    },
    Victim {
        what: "hook install",
        arguments: &["hook", "install"],
        prepare: |project| drop(std::fs::remove_file(project.path(".git/hooks/pre-push"))),
    },
    Victim { what: "hook run", arguments: &["hook", "run"], prepare: |_| () },
    Victim { what: "verify", arguments: &["verify"], prepare: forget },
];

/// A build to which each lambda is another work: one is unchanged, of one the sources are others than
/// those of its zip, of one the zip is gone, and wheels are locked or asked for. The manifest is that of
/// before.
const MIXED: Victim = Victim {
    what: "a build of which a part is done",
    arguments: &["-q"],
    prepare: |project| {
        project.write("lambdas/plain/plain.py", "def handler(event, context): return 'before'\n");
        let before = run(project, &["-q"]);
        assert_eq!(before.code, 0, "{}", before.text());
        project.write("lambdas/plain/plain.py", PLAIN);
        std::fs::remove_file(project.path("lambdas/locked/locked.zip")).expect("it was built");
        forget(project);
    },
};

/// What happened.
#[derive(Default)]
struct Count {
    rounds: usize,
    /// Runs that were killed before their end.
    killed: usize,
}

/// Runs a command, with what git would tell a hook.
fn started(project: &Project, arguments: &[&str]) -> Command {
    let mut command = project.tool().command(arguments);
    let pushed = project.home().join("pushed");
    command.stdin(std::fs::File::open(pushed).expect("it was written"));
    command
}

fn run(project: &Project, arguments: &[&str]) -> Run {
    let output = started(project, arguments).output().expect("the tool can be started");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Run { code: output.status.code().unwrap_or(-1), stdout, stderr }
}

/// Waits for the end of the programs that a killed run has started: they go on.
fn wait_for_orphans(project: &Project) {
    let home = format!("HOME={}", project.home().display());
    let is_of_project = |process: &std::fs::DirEntry| {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|it| it == home.as_bytes())
    };
    let is_there = || {
        let mut processes = std::fs::read_dir("/proc").expect("Linux has it").flatten();
        processes.any(|process| is_of_project(&process))
    };
    while is_there() {
        std::thread::yield_now();
    }
}

/// A repository of a project whose commit has the right manifest, and what git says of a push of it.
fn repository(asks_pip: bool) -> Project {
    let project = project();
    if asks_pip {
        add_asking(&project);
    }
    project.write("lambdas/still/still.py", PLAIN);
    project.write(".gitignore", "*.zip\n");
    project.digests();
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    let head = git(&project.root(), &["rev-parse", "HEAD"]);
    let pushed = format!("refs/heads/main {head} refs/heads/main {}\n", "0".repeat(40));
    std::fs::write(project.home().join("pushed"), pushed).expect("a file");
    project
}

/// Kills so many runs of a command before their end, and returns what was counted.
fn try_victim(victim: &Victim, kills: usize, asks_pip: bool) -> Count {
    let Victim { what, arguments, prepare } = victim;
    let project = repository(asks_pip);
    let root = project.root();
    let clean = files(&root);
    let whole_run = || -> Duration {
        prepare(&project);
        let start = Instant::now();
        let run = run(&project, arguments);
        assert_eq!(run.code, 0, "{what}: {}", run.text());
        start.elapsed()
    };
    whole_run();
    let whole = whole_run();
    let after = files(&root);
    let is_build = arguments[0] == "-q";
    assert!(!is_build || after == clean, "{what}: not what a build from nothing makes");
    let mut count = Count::default();
    let mut seeded = Seeded(1);
    // The last part of a run may be too short to be hit.
    while count.killed < kills && count.rounds < 3 * kills {
        prepare(&project);
        let before = files(&root);
        let mut victim = started(&project, arguments);
        victim.stdout(Stdio::null()).stderr(Stdio::null());
        let mut victim = victim.spawn().expect("the tool can be started");
        // Not to wait for something: this is the moment that the trial chooses.
        std::thread::sleep(whole.mul_f64(seeded.next()));
        victim.kill().expect("it is a child");
        count.killed += usize::from(victim.wait().expect("it ends").code().is_none());
        count.rounds += 1;

        let place = format!("{what}, round {}", count.rounds);
        assert_eq!(broken(&files(&root), &before, &after), [""; 0], "{place}");
        let next = run(&project, arguments);
        assert_eq!(next.code, 0, "{place}: {}", next.text());
        assert_eq!(broken(&files(&root), &after, &after), [""; 0], "{place}: after the next run");
        let sound = run(&project, &["cache", "verify"]);
        assert_eq!((sound.code, &*sound.stdout), (0, ""), "{place}");
    }
    wait_for_orphans(&project);
    // What a run left is removed by one that does the same.
    whole_run();
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new(), "{what}");
    count
}

/// Kills so many runs of each command; returns what was counted, as text.
pub(super) fn try_all(kills: usize, asks_pip: bool) -> String {
    let all = VICTIMS.iter().map(|victim| {
        let Count { rounds, killed } = try_victim(victim, kills, asks_pip);
        format!("{}: {killed} of {rounds} runs were killed before their end\n", victim.what)
    });
    all.collect()
}

/// Kills so many runs that have different things to do; returns what was counted, as text.
pub(super) fn try_mixed(kills: usize, asks_pip: bool) -> String {
    let Count { rounds, killed } = try_victim(&MIXED, kills, asks_pip);
    let pip = if asks_pip { ", pip asked" } else { "" };
    format!("{}{pip}: {killed} of {rounds} runs were killed before their end\n", MIXED.what)
}

#[test]
fn a_run_that_is_killed_leaves_nothing_broken() {
    try_all(2, false);
    try_mixed(4, false);
    let lock = VICTIMS.iter().find(|victim| victim.what == "lock").expect("one of them");
    try_victim(lock, 1, true);
}
