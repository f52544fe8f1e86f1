//! The whole system, applied: one hash everywhere, and only what changed is deployed.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use sha2::Digest as _;

use super::runtime::{self, Runtime};
use super::{LAMBDAS, System, pipeline};
use crate::support::Project;

#[test]
#[ignore = "needs terraform, an offline provider mirror and moto, the package index and python3.12"]
fn what_is_deployed_is_what_was_packaged_and_only_what_changed_is_deployed() {
    let mut system = System::new();
    let printed = system.package().digests();
    system.plan(&["-var=require_packages=true"]).expect_code(2);
    let applied = system.apply().expect_code(0);
    assert!(applied.stdout.contains(" 0 changed, 0 destroyed."), "{}", applied.stdout);

    there_is_one_hash(&system, &printed);
    system.package();
    system.plan(&["-var=require_packages=true"]).expect_code(0);
    let runtime = Runtime::new(&system);
    runtime::every_function_answers(&system, &runtime);
    a_fresh_checkout_changes_nothing(&mut system);
    a_plan_needs_no_package(&system);
    one_changed_line_is_one_update(&system);
    a_wrong_handler_is_seen_before_it_is_deployed(&system, &runtime);
    pipeline::it_deploys_once(&system);
}

#[test]
#[ignore = "needs terraform, an offline provider mirror and moto, the package index and python3.12"]
fn each_environment_has_names_of_its_own() {
    let system = System::new();
    for (environment, days, protected) in
        [("dev", 14, false), ("staging", 30, false), ("prod", 365, true)]
    {
        let variables = format!("-var-file=environments/{environment}.tfvars");
        let plan = ["plan", "-no-color", &variables, "-out=test.tfplan"];
        system.terraform(&plan).expect_code(0);

        let plan: serde_json::Value = serde_json::from_str(&system.plan_json()).expect("JSON");
        let changes = plan["resource_changes"].as_array().expect("a list");
        let planned = |kind: &str, key: &str| -> Vec<serde_json::Value> {
            let of_kind = changes.iter().filter(|change| change["type"] == kind);
            of_kind.map(|change| change["change"]["after"][key].clone()).collect()
        };
        let functions = planned("aws_lambda_function", "function_name");
        let own = LAMBDAS.map(|it| format!("dofs-{environment}-{}", it.replace('_', "-")));
        assert_eq!(functions, own);
        let tables = planned("aws_dynamodb_table", "deletion_protection_enabled");
        assert!(!tables.is_empty() && tables.iter().all(|it| *it == protected), "{tables:?}");
        let kept = planned("aws_cloudwatch_log_group", "retention_in_days");
        assert!(!kept.is_empty() && kept.iter().all(|it| *it == days), "{kept:?}");
        assert!(changes.iter().all(|it| it["change"]["actions"][0] != "delete"));
    }
}

/// Printed, on disk, in the manifest, and in Lambda.
fn there_is_one_hash(system: &System, printed: &BTreeMap<String, String>) {
    assert_eq!(printed.keys().collect::<Vec<_>>(), LAMBDAS.iter().collect::<Vec<_>>());
    assert_eq!(&system.manifest(), printed);
    assert_eq!(&system.deployed(), printed);
    for (lambda, hash) in printed {
        // As `filebase64sha256` has it; see `the_printed_hash_is_what_terraform_says`.
        let zip = system.project.read(&format!("lambdas/{lambda}/{lambda}.zip"));
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(zip));
        assert_eq!(&digest, hash, "{lambda}");
    }
}

/// In another folder, at another time, with other modes.
fn a_fresh_checkout_changes_nothing(system: &mut System) {
    system.project = Project::from_fixture("dofs");
    let day = std::time::Duration::from_secs(86_400);
    for entry in walkdir::WalkDir::new(system.project.path("lambdas")) {
        let entry = entry.expect("the project can be listed");
        if entry.file_type().is_file() {
            age(entry.path(), std::time::SystemTime::UNIX_EPOCH + 12_345 * day);
        }
    }
    system.package();
    system.init();

    system.plan(&["-var=require_packages=true"]).expect_code(0);
}

/// Gives a file another time and, where there are modes, one that only its owner can use.
fn age(path: &Path, time: std::time::SystemTime) {
    let file = std::fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(time).expect("a time");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).expect("a mode");
    }
}

/// The manifest has all that it wants to know.
fn a_plan_needs_no_package(system: &System) {
    LAMBDAS.iter().for_each(|lambda| system.remove_zip(lambda));

    system.plan(&[]).expect_code(0);

    let refused = system.plan(&["-var=require_packages=true"]).expect_code(1);
    for lambda in LAMBDAS {
        let missing = format!("The package ./../lambdas/{lambda}/{lambda}.zip is missing");
        assert!(refused.error().contains(&missing), "{lambda}: {}", refused.stderr);
    }
}

fn one_changed_line_is_one_update(system: &System) {
    system.change("validator");
    system.package();

    system.plan(&["-var=require_packages=true"]).expect_code(2);

    let update = BTreeMap::from([("validator".to_owned(), vec!["update".to_owned()])]);
    assert_eq!(system.planned(), update);
}

/// A wrong handler would only show in Lambda, with the first event; `verify` sees it in the plan.
fn a_wrong_handler_is_seen_before_it_is_deployed(system: &System, runtime: &Runtime) {
    let module = "terraform/modules/lambdas/main.tf";
    let right = String::from_utf8(system.project.read(module)).expect("UTF-8");
    let wrong = right.replace("${each.key}.lambda_handler", "${each.key}_main.lambda_handler");
    assert_ne!(right, wrong);
    system.project.write(module, wrong);
    system.plan(&["-var=require_packages=true"]).expect_code(2);

    system.project.write("plan.json", system.plan_json());
    let arguments = ["verify", "--state", "plan.json", "--terraform-dir", "terraform"];
    let run = system.project.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(run.code, 1, "{}", run.text());
    let json = run.json();
    let checks = json["checks"].as_array().expect("a list").iter();
    let handlers = checks.filter(|check| check["check"] == "handler" && check["status"] != "ok");
    let told: Vec<&str> = handlers.filter_map(|check| check["name"].as_str()).collect();
    assert_eq!(told, LAMBDAS);

    // And so it would have been.
    let function = runtime::configuration(system, "validator");
    let outcome = runtime.run(system, "validator", "validator_main.lambda_handler", &function);
    assert_eq!(outcome["error"]["errorType"], "Runtime.ImportModuleError", "{outcome}");

    system.project.write(module, right);
}
