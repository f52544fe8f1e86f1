//! Six runs at once, again and again, on one store and one folder for zips: each does its work, and all
//! of them make the same bytes.

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
