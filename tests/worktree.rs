//! A worktree is not always what git would check out: what is missing of a lambda is an error with
//! the command that brings it, and what is otherwise on another machine is said.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use expect_test::expect;

use crate::support::{Project, Run, git, output};

/// A repository with two lambdas, all of it committed.
fn repository() -> Project {
    let project = Project::with(&[
        (".gitignore", "*.zip\n"),
        ("lambdas/a/a.py", "A = 1\n"),
        ("lambdas/a/lib/one.py", "ONE = 1\n"),
        ("lambdas/b/b.py", "B = 1\n"),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    commit(&project);
    project
}

fn commit(project: &Project) {
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "a change"]);
}

/// A repository with one file, to be a submodule of others.
fn library() -> Project {
    let library = Project::with(&[("lib.py", "LIB = 1\n"), ("requirements.txt", "")]);
    git(&library.root(), &["init", "--quiet"]);
    commit(&library);
    library
}

/// Adds a submodule, and commits that.
fn add_submodule(project: &Project, library: &Project, path: &str) {
    let address = library.root().display().to_string();
    let allow = "protocol.file.allow=always";
    git(&project.root(), &["-c", allow, "submodule", "--quiet", "add", &address, path]);
    commit(project);
}

/// The packages of this worktree without their files on disk, as digests.
fn dry(project: &Project) -> Run {
    project.run(&["-n", "-q"])
}

