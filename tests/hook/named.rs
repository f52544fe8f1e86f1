//! How it is told what is pushed, and what if it is not.

use std::process::Command;

use expect_test::expect;

use super::{Pushing, pushed};
use crate::support::{git, output, python3};

#[test]
fn what_git_would_not_say_is_refused() {
    let pushing = Pushing::new();
    let mut command = Command::new("sh");
    let tool = pushing.project.tool().command(&[]);
    command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let program = env!("CARGO_BIN_EXE_cargo-dofs-package");
    let script = format!("echo nonsense | '{program}' hook run; echo $?");
    command.args(["-c", &script]).current_dir(pushing.project.root());
    assert_eq!(output(&mut command), "3\n");
}

#[test]
fn the_framework_called_pre_commit_says_what_is_pushed_by_a_variable() {
    let pushing = Pushing::new();
    git(&pushing.project.root(), &["branch", "good"]);
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let tool = |name, value| pushing.project.tool().env(name, value);
    let run = ["hook", "run", "--", "origin", "url"];
    assert_eq!(tool("PRE_COMMIT_TO_REF", "HEAD~1").run(&run).code, 0);
    assert_eq!(tool("PRE_COMMIT_TO_REF", "HEAD").run(&run).code, 1);
    // All that there is of a branch is pushed, to where nothing of it is yet.
    assert_eq!(tool("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/good").run(&run).code, 0);
    assert_eq!(tool("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main").run(&run).code, 1);
    let both = tool("PRE_COMMIT_LOCAL_BRANCH", "HEAD").env("PRE_COMMIT_TO_REF", "good");
    assert_eq!(both.run(&run).code, 0);
    // The same where standard input is a terminal.
    let tool = tool("PRE_COMMIT_TO_REF", "good").command(&run);
    let mut python = python3();
    let script =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    python.args(["-c", script]).arg(tool.get_program()).args(tool.get_args());
    python.current_dir(pushing.project.root()).env_clear();
    python.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert!(output(&mut python).contains("Verified 2 checks"));
}

#[test]
fn where_nothing_is_named_what_is_checked_out_is_verified() {
    let pushing = Pushing::new();
    let run = |arguments: &[&str]| pushing.project.run(arguments);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
            Verified 2 checks in [TIME]
    "#]]
    .assert_eq(&run(&["hook", "run"]).text());
    // git names something, unless a line before has read it.
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
        warning: standard input names nothing that is pushed, so HEAD is verified
        hint: run this before any other command of the hook that reads standard input
            Verified 2 checks in [TIME], with 1 warning
    "#]]
    .assert_eq(&run(&["hook", "run", "--", "origin", "url"]).text());
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    assert_eq!(run(&["hook", "run", "--", "origin", "url"]).code, 1);
    // Who reads the answer has to know what was not verified.
    pushing.project.write("dofs-package.toml", "");
    pushing.commit();
    let answer = run(&["--format", "json", "hook", "run", "--", "origin", "url"]).json();
    let codes = answer["warnings"].as_array().expect("warnings").iter().map(|it| &it["code"]);
    assert_eq!(codes.collect::<Vec<_>>(), ["nothing-named", "no-manifest"]);
}

#[test]
fn a_hook_in_which_another_line_reads_first_still_verifies() {
    use std::os::unix::fs::PermissionsExt;
    let pushing = Pushing::new();
    let (root, hook) = (pushing.project.root(), pushing.hook());
    let text = "#!/bin/sh\ncat >/dev/null\ncargo-dofs-package hook run -- \"$@\"\n";
    std::fs::write(&hook, text).expect("a hook");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).expect("its mode");
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(!done && !pushing.has("main"), "{said}");
}

#[test]
fn what_has_no_manifest_is_not_said_to_be_verified() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    let told = |lines: &str| pushing.told(&["-v", "hook", "run"], lines);
    let (none, head) = ("0".repeat(40), pushing.head());
    let text = told(&format!("(delete) {none} refs/heads/main {head}\n")).text();
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
             Skipped what is pushed: it only deletes
    "#]]
    .assert_eq(&text);
    let blob = git(&root, &["rev-parse", "HEAD:lambdas/a/a.py"]);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
             Skipped refs/heads/main: it is no commit, and has no manifest
    "#]]
    .assert_eq(&told(&pushed(&blob)).text());
    // Nothing is pushed: whatever is checked out, there is nothing to refuse.
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
    git(&root, &["branch", "pushed"]);
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "pushed:main"]);
    assert!(done && said.contains("names nothing that is pushed"), "{said}");
}
