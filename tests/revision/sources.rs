//! What is read of a commit: sources, config, requirements, locks, projects beside them.

use super::{at, commit, everything, repository};
use crate::building::Library;
use crate::support::{Project, Wheel, git};

#[test]
fn a_commit_gives_the_same_whatever_is_in_the_worktree() {
    let project = repository();
    let before = project.digests();
    project.write("lambdas/a/a.py", "A = 2\n");
    project.write("lambdas/b/new.py", "");
    std::fs::remove_file(project.path("lambdas/b/b.py")).expect("a file");
    assert_ne!(project.digests(), before);

    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn every_name_of_a_commit_will_do() {
    let project = repository();
    let first = project.digests();
    let id = git(&project.root(), &["rev-parse", "HEAD"]);
    git(&project.root(), &["tag", "--annotate", "--message", "one", "v1"]);
    git(&project.root(), &["branch", "old"]);
    project.write("lambdas/a/a.py", "A = 2\n");
    git(&project.root(), &["commit", "--quiet", "--all", "--message", "the second"]);

    for name in [
        "HEAD~1",
        "v1",
        "old",
        &id,
        &id[..10],
        "HEAD^",
        "refs/heads/old",
        "HEAD@{1}",
        ":/a change",
        "HEAD^{/change}",
        "main^^{commit}",
    ] {
        assert_eq!(at(&project, name), first, "{name}");
    }
}

#[test]
fn neither_worktree_nor_index_is_touched() {
    let project = repository();
    project.digests();
    project.write("lambdas/a/a.py", "A = 2\n");
    git(&project.root(), &["add", "--all"]);
    project.write("lambdas/a/a.py", "A = 3\n");
    let before = everything(&project);

    let out = project.home().join("out");
    let run = project.run(&["--rev", "HEAD", "--out-dir", &out.display().to_string()]);

    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(everything(&project), before);
    assert!(project.leftovers().is_empty());
}

#[test]
fn config_requirements_and_lock_are_those_of_the_commit() {
    let project = repository();
    project.publish(&Wheel::new("one", "1.0"));
    project.publish(&Wheel::new("one", "2.0"));
    project.write("dofs-package.toml", "python = \"3.12\"\n[lambda.a]\nexclude = [\"x.py\"]\n");
    project.write("lambdas/a/x.py", "");
    project.write("lambdas/a/requirements.txt", "one<2\n");
    assert_eq!(project.run(&["lock"]).code, 0);
    commit(&project);
    let before = project.digests();
    project.write("dofs-package.toml", "python = \"3.13\"\n");
    project.write("lambdas/a/requirements.txt", "one==2.0\n");
    std::fs::remove_file(project.path("lambdas/a/pylock.toml")).expect("a file");

    let run = project.run(&["--rev", "HEAD", "-n", "--locked", "--format", "json"]);

    assert_eq!(run.code, 0, "{}", run.stderr);
    let package = &run.json()["packages"][0];
    assert_eq!(package["python"], "3.12");
    assert_eq!(package["requirements"][0]["version"], "1.0");
    assert_eq!(package["source_code_hash"].as_str(), Some(before["a"].as_str()));
}

#[test]
fn a_table_in_cargo_toml_is_that_of_the_commit() {
    let project = repository();
    let manifest = |exclude: &str| {
        format!("[workspace]\n[workspace.metadata.dofs-package]\nexclude = [\"{exclude}\"]\n")
    };
    project.write("lambdas/a/x.py", "");
    project.write("Cargo.toml", manifest("x.py"));
    commit(&project);
    let worktree = || project.tool().env("CARGO", env!("CARGO")).run(&["-q", "-n"]).digests();
    let before = worktree();
    project.write("Cargo.toml", manifest("y.py"));
    assert_ne!(worktree(), before);

    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn a_project_below_the_top_of_its_repository() {
    let project = Project::with(&[("deep/er/lambdas/a/a.py", "A = 1\n"), ("top.py", "")]);
    git(&project.root(), &["init", "--quiet"]);
    commit(&project);
    let tool = || project.tool().directory(project.path("deep/er"));
    let before = tool().run(&["-q", "-n"]).digests();
    project.write("deep/er/lambdas/a/a.py", "A = 2\n");

    let run = tool().run(&["-q", "-n", "--rev", "HEAD"]);

    assert_eq!(run.digests(), before, "{}", run.stderr);
    let run = project.run(&["--root", "deep/er", "-q", "-n", "--rev", "HEAD"]);
    assert_eq!(run.digests(), before, "{}", run.stderr);
}

#[test]
fn projects_and_wheels_beside_the_lambdas_are_those_of_the_commit() {
    let project = repository();
    let wheel = Wheel::new("one", "1.0");
    project.write(&format!("wheels/{}", wheel.file_name()), wheel.bytes());
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    Library::new("shared", "1.0").write(&project.path("shared"));
    project.write("common.txt", "-e ./shared\n");
    let lines = format!("-r ../../common.txt\n../../wheels/{}\n", wheel.file_name());
    project.write("lambdas/a/requirements.txt", &lines);
    project.write("lambdas/b/requirements.txt", "--find-links ../../wheels\none\n");
    commit(&project);
    let before = project.digests();
    project.write("shared/src/shared/__init__.py", "VERSION = \"edited\"\n");
    std::fs::remove_dir_all(project.path("wheels")).expect("a folder");
    project.write("common.txt", "");

    assert_eq!(at(&project, "HEAD"), before);
}

#[cfg(unix)]
#[test]
fn modes_and_links_are_those_of_the_commit() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let project = repository();
    let mode = |path: &str, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(project.path(path), permissions).expect("a file");
    };
    project.write("lambdas/a/run.sh", "#!/bin/sh\n");
    mode("lambdas/a/run.sh", 0o755);
    symlink("a.py", project.path("lambdas/a/link.py")).expect("a link");
    project.write("shared.txt", "");
    symlink("../../shared.txt", project.path("lambdas/b/requirements.txt")).expect("a link");
    project.write("dofs-package.toml", "[lambda.b]\nexclude = [\"requirements.txt\"]\n");
    commit(&project);
    let before = project.digests();
    mode("lambdas/a/run.sh", 0o644);
    std::fs::remove_file(project.path("lambdas/a/link.py")).expect("a link");
    std::fs::remove_file(project.path("shared.txt")).expect("a file");

    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn a_rollback_gives_the_old_zips_back_bit_for_bit() {
    let project = repository();
    project.publish(&Wheel::new("one", "1.0"));
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    project.write("lambdas/a/requirements.txt", "one\n");
    assert_eq!(project.run(&["lock"]).code, 0);
    let old = commit(&project);
    project.digests();
    let zip = project.read("lambdas/a/a.zip");
    project.publish(&Wheel::new("one", "2.0"));
    assert_eq!(project.run(&["lock", "--upgrade"]).code, 0);
    project.write("lambdas/a/a.py", "A = 2\n");
    commit(&project);
    project.digests();
    assert_ne!(project.read("lambdas/a/a.zip"), zip);

    let run = project.run(&["build", "a", "--rev", &old, "--out-dir", "out", "--locked"]);

    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(project.read("out/a.zip"), zip);
}

#[test]
fn where_the_worktree_is_the_commit_its_zips_are_written() {
    let project = repository();
    let run = project.run(&["--rev", "HEAD", "-q"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(project.path("lambdas/a/a.zip").exists());
}

#[test]
fn the_manifest_of_the_worktree_is_left_and_one_that_is_named_is_written() {
    let project = repository();
    project.write("dofs-package.toml", "manifest = \"packages.json\"\n");
    commit(&project);

    project.run(&["--rev", "HEAD", "--out-dir", "out"]);
    assert!(!project.path("packages.json").exists());

    project.run(&["--rev", "HEAD", "--out-dir", "out", "--manifest", "out/packages.json"]);
    let text = String::from_utf8(project.read("out/packages.json")).expect("JSON is text");
    assert!(text.contains("\"filename\": \"a.zip\""), "{text}");
}

#[test]
fn a_list_is_that_of_the_commit() {
    let project = repository();
    project.write("lambdas/a/new.py", "");
    let run = project.run(&["list", "--members", "a", "--rev", "HEAD", "-q"]);
    assert_eq!(
        run.stdout,
        "a\ttarget\tx86_64\tdefault\na\town\t1 file, 6 B\ta.py\na\tkept\ta.py\tlambdas/a/a.py\n",
        "{}",
        run.stderr
    );
}

#[test]
fn a_repository_without_a_worktree_has_them_but_no_place_for_zips() {
    let project = repository();
    let before = project.digests();
    let bare = project.home().join("bare.git").display().to_string();
    git(&project.root(), &["clone", "--quiet", "--bare", ".", &bare]);
    for folder in [&bare, ".git"] {
        let run = project.run(&["--root", folder, "--rev", "HEAD", "-n", "-q"]);
        assert_eq!(run.digests(), before, "{}", run.stderr);
        let run = project.run(&["--root", folder, "--rev", "HEAD", "-q"]);
        assert_eq!(run.code, 2, "{}", run.text());
    }
}

#[test]
fn a_project_in_a_submodule() {
    let project = repository();
    let before = project.digests();
    let other = Project::with(&[("x", "")]);
    git(&other.root(), &["init", "--quiet"]);
    let address = project.root().display().to_string();
    let allow = ["-c", "protocol.file.allow=always"];
    let add = [&allow[..], &["submodule", "--quiet", "add", &address, "sub"]].concat();
    git(&other.root(), &add);

    let run = other.tool().directory(other.path("sub")).run(&["--rev", "HEAD", "-n", "-q"]);

    assert_eq!(run.digests(), before, "{}", run.stderr);
}

#[test]
fn a_clone_that_borrows_its_objects_or_has_no_history() {
    let project = repository();
    let before = project.digests();
    let address = format!("file://{}", project.root().display());
    for option in ["--shared", "--depth=1"] {
        let clone = project.home().join(option).display().to_string();
        let source = if option == "--shared" { "." } else { &address };
        git(&project.root(), &["clone", "--quiet", option, source, &clone]);
        for attributes in [false, true] {
            if attributes {
                let file = project.home().join(option).join(".git/info/attributes");
                std::fs::write(file, "*.py eol=crlf\n").expect("a file");
            }
            let run = project.tool().directory(&clone).run(&["--rev", "HEAD", "-n", "-q"]);
            assert_eq!(run.digests(), before, "{}", run.stderr);
        }
    }
}

#[test]
fn a_worktree_of_the_repository_and_a_detached_head_have_it_too() {
    let project = repository();
    let before = project.digests();
    let other = project.home().join("other");
    git(&project.root(), &["worktree", "add", "--quiet", "--detach", &other.display().to_string()]);
    std::fs::write(other.join("lambdas/a/a.py"), "A = 2\n").expect("a file");

    let run = project.tool().directory(&other).run(&["-q", "-n", "--rev", "HEAD"]);

    assert_eq!(run.digests(), before, "{}", run.stderr);
}

#[test]
fn what_a_hook_of_git_sets_leads_nowhere_else() {
    let project = repository();
    let before = project.digests();
    let tool = project.tool().env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", "/nowhere/index");

    let run = tool.env("GIT_WORK_TREE", "/nowhere").run(&["-q", "-n", "--rev", "HEAD"]);

    assert_eq!(run.digests(), before, "{}", run.stderr);
}
