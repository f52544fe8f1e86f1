//! Files that look like requirements and are not read.

use expect_test::expect;

use super::{failure, packaged, project, warnings};
use crate::support::Project;

/// The warnings of a project that is packaged without requirements, less those of its imports.
fn told(project: &Project) -> Vec<String> {
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(packaged(&run), Vec::<String>::new());
    warnings(&run).into_iter().filter(|code| !code.contains("import")).collect()
}

#[test]
fn a_name_that_is_nearly_right_is_told() {
    for (path, text) in [
        ("lambdas/api/requirments.txt", "one\n"),
        ("lambdas/api/Requirement.txt", "one\n"),
        ("lambdas/api/requirements_for_api.txt", "one==1.0 # why\n"),
        ("lambdas/api/requirements.in", "one\n"),
        ("lambdas/api/reqs.txt", "-r other.txt\n"),
        ("lambdas/api/environment.yml", "name: x\ndependencies:\n  - one\n"),
        ("lambdas/api/requirements/base.txt", "one\n"),
        ("lambdas/api/src/requirements.txt", "one\n"),
        ("requirements/api.txt", "one\n"),
        ("lambdas/requirements-api.txt", "one\n"),
    ] {
        let project = project(&[(path, text)]);
        assert_eq!(told(&project), ["requirements-unread"], "{path}");
    }
}

