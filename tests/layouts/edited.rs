//! `init --terraform`: the edits that make Terraform's files take the packages, shown and made.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::Body;
use hcl_edit::visit::{Visit, visit_traversal};

use super::HANDLER;
use crate::support::{Project, Run, git};

/// What each function has that no test here is about, aligned with `function_name`.
const REST: &str = "role          = \"arn:aws:iam::1:role/r\"\n  handler       = \
                    \"app.lambda_handler\"\n  runtime       = \"python3.12\"";
/// The same, aligned with `source_code_hash`.
const LONG: &str = "role             = \"arn:aws:iam::1:role/r\"\n  handler          = \
                    \"app.lambda_handler\"\n  runtime          = \"python3.12\"";

/// A repository with a commit: lambdas by name in `lambdas/`, and files; `REST` in one stands for what
/// each function has.
fn project(lambdas: &[&str], files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for lambda in lambdas {
        project.write(&format!("lambdas/{lambda}/app.py"), HANDLER);
    }
    for (path, text) in files {
        project.write(path, text.replace("REST", REST).replace("LONG", LONG));
    }
    git(&project.root(), &["init", "--quiet"]);
    commit(&project);
    project
}

fn commit(project: &Project) {
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--allow-empty", "--message", "all"]);
}

/// The texts of all files of the worktree that may be edited.
fn texts(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let listed = git(&project.root(), &["ls-files", "--cached", "--others", "--exclude-standard"]);
    let edited = listed.lines().filter(|path| path.contains(".tf") || path.ends_with(".toml"));
    edited.map(|path| (path.to_owned(), project.read(path))).collect()
}

/// Adopts a project, and returns what is shown without the config that comes with it. Whatever is shown
/// can be applied and is what is written; afterwards every name stands for something, nothing is left
/// to be edited, and the packages are made for what they were made for.
fn adopted(project: &Project) -> String {
    let shown = project.run(&["init", "--terraform"]);
    assert_eq!(shown.code, 0, "{}", shown.text());
    let targets = project.run(&["list", "-q"]);
    assert_eq!(git(&project.root(), &["status", "--porcelain"]), "", "nothing is written");
    let mut apply = Command::new("git");
    apply.args(["apply", "--whitespace=nowarn", "-"]).current_dir(project.root());
    let mut apply = apply.stdin(Stdio::piped()).spawn().expect("git is on PATH");
    let mut stdin = apply.stdin.take().expect("it is piped");
    stdin.write_all(shown.stdout.as_bytes()).expect("git reads it");
    drop(stdin);
    let is_empty = shown.stdout.is_empty();
    assert!(is_empty || apply.wait().expect("git ends").success(), "{}", shown.stdout);
    let applied = texts(project);
    git(&project.root(), &["reset", "--quiet", "--hard"]);
    git(&project.root(), &["clean", "--quiet", "--force", "-d"]);

    let written = project.run(&["init", "--terraform", "--write"]);
    assert_eq!(written.code, 0, "{}", written.text());
    assert_eq!(texts(project), applied);
    names_stand_for_something(&applied);
    let again = project.run(&["init", "--terraform"]);
    assert_eq!((again.code, &*again.stdout), (0, ""), "{}", again.text());

    let expected = |run: &Run| -> Vec<String> {
        let rows = run.stdout.lines().filter(|line| line.contains("\ttarget\t"));
        rows.map(|row| row.rsplit_once('\t').expect("a place").0.to_owned()).collect()
    };
    let before = project.run(&["list", "-q"]);
    if targets.code == 0 {
        assert_eq!(expected(&before), expected(&targets), "before the first build");
    }
    let built = project.run(&["build", "-q"]);
    assert_eq!(built.code, 0, "{}", built.text());
    assert_eq!(expected(&project.run(&["list", "-q"])), expected(&before), "after it");
    let verified = project.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.text());
    let talk = shown.stderr.lines().filter(|line| {
        ["is left as it is", " stays: ", "write at ", "Skipped Terraform"]
            .iter()
            .any(|it| line.contains(it))
    });
    let talk: String = talk.map(|line| format!("{}\n", line.trim())).collect();
    let diff = match shown.stdout.split_once("--- a/") {
        Some((_, diff)) => format!("--- a/{diff}"),
        None => shown.stdout.clone(),
    };
    // A snapshot has no blanks at the ends of its lines.
    let lines = diff.lines().map(str::trim_end);
    lines.map(|line| format!("{line}\n")).collect::<String>() + &talk
}

/// What a module declares, and what it names.
#[derive(Default)]
struct Names {
    declared: BTreeSet<String>,
    named: BTreeSet<String>,
}

impl Visit for Names {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(first) = &traversal.expr {
            let parts = traversal.operators.iter().map_while(|it| match it.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            });
            let count = if first.as_str() == "data" { 2 } else { 1 };
            let parts: Vec<&str> =
                std::iter::once(first.as_str()).chain(parts.take(count)).collect();
            self.named.insert(parts.join("."));
        }
        visit_traversal(self, traversal);
    }
}

/// Whether all that files name is there, of what the edits add and remove.
fn names_stand_for_something(texts: &BTreeMap<String, Vec<u8>>) {
    let mut modules: BTreeMap<&str, Names> = BTreeMap::new();
    let files =
        texts.iter().filter(|(path, _)| path.ends_with(".tf") && !path.contains("override"));
    for (path, text) in files {
        let text = String::from_utf8(text.clone()).expect("text");
        let body: Body = text.trim_start_matches('\u{feff}').parse().expect("it is HCL");
        let names =
            modules.entry(path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default();
        names.visit_body(&body);
        for block in body.blocks() {
            let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
            let declared = match (block.ident.as_str(), &labels[..]) {
                ("resource", [kind, name]) => format!("{kind}.{name}"),
                ("data", [kind, name]) => format!("data.{kind}.{name}"),
                ("variable", [name]) => format!("var.{name}"),
                (kind, [name]) => format!("{kind}.{name}"),
                _ => {
                    let locals = block.body.attributes();
                    names.declared.extend(locals.map(|it| format!("local.{}", it.key.as_str())));
                    continue;
                }
            };
            assert!(names.declared.insert(declared.clone()), "{path} has `{declared}` twice");
        }
    }
    for (folder, names) in modules {
        let is_ours = |name: &&String| {
            let kinds = [
                "var.",
                "local.",
                "data.archive_file.",
                "archive_file.",
                "null_resource.",
                "module.",
            ];
            kinds.iter().any(|kind| name.starts_with(kind))
        };
        for name in names.named.iter().filter(is_ours) {
            assert!(names.declared.contains(name), "`{name}` is nothing in `{folder}`");
        }
    }
}

/// Adopts files beside lambdas.
fn check(lambdas: &[&str], files: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&adopted(&project(lambdas, files)));
}

