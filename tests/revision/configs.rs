//! Configs that are named, of a revision or from elsewhere.

use expect_test::expect;

use super::{commit, repository};
use crate::support::Project;

/// A project whose lambda `a` has a file that only a config in `conf` leaves out; in the worktree,
/// neither config leaves it out any more.
fn configured() -> Project {
    let project = repository();
    let manifest = |exclude: &str| {
        format!("[workspace]\n[workspace.metadata.dofs-package]\nexclude = [\"{exclude}\"]\n")
    };
    project.write("lambdas/a/x.py", "");
    project.write("conf/x.toml", "exclude = [\"x.py\"]\n");
    project.write("conf/Cargo.toml", manifest("x.py"));
    commit(&project);
    project.write("conf/x.toml", "exclude = [\"y.py\"]\n");
    project.write("conf/Cargo.toml", manifest("y.py"));
    project
}

/// What is kept of the lambda `a` at HEAD.
fn kept(project: &Project, folder: &str, option: &str, path: &str) -> String {
    let tool = project.tool().directory(project.path(folder));
    let run = tool.run(&["list", "--members", "a", "--rev", "HEAD", "-q", option, path]);
    assert_eq!(run.code, 0, "{}", run.text());
    let kept = run.stdout.lines().filter(|line| line.contains("\tkept\t"));
    kept.map(|line| line.rsplit('/').next().expect("a name")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_of_the_repository_is_that_of_the_revision() {
    let project = configured();
    let absolute = project.path("conf/x.toml").display().to_string();
    let linked = project.home().join("link");
    std::os::unix::fs::symlink(project.root(), &linked).expect("a link");
    let linked = linked.join("lambdas/../conf/x.toml").display().to_string();

    for (folder, option, path) in [
        ("", "--config", "conf/x.toml"),
        ("lambdas/b", "--config", "../../conf/x.toml"),
        ("", "--config", &absolute),
        ("", "--config", &linked),
        ("", "--manifest-path", "conf/Cargo.toml"),
    ] {
        assert_eq!(kept(&project, folder, option, path), "a.py", "{path}");
    }
    std::fs::remove_dir_all(project.path("conf")).expect("a folder");
    assert_eq!(kept(&project, "", "--config", "conf/x.toml"), "a.py");
}

#[test]
fn a_file_outside_of_the_repository_is_that_of_the_disk() {
    let project = configured();
    let outside = project.home().join("x.toml");
    std::fs::write(&outside, "exclude = [\"a.py\"]\n").expect("a file");

    assert_eq!(kept(&project, "", "--config", &outside.display().to_string()), "x.py");
}

#[test]
fn a_file_that_the_revision_has_not() {
    let project = configured();
    project.write("new.toml", "");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: there is no `new.toml` in the revision `HEAD`
        hint: commit it, or name a file outside of the repository
    "#]]
    .assert_eq(&project.run(&["-n", "--rev", "HEAD", "--config", "new.toml"]).text());
    let run = project.run(&["-n", "--rev", "HEAD", "--manifest-path", "new/Cargo.toml"]);
    assert_eq!(run.code, 3, "{}", run.text());
}

#[test]
fn the_hook_reads_the_config_of_what_is_pushed() {
    let project = repository();
    project.write("x.toml", "manifest = \"packages.json\"\nexclude = [\"b.py\"]\n");
    project.write("lambdas/b/c.py", "");
    assert_eq!(project.run(&["-q", "--config", "x.toml"]).code, 0);
    commit(&project);
    project.write("x.toml", "");

    let tool = project.tool().env("PRE_COMMIT_TO_REF", "HEAD");
    let run = tool.run(&["hook", "run", "--config", "x.toml", "--format", "json"]);

    assert_eq!(run.code, 0, "{}", run.text());
    let checks = run.json()["checks"].clone();
    assert_eq!(checks.as_array().map(Vec::len), Some(2), "{checks}");
}