#[test]
fn what_is_for_developers_or_for_readers_is_not_told() {
    for (path, text) in [
        ("lambdas/api/requirements-dev.txt", "one\n"),
        ("lambdas/api/requirements_test.txt", "one\n"),
        ("lambdas/api/test-requirements.txt", "one\n"),
        ("lambdas/api/requirements/dev.txt", "one\n"),
        ("lambdas/api/tests/requirements.txt", "one\n"),
        ("lambdas/api/requirements.md", "one\n"),
        ("lambdas/api/requirements_spec.txt", "These are what the users want.\n"),
        ("requirements.txt", "one\n"),
        ("lambdas/requirements.txt", "one\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
    ] {
        let project = project(&[(path, text)]);
        assert_eq!(told(&project), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_file_further_up_is_told_where_the_lambda_imports_what_it_has() {
    for (path, text) in [
        ("requirements.txt", "boto3\none>=1 # why\n"),
        ("lambdas/requirements.txt", "one\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.12\"\none = \"^1\"\n"),
        ("Pipfile", "[packages]\none = \"*\"\n"),
    ] {
        let project = project(&[(path, text)]);
        project.write("lambdas/api/api.py", "import os\nfrom one.sub import x\n");
        assert_eq!(told(&project), ["requirements-unread"], "{path}");
        // Its own module of that name is no project's.
        project.write("lambdas/api/one/sub.py", "x = 1\n");
        assert_eq!(told(&project), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn what_the_runtime_brings_needs_no_file() {
    let project = project(&[("requirements.txt", "boto3\nbotocore>=1\none\n")]);
    project.write("lambdas/api/api.py", "import boto3, botocore\n");
    assert_eq!(told(&project), Vec::<String>::new());
}

#[test]
fn a_pin_of_what_the_runtime_brings_is_told_in_the_folder_above_and_a_note_further_up() {
    for (name, text) in [
        ("requirements.txt", "boto3==1.34.0\nmoto\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"boto3==1.34.0\"]\n"),
        ("Pipfile", "[packages]\nboto3 = \"==1.34.0\"\n"),
    ] {
        let project = project(&[(&format!("lambdas/{name}"), text)]);
        project.write("lambdas/api/api.py", "import os\nimport boto3.session\n");
        assert_eq!(told(&project), ["requirements-unread"], "{name}");
        // The runtime has some version, and no lock could say which.
        assert_eq!(project.run(&["-n", "--locked"]).code, 0, "{name}");
        std::fs::rename(project.path(&format!("lambdas/{name}")), project.path(name)).unwrap();
        assert_eq!(told(&project), Vec::<String>::new(), "{name}");
        let run = project.run(&["-n", "-v"]);
        let note = format!("`{name}` pins `boto3`, which lambdas/api/api.py:2 imports");
        assert!(run.stderr.contains(&note), "{}", run.stderr);
    }
}

#[test]
fn modules_with_other_names_than_their_projects_are_known() {
    for (line, import) in [
        ("PyYAML", "import yaml"),
        ("pycryptodome", "from Crypto.Cipher import AES"),
        ("google-cloud-storage", "import google.cloud.storage"),
        ("google-cloud-storage", "from google.cloud import storage"),
        ("google-cloud-kms", "from google.cloud import kms"),
        ("opencv-python", "import cv2"),
        ("psycopg2", "import psycopg2.extras"),
        ("some.other_One", "import some_other_one"),
    ] {
        let project = project(&[("requirements.txt", &format!("{line}\n"))]);
        project.write("lambdas/api/api.py", format!("{import}\n"));
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(warnings(&run), ["requirements-unread"], "{line}");
        assert_eq!(project.run(&["-n", "--locked"]).code, 6, "{line}");
        assert_eq!(project.run(&["lock"]).code, 4, "{line}");
    }
}

#[test]
fn files_further_up_that_are_for_all_are_told_where_they_have_what_is_missing() {
    for (path, is_told) in [
        ("requirements/base.txt", true),
        ("lambdas/requirements-prod.txt", true),
        ("requirements.in", true),
        ("reqs.txt", true),
        ("environment.yml", true),
        // These are for others.
        ("requirements/dev.txt", false),
        ("requirements-other.txt", false),
        ("lambdas/requirements/other.txt", false),
        ("docs/requirements.txt", false),
    ] {
        let project = project(&[(path, "one\n")]);
        if path == "environment.yml" {
            project.write(path, "dependencies:\n  - one\n");
        }
        project.write("lambdas/api/api.py", "import one\n");
        let run = project.run(&["-n", "--format", "json", "-q"]);
        let code = if is_told { "requirements-unread" } else { "missing-import" };
        assert_eq!(warnings(&run), [code], "{path}");
    }
}

#[test]
fn what_is_missing_beside_requirements_has_the_file_that_has_it_in_its_hint() {
    for path in
        ["lambdas/api/pyproject.toml", "pyproject.toml", "lambdas/Pipfile", "requirements.txt"]
    {
        let text = match path.rsplit('/').next().unwrap() {
            "Pipfile" => "[packages]\nPyYAML = \"*\"\n",
            "requirements.txt" => "PyYAML\n",
            _ => "[project]\nname = \"x\"\ndependencies = [\"PyYAML\"]\n",
        };
        let project = project(&[("lambdas/api/requirements.txt", "one==1.0\n"), (path, text)]);
        project.write("lambdas/api/api.py", "import one\nimport yaml\n");
        let run = project.run(&["-n", "--format", "json", "-q"]);
        let warnings = run.json()["packages"][0]["warnings"].clone();
        let missing = warnings.as_array().unwrap().iter().find(|it| it["code"] == "missing-import");
        let hint = format!("require `pyyaml`: `{path}` has it, and is not read");
        assert_eq!(missing.unwrap()["hint"], hint, "{path}");
    }
}

#[test]
fn what_the_lambda_does_not_need_is_not_told() {
    for code in [
        "\"\"\"How to:\n\nimport one\n\"\"\"\n",
        "try:\n    import one\nexcept ImportError:\n    one = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import one\n",
        "if __name__ == '__main__':\n    import one\n",
        "# import one\nTEXT = 'import one'\n",
    ] {
        let project = project(&[("requirements.txt", "one\n")]);
        project.write("lambdas/api/api.py", code);
        // Nothing reaches it.
        project.write("lambdas/api/scripts/fill.py", "import one\n");
        assert_eq!(told(&project), Vec::<String>::new(), "{code}");
        assert_eq!(project.run(&["-n", "--locked"]).code, 0, "{code}");
    }
}

#[test]
fn what_the_unread_file_has_not_got_is_told_beside_it() {
    for (path, text) in [
        ("requirements.txt", "one\n"),
        ("lambdas/api/requirments.txt", "one\n"),
        ("lambdas/api/environment.yml", "dependencies:\n  - one=1.0\n"),
        ("lambdas/api/pdm.lock", "[[package]]\nname = \"one\"\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\none = \"^1\"\n"),
    ] {
        let project = project(&[(path, text)]);
        project.write("lambdas/api/api.py", "import one\nimport yaml\n");
        let run = project.run(&["-n", "--format", "json", "-q"]);
        let mut codes = warnings(&run);
        codes.sort();
        assert_eq!(codes, ["missing-import", "requirements-unread"], "{path}");
        assert!(run.stdout.contains("`yaml`"), "{path}");
    }
}

#[test]
fn every_hint_of_a_file_that_is_not_read_leads_on() {
    for (path, text) in [
        ("lambdas/api/requirments.txt", "one\n"),
        ("lambdas/api/requirements/base.txt", "one\n"),
        ("lambdas/api/src/pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
        ("requirements/api.txt", "one\n"),
        ("requirements.txt", "one\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
    ] {
        let project = project(&[(path, text)]);
        project.write("lambdas/api/api.py", "import one\n");
        let run = project.run(&["-n", "--format", "json", "-q"]);
        let hint = run.json()["packages"][0]["warnings"][0]["hint"].as_str().unwrap().to_owned();
        let key = hint.split('`').nth(1).unwrap();
        project.write("dofs-package.toml", format!("python = \"3.12\"\n[lambda.api]\n{key}\n"));
        let run = project.run(&["--format", "json", "-q"]);
        assert_eq!(packaged(&run), ["one 1.0"], "{hint}");
        assert!(!warnings(&run).contains(&"requirements-unread".to_owned()), "{hint}");
    }
}

#[test]
fn what_only_another_tool_reads_is_not_to_be_named_in_the_config() {
    for (name, tool) in [("environment.yml", "conda"), ("pixi.toml", "pixi"), ("pdm.lock", "pdm")] {
        let path = format!("lambdas/api/{name}");
        let project = project(&[(&path, "dependencies:\n  - one\n")]);
        let run = project.run(&["-n", "--format", "json", "-q"]);
        let hint = run.json()["packages"][0]["warnings"][0]["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains("lambdas/api/requirements.txt"), "{hint}");
        project.write("dofs-package.toml", format!("requirements = \"{path}\"\n"));
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()), "{name}");
        assert!(run.stdout.contains(&format!("which only {tool} reads")), "{}", run.stdout);
    }
}

#[test]
fn the_file_above_a_folder_of_code_is_told() {
    let project = project(&[("pay/requirements.txt", "one\n"), ("pay/src/pay.py", super::MODULE)]);
    std::fs::remove_dir_all(project.path("lambdas")).unwrap();
    project.write("dofs-package.toml", "python = \"3.12\"\nlambdas = [\"pay/src\"]\n");
    expect![[r#"
        exit code: 0
        --- stdout
        src	Y/0jMXvrE6P2eaP/dJs1MGB7nlSYoAoCgX0KtdMWchQ=	pay/src/src.zip
        --- stderr
        warning: `src`: `pay/requirements.txt` looks like requirements and is not read: nothing that it asks for is packaged
          --> pay/requirements.txt
        hint: set `requirements = "pay/requirements.txt"` in `[lambda.src]` of the config, or an empty text where none are wanted
         Would build src (152 B, 1 file)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.run(&["-n"]).text());
}

#[test]
fn it_is_an_error_where_locks_are_demanded() {
    let project = project(&[("lambdas/api/requirments.txt", "one\n")]);
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: `lambdas/api/requirments.txt` looks like requirements and is not read: nothing that it asks for is packaged
          --> lambdas/api/requirments.txt
        hint: set `requirements = "lambdas/api/requirments.txt"` in `[lambda.api]` of the config, or an empty text where none are wanted
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.run(&["--locked"]).text());
}

#[test]
fn requirements_that_are_read_silence_it() {
    let project = project(&[
        ("lambdas/api/requirements.txt", "one\n"),
        ("lambdas/api/requirements.in", "one\n"),
    ]);
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0"]);
    assert!(!warnings(&run).contains(&"requirements-unread".to_owned()));
}

#[test]
fn a_file_further_up_is_told_where_what_it_has_is_imported_only_perhaps() {
    let lazy = "def handler(event, context):\n    import one\n";
    for (path, module) in [
        ("lambdas/requirements.txt", lazy),
        ("requirements.txt", lazy),
        ("requirements.txt", "import os\nif os.environ.get(\"X\"):\n    import one\n"),
        ("requirements.txt", "def handler(event, context):\n    from one.sub import x\n"),
        ("requirements.txt", "class Late:\n    def one(self):\n        import one as it\n"),
        ("requirements/base.txt", lazy),
    ] {
        let project = project(&[(path, "one\n")]);
        project.write("lambdas/api/api.py", module);
        // The second time it is remembered what is imported.
        for _ in 0..2 {
            assert_eq!(told(&project), ["requirements-unread"], "{path}: {module}");
            assert_eq!(project.run(&["-n", "--locked"]).code, 6, "{path}: {module}");
            assert_eq!(project.run(&["lock"]).code, 4, "{path}: {module}");
        }
        let run = project.run(&["-n", "-v"]);
        assert!(!run.stderr.contains("perhaps"), "{}", run.stderr);
    }
}

#[test]
fn what_may_be_absent_or_in_a_layer_needs_no_file_further_up() {
    let function = "resource \"aws_lambda_function\" \"api\" {\n  function_name = \"api\"\n  filename \
                    = \"${path.module}/../lambdas/api/api.zip\"\n  handler = \"api.handler\"\n  runtime \
                    = \"python3.12\"\n  layers = [\"arn:aws:lambda:eu-west-1:1:layer:deps:1\"]\n}\n";
    for (terraform, module) in [
        (
            "",
            "def handler(event, context):\n    try:\n        import one\n    except ImportError:\n        one = None\n",
        ),
        (
            "",
            "import importlib\n\ndef handler(event, context):\n    return importlib.import_module(\"one\")\n",
        ),
        (
            "",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import one\n\ndef handler(event, context):\n    return 1\n",
        ),
        (function, "import one\n\ndef handler(event, context):\n    return 1\n"),
        (function, "def handler(event, context):\n    import one\n"),
    ] {
        let project = project(&[("requirements.txt", "one\n"), ("tf/main.tf", terraform)]);
        project.write("lambdas/api/api.py", module);
        assert_eq!(told(&project), Vec::<String>::new(), "{terraform}{module}");
        assert_eq!(project.run(&["-n", "--locked"]).code, 0, "{terraform}{module}");
    }
}

#[test]
fn lines_that_are_all_for_other_targets_hide_no_other_file() {
    for (lines, other) in [
        ("one; sys_platform == 'win32'\n", "requirements-prod.txt"),
        ("one; python_version < '3.9'\ntwo; os_name == 'nt'\n", "requirments.txt"),
        ("one; platform_machine == 'aarch64'\n", "environment.yml"),
        ("./libs/x ; sys_platform == 'darwin'\n", "reqs.txt"),
        ("one; sys_platform == 'win32' # why\n", "requirements/base.txt"),
    ] {
        let project = project(&[
            ("lambdas/api/requirements.txt", lines),
            (
                &format!("lambdas/api/{other}"),
                "- two\n".trim_start_matches(match other {
                    "environment.yml" => "",
                    _ => "- ",
                }),
            ),
        ]);
        project.write("libs/x/setup.py", "");
        assert_eq!(told(&project), ["requirements-unread"], "{lines}");
        assert_eq!(project.run(&["lock"]).code, 4, "{lines}");
        // One line that is for the target is what was meant.
        project
            .write("lambdas/api/requirements.txt", format!("{lines}two; python_version > '3'\n"));
        let run = project.run(&["--format", "json", "-q"]);
        assert_eq!(packaged(&run), ["two 1.0"], "{lines}");
        assert!(!warnings(&run).contains(&"requirements-unread".to_owned()), "{lines}");
    }
    let project = project(&[
        ("lambdas/api/requirements.txt", "one; sys_platform == 'win32'\n"),
        ("lambdas/api/requirements-prod.txt", "two\n"),
        (
            "dofs-package.toml",
            "python = \"3.12\"\n[lambda.api]\nrequirements = \"lambdas/api/requirements.txt\"\n",
        ),
    ]);
    assert_eq!(told(&project), Vec::<String>::new());
}

/// A module with the metadata of a script.
fn script(dependencies: &str) -> String {
    format!(
        "# why\n# /// script\n# requires-python = \">=3.9\"\n# dependencies = {dependencies}\n# ///\n\
         def handler(event, context):\n    return 1\n"
    )
}

#[test]
fn what_a_handlers_module_says_itself_that_it_needs_is_told() {
    for dependencies in [
        "[\"one\"]",
        "[\n#   \"one>=1\",\n# ]",
        "['one @ https://h/one.whl']",
        "[\"one\", \"two\"]",
    ] {
        let project = project(&[("lambdas/api/api.py", &script(dependencies))]);
        assert_eq!(told(&project), ["requirements-unread"], "{dependencies}");
        assert_eq!(project.run(&["lock"]).code, 4, "{dependencies}");
    }
    for dependencies in ["[]", "[\n#\n# ]", "one"] {
        let project = project(&[("lambdas/api/api.py", &script(dependencies))]);
        assert_eq!(told(&project), Vec::<String>::new(), "{dependencies}");
    }
    // One that Lambda does not begin with is run by somebody else.
    let config = "python = \"3.12\"\n[lambda.api]\nhandler = \"api.handler\"\n";
    for (path, expected) in
        [("api.py", &["requirements-unread"][..]), ("tool.py", &[]), ("more/api.py", &[])]
    {
        let project = project(&[(&format!("lambdas/api/{path}"), &script("[\"one\"]"))]);
        project.write("dofs-package.toml", config);
        assert_eq!(told(&project), expected, "{path}");
    }
    let project = project(&[
        ("lambdas/api/api.py", &script("[\"one\"]")),
        ("lambdas/api/requirements.txt", "one\n"),
    ]);
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!((packaged(&run), warnings(&run)), (vec!["one 1.0".to_owned()], Vec::new()));
}

#[test]
fn what_is_in_a_module_is_told_with_the_way_out() {
    let project = project(&[("lambdas/api/api.py", &script("[\"one\"]"))]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	UpEx6Cfz6BtY8wpq+aV14NiNAR+Y40OzHe3XZio4vbA=	lambdas/api/api.zip
        --- stderr
        warning: `api`: `lambdas/api/api.py` has the dependencies of a script, which are not read: nothing that it asks for is packaged
          --> lambdas/api/api.py
        hint: write what the lambda needs of it, as pip names it, into `lambdas/api/requirements.txt`; or set `requirements` to an empty text where none are wanted
         Would build api (217 B, 1 file)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.run(&["-n"]).text());
}

#[test]
fn what_only_pixi_installs_is_told() {
    for table in [
        "[tool.pixi.dependencies]\npython = \"3.12.*\"\none = \"*\"\n",
        "[tool.pixi.pypi-dependencies]\none = \">=1\"\n",
        "[tool.pixi]\ndependencies = { one = { version = \"*\" } }\n",
        "[project]\nname = \"api\"\n[tool.pixi.dependencies]\none = \"*\"\n",
        "[tool.pixi.project]\nchannels = []\n[tool.pixi.pypi-dependencies]\n\"one\" = { path = \".\" }\n",
    ] {
        let project = project(&[("lambdas/api/pyproject.toml", table)]);
        assert_eq!(told(&project), ["requirements-unread"], "{table}");
        project.write(
            "dofs-package.toml",
            "python = \"3.12\"\nrequirements = \"{path}/pyproject.toml\"\n",
        );
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()), "{table}");
    }
    let none = "[tool.pixi.dependencies]\npython = \"3.12.*\"\n";
    assert_eq!(told(&project(&[("lambdas/api/pyproject.toml", none)])), Vec::<String>::new());
    let both = "[project]\nname = \"api\"\ndependencies = [\"one\"]\n\
        [tool.pixi.dependencies]\ntwo = \"*\"\n";
    let run = project(&[("lambdas/api/pyproject.toml", both)]).run(&["-n", "-v"]);
    assert!(run.stderr.contains("pyproject.toml:5: what pixi alone"), "{}", run.stderr);
}
