//! Files as projects have them, and what is told of their lambdas.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::expect;

use super::*;
use crate::terraform::{Candidate, Folders, Joint, by_lambda, join};

/// What the files tell of `api` and `jobs`, a line each, with notes and warnings.
fn told(files: &[(&str, &str)]) -> String {
    told_with(files, &[])
}

/// The same, with other files for `file(…)`.
fn told_with(files: &[(&str, &str)], others: &[(&str, &str)]) -> String {
    let candidates = ["api", "jobs"].map(|name| Candidate {
        name: name.to_owned(),
        directory: format!("lambdas/{name}").into(),
        zip: format!("lambdas/{name}/{name}.zip").into(),
        function_name: (name == "jobs").then(|| "dofs-jobs-*".to_owned()),
    });
    let names = candidates.each_ref().map(|candidate| candidate.name.clone());
    let others: BTreeMap<Utf8PathBuf, String> =
        others.iter().map(|(path, text)| ((*path).into(), (*text).to_owned())).collect();
    let read = |path: &Utf8Path| others.get(path).cloned();
    let list = |folder: &Utf8Path| {
        let below = others.keys().filter_map(|path| path.strip_prefix(folder).ok());
        Some(below.map(Utf8Path::to_owned).collect())
    };
    let surroundings = Surroundings {
        read: &read,
        list: &list,
        is_ignored: &|path| path.as_str().contains("ignored"),
        manifest: Some(Manifest {
            path: Utf8Path::new("terraform/packages.json"),
            lambdas: &names,
        }),
    };
    shown(&evaluate(&texts(files), Vec::new(), None, surroundings), &candidates)
}

/// Texts as they are read from disk.
fn texts(files: &[(&str, &str)]) -> Texts {
    let mut texts = Texts::default();
    for (path, text) in files {
        texts.add((*path).into(), (*text).to_owned());
    }
    texts.replaced()
}

fn shown(files: &Files, candidates: &[Candidate]) -> String {
    let mut lines = String::new();
    let folders = Folders { directory: None, roots: &[], project: "/home/project".into() };
    let (lambdas, unmatched) = by_lambda(&files.functions, candidates, folders);
    let mut notes: Vec<Note> = unmatched;
    for (name, functions) in &lambdas {
        let joined = join(name, functions);
        let values = [
            ("runtime", &joined.runtime),
            ("handler", &joined.handler),
            ("architecture", &joined.architecture),
            ("name", &joined.name),
        ];
        for (what, value) in values {
            if let Joint::Known { text, place: Some(place) } = value {
                let _ = writeln!(lines, "{name} {what} {text} ({place})");
            }
        }
        let unknown = functions.iter().flat_map(Function::unknown).map(|(note, _)| note);
        notes.extend(unknown.chain(joined.notes()).cloned());
    }
    notes.extend(files.foreign.iter().chain(&files.notes).cloned());
    notes.sort();
    notes.dedup();
    for note in notes {
        let _ = writeln!(lines, "note: {note}");
    }
    for warning in &files.warnings {
        let place = warning.place.clone().unwrap();
        let hint = warning.hint.clone().unwrap_or_default();
        let _ = writeln!(lines, "warning: {place}: {} ({hint})", warning.message);
    }
    lines
}

#[test]
fn literal_values_are_told_with_their_lines() {
    let text = r#"
resource "aws_lambda_function" "api" {
  function_name    = "dofs-api"
  filename         = "../lambdas/api/api.zip"
  source_code_hash = filebase64sha256("../lambdas/api/api.zip")
  handler          = "api.handler"
  runtime          = "python3.12"
  architectures    = ["arm64"]
}

resource "aws_lambda_function" "work" {
  filename = "${path.module}/../lambdas/jobs/jobs.zip"
  handler  = "jobs.handler"
  runtime  = "python3.9"
}

resource "aws_lambda_function" "image" {
  package_type = "Image"
  image_uri    = "repository/image:1"
}

data "aws_lambda_function" "other" {
  function_name = "other"
}
"#;
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:7)
        api handler api.handler (terraform/main.tf:6)
        api architecture arm64 (terraform/main.tf:8)
        api name dofs-api (terraform/main.tf:3)
        jobs runtime python3.9 (terraform/main.tf:14)
        jobs handler jobs.handler (terraform/main.tf:13)
        jobs architecture x86_64 (terraform/main.tf:11)
    "#]]
    .assert_eq(&told(&[("terraform/main.tf", text)]));
}

