//! `doctor` and `man`: what is told of a machine, and of the tool itself.

#![cfg(unix)]

use expect_test::expect;

use crate::support::Project;

/// The answer with what differs from machine to machine blanked out.
fn doctor(project: &Project, arguments: &[&str]) -> String {
    // pip is a module of the first, and the last runs no more.
    let script = "case \"$*\" in *pip*) echo pip 23.2.1 from /x ;; *) echo Python 3.12.4 ;; esac";
    project.lone_program("python3", script);
    project.lone_program("terraform", "[ -n \"$CHECKPOINT_DISABLE\" ] && echo Terraform v1.11.4");
    let path = project.lone_program("aws", "echo 'aws: command not found' >&2; exit 127");
    let tool = project.tool().env("PATH", &path).env("PIP_INDEX_URL", "https://u:hunter2@h/simple");
    let run = tool.run(&[&["doctor"], arguments].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let folder = path.parent().expect("it is in a folder").canonicalize().expect("it is there");
    let said = run.stdout.replace(folder.to_str().expect("UTF-8"), "[FOLDER]");
    said.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

#[test]
fn it_tells_of_programs_store_project_and_targets() {
    let project = Project::with(&[
        ("dofs-package.toml", "[lambda.api]\npython = \"3.12\"\n"),
        ("lambdas/api/api.py", "A = 1\n"),
        ("lambdas/worker/worker.py", "B = 1\n"),
        ("lambdas/worker/requirements.txt", "--index-url https://u:hunter2@h/simple\nboto3\n"),
        (
            "terraform/main.tf",
            "resource \"aws_lambda_function\" \"worker\" {\n  filename = \"../lambdas/worker/worker.zip\"\n  runtime = \"python3.13\"\n  architectures = [\"arm64\"]\n}\n",
        ),
    ]);
    expect![[r#"
        tool	cargo-dofs-package	[VERSION]	format 1
        program	python3	3.12.4	[FOLDER]/bin/python3
        program	pip	23.2.1	[FOLDER]/bin/python3
        program	uv	not found	PATH
        program	git	not found	PATH
        program	terraform	1.11.4	[FOLDER]/bin/terraform
        program	aws	does not tell its version	[FOLDER]/bin/aws
        program	cargo	not found	PATH
        store	bytes	0	[FOLDER]/store
        store	files	0	[FOLDER]/store
        project	config	dofs-package.toml	[FOLDER]/root
        lambda	api	python3.12	[lambda.api] in dofs-package.toml
        lambda	api	arm64	terraform/main.tf:4, as in all Python functions
        lambda	worker	python3.13	terraform/main.tf:3
        lambda	worker	arm64	terraform/main.tf:4
    "#]]
    .assert_eq(&doctor(&project, &[]));
    let json = doctor(&project, &["--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    expect![[r#"
        {
          "problems": [],
          "programs": [
            {
              "name": "python3",
              "path": "[FOLDER]/bin/python3",
              "version": "3.12.4"
            },
            {
              "name": "pip",
              "path": "[FOLDER]/bin/python3",
              "version": "23.2.1"
            },
            {
              "name": "uv",
              "path": null,
              "version": null
            },
            {
              "name": "git",
              "path": null,
              "version": null
            },
            {
              "name": "terraform",
              "path": "[FOLDER]/bin/terraform",
              "version": "1.11.4"
            },
            {
              "name": "aws",
              "path": "[FOLDER]/bin/aws",
              "version": null
            },
            {
              "name": "cargo",
              "path": null,
              "version": null
            }
          ],
          "project": {
            "config": "dofs-package.toml",
            "lambdas": [
              {
                "architecture": {
                  "from": "terraform/main.tf:4, as in all Python functions",
                  "value": "arm64"
                },
                "doubts": [],
                "name": "api",
                "python": {
                  "from": "[lambda.api] in dofs-package.toml",
                  "value": "python3.12"
                }
              },
              {
                "architecture": {
                  "from": "terraform/main.tf:4",
                  "value": "arm64"
                },
                "doubts": [],
                "name": "worker",
                "python": {
                  "from": "terraform/main.tf:3",
                  "value": "python3.13"
                }
              }
            ],
            "root": "[FOLDER]/root"
          },
          "schema": 1,
          "store": {
            "bytes": 0,
            "directory": "[FOLDER]/store",
            "files": 0
          },
          "tool": {
            "format": 1,
            "name": "cargo-dofs-package",
            "version": "[VERSION]"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&answer).expect("JSON"));
    assert!(!json.contains("hunter2"), "{json}");
    assert!(!project.path("lambdas/api/api.zip").exists(), "nothing is written");
}

#[test]
fn what_is_amiss_is_part_of_the_answer() {
    let project = Project::new();
    let only_problems = |project: &Project| {
        let said = doctor(project, &[]);
        let lines = said.lines().filter(|line| !line.starts_with("program"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let mut said = only_problems(&project);
    project.write("dofs-package.toml", "python = \"https://u:hunter2@h/\"\n");
    project.write("lambdas/a/a.py", "A = 1\n");
    said += &only_problems(&project);
    project.write("dofs-package.toml", "python = 3.12\n");
    said += &only_problems(&project);
    expect![[r#"
        tool	cargo-dofs-package	[VERSION]	format 1
        store	bytes	0	[FOLDER]/store
        store	files	0	[FOLDER]/store
        problem	no-lambdas	no lambda in `lambdas/*`, and no config says where they are	begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`
        tool	cargo-dofs-package	[VERSION]	format 1
        store	bytes	0	[FOLDER]/store
        store	files	0	[FOLDER]/store
        problem	invalid-value	`python` from dofs-package.toml: `https://****@h/` is no version of Python 3, such as `3.12`	
        tool	cargo-dofs-package	[VERSION]	format 1
        store	bytes	0	[FOLDER]/store
        store	files	0	[FOLDER]/store
        problem	invalid-config	`dofs-package.toml` can't be read as a config: `python = 3.12`: invalid type: floating point `3.12`, expected a string	write the value in quotes
    "#]].assert_eq(&said);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let project = Project::new();

    let run = project.run(&["man", "out/man"]);

    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let mut pages = Vec::new();
    for line in run.stdout.lines() {
        let page = line.strip_suffix("\twritten").expect("a page");
        let name = page.strip_prefix("out/man/").expect("in the folder");
        let text = String::from_utf8(project.read(page)).expect("text");
        let title = text.lines().find(|line| line.starts_with(".TH ")).expect("a title");
        let command = name.strip_suffix(".1").expect("a page of section 1");
        assert!(title.starts_with(&format!(".TH {command} 1 ")), "{title}");
        pages.push((name.to_owned(), text));
    }
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    // Every command of the help has one.
    let help = project.run(&["-h"]).stdout;
    let commands = help.split("Commands:\n").nth(1).expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    for command in commands.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let command = command.split_whitespace().next().expect("a word");
        let page = format!("cargo-dofs-package-{command}.1");
        assert!(command == "help" || names.contains(&page.as_str()), "{page} of {names:?}");
    }
    assert!(names.contains(&"cargo-dofs-package.1"), "{names:?}");
    assert!(names.contains(&"cargo-dofs-package-cache-clean.1"), "{names:?}");
    let build = &pages.iter().find(|page| page.0 == "cargo-dofs-package-build.1").expect("it").1;
    for option in ["\\-\\-partition", "\\-\\-offline", "\\-\\-root"] {
        assert!(build.contains(option), "{build}");
    }

    let again = project.run(&["man", "again", "--format", "json"]);
    assert_eq!(again.json()["files"].as_array().expect("a list").len(), pages.len());
    for (name, text) in &pages {
        let second = project.read(&format!("again/{name}"));
        assert_eq!(String::from_utf8(second).expect("text"), *text, "{name}");
    }
}
