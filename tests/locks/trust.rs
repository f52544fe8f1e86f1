//! What a lock is not taken at its word for.

use super::{
    LINES, LOCK, bare, empty_store, locked, one_and_two, requiring, resolving, succeed, text,
};
use crate::support::{Index, Reply, Wheel};

/// The code of the first failure of a run.
fn code(run: &crate::support::Run) -> String {
    run.json()["failures"][0]["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_lock_of_ours_that_lost_a_package_is_stale() {
    let (project, _index) = locked("one\n", &one_and_two());
    let lock = text(&project, LOCK);
    let (before, after) = lock.split_once("[[packages]]\nname = \"two\"").expect("it is there");
    let rest = after.split_once("[tool").expect("our table").1;
    project.write(LOCK, format!("{before}[tool{rest}"));

    let check = bare(&project).run(&["lock", "--check"]);
    let build = bare(&project).run(&["--locked", "--format", "json", "-q"]);

    assert_eq!(check.stdout, format!("api\tstale\t{LOCK}\n"));
    assert_eq!((build.code, code(&build).as_str()), (6, "lock-stale"));
}

#[test]
fn a_lock_of_another_tool_is_held_against_constraints_and_hashes() {
    let wheel = Wheel::new("one", "2.0");
    let lock = format!(
        "lock-version = \"1.0\"\ncreated-by = \"uv\"\n[[packages]]\nname = \"one\"\n\
         version = \"2.0\"\nwheels = [{{ url = \"https://host/{}\", hashes = {{ sha256 = \"{}\" \
         }} }}]\n",
        wheel.file_name(),
        wheel.sha256()
    );
    let other = format!("one==2.0 --hash=sha256:{}\n", "5".repeat(64));
    let own = format!("one==2.0 --hash=sha256:{}\n", wheel.sha256());
    for (lines, status, path) in [
        ("one\n", "fresh", LOCK),
        ("one\n-c limits.txt\n", "stale", LOCK),
        (own.as_str(), "fresh", LOCK),
        (other.as_str(), "hashed", "lambdas/api/requirements.txt"),
    ] {
        let project = requiring(&[("api", lines)]);
        project.write("lambdas/api/limits.txt", "one<2\n");
        project.write(LOCK, &lock);

        let check = bare(&project).run(&["lock", "--check"]);

        assert_eq!(check.stdout, format!("api\t{status}\t{path}\n"), "{lines}");
    }
}

#[test]
fn a_repository_without_a_whole_commit_is_refused() {
    let commit = "0123456789012345678901234567890123456789";
    for (kind, commit) in [("hg", commit), ("git", "main"), ("git", "0123\\n456")] {
        let project = requiring(&[("api", "one\n")]);
        let lock = format!(
            "lock-version = \"1.0\"\ncreated-by = \"other\"\n[[packages]]\nname = \"one\"\nvcs = {{ \
             type = \"{kind}\", url = \"https://host/one\", commit-id = \"{commit}\" }}\n"
        );
        project.write(LOCK, lock);

        let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);

        assert_eq!((run.code, code(&run).as_str()), (4, "lock-repository"), "{}", run.text());
    }
}

#[test]
fn what_a_wheel_says_of_python_in_another_way_does_not_spoil_the_lock() {
    let wheel = Wheel::new("one", "1.0").metadata("Requires-Python: >=3.6.*");
    let (project, _index) = locked("one\n", &[wheel]);

    succeed(bare(&project).run(&["--locked"]));

    assert!(!text(&project, LOCK).contains("3.6"));
}

#[test]
fn of_two_own_wheels_the_one_that_applies_is_locked() {
    let wheel =
        |minor: u8| Wheel::new("own", "1.0").tag(&format!("cp3{minor}-cp3{minor}-linux_x86_64"));
    let lines = [9, 12].map(|minor| {
        format!("../../{} ; python_version == '3.{minor}'\n", wheel(minor).file_name())
    });
    let project = requiring(&[("api", &lines.concat())]);
    for minor in [9, 12] {
        project.write(&wheel(minor).file_name(), wheel(minor).bytes());
    }
    succeed(project.run(&["lock"]));
    empty_store(&project);

    succeed(bare(&project).run(&["--locked"]));

    assert!(text(&project, LOCK).contains(&format!("path = \"../../{}\"", wheel(12).file_name())));
}

#[test]
fn what_came_stays_where_one_wheel_failed() {
    let wheels = one_and_two();
    let (project, index) = locked("one\n", &wheels);
    index.answer(&wheels[1], Reply::Status("404 Not Found"));

    let run = bare(&project).run(&["--locked", "-q"]);

    assert_eq!(run.code, 4, "{}", run.text());
    let is_there = |wheel: &Wheel| project.store().join("wheels-1").join(wheel.sha256()).exists();
    assert!(is_there(&wheels[0]) && !is_there(&wheels[1]));
}

#[test]
fn a_token_in_the_path_of_an_index_is_not_locked() {
    let index = Index::serving(&[Wheel::new("one", "1.0")]);
    let project = requiring(&[("api", "one\n")]);

    succeed(resolving(&project, &index).run(&["lock"]));
    let with_address = text(&project, LOCK);
    project.write(LINES, "one>=0\n");
    let page = format!("http://{}/aB3dEfGhIjKlMnOp/", index.address());
    let tool = resolving(&project, &index).env("PRIVATE", &page);
    project.write(LINES, "--find-links ${PRIVATE}\none>=0\n");
    succeed(tool.run(&["lock", "--upgrade"]));

    assert!(with_address.contains(&index.address()));
    assert!(!text(&project, LOCK).contains("aB3dEfGhIjKlMnOp"));
}

#[test]
fn a_first_lock_is_asked_for_before_a_python() {
    let project = requiring(&[("api", "one\n")]);
    project.write("dofs-package.toml", "");

    let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);

    assert_eq!((run.code, code(&run).as_str()), (6, "lock-missing"));
}
