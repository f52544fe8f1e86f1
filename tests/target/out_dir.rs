//! Where zips go changes nothing of what Terraform says: a function stays the lambda's own, by its entry
//! in the package manifest or by where the config puts the zip.

use expect_test::expect;

use crate::support::{Project, Run, Wheel, git};

/// A function of a module, by its name in the manifest.
const MODULE: &str = r#"variable "name" {}
variable "stage" {}
variable "architecture" {}
locals {
  packages = jsondecode(file("${path.root}/packages.json"))
}
resource "aws_lambda_function" "this" {
  function_name    = "${var.stage}-${var.name}"
  filename         = FILENAME
  source_code_hash = HASH
  handler          = "main.handler"
  runtime          = "python3.12"
  architectures    = [var.architecture]
}
"#;

const CALLS: &str = r#"module "api" {
  source       = "./modules/function"
  name         = "api"
  stage        = terraform.workspace
  architecture = "arm64"
}
module "jobs" {
  source       = "./modules/function"
  name         = "jobs"
  stage        = terraform.workspace
  architecture = "x86_64"
}
"#;

const OF_ENTRY: &str = "\"${path.root}/${local.packages[var.name].filename}\"";
const HASH_OF_ENTRY: &str = "local.packages[var.name].source_code_hash";
const OF_PATH: &str = "\"${path.root}/../lambdas/${var.name}/${var.name}.zip\"";
const HASH_OF_PATH: &str =
    "filebase64sha256(\"${path.root}/../lambdas/${var.name}/${var.name}.zip\")";

/// A project of two functions for two machines, whose locks say so; what Terraform calls them is not known.
fn project(filename: &str, hash: &str) -> Project {
    let project = Project::new();
    for architecture in ["aarch64", "x86_64"] {
        let tag = format!("cp312-cp312-manylinux_2_17_{architecture}");
        project.publish(&Wheel::new("one", "1.0").tag(&tag));
    }
    project.write("dofs-package.toml", "manifest = \"terraform/packages.json\"\n");
    for name in ["api", "jobs"] {
        project.write(
            &format!("lambdas/{name}/main.py"),
            format!("import one\ndef handler(event, context):\n    return \"{name}\"\n"),
        );
        project.write(&format!("lambdas/{name}/requirements.txt"), "one==1.0\n");
    }
    project.write("terraform/main.tf", CALLS);
    let module = MODULE.replace("FILENAME", filename).replace("HASH", hash);
    project.write("terraform/modules/function/main.tf", module);
    let locked = project.run(&["lock", "-q"]);
    assert_eq!(locked.code, 0, "{}", locked.text());
    let lock = String::from_utf8(project.read("lambdas/api/pylock.toml")).expect("TOML is text");
    assert!(lock.contains("aarch64") && !lock.contains("x86_64"), "{lock}");
    project
}

/// The digest and the architecture of each package; nothing was warned of.
fn built(run: &Run) -> Vec<(String, String)> {
    assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.text());
    let json = run.json();
    let packages = json["packages"].as_array().expect("packages").iter();
    let text =
        |package: &serde_json::Value, key: &str| package[key].as_str().expect("a text").to_owned();
    packages.map(|it| (text(it, "sha256"), text(it, "architecture"))).collect()
}

