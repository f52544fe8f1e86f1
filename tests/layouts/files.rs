//! Files and folders from elsewhere in the project.

use super::{packaged, project};
use crate::support::{Project, Wheel, git};

const COMMON: &str = "python = \"3.12\"\nfiles = { \"libs/common\" = \"common\" }\n";

/// The paths in a zip.
fn members(project: &Project, zip: &str) -> Vec<String> {
    project.entries(zip).into_keys().collect()
}

/// What a run says where it has this exit code.
fn said(project: &Project, arguments: &[&str], code: i32) -> String {
    let run = project.run(arguments);
    assert_eq!(run.code, code, "{}", run.text());
    run.stderr
}

fn shared(config: &str) -> Project {
    let project = project(config, &["lambdas/api"]);
    project.write("libs/common/text.py", "import json\n");
    project.write("config/prod.json", "{}");
    project
}

#[test]
fn files_and_folders_are_copied_to_their_paths_in_the_package() {
    for (files, expected) in [
        ("\"libs/common\" = \"common\"", &["common/text.py", "handler.py"][..]),
        ("\"libs\" = \"a/b/\"", &["a/b/common/text.py", "handler.py"]),
        ("\"config/prod.json\" = \"settings.json\"", &["handler.py", "settings.json"]),
        ("\"./config/prod.json\" = \"etc/{name}.json\"", &["etc/api.json", "handler.py"]),
        ("\"{path}/../../config\" = \"c\"", &["c/prod.json", "handler.py"]),
        (
            "\"libs/common\" = \"lib\", \"config/prod.json\" = \"lib/prod.json\"",
            &["handler.py", "lib/prod.json", "lib/text.py"],
        ),
        ("\".\" = \"all\"", &["all/config/prod.json", "all/libs/common/text.py", "handler.py"]),
    ] {
        let project = shared(&format!("files = {{ {files} }}\n"));
        packaged(&project);
        let mut found = members(&project, "lambdas/api/api.zip");
        found.retain(|path| !path.starts_with("all/dofs") && !path.contains("/lambdas/"));
        assert_eq!(found, expected, "{files}");
    }
}

#[test]
fn the_table_of_a_lambda_replaces_the_one_at_the_top() {
    let config = format!("{COMMON}[lambda.web.files]\n\"config/prod.json\" = \"prod.json\"\n");
    let project = shared(&config);
    project.write("lambdas/web/handler.py", "");
    packaged(&project);
    assert_eq!(members(&project, "lambdas/web/web.zip"), ["handler.py", "prod.json"]);
    assert_eq!(members(&project, "lambdas/api/api.zip"), ["common/text.py", "handler.py"]);
}

#[test]
fn neither_a_prefix_nor_requirements_there_are_of_the_lambda() {
    let project = shared(&format!("{COMMON}prefix = \"app\"\n"));
    project.write("libs/common/requirements.txt", "nobody-has-this==1\n");
    packaged(&project);
    let expected = ["app/handler.py", "common/requirements.txt", "common/text.py"];
    assert_eq!(members(&project, "lambdas/api/api.zip"), expected);
}

#[test]
fn what_a_layer_has_from_elsewhere_lies_below_python() {
    let project = shared(&format!("layers = [\"layers/*\"]\n{COMMON}"));
    project.write("layers/deps/own.py", "");
    packaged(&project);
    let expected = ["python/common/text.py", "python/own.py"];
    assert_eq!(members(&project, "layers/deps/deps.zip"), expected);
}

#[test]
fn the_same_is_left_out_as_of_a_lambda_and_listed() {
    let project = shared(&format!(
        "{COMMON}exclude = [\"/notes.md\"]\n[lambda.inner]\npath = \"libs/common/inner\"\nfiles = {{}}\n"
    ));
    for file in ["notes.md", "old.zip", "__pycache__/a.pyc", "inner/x.py", ".env", "sub/notes.md"] {
        project.write(&format!("libs/common/{file}"), "x = 1\n");
    }
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n";
    project.write("libs/common/key.pem", key);
    let run = project.run(&["list", "api", "--format", "json"]);
    let listing = &run.json()["lambdas"][0];
    let paths = |key: &str| -> Vec<String> {
        let all = listing[key].as_array().expect("a list").iter();
        all.map(|it| it["path"].as_str().expect("a path").to_owned()).collect()
    };
    assert_eq!(paths("kept"), ["common/sub/notes.md", "common/text.py", "handler.py"]);
    let expected = [".env", "__pycache__/", "inner/", "key.pem", "notes.md", "old.zip"];
    assert_eq!(paths("left_out"), expected.map(|path| format!("common/{path}")));
    assert!(run.stderr.contains("`libs/common/.env`"), "{}", run.stderr);
    assert!(!said(&project, &["list"], 0).contains("matches no file"));
}

