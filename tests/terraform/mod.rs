//! The order system deployed for real, by Terraform and the AWS provider, to an emulated AWS.
//!
//! Applying it takes a minute, for the provider waits for queues and functions in turn: each test
//! here tells a whole story about one deployment.

mod drift;
mod edited;
mod layers;
mod pipeline;
mod runtime;
mod system;

use std::collections::BTreeMap;
use std::process::Output;

use crate::support::rig::{REGION, Rig, STATE_BUCKET};
use crate::support::{Project, Run};

/// The lambdas, by name.
const LAMBDAS: [&str; 5] =
    ["api_handler", "dlq_processor", "fulfill_order", "order_storage", "validator"];

/// A checkout of the order system, and an AWS for it.
struct System {
    project: Project,
    rig: Rig,
}

/// What Terraform said.
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl System {
    /// A checkout that is packaged, and Terraform initialised for it.
    fn new() -> Self {
        let system = Self { project: Project::from_fixture("dofs"), rig: Rig::start() };
        system.package();
        system.init();
        system
    }

    /// Initialises Terraform in the checkout, where it keeps a lock of its providers.
    fn init(&self) {
        let settings = [
            format!("-backend-config=bucket={STATE_BUCKET}"),
            "-backend-config=key=dofs/dev.tfstate".to_owned(),
            format!("-backend-config=region={REGION}"),
        ];
        let init = ["init"].into_iter().chain(settings.iter().map(String::as_str));
        self.terraform(&init.collect::<Vec<_>>()).expect_code(0);
    }

    /// Packages everything.
    fn package(&self) -> Run {
        let run = self.project.tool().online().run(&["build", "--locked"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run
    }

    /// Runs the tool where the AWS CLI finds the emulated AWS.
    fn tool(&self, arguments: &[&str]) -> Run {
        let mut tool = self.project.tool();
        for (name, value) in self.rig.variables() {
            let name = name.to_str().expect("names of variables are UTF-8");
            if name != "HOME" {
                tool = tool.env(name, value);
            }
        }
        tool.run(arguments)
    }

    /// Runs Terraform in the project's folder for it.
    fn terraform(&self, arguments: &[&str]) -> Said {
        let mut terraform = self.rig.command("terraform");
        terraform.args(arguments).current_dir(self.project.path("terraform"));
        let Output { status, stdout, stderr } = terraform.output().expect("terraform is on PATH");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: status.code().unwrap_or(-1), stdout: text(&stdout), stderr: text(&stderr) }
    }

    /// Plans for the environment `dev`; 0 where there is nothing to do, 2 where there is, 1 where
    /// it fails.
    fn plan(&self, arguments: &[&str]) -> Said {
        let all = ["plan", "-no-color", "-detailed-exitcode", "-var-file=environments/dev.tfvars"];
        self.terraform(&[&all[..], &["-out=test.tfplan"], arguments].concat())
    }

    /// Applies the last plan.
    fn apply(&self) -> Said {
        // Most of it is waiting.
        self.terraform(&["apply", "-no-color", "-parallelism=30", "test.tfplan"])
    }

    /// The last plan as JSON.
    fn plan_json(&self) -> String {
        self.terraform(&["show", "-json", "test.tfplan"]).expect_code(0).stdout
    }

    /// What the last plan does with functions that it doesn't leave alone, by lambda.
    fn planned(&self) -> BTreeMap<String, Vec<String>> {
        let plan: serde_json::Value = serde_json::from_str(&self.plan_json()).expect("JSON");
        let changes = plan["resource_changes"].as_array().expect("a list").iter();
        let functions = changes.filter(|change| change["type"] == "aws_lambda_function");
        let texts = |value: &serde_json::Value| {
            let list = value.as_array().expect("a list").iter();
            list.map(|text| text.as_str().expect("a text").to_owned()).collect::<Vec<_>>()
        };
        let actions = functions.map(|change| {
            let lambda = change["index"].as_str().expect("a lambda's name").to_owned();
            (lambda, texts(&change["change"]["actions"]))
        });
        actions.filter(|(_, actions)| actions != &["no-op"]).collect()
    }

    /// The `CodeSha256` that Lambda has of each function.
    fn deployed(&self) -> BTreeMap<String, String> {
        let functions = self.rig.aws(&["lambda", "list-functions"]);
        let functions = functions["Functions"].as_array().expect("a list").iter();
        let named = functions.map(|function| {
            let text = |key: &str| function[key].as_str().expect("a text");
            (lambda_of(text("FunctionName")), text("CodeSha256").to_owned())
        });
        named.collect()
    }

    /// The hash that the package manifest has of each lambda.
    fn manifest(&self) -> BTreeMap<String, String> {
        let manifest = self.project.read("terraform/packages.json");
        let manifest: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&manifest).expect("JSON");
        let hash =
            |entry: &serde_json::Value| entry["source_code_hash"].as_str().map(str::to_owned);
        let hashes = manifest.iter().map(|(name, entry)| (name.clone(), hash(entry)));
        hashes.map(|(name, hash)| (name, hash.expect("a hash"))).collect()
    }

    /// Changes a line of a lambda's own module.
    fn change(&self, lambda: &str) {
        let path = format!("lambdas/{lambda}/{lambda}.py");
        let mut text = String::from_utf8(self.project.read(&path)).expect("UTF-8");
        text += "CHANGED = True\n";
        self.project.write(&path, text);
    }

    /// Removes a zip.
    fn remove_zip(&self, lambda: &str) {
        let zip = self.project.path(&format!("lambdas/{lambda}/{lambda}.zip"));
        std::fs::remove_file(zip).expect("a zip");
    }
}

impl Said {
    /// This, if the exit code is as expected.
    #[track_caller]
    fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self
    }

    /// What it said on standard error, without the frame around it and in one line.
    fn error(&self) -> String {
        let words = self.stderr.split_whitespace().filter(|word| !"│╷╵".contains(word));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The function of a lambda in the environment `dev`.
fn function_of(lambda: &str) -> String {
    format!("dofs-dev-{}", lambda.replace('_', "-"))
}

/// The lambda of a function.
fn lambda_of(function: &str) -> String {
    function.trim_start_matches("dofs-dev-").replace('-', "_")
}
