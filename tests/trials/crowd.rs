//! Six runs at once, again and again, on one store and one folder for zips: each does its work, and all
//! of them make the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;

use super::{add_asking, files, project};
use crate::support::{Project, Run};

/// What runs at once; `true` is of a copy of the project elsewhere.
const RUNS: [(bool, &[&str]); 6] = [
    (false, &["-q"]),
    (false, &["-q", "--no-cache"]),
    (true, &["-q", "--force"]),
    (false, &["lock", "-q"]),
    (false, &["cache", "prune", "--days", "0"]),
    (true, &["verify"]),
];

/// Runs all of them so often; returns what was counted, as text.
pub(super) fn try_rounds(rounds: usize, asks_pip: bool) -> String {
    let projects = [project(), project()];
    let [first, second] = &projects;
    if asks_pip {
        projects.iter().for_each(add_asking);
    }
    let tool = |project| -> crate::support::Tool<'_> {
        let tool = Project::tool(project).env("DOFS_PACKAGE_CACHE_DIR", first.store());
        tool.env("DOFS_PACKAGE_OUT_DIR", first.path("dist"))
    };
    let answer = tool(first).run(&["-q"]);
    assert_eq!(answer.code, 0, "{}", answer.text());
    assert_eq!(tool(second).run(&["-q", "--no-cache"]).code, 0);
    assert_eq!(tool(first).run(&["lock", "-q"]).code, 0);
    let after = [first, second].map(|project| files(&project.root()));
    let together = Barrier::new(RUNS.len());
    let work = |(is_elsewhere, arguments): (bool, &[&str])| {
        let project = if is_elsewhere { second } else { first };
        let mut wrong = Vec::new();
        for round in 0..rounds {
            // Not while a run of the round before still reads it.
            together.wait();
            if arguments[0] == "lock" {
                drop(std::fs::remove_file(project.path("lambdas/asking/pylock.toml")));
            }
            together.wait();
            let run: Run = tool(project).run(arguments);
            let digests = |run: &Run| -> Vec<String> {
                let fields = run.stdout.lines().map(|line| line.rsplit_once('\t'));
                fields.flatten().map(|(digest, _)| digest.to_owned()).collect()
            };
            // The paths differ, as the folder is another's.
            let is_other = arguments[0] == "-q" && digests(&run) != digests(&answer);
            if run.code != 0 || is_other {
                wrong.push(format!("{arguments:?}, round {round}: {}", run.text()));
            }
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let work = &work;
        let threads = RUNS.map(|run| scope.spawn(move || work(run)));
        threads.into_iter().flat_map(|thread| thread.join().expect("it collects")).collect()
    });
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let found = [first, second].map(|project| files(&project.root()));
    assert!(found == after, "other files than before: {:?}", found.map(|it| it.into_keys()));
    assert_eq!(tool(first).run(&["cache", "verify"]).code, 0);
    for project in projects.iter() {
        assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    }
    format!("{} runs at once in {rounds} rounds, 0 wrong\n", RUNS.len())
}

#[test]
fn runs_at_once_do_their_work_and_make_the_same_bytes() {
    try_rounds(3, false);
}

/// What builds at once the same changed sources; none is told to write a zip that is right.
const BUILDS: [&[&str]; 3] = [
    &["build", "-q", "--format=json"],
    &["build", "-q", "--format=json", "--no-cache"],
    &["build", "-q", "--format=json", "-j1"],
];

/// In each round, one lambda is changed and the other is not, and builds run at once, one of them told
/// to write all; returns what was counted, as text.
pub(super) fn try_changes(rounds: usize) -> String {
    let project = project();
    assert_eq!(project.run(&["-q"]).code, 0);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for round in 0..rounds {
        let source = format!("def handler(event, context): return {round}\n");
        project.write("lambdas/plain/plain.py", source);
        let together = Barrier::new(BUILDS.len() + 2);
        let start = |arguments: &[&str]| -> Run {
            together.wait();
            project.run(arguments)
        };
        let (runs, forced, verified) = std::thread::scope(|scope| {
            let start = &start;
            let runs = BUILDS.map(|arguments| scope.spawn(move || start(arguments)));
            let forced = scope.spawn(move || start(&["build", "-q", "--format=json", "--force"]));
            let verified = scope.spawn(move || start(&["verify", "locked"]));
            let runs = runs.map(|run| run.join().expect("it runs"));
            (runs, forced.join().expect("it runs"), verified.join().expect("it runs"))
        });
        assert_eq!(forced.code, 0, "round {round}: {}", forced.text());
        assert_eq!(verified.code, 0, "round {round}: {}", verified.text());
        let digests: BTreeSet<_> = runs.iter().chain([&forced]).map(of_packages).collect();
        assert_eq!(digests.len(), 1, "round {round}: {digests:?}");
        for run in &runs {
            assert_eq!(run.code, 0, "round {round}: {}", run.text());
            let json = run.json();
            for package in json["packages"].as_array().expect("packages") {
                let text = |key: &str| package[key].as_str().expect("a text").to_owned();
                let (name, status) = (text("name"), text("status"));
                assert!(name != "locked" || status == "unchanged", "round {round}: {}", run.text());
                *counts.entry(format!("{name} {status}")).or_default() += 1;
            }
        }
        let next = project.run(&["build"]);
        let all_unchanged = "    Finished 2 packages, all unchanged in [TIME]\n";
        assert_eq!(next.stderr, all_unchanged, "round {round}: {}", next.text());
        let sound = project.run(&["verify"]);
        assert_eq!(sound.code, 0, "round {round}: {}", sound.text());
    }
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    format!(
        "{} builds at once of changed sources in {rounds} rounds: {counts:?}\n",
        BUILDS.len() + 1
    )
}

/// The names and hashes of a run's packages.
fn of_packages(run: &Run) -> Vec<(String, String)> {
    let json = run.json();
    let packages = json["packages"].as_array().expect("packages").iter();
    let text = |package: &serde_json::Value, key: &str| package[key].as_str().map(str::to_owned);
    packages
        .map(|it| {
            (text(it, "name").expect("a name"), text(it, "source_code_hash").expect("a hash"))
        })
        .collect()
}

#[test]
fn builds_at_once_of_changed_sources_agree_and_touch_nothing_else() {
    try_changes(3);
}