#[test]
fn a_change_elsewhere_changes_the_packages_that_have_it() {
    let project = shared(COMMON);
    project.write("lambdas/web/handler.py", "");
    project.write(
        "dofs-package.toml",
        format!("manifest = \"packages.json\"\n{COMMON}[lambda.web]\nfiles = {{}}\n"),
    );
    packaged(&project);
    project.write(".gitignore", "*.zip\n");
    let root = project.root();
    git(&root, &["init", "-q"]);
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-q", "-m", "one"]);
    assert_eq!(
        project.run(&["--rev", "HEAD", "-q", "-n"]).digests(),
        project.run(&["-q", "-n"]).digests()
    );
    assert_eq!(project.run(&["verify", "--rev", "HEAD", "-q"]).code, 0);
    project.write("libs/common/text.py", "import os\n");
    let run = project.run(&["list", "--changed-since", "HEAD"]);
    assert_eq!(run.stdout, "api\n", "{}", run.text());
    assert_eq!(project.run(&["diff", "-q", "web"]).code, 0);
    let run = project.run(&["diff", "api"]);
    assert!(run.stdout.contains("common/text.py"), "{}", run.text());
    project.write("libs/common/new.py", "");
    packaged(&project);
    let stderr = said(&project, &["verify"], 0);
    assert!(
        stderr.contains("`libs/common/new.py` is packaged, and git does not track it"),
        "{stderr}"
    );
    git(&root, &["commit", "-q", "-m", "two", "packages.json"]);
    let run = project.run(&["verify", "--rev", "HEAD"]);
    assert_eq!(run.code, 1, "{}", run.text());
    assert!(
        run.text().contains("`libs/common/new.py` of the worktree is not in the commit"),
        "{}",
        run.text()
    );
}

#[test]
fn modules_from_elsewhere_are_reached_by_imports() {
    let project = shared(&format!("{COMMON}imports = \"error\"\n"));
    project.write(
        "lambdas/api/handler.py",
        "from common import text\n\ndef lambda_handler(e, c):\n    return 1\n",
    );
    packaged(&project);
    project.write("libs/common/text.py", "import nobody_has_this\n");
    let stderr = said(&project, &["-q"], 4);
    assert!(
        stderr.contains("nobody_has_this") && stderr.contains("libs/common/text.py"),
        "{stderr}"
    );
}

#[test]
fn what_is_copied_wins_over_wheels_and_never_over_files_of_the_project() {
    let project = shared("python = \"3.12\"\nfiles = { \"libs/common\" = \"tiny\" }\n");
    let wheel = Wheel::new("tiny", "1.0").file("tiny/text.py", "old = 1\n");
    project.write("wheels/tiny-1.0-py3-none-any.whl", wheel.bytes());
    project.write("lambdas/api/requirements.txt", "../../wheels/tiny-1.0-py3-none-any.whl\n");
    let stderr = said(&project, &[], 0);
    assert!(stderr.contains("its own files replace those of packages: `tiny/text.py`"), "{stderr}");
    assert_eq!(project.entries("lambdas/api/api.zip")["tiny/text.py"].0, b"import json\n");
    project.write("lambdas/api/tiny/text.py", "");
    let stderr = said(&project, &[], 4);
    let expected = "`lambdas/api/tiny/text.py` and `libs/common/text.py` are both `tiny/text.py` in the package";
    assert!(stderr.contains(expected), "{stderr}");
    let two =
        shared("files = { \"libs/common/text.py\" = \"a.py\", \"config/prod.json\" = \"a.py\" }\n");
    assert!(said(&two, &[], 4).contains("are both `a.py`"));
    let twins = shared("files = { \"libs/common/text.py\" = \"Handler.py\" }\n");
    assert!(said(&twins, &[], 4).contains("one name on some file systems"));
}

#[test]
fn a_source_that_cannot_be_copied_is_that_lambdas_failure() {
    for (source, fault) in [
        ("../elsewhere", "is outside of the project"),
        ("/etc/hosts", "is absolute"),
        ("", "has no path"),
        ("libs/none", "is not there"),
        ("libs/{name}", "is not there"),
        ("libs/archive.zip", "has no file that is packaged"),
    ] {
        let project = shared(&format!("[lambda.api]\nfiles = {{ \"{source}\" = \"x\" }}\n"));
        project.write("libs/archive.zip", "");
        project.write("lambdas/web/handler.py", "");
        let stderr = said(&project, &[], 4);
        assert!(stderr.contains(fault), "{source}: {stderr}");
        assert!(stderr.contains("dofs-package.toml:2"), "{source}: {stderr}");
        assert!(project.path("lambdas/web/web.zip").exists(), "{source}");
    }
}

#[test]
fn a_target_that_leaves_the_package_is_an_error_of_the_config() {
    for target in ["", "/common", "../common", "a/../../b", "a//b", "c:/x"] {
        let project = shared(&format!("\n[files]\n\"libs/common\" = \"{target}\"\n"));
        let stderr = said(&project, &[], 3);
        assert!(stderr.contains("`files` from"), "{target}: {stderr}");
        assert!(stderr.contains("dofs-package.toml:3"), "{target}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_a_lambda_is_refused_with_the_line_to_write() {
    let project = shared("python = \"3.12\"\n");
    for (link, end) in [("text.py", "../../libs/common/text.py"), ("common", "../../libs/common")] {
        std::os::unix::fs::symlink(end, project.path(&format!("lambdas/api/{link}")))
            .expect("a link");
        let stderr = said(&project, &[], 4);
        let source = end.trim_start_matches("../");
        let line = format!("files = {{ \"{source}\" = \"{link}\" }}");
        assert!(stderr.contains(&format!("write `{line}` in `[lambda.api]`")), "{stderr}");
        std::fs::remove_file(project.path(&format!("lambdas/api/{link}"))).expect("it is there");
        project.write("dofs-package.toml", format!("python = \"3.12\"\n[lambda.api]\n{line}\n"));
        packaged(&project);
    }
    std::os::unix::fs::symlink("/etc/hosts", project.path("lambdas/api/hosts")).expect("a link");
    assert!(said(&project, &[], 4).contains("put a copy of the file there"));
}
