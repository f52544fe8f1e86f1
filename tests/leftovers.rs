//! What `pip install -t` left among a lambda's own files: what is required comes from wheels, and
//! the command that is advised leaves a package of the same bytes.

use std::process::Command;

use expect_test::expect;

use crate::support::{Project, Run, Wheel, git, output, python3};

/// A lambda that requires `one` and `two`.
fn project() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\n"),
        ("lambdas/api/api.py", "import one\n"),
        ("lambdas/api/requirements.txt", "one==2.0\ntwo-more==1.0\n"),
    ]);
    let script = b"#!python\nprint(1)\n".as_slice();
    project.publish(&Wheel::new("one", "1.0").file("one/old.py", "OLD = 1\n"));
    project.publish(
        &Wheel::new("one", "2.0").file("one/new.py", "NEW = 1\n").file("space/one.py", "ONE = 1\n"),
    );
    project.publish(
        &Wheel::new("two-more", "1.0")
            .file("two_more-1.0.data/scripts/two", script)
            .file("two_more-1.0.data/data/share/two.txt", "two\n")
            .file("space/two.py", "TWO = 1\n")
            .file("lone.py", "LONE = 1\n"),
    );
    project.publish(&Wheel::new("vendored", "1.0").file("space/vendored.py", "V = 1\n"));
    project
}

/// Runs `pip install -t` in a folder of the project, with bytecode.
fn install(project: &Project, folder: &str, requirements: &[&str]) {
    let mut pip = python3();
    pip.args(["-m", "pip", "install", "-q", "--no-index", "--disable-pip-version-check"]);
    pip.args(["--root-user-action", "ignore", "--upgrade", "--find-links"]);
    pip.arg(project.index()).arg("-t").arg(project.path(folder)).args(requirements);
    pip.env("HOME", project.home());
    output(&mut pip);
}

fn built(project: &Project) -> Run {
    let run = project.run(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

/// Builds a project with leftovers, obeys the hint in a shell, builds again, and returns the hint:
/// the bytes are those of a lambda without leftovers, and nothing is left to be said.
fn obeyed(project: &Project) -> String {
    let run = built(project);
    let before = project.read("lambdas/api/api.zip");
    let hint = run.stderr.lines().find_map(|line| line.strip_prefix("hint: run `"));
    let hint = hint.unwrap_or_else(|| panic!("no command: {}", run.stderr));
    let command = hint.strip_suffix('`').expect("a command is in backticks").to_owned();
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &command]).current_dir(project.root());
    output(shell.env("HOME", project.home()).env("GIT_CONFIG_NOSYSTEM", "1"));
    let run = built(project);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    assert!(before == project.read("lambdas/api/api.zip"), "{command}");
    command
}

/// The warnings of a build, with their hints.
fn said(project: &Project) -> String {
    let run = built(project);
    let lines = run.stderr.lines().filter(|line| line.starts_with(['w', 'h']));
    lines.map(|line| format!("{line}\n")).collect()
}

fn packaged(project: &Project) -> Vec<String> {
    project.entries("lambdas/api/api.zip").into_keys().collect()
}