#[test]
fn locals_of_all_files_of_a_module_are_known_and_variables_by_their_default() {
    let main = r#"
resource "aws_lambda_function" "api" {
  function_name = "${var.prefix}-api"
  filename      = "${local.lambdas}/api/api.zip"
  handler       = format("%s.%s", local.module, "handler")
  runtime       = local.settings.runtime
  architectures = [local.settings["architecture"]]
}

resource "aws_lambda_function" "jobs" {
  filename      = "${var.lambdas}/jobs/jobs.zip"
  runtime       = var.runtime
  handler       = data.x.y.handler
  architectures = var.architectures
}
"#;
    let locals = r#"
locals {
  lambdas  = abspath("${path.root}/../lambdas")
  module   = "api"
  settings = merge(local.defaults, { runtime = "python3.12", })
  defaults = { "runtime" : "python3.9", architecture = "x86_64" }
}
variable "runtime" {
  default = "python3.11"
}
"#;
    let files = [("terraform/main.tf", main), ("terraform/locals.tf", locals)];
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:6)
        api handler api.handler (terraform/main.tf:5)
        api architecture x86_64 (terraform/main.tf:7)
        jobs runtime python3.11 (terraform/main.tf:12)
        note: terraform/main.tf:3: `function_name` of `aws_lambda_function.api` can't be told from the files: no file sets `var.prefix`
        note: terraform/main.tf:13: `handler` of `aws_lambda_function.jobs` can't be told from the files: `data.x.y` is known to Terraform only
        note: terraform/main.tf:14: `architectures` of `aws_lambda_function.jobs` can't be told from the files: no file sets `var.architectures`
    "#]].assert_eq(&told(&files));
}

/// A module with a `for_each` over what it is called with, as many projects have it.
const COMPUTE: &str = r#"
variable "functions" {
  type = map(object({ handler = string, runtime = string }))
}
variable "environment" {}
variable "architecture" {
  default = "arm64"
}
locals {
  packages = jsondecode(file("${path.module}/../../packages.json"))
}
resource "aws_lambda_function" "this" {
  for_each         = var.functions
  function_name    = "dofs-${replace(each.key, "_", "-")}-${var.environment}"
  filename         = "${path.module}/../../${local.packages[each.key].filename}"
  source_code_hash = local.packages[each.key].source_code_hash
  handler          = each.value.handler
  runtime          = try(each.value.runtime, "python3.12")
  architectures    = [var.architecture]
}
"#;

/// A call of it.
const CALL: &str = r#"
locals {
  functions = {
    api  = { handler = "api.handler" }
    jobs = { handler = "jobs.handler", runtime = "python3.13", role = aws_iam_role.run.arn }
  }
}
module "compute" {
  source      = "./modules/compute"
  functions   = local.functions
  environment = var.environment
}
"#;

