//! What only one clone of a repository has, and no other machine ever sees.

use expect_test::expect;

use super::{at, cloned, commit, configure, everything, repository};
use crate::support::{Project, git};

/// Attributes of the clone alone, which win over those of every commit.
fn with_own_attributes(project: &Project) {
    project.write(".git/info/attributes", "*.py text eol=crlf\n*.up -filter\n");
}

#[test]
fn attributes_of_one_clone_are_not_those_of_a_machine_for_builds() {
    let project = repository();
    let fresh = cloned(&project, &project.home().join("clone"));
    with_own_attributes(&project);

    assert_eq!(at(&project, "HEAD"), fresh);
}

#[test]
fn with_attributes_of_its_own_a_repository_has_its_filters_all_the_same() {
    let project = repository();
    project.write(".gitattributes", "*.up filter=up\n");
    project.write("lambdas/a/a.up", "shout\n");
    // A filter's own folder in the repository, as of git-lfs and git-crypt.
    project.write(".git/up/key", "key ");
    let smudge = r#"smudge = "cat $(git rev-parse --git-common-dir)/up/key -; true \"\\\\\" '#;'""#;
    project.write("filters", format!("[filter \"up\"]\n\t{smudge}\n\tclean = cat\n"));
    commit(&project);
    configure(&project, "include.path", &project.path("filters").display().to_string());
    let other = project.home().join("other");
    git(&project.root(), &["worktree", "add", "--quiet", &other.display().to_string()]);

    for (folder, attributes) in [(project.root(), false), (project.root(), true), (other, true)] {
        if attributes {
            with_own_attributes(&project);
        }
        let out = project.home().join("out");
        let arguments = ["a", "--rev", "HEAD", "-q", "--out-dir", &out.display().to_string()];
        let run = project.tool().directory(&folder).run(&[&["build"], &arguments[..]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let entries = crate::support::entries(&out.join("a.zip"));
        assert_eq!(entries["a.up"].0, b"key shout\n", "{folder:?}");
        std::fs::remove_dir_all(out).expect("a folder");
    }
}

#[test]
fn a_repository_of_other_digests_and_with_attributes_of_its_own() {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n")]);
    git(&project.root(), &["init", "--quiet", "--object-format", "sha256"]);
    commit(&project);
    let before = project.digests();
    assert_eq!(at(&project, "HEAD"), before);
    with_own_attributes(&project);

    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn a_clone_that_fetches_files_when_they_are_wanted() {
    let project = repository();
    let before = project.digests();
    git(&project.root(), &["config", "uploadpack.allowFilter", "true"]);
    git(&project.root(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let address = format!("file://{}", project.root().display());
    for attributes in [false, true] {
        let folder = project.home().join(format!("partial-{attributes}"));
        let folder_text = folder.display().to_string();
        let partial = ["--filter=blob:none", "--no-checkout", "--depth=1"];
        let clone = [&["clone", "--quiet"], &partial[..], &[&address, &folder_text]].concat();
        git(&project.home(), &clone);
        std::fs::create_dir_all(folder.join("lambdas")).expect("a folder");
        if attributes {
            let file = folder.join(".git/info/attributes");
            std::fs::write(file, "*.py eol=crlf\n").expect("a file");
        }

        let run = project.tool().directory(&folder).run(&["-q", "-n", "--rev", "HEAD"]);

        assert_eq!((run.code, run.digests()), (0, before.clone()), "{}", run.stderr);
    }
}

/// The target of a lambda is part of its hash, and must not be another one for want of a file.
#[test]
fn what_can_not_be_fetched_of_terraform_is_an_error() {
    let function = |packages: &str| {
        format!(
            "locals {{\n  packages = jsondecode(file(\"packages.json\"))\n}}\n\
             resource \"aws_lambda_function\" \"a\" {{\n  \
             filename = {packages}\n  runtime = \"python3.12\"\n}}\n"
        )
    };
    for (missing, packages) in [
        ("main.tf", "\"lambdas/a/a.zip\""),
        ("packages.json", "local.packages.a.filename"),
        ("env/pyvenv.cfg", "\"lambdas/a/a.zip\""),
    ] {
        let project = repository();
        project.write("main.tf", function(packages));
        project.write("packages.json", "{\"a\": {\"filename\": \"lambdas/a/a.zip\"}}");
        project.write("env/x.tf", "");
        project.write("env/pyvenv.cfg", "home = /usr\n");
        commit(&project);
        git(&project.root(), &["config", "uploadpack.allowFilter", "true"]);
        git(&project.root(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let address = format!("file://{}", project.root().display());
        let clone = project.home().join("clone");
        let text = clone.display().to_string();
        git(&project.home(), &["clone", "-q", "-n", "--filter=blob:none", &address, &text]);
        let rest = format!(":!{missing}");
        git(&clone, &["checkout", "--quiet", "HEAD", "--", ".", &rest]);
        git(&clone, &["remote", "set-url", "origin", "/nowhere"]);

        let run = project.tool().directory(&clone).run(&["list", "a", "--rev", "HEAD", "-q"]);

        assert_eq!((run.code, run.stdout.as_str()), (5, ""), "{missing}: {}", run.text());
        let reason = "`git checkout-index` failed (exit status: 128): fatal: ";
        assert!(run.stderr.contains(reason), "{}", run.text());
    }
}

#[test]
fn replacements_of_objects_are_those_of_one_clone() {
    let project = repository();
    let before = project.digests();
    let old = git(&project.root(), &["rev-parse", "HEAD"]);
    project.write("lambdas/a/a.py", "A = 2\n");
    let new = commit(&project);
    git(&project.root(), &["replace", &old, &new]);
    assert_eq!(at(&project, &old), before);
    with_own_attributes(&project);

    assert_eq!(at(&project, &old), before);
    assert_eq!(at(&project, "HEAD~1"), before);
}

#[test]
fn hooks_are_not_run_and_no_part_of_an_index_is_left() {
    let project = repository();
    project.digests();
    let script = "#!/bin/sh\ntouch $0.was-run\n";
    project.write(".git/hooks/post-index-change", script);
    let hook = project.path(".git/hooks/post-index-change").display().to_string();
    crate::support::output(std::process::Command::new("chmod").args(["+x", &hook]));
    git(&project.root(), &["config", "core.splitIndex", "true"]);
    let before = everything(&project);

    at(&project, "HEAD");

    let names =
        |files: std::collections::BTreeMap<String, _>| files.into_keys().collect::<Vec<_>>();
    assert_eq!(names(everything(&project)), names(before));
}

#[test]
fn offline_nothing_is_fetched_of_what_a_clone_left_out() {
    let project = repository();
    git(&project.root(), &["config", "uploadpack.allowFilter", "true"]);
    git(&project.root(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let address = format!("file://{}", project.root().display());
    let clone = project.home().join("partial");
    let text = clone.display().to_string();
    git(&project.home(), &["clone", "-q", "-n", "--filter=blob:none", &address, &text]);
    std::fs::create_dir_all(clone.join("lambdas")).expect("a folder");
    let tool = || project.tool().directory(&clone);
    let run = ["-q", "-n", "--rev", "HEAD"];
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: 2 lambdas (`a`, `b`): cannot read `lambdas/NAME`
          --> lambdas/NAME
          caused by: the clone lacks files of the revision, and git may not fetch them
        hint: run this once without `--offline`, `--frozen` and `GIT_NO_LAZY_FETCH`
        error: 2 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&tool().run(&[&run[..], &["--offline"]].concat()).text());
    assert_eq!(tool().run(&[&run[..], &["--frozen"]].concat()).code, 6);
    assert_eq!(tool().env("GIT_NO_LAZY_FETCH", "1").run(&run).code, 6);
    assert_eq!(tool().run(&run).code, 0);
    assert_eq!(tool().run(&[&run[..], &["--offline"]].concat()).code, 0);
}

/// What only other references need would be removed after the fetch.
#[test]
fn what_is_fetched_has_nothing_cleaned_up() {
    let project = repository();
    git(&project.root(), &["config", "uploadpack.allowFilter", "true"]);
    git(&project.root(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let address = format!("file://{}", project.root().display());
    let clone = project.home().join("partial");
    let text = clone.display().to_string();
    git(&project.home(), &["clone", "-q", "-n", "--filter=blob:none", &address, &text]);
    std::fs::create_dir_all(clone.join("lambdas")).expect("a folder");
    let tree = git(&clone, &["rev-parse", "HEAD^{tree}"]);
    let other = git(&clone, &["commit-tree", &tree, "-m", "on another branch"]);
    git(&clone, &["branch", "other", &other]);
    configure(&project, "gc.auto", "1");
    configure(&project, "gc.autoPackLimit", "1");
    configure(&project, "gc.autoDetach", "false");
    configure(&project, "gc.pruneExpire", "now");
    assert_eq!(project.tool().directory(&clone).run(&["-q", "-n", "--rev", "HEAD"]).code, 0);
    git(&clone, &["cat-file", "-e", &other]);
}

#[test]
fn a_variable_that_names_a_file_for_git_config_alone_is_passed_over() {
    let project = repository();
    project.write(".gitattributes", "*.up filter=up\n");
    project.write("lambdas/a/a.up", "shout\n");
    commit(&project);
    configure(&project, "filter.up.smudge", "tr a-z A-Z");
    let before = at(&project, "HEAD");
    project.write(".git/info/attributes", "*.none text\n");
    let run = project.tool().env("GIT_CONFIG", "/dev/null").run(&["-q", "-n", "--rev", "HEAD"]);
    assert_eq!((run.code, run.digests()), (0, before), "{}", run.stderr);
}
