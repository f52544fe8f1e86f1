//! A deployed project that takes the packages by `init --terraform --write`: only code changes, once. Its
//! function has no layer: the emulated AWS does not find the version that it has made.

use std::collections::BTreeSet;
use std::io::Write as _;

use super::System;
use crate::support::rig::Rig;
use crate::support::{Project, git};

const HANDLER: &str = "def lambda_handler(event, context):\n    return 1\n";

/// What Terraform has, as `terraform fmt` has it.
const ROOT: &str = r#"provider "aws" {}

resource "aws_iam_role" "this" {
  name               = "acme"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

# The api, with all that hangs on its code.
resource "aws_lambda_function" "api" {
  function_name    = "api" # as it is called
  role             = aws_iam_role.this.arn
  handler          = "app.lambda_handler"
  runtime          = "python3.12"
  filename         = "../lambdas/api/api.zip" # made by a script
  source_code_hash = filebase64sha256("../lambdas/api/api.zip")
  publish          = true

  lifecycle {
    ignore_changes = [tags]
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.api.function_name
  function_version = aws_lambda_function.api.version
}

resource "aws_lambda_layer_version" "deps" {
  layer_name          = "deps"
  compatible_runtimes = ["python3.12"]
  filename            = "../layers/deps/deps.zip"
  source_code_hash    = filebase64sha256("../layers/deps/deps.zip")
}

module "jobs" {
  source = "./jobs"
  role   = aws_iam_role.this.arn
}

module "web" {
  source = "./given"
  role   = aws_iam_role.this.arn
  zip    = "../lambdas/web/web.zip"
  hash   = filebase64sha256("../lambdas/web/web.zip")
}
"#;
const JOBS: &str = r#"variable "role" {
  type = string
}

resource "aws_lambda_function" "this" {
  for_each = toset(["clean", "report"])

  function_name    = "job-${each.key}"
  role             = var.role
  handler          = "app.lambda_handler"
  runtime          = "python3.12"
  filename         = "${path.module}/../../lambdas/${each.key}/${each.key}.zip"
  source_code_hash = filebase64sha256("${path.module}/../../lambdas/${each.key}/${each.key}.zip")
}
"#;
const GIVEN: &str = r#"variable "role" {
  type = string
}

variable "zip" {
  type = string
}

variable "hash" {
  type = string
}

resource "aws_lambda_function" "this" {
  function_name    = "web"
  role             = var.role
  handler          = "app.lambda_handler"
  runtime          = "python3.12"
  filename         = var.zip
  source_code_hash = var.hash
}
"#;

#[test]
#[ignore = "needs terraform, an offline provider mirror and moto"]
fn a_deployed_project_takes_the_packages_and_only_its_code_changes_once() {
    let project = Project::with(&[
        ("terraform/main.tf", ROOT),
        ("terraform/jobs/main.tf", JOBS),
        ("terraform/given/main.tf", GIVEN),
        ("layers/deps/python/own.py", "X = 1\n"),
        ("dofs-package.toml", "layers = [\"layers/*\"]\nmanifest = \"terraform/packages.json\"\n"),
        (".gitignore", "*.zip\n.terraform*\n*.tfstate*\n*.tfplan\n"),
    ]);
    for lambda in ["api", "clean", "report", "web"] {
        project.write(&format!("lambdas/{lambda}/app.py"), HANDLER);
        zip(&project, &format!("lambdas/{lambda}/{lambda}.zip"), "app.py");
    }
    zip(&project, "layers/deps/deps.zip", "python/own.py");
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    let system = System { project, rig: Rig::start() };
    system.terraform(&["init"]).expect_code(0);
    system.terraform(&["apply", "-auto-approve", "-no-color"]).expect_code(0);

    let run = |arguments: &[&str]| {
        let run = system.project.run(arguments);
        assert_eq!(run.code, 0, "{}", run.text());
    };
    run(&["init", "--terraform", "--write"]);
    system.terraform(&["fmt", "-check", "-recursive", "-diff"]).expect_code(0);
    run(&["build"]);
    run(&["verify"]);
    system.terraform(&["validate"]).expect_code(0);
    let plan = ["plan", "-no-color", "-detailed-exitcode", "-var=require_packages=true"];
    let plan = [&plan[..], &["-out=test.tfplan"]].concat();
    system.terraform(&plan).expect_code(2);
    let json: serde_json::Value = serde_json::from_str(&system.plan_json()).expect("JSON");
    only_code_changes(&json);
    system.apply().expect_code(0);
    system.terraform(&plan).expect_code(0);

    std::fs::remove_file(system.project.path("lambdas/clean/clean.zip")).expect("a zip");
    let refused = system.terraform(&plan).expect_code(1);
    assert!(refused.error().contains("The package is missing"), "{}", refused.stderr);
    let plan: Vec<&str> = plan.into_iter().filter(|it| !it.starts_with("-var")).collect();
    system.terraform(&plan).expect_code(0);
}

/// Writes a zip of one member, as another tool would.
fn zip(project: &Project, path: &str, member: &str) {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(member, zip::write::SimpleFileOptions::default()).expect("a member");
    writer.write_all(HANDLER.as_bytes()).expect("its bytes");
    project.write(path, writer.finish().expect("a zip").into_inner());
}

/// Whether a plan updates functions in place, by their code and what follows from it, makes the layer's
/// new version, and does nothing else.
fn only_code_changes(plan: &serde_json::Value) {
    let may = [
        "filename",
        "source_code_hash",
        "code_sha256",
        "last_modified",
        "qualified_arn",
        "qualified_invoke_arn",
        "version",
        "function_version",
    ];
    let mut updated = BTreeSet::new();
    for change in plan["resource_changes"].as_array().expect("a list") {
        let (address, change) =
            (change["address"].as_str().expect("an address"), &change["change"]);
        let actions = change["actions"].to_string();
        let kind = address.trim_start_matches("module.jobs.").trim_start_matches("module.web.");
        match kind.split('.').next().expect("a kind") {
            "aws_lambda_layer_version" => assert_eq!(actions, "[\"delete\",\"create\"]"),
            "aws_lambda_function" | "aws_lambda_alias" => {
                assert_eq!(actions, "[\"update\"]", "{address}");
                let (before, after) = (&change["before"], &change["after"]);
                for (key, value) in before.as_object().expect("an object") {
                    let is_same = after.get(key) == Some(value);
                    assert!(is_same || may.contains(&key.as_str()), "{address}: {key}");
                }
                updated.insert(address.to_owned());
            }
            _ => assert_eq!(actions, "[\"no-op\"]", "{address}"),
        }
    }
    assert_eq!(updated.len(), 5, "{updated:?}");
}
