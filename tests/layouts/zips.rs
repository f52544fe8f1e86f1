//! Where zips go.

use expect_test::expect;

use super::{packaged, project};
use crate::support::Project;

#[test]
fn a_zip_goes_where_the_config_says() {
    for (config, zip) in [
        ("zip = \"build/{name}.zip\"\n", "build/api.zip"),
        ("zip = \"{path}/../{name}-code.zip\"\n", "lambdas/api-code.zip"),
        ("zip = \"build/{path}/code\"\n", "build/lambdas/api/code"),
        ("[lambda.api]\nzip = \"lambda_function.zip\"\n", "lambda_function.zip"),
        ("zip = \"a.zip\"\n[lambda.api]\nzip = \"b.zip\"\n", "b.zip"),
        ("out-dir = \"dist\"\nzip = \"{name}_v1.zip\"\n", "api_v1.zip"),
        ("out-dir = \"dist\"\n", "dist/api.zip"),
    ] {
        let project = project(config, &["lambdas/api"]);
        assert_eq!(packaged(&project), [format!("api {zip}")], "{config}");
        assert!(project.path(zip).is_file(), "{config}");
        assert_eq!(project.run(&["verify", "-q"]).code, 0, "{config}");
    }
}

#[test]
fn a_folder_of_the_command_line_or_environment_wins() {
    let project = project("zip = \"build/{name}-1.zip\"\n", &["lambdas/api"]);
    let run = project.run(&["-q", "--out-dir", "dist"]);
    assert!(run.stdout.ends_with("\tdist/api.zip\n"), "{}", run.text());
    let run = project.tool().env("DOFS_PACKAGE_OUT_DIR", "other").run(&["-q"]);
    assert!(run.stdout.ends_with("\tother/api.zip\n"), "{}", run.text());
    let run = project.tool().env("DOFS_PACKAGE_ZIP", "x/{name}.zip").run(&["-q"]);
    assert!(run.stdout.ends_with("\tx/api.zip\n"), "{}", run.text());
}

#[test]
fn a_zip_under_another_name_never_enters_a_package() {
    let project = project(
        "zip = \"lambdas/api/{name}.pkg\"\nmanifest = \"lambdas/web/packages.json\"\n",
        &["lambdas/api", "lambdas/web"],
    );
    packaged(&project);
    let before = project.digests();
    packaged(&project);
    assert_eq!(project.digests(), before);
    for zip in ["lambdas/api/api.pkg", "lambdas/api/web.pkg"] {
        assert_eq!(project.entries(zip).into_keys().collect::<Vec<_>>(), ["handler.py"], "{zip}");
    }
    let run = project.run(&["list"]);
    for line in [
        "api\tleft out\tapi.pkg\tbuilt-in: its own zip",
        "api\tleft out\tweb.pkg\tbuilt-in: the zip of another lambda",
        "web\tleft out\tpackages.json\tbuilt-in: the package manifest",
    ] {
        assert!(run.stdout.contains(line), "{}", run.text());
    }
}

#[test]
fn a_zip_that_is_none_is_refused() {
    let said = |config: &str| {
        let run = project(config, &["lambdas/api", "lambdas/web"]).run(&[]);
        assert_eq!(run.code, 3, "{}", run.text());
        run.stderr
    };
    expect![[r#"
        error: `api` and `web` have the same zip: `out.zip`
        hint: write `{name}` in `zip`, or give each of the two its own
    "#]]
    .assert_eq(&said("zip = \"out.zip\"\n"));
    expect![[r#"
        error: `zip` from dofs-package.toml: `` names no file
          --> dofs-package.toml:1
    "#]]
    .assert_eq(&said("zip = \"\"\n"));
    expect![[r#"
        error: `function-name` from dofs-package.toml: `one` names one function, of several lambdas
          --> dofs-package.toml:1
        hint: write `{name}` where a lambda's name stands
    "#]]
    .assert_eq(&said("function-name = \"one\"\n"));
}

#[test]
fn a_zip_outside_of_the_project_is_for_an_out_dir_only() {
    for zip in ["../k.zip", "{path}/../../../{name}.zip", "/tmp/{name}.zip", "a/../../k.zip"] {
        let project = project(&format!("zip = \"{zip}\"\n"), &["lambdas/api"]);
        let run = project.run(&[]);
        assert_eq!(run.code, 3, "{zip}: {}", run.text());
        let expected = format!(
            "error: `zip` from dofs-package.toml: `{zip}` is outside of the project\n  --> \
             dofs-package.toml:1\nhint: let zips go elsewhere with `out-dir`, or `--out-dir`\n"
        );
        assert_eq!(run.stderr, expected);
        let elsewhere = project.home().join("elsewhere");
        let elsewhere = elsewhere.to_str().expect("UTF-8");
        assert_eq!(project.run(&["-q", "--out-dir", elsewhere]).code, 0);
        project.write("dofs-package.toml", "out-dir = \"../elsewhere\"\n");
        assert_eq!(project.run(&["-q"]).code, 0);
    }
}

/// As a project has it that keeps the command by which it made its zip.
#[test]
fn a_command_of_terraform_that_writes_the_zip_of_a_package_is_warned_of() {
    let of = |command: &str| {
        let project = Project::with(&[
            ("dofs-package.toml", "python = \"3.12\"\nlambdas = [\"src\"]\nzip = \"etl.zip\"\n"),
            ("src/etl.py", "def handler(event, context):\n    return 1\n"),
        ]);
        let text = format!(
            "resource \"null_resource\" \"zip\" {{\n  provisioner \"local-exec\" {{\n    {command}\n  \
             }}\n}}\nresource \"aws_lambda_function\" \"etl\" {{\n  function_name = \"etl\"\n  filename = \
             \"../etl.zip\"\n  handler = \"etl.handler\"\n  runtime = \"python3.12\"\n}}\n"
        );
        project.write("terraform/main.tf", text);
        let run = project.run(&["build"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let lines = run.stderr.lines().filter(|line| !line.starts_with("    "));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    expect![[r#"
        warning: `src`: `null_resource.zip` writes `etl.zip` when Terraform applies, and that is where the package is
          --> terraform/main.tf:2
        hint: take its command out of Terraform's files, or give the package another path: `zip` in `[lambda.src]` of dofs-package.toml
    "#]].assert_eq(&of("command = \"cd ../src && zip -r ../etl.zip .\""));
    for command in [
        "command = \"zip -r ../etl.zip ../src\"",
        "command = \"zip -r etl.zip src\"\n    working_dir = \"${path.module}/..\"",
        "command = \"cd ${path.module}/.. && STAGE=${var.stage} && zip -r etl src\"",
        "command = <<-EOT\n      cd ${path.cwd}/..\n      zip -r etl.zip src\n    EOT",
    ] {
        assert!(of(command).contains("terraform/main.tf:2"), "{command}");
    }
    for command in [
        "command = \"zip -r etl.zip ../src\"",
        "command = \"zip -r ../${var.name}.zip ../src\"",
        "command = \"unzip -l ../etl.zip\"",
    ] {
        assert_eq!(of(command), "", "{command}");
    }
}