/// The warnings of a run, with their hints.
fn said(project: &Project) -> String {
    let run = project.run(&["-n"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines = run.stderr.lines().filter(|line| line.starts_with(['w', 'h']));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Runs the command of the hint in the root, as it is shown.
fn obey(project: &Project, run: &Run) {
    let line = run.stderr.lines().find_map(|line| line.strip_prefix("hint: run `"));
    let line = line.unwrap_or_else(|| panic!("no command: {}", run.stderr));
    let command = line.split('`').next().expect("a command");
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", command]).current_dir(project.root()).env("HOME", project.home());
    shell.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "protocol.file.allow");
    output(shell.env("GIT_CONFIG_VALUE_0", "always"));
}

/// A failure with a command, which brings the package of the commit.
fn refused_until_obeyed(project: &Project, expected: &std::collections::BTreeMap<String, String>) {
    let run = dry(project);
    assert_eq!(run.code, 4, "{}", run.text());
    obey(project, &run);
    let run = dry(project);
    assert_eq!((run.code, &run.digests()), (0, expected), "{}", run.text());
}

#[test]
fn a_submodule_that_is_not_checked_out_is_an_error_with_its_command() {
    let (project, library) = (repository(), library());
    add_submodule(&project, &library, "lambdas/a/vendor");
    let expected = dry(&project).digests();
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all"]);
    expect![[r#"
        exit code: 4
        --- stdout
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
        error: the submodule `lambdas/a/vendor` is not checked out
          --> lambdas/a/vendor
        hint: run `git submodule update --init lambdas/a/vendor`
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&dry(&project).text());
    refused_until_obeyed(&project, &expected);
}

#[test]
fn a_lambda_that_is_a_submodule_is_no_empty_one() {
    let (project, library) = (repository(), library());
    add_submodule(&project, &library, "lambdas/c");
    let expected = dry(&project).digests();
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all"]);
    refused_until_obeyed(&project, &expected);
}

#[test]
fn a_submodule_that_no_package_has_is_nobodys_business() {
    let (project, library) = (repository(), library());
    add_submodule(&project, &library, "lambdas/a/tests");
    add_submodule(&project, &library, "lambdas/b/vendor");
    add_submodule(&project, &library, "docs");
    project.write("dofs-package.toml", "exclude = [\"vendor/\"]\n");
    let expected = dry(&project).digests();
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all"]);
    assert_eq!(dry(&project).digests(), expected);
}

#[test]
fn files_of_a_submodule_are_tracked_and_its_other_commit_is_told() {
    let (project, library) = (repository(), library());
    add_submodule(&project, &library, "lambdas/a/vendor");
    project.digests();
    let run = project.run(&["verify"]);
    assert!(!run.stderr.contains("does not track"), "{}", run.stderr);
    project.write("lambdas/a/vendor/lib.py", "LIB = 2\n");
    git(&project.path("lambdas/a/vendor"), &["commit", "--quiet", "-a", "--message", "two"]);
    expect![[r#"
        warning: `a`: the submodule `lambdas/a/vendor` has another commit checked out than git has for it
        hint: run `git submodule update lambdas/a/vendor`, or commit that it has moved: `git add lambdas/a/vendor`
    "#]].assert_eq(&said(&project));
}

#[test]
fn a_submodule_in_a_submodule_is_looked_into() {
    let (project, middle, library) = (repository(), library(), library());
    add_submodule(&middle, &library, "inner");
    let address = middle.root().display().to_string();
    let allow = "protocol.file.allow=always";
    let path = "lambdas/a/vendor";
    git(&project.root(), &["-c", allow, "submodule", "--quiet", "add", &address, path]);
    commit(&project);
    let run = dry(&project);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("the submodule `lambdas/a/vendor/inner`"), "{}", run.stderr);
}

#[test]
fn files_outside_of_a_sparse_checkout_are_an_error_with_its_command() {
    for mode in [&["--cone"][..], &["--no-cone"], &["--cone", "--sparse-index"]] {
        let project = repository();
        let expected = dry(&project).digests();
        let slash = if mode[0] == "--cone" { "" } else { "/" };
        let folders = ["lambdas/b", "lambdas/a/other"].map(|folder| format!("{slash}{folder}"));
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        let all = [&["sparse-checkout", "set"], mode, &folders].concat();
        git(&project.root(), &all);
        // In cone mode the files beside a folder are there, too, but not those in another one.
        assert!(!project.path("lambdas/a/lib/one.py").exists(), "{mode:?}");
        if !project.path("lambdas/a").exists() {
            std::fs::create_dir_all(project.path("lambdas/a")).expect("a folder");
        }
        refused_until_obeyed(&project, &expected);
    }
}

#[test]
fn a_sparse_checkout_of_a_project_below_the_top_has_its_command_too() {
    let project = Project::with(&[
        ("services/x/lambdas/a/a.py", "A = 1\n"),
        ("services/x/lambdas/a/lib/one.py", "A = 1\n"),
        (".gitignore", "*.zip\n"),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    commit(&project);
    git(&project.root(), &["sparse-checkout", "set", "services/x/lambdas/a/other"]);
    let root = project.path("services/x");
    let run = project.tool().directory(&root).run(&["-n", "-q"]);
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/a/lib/one.py` is not checked out: it is outside of the sparse checkout
          --> lambdas/a/lib/one.py
        hint: run `git -C ../../ sparse-checkout add services/x/lambdas/a`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
    let command = "git -C ../../ sparse-checkout add services/x/lambdas/a";
    output(Command::new("sh").args(["-c", command]).current_dir(&root));
    assert_eq!(project.tool().directory(&root).run(&["-n", "-q"]).code, 0);
}

#[test]
fn a_file_whose_absence_a_flag_hides_is_an_error_with_its_command() {
    for flag in ["--skip-worktree", "--assume-unchanged"] {
        let project = repository();
        let expected = dry(&project).digests();
        git(&project.root(), &["update-index", flag, "lambdas/a/lib/one.py"]);
        std::fs::remove_file(project.path("lambdas/a/lib/one.py")).expect("a file");
        refused_until_obeyed(&project, &expected);
    }
}

#[test]
fn what_is_left_out_may_be_missing() {
    let project = repository();
    project.write("lambdas/a/tests/test_a.py", "");
    project.write("lambdas/a/note.md", "");
    project.write("dofs-package.toml", "exclude = [\"*.md\"]\n");
    commit(&project);
    for path in ["lambdas/a/tests/test_a.py", "lambdas/a/note.md"] {
        git(&project.root(), &["update-index", "--skip-worktree", path]);
        std::fs::remove_file(project.path(path)).expect("a file");
    }
    assert_eq!(dry(&project).code, 0);
}

#[test]
fn a_file_that_was_deleted_is_an_edit_like_others() {
    let project = repository();
    std::fs::remove_file(project.path("lambdas/a/lib/one.py")).expect("a file");
    assert_eq!(said(&project), "");
}

#[test]
fn an_edit_that_a_flag_hides_is_told() {
    for flag in ["--skip-worktree", "--assume-unchanged"] {
        let project = repository();
        git(&project.root(), &["update-index", flag, "lambdas/a/a.py", "lambdas/b/b.py"]);
        assert_eq!(said(&project), "");
        project.write("lambdas/a/a.py", "A = 'mine'\n");
        let no = flag.replace("--", "--no-");
        let expected = format!(
            "warning: `a`: `a.py` differs from what git has, and git is told not to look: no other \
             machine has it so\nhint: let git look: `git update-index {no} -- lambdas/a/a.py`\n"
        );
        assert_eq!(said(&project), expected);
    }
}

#[test]
fn where_a_file_system_knows_no_modes_the_index_does() {
    let project = repository();
    project.write("lambdas/a/run.sh", "");
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(project.path("lambdas/a/run.sh"), mode(0o755)).expect("a mode");
    commit(&project);
    let expected = dry(&project).digests();
    git(&project.root(), &["config", "core.fileMode", "false"]);
    // As on a share of Windows, where all files are executable, or none.
    for bits in [0o755, 0o644] {
        for path in ["a.py", "lib/one.py", "run.sh"] {
            let path = project.path(&format!("lambdas/a/{path}"));
            std::fs::set_permissions(path, mode(bits)).expect("a mode");
        }
        assert_eq!(dry(&project).digests(), expected, "{bits:o}");
    }
    project.write("lambdas/a/new.sh", "");
    std::fs::set_permissions(project.path("lambdas/a/new.sh"), mode(0o755)).expect("a mode");
    project.digests();
    assert_eq!(project.entries("lambdas/a/a.zip")["new.sh"].1, 0o100_644);
}

#[test]
fn where_a_file_system_knows_no_links_their_text_is_followed() {
    let project = repository();
    std::os::unix::fs::symlink("lib/one.py", project.path("lambdas/a/link.py")).expect("a link");
    std::os::unix::fs::symlink("../link.py", project.path("lambdas/a/lib/again.py")).expect("one");
    commit(&project);
    let expected = dry(&project).digests();
    git(&project.root(), &["config", "core.symlinks", "false"]);
    for path in ["lambdas/a/link.py", "lambdas/a/lib/again.py"] {
        std::fs::remove_file(project.path(path)).expect("a link");
        git(&project.root(), &["checkout", "--quiet", "--", path]);
        assert!(!project.path(path).is_symlink());
    }
    assert_eq!(dry(&project).digests(), expected);
    project.write("lambdas/a/link.py", "../b/b.py");
    let run = dry(&project);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("leads out of the lambda"), "{}", run.stderr);
}

#[test]
fn where_a_file_system_ignores_case_names_are_those_of_git() {
    let project = repository();
    let expected = dry(&project).digests();
    git(&project.root(), &["config", "core.ignoreCase", "true"]);
    std::fs::rename(project.path("lambdas/a/lib"), project.path("lambdas/a/Lib"))
        .expect("a folder");
    std::fs::rename(project.path("lambdas/a/a.py"), project.path("lambdas/a/A.py"))
        .expect("a file");
    assert_eq!(dry(&project).digests(), expected);
}

#[test]
fn where_a_file_system_takes_letters_apart_names_are_those_of_git() {
    let project = repository();
    project.write("lambdas/a/caf\u{e9}.txt", "x");
    commit(&project);
    let expected = dry(&project).digests();
    git(&project.root(), &["config", "core.precomposeUnicode", "true"]);
    let apart = project.path("lambdas/a/cafe\u{301}.txt");
    std::fs::rename(project.path("lambdas/a/caf\u{e9}.txt"), apart).expect("a file");
    assert_eq!(dry(&project).digests(), expected);
}

#[test]
fn line_ends_that_only_this_clone_has_are_told() {
    let project = repository();
    git(&project.root(), &["config", "core.autocrlf", "true"]);
    std::fs::remove_file(project.path("lambdas/a/a.py")).expect("a file");
    git(&project.root(), &["checkout", "--quiet", "--", "lambdas/a/a.py"]);
    assert_eq!(project.read("lambdas/a/a.py"), b"A = 1\r\n");
    expect![[r#"
        warning: `a`: `lambdas/a/a.py` has line ends of Windows, which the commit has not: another machine packages other bytes
        hint: say which in `.gitattributes`, as `*.py text eol=lf`, and check the files out anew
    "#]].assert_eq(&said(&project));
    // Every clone has them so.
    project.write(".gitattributes", "*.py text eol=crlf\n");
    assert_eq!(said(&project), "");
    project.write(".gitattributes", "*.py text=auto\nlambdas/b/*.py eol=crlf\n");
    assert!(said(&project).contains("line ends of Windows"));
}

#[test]
fn line_ends_that_the_commit_has_or_that_somebody_edited_are_not() {
    let project = repository();
    project.write("lambdas/a/a.py", "A = 1\r\n");
    project.write("lambdas/b/data.bin", b"\0\r\n".as_slice());
    commit(&project);
    project.write("lambdas/b/b.py", "B = 2\r\n");
    assert_eq!(said(&project), "");
}

#[test]
fn a_pointer_of_git_lfs_is_an_error_where_the_attributes_say_so() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    let project = repository();
    project.write("lambdas/a/model.bin", pointer);
    project.write("lambdas/b/text.txt", pointer);
    project.write(".gitattributes", "[attr]big filter=lfs diff=lfs merge=lfs -text\n*.bin big\n");
    commit(&project);
    expect![[r#"
        exit code: 4
        --- stdout
        b	IqE0kTJD3rBYOmtzG9QbhyNLcgfKirKG7c5atfs+ySg=	lambdas/b/b.zip
        --- stderr
        error: `model.bin` is a pointer of git-lfs, and not the file itself
          --> lambdas/a/model.bin
        hint: install git-lfs and run `git lfs install`, then `git lfs pull`
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&dry(&project).text());
    let run = project.run(&["-n", "-q", "--rev", "HEAD"]);
    assert_eq!((run.code, run.stdout), (4, dry(&project).stdout), "{}", run.stderr);
    project.write(".lfsconfig", "[lfs]\n\tfetchexclude = lambdas\n");
    let hint = "then `git lfs pull --include=lambdas/a/model.bin --exclude=`";
    assert!(dry(&project).stderr.contains(hint), "{}", dry(&project).stderr);
    project.write(".gitattributes", "*.bin filter=lfs\n/lambdas/a/*.bin !filter\n");
    assert_eq!(said(&project), "");
}

#[test]
fn without_a_repository_a_pointer_of_git_lfs_is_told() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    let project = Project::with(&[("lambdas/a/model.bin", pointer)]);
    assert!(said(&project).contains("pointer of git-lfs"));
}

#[test]
fn a_filter_that_has_not_run_is_told() {
    let project = repository();
    project.write(".gitattributes", "*.up filter=up\n*.id filter=id\n");
    project.write("lambdas/a/a.up", "shout\n");
    project.write("lambdas/a/a.id", "id\n");
    commit(&project);
    git(&project.root(), &["config", "filter.id.smudge", "cat"]);
    expect![[r#"
        warning: `a`: `a.up` is as the repository keeps it: the filter `up` of `.gitattributes` has not run here
        hint: set the filter up, then `rm -- lambdas/a/a.up && git checkout -- lambdas/a/a.up`
    "#]].assert_eq(&said(&project));
    git(&project.root(), &["config", "filter.up.smudge", "tr a-z A-Z"]);
    git(&project.root(), &["config", "filter.up.clean", "tr A-Z a-z"]);
    std::fs::remove_file(project.path("lambdas/a/a.up")).expect("a file");
    git(&project.root(), &["checkout", "--quiet", "--", "lambdas/a/a.up"]);
    assert_eq!(project.read("lambdas/a/a.up"), b"SHOUT\n");
    assert_eq!(said(&project), "");
}

#[test]
fn what_git_crypt_has_encrypted_is_an_error() {
    let project = repository();
    project.write("lambdas/a/.gitattributes", "secret.json filter=git-crypt diff=git-crypt\n");
    project.write("lambdas/a/secret.json", b"\0GITCRYPT\0abcdef".as_slice());
    commit(&project);
    let run = dry(&project);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("hint: run `git-crypt unlock`"), "{}", run.stderr);
}

#[test]
fn a_merge_that_is_not_finished_is_told() {
    let project = repository();
    git(&project.root(), &["checkout", "--quiet", "-b", "other"]);
    project.write("lambdas/a/a.py", "A = 2\n");
    commit(&project);
    git(&project.root(), &["checkout", "--quiet", "main"]);
    project.write("lambdas/a/a.py", "A = 3\n");
    commit(&project);
    let merge = ["merge", "--quiet", "other"];
    let mut merge = {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=n", "-c", "user.email=e@h"]).args(merge);
        git.current_dir(project.root());
        git
    };
    assert!(!merge.output().expect("git can be started").status.success());
    expect![[r#"
        warning: `a`: `a.py` is in the middle of a merge, and packaged with what git wrote there
        hint: finish the merge of it, and `git add` it
        warning: `a`: Python can't parse `a.py`: expected a statement
    "#]]
    .assert_eq(&said(&project));
}

#[test]
fn what_is_only_intended_to_be_added_is_in_no_commit() {
    let project = repository();
    project.write("lambdas/a/new.py", "");
    git(&project.root(), &["add", "--intent-to-add", "lambdas/a/new.py"]);
    project.digests();
    let run = project.run(&["verify"]);
    assert!(
        run.stderr.contains("`lambdas/a/new.py` is packaged, and git does not"),
        "{}",
        run.stderr
    );
}

/// The forms that an index and a repository can have: each tells the same.
#[test]
fn the_index_is_read_in_each_of_its_forms() {
    for form in [
        &["update-index", "--index-version", "2"][..],
        &["update-index", "--index-version", "3"],
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
        &["update-index", "--untracked-cache"],
        &["config", "core.fsmonitor", "false"],
    ] {
        let project = repository();
        git(&project.root(), form);
        // In a split index, these are entries that replace others, are gone, and are new.
        project.write("lambdas/a/a.py", "A = 2\n");
        project.write("lambdas/b/second.py", "");
        git(&project.root(), &["add", "--all"]);
        git(&project.root(), &["rm", "--quiet", "--cached", "lambdas/b/b.py"]);
        git(&project.root(), &["update-index", "--skip-worktree", "lambdas/a/lib/one.py"]);
        project.digests();
        let run = project.run(&["verify"]);
        let expected = "`lambdas/b/b.py` is packaged, and git does not track it";
        assert!(run.stderr.contains(expected), "{form:?}: {}", run.stderr);
        assert_eq!(run.stderr.matches("warning: ").count(), 1, "{form:?}: {}", run.stderr);
        std::fs::remove_file(project.path("lambdas/a/lib/one.py")).expect("a file");
        assert_eq!(dry(&project).code, 4, "{form:?}");
    }
}

#[test]
fn objects_with_longer_names_are_compared_too() {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n"), (".gitignore", "*.zip\n")]);
    git(&project.root(), &["init", "--quiet", "--object-format=sha256"]);
    commit(&project);
    git(&project.root(), &["update-index", "--assume-unchanged", "lambdas/a/a.py"]);
    assert_eq!(said(&project), "");
    project.write("lambdas/a/a.py", "A = 2\n");
    assert!(said(&project).contains("differs from what git has"));
}

#[test]
fn a_linked_worktree_has_an_index_of_its_own() {
    let project = repository();
    let linked = project.home().join("linked");
    let path = linked.display().to_string();
    git(&project.root(), &["worktree", "add", "--quiet", "-b", "other", &path]);
    git(&linked, &["update-index", "--skip-worktree", "lambdas/a/lib/one.py"]);
    std::fs::remove_file(linked.join("lambdas/a/lib/one.py")).expect("a file");
    assert_eq!(project.tool().directory(&linked).run(&["-n", "-q"]).code, 4);
    assert_eq!(dry(&project).code, 0);
}

#[test]
fn variables_that_git_sets_for_a_hook_lead_to_no_other_repository() {
    let (project, other) = (repository(), repository());
    git(&other.root(), &["update-index", "--skip-worktree", "lambdas/a/lib/one.py"]);
    let folder = other.root();
    let tool = project.tool().env("GIT_DIR", folder.join(".git")).env("GIT_WORK_TREE", &folder);
    let tool = tool.env("GIT_INDEX_FILE", folder.join(".git/index"));
    std::fs::remove_file(project.path("lambdas/a/lib/one.py")).expect("a file");
    assert_eq!(tool.run(&["-n", "-q"]).code, 0);
}

#[test]
fn a_repository_whose_worktree_is_elsewhere_says_nothing_of_this_folder() {
    let project = repository();
    git(&project.root(), &["update-index", "--skip-worktree", "lambdas/a/lib/one.py"]);
    std::fs::remove_file(project.path("lambdas/a/lib/one.py")).expect("a file");
    std::fs::create_dir_all(project.home().join("work")).expect("a folder");
    let work = project.home().join("work").display().to_string();
    assert_eq!(dry(&project).code, 4);
    git(&project.root(), &["config", "core.worktree", &work]);
    assert_eq!(dry(&project).code, 0);
}

#[test]
fn a_repository_that_is_broken_or_of_somebody_else_does_not_stop_a_build() {
    let project = repository();
    for index in ["", "DIRC", "DIRC\0\0\0\u{9}\0\0\0\u{1}", "DIRC\0\0\0\u{2}\0\0\0\u{7f}"] {
        std::fs::write(project.path(".git/index"), index).expect("a file");
        assert_eq!(dry(&project).code, 0, "{index:?}");
    }
}

/// A repository with a manifest of both lambdas.
fn with_manifest() -> Project {
    let project = repository();
    project.write(
        "dofs-package.toml",
        "manifest = \"packages.json\"\n[lambda.b]\narchitecture = \"arm64\"\n",
    );
    project.digests();
    commit(&project);
    project
}

#[test]
fn entries_of_lambdas_outside_of_a_sparse_checkout_stay_in_the_manifest() {
    let project = with_manifest();
    let whole = project.read("packages.json");
    git(&project.root(), &["sparse-checkout", "set", "lambdas/a"]);
    assert!(!project.path("lambdas/b").exists());
    let run = project.run(&["-v"]);
    assert_eq!((run.code, project.read("packages.json")), (0, whole.clone()), "{}", run.stderr);
    for note in [
        "`b` is not checked out here, and its entry in `packages.json` stays as it is",
        "the table of `b` in the config is passed over: the lambda is not checked out here",
    ] {
        assert!(run.stderr.contains(note), "{}", run.stderr);
    }
    let run = project.run(&["verify"]);
    assert_eq!(run.code, 0, "{}", run.text());
    project.write("lambdas/a/a.py", "A = 2\n");
    project.digests();
    let entries =
        |bytes: &[u8]| -> serde_json::Value { serde_json::from_slice(bytes).expect("JSON") };
    let (before, after) = (entries(&whole), entries(&project.read("packages.json")));
    assert_eq!(before["b"], after["b"]);
    assert_ne!(before["a"], after["a"]);
}

#[test]
fn entries_of_submodules_that_are_not_there_stay_in_the_manifest() {
    let (project, library) = (with_manifest(), library());
    add_submodule(&project, &library, "lambdas/c");
    project.digests();
    let whole = project.read("packages.json");
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all", "--force"]);
    std::fs::remove_dir(project.path("lambdas/c")).expect("an empty folder");
    assert_eq!(project.digests().len(), 2);
    assert_eq!(project.read("packages.json"), whole);
}

#[test]
fn the_entry_of_a_lambda_that_somebody_has_deleted_goes() {
    let project = with_manifest();
    project.write("dofs-package.toml", "manifest = \"packages.json\"\n");
    std::fs::remove_dir_all(project.path("lambdas/b")).expect("a folder");
    project.digests();
    assert!(!String::from_utf8_lossy(&project.read("packages.json")).contains("\"b\""));
}

#[test]
fn a_manifest_in_the_middle_of_a_merge_keeps_what_this_worktree_can_not_make() {
    let project = with_manifest();
    git(&project.root(), &["sparse-checkout", "set", "lambdas/a"]);
    let text = "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n";
    project.write("packages.json", text);
    assert_eq!(project.run(&["-q"]).code, 3);
    assert_eq!(project.read("packages.json"), text.as_bytes());
}

#[test]
fn a_lambda_outside_of_a_sparse_checkout_is_named_with_its_command() {
    let project = with_manifest();
    git(&project.root(), &["sparse-checkout", "set", "lambdas/a"]);
    let run = project.run(&["build", "b"]);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `b` is not checked out here
          --> lambdas/b
        hint: run `git sparse-checkout add lambdas/b`
    "#]]
    .assert_eq(&run.text());
    obey(&project, &run);
    assert_eq!(project.run(&["build", "b", "-q"]).code, 0);
}

#[test]
fn a_table_for_a_lambda_that_nobody_has_is_an_error_in_a_sparse_checkout_too() {
    let project = with_manifest();
    git(&project.root(), &["sparse-checkout", "set", "lambdas/a"]);
    project.write("dofs-package.toml", "[lambda.b]\n[lambda.nowhere]\n");
    let run = dry(&project);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("`nowhere`"), "{}", run.stderr);
}
