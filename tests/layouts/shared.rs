//! Repositories whose zips have more than a folder as it is: what Terraform's files say of that goes
//! into the config, and what only a build says is told with the line to write.

use std::collections::BTreeSet;

use super::adopted::{Layout, commit, written};
use super::terraform::{archived, function};

/// A module that imports others.
fn importing(modules: &str) -> String {
    format!("import {modules}\n\n\ndef lambda_handler(event, context):\n    return 1\n")
}

/// An `archive_file` of blocks with a function that is made of it.
fn zipped(label: &str, blocks: &str, handler: &str) -> String {
    let archive = format!(
        "data \"archive_file\" \"{label}\" {{\n  type = \"zip\"\n  output_path = \"{label}.zip\"\n{blocks}}}\n"
    );
    archive + &function(label, &format!("data.archive_file.{label}.output_path"), handler)
}

/// A file in a zip, as a block of `archive_file`.
fn source(file: &str, name: &str) -> String {
    format!(
        "  source {{\n    content = file(\"${{path.module}}/{file}\")\n    filename = \"{name}\"\n  }}\n"
    )
}

/// A call of the registry's module.
fn call(label: &str, source_path: &str) -> String {
    format!(
        "module \"{label}\" {{\n  source = \"terraform-aws-modules/lambda/aws\"\n  function_name = \
         \"{label}\"\n  handler = \"app.lambda_handler\"\n  runtime = \"python3.12\"\n  source_path = \
         {source_path}\n}}\n"
    )
}