#[test]
fn functions_come_through_calls_of_modules_and_entries_of_maps() {
    let files = [("terraform/main.tf", CALL), ("terraform/modules/compute/main.tf", COMPUTE)];
    let packages = r#"{
        "api": {"filename": "../lambdas/api/api.zip", "source_code_hash": "x"},
        "jobs": {"filename": "../lambdas/jobs/jobs.zip", "source_code_hash": "y"}
    }"#;
    let with = told_with(&files, &[("terraform/packages.json", packages)]);
    expect![[r#"
        api runtime python3.12 (terraform/modules/compute/main.tf:18)
        api handler api.handler (terraform/modules/compute/main.tf:17)
        api architecture arm64 (terraform/modules/compute/main.tf:19)
        jobs runtime python3.13 (terraform/modules/compute/main.tf:18)
        jobs handler jobs.handler (terraform/modules/compute/main.tf:17)
        jobs architecture arm64 (terraform/modules/compute/main.tf:19)
        note: terraform/modules/compute/main.tf:14: `function_name` of `aws_lambda_function.this` can't be told from the files: no file sets `var.environment`
    "#]].assert_eq(&with);
    // Before the first build there is no manifest: then the key is the lambda's name.
    let without = told(&files);
    let lambdas =
        |text: &str| -> String { text.lines().filter(|line| !line.starts_with("note")).collect() };
    assert_eq!(lambdas(&without), lambdas(&with));
}

#[test]
fn a_module_of_one_function_is_called_once_for_each() {
    let module = r#"
variable "name" {}
variable "runtime" { default = "python3.12" }
variable "zip" {}
resource "aws_lambda_function" "this" {
  function_name = var.name
  filename      = var.zip
  handler       = "${var.name}.handler"
  runtime       = var.runtime
}
"#;
    let main = r#"
module "function" {
  for_each = toset(["api", "jobs"])
  source   = "../modules/function"
  name     = each.value
  zip      = "${path.module}/../../lambdas/${each.key}/${each.key}.zip"
}
module "registry" {
  source  = "terraform-aws-modules/lambda/aws"
  version = "7.0.0"
}
"#;
    let files = [("infra/dev/main.tf", main), ("infra/modules/function/main.tf", module)];
    expect![[r#"
        api runtime python3.12 (infra/modules/function/main.tf:9)
        api handler api.handler (infra/modules/function/main.tf:8)
        api architecture x86_64 (infra/modules/function/main.tf:5)
        api name api (infra/modules/function/main.tf:6)
        jobs runtime python3.12 (infra/modules/function/main.tf:9)
        jobs handler jobs.handler (infra/modules/function/main.tf:8)
        jobs architecture x86_64 (infra/modules/function/main.tf:5)
        jobs name jobs (infra/modules/function/main.tf:6)
        note: infra/dev/main.tf:9: `module.registry` comes from elsewhere, and its functions can't be told from the files
    "#]]
    .assert_eq(&told(&files));
}

#[test]
fn the_root_of_the_project_may_be_the_root_module() {
    let text = r#"
locals {
  folder = "${path.module}/lambdas"
  plain  = jsondecode(file("${path.root}/plain.json"))
}

resource "aws_lambda_function" "all" {
  for_each      = toset(["api", "jobs"])
  function_name = each.key
  filename      = "${local.folder}/${each.key}/${each.key}.zip"
  handler       = local.plain.handler
  runtime       = "python3.13"
}
"#;
    let plain = ("plain.json", r#"{"handler": "plain.handler"}"#);
    expect![[r#"
        api runtime python3.13 (main.tf:12)
        api handler plain.handler (main.tf:11)
        api architecture x86_64 (main.tf:7)
        api name api (main.tf:9)
        jobs runtime python3.13 (main.tf:12)
        jobs handler plain.handler (main.tf:11)
        jobs architecture x86_64 (main.tf:7)
        jobs name jobs (main.tf:9)
    "#]]
    .assert_eq(&told_with(&[("main.tf", text)], &[plain]));
}

#[test]
fn what_two_functions_of_one_lambda_say_in_two_ways_is_not_taken() {
    let stage = |name: &str, runtime: &str| {
        format!(
            r#"resource "aws_lambda_function" "api" {{
  function_name = "api-{name}"
  filename      = "../../lambdas/api/api.zip"
  handler       = "api.handler"
  runtime       = "{runtime}"
}}
"#
        )
    };
    let (dev, prod) = (stage("dev", "python3.13"), stage("prod", "python3.12"));
    let files = [("infra/dev/main.tf", &*dev), ("infra/prod/main.tf", &*prod)];
    expect![[r#"
        api handler api.handler (infra/dev/main.tf:4)
        api architecture x86_64 (infra/dev/main.tf:1)
        note: infra/dev/main.tf:2: the function name of `api` is `api-dev` here and `api-prod` at infra/prod/main.tf:2: neither is taken
        note: infra/dev/main.tf:5: the runtime of `api` is `python3.13` here and `python3.12` at infra/prod/main.tf:5: neither is taken
    "#]].assert_eq(&told(&files));
}

#[test]
fn code_from_s3_is_found_by_its_name_in_the_config_and_what_is_of_no_lambda_is_noted() {
    let text = r#"
resource "aws_lambda_function" "x" {
  function_name = "dofs-jobs-dev"
  s3_bucket     = aws_s3_bucket.code.id
  s3_key        = "x"
  handler       = "jobs.handler"
  runtime       = "python3.12"
}
resource "aws_lambda_function" "archived" {
  filename      = data.archive_file.code.output_path
  function_name = "other"
  runtime       = "nodejs22.x"
}
resource "aws_lambda_function" "off" {
  count    = 0
  filename = "../lambdas/api/api.zip"
  runtime  = "python3.6"
}
"#;
    expect![[r#"
        jobs runtime python3.12 (terraform/main.tf:7)
        jobs handler jobs.handler (terraform/main.tf:6)
        jobs architecture x86_64 (terraform/main.tf:2)
        jobs name dofs-jobs-dev (terraform/main.tf:3)
        note: terraform/main.tf:9: `aws_lambda_function.archived` is of no lambda that can be told from the files
    "#]].assert_eq(&told(&[("terraform/main.tf", text)]));
}

#[test]
fn files_that_are_no_hcl_are_left_alone_and_those_that_override_others_do() {
    let good = r#"
resource "aws_lambda_function" "api" {
  filename = "lambdas/api/api.zip"
  runtime  = "python3.12"
}
"#;
    let broken = "resource \"aws_lambda_function\" \"x\" {\n  runtime = \n}\n";
    let files = [("main.tf", good), ("broken.tf", broken), ("main_override.tf", good)];
    expect![[r#"
        api runtime python3.12 (main_override.tf:4)
        api architecture x86_64 (main.tf:2)
        warning: broken.tf:2: a file of Terraform's can't be read, and is left alone: invalid expression; expected `"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit (run `terraform validate`)
    "#]].assert_eq(&told(&files));
}

#[test]
fn values_that_refer_to_themselves_come_to_an_end() {
    let circle = r#"
locals {
  a = local.b
  b = local.a
  l0 = ["x", "x"]
  l1 = [local.l0, local.l0, local.l0, local.l0, local.l0, local.l0, local.l0, local.l0]
  l2 = [local.l1, local.l1, local.l1, local.l1, local.l1, local.l1, local.l1, local.l1]
  l3 = [local.l2, local.l2, local.l2, local.l2, local.l2, local.l2, local.l2, local.l2]
  l4 = [local.l3, local.l3, local.l3, local.l3, local.l3, local.l3, local.l3, local.l3]
  l5 = [local.l4, local.l4, local.l4, local.l4, local.l4, local.l4, local.l4, local.l4]
  l6 = [local.l5, local.l5, local.l5, local.l5, local.l5, local.l5, local.l5, local.l5]
  l7 = [local.l6, local.l6, local.l6, local.l6, local.l6, local.l6, local.l6, local.l6]
}
resource "aws_lambda_function" "api" {
  filename = "lambdas/api/api.zip"
  runtime  = local.a
  handler  = local.l7
}
module "self" {
  source = "./m"
}
"#;
    let called = "module \"again\" {\n  source = \"../m\"\n}\n";
    expect![[r#"
        api architecture x86_64 (main.tf:14)
        note: main.tf:16: `runtime` of `aws_lambda_function.api` can't be told from the files: it refers to itself
        note: main.tf:17: `handler` of `aws_lambda_function.api` can't be told from the files: it is a list, and no text
    "#]].assert_eq(&told(&[("main.tf", circle), ("m/main.tf", called)]));
}

#[test]
fn deep_brackets_are_no_danger() {
    let deep = format!(
        "resource \"aws_lambda_function\" \"x\" {{\n  runtime = {}1{}\n}}\n",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    expect![[r#"
        warning: main.tf:2: a file of Terraform's can't be read, and is left alone: invalid nesting depth; expected at most 64 nested levels (run `terraform validate`)
    "#]].assert_eq(&told(&[("main.tf", &deep)]));
}

#[test]
fn files_are_looked_for_where_a_project_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let paths = [
        "main.tf",
        "terraform/modules/a/main.tf",
        "terraform/.terraform/modules/b/main.tf",
        "lambdas/api/main.tf",
        "lambdas/api/infra/main.tf",
        "lambdas/api/vendor/main.tf",
        "lambdas/shared/main.tf",
        "web/node_modules/x/main.tf",
        "env/pyvenv.cfg",
        "env/main.tf",
        "terraform/main.tf.json",
        "terraform/main.tfvars",
    ];
    for path in paths {
        let path = root.join(path);
        crate::fs::create_directory(path.parent().unwrap()).unwrap();
        crate::fs::write(&path, b"x = 1\n").unwrap();
    }
    crate::fs::write(&root.join("bytes.tf"), b"\xff").unwrap();
    let tree = Tree::new(root).unwrap();
    let name = crate::lambda::LambdaName::new(Utf8Path::new("lambdas/api")).unwrap();
    let lambda = Lambda { name, directory: "lambdas/api".into() };
    let mut warnings = Vec::new();
    let texts = texts::read(&tree, &[lambda], &mut warnings).unwrap();
    let found: Vec<&str> = texts.files.keys().map(|path| path.as_str()).collect();
    assert_eq!(
        found,
        [
            "lambdas/api/infra/main.tf",
            "lambdas/api/main.tf",
            "lambdas/shared/main.tf",
            "main.tf",
            "terraform/main.tf.json",
            "terraform/modules/a/main.tf"
        ]
    );
    let variables: Vec<&str> = texts.variables.keys().map(|path| path.as_str()).collect();
    assert_eq!(variables, ["terraform/main.tfvars"]);
    let warned: Vec<String> =
        warnings.iter().map(|warning| warning.place.clone().unwrap().to_string()).collect();
    assert_eq!(warned, ["bytes.tf"]);
}

#[test]
fn before_the_first_manifest_a_resource_is_of_the_lambda_it_is_called_after() {
    let text = r#"
locals {
  packages = jsondecode(file("${path.module}/packages.json"))
}
resource "aws_lambda_function" "api" {
  filename = "${path.module}/${local.packages.api.filename}"
  runtime  = "python3.12"
  handler  = "api.handler"
}
"#;
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:7)
        api handler api.handler (terraform/main.tf:8)
        api architecture x86_64 (terraform/main.tf:5)
    "#]]
    .assert_eq(&told(&[("terraform/main.tf", text)]));
}

#[test]
fn every_lambda_is_in_the_manifest_that_the_next_build_leaves() {
    let text = r#"
locals {
  packages = jsondecode(file("${path.module}/packages.json"))
  others   = jsondecode(file("${path.module}/others.json"))
}
resource "aws_lambda_function" "this" {
  for_each = local.packages
  filename = "${path.module}/${each.value.filename}"
  runtime  = "python3.12"
  handler  = "${each.key}.handler"
}
resource "aws_lambda_function" "other" {
  for_each = local.others
  filename = "${path.module}/${each.value.filename}"
  runtime  = "python3.9"
}
"#;
    let files = [("terraform/main.tf", text)];
    let complete = r#"{"api": {"filename": "../lambdas/api/api.zip"},
        "jobs": {"filename": "../lambdas/jobs/jobs.zip"}}"#;
    let with = |text: &str| told_with(&files, &[("terraform/packages.json", text)]);
    let complete = with(complete);
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:9)
        api handler api.handler (terraform/main.tf:10)
        api architecture x86_64 (terraform/main.tf:6)
        jobs runtime python3.12 (terraform/main.tf:9)
        jobs handler jobs.handler (terraform/main.tf:10)
        jobs architecture x86_64 (terraform/main.tf:6)
        note: terraform/main.tf:12: `aws_lambda_function.other` is of no lambda that can be told from the files
    "#]].assert_eq(&complete);
    assert_eq!(told(&files), complete);
    assert_eq!(with(r#"{"api": {"filename": "../lambdas/api/api.zip"}}"#), complete);
    assert_eq!(with("<<<<<<< ours"), complete);
}

/// Each says whose it is; what only looks alike is not.
#[test]
fn a_function_is_of_the_lambda_that_it_says_it_is_made_of() {
    let function = |label: &str, body: &str| {
        format!(
            "resource \"aws_lambda_function\" \"{label}\" {{\n  {body}\n  runtime = \"python3.9\"\n}}\n"
        )
    };
    let of = |text: &str| -> String {
        let told = told(&[("terraform/main.tf", text)]);
        let runtimes = told.lines().filter_map(|line| line.split_once(" runtime "));
        runtimes.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
    };
    let table = [
        ("api", "filename = \"../lambdas/api/api.zip\"", "api"),
        ("x", "filename = \"${path.module}/../lambdas/api/api.zip\"", "api"),
        ("x", "filename = \"${var.root}/lambdas/api/api.zip\"", "api"),
        ("x", "filename = \"${var.root}/api/api.zip\"", "api"),
        // Another zip of that name, or what is not there, is none of ours.
        ("x", "filename = \"../build/api.zip\"", ""),
        ("x", "filename = \"/opt/api.zip\"", ""),
        ("x", "filename = \"../../elsewhere/lambdas/api/api.zip\"", ""),
        ("x", "filename = \"${var.root}/api.zip\"", ""),
        ("x", "filename = \"${var.root}/other/lambdas/api/api.zip\"", ""),
        ("x", "filename = \"${path.cwd}/../lambdas/api/api.zip\"", "api"),
        ("x", "filename = \"${var.root}/other/api.zip\"", ""),
        ("x", "filename = \"${var.root}-api/api.zip\"", ""),
        // What a resource is called says little.
        ("api", "filename = var.zip", "api"),
        ("api", "filename = \"../build/other.zip\"", ""),
        ("api", "s3_bucket = \"x\"\n  s3_key = \"api.zip\"", ""),
        ("jobs", "filename = var.zip\n  function_name = \"other\"", ""),
        ("jobs", "filename = var.zip\n  function_name = \"dofs-jobs-dev\"", "jobs"),
    ];
    for (label, body, expected) in table {
        assert_eq!(of(&function(label, body)), expected, "{label}: {body}");
    }
    // And nothing where another function is known to be made of that lambda.
    let exact = function("exact", "filename = \"../lambdas/api/api.zip\"");
    let namesake = function("api", "filename = var.zip\n  handler = \"wrong.handler\"");
    let told = told(&[("terraform/main.tf", &(namesake + &exact))]);
    assert!(!told.contains("handler"), "{told}");
}