#[test]
fn the_target_stays_wherever_zips_go() {
    for (filename, hash) in [
        (OF_ENTRY, HASH_OF_ENTRY),
        (OF_PATH, HASH_OF_ENTRY),
        (OF_ENTRY, "filebase64sha256(\"unknown\")"),
        (OF_PATH, HASH_OF_PATH),
        // Only Terraform knows the path.
        ("data.x.y.z", HASH_OF_ENTRY),
    ] {
        let project = project(filename, hash);
        let build = |arguments: &[&str]| {
            let all = [&["build", "--locked", "--format", "json"], arguments].concat();
            built(&project.run(&all))
        };
        let first = build(&[]);
        let architectures: Vec<&str> = first.iter().map(|(_, it)| it.as_str()).collect();
        assert_eq!(architectures, ["arm64", "x86_64"], "{filename} {hash}");
        for arguments in [
            &["--out-dir", "dist"][..],
            &["--out-dir", "other/dist"],
            // The last build has put the zips elsewhere.
            &[],
            &["--out-dir", "dist", "--manifest", "dist/packages.json"],
            &["-n", "--out-dir", "../../zips"],
            &[],
        ] {
            assert_eq!(build(arguments), first, "{filename} {hash} {arguments:?}");
        }
        let tool = || project.tool().env("DOFS_PACKAGE_OUT_DIR", "dist");
        let run = tool().run(&["build", "--locked", "--format", "json"]);
        assert_eq!(built(&run), first);
        let verified = tool().run(&["verify", "-q", "--locked"]);
        assert_eq!(verified.code, 0, "{}", verified.text());
        let runtime = |line: &&str| line.contains("\truntime\tok\t");
        assert_eq!(verified.stdout.lines().filter(runtime).count(), 2, "{}", verified.text());
        project.write(
            "dofs-package.toml",
            "manifest = \"terraform/packages.json\"\nout-dir = \"x\"\n",
        );
        if filename == OF_ENTRY {
            assert_eq!(build(&[]), first);
        }
    }
}

#[test]
fn zips_outside_of_the_project_are_of_the_same_functions() {
    let project = project(OF_ENTRY, HASH_OF_ENTRY);
    let run = project.run(&["build", "--locked", "--format", "json", "--out-dir", "../../zips"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let json = run.json();
    assert_eq!(json["packages"][0]["architecture"], "arm64", "{json}");
    assert_eq!(project.run(&["build", "--locked", "-q"]).code, 0);
}

/// As "Roll back" of docs/git.md says it.
#[test]
fn a_rollback_has_the_target_that_terraform_said() {
    let project = project(OF_ENTRY, HASH_OF_ENTRY);
    project.write(".gitignore", "*.zip\n");
    let root = project.root();
    git(&root, &["init", "--quiet"]);
    let first = built(&project.run(&["build", "--locked", "--format", "json"]));
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "one"]);
    git(&root, &["tag", "v1.4"]);
    project.write("lambdas/api/main.py", "def handler(event, context):\n    return 2\n");
    assert_eq!(project.run(&["build", "-q", "--locked"]).code, 0);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "two"]);

    let back = "build --locked --format json --rev v1.4 --out-dir rollback --manifest \
                terraform/packages.json";
    let run = project.run(&back.split(' ').collect::<Vec<_>>());

    assert_eq!(built(&run), first);
    let manifest = String::from_utf8(project.read("terraform/packages.json")).expect("JSON");
    assert!(manifest.contains("\"filename\": \"../rollback/api.zip\""), "{manifest}");
    // What is built next is of the same functions.
    assert_eq!(project.run(&["build", "-q", "--locked"]).code, 0);
}

/// Terraform deploys what lies at the path, whatever the hash is of.
#[test]
fn a_function_with_the_hash_of_a_lambda_and_the_file_of_another_is_warned_of() {
    let project = project("\"${path.root}/../build/${var.name}.zip\"", HASH_OF_ENTRY);
    expect![[r#"
        warning: `api`: `aws_lambda_function.this` is made of `build/api.zip`, and the package is `lambdas/api/api.zip`: Terraform does not deploy it
          --> terraform/modules/function/main.tf:7
        hint: set its `filename` and `source_code_hash` to those of the package
            Packaged api (1.1 kB, 6 files)
             Updated terraform/packages.json
        warning: `terraform/packages.json` is new, and has only what this run has packaged
        hint: package every lambda before Terraform reads it: `cargo dofs-package build`
            Finished 1 package in [TIME]
    "#]].assert_eq(&project.run(&["build", "api"]).stderr);
}