fn members(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

const MANIFEST: &str = "manifest = \"tf/packages.json\"";

#[test]
fn files_of_source_blocks_that_lie_elsewhere_are_copied() {
    let block = |it: &str| {
        let blocks = source(&format!("../lambdas/{it}/app.py"), "app.py")
            + &source("../lambdas/lib/lambda_shared.py", "lambda_shared.py");
        zipped(it, &blocks, "app.lambda_handler")
    };
    let app = importing("lambda_shared");
    let said = Layout::default()
        .with([("lambdas/api/app.py", &*app), ("lambdas/web/app.py", &app)])
        .with([("lambdas/lib/lambda_shared.py", "X = 1\n")])
        .terraform("tf/main.tf", &["api", "web"].map(block))
        .adopted(
            &[
                "lambdas = [\"lambdas/*\", \"!lambdas/lib\"]",
                "files = { \"lambdas/lib/lambda_shared.py\" = \"lambda_shared.py\" }",
                MANIFEST,
            ],
            &["api", "web"].map(|it| (it, members(&["app.py", "lambda_shared.py"]))).map(
                |(it, all)| (if it == "api" { "api lambdas/api" } else { "web lambdas/web" }, all),
            ),
        );
    assert!(!said.contains("Unclear"), "{said}");
}

#[test]
fn sources_of_a_loop_are_files_of_one_lambda_each() {
    let blocks = "  dynamic \"source\" {\n    for_each = toset([\"api/app.py\", \"lib/text.py\"])\n    \
                  content {\n      content = file(\"../src/${source.value}\")\n      filename = \
                  source.value == \"api/app.py\" ? \"app.py\" : source.value\n    }\n  }\n";
    Layout::default()
        .with([("src/api/app.py", &*importing("lib.text")), ("src/lib/text.py", "X = 1\n")])
        .terraform("tf/main.tf", &[zipped("api", blocks, "app.lambda_handler")])
        .adopted(
            &[
                "lambdas = [\"src/api\"]",
                MANIFEST,
                "[lambda.api]",
                "files = { \"src/lib/text.py\" = \"lib/text.py\" }",
            ],
            &[("api src/api", members(&["app.py", "lib/text.py"]))],
        );
}

#[test]
fn folders_of_a_registry_module_are_copied_where_it_puts_them() {
    let app = importing("common.text");
    for (source_path, config, paths) in [
        (
            "[\"../src/api\", { path = \"../src/common\", prefix_in_zip = \"common\" }]",
            &["files = { \"src/common\" = \"common\" }"][..],
            &["app.py", "common/inner/a.py", "common/text.py"][..],
        ),
        (
            "[{ path = \"../src/api\" }, { path = \"../src/common\" }]",
            &["files = { \"src/common/inner\" = \"inner\", \"src/common/text.py\" = \"text.py\" }"],
            &["app.py", "inner/a.py", "text.py"],
        ),
        (
            "[\"../src/api\", \"../src/common/text.py\"]",
            &["files = { \"src/common/text.py\" = \"text.py\" }"],
            &["app.py", "text.py"],
        ),
        (
            "[\"../src/api\", { path = \"../src/common/text.py\", prefix_in_zip = \"lib\" }]",
            &["files = { \"src/common/text.py\" = \"lib/text.py\" }"],
            &["app.py", "lib/text.py"],
        ),
        (
            "[{ path = \"../src/api\", prefix_in_zip = \"code\" }]",
            &["prefix = \"code\""],
            &["code/app.py"],
        ),
    ] {
        let expected = [&["lambdas = [\"src/api\"]", MANIFEST, "[lambda.api]"], config].concat();
        let mut call = call("api", source_path);
        if paths == ["code/app.py"] {
            call = call.replace("\"app.", "\"code.app.");
        }
        Layout::default()
            .with([("src/api/app.py", &*app), ("src/common/text.py", "X = 1\n")])
            .with([("src/common/inner/a.py", "X = 1\n")])
            .terraform("tf/main.tf", &[call])
            .adopted(&expected, &[("api src/api", members(paths))]);
    }
}

#[test]
fn what_archive_file_leaves_out_is_left_out() {
    let excluding = |excludes: &str| {
        archived("api", "../src/api", "app.lambda_handler").replacen(
            "  output_path",
            &format!("  excludes = {excludes}\n  output_path"),
            1,
        )
    };
    for (excludes, config, paths) in [
        (
            "[\"notes.md\"]",
            &["exclude = [\"/notes.md\"]"][..],
            &["app.py", "data/a.csv", "data/notes.md"][..],
        ),
        ("[\"data\", \"nothing.txt\"]", &["exclude = [\"/data\"]"], &["app.py", "notes.md"]),
        (
            "[\"**/*.md\", \"data/*.csv\"]",
            &["exclude = [\"**/*.md\", \"data/*.csv\"]"],
            &["app.py"],
        ),
        ("[\"*.md\"]", &["exclude = [\"/*.md\"]"], &["app.py", "data/a.csv", "data/notes.md"]),
        (
            "[\"__pycache__\", \"venv\", \"*.zip\"]",
            &[],
            &["app.py", "data/a.csv", "data/notes.md", "notes.md"],
        ),
    ] {
        let table = if config.is_empty() { &[][..] } else { &["[lambda.api]"] };
        let expected = [&["lambdas = [\"src/api\"]", MANIFEST], table, config].concat();
        let said = Layout::of(&["src/api/app.py"])
            .with([("src/api/notes.md", "x\n")])
            .with([("src/api/data/a.csv", "x\n"), ("src/api/data/notes.md", "x\n")])
            .terraform("tf/main.tf", &[excluding(excludes)])
            .adopted(&expected, &[("api src/api", members(paths))]);
        assert!(!said.contains("Unclear"), "{said}");
    }
}

#[test]
fn what_no_file_of_the_project_says_is_told() {
    let app = source("../src/api/app.py", "app.py");
    let text = "  source {\n    content = jsonencode({ a = 1 })\n    filename = \"a.json\"\n  }\n";
    let template = "  source {\n    content = templatefile(\"../src/api/app.py\", {})\n    filename = \
                    \"app.py\"\n  }\n";
    for (block, expected) in [
        (
            zipped("api", &(app.clone() + text), "app.lambda_handler"),
            "has `a.json`, whose text is in Terraform's files alone",
        ),
        (
            zipped("api", template, "app.lambda_handler"),
            "has `app.py`, which Terraform makes of the template `src/api/app.py`",
        ),
        (
            zipped("api", &source("../src/api/app.py", "index.py"), "index.lambda_handler"),
            "has `src/api/app.py` as `index.py` alone: the package has it under both names",
        ),
        (
            call("api", "[{ path = \"../src/api\", patterns = [\"!x\"] }]"),
            "has only what its `patterns` choose: say that with `exclude` in the config",
        ),
        (
            call("api", "[{ path = \"../src/api\", commands = [\":zip\"] }]"),
            "has what its `commands` make: a package has only files of the project",
        ),
        (
            call("api", "[\"../src/api\", \"../../other\"]"),
            "has `../other`, too, which `files` in the config can't name",
        ),
    ] {
        let project = Layout::of(&["src/api/app.py"])
            .terraform("tf/main.tf", std::slice::from_ref(&block))
            .project();
        let run = project.run(&["init", "--yes"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let mut lines = run.stderr.lines().filter(|line| line.contains("Unclear the zip of "));
        assert!(lines.any(|line| line.ends_with(expected)), "{block}\n{}", run.text());
        assert_eq!(project.run(&["build", "-q"]).code, 0);
    }
}

/// What lies where, with what it is imported as; the line to write, and what the package then has.
type Elsewhere = (&'static str, &'static str, &'static str, &'static [&'static str]);

const ELSEWHERE: [Elsewhere; 6] = [
    (
        "lambda_shared",
        "lambdas/lib/lambda_shared.py",
        "\"lambdas/lib/lambda_shared.py\" = \"lambda_shared.py\"",
        &["lambda_shared.py"],
    ),
    ("lib.text", "src/contribot/lib/text.py", "\"src/contribot/lib\" = \"lib\"", &["lib/text.py"]),
    ("shared", "shared/__init__.py", "\"shared\" = \"shared\"", &["shared/__init__.py"]),
    (
        "common.db.model",
        "backend/common/db/model.py",
        "\"backend/common\" = \"common\"",
        &["common/db/model.py"],
    ),
    (
        "lambdas.shared.text",
        "lambdas/shared/text.py",
        "\"lambdas/shared\" = \"lambdas/shared\"",
        &["lambdas/shared/text.py"],
    ),
    ("util", "util.py", "\"util.py\" = \"util.py\"", &["util.py"]),
];

#[test]
fn a_module_that_lies_elsewhere_is_told_by_init_and_by_a_build_and_the_line_helps() {
    for (module, file, entry, expected) in ELSEWHERE {
        let layout = Layout::default()
            .with([("lambdas/api/app.py", &*importing(module)), (file, "X = 1\n")])
            .terraform("tf/main.tf", &[archived("api", "../lambdas/api", "app.lambda_handler")]);
        let project = layout.project();
        let run = project.run(&["init", "--yes"]);
        let line = format!("write `files = {{ {entry} }}` in the config");
        assert!(run.stderr.contains(&line), "{module}: {}", run.text());
        assert!(!written(&project).join("\n").contains("files"), "{module}");
        let run = project.run(&["build", "-n"]);
        let line = format!("hint: write `files = {{ {entry} }}`, at the top of dofs-package.toml");
        assert!(run.stderr.contains(&line), "{module}: {}", run.text());
        let config = written(&project);
        project
            .write("dofs-package.toml", format!("files = {{ {entry} }}\n{}\n", config.join("\n")));
        let run = project.run(&["build"]);
        assert_eq!((run.code, run.stderr.contains("missing")), (0, false), "{}", run.text());
        assert!(!run.stderr.contains("nothing in the package"), "{module}: {}", run.text());
        let all: Vec<String> = project.entries("lambdas/api/api.zip").into_keys().collect();
        assert!(expected.iter().all(|path| all.iter().any(|it| it == path)), "{all:?}");
        commit(&project);
        assert_eq!(project.run(&["verify", "--rev", "HEAD"]).code, 0);
    }
}

#[test]
fn nothing_is_said_of_what_a_package_has_or_of_what_is_no_module_of_the_project() {
    for (app, files) in [
        ("import json\n", &[("lib/json.py", "")][..]),
        ("import text\n", &[("lambdas/api/text.py", ""), ("lib/text.py", "")]),
        ("from . import text\n", &[("lib/text.py", "")]),
        ("import text\n", &[("tests/text.py", "")]),
        ("import text\n", &[(".venv/text.py", "")]),
        ("import api\n", &[("lambdas/api/app.pyi", "")]),
    ] {
        let app = format!("{app}{}", super::HANDLER);
        let project = Layout::default()
            .with([("lambdas/api/app.py", &*app)])
            .with(files.iter().copied())
            .project();
        for arguments in [&["init", "--yes"][..], &["build", "-n"]] {
            let run = project.run(arguments);
            assert!(!run.stderr.contains("files = "), "{app}: {}", run.text());
        }
    }
}

#[test]
fn where_a_module_lies_in_two_places_both_are_named() {
    let project = Layout::default()
        .with([("lambdas/api/app.py", &*importing("text"))])
        .with([("one/text.py", ""), ("two/text.py", "")])
        .project();
    let run = project.run(&["build", "-n"]);
    let hint =
        "hint: write `\"one/text.py\" = \"text.py\"` or `\"two/text.py\" = \"text.py\"` in `files`";
    assert!(run.stderr.contains(hint), "{}", run.text());
    assert!(!project.run(&["init", "--yes"]).stderr.contains("text.py"));
}

#[test]
fn many_modules_of_one_folder_are_one_line() {
    let project = Layout::default()
        .with([("lambdas/api/app.py", &*importing("lib.a, lib.b, lib.c, lib.d"))])
        .with(["lib/a.py", "lib/b.py", "lib/c.py", "lib/d.py"].map(|path| (path, "")))
        .project();
    let run = project.run(&["build", "-n"]);
    assert!(run.stderr.contains("hint: write `files = { \"lib\" = \"lib\" }`"), "{}", run.text());
}
