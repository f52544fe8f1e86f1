//! A layer and a function that stands on it, deployed: what is left out of the function is found in
//! the layer, unpacked as Lambda does it.

use std::path::Path;

use crate::support::rig::Rig;
use crate::support::{Project, Run, Wheel, output, python};

const TERRAFORM: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

locals {
  packages = jsondecode(file("${path.module}/packages.json"))
}

resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_lambda_layer_version" "deps" {
  layer_name          = "deps"
  filename            = local.packages.deps.filename
  source_code_hash    = local.packages.deps.source_code_hash
  compatible_runtimes = ["python3.12"]
}

resource "aws_lambda_function" "api" {
  function_name    = "api"
  role             = aws_iam_role.api.arn
  filename         = local.packages.api.filename
  source_code_hash = local.packages.api.source_code_hash
  handler          = "handler.lambda_handler"
  runtime          = "python3.12"
  layers           = [aws_lambda_layer_version.deps.arn]
}
"#;

/// Unpacks both zips, and calls the handler with nothing else on its path.
const CALL: &str = "
import sys, zipfile
task, opt, api, deps = sys.argv[1:]
zipfile.ZipFile(api).extractall(task)
zipfile.ZipFile(deps).extractall(opt)
sys.path[:] = [task, opt + '/python'] + [it for it in sys.path if 'site-packages' not in it and it]
import handler
print(handler.lambda_handler({}, None))
";

/// Runs the tool where the AWS CLI finds the emulated AWS.
fn tool(project: &Project, rig: &Rig, arguments: &[&str]) -> Run {
    let mut tool = project.tool();
    for (name, value) in rig.variables() {
        let name = name.to_str().expect("names of variables are UTF-8");
        if name != "HOME" {
            tool = tool.env(name, value);
        }
    }
    tool.run(arguments)
}

fn terraform(project: &Project, rig: &Rig, arguments: &[&str]) -> String {
    output(rig.command("terraform").args(arguments).current_dir(project.root()))
}

#[test]
#[ignore = "needs terraform, an offline provider mirror, moto and python3.12"]
fn what_is_left_out_of_a_function_is_found_in_its_layer() {
    let (project, rig) = (Project::new(), Rig::start());
    project.write("main.tf", TERRAFORM);
    let config = "layers = [\"layers/*\"]\nmanifest = \"packages.json\"\n[lambda.api]\nlayers = [\"deps\"]\n";
    project.write("dofs-package.toml", config);
    for version in ["1.0", "2.0"] {
        project.publish(&Wheel::new("one", version));
    }
    project.publish(&Wheel::new("own", "1.0"));
    let text = "import one, own, shared\n\n\ndef lambda_handler(event, context):\n    \
                return one.VERSION + own.VERSION + one.__file__.split('/')[-3] + shared.A\n";
    project.write("lambdas/api/handler.py", text);
    project.write("lambdas/api/requirements.txt", "one==1.0\nown==1.0\n");
    project.write("layers/deps/requirements.txt", "one==1.0\n");
    project.write("layers/deps/shared.py", "A = '!'\n");
    let built = project.run(&["-q"]);
    assert_eq!((built.code, &*built.stderr), (0, ""), "{}", built.text());
    assert!(!project.entries("lambdas/api/api.zip").contains_key("one/__init__.py"));

    terraform(&project, &rig, &["init", "-no-color"]);
    terraform(&project, &rig, &["apply", "-no-color", "-auto-approve"]);
    let deployed = tool(&project, &rig, &["verify", "-q", "--deployed"]);
    assert_eq!(deployed.code, 0, "{}", deployed.text());
    assert!(
        deployed.stdout.contains("deps\tdeployed\tok\tdeps:1: its latest version is this package"),
        "{}",
        deployed.text()
    );
    project.write("state.json", terraform(&project, &rig, &["show", "-json"]));
    let state = tool(&project, &rig, &["verify", "-q", "--state", "state.json", "--deployed"]);
    assert_eq!(state.code, 0, "{}", state.text());

    let (task, opt) = (rig.folder("task"), rig.folder("opt"));
    let mut call = rig.command(python("3.12"));
    call.args(["-I", "-c", CALL]).args([&task, &opt]);
    call.args(["lambdas/api/api.zip", "layers/deps/deps.zip"].map(|zip| project.path(zip)));
    let answer = output(call.current_dir(Path::new("/")));
    assert_eq!(answer, "1.01.0python!\n");

    // Another version in the layer is another one of the layer, and the function has its own again.
    project.write("layers/deps/requirements.txt", "one==2.0\n");
    let built = project.run(&["-q"]);
    assert_eq!(built.code, 0, "{}", built.text());
    let differs = tool(&project, &rig, &["verify", "-q", "--deployed"]);
    assert_eq!(differs.code, 1, "{}", differs.text());
    assert!(
        differs
            .stdout
            .contains("deps\tdeployed\tdiffers\tdeps:1: its latest version has other code"),
        "{}",
        differs.text()
    );
    let state = tool(&project, &rig, &["verify", "deps", "-q", "--state", "state.json"]);
    assert_eq!(state.code, 1, "{}", state.text());
    terraform(&project, &rig, &["apply", "-no-color", "-auto-approve"]);
    let deployed = tool(&project, &rig, &["verify", "-q", "--deployed"]);
    assert_eq!(deployed.code, 0, "{}", deployed.text());
}
