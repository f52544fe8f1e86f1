//! Where the hook is written, for whom, and what it runs.

use std::path::PathBuf;
use std::process::Command;

use expect_test::expect;

use super::{Pushing, fed, pushed, text};
use crate::support::{Project, git, output};

#[test]
fn the_folder_of_hooks_is_that_of_gits_configuration() {
    let pushing = Pushing::new();
    git(&pushing.project.root(), &["config", "core.hooksPath", ".husky"]);
    let run = pushing.project.run(&["hook", "install"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "installed\t.husky/pre-push\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_folder_of_hooks_may_be_relative_and_hold_the_hooks_of_other_repositories() {
    let pushing = Pushing::in_folders(&["one"]);
    let root = pushing.project.root();
    let tool = || pushing.project.tool().directory(root.join("one"));
    git(&root, &["config", "core.hooksPath", "shared/hooks"]);
    assert_eq!(tool().run(&["hook", "install"]).stdout, "installed\t../shared/hooks/pre-push\n");
    git(&root, &["config", "core.hooksPath", "~/hooks of mine"]);
    assert_eq!(
        tool().run(&["hook", "install"]).stdout,
        "installed\t../../home/hooks of mine/pre-push\n"
    );
    let other = pushing.project.home().join("other");
    git(&pushing.project.home(), &["init", "--quiet", &text(&other)]);
    git(&other, &["config", "core.hooksPath", "~/hooks of mine"]);
    std::fs::write(other.join("lambdas.txt"), "").expect("a file");
    git(&other, &["add", "--all"]);
    git(&other, &["commit", "--quiet", "--message", "x"]);
    let (done, said) = pushing.push(&other, &[&text(&pushing.bare), "HEAD:refs/heads/main"]);
    assert!(done && said.trim_start().starts_with("Skipped "), "{said}");
}

#[test]
fn the_hook_keeps_no_config_of_one_run() {
    let pushing = Pushing::new();
    let run = pushing.project.run(&["--config", "dofs-package.toml", "hook", "install"]);
    expect![[r#"
        exit code: 0
        --- stdout
        unchanged	.git/hooks/pre-push
        --- stderr
        warning: the hook goes by the config at the root of each commit, not by the one named here
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn installing_again_makes_it_executable_again() {
    use std::os::unix::fs::PermissionsExt;
    let pushing = Pushing::new();
    let hook = pushing.hook();
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o644)).expect("its mode");
    let run = pushing.project.run(&["hook", "install"]);
    assert_eq!(run.stdout, "unchanged\t.git/hooks/pre-push\n");
    assert_eq!(std::fs::metadata(&hook).expect("a hook").permissions().mode() & 0o777, 0o755);
}

#[test]
fn it_is_removed_again() {
    let pushing = Pushing::new();
    let run = |command| pushing.project.run(&["hook", command]).stdout;
    assert_eq!(run("install"), "unchanged\t.git/hooks/pre-push\n");
    assert_eq!(run("uninstall"), "removed\t.git/hooks/pre-push\n");
    assert_eq!(run("uninstall"), "absent\t.git/hooks/pre-push\n");
    assert!(!pushing.project.path(".git/hooks/pre-push").exists());
}

#[test]
fn one_hook_serves_all_projects_of_a_repository() {
    let pushing = Pushing::in_folders(&["one", "it's two"]);
    let root = pushing.project.root();
    let tool = |folder: &str| pushing.project.tool().directory(root.join(folder));
    let push =
        |branch: &str| pushing.push(&root, &["origin", &format!("HEAD:refs/heads/{branch}")]);
    let run = tool("one").run(&["hook", "install"]);
    assert_eq!(
        run.text(),
        "exit code: 0\n--- stdout\nunchanged\t../.git/hooks/pre-push\n--- stderr\n"
    );
    let (done, said) = push("main");
    assert!(done && said.matches("Verified 1 check in").count() == 2, "{said}");
    for (folder, other) in [("one", "it's two"), ("it's two", "one")] {
        pushing.project.write(&format!("{folder}/lambdas/a/a.py"), folder);
        pushing.commit();
        let (done, said) = push("main");
        assert!(!done && said.contains("Different 1 of 1 check"), "{said}");
        assert!(said.contains("Verified 1 check"), "{said}");
        assert!(said.contains(&format!("a\tmanifest\tdiffers\tHEAD:{folder}: it is")), "{said}");
        assert_eq!(tool(folder).run(&[]).code, 0);
        pushing.commit();
        let (done, said) = push("main");
        assert!(done, "{other}: {said}");
    }
    // Each leaves the other where it is.
    let lines = "removed\t../.git/hooks/pre-push\n";
    assert_eq!(tool("one").run(&["hook", "uninstall"]).stdout, lines);
    let lines = "absent\t../.git/hooks/pre-push\n";
    assert_eq!(tool("one").run(&["hook", "uninstall"]).stdout, lines);
    pushing.project.write("one/lambdas/a/a.py", "stale");
    pushing.commit();
    let (done, said) = push("main");
    assert!(done && said.contains("Verified 1 check"), "{said}");
    pushing.project.write("it's two/lambdas/a/a.py", "stale");
    pushing.commit();
    assert!(!push("main").0);
    tool("it's two").run(&["hook", "uninstall"]);
    assert!(!pushing.hook().exists());
}

/// A PATH with these programs of this machine, and nothing else.
fn only(project: &Project, names: &[&str]) -> PathBuf {
    let mut folder = PathBuf::new();
    for name in names {
        let path = output(Command::new("sh").args(["-c", &format!("command -v {name}")]));
        folder = project.lone_program(name, &format!("exec {} \"$@\"", path.trim()));
    }
    folder
}

#[test]
fn where_the_tool_is_missing_the_hook_says_so_and_lets_nothing_pass() {
    let pushing = Pushing::new();
    let mut hook = Command::new("/bin/sh");
    hook.arg(pushing.hook()).current_dir(pushing.project.root()).env_clear();
    hook.env("PATH", only(&pushing.project, &["cat"])).env("HOME", pushing.project.home());
    expect![[r#"
        exit code: 1
        --- stdout
        --- stderr
        error: there is no `cargo-dofs-package` on PATH to verify what is pushed with
        hint: install it, or push without: `git push --no-verify`
    "#]]
    .assert_eq(&fed(&mut hook, &pushed(&pushing.head())).text());
}

#[test]
fn the_hook_finds_the_tool_where_cargo_does() {
    let pushing = Pushing::new();
    let head = pushing.head();
    let program = env!("CARGO_BIN_EXE_cargo-dofs-package");
    let run = || {
        let mut hook = Command::new("/bin/sh");
        hook.arg(pushing.hook()).current_dir(pushing.project.root()).env_clear();
        hook.env("PATH", only(&pushing.project, &["cat", "git"]));
        hook.env("HOME", pushing.project.home());
        fed(&mut hook, &pushed(&head))
    };
    let folder = pushing.project.home().join(".cargo/bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::os::unix::fs::symlink(program, folder.join("cargo-dofs-package")).expect("a link");
    let of_folder = run();
    assert!(of_folder.code == 0 && of_folder.stderr.contains("Verified 2 checks"), "{of_folder:?}");
    std::fs::remove_dir_all(&folder).expect("the folder");
    // An alias of cargo's, say.
    pushing.project.lone_program("cargo", &format!("exec '{program}' \"$@\""));
    let of_cargo = run();
    assert!(of_cargo.code == 0 && of_cargo.stderr.contains("Verified 2 checks"), "{of_cargo:?}");
}

#[test]
fn init_installs_it_too_and_writes_nothing_where_another_is_in_the_way() {
    let project = Project::with(&[("lambdas/a/a.py", "")]);
    git(&project.root(), &["init", "--quiet"]);
    let hook = project.path(".git/hooks/pre-push");
    std::fs::write(&hook, "#!/bin/sh\n").expect("a hook");
    let run = project.run(&["init", "--hook", "pre-push", "--force"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    assert!(!project.path("dofs-package.toml").exists());
    std::fs::remove_file(&hook).expect("a hook");
    let lines = "dofs-package.toml\twritten\n.git/hooks/pre-push\tinstalled\n";
    assert_eq!(project.run(&["init", "--hook", "pre-push"]).stdout, lines);
    let lines = "dofs-package.toml\tkept\n.git/hooks/pre-push\tunchanged\n";
    assert_eq!(project.run(&["init", "--hook", "pre-push"]).stdout, lines);
}

#[test]
fn where_hooks_are_switched_off_none_is_installed() {
    let pushing = Pushing::new();
    git(&pushing.project.root(), &["config", "core.hooksPath", "/dev/null"]);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `core.hooksPath` is `/dev/null`, and git runs no hooks
        hint: unset it first: `git config --unset core.hooksPath`
    "#]]
    .assert_eq(&pushing.project.run(&["hook", "install"]).text());
    git(&pushing.project.root(), &["config", "core.hooksPath", ""]);
    let run = pushing.project.run(&["hook", "install"]);
    assert!(run.code == 3 && run.stderr.contains("`core.hooksPath` is ``"), "{}", run.text());
}

/// Git of before 2.31 knows no `--path-format`.
#[test]
fn an_older_git_tells_where_hooks_are_too() {
    let pushing = Pushing::in_folders(&["one"]);
    let script = "case \"$*\" in *--path-format*) echo \"$*\"; exit 0;; esac\n\
                  PATH=${PATH#*:} exec git \"$@\"";
    let path = pushing.project.program("git", script);
    let tool = pushing.project.tool().env("PATH", path);
    let run = tool.directory(pushing.project.path("one")).run(&["hook", "install"]);
    assert_eq!(run.stdout, "unchanged\t../.git/hooks/pre-push\n", "{}", run.stderr);
}

#[test]
fn a_hook_that_has_nothing_to_verify_is_told_of() {
    let pushing = Pushing::new();
    let told = |config: &str| {
        pushing.project.write("dofs-package.toml", config);
        pushing.project.run(&["hook", "install"]).stderr
    };
    assert!(told("").contains("no package manifest is configured"));
    assert_eq!(told("manifest = \"packages.json\"\n"), "");
    // What can't be read, the commit will tell.
    assert_eq!(told("manifest = 1\n"), "");
}
