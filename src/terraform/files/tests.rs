//! Files as projects have them, and what is told of their lambdas.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::expect;

use super::*;
use crate::corpus::try_all;
use crate::terraform::{Candidate, Code, Folders, Joint, by_lambda, join};

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
        usual_zip: format!("lambdas/{name}/{name}.zip").into(),
        function_name: (name == "jobs").then(|| "dofs-jobs-*".to_owned()),
        is_layer: false,
        has_dockerfile: false,
    });
    let names = candidates.each_ref().map(|candidate| (candidate.name.clone(), BTreeMap::new()));
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
        most: 100_000,
        purpose: Purpose::Values,
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
    for (path, text) in files.iter().filter(|(path, _)| texts::is_terraform((*path).into())) {
        texts.add((*path).into(), (*text).to_owned());
    }
    let is_ignored = |path: &Utf8PathBuf| path.as_str().contains("ignored");
    let ignored = texts.paths().into_iter().filter(is_ignored).collect();
    texts.remove(&ignored);
    texts.replaced()
}

fn shown(files: &Files, candidates: &[Candidate]) -> String {
    let mut lines = String::new();
    let folders = Folders { directory: None, roots: &[], project: "/home/project".into() };
    let (lambdas, unmatched) = by_lambda(&files.functions, candidates, folders);
    let is_open = |it: &&Function| it.code != Code::Image && !it.is_other();
    let note = |function: &Function| Note {
        place: function.place.clone(),
        message: format!("`{}` is of no lambda that can be told from the files", function.address),
    };
    let mut notes: Vec<Note> = unmatched.iter().filter(is_open).map(note).collect();
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
  runtime       = "python3.9"
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
    "#]]
    .assert_eq(&told(&[("terraform/main.tf", text)]));
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
    let name = crate::lambda::LambdaName::new("api");
    let (kind, form) = (crate::lambda::Kind::Function, crate::lambda::Form::Directory);
    let lambda = Lambda::new(kind, name, Utf8Path::new("lambdas/api"), form);
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

#[test]
fn a_name_whose_parts_are_not_all_known_is_that_of_a_pattern() {
    let module = r#"
variable "name" {}
resource "aws_lambda_function" "x" {
  function_name = var.name
  s3_key        = "x"
  runtime       = "python3.9"
}
"#;
    let call = |name: &str, more: &str| {
        let text = format!(
            "variable \"stage\" {{}}\nlocals {{\n  name = \"dofs-jobs-${{var.stage}}\"\n  prefix = \
             \"dofs-jobs\"\n  circle = \"dofs-jobs-${{local.circle}}\"\n}}\nmodule \"x\" {{\n  source = \
             \"./x\"\n  name = {name}\n{more}}}\n"
        );
        told(&[("terraform/main.tf", &text), ("terraform/x/main.tf", module)])
    };
    for name in [
        "\"dofs-jobs-${var.stage}\"",
        "\"${local.prefix}-${var.stage}-${terraform.workspace}\"",
        "local.name",
        "(\"${local.name}-${data.x.y.z}\")",
        "\"dofs-jobs-%{ if var.stage == \"dev\" }x%{ endif }\"",
        "join(\"-\", [\"dofs\", \"jobs\", var.stage])",
        "format(\"%s-%s\", local.prefix, var.stage)",
        "local.circle",
    ] {
        assert!(call(name, "").contains("jobs runtime python3.9"), "{name}");
    }
    let each = "  for_each = toset([\"dofs-jobs\"])\n";
    assert!(call("\"${each.key}-${var.stage}\"", each).contains("jobs runtime python3.9"));
    for name in [
        "var.stage",
        "\"dofs-${var.stage}\"",
        "\"${var.stage}-jobs-x\"",
        "upper(\"dofs-jobs-${var.stage}\")",
        "format(\"%05d-%s\", 1, var.stage)",
        "format(\"dofs-jobs-%s\")",
        "{ a = \"dofs-jobs-${var.stage}\" }",
    ] {
        assert!(!call(name, "").contains("jobs runtime"), "{name}");
    }
}

/// A function of `api` whose runtime is a variable of its root module.
const OF_A_VARIABLE: &str = r#"
variable "runtime" {
  default = "python3.12"
}
resource "aws_lambda_function" "api" {
  filename = "../lambdas/api/api.zip"
  runtime  = var.runtime
}
"#;

/// What is told of the runtime where there are these files of values.
fn runtime_with(values: &[(&str, &str)]) -> String {
    let files = [&[("terraform/main.tf", OF_A_VARIABLE)], values].concat();
    let told = told(&files);
    told.lines().filter(|line| line.contains("runtime")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_value_on_which_all_files_for_the_command_line_agree_is_taken_with_a_note() {
    let dev = ("terraform/environments/dev.tfvars", "runtime = \"python3.13\"\n");
    let prod = ("terraform/environments/prod.tfvars.json", r#"{"runtime": "python3.13"}"#);
    expect![[r#"
        api runtime python3.13 (terraform/main.tf:7)
        note: terraform/environments/dev.tfvars:1: `var.runtime` is taken from here: all files of values for `terraform` agree on it"#]].assert_eq(&runtime_with(&[dev, prod]));
    // One that leaves it to the default, which is the same.
    let prod = ("terraform/environments/prod.tfvars", "other = 1\n");
    let dev = ("terraform/environments/dev.tfvars", "runtime = \"python3.12\"\n");
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:7)
        note: terraform/environments/dev.tfvars:1: `var.runtime` is taken from here: all files of values for `terraform` agree on it"#]].assert_eq(&runtime_with(&[dev, prod]));
    // None of them sets it.
    expect!["api runtime python3.12 (terraform/main.tf:7)"].assert_eq(&runtime_with(&[prod]));
}

#[test]
fn a_value_that_files_for_the_command_line_set_differently_is_unknown_because_of_its_variable() {
    let dev = ("environments/dev.tfvars", "\nruntime = \"python3.13\"\n");
    let prod = ("environments/prod.tfvars", "runtime = \"python3.9\"\n");
    expect!["note: terraform/main.tf:7: `runtime` of `aws_lambda_function.api` can't be told from the files: `var.runtime` is `python3.13` at environments/dev.tfvars:2 and `python3.9` at environments/prod.tfvars:1"].assert_eq(&runtime_with(&[dev, prod]));
    // One leaves it to the default, or to what Terraform takes by itself.
    let prod = ("environments/prod.tfvars", "other = 1\n");
    expect!["note: terraform/main.tf:7: `runtime` of `aws_lambda_function.api` can't be told from the files: `var.runtime` is `python3.13` at environments/dev.tfvars:2 and `python3.12` at terraform/main.tf:3"].assert_eq(&runtime_with(&[dev, prod]));
    let own = ("terraform/x.auto.tfvars", "runtime = \"python3.10\"\n");
    expect!["note: terraform/main.tf:7: `runtime` of `aws_lambda_function.api` can't be told from the files: `var.runtime` is `python3.13` at environments/dev.tfvars:2 and `python3.10` at terraform/x.auto.tfvars:1"].assert_eq(&runtime_with(&[dev, own, prod]));
}

#[test]
fn of_values_that_files_set_differently_each_part_counts_by_itself() {
    let one = "c = { r = \"python3.9\", m = 1, deep = { r = \"python3.9\", m = 1 }, l = [\"python3.9\"] }\n";
    let other = one.replace("m = 1", "m = 2");
    let unknown = |part: &str, one: &str, other: &str| {
        format!(
            "note: main.tf:6: `runtime` of `aws_lambda_function.api` can't be told from the files: \
             `var.c{part}` is {one} at dev.tfvars:1 and {other} at prod.tfvars:1"
        )
    };
    for (expression, secret, other, expected) in [
        ("var.c.r", "", &*other, "api runtime python3.9 (main.tf:6)".to_owned()),
        ("var.c.deep.r", "", &other, "api runtime python3.9 (main.tf:6)".to_owned()),
        ("var.c.l[0]", "", &other, "api runtime python3.9 (main.tf:6)".to_owned()),
        ("\"python3.${var.c.deep.m}\"", "", &other, unknown(".deep.m", "`1`", "`2`")),
        (
            "\"python3.${var.c.m}\"",
            "sensitive = true",
            &other,
            unknown(".m", "one thing", "another"),
        ),
        ("var.c.r", "", "c = { r = \"python3.9\" }\n", unknown("", "one thing", "another")),
        ("var.c.r", "", "c = null\n", unknown("", "one thing", "another")),
    ] {
        let text = format!(
            "variable \"c\" {{\n  {secret}\n}}\nresource \"aws_lambda_function\" \"api\" {{\n  filename = \
             \"lambdas/api/api.zip\"\n  runtime = {expression}\n}}\n"
        );
        let files = [("main.tf", &*text), ("dev.tfvars", one), ("prod.tfvars", other)];
        let told = told(&files);
        let is_it = |line: &&str| line.contains("runtime");
        assert_eq!(told.lines().find(is_it), Some(&*expected), "{expression}: {told}");
    }
}

#[test]
fn files_of_values_count_for_whose_they_are() {
    let other = "runtime = \"python3.9\"\n";
    let told = "api runtime python3.12 (terraform/main.tf:7)";
    for path in [
        // Another clone has not got it.
        "terraform/ignored.auto.tfvars",
        "terraform/ignored.tfvars",
        "terraform/ignored_override.tf",
        // It is no file of values.
        "terraform/terraform.tfvars.example",
        // It is another module's.
        "terraform/modules/x/terraform.tfvars",
    ] {
        let module = ("terraform/modules/x/main.tf", "locals {}\n");
        assert_eq!(runtime_with(&[(path, other), module]), told, "{path}");
    }
    for path in ["terraform/terraform.tfvars", "terraform/a.auto.tfvars"] {
        let told = "api runtime python3.9 (terraform/main.tf:7)";
        assert_eq!(runtime_with(&[(path, other)]), told, "{path}");
    }
}

#[test]
fn what_the_command_line_alone_decides_is_unknown_but_where_all_ways_agree() {
    let text = r#"
variable "zip" {}
resource "aws_lambda_function" "api" {
  filename      = "../lambdas/api/api.zip"
  function_name = "api-${terraform.workspace}"
  runtime       = terraform.workspace == "prod" ? "python3.12" : "python3.12"
  handler       = terraform.workspace == "prod" ? "a.handler" : "b.handler"
  architectures = null
}
"#;
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:6)
        api architecture x86_64 (terraform/main.tf:8)
        note: terraform/main.tf:5: `function_name` of `aws_lambda_function.api` can't be told from the files: `terraform.workspace` is chosen when Terraform runs
        note: terraform/main.tf:7: `handler` of `aws_lambda_function.api` can't be told from the files: `terraform.workspace` is chosen when Terraform runs
    "#]].assert_eq(&told(&[("terraform/main.tf", text)]));
}

#[test]
fn what_two_roots_say_of_one_module_is_told_with_where_they_call_it() {
    let module = r#"
variable "runtime" {}
resource "aws_lambda_function" "api" {
  filename = "${path.module}/../../lambdas/api/api.zip"
  runtime  = var.runtime
}
"#;
    let root = |runtime: &str| {
        format!(
            "terraform {{\n  backend \"s3\" {{}}\n}}\nmodule \"app\" {{\n  source = \
             \"../../modules/app\"\n  runtime = \"{runtime}\"\n}}\n"
        )
    };
    let (dev, prod) = (root("python3.13"), root("python3.12"));
    let files = [
        ("modules/app/main.tf", module),
        ("environments/dev/main.tf", &dev),
        ("environments/prod/main.tf", &prod),
    ];
    expect![[r#"
        api architecture x86_64 (modules/app/main.tf:3)
        note: environments/dev/main.tf:4: the runtime of `api` is `python3.13` here and `python3.12` at environments/prod/main.tf:4: neither is taken
    "#]].assert_eq(&told(&files));
}

/// Folders with their texts, and those in which Terraform runs.
type Row = (&'static [(&'static str, &'static str)], &'static [&'static str]);

#[test]
fn terraform_runs_where_it_is_set_up_and_nobody_calls() {
    const FUNCTION: &str = "resource \"aws_lambda_function\" \"x\" {}\n";
    const BACKEND: &str = "terraform {\n  backend \"s3\" {}\n}\n";
    const CLOUD: &str = "terraform {\n  cloud {}\n}\n";
    const PROVIDER: &str = "provider \"aws\" {}\n";
    const CALL: &str = "module \"m\" {\n  source = \"../m\"\n}\n";
    let table: [Row; 12] = [
        (&[("main.tf", FUNCTION)], &[""]),
        (&[("a/x.tf", FUNCTION), ("b/x.tf", FUNCTION)], &["a", "b"]),
        (&[("a/x.tf", FUNCTION), ("b/x.tf", BACKEND)], &["b"]),
        (&[("a/x.tf", FUNCTION), ("b/x.tf", CLOUD), ("c/x.tf", PROVIDER)], &["b", "c"]),
        (
            &[("a/x.tf.json", r#"{"terraform": {"backend": {"s3": {}}}}"#), ("b/x.tf", FUNCTION)],
            &["a"],
        ),
        (&[("a/x.tf.json", r#"{"provider": {"aws": [{}]}}"#), ("b/x.tf", FUNCTION)], &["a"]),
        // A lock of providers, but not one that only this clone has.
        (&[("a/x.tf", FUNCTION), ("b/x.tf", FUNCTION), ("b/.terraform.lock.hcl", "")], &["b"]),
        (
            &[("a/x.tf", FUNCTION), ("c/x.tf", FUNCTION), ("c/ignored/.terraform.lock.hcl", "")],
            &["a", "c"],
        ),
        // A module that sets up a provider, and is called.
        (&[("m/x.tf", PROVIDER), ("root/x.tf", CALL), ("f/x.tf", FUNCTION)], &["f", "root"]),
        // Examples are for those who use the module.
        (&[("a/x.tf", FUNCTION), ("examples/full/x.tf", PROVIDER)], &["a"]),
        (&[("a/x.tf", BACKEND), ("examples/full/x.tf", BACKEND)], &["a"]),
        (&[("m/x.tf", FUNCTION), ("examples/x.tf", CALL)], &["examples"]),
    ];
    for (files, expected) in table {
        let texts = texts(files);
        let modules = Modules::parse(&texts.files, &mut Vec::new());
        let is_locked = |folder: &Utf8Path| texts.locked.contains(folder);
        assert_eq!(modules.roots(&is_locked), expected, "{files:?}");
    }
}

#[test]
fn what_no_root_reaches_is_a_note_and_no_more() {
    let function = |runtime: &str| {
        format!(
            "resource \"aws_lambda_function\" \"api\" {{\n  filename = \
             \"${{path.root}}/../lambdas/api/api.zip\"\n  runtime = \"{runtime}\"\n}}\n"
        )
    };
    let (own, left) = (function("python3.12"), function("python3.8"));
    let backend = "terraform {\n  backend \"s3\" {}\n}\n";
    let files = [
        ("terraform/main.tf", &*own),
        ("terraform/backend.tf", backend),
        ("old/module/main.tf", &*left),
        ("examples/full/main.tf", &*left),
        ("network/main.tf", "resource \"aws_vpc\" \"x\" {}\n"),
    ];
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:3)
        api architecture x86_64 (terraform/main.tf:1)
        note: examples/full/main.tf:1: no root module reaches `examples/full`, so its functions are not deployed
        note: old/module/main.tf:1: no root module reaches `old/module`, so its functions are not deployed
    "#]].assert_eq(&told(&files));
}

#[test]
fn files_of_opentofu_stand_in_for_those_of_terraform() {
    let of = |runtime: &str| OF_A_VARIABLE.replace("3.12", runtime);
    let (tf, tofu) = (of("3.9"), of("3.13"));
    let files = [("terraform/main.tf", &*tf), ("terraform/main.tofu", &*tofu)];
    expect![[r#"
        api runtime python3.13 (terraform/main.tofu:7)
        api architecture x86_64 (terraform/main.tofu:5)
    "#]]
    .assert_eq(&told(&files));
    // With another name it is one more file.
    let json = r#"{"variable": {"runtime": {"default": "python3.10"}}}"#;
    let files = [("terraform/main.tf", &*tf), ("terraform/a_override.tofu.json", json)];
    expect![[r#"
        api runtime python3.10 (terraform/main.tf:7)
        api architecture x86_64 (terraform/main.tf:5)
    "#]]
    .assert_eq(&told(&files));
}

/// The lambda whose code a function is made of, by the values that it has.
fn lambda_of(text: &str, others: &[(&str, &str)]) -> String {
    let told = told_with(&[("terraform/main.tf", text)], others);
    let runtimes = told.lines().filter_map(|line| line.split_once(" runtime "));
    runtimes.map(|(name, rest)| format!("{name} {}", &rest[..10])).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_files_that_terraform_makes_a_zip_of_say_whose_code_it_is() {
    let archives = [
        ("data", "source_dir = \"${path.module}/../lambdas/api\""),
        ("data", "source_dir = \"../lambdas/api/src\""),
        ("data", "source_file = \"${path.root}/../lambdas/api/api.py\""),
        ("resource", "source_dir = abspath(\"../lambdas/api\")"),
        (
            "data",
            "source {\n    content  = file(\"../lambdas/api/api.py\")\n    filename = \"a.py\"\n  }",
        ),
        (
            "data",
            "dynamic \"source\" {\n    for_each = toset([\"api.py\", \"b.py\"])\n    content {\n      content  = file(\"../lambdas/api/${source.value}\")\n      filename = source.key\n    }\n  }",
        ),
    ];
    for (kind, source) in archives {
        // By the attribute, by the text of the path, by the hash, and where the path is not known.
        let functions = [
            ("build/x.zip", "filename = {}archive_file.x.output_path"),
            ("${path.module}/build/x.zip", "filename = \"build/x.zip\""),
            ("${var.build}/x.zip", "filename = {}archive_file.x.output_path"),
        ];
        for (output, function) in functions {
            let prefix = if kind == "data" { "data." } else { "" };
            let function = function.replace("{}", prefix);
            let text = format!(
                "{kind} \"archive_file\" \"x\" {{\n  type = \"zip\"\n  {source}\n  output_path = \
                 \"{output}\"\n}}\nresource \"aws_lambda_function\" \"f\" {{\n  {function}\n  \
                 runtime = \"python3.12\"\n}}\n"
            );
            assert_eq!(lambda_of(&text, &[]), "api python3.12", "{text}");
        }
    }
}

#[test]
fn code_comes_through_arguments_entries_locals_and_objects() {
    let archive_of_each = r#"
locals {
  functions = { api = { runtime = "python3.12" }, jobs = { runtime = "python3.13" } }
}
data "archive_file" "code" {
  for_each    = local.functions
  type        = "zip"
  source_dir  = "${path.module}/../lambdas/${each.key}"
  output_path = "${path.module}/.build/${each.key}.zip"
}
"#;
    let each = "resource \"aws_lambda_function\" \"f\" {\n  for_each = local.functions\n  runtime = \
                each.value.runtime\n";
    let both = "api python3.12, jobs python3.13";
    for source in [
        "filename = data.archive_file.code[each.key].output_path",
        "filename = \".build/${each.key}.zip\"",
        "filename = \"${var.x}.zip\"\n  source_code_hash = data.archive_file.code[each.key].output_base64sha256",
    ] {
        let text = format!("{archive_of_each}{each}  {source}\n}}\n");
        assert_eq!(lambda_of(&text, &[]), both, "{source}");
    }
    for kind in ["aws_s3_object", "aws_s3_bucket_object"] {
        for source in [
            "data.archive_file.code[each.key].output_path",
            "\"../lambdas/${each.key}/${each.key}.zip\"",
        ] {
            for (key, own) in [
                ("\"code/${each.key}.zip\"", "{}.code[each.key].key"),
                ("\"${var.prefix}/${each.key}\"", "{}.code[each.key].key"),
                ("\"code/${each.key}.zip\"", "\"code/${each.key}.zip\""),
            ] {
                let own = own.replace("{}", kind);
                let text = format!(
                    "{archive_of_each}resource \"{kind}\" \"code\" {{\n  for_each = local.functions\n  bucket = \"b\"\n  key = {key}\n  source = {source}\n}}\n{each}  s3_bucket = \"b\"\n  s3_key = {own}\n}}\n"
                );
                assert_eq!(lambda_of(&text, &[]), both, "{text}");
            }
        }
    }
    // By what is in the folders.
    let text = r#"
locals {
  names = toset([for path in fileset("${path.module}/..", "lambdas/*/*.py") : basename(dirname(path))])
}
data "archive_file" "code" {
  for_each    = local.names
  type        = "zip"
  source_dir  = "../lambdas/${each.value}"
  output_path = "${each.value}.zip"
}
resource "aws_lambda_function" "f" {
  for_each = local.names
  filename = data.archive_file.code[each.value].output_path
  runtime  = each.key == "api" ? "python3.12" : "python3.13"
}
"#;
    let files = [("lambdas/api/api.py", ""), ("lambdas/jobs/a.py", ""), ("lambdas/jobs/b.py", "")];
    assert_eq!(lambda_of(text, &files), both);
}

#[test]
fn a_call_of_a_module_from_a_registry_is_a_function_by_its_arguments() {
    let of = |arguments: &str| {
        let text = format!("module \"f\" {{\n  {arguments}\n}}\n");
        told(&[("terraform/main.tf", &text)])
    };
    let known = "source = \"terraform-aws-modules/lambda/aws\"\n  function_name = \"f\"\n  handler = \"api.handler\"\n  runtime = \"python3.12\"\n  ";
    let expected = "api runtime python3.12 (terraform/main.tf:5)\napi handler api.handler (terraform/main.tf:4)\napi architecture x86_64 (terraform/main.tf:1)\napi name f (terraform/main.tf:3)\n";
    for source in [
        "source_path = \"../lambdas/api\"",
        "source_path = \"${path.module}/../lambdas/api/src\"",
        "source_path = [\"../lambdas/api\", { path = \"../lambdas/shared\", prefix_in_zip = \"shared\" }]",
        "source_path = [{ path = \"../lambdas/api\", pip_requirements = true }]",
        "create_package = false\n  local_existing_package = \"../lambdas/api/api.zip\"",
        "filename = \"../lambdas/api/api.zip\"",
        "source_path = [for name in [\"api\"] : \"../lambdas/${name}\"]",
    ] {
        assert_eq!(of(&format!("{known}{source}")), expected, "{source}");
    }
    // No function, or one of an image.
    for none in [
        "create = false",
        "create_function = false",
        "create_layer = true",
        "package_type = \"Image\"",
        "image_uri = \"x:1\"",
    ] {
        assert_eq!(of(&format!("{known}source_path = \"../lambdas/api\"\n  {none}")), "", "{none}");
    }
    // Of others nobody knows what they leave to Lambda.
    let other =
        known.replace("terraform-aws-modules/lambda/aws", "git::https://example.org/lambda.git");
    let other = other.replace("handler = \"api.handler\"\n", "");
    expect![[r#"
        api runtime python3.12 (terraform/main.tf:4)
        api name f (terraform/main.tf:3)
        note: terraform/main.tf:1: `architectures` of `module.f` can't be told from the files: `module.f` comes from elsewhere, and may have a default
        note: terraform/main.tf:1: `handler` of `module.f` can't be told from the files: `module.f` comes from elsewhere, and may have a default
    "#]].assert_eq(&of(&format!("{other}filename = \"../lambdas/api/api.zip\"")));
}

#[test]
fn an_image_has_no_package_and_a_null_is_as_good_as_nothing() {
    let of = |arguments: &str| {
        let text = format!(
            "resource \"aws_lambda_function\" \"f\" {{\n  runtime = \"python3.12\"\n  {arguments}\n}}\n"
        );
        lambda_of(&text, &[])
    };
    let zip = "filename = \"../lambdas/api/api.zip\"";
    for image in ["package_type = \"Image\"", "image_uri = var.image", "image_uri = \"x\""] {
        assert_eq!(of(image), "", "{image}");
    }
    for other in ["package_type = \"Zip\"", "image_uri = null", "image_uri = false ? \"x\" : null"]
    {
        assert_eq!(of(&format!("{zip}\n  {other}")), "api python3.12", "{other}");
    }
}

#[test]
fn hostile_files_come_to_an_end() {
    let function = |runtime: &str| {
        format!(
            "resource \"aws_lambda_function\" \"api\" {{\n  filename = \
             \"../lambdas/api/api.zip\"\n  runtime = {runtime}\n}}\n"
        )
    };
    let doubled = |first: &str, next: &dyn Fn(usize) -> String| {
        let lines = (1..60).map(|index| format!("  l{index} = {}\n", next(index - 1)));
        format!("locals {{\n  l0 = {first}\n{}}}\n", lines.collect::<String>())
    };
    let lists = doubled("[\"x\"]", &|it| format!("[local.l{it}, local.l{it}]"));
    let texts = doubled("\"xxxxxxxxxx\"", &|it| format!("\"${{local.l{it}}}${{local.l{it}}}\""));
    let joined = doubled("[\"x\"]", &|it| format!("concat(local.l{it}, local.l{it})"));
    let deep = (0..4000).map(|index| format!("  d{index} = [local.d{}]\n", index + 1));
    let deep = format!("locals {{\n{}  d4000 = []\n}}\n", deep.collect::<String>());
    let climbing = (1..4000).map(|index| format!("  d{index} = [local.d{}]\n", index - 1));
    let climbing = format!("locals {{\n  d0 = []\n{}}}\n", climbing.collect::<String>());
    let all: String = (0..4000).map(|index| format!("local.d{index}, ")).collect();
    for (locals, runtime) in [
        (&*lists, "jsonencode(local.l59)".to_owned()),
        (&lists, "indent(9007199254740991, \"x\\ny\")".to_owned()),
        (&lists, "format(\"%.70000f\", 1)".to_owned()),
        (&lists, "format(\"%70000s\", 1)".to_owned()),
        (&lists, "local.l59 == local.l58 ? \"a\" : \"b\"".to_owned()),
        (&lists, "join(\"\", flatten(local.l59))".to_owned()),
        (&texts, "local.l59".to_owned()),
        (&texts, "replace(local.l12, \"x\", local.l12)".to_owned()),
        (&texts, "replace(local.l12, \"/x/\", local.l12)".to_owned()),
        (&joined, "join(\"\", local.l59)".to_owned()),
        (&deep, "jsonencode(local.d0)".to_owned()),
        (&climbing, format!("jsonencode([{all}])")),
        (&climbing, format!("tostring(length(distinct([{all}])))")),
        ("", "join(\"\", range(0, 9007199254740991))".to_owned()),
        ("", "join(\"\", setproduct(range(99999), range(99999))[0])".to_owned()),
        ("", "format(\"%9999999999d\", 1)".to_owned()),
        ("", "indent(9999999999, \"\\n\")".to_owned()),
        ("", "regex(\"(((a{1,1000}){1,1000}){1,1000})\", \"a\")".to_owned()),
        ("", "yamldecode(\"a: &a [x, x, x, x, x, x, x, x]\\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\\nd: [*c, *c]\").d".to_owned()),
    ] {
        let text = format!("{locals}{}", function(&runtime));
        let told = told(&[("terraform/main.tf", &text)]);
        assert!(!told.contains(" runtime ") || told.contains("can't be told"), "{told:.300}");
    }
    // There is no line to indent.
    let text = function("indent(9007199254740991, \"x\")");
    assert!(told(&[("terraform/main.tf", &text)]).contains("api runtime x"));
}

#[test]
fn modules_that_call_each_other_twice_come_to_an_end() {
    let twice = |name: &str| {
        format!(
            "module \"a\" {{\n  source = \"../{name}\"\n}}\nmodule \"b\" {{\n  source = \"../{name}\"\n  count = 20\n}}\n"
        )
    };
    let function = "resource \"aws_lambda_function\" \"x\" {\n  runtime = \"python3.12\"\n}\n";
    let mut files: Vec<(String, String)> = (0..20)
        .map(|index| (format!("m{index}/main.tf"), twice(&format!("m{}", index + 1))))
        .collect();
    files.push(("m20/main.tf".to_owned(), function.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    assert!(!told(&files).contains("api"));
}

#[test]
fn a_local_module_that_is_not_here_is_told() {
    let text = "module \"lambdas\" {\n  source = \"../../shared/lambda\"\n}\nmodule \"other\" \
                {\n  source = \"./missing\"\n  runtime = \"python3.12\"\n}\nmodule \"network\" \
                {\n  source = \"./network\"\n}\n";
    expect![[r#"
        note: terraform/main.tf:2: `module.lambdas` is not here, and its functions can't be told from the files
        note: terraform/main.tf:5: `module.other` is not here, and its functions can't be told from the files
    "#]].assert_eq(&told(&[("terraform/main.tf", text)]));
}

#[test]
fn a_local_module_may_be_named_as_windows_writes_paths() {
    let call = "module \"m\" {\n  source = \".\\\\modules\\\\m\"\n}\n";
    let module = OF_A_VARIABLE.replace("../lambdas", "${path.module}/../../../lambdas");
    let files = [("terraform/main.tf", call), ("terraform/modules/m/main.tf", &*module)];
    expect![[r#"
        api runtime python3.12 (terraform/modules/m/main.tf:7)
        api architecture x86_64 (terraform/modules/m/main.tf:5)
    "#]]
    .assert_eq(&told(&files));
}

#[test]
fn what_terragrunt_may_set_is_not_known() {
    let files = [
        ("terraform/main.tf", OF_A_VARIABLE),
        ("live/dev/terragrunt.hcl", "terraform {\n  source = \"../../terraform\"\n}\n"),
        ("live/common.hcl", "inputs = {\n  runtime = \"python3.13\"\n}\n"),
    ];
    expect![[r#"
        api architecture x86_64 (terraform/main.tf:5)
        note: terraform/main.tf:7: `runtime` of `aws_lambda_function.api` can't be told from the files: `live/common.hcl` may set `var.runtime`
    "#]].assert_eq(&told(&files));
    // Files of that ending are of other programs, too.
    assert!(told(&[files[0], files[2]]).contains("api runtime python3.12"));
    let other = ("live/common.hcl", "inputs = {\n  runtime_of_others = 1\n}\n");
    assert!(told(&[files[0], files[1], other]).contains("api runtime python3.12"));
}

#[test]
fn files_are_read_however_they_are_broken() {
    try_all("terraform", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        told_with(&[("main.tf", &text), ("more.tfvars", &text)], &[("a.yaml", &text)])
    });
}
