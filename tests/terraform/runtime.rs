//! The packages as AWS runs them: its own runtime client loads each on its Python.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{System, function_of};
use crate::support;

/// What the functions run with: the Python, the client, and boto3.
pub(super) struct Runtime {
    python: PathBuf,
    client: PathBuf,
    sdk: PathBuf,
}

impl Runtime {
    /// The managed runtime python3.12, as far as it is Python.
    pub(super) fn new(system: &System) -> Self {
        let python = support::python("3.12");
        let client = system.rig.folder("client");
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "--target"]);
        pip.arg(&client).arg("awslambdaric==4.2.2");
        pip.env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
        support::output(&mut pip);
        // The managed runtime brings boto3; api_handler's package has it, for the same Python.
        let sdk = system.rig.folder("sdk");
        for (path, (bytes, _)) in system.project.entries("lambdas/api_handler/api_handler.zip") {
            let path = sdk.join(path);
            std::fs::create_dir_all(path.parent().expect("it is below")).expect("a folder");
            std::fs::write(path, bytes).expect("a file");
        }
        std::fs::remove_file(sdk.join("api_handler.py")).expect("the lambda's own module");
        Self { python, client, sdk }
    }

    /// What the package of a lambda answers to its event with a handler, where its function has
    /// this configuration.
    pub(super) fn run(
        &self,
        system: &System,
        lambda: &str,
        handler: &str,
        function: &serde_json::Value,
    ) -> serde_json::Value {
        let mut runtime = system.rig.emulator("runtime.py");
        runtime.arg(&self.python).arg(&self.client).arg(&self.sdk);
        runtime.arg(system.project.path(&format!("lambdas/{lambda}/{lambda}.zip"))).arg(handler);
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        runtime.arg(fixtures.join(format!("dofs/events/{lambda}.json")));
        let variables = function["Environment"]["Variables"].as_object();
        for (name, value) in variables.into_iter().flatten() {
            runtime.env(name, value.as_str().expect("a text"));
        }
        let Output { stdout, stderr, .. } = runtime.output().expect("it can be started");
        serde_json::from_slice(&stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)))
    }
}

/// The configuration of a lambda's function.
pub(super) fn configuration(system: &System, lambda: &str) -> serde_json::Value {
    let name = function_of(lambda);
    system.rig.aws(&["lambda", "get-function-configuration", "--function-name", &name])
}

/// Each with the handler and the variables that Terraform gave it: an order goes through the
/// tables, the queue and the workflow that Terraform made.
pub(super) fn every_function_answers(system: &System, runtime: &Runtime) {
    let mut answers = String::new();
    // In the order that an order takes.
    for lambda in ["api_handler", "validator", "order_storage", "fulfill_order", "dlq_processor"] {
        let function = configuration(system, lambda);
        assert_eq!(function["Runtime"], "python3.12");
        let handler = function["Handler"].as_str().expect("a handler");
        let outcome = runtime.run(system, lambda, handler, &function);
        answers += &format!("{handler}: {outcome}\n");
    }
    expect_test::expect![[r#"
        api_handler.lambda_handler: {"answer":{"body":"{\"order_id\": \"order-1001\"}","headers":{"Content-Type":"application/json"},"statusCode":202}}
        validator.lambda_handler: {"answer":{"customer_id":"customer-42","items":[{"quantity":2,"sku":"KETTLE-1L","unit_price":"24.90"},{"quantity":1,"sku":"FILTER-10","unit_price":"3.50"}],"order_id":"order-1001","region":"eu","total":"53.30"}}
        order_storage.lambda_handler: {"answer":{"order_id":"order-1001","status":"PENDING"}}
        fulfill_order.lambda_handler: {"answer":{"batchItemFailures":[{"itemIdentifier":"7a9b2c1d-3e4f-4a6b-8c7d-9e0f1a2b3c4d"}]}}
        dlq_processor.lambda_handler: {"answer":{"batchItemFailures":[]}}
    "#]].assert_eq(&answers);
}
