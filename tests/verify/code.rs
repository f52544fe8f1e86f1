//! Every way in which a function of the `*.tf` files names its code, from outside: what it says of
//! its runtime is what the lambda is packaged for.

use expect_test::expect;

use crate::support::{Project, git};

/// Two lambdas, and one file of Terraform's.
fn project(terraform: &str) -> Project {
    Project::with(&[
        ("terraform/main.tf", terraform),
        ("lambdas/pay/pay.py", "def handler(event, context):\n    return 1\n"),
        ("lambdas/mail/mail.py", "def handler(event, context):\n    return 2\n"),
    ])
}

/// The Python versions of the lambdas, and what says so.
#[track_caller]
fn pythons(project: &Project) -> String {
    let run = project.run(&["list", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let lines = run.stdout.lines().filter(|line| line.contains("\ttarget\tpython"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The functions of both, whose runtimes are of a map.
const FUNCTIONS: &str = r#"
locals {
  functions = {
    pay  = { runtime = "python3.11" }
    mail = { runtime = "python3.13" }
  }
}
"#;

/// What is told where each entry of the map is the function of its lambda.
const BOTH: &str = "mail\ttarget\tpython3.13\tterraform/main.tf:11\n\
                    pay\ttarget\tpython3.11\tterraform/main.tf:11\n";

/// A function for each entry, with more arguments, and what stands after it.
fn each(arguments: &str, rest: &str) -> String {
    format!(
        "{FUNCTIONS}\nresource \"aws_lambda_function\" \"all\" {{\n  for_each = local.functions\n  \
         runtime  = each.value.runtime\n  handler  = \"x.handler\"\n  {arguments}\n}}\n{rest}"
    )
}

#[test]
fn by_the_path_of_its_zip() {
    let path = "filename = \"${path.module}/../lambdas/${each.key}/${each.key}.zip\"";
    assert_eq!(pythons(&project(&each(path, ""))), BOTH);
}

#[test]
fn by_the_folder_that_terraform_makes_a_zip_of() {
    for kind in ["data", "resource"] {
        let archive = format!(
            "{kind} \"archive_file\" \"code\" {{\n  for_each    = local.functions\n  type        = \
             \"zip\"\n  source_dir  = \"${{path.module}}/../lambdas/${{each.key}}\"\n  output_path \
             = \"${{path.module}}/build/${{each.key}}.zip\"\n}}\n"
        );
        let prefix = if kind == "data" { "data." } else { "" };
        let by_attribute = format!("filename = {prefix}archive_file.code[each.key].output_path");
        for filename in [&*by_attribute, "filename = \"build/${each.key}.zip\""] {
            assert_eq!(pythons(&project(&each(filename, &archive))), BOTH, "{kind} {filename}");
        }
    }
}

#[test]
fn by_the_one_file_that_terraform_makes_a_zip_of() {
    let archive = "data \"archive_file\" \"code\" {\n  for_each    = local.functions\n  type        \
                   = \"zip\"\n  source_file = \"../lambdas/${each.key}/${each.key}.py\"\n  \
                   output_path = \"${each.key}.zip\"\n}\n";
    let filename = "filename = data.archive_file.code[each.key].output_path";
    assert_eq!(pythons(&project(&each(filename, archive))), BOTH);
}

#[test]
fn by_the_files_that_terraform_puts_into_a_zip() {
    let archive = "data \"archive_file\" \"code\" {\n  for_each    = local.functions\n  type        \
                   = \"zip\"\n  output_path = \"${each.key}.zip\"\n  source {\n    content  = \
                   file(\"../lambdas/${each.key}/${each.key}.py\")\n    filename = \"x.py\"\n  \
                   }\n}\n";
    let filename = "filename = data.archive_file.code[each.key].output_path";
    assert_eq!(pythons(&project(&each(filename, archive))), BOTH);
}

#[test]
fn by_the_file_of_its_object_in_s3() {
    for kind in ["aws_s3_object", "aws_s3_bucket_object"] {
        let object = format!(
            "resource \"{kind}\" \"code\" {{\n  for_each = local.functions\n  bucket   = \"code\"\n  \
             key      = \"code/${{each.key}}.zip\"\n  source   = \
             \"../lambdas/${{each.key}}/${{each.key}}.zip\"\n}}\n"
        );
        let by_attribute = format!("s3_bucket = \"code\"\n  s3_key = {kind}.code[each.key].key");
        let by_text = "s3_bucket = \"code\"\n  s3_key = \"code/${each.key}.zip\"";
        for key in [&*by_attribute, by_text] {
            assert_eq!(pythons(&project(&each(key, &object))), BOTH, "{kind} {key}");
        }
    }
}

#[test]
fn by_an_argument_of_its_module() {
    let text = format!(
        "{FUNCTIONS}\nmodule \"function\" {{\n  for_each = local.functions\n  source   = \
         \"./function\"\n  folder   = \"${{path.root}}/../lambdas/${{each.key}}\"\n  runtime  = \
         each.value.runtime\n}}\n"
    );
    let project = project(&text);
    let module = r#"
variable "folder" {}
variable "runtime" {}
data "archive_file" "code" {
  type        = "zip"
  source_dir  = var.folder
  output_path = "${path.module}/${basename(var.folder)}.zip"
}
resource "aws_lambda_function" "this" {
  filename = data.archive_file.code.output_path
  runtime  = var.runtime
  handler  = "x.handler"
}
"#;
    project.write("terraform/function/main.tf", module);
    expect![[r#"
        mail	target	python3.13	terraform/function/main.tf:11
        pay	target	python3.11	terraform/function/main.tf:11
    "#]]
    .assert_eq(&pythons(&project));
}

#[test]
fn by_an_output_of_the_module_that_makes_the_zip() {
    let text = format!(
        "{FUNCTIONS}\nmodule \"code\" {{\n  for_each = local.functions\n  source   = \"./code\"\n  \
         name     = each.key\n}}\nresource \"aws_lambda_function\" \"all\" {{\n  for_each = \
         local.functions\n  filename = module.code[each.key].zip\n  runtime  = \
         each.value.runtime\n}}\n"
    );
    let project = project(&text);
    let module = r#"
variable "name" {}
data "archive_file" "this" {
  type        = "zip"
  source_dir  = "${path.module}/../../lambdas/${var.name}"
  output_path = "/tmp/${var.name}.zip"
}
output "zip" {
  value = data.archive_file.this.output_path
}
"#;
    project.write("terraform/code/main.tf", module);
    expect![[r#"
        mail	target	python3.13	terraform/main.tf:17
        pay	target	python3.11	terraform/main.tf:17
    "#]]
    .assert_eq(&pythons(&project));
}

#[test]
fn by_the_arguments_of_a_module_from_a_registry() {
    for (source, code) in [
        ("terraform-aws-modules/lambda/aws", "source_path = \"../lambdas/${each.key}\""),
        (
            "terraform-aws-modules/lambda/aws",
            "source_path = [{ path = \"../lambdas/${each.key}\" }]",
        ),
        (
            "registry.terraform.io/terraform-aws-modules/lambda/aws",
            "create_package = false\n  local_existing_package = \
             \"../lambdas/${each.key}/${each.key}.zip\"",
        ),
        ("cloudposse/lambda-function/aws", "filename = \"../lambdas/${each.key}/${each.key}.zip\""),
        ("example.org/own/lambda/aws", "filename = \"../lambdas/${each.key}/${each.key}.zip\""),
    ] {
        let text = format!(
            "{FUNCTIONS}module \"all\" {{\n  for_each = local.functions\n  source   = \"{source}\"\n  \
             runtime  = each.value.runtime\n  handler = \"x.handler\"\n  function_name = each.key\n  \
             {code}\n}}\n"
        );
        assert_eq!(pythons(&project(&text)), BOTH, "{source} {code}");
    }
}

#[test]
fn by_its_name_in_the_config_where_its_code_is_elsewhere() {
    let project = project(&each("function_name = \"app-${each.key}\"\n  s3_key = var.key", ""));
    let own = |name: &str| format!("[lambda.{name}]\nfunction-name = \"app-{name}\"\n");
    project.write("dofs-package.toml", own("pay") + &own("mail"));
    assert_eq!(pythons(&project), BOTH);
}

#[test]
fn in_json_it_is_the_same() {
    let project = project("");
    let text = r#"{
  "data": {"archive_file": {"code": {
    "for_each": "${toset([\"pay\", \"mail\"])}",
    "type": "zip",
    "source_dir": "${path.module}/../lambdas/${each.key}",
    "output_path": "${each.key}.zip"
  }}},
  "resource": {"aws_lambda_function": {"all": [{
    "for_each": "${toset([\"pay\", \"mail\"])}",
    "filename": "${data.archive_file.code[each.key].output_path}",
    "handler": "${each.key}.handler",
    "runtime": "python3.${11 + length(each.key) - 3}",
    "architectures": ["arm64"]
  }]}}
}
"#;
    project.write("terraform/main.tf", "");
    project.write("terraform/functions.tf.json", text);
    expect![[r#"
        mail	target	python3.12	terraform/functions.tf.json:12
        pay	target	python3.11	terraform/functions.tf.json:12
    "#]]
    .assert_eq(&pythons(&project));
}

#[test]
fn a_module_that_nobody_calls_says_nothing_and_is_a_note() {
    let path = "filename = \"${path.module}/../lambdas/${each.key}/${each.key}.zip\"";
    let project = project(&each(path, "terraform {\n  backend \"s3\" {}\n}\n"));
    let left = each(path, "")
        .replace("python3.11", "python3.9")
        .replace("path.module}/", "path.module}/../");
    project.write("terraform/leftover/main.tf", left);
    assert_eq!(pythons(&project), BOTH);
    let said = project.run(&["list", "-v"]).stderr;
    let note = "Note terraform/leftover/main.tf:9: no root module reaches `terraform/leftover`, so its \
                functions are not deployed";
    assert!(said.contains(note), "{said}");
}

#[test]
fn files_that_git_ignores_count_nowhere() {
    let text = "variable \"runtime\" {\n  default = \"python3.11\"\n}\nresource \
                \"aws_lambda_function\" \"pay\" {\n  filename = \"../lambdas/pay/pay.zip\"\n  runtime  \
                = var.runtime\n}\n";
    let project = project(text);
    project.write("terraform/my.auto.tfvars", "runtime = \"python3.9\"\n");
    let python = |project: &Project| {
        pythons(project).lines().find(|line| line.starts_with("pay")).map(str::to_owned)
    };
    let with = python(&project);
    assert_eq!(with.as_deref(), Some("pay\ttarget\tpython3.9\tterraform/main.tf:6"));
    git(&project.root(), &["init", "-q"]);
    project.write(".gitignore", "*.tfvars\n");
    let without = python(&project);
    assert_eq!(without.as_deref(), Some("pay\ttarget\tpython3.11\tterraform/main.tf:6"));
    // One that is tracked all the same is not ignored.
    git(&project.root(), &["add", "-f", "terraform/my.auto.tfvars"]);
    assert_eq!(python(&project), with);
}