#[test]
fn what_is_required_comes_from_its_wheel_and_the_rest_of_an_installation_goes() {
    let project = project();
    built(&project);
    let clean = project.read("lambdas/api/api.zip");
    install(&project, "lambdas/api", &["one==2.0", "two-more==1.0"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	python3.12	dofs-package.toml
        api	target	x86_64	default
        api	own	2 files, 34 B	the largest is requirements.txt, 23 B
        api	requirement	one 2.0	lambdas/api/requirements.txt:1 (440 B, 539 B unpacked)
        api	requirement	two-more 1.0	lambdas/api/requirements.txt:2 (571 B, 740 B unpacked)
        api	kept	api.py	lambdas/api/api.py
        api	kept	lone.py	two_more-1.0-py3-none-any.whl
        api	kept	one-2.0.dist-info/METADATA	one-2.0-py3-none-any.whl
        api	kept	one-2.0.dist-info/RECORD	one-2.0-py3-none-any.whl
        api	kept	one-2.0.dist-info/WHEEL	one-2.0-py3-none-any.whl
        api	kept	one/__init__.py	one-2.0-py3-none-any.whl
        api	kept	one/new.py	one-2.0-py3-none-any.whl
        api	kept	requirements.txt	lambdas/api/requirements.txt
        api	kept	share/two.txt	two_more-1.0-py3-none-any.whl
        api	kept	space/one.py	one-2.0-py3-none-any.whl
        api	kept	space/two.py	two_more-1.0-py3-none-any.whl
        api	kept	two_more-1.0.dist-info/METADATA	two_more-1.0-py3-none-any.whl
        api	kept	two_more-1.0.dist-info/RECORD	two_more-1.0-py3-none-any.whl
        api	kept	two_more-1.0.dist-info/WHEEL	two_more-1.0-py3-none-any.whl
        api	kept	two_more/__init__.py	two_more-1.0-py3-none-any.whl
        api	left out	__pycache__/	built-in: __pycache__
        api	left out	api.zip	built-in: its own zip
        api	left out	one-2.0.dist-info/	built-in: left by an installer (one 2.0)
        api	left out	one/	built-in: left by an installer (one 2.0)
        api	left out	space/	built-in: left by an installer (one 2.0)
        api	left out	bin/	built-in: left by an installer (two_more 1.0)
        api	left out	lone.py	built-in: left by an installer (two_more 1.0)
        api	left out	share/	built-in: left by an installer (two_more 1.0)
        api	left out	two_more-1.0.dist-info/	built-in: left by an installer (two_more 1.0)
        api	left out	two_more/	built-in: left by an installer (two_more 1.0)
        api	left out	two_more-1.0.data/scripts/two	two_more-1.0-py3-none-any.whl: scripts
        api	warning	`one 2.0`, `two_more 1.0` are among its own files, left by `pip install -t`, and are left out: their wheels are packaged	installed-packages
        --- stderr
        warning: `api`: `one 2.0`, `two_more 1.0` are among its own files, left by `pip install -t`, and are left out: their wheels are packaged
        hint: run `rm -r -- lambdas/api/bin lambdas/api/lone.py lambdas/api/one lambdas/api/one-2.0.dist-info lambdas/api/share lambdas/api/space lambdas/api/two_more lambdas/api/two_more-1.0.dist-info`
    "#]]
    .assert_eq(&project.run(&["list", "--members"]).text());
    obeyed(&project);
    assert_eq!(project.read("lambdas/api/api.zip"), clean);
    assert!(!project.path("lambdas/api/one").exists());
}

#[test]
fn another_version_than_the_required_one_goes_with_the_files_that_only_it_had() {
    let project = project();
    install(&project, "lambdas/api", &["one==1.0"]);
    built(&project);
    let names = packaged(&project);
    assert!(
        !names.iter().any(|name| name.contains("old") || name.contains("one-1.0")),
        "{names:?}"
    );
    let entries = project.entries("lambdas/api/api.zip");
    assert_eq!(entries["one/__init__.py"].0, b"VERSION = \"2.0\"\n");
    obeyed(&project);
}

#[test]
fn both_versions_are_told_where_they_differ() {
    let project = project();
    install(&project, "lambdas/api", &["one==1.0", "two-more"]);
    expect![[r#"
        warning: `api`: `one 1.0`, `two_more 1.0` are among its own files, left by `pip install -t`, and are left out: their wheels are packaged (`one 2.0`)
        hint: run `rm -r -- lambdas/api/bin lambdas/api/lone.py lambdas/api/one lambdas/api/one-1.0.dist-info lambdas/api/share lambdas/api/space lambdas/api/two_more lambdas/api/two_more-1.0.dist-info`
    "#]]
    .assert_eq(&said(&project));
}

/// A lambda with `one 1.0` among its files, whose modules no wheel of `one 2.0` has, and some code
/// of its own.
fn with_lost_modules(handler: &str) -> Project {
    let project = project();
    let one = Wheel::new("one", "1.0")
        .file("one/old.py", "from . import older\n")
        .file("one/older.py", "OLDER = 1\n")
        .file("one/sub/__init__.py", "")
        .file("one/sub/deep.py", "DEEP = 1\n")
        .file("one_top.py", "TOP = 1\n");
    project.publish(&one);
    install(&project, "lambdas/api", &["one==1.0"]);
    project.write("lambdas/api/api.py", handler);
    project
}

#[test]
fn a_module_that_only_another_version_had_stays_where_own_code_imports_it() {
    let all =
        ["one/old.py", "one/older.py", "one/sub/__init__.py", "one/sub/deep.py", "one_top.py"];
    for (handler, stay) in [
        ("import one.old\n", &all[..2]),
        ("from one import older\n", &all[1..2]),
        ("from one.sub.deep import DEEP\n", &all[2..4]),
        ("def handler(event, context):\n    import one_top\n", &all[4..]),
        ("import importlib\nimportlib.import_module('one.older')\n", &all[1..2]),
        ("import one.new, one\n", &[]),
        ("try:\n    import one.old\nexcept ImportError:\n    import one.new\n", &[]),
        ("try:\n    import one.new\nexcept ImportError:\n    import one.old\n", &[]),
    ] {
        let project = with_lost_modules(handler);
        built(&project);
        let mut names = packaged(&project);
        names.retain(|name| all.contains(&name.as_str()));
        assert_eq!(names, stay, "{handler}");
    }
}

#[test]
fn a_module_that_stays_is_told_with_both_versions() {
    let project = with_lost_modules("from one.older import OLDER\n");
    expect![[r#"
        warning: `api`: `one 1.0` is among its own files, left by `pip install -t`, and is left out: its wheels are packaged (`one 2.0`)
        hint: run `rm -r -- lambdas/api/one-1.0.dist-info lambdas/api/one/__init__.py lambdas/api/one/old.py lambdas/api/one/sub lambdas/api/one_top.py`
        warning: `api`: `one/older.py` of `one 1.0`, left by `pip install -t`, stays: its own code imports it, and `one 2.0` has not got it
        hint: import what the required version has, or require the version that was installed
    "#]]
    .assert_eq(&said(&project));
}

#[test]
fn a_module_that_a_handler_names_stays() {
    let project = with_lost_modules("");
    project.write(
        "dofs-package.toml",
        "python = \"3.12\"\n[lambda.api]\nhandler = \"one.older.run\"\n",
    );
    built(&project);
    assert!(packaged(&project).contains(&"one/older.py".to_owned()));
}

#[test]
fn two_versions_that_pip_put_over_each_other_go_both() {
    let project = project();
    install(&project, "lambdas/api", &["one==1.0"]);
    let old = project.read("lambdas/api/one-1.0.dist-info/RECORD");
    install(&project, "lambdas/api", &["one==2.0"]);
    project.write("lambdas/api/one-1.0.dist-info/RECORD", old);
    project.write("lambdas/api/one-1.0.dist-info/INSTALLER", "pip\n");
    assert!(!obeyed(&project).is_empty());
    assert!(!project.path("lambdas/api/one-1.0.dist-info").exists());
}

#[test]
fn a_file_that_somebody_has_changed_stays_and_wins() {
    let project = project();
    install(&project, "lambdas/api", &["one==2.0"]);
    project.write("lambdas/api/one/new.py", "NEW = 'patched'\n");
    expect![[r#"
        warning: `api`: `one 2.0` is among its own files, left by `pip install -t`, and is left out: its wheels are packaged
        hint: run `rm -r -- lambdas/api/one-2.0.dist-info lambdas/api/one/__init__.py lambdas/api/space`
        warning: `api`: `one/new.py` is not as `pip install -t` put it there (`one 2.0`): it stays, and no member of a wheel takes the place
        hint: remove it from the lambda, if the wheel's will do
    "#]]
    .assert_eq(&said(&project));
    assert_eq!(project.entries("lambdas/api/api.zip")["one/new.py"].0, b"NEW = 'patched'\n");
}

#[test]
fn what_is_not_required_is_somebodys_own_choice() {
    let project = project();
    install(&project, "lambdas/api", &["vendored", "one==2.0"]);
    let run = project.run(&["-v"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let note = "`vendored 1.0` was installed into its own files and is not required";
    assert!(run.stderr.contains(note), "{}", run.stderr);
    let names = packaged(&project);
    for name in ["vendored/__init__.py", "space/vendored.py", "vendored-1.0.dist-info/METADATA"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    // The namespace that they share is not removed with the others.
    let command = obeyed(&project);
    assert!(command.contains(" lambdas/api/space/one.py"), "{command}");
    assert!(project.path("lambdas/api/space/vendored.py").exists());
}

#[test]
fn git_removes_what_it_tracks_and_rm_the_rest() {
    let project = project();
    project.write(".gitignore", "*.zip\n__pycache__/\nnew.py\nbin/\n");
    git(&project.root(), &["init", "--quiet"]);
    install(&project, "lambdas/api", &["one==2.0", "two-more==1.0"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    let command = obeyed(&project);
    assert!(
        command.starts_with("git rm -r -f -- lambdas/api/lone.py lambdas/api/one "),
        "{command}"
    );
    let rest = command.split_once(" && ").expect("two commands").1;
    let folders = ["bin", "one", "space", "two_more"].map(|name| format!(" lambdas/api/{name}"));
    assert_eq!(rest, format!("rm -r --{}", folders.concat()));
}

#[test]
fn what_was_added_since_the_last_commit_is_removed_too() {
    let project = project();
    git(&project.root(), &["init", "--quiet"]);
    project.write(".gitignore", "*.zip\n__pycache__/\n");
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    install(&project, "lambdas/api", &["one==2.0"]);
    git(&project.root(), &["add", "--all"]);
    obeyed(&project);
}

#[test]
fn names_that_a_shell_or_git_would_read_otherwise_are_quoted() {
    let project = project();
    let odd = Wheel::bare("odd", "1.0").file("odd [1] $x/it's.py", "").file("-rf.py", "");
    project.publish(&odd);
    project.write("lambdas/api/requirements.txt", "odd==1.0\n");
    project.write("lambdas/api/api.py", "API = 1\n");
    install(&project, "lambdas/api", &["odd"]);
    project.write("lambdas/api/odd 1 $x/own.py", "OWN = 1\n");
    obeyed(&project);
    install(&project, "lambdas/api", &["odd"]);
    git(&project.root(), &["init", "--quiet"]);
    project.write(".gitignore", "*.zip\n__pycache__/\n");
    git(&project.root(), &["add", "--all"]);
    obeyed(&project);
    assert!(project.path("lambdas/api/odd 1 $x/own.py").exists());
}

#[test]
fn an_installation_in_a_folder_goes_unless_code_imports_from_there() {
    let project = project();
    install(&project, "lambdas/api/package", &["one==2.0"]);
    project.write("lambdas/api/api.py", "import sys\nsys.path.insert(0, 'package')\nimport one\n");
    let command = obeyed(&project);
    assert_eq!(command, "rm -r -- lambdas/api/package");

    install(&project, "lambdas/api/package", &["one==2.0"]);
    project.write("lambdas/api/api.py", "from package.one import new\n");
    expect![[r#"
        warning: `api`: `one 2.0` is required, and its own code names `package`, where `pip install -t` put it, too: both are packaged
        hint: import it without `package`, or take it out of the requirements
    "#]]
    .assert_eq(&said(&project));
    assert!(packaged(&project).contains(&"package/one/new.py".to_owned()));
}

#[test]
fn an_installation_stays_where_code_or_a_handler_leads_into_its_folder() {
    let project = project();
    install(&project, "lambdas/api/package", &["one==2.0"]);
    let is_kept = |files: &[(&str, &str)], config: &str| {
        project.write("lambdas/api/api.py", "import one\n");
        project.write("dofs-package.toml", format!("python = \"3.12\"\n{config}"));
        for (path, text) in files {
            project.write(&format!("lambdas/api/{path}"), text);
        }
        built(&project);
        let is_kept = packaged(&project).contains(&"package/one/new.py".to_owned());
        for (path, _) in files {
            std::fs::remove_file(project.path(&format!("lambdas/api/{path}"))).expect("a file");
        }
        is_kept
    };
    for files in [
        &[("api.py", "import importlib\nimportlib.import_module('package.one')\n")],
        &[("api.py", "from package.one import (\n    new,\n)\n")],
        &[("api.py", "from \\\n    package import one\n")],
        &[("api.py", "ROWS = open('package/one/new.py').read()\n")],
        &[("api.py", "here = ''\nopen(f'{here}package/one/new.py')\n")],
        &[("api.py", "import pathlib\npathlib.Path('package') / 'one' / 'new.py'\n")],
        &[("api.py", "import os\nos.path.join('x', 'package', 'one')\n")],
        &[("plugins.json", "{\"plugins\": [\"package.one\"]}\n")],
        &[("plugins.yaml", "plugins:\n  - package.one.new\n")],
        &[("lib.pth", "./package/one\n")],
        &[("package/deep/own.py", "def load():\n    from ..one import new\n")],
    ] {
        assert!(is_kept(files, ""), "{files:?}");
    }
    for handler in ["package.one.new.handler", "package/one/new.handler"] {
        assert!(is_kept(&[], &format!("[lambda.api]\nhandler = \"{handler}\"\n")), "{handler}");
    }
    for files in [
        &[("api.py", "import one, sys\nsys.path[:0] = ['/var/task/package']\n")],
        &[("README.md", "Run `pip install -t package/`.\n")],
        &[("setup.cfg", "[flake8]\nexclude = package/*\n")],
        &[("package/own.py", "import one\n")],
    ] {
        assert!(!is_kept(files, ""), "{files:?}");
    }
}

#[test]
fn line_ends_that_git_changed_on_this_clone_are_no_change_by_hand() {
    let project = project();
    install(&project, "lambdas/api", &["one==2.0"]);
    let record = String::from_utf8(project.read("lambdas/api/one-2.0.dist-info/RECORD"));
    let record = record.expect("a RECORD is text").replace("\r\n", "\n").replace('\n', "\r\n");
    project.write("lambdas/api/one-2.0.dist-info/RECORD", record);
    project.write("lambdas/api/one/new.py", "NEW = 1\r\n");
    obeyed(&project);
}

#[test]
fn a_record_proves_nothing_about_paths_elsewhere_or_in_other_letters() {
    let project = project();
    let digest = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let paths = ["/lone.py", "C:/lone.py", "x/../lone.py", "LONE.py", "lone.py.", "./../../../.."];
    let rows = paths.map(|path| format!("{path},{digest},0\n")).concat();
    project.write("lambdas/api/one-2.0.dist-info/RECORD", rows);
    project.write("lambdas/api/lone.py", "");
    built(&project);
    assert_eq!(project.entries("lambdas/api/api.zip")["lone.py"].0, b"");
}

#[test]
fn an_installation_without_digests_stays_and_is_told_of() {
    let project = project();
    let files = "../one/__init__.py\n../one/new.py\nPKG-INFO\ninstalled-files.txt\n";
    project.write("lambdas/api/one-2.0-py3.9.egg-info/installed-files.txt", files);
    project.write("lambdas/api/one-2.0-py3.9.egg-info/PKG-INFO", "Name: one\n");
    project.write("lambdas/api/one/__init__.py", "");
    project.write("lambdas/api/one/new.py", "");
    expect![[r#"
        warning: `api`: `one 2.0` was installed into its own files without digests, so they are packaged as they are, and not those of the wheels
        hint: run `rm -r -- lambdas/api/one lambdas/api/one-2.0-py3.9.egg-info`
        warning: `api`: its own files replace those of packages: `one/__init__.py`, `one/new.py`
        hint: remove them from the lambda, or `exclude` them in the config
    "#]]
    .assert_eq(&said(&project));
}

#[test]
fn what_include_names_stays() {
    let project = project();
    install(&project, "lambdas/api", &["one==1.0"]);
    project.write("dofs-package.toml", "python = \"3.12\"\ninclude = [\"one/old.py\"]\n");
    built(&project);
    assert!(packaged(&project).contains(&"one/old.py".to_owned()));
}

#[test]
fn a_library_for_the_machine_that_installed_it_is_not_checked_for_lambda() {
    let project = project();
    let mut elf = vec![0; 64];
    elf[..20].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\xb7\0");
    let foreign = Wheel::new("one", "1.5").file("one/lib.so", elf);
    project.publish(&foreign);
    install(&project, "lambdas/api", &["one==1.5"]);
    built(&project);
    assert!(!packaged(&project).contains(&"one/lib.so".to_owned()));
}

#[test]
fn a_revision_is_packaged_like_the_worktree() {
    let project = project();
    install(&project, "lambdas/api", &["one==1.0", "two-more"]);
    project.write(".gitignore", "*.zip\n__pycache__/\n");
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    let run = project.run(&["-n", "--rev", "HEAD"]);
    assert_eq!((run.code, run.digests()), (0, built(&project).digests()), "{}", run.stderr);
    assert!(run.stderr.contains("hint: run `git rm -r -f -- "), "{}", run.stderr);
    // Zips of a clean checkout may take their place: leftovers count in both.
    assert_eq!(project.run(&["--rev", "HEAD"]).code, 0);
}