#[test]
fn a_literal_file_and_its_hash() {
    check(
        &["api"],
        &[(
            "terraform/main.tf",
            r#"# head
provider "aws" {}

# The api.
resource "aws_lambda_function" "api" { # a comment
  function_name    = "api"
  LONG
  filename         = "../lambdas/api/api.zip" // the zip
  source_code_hash = filebase64sha256("../lambdas/api/api.zip")
  # the end
}
"#,
        )],
        &expect![[r#"
            --- a/terraform/main.tf
            +++ b/terraform/main.tf
            @@ -1,13 +1,32 @@
             # head
             provider "aws" {}
 
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             # The api.
             resource "aws_lambda_function" "api" { # a comment
               function_name    = "api"
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = "../lambdas/api/api.zip" // the zip
            -  source_code_hash = filebase64sha256("../lambdas/api/api.zip")
            +  filename         = "${path.module}/${local.packages["api"].filename}" // the zip
            +  source_code_hash = local.packages["api"].source_code_hash
               # the end
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn an_archive_of_a_folder_that_only_the_function_needs() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}

# Made of the folder.
data "archive_file" "api" {
  type        = "zip"
  source_dir  = "${path.module}/lambdas/api" # here
  output_path = "${path.module}/api.zip"
}

resource "aws_lambda_function" "api" {
  function_name    = "api"
  LONG
  filename         = data.archive_file.api.output_path
  source_code_hash = data.archive_file.api.output_base64sha256
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,10 +1,15 @@
             provider "aws" {}
 
             # Made of the folder.
            -data "archive_file" "api" {
            -  type        = "zip"
            -  source_dir  = "${path.module}/lambdas/api" # here
            -  output_path = "${path.module}/api.zip"
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
             }
 
             resource "aws_lambda_function" "api" {
            @@ -12,6 +17,15 @@
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = data.archive_file.api.output_path
            -  source_code_hash = data.archive_file.api.output_base64sha256
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn archives_of_one_file_and_resources_that_make_them() {
    let project = project(
        &[],
        &[
            ("jobs/clean.py", HANDLER),
            ("jobs/report.py", HANDLER),
            ("jobs/lib.py", "X = 1\n"),
            (
                "tf/main.tf",
                r#"provider "aws" {}
data "archive_file" "clean" {
  type        = "zip"
  source_file = "../jobs/clean.py"
  output_path = "clean.zip"
}
resource "archive_file" "report" {
  type        = "zip"
  source_file = "../jobs/report.py"
  output_path = "report.zip"
}
resource "aws_lambda_function" "clean" {
  function_name = "clean"
  role = "arn:aws:iam::1:role/r"
  handler = "clean.lambda_handler"
  runtime = "python3.12"
  filename = "clean.zip"
}
resource "aws_lambda_function" "report" {
  function_name = "report"
  role = "arn:aws:iam::1:role/r"
  handler = "report.lambda_handler"
  runtime = "python3.12"
  filename = "${archive_file.report.output_path}"
  source_code_hash = "${archive_file.report.output_base64sha256}"
  depends_on = [archive_file.report]
}
"#,
            ),
        ],
    );
    expect![[r#"
        --- a/tf/main.tf
        +++ b/tf/main.tf
        @@ -1,27 +1,46 @@
         provider "aws" {}
        -data "archive_file" "clean" {
        -  type        = "zip"
        -  source_file = "../jobs/clean.py"
        -  output_path = "clean.zip"
        +
        +locals {
        +  packages = jsondecode(file("${path.module}/packages.json"))
         }
        -resource "archive_file" "report" {
        -  type        = "zip"
        -  source_file = "../jobs/report.py"
        -  output_path = "report.zip"
        +
        +variable "require_packages" {
        +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
        +  type        = bool
        +  default     = false
         }
        +
         resource "aws_lambda_function" "clean" {
           function_name = "clean"
           role = "arn:aws:iam::1:role/r"
           handler = "clean.lambda_handler"
           runtime = "python3.12"
        -  filename = "clean.zip"
        +  filename = "${path.module}/${local.packages["clean"].filename}"
        +  source_code_hash = local.packages["clean"].source_code_hash
        +
        +  lifecycle {
        +    precondition {
        +      condition = !var.require_packages || try(
        +        filebase64sha256("${path.module}/${local.packages["clean"].filename}"), ""
        +      ) == local.packages["clean"].source_code_hash
        +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
        +    }
        +  }
         }
         resource "aws_lambda_function" "report" {
           function_name = "report"
           role = "arn:aws:iam::1:role/r"
           handler = "report.lambda_handler"
           runtime = "python3.12"
        -  filename = "${archive_file.report.output_path}"
        -  source_code_hash = "${archive_file.report.output_base64sha256}"
        -  depends_on = [archive_file.report]
        +  filename = "${path.module}/${local.packages["report"].filename}"
        +  source_code_hash = local.packages["report"].source_code_hash
        +
        +  lifecycle {
        +    precondition {
        +      condition = !var.require_packages || try(
        +        filebase64sha256("${path.module}/${local.packages["report"].filename}"), ""
        +      ) == local.packages["report"].source_code_hash
        +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
        +    }
        +  }
         }
    "#]].assert_eq(&adopted(&project));
}

/// A literal would be that of the next entry, too.
#[test]
fn the_first_entry_of_a_map_is_named_by_an_expression() {
    let function = |head: &str, name: &str, folder: &str| {
        format!(
            "resource \"aws_lambda_function\" \"this\" {{\n{head}  function_name = {name}\n  REST\n  \
             filename = \"{folder}/api.zip\"\n}}\n"
        )
    };
    let module = |name: &str| {
        let variables: String = ["root", "label"]
            .iter()
            .filter(|it| name.contains(**it) || **it == "root")
            .map(|it| format!("variable \"{it}\" {{}}\n"))
            .collect();
        variables + &function("", name, "${var.root}")
    };
    let call = |rest: &str| {
        format!(
            "provider \"aws\" {{}}\nmodule \"m\" {{\n  for_each = toset([\"api\"])\n  source   = \
             \"./m\"\n  root     = \"lambdas/${{each.key}}\"\n{rest}}}\n"
        )
    };
    let set = "  for_each = toset([\"api\"])\n";
    let alone = function(set, "each.value", "lambdas/${each.key}");
    for (files, expected) in [
        (vec![("main.tf", format!("provider \"aws\" {{}}\n{alone}"))], "local.packages[each.key]"),
        (
            vec![
                ("main.tf", call("  label    = each.key\n")),
                ("m/main.tf", module("\"f-${var.label}\"")),
            ],
            "local.packages[var.label]",
        ),
        (
            vec![("main.tf", call("")), ("m/main.tf", module("\"fixed\""))],
            "local.packages[var.package]",
        ),
    ] {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        let shown = adopted(&project(&["api"], &files));
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
}

#[test]
fn functions_of_a_set() {
    check(
        &["api", "web"],
        &[(
            "main.tf",
            r#"provider "aws" {}
locals {
  names = toset(["api", "web"])
}
data "archive_file" "zip" {
  for_each    = local.names
  type        = "zip"
  source_dir  = "lambdas/${each.value}"
  output_path = "${each.value}.zip"
}
resource "aws_lambda_function" "this" {
  for_each         = local.names
  function_name    = "acme-${each.value}"
  LONG
  filename         = data.archive_file.zip[each.key].output_path
  source_code_hash = data.archive_file.zip[each.key].output_base64sha256
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -2,18 +2,32 @@
             locals {
               names = toset(["api", "web"])
             }
            -data "archive_file" "zip" {
            -  for_each    = local.names
            -  type        = "zip"
            -  source_dir  = "lambdas/${each.value}"
            -  output_path = "${each.value}.zip"
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
             }
            +
             resource "aws_lambda_function" "this" {
               for_each         = local.names
               function_name    = "acme-${each.value}"
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = data.archive_file.zip[each.key].output_path
            -  source_code_hash = data.archive_file.zip[each.key].output_base64sha256
            +  filename         = "${path.module}/${local.packages[each.key].filename}"
            +  source_code_hash = local.packages[each.key].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages[each.key].filename}"), ""
            +      ) == local.packages[each.key].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn functions_of_a_map_whose_values_have_their_names() {
    check(
        &["api", "web"],
        &[(
            "main.tf",
            r#"provider "aws" {}
resource "aws_lambda_function" "this" {
  for_each = {
    first  = { folder = "api", memory = 128 }
    second = { folder = "web", memory = 256 }
  }
  function_name = "acme-${each.key}"
  memory_size   = each.value.memory
  REST
  filename      = "lambdas/${each.value.folder}/${each.value.folder}.zip"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,13 +1,34 @@
             provider "aws" {}
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "this" {
               for_each = {
                 first  = { folder = "api", memory = 128 }
                 second = { folder = "web", memory = 256 }
               }
            -  function_name = "acme-${each.key}"
            -  memory_size   = each.value.memory
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/${each.value.folder}/${each.value.folder}.zip"
            +  function_name    = "acme-${each.key}"
            +  memory_size      = each.value.memory
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages[each.value.folder].filename}"
            +  source_code_hash = local.packages[each.value.folder].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages[each.value.folder].filename}"), ""
            +      ) == local.packages[each.value.folder].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn functions_that_are_counted() {
    check(
        &["api", "web"],
        &[(
            "main.tf",
            r#"provider "aws" {}
locals { names = ["api", "web"] }
resource "aws_lambda_function" "this" {
  count         = length(local.names)
  function_name = local.names[count.index]
  REST
  filename      = "lambdas/${local.names[count.index]}/${local.names[count.index]}.zip"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,10 +1,31 @@
             provider "aws" {}
             locals { names = ["api", "web"] }
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "this" {
            -  count         = length(local.names)
            -  function_name = local.names[count.index]
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/${local.names[count.index]}/${local.names[count.index]}.zip"
            +  count            = length(local.names)
            +  function_name    = local.names[count.index]
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages[local.names[count.index]].filename}"
            +  source_code_hash = local.packages[local.names[count.index]].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages[local.names[count.index]].filename}"), ""
            +      ) == local.packages[local.names[count.index]].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn a_function_that_may_be_there_or_not() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}
variable "enabled" {
  type = bool
}
resource "aws_lambda_function" "api" {
  count         = var.enabled ? 1 : 0
  function_name = "api"
  REST
  filename      = "lambdas/api/api.zip"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -2,11 +2,32 @@
             variable "enabled" {
               type = bool
             }
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "api" {
            -  count         = var.enabled ? 1 : 0
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/api/api.zip"
            +  count            = var.enabled ? 1 : 0
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn a_module_that_is_given_file_and_hash() {
    let module = r#"variable "name" {}
variable "zip" {}
variable "hash" { default = null }
resource "aws_lambda_function" "this" {
  function_name    = var.name
  LONG
  filename         = var.zip
  source_code_hash = var.hash
}
"#;
    let root = r#"provider "aws" {}
data "archive_file" "api" {
  type        = "zip"
  source_dir  = "lambdas/api"
  output_path = "api.zip"
}
module "api" {
  source = "./function"
  name   = "acme-api"
  zip    = data.archive_file.api.output_path
  hash   = data.archive_file.api.output_base64sha256
}
module "web" {
  source = "./function"
  name   = "acme-web"
  zip    = "lambdas/web/web.zip"
}
module "other" {
  source = "./function"
  name   = "acme-other"
  zip    = "elsewhere.zip"
}
"#;
    check(
        &["api", "web"],
        &[("main.tf", root), ("function/main.tf", module)],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,19 +1,20 @@
             provider "aws" {}
            -data "archive_file" "api" {
            -  type        = "zip"
            -  source_dir  = "lambdas/api"
            -  output_path = "api.zip"
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
             }
            +
             module "api" {
               source = "./function"
               name   = "acme-api"
            -  zip    = data.archive_file.api.output_path
            -  hash   = data.archive_file.api.output_base64sha256
            +  zip    = "${path.module}/${local.packages["api"].filename}"
            +  hash   = local.packages["api"].source_code_hash
             }
             module "web" {
               source = "./function"
               name   = "acme-web"
            -  zip    = "lambdas/web/web.zip"
            +  zip    = "${path.module}/${local.packages["web"].filename}"
            +  hash   = local.packages["web"].source_code_hash
             }
             module "other" {
               source = "./function"
        "#]],
    );
}

#[test]
fn a_module_that_knows_the_names_of_its_functions() {
    let module = r#"variable "name" {
  type = string
}
data "archive_file" "this" {
  type        = "zip"
  source_dir  = "${path.root}/../lambdas/${var.name}"
  output_path = "${var.name}.zip"
}
resource "aws_lambda_function" "this" {
  function_name    = "acme-${var.name}"
  LONG
  filename         = data.archive_file.this.output_path
  source_code_hash = data.archive_file.this.output_base64sha256
}
"#;
    let root = r#"provider "aws" {}
module "functions" {
  for_each = toset(["api", "web"])
  source   = "./function"
  name     = each.key
}
"#;
    check(
        &["api", "web"],
        &[("tf/main.tf", root), ("tf/function/main.tf", module)],
        &expect![[r#"
            --- a/tf/function/main.tf
            +++ b/tf/function/main.tf
            @@ -1,16 +1,31 @@
             variable "name" {
               type = string
             }
            -data "archive_file" "this" {
            -  type        = "zip"
            -  source_dir  = "${path.root}/../lambdas/${var.name}"
            -  output_path = "${var.name}.zip"
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/../packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
             }
            +
             resource "aws_lambda_function" "this" {
               function_name    = "acme-${var.name}"
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = data.archive_file.this.output_path
            -  source_code_hash = data.archive_file.this.output_base64sha256
            +  filename         = "${path.module}/../${local.packages[var.name].filename}"
            +  source_code_hash = local.packages[var.name].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/../${local.packages[var.name].filename}"), ""
            +      ) == local.packages[var.name].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
            --- a/tf/main.tf
            +++ b/tf/main.tf
            @@ -1,6 +1,14 @@
             provider "aws" {}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             module "functions" {
            -  for_each = toset(["api", "web"])
            -  source   = "./function"
            -  name     = each.key
            +  for_each         = toset(["api", "web"])
            +  source           = "./function"
            +  require_packages = var.require_packages
            +  name             = each.key
             }
        "#]],
    );
}

#[test]
fn a_module_that_does_not_know_them_is_told() {
    let module = r#"variable "name" {
  type = string
}

variable "folder" {
  type = string
}
"#;
    let function = r#"data "archive_file" "this" {
  type        = "zip"
  source_dir  = var.folder
  output_path = "${var.name}.zip"
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  LONG
  filename         = data.archive_file.this.output_path
  source_code_hash = data.archive_file.this.output_base64sha256
}
"#;
    let root = r#"provider "aws" {}

module "api" {
  source = "../modules/function"
  name   = "acme-api"
  folder = "${path.root}/../lambdas/api"
}

module "web" {
  source = "../modules/function"

  name   = "acme-web"
  folder = "${path.root}/../lambdas/web"
}
"#;
    let files = [
        ("infra/main.tf", root),
        ("modules/function/main.tf", function),
        ("modules/function/variables.tf", module),
    ];
    check(
        &["api", "web"],
        &files,
        &expect![[r#"
            --- a/infra/main.tf
            +++ b/infra/main.tf
            @@ -1,13 +1,23 @@
             provider "aws" {}
 
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             module "api" {
            -  source = "../modules/function"
            -  name   = "acme-api"
            -  folder = "${path.root}/../lambdas/api"
            +  source           = "../modules/function"
            +  package          = "api"
            +  require_packages = var.require_packages
            +  name             = "acme-api"
            +  folder           = "${path.root}/../lambdas/api"
             }
 
             module "web" {
            -  source = "../modules/function"
            +  source           = "../modules/function"
            +  package          = "web"
            +  require_packages = var.require_packages
 
               name   = "acme-web"
               folder = "${path.root}/../lambdas/web"
            --- a/modules/function/main.tf
            +++ b/modules/function/main.tf
            @@ -1,7 +1,5 @@
            -data "archive_file" "this" {
            -  type        = "zip"
            -  source_dir  = var.folder
            -  output_path = "${var.name}.zip"
            +locals {
            +  packages = jsondecode(file("${path.module}/../../infra/packages.json"))
             }
 
             resource "aws_lambda_function" "this" {
            @@ -9,6 +7,15 @@
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = data.archive_file.this.output_path
            -  source_code_hash = data.archive_file.this.output_base64sha256
            +  filename         = "${path.module}/../../infra/${local.packages[var.package].filename}"
            +  source_code_hash = local.packages[var.package].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/../../infra/${local.packages[var.package].filename}"), ""
            +      ) == local.packages[var.package].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
            --- a/modules/function/variables.tf
            +++ b/modules/function/variables.tf
            @@ -5,3 +5,14 @@
             variable "folder" {
               type = string
             }
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
            +variable "package" {
            +  description = "The package's name in the manifest."
            +  type        = string
            +}
        "#]],
    );
}

#[test]
fn the_default_of_a_variable() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}
variable "zip" {
  default = "lambdas/api/api.zip"
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = var.zip
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -2,10 +2,31 @@
             variable "zip" {
               default = "lambdas/api/api.zip"
             }
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "api" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = var.zip
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn lifecycles_are_added_to() {
    check(
        &["api", "web"],
        &[(
            "main.tf",
            r#"provider "aws" {}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = "lambdas/api/api.zip"
  lifecycle { create_before_destroy = true }
}
resource "aws_lambda_function" "web" {
  function_name = "web"
  REST
  filename      = "lambdas/web/web.zip"

  lifecycle {
    # not these
    ignore_changes = [tags]
  }

  publish = true
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.web.function_name
  function_version = aws_lambda_function.web.version
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,22 +1,49 @@
             provider "aws" {}
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "api" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/api/api.zip"
            -  lifecycle { create_before_destroy = true }
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +  lifecycle {
            +    create_before_destroy = true
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
             resource "aws_lambda_function" "web" {
            -  function_name = "web"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/web/web.zip"
            +  function_name    = "web"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["web"].filename}"
            +  source_code_hash = local.packages["web"].source_code_hash
 
               lifecycle {
                 # not these
                 ignore_changes = [tags]
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["web"].filename}"), ""
            +      ) == local.packages["web"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
               }
 
               publish = true
        "#]],
    );
}

#[test]
fn code_that_is_deployed_by_something_else_is_listed() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = "lambdas/api/api.zip"
  lifecycle {
    ignore_changes = [filename, source_code_hash]
  }
}
"#,
        )],
        &expect![[r#"
            --- /dev/null
            +++ b/dofs-package.toml
            @@ -0,0 +1,10 @@
            +# How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
            +# default; docs/config.md of the tool has them all.
            +
            +# What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
            +# the same keys for one of them.
            +# python = "3.12"
            +# architecture = "x86_64"
            +
            +# What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
            +manifest = "packages.json"
            Unclear main.tf:2: `aws_lambda_function.api`, made of `api`, is left as it is: it ignores changes of its code, and would never be updated
            Next write at main.tf:2: locals { packages = jsondecode(file("${path.module}/packages.json")) }
            Next write at main.tf:2: filename = "${path.module}/${local.packages["api"].filename}"
            Next write at main.tf:2: source_code_hash = local.packages["api"].source_code_hash
        "#]],
    );
}

#[test]
fn registry_modules_that_package_by_themselves() {
    check(
        &["api", "web"],
        &[(
            "main.tf",
            r#"provider "aws" {}

module "api" {
  source  = "terraform-aws-modules/lambda/aws"
  version = "~> 7.0"

  function_name = "api"
  handler       = "app.lambda_handler"
  runtime       = "python3.12"

  source_path = "lambdas/api"

  build_in_docker          = true # slow
  docker_image             = "x"
  recreate_missing_package = false
  memory_size              = 128 # much
}

module "web" {
  source        = "terraform-aws-modules/lambda/aws"
  function_name = "web"
  handler       = "app.lambda_handler"
  runtime       = "python3.12"
  source_path = [
    {
      path             = "lambdas/web"
      pip_requirements = true
    },
  ]
  hash_extra = "x"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,5 +1,9 @@
             provider "aws" {}
 
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
             module "api" {
               source  = "terraform-aws-modules/lambda/aws"
               version = "~> 7.0"
            @@ -8,24 +12,17 @@
               handler       = "app.lambda_handler"
               runtime       = "python3.12"
 
            -  source_path = "lambdas/api"
            +  create_package         = false
            +  local_existing_package = "${path.module}/${local.packages["api"].filename}"
 
            -  build_in_docker          = true # slow
            -  docker_image             = "x"
            -  recreate_missing_package = false
            -  memory_size              = 128 # much
            +  memory_size = 128 # much
             }
 
             module "web" {
            -  source        = "terraform-aws-modules/lambda/aws"
            -  function_name = "web"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  source_path = [
            -    {
            -      path             = "lambdas/web"
            -      pip_requirements = true
            -    },
            -  ]
            -  hash_extra = "x"
            +  source                 = "terraform-aws-modules/lambda/aws"
            +  function_name          = "web"
            +  handler                = "app.lambda_handler"
            +  runtime                = "python3.12"
            +  create_package         = false
            +  local_existing_package = "${path.module}/${local.packages["web"].filename}"
             }
        "#]],
    );
}

#[test]
fn registry_modules_of_a_set_or_with_a_zip() {
    check(
        &["api", "web", "job"],
        &[(
            "main.tf",
            r#"provider "aws" {}

module "all" {
  source        = "terraform-aws-modules/lambda/aws"
  for_each      = toset(["api", "web"])
  function_name = "acme-${each.key}"
  handler       = "app.lambda_handler"
  runtime       = "python3.12"
  source_path   = "lambdas/${each.key}"
}

module "job" {
  source        = "cloudposse/lambda-function/aws"
  function_name = "job"
  handler       = "app.lambda_handler"
  runtime       = "python3.12"
  filename      = "lambdas/job/job.zip"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,18 +1,24 @@
             provider "aws" {}
 
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
             module "all" {
            -  source        = "terraform-aws-modules/lambda/aws"
            -  for_each      = toset(["api", "web"])
            -  function_name = "acme-${each.key}"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  source_path   = "lambdas/${each.key}"
            +  source                 = "terraform-aws-modules/lambda/aws"
            +  for_each               = toset(["api", "web"])
            +  function_name          = "acme-${each.key}"
            +  handler                = "app.lambda_handler"
            +  runtime                = "python3.12"
            +  create_package         = false
            +  local_existing_package = "${path.module}/${local.packages[each.key].filename}"
             }
 
             module "job" {
            -  source        = "cloudposse/lambda-function/aws"
            -  function_name = "job"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/job/job.zip"
            +  source           = "cloudposse/lambda-function/aws"
            +  function_name    = "job"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["job"].filename}"
            +  source_code_hash = local.packages["job"].source_code_hash
             }
        "#]],
    );
}

#[test]
fn registry_modules_that_go_through_s3_are_listed() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}
module "api" {
  source        = "terraform-aws-modules/lambda/aws"
  function_name = "api"
  handler       = "app.lambda_handler"
  runtime       = "python3.12"
  source_path   = "lambdas/api"
  store_on_s3   = true
  s3_bucket     = "b"
}
"#,
        )],
        &expect![[r#"
            --- /dev/null
            +++ b/dofs-package.toml
            @@ -0,0 +1,10 @@
            +# How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
            +# default; docs/config.md of the tool has them all.
            +
            +# What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
            +# the same keys for one of them.
            +# python = "3.12"
            +# architecture = "x86_64"
            +
            +# What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
            +manifest = "packages.json"
            Unclear main.tf:2: `module.api`, made of `api`, is left as it is: its code comes from S3
            Next write at main.tf:2: locals { packages = jsondecode(file("${path.module}/packages.json")) }
            Next write at main.tf:2: store_on_s3 = false
            Next write at main.tf:2: create_package = false
            Next write at main.tf:2: local_existing_package = "${path.module}/${local.packages["api"].filename}"
        "#]],
    );
}

#[test]
fn layers_take_their_packages_too() {
    let project = project(
        &["api"],
        &[
            ("layers/deps/python/own.py", "X = 1\n"),
            ("layers/more/python/other.py", "X = 1\n"),
            ("dofs-package.toml", "layers = [\"layers/*\"]\nmanifest = \"packages.json\"\n"),
            (
                "main.tf",
                r#"provider "aws" {}
data "archive_file" "deps" {
  type        = "zip"
  source_dir  = "layers/deps"
  output_path = "deps.zip"
}
resource "aws_lambda_layer_version" "deps" {
  layer_name          = "deps"
  compatible_runtimes = ["python3.12"]
  filename            = data.archive_file.deps.output_path
  source_code_hash    = data.archive_file.deps.output_base64sha256
}
module "more" {
  source       = "terraform-aws-modules/lambda/aws"
  create_layer = true
  layer_name   = "more"
  source_path  = "layers/more"
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = "lambdas/api/api.zip"
  layers        = [aws_lambda_layer_version.deps.arn]
}
"#,
            ),
        ],
    );
    expect![[r#"
        --- a/main.tf
        +++ b/main.tf
        @@ -1,26 +1,52 @@
         provider "aws" {}
        -data "archive_file" "deps" {
        -  type        = "zip"
        -  source_dir  = "layers/deps"
        -  output_path = "deps.zip"
        +
        +locals {
        +  packages = jsondecode(file("${path.module}/packages.json"))
         }
        +
        +variable "require_packages" {
        +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
        +  type        = bool
        +  default     = false
        +}
        +
         resource "aws_lambda_layer_version" "deps" {
           layer_name          = "deps"
           compatible_runtimes = ["python3.12"]
        -  filename            = data.archive_file.deps.output_path
        -  source_code_hash    = data.archive_file.deps.output_base64sha256
        +  filename            = "${path.module}/${local.packages["deps"].filename}"
        +  source_code_hash    = local.packages["deps"].source_code_hash
        +
        +  lifecycle {
        +    precondition {
        +      condition = !var.require_packages || try(
        +        filebase64sha256("${path.module}/${local.packages["deps"].filename}"), ""
        +      ) == local.packages["deps"].source_code_hash
        +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
        +    }
        +  }
         }
         module "more" {
        -  source       = "terraform-aws-modules/lambda/aws"
        -  create_layer = true
        -  layer_name   = "more"
        -  source_path  = "layers/more"
        +  source                 = "terraform-aws-modules/lambda/aws"
        +  create_layer           = true
        +  layer_name             = "more"
        +  create_package         = false
        +  local_existing_package = "${path.module}/${local.packages["more"].filename}"
         }
         resource "aws_lambda_function" "api" {
        -  function_name = "api"
        -  role          = "arn:aws:iam::1:role/r"
        -  handler       = "app.lambda_handler"
        -  runtime       = "python3.12"
        -  filename      = "lambdas/api/api.zip"
        -  layers        = [aws_lambda_layer_version.deps.arn]
        +  function_name    = "api"
        +  role             = "arn:aws:iam::1:role/r"
        +  handler          = "app.lambda_handler"
        +  runtime          = "python3.12"
        +  filename         = "${path.module}/${local.packages["api"].filename}"
        +  source_code_hash = local.packages["api"].source_code_hash
        +  layers           = [aws_lambda_layer_version.deps.arn]
        +
        +  lifecycle {
        +    precondition {
        +      condition = !var.require_packages || try(
        +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
        +      ) == local.packages["api"].source_code_hash
        +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
        +    }
        +  }
         }
    "#]].assert_eq(&adopted(&project));
}

#[test]
fn commands_that_only_make_zips_are_removed() {
    check(
        &["api", "web"],
        &[(
            "main.tf",
            r#"provider "aws" {}
resource "null_resource" "api" {
  triggers = { always = timestamp() }
  provisioner "local-exec" {
    command = "cd lambdas/api && zip -r api.zip ."
  }
}
# does more
resource "null_resource" "web" {
  provisioner "local-exec" {
    command = "cd lambdas/web && zip -r web.zip . && aws s3 cp web.zip s3://b/"
  }
}
resource "null_resource" "database" {
  provisioner "local-exec" {
    command = "psql -f schema.sql"
  }
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = "lambdas/api/api.zip"
  depends_on    = [null_resource.api]
}
resource "aws_lambda_function" "web" {
  function_name = "web"
  REST
  filename      = "lambdas/web/web.zip"
  depends_on    = [null_resource.web, null_resource.database]
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,10 +1,4 @@
             provider "aws" {}
            -resource "null_resource" "api" {
            -  triggers = { always = timestamp() }
            -  provisioner "local-exec" {
            -    command = "cd lambdas/api && zip -r api.zip ."
            -  }
            -}
             # does more
             resource "null_resource" "web" {
               provisioner "local-exec" {
            @@ -16,19 +10,49 @@
                 command = "psql -f schema.sql"
               }
             }
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "api" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/api/api.zip"
            -  depends_on    = [null_resource.api]
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
             resource "aws_lambda_function" "web" {
            -  function_name = "web"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/web/web.zip"
            -  depends_on    = [null_resource.web, null_resource.database]
            +  function_name    = "web"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["web"].filename}"
            +  source_code_hash = local.packages["web"].source_code_hash
            +  depends_on       = [null_resource.web, null_resource.database]
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["web"].filename}"), ""
            +      ) == local.packages["web"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
            Unclear main.tf:9: `null_resource.web` stays: it may do more than packaging
        "#]],
    );
}

#[test]
fn archives_of_what_commands_installed_go_with_the_commands() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}

resource "terraform_data" "install" {
  provisioner "local-exec" {
    command = "pip install -r lambdas/api/requirements.txt -t lambdas/api"
  }
}

data "archive_file" "api" {
  type        = "zip"
  source_dir  = "lambdas/api"
  output_path = "api.zip"

  depends_on = [terraform_data.install]
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = data.archive_file.api.output_path

  depends_on = [
    aws_cloudwatch_log_group.api, # first
    data.archive_file.api,
    terraform_data.install
  ]
}

resource "aws_cloudwatch_log_group" "api" {
  name = "/aws/lambda/api"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,31 +1,35 @@
             provider "aws" {}
 
            -resource "terraform_data" "install" {
            -  provisioner "local-exec" {
            -    command = "pip install -r lambdas/api/requirements.txt -t lambdas/api"
            -  }
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
             }
 
            -data "archive_file" "api" {
            -  type        = "zip"
            -  source_dir  = "lambdas/api"
            -  output_path = "api.zip"
            -
            -  depends_on = [terraform_data.install]
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
             }
 
             resource "aws_lambda_function" "api" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = data.archive_file.api.output_path
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
 
               depends_on = [
                 aws_cloudwatch_log_group.api, # first
            -    data.archive_file.api,
            -    terraform_data.install
               ]
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
 
             resource "aws_cloudwatch_log_group" "api" {
        "#]],
    );
}

#[test]
fn what_something_else_names_stays_and_is_listed() {
    check(
        &["api", "web", "job"],
        &[(
            "main.tf",
            r#"provider "aws" {}
locals {
  zip = data.archive_file.web.output_path
}
data "archive_file" "api" {
  type        = "zip"
  source_dir  = "lambdas/api"
  output_path = "api.zip"
}
data "archive_file" "web" {
  type        = "zip"
  source_dir  = "lambdas/web"
  output_path = "web.zip"
}
data "archive_file" "job" {
  type        = "zip"
  source_dir  = "lambdas/job"
  output_path = "job.zip"
  depends_on  = [null_resource.job]
}
resource "null_resource" "job" {
  provisioner "local-exec" {
    command = "pip install -t lambdas/job x"
  }
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = data.archive_file.api.output_path
}
resource "aws_lambda_function" "web" {
  function_name = "web"
  REST
  filename      = local.zip
}
resource "aws_lambda_function" "job" {
  function_name = "job"
  REST
  filename      = data.archive_file.job.output_path
}
resource "aws_lambda_permission" "job" {
  action     = "lambda:InvokeFunction"
  principal  = "x"
  function_name = "job"
  depends_on = [data.archive_file.job]
}
output "hash" {
  value = data.archive_file.api.output_base64sha256
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,16 +1,8 @@
             provider "aws" {}
            -locals {
            -  zip = data.archive_file.web.output_path
            -}
             data "archive_file" "api" {
               type        = "zip"
               source_dir  = "lambdas/api"
               output_path = "api.zip"
            -}
            -data "archive_file" "web" {
            -  type        = "zip"
            -  source_dir  = "lambdas/web"
            -  output_path = "web.zip"
             }
             data "archive_file" "job" {
               type        = "zip"
            @@ -23,26 +15,67 @@
                 command = "pip install -t lambdas/job x"
               }
             }
            +
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "api" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = data.archive_file.api.output_path
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
             resource "aws_lambda_function" "web" {
            -  function_name = "web"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = local.zip
            +  function_name    = "web"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["web"].filename}"
            +  source_code_hash = local.packages["web"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["web"].filename}"), ""
            +      ) == local.packages["web"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
             resource "aws_lambda_function" "job" {
            -  function_name = "job"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = data.archive_file.job.output_path
            +  function_name    = "job"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.packages["job"].filename}"
            +  source_code_hash = local.packages["job"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["job"].filename}"), ""
            +      ) == local.packages["job"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
             resource "aws_lambda_permission" "job" {
               action     = "lambda:InvokeFunction"
            Unclear main.tf:5: `data.archive_file.api` stays: `value` of `output.hash` at main.tf:54 names it
            Unclear main.tf:15: `data.archive_file.job` stays: `depends_on` of `aws_lambda_permission.job` at main.tf:51 names it
            Unclear main.tf:21: `null_resource.job` stays: `depends_on` of `data.archive_file.job` at main.tf:19 names it
        "#]],
    );
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let text = "\u{feff}provider \"aws\" {}\n\n# The api.\nresource \"aws_lambda_function\" \"api\" {\n  \
                function_name = \"api\"\n  role = \"r\"\n  handler = \"app.lambda_handler\"\n  runtime = \
                \"python3.12\"\n  filename = \"lambdas/api/api.zip\" # zip\n}\n";
    let project = project(&["api"], &[("main.tf", &text.replace('\n', "\r\n"))]);
    adopted(&project);
    let written = String::from_utf8(project.read("main.tf")).expect("text");
    assert!(written.starts_with('\u{feff}'));
    assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
    assert!(written.contains("].filename}\" # zip\r\n  source_code_hash = local"), "{written}");
}

#[test]
fn what_is_written_in_json_is_listed() {
    let json = r#"{"resource": {"aws_lambda_function": {"api": {"function_name": "api", "role": "r",
      "handler": "app.lambda_handler", "runtime": "python3.12", "filename": "lambdas/api/api.zip"}}}}"#;
    check(
        &["api"],
        &[("main.tf.json", json), ("provider.tf", "provider \"aws\" {}\n")],
        &expect![[r#"
            --- /dev/null
            +++ b/dofs-package.toml
            @@ -0,0 +1,10 @@
            +# How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
            +# default; docs/config.md of the tool has them all.
            +
            +# What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
            +# the same keys for one of them.
            +# python = "3.12"
            +# architecture = "x86_64"
            +
            +# What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
            +manifest = "packages.json"
            Unclear main.tf.json:1: `aws_lambda_function.api`, made of `api`, is left as it is: it is written in JSON
            Next write at main.tf.json:1: locals { packages = jsondecode(file("${path.module}/packages.json")) }
            Next write at main.tf.json:1: filename = "${path.module}/${local.packages["api"].filename}"
            Next write at main.tf.json:1: source_code_hash = local.packages["api"].source_code_hash
        "#]],
    );
}

#[test]
fn a_name_that_is_taken_is_not_taken_again() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}
locals { packages = {} }
variable "require_packages" { default = true }
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = "lambdas/api/api.zip"
}
"#,
        )],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -1,10 +1,25 @@
             provider "aws" {}
             locals { packages = {} }
             variable "require_packages" { default = true }
            +
            +locals {
            +  lambda_packages = jsondecode(file("${path.module}/packages.json"))
            +}
            +
             resource "aws_lambda_function" "api" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "lambdas/api/api.zip"
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/${local.lambda_packages["api"].filename}"
            +  source_code_hash = local.lambda_packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.lambda_packages["api"].filename}"), ""
            +      ) == local.lambda_packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn what_reads_the_manifest_is_used_again() {
    check(
        &["api", "web"],
        &[
            ("dofs-package.toml", "manifest = \"packages.json\"\n"),
            (
                "main.tf",
                r#"provider "aws" {}
locals {
  zips = jsondecode(file("${path.module}/packages.json"))
}
resource "aws_lambda_function" "api" {
  function_name    = "api"
  LONG
  filename         = local.zips.api.filename
  source_code_hash = local.zips.api.source_code_hash
}
resource "aws_lambda_function" "web" {
  function_name    = "web"
  LONG
  filename         = "lambdas/web/web.zip"
}
"#,
            ),
        ],
        &expect![[r#"
            --- a/main.tf
            +++ b/main.tf
            @@ -10,10 +10,27 @@
               filename         = local.zips.api.filename
               source_code_hash = local.zips.api.source_code_hash
             }
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "web" {
               function_name    = "web"
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = "lambdas/web/web.zip"
            +  filename         = "${path.module}/${local.zips["web"].filename}"
            +  source_code_hash = local.zips["web"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.zips["web"].filename}"), ""
            +      ) == local.zips["web"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn environments_that_share_a_module() {
    let root = r#"terraform {
  backend "s3" {}
}

module "code" {
  source = "../../modules/code"
  stage  = "STAGE"
}
"#;
    let module = r#"variable "stage" {}

data "archive_file" "api" {
  type        = "zip"
  source_dir  = "${path.module}/../../lambdas/api"
  output_path = "${path.module}/api.zip"
}

resource "aws_lambda_function" "api" {
  function_name    = "api-${var.stage}"
  LONG
  filename         = data.archive_file.api.output_path
  source_code_hash = data.archive_file.api.output_base64sha256
}
"#;
    let [dev, prod] = ["dev", "prod"].map(|stage| root.replace("STAGE", stage));
    let files = [
        ("environments/dev/main.tf", &*dev),
        ("environments/prod/main.tf", &*prod),
        ("modules/code/main.tf", module),
    ];
    check(
        &["api"],
        &files,
        &expect![[r#"
            --- a/environments/dev/main.tf
            +++ b/environments/dev/main.tf
            @@ -2,7 +2,14 @@
               backend "s3" {}
             }
 
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             module "code" {
            -  source = "../../modules/code"
            -  stage  = "dev"
            +  source           = "../../modules/code"
            +  require_packages = var.require_packages
            +  stage            = "dev"
             }
            --- a/environments/prod/main.tf
            +++ b/environments/prod/main.tf
            @@ -2,7 +2,14 @@
               backend "s3" {}
             }
 
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             module "code" {
            -  source = "../../modules/code"
            -  stage  = "prod"
            +  source           = "../../modules/code"
            +  require_packages = var.require_packages
            +  stage            = "prod"
             }
            --- a/modules/code/main.tf
            +++ b/modules/code/main.tf
            @@ -1,16 +1,29 @@
             variable "stage" {}
 
            -data "archive_file" "api" {
            -  type        = "zip"
            -  source_dir  = "${path.module}/../../lambdas/api"
            -  output_path = "${path.module}/api.zip"
            +locals {
            +  packages = jsondecode(file("${path.module}/packages.json"))
             }
 
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "api" {
               function_name    = "api-${var.stage}"
               role             = "arn:aws:iam::1:role/r"
               handler          = "app.lambda_handler"
               runtime          = "python3.12"
            -  filename         = data.archive_file.api.output_path
            -  source_code_hash = data.archive_file.api.output_base64sha256
            +  filename         = "${path.module}/${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn roots_with_functions_of_their_own() {
    let root = |name: &str| {
        format!(
            "provider \"aws\" {{}}\n\nresource \"aws_lambda_function\" \"this\" {{\n  function_name = \
             \"{name}\"\n  REST\n  filename      = \"../../lambdas/{name}/{name}.zip\"\n}}\n"
        )
    };
    let files = [("stacks/one/main.tf", &*root("api")), ("stacks/two/main.tf", &*root("web"))];
    check(
        &["api", "web"],
        &files,
        &expect![[r#"
            --- a/stacks/one/main.tf
            +++ b/stacks/one/main.tf
            @@ -1,9 +1,29 @@
             provider "aws" {}
 
            +locals {
            +  packages = jsondecode(file("${path.module}/../packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "this" {
            -  function_name = "api"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "../../lambdas/api/api.zip"
            +  function_name    = "api"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/../${local.packages["api"].filename}"
            +  source_code_hash = local.packages["api"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/../${local.packages["api"].filename}"), ""
            +      ) == local.packages["api"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
            --- a/stacks/two/main.tf
            +++ b/stacks/two/main.tf
            @@ -1,9 +1,29 @@
             provider "aws" {}
 
            +locals {
            +  packages = jsondecode(file("${path.module}/../packages.json"))
            +}
            +
            +variable "require_packages" {
            +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
            +  type        = bool
            +  default     = false
            +}
            +
             resource "aws_lambda_function" "this" {
            -  function_name = "web"
            -  role          = "arn:aws:iam::1:role/r"
            -  handler       = "app.lambda_handler"
            -  runtime       = "python3.12"
            -  filename      = "../../lambdas/web/web.zip"
            +  function_name    = "web"
            +  role             = "arn:aws:iam::1:role/r"
            +  handler          = "app.lambda_handler"
            +  runtime          = "python3.12"
            +  filename         = "${path.module}/../${local.packages["web"].filename}"
            +  source_code_hash = local.packages["web"].source_code_hash
            +
            +  lifecycle {
            +    precondition {
            +      condition = !var.require_packages || try(
            +        filebase64sha256("${path.module}/../${local.packages["web"].filename}"), ""
            +      ) == local.packages["web"].source_code_hash
            +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
            +    }
            +  }
             }
        "#]],
    );
}

#[test]
fn code_in_s3_is_listed() {
    check(
        &["api"],
        &[(
            "main.tf",
            r#"provider "aws" {}
resource "aws_s3_object" "api" {
  bucket = "b"
  key    = "api.zip"
  source = "lambdas/api/api.zip"
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  s3_bucket     = "b"
  s3_key        = aws_s3_object.api.key
}
"#,
        )],
        &expect![[r#"
            --- /dev/null
            +++ b/dofs-package.toml
            @@ -0,0 +1,10 @@
            +# How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
            +# default; docs/config.md of the tool has them all.
            +
            +# What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
            +# the same keys for one of them.
            +# python = "3.12"
            +# architecture = "x86_64"
            +
            +# What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
            +manifest = "packages.json"
            Unclear main.tf:7: `aws_lambda_function.api`, made of `api`, is left as it is: its code comes from S3
            Next write at main.tf:7: locals { packages = jsondecode(file("${path.module}/packages.json")) }
            Next write at main.tf:7: source = "${path.module}/${local.packages["api"].filename}" # of the object
            Next write at main.tf:7: source_hash = local.packages["api"].source_code_hash # of the object
            Next write at main.tf:7: source_code_hash = local.packages["api"].source_code_hash
        "#]],
    );
}

#[test]
fn what_an_override_file_sets_is_listed() {
    let text = r#"provider "aws" {}
resource "aws_lambda_function" "api" {
  function_name = "api"
  REST
  filename      = "x.zip"
}
"#;
    let other =
        "resource \"aws_lambda_function\" \"api\" {\n  filename = \"lambdas/api/api.zip\"\n}\n";
    check(
        &["api"],
        &[("main.tf", text), ("main_override.tf", other)],
        &expect![[r#"
        --- /dev/null
        +++ b/dofs-package.toml
        @@ -0,0 +1,10 @@
        +# How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
        +# default; docs/config.md of the tool has them all.
        +
        +# What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
        +# the same keys for one of them.
        +# python = "3.12"
        +# architecture = "x86_64"
        +
        +# What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
        +manifest = "packages.json"
        Unclear main.tf:2: `aws_lambda_function.api`, made of `api`, is left as it is: an override file sets what it is made of
        Next write at main.tf:2: locals { packages = jsondecode(file("${path.module}/packages.json")) }
        Next write at main.tf:2: filename = "${path.module}/${local.packages["api"].filename}"
        Next write at main.tf:2: source_code_hash = local.packages["api"].source_code_hash
    "#]],
    );
}

#[test]
fn entries_that_are_not_all_ours_are_listed() {
    check(
        &["api"],
        &[
            ("dofs-package.toml", "manifest = \"packages.json\"\n"),
            (
                "main.tf",
                r#"provider "aws" {}
resource "aws_lambda_function" "this" {
  for_each      = toset(["api", "gone"])
  function_name = each.key
  REST
  filename      = "lambdas/${each.key}/${each.key}.zip"
}
"#,
            ),
        ],
        &expect![[r#"
            Unclear main.tf:2: `aws_lambda_function.this`, made of `api`, is left as it is: some of its entries are made of no lambda here
            Next write at main.tf:2: locals { packages = jsondecode(file("${path.module}/packages.json")) }
            Next write at main.tf:2: filename = "${path.module}/${local.packages["api"].filename}"
            Next write at main.tf:2: source_code_hash = local.packages["api"].source_code_hash
            Skipped Terraform's files: nothing in them can be edited
        "#]],
    );
}

#[test]
fn a_config_without_a_manifest_gets_one() {
    let function = "provider \"aws\" {}\nresource \"aws_lambda_function\" \"api\" {\n  function_name = \
                    \"api\"\n  REST\n  filename = \"../lambdas/api/api.zip\"\n}\n";
    let own = project(
        &["api"],
        &[("tf/main.tf", function), ("dofs-package.toml", "python = \"3.12\"\n")],
    );
    expect![[r#"
        --- a/dofs-package.toml
        +++ b/dofs-package.toml
        @@ -1 +1,2 @@
         python = "3.12"
        +manifest = "tf/packages.json"
        --- a/tf/main.tf
        +++ b/tf/main.tf
        @@ -1,8 +1,29 @@
         provider "aws" {}
        +
        +locals {
        +  packages = jsondecode(file("${path.module}/packages.json"))
        +}
        +
        +variable "require_packages" {
        +  description = "Whether every package must be there, and be the one of the manifest: true for what is applied."
        +  type        = bool
        +  default     = false
        +}
        +
         resource "aws_lambda_function" "api" {
           function_name = "api"
           role          = "arn:aws:iam::1:role/r"
           handler       = "app.lambda_handler"
           runtime       = "python3.12"
        -  filename = "../lambdas/api/api.zip"
        +  filename = "${path.module}/${local.packages["api"].filename}"
        +  source_code_hash = local.packages["api"].source_code_hash
        +
        +  lifecycle {
        +    precondition {
        +      condition = !var.require_packages || try(
        +        filebase64sha256("${path.module}/${local.packages["api"].filename}"), ""
        +      ) == local.packages["api"].source_code_hash
        +      error_message = "The package is missing, or is not the one of packages.json: run `cargo dofs-package`."
        +    }
        +  }
         }
    "#]].assert_eq(&adopted(&own));
    let elsewhere = "[tool.dofs-package]\npython = \"3.12\"\n";
    let other = project(&["api"], &[("tf/main.tf", function), ("pyproject.toml", elsewhere)]);
    expect![[r#"
        exit code: 0
        --- stdout
        tf/main.tf	written
        --- stderr
             Unclear pyproject.toml: `pyproject.toml` names no package manifest
                Next write at pyproject.toml: manifest = "tf/packages.json"
                Next keep zips out of git: the line `/lambdas/*/*.zip` in .gitignore
                Next package with `cargo dofs-package` before Terraform plans: it reads `tf/packages.json`, which is made to be committed
                Next apply with `-var=require_packages=true`: Terraform refuses packages then that are missing or old
    "#]].assert_eq(&other.run(&["init", "--terraform", "--write"]).text());
}

#[test]
fn only_files_that_git_has_as_they_are_are_written() {
    let function = "provider \"aws\" {}\nresource \"aws_lambda_function\" \"api\" {\n  function_name = \
                    \"api\"\n  REST\n  filename = \"lambdas/api/api.zip\"\n}\n";
    let own = project(&["api"], &[("main.tf", function)]);
    own.write("main.tf", format!("{}# new\n", function.replace("REST", REST)));
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `main.tf` has uncommitted changes, so no file is edited
          --> main.tf
        hint: commit it first: `git add main.tf`
    "#]]
    .assert_eq(&own.run(&["init", "--terraform", "--write"]).text());
    assert!(!own.path("dofs-package.toml").exists());
    git(&own.root(), &["rm", "--quiet", "--force", "--cached", "main.tf"]);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `main.tf` is not in git, so no file is edited
          --> main.tf
        hint: commit it first: `git add main.tf`
    "#]]
    .assert_eq(&own.run(&["init", "--terraform", "--write"]).text());
}

#[test]
fn files_of_another_repository_are_listed() {
    let module = "resource \"aws_lambda_function\" \"api\" {\n  function_name = \"api\"\n  REST\n  \
                  filename = \"lambdas/api/api.zip\"\n}\n";
    let root = "provider \"aws\" {}\nmodule \"code\" {\n  source = \"./code\"\n}\nmodule \"beside\" {\n  \
                source = \"../beside\"\n  lambda = 1\n}\n";
    let own = project(&["api"], &[("main.tf", root)]);
    own.write("code/main.tf", module.replace("REST", REST));
    git(&own.path("code"), &["init", "--quiet"]);
    expect![[r#"
        exit code: 0
        --- stdout
        --- /dev/null
        +++ b/dofs-package.toml
        @@ -0,0 +1,10 @@
        +# How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
        +# default; docs/config.md of the tool has them all.
        +
        +# What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
        +# the same keys for one of them.
        +# python = "3.12"
        +# architecture = "x86_64"
        +
        +# What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
        +manifest = "packages.json"
        --- stderr
               Found `api` in `lambdas/api`, by `aws_lambda_function.api` at code/main.tf:1
             Unclear code/main.tf:1: `aws_lambda_function.api`, made of `api`, is left as it is: `code/main.tf` is in another repository
                Next write at code/main.tf:1: locals { packages = jsondecode(file("${path.module}/../packages.json")) }
                Next write at code/main.tf:1: filename = "${path.module}/../${local.packages["api"].filename}"
                Next write at code/main.tf:1: source_code_hash = local.packages["api"].source_code_hash
                Next keep zips out of git: the line `/lambdas/*/*.zip` in .gitignore
                Next make these edits with `cargo dofs-package init --terraform --write`
    "#]].assert_eq(&own.run(&["init", "--terraform"]).text());
}

#[test]
fn the_answer_in_json_has_diff_edits_and_what_is_left() {
    let function = "provider \"aws\" {}\nresource \"aws_lambda_function\" \"api\" {\n  function_name = \
                    \"api\"\n  REST\n  filename = \"lambdas/api/api.zip\"\n}\n";
    let own = project(&["api"], &[("main.tf", function)]);
    let answer = own.run(&["init", "--terraform", "--format", "json"]).json();
    assert_eq!(answer["diff"], own.run(&["init", "--terraform"]).stdout);
    expect![[r#"[{"line":2,"path":"main.tf","what":"`aws_lambda_function.api` takes `api`"}] []"#]]
        .assert_eq(&format!("{} {}", answer["edits"], answer["by_hand"]));
}

#[test]
fn write_is_of_terraform_alone() {
    let own = project(&["api"], &[]);
    assert_eq!(own.run(&["init", "--write"]).code, 2);
    assert_eq!(own.run(&["init", "--terraform", "--ci", "github"]).code, 2);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
               Found `api` in `lambdas/api`, by the handler in `lambdas/api/app.py`
             Skipped Terraform's files: no function in them is made of a lambda here
                Next set `python` in dofs-package.toml to what the functions run on
                Next keep zips out of git: the line `/lambdas/*/*.zip` in .gitignore
    "#]]
    .assert_eq(&own.run(&["init", "--terraform"]).text());
}
