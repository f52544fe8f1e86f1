//! Code that Terraform believes to be deployed, and is not.
//!
//! One function is enough, and much sooner applied than the whole system.

use super::{System, function_of};

/// The lambda all of this is about, and another.
const LAMBDA: &str = "validator";
const OTHER: &str = "order_storage";
/// Its function alone, with what that needs.
const TARGET: &str = "-target=module.lambdas.aws_lambda_function.this[\"validator\"]";

#[test]
#[ignore = "needs terraform, an offline provider mirror and moto, and the package index"]
fn code_that_is_not_what_terraform_believes_is_stopped_or_told() {
    let system = System::new();
    plan(&system, true).expect_code(2);
    system.apply().expect_code(0);
    plan(&system, true).expect_code(0);
    lambda_has_the_package(&system);

    code_changed_behind_terraforms_back_is_told(&system);
    a_missing_package_is_stopped(&system);
    a_missing_package_that_is_not_stopped_is_told(&system);
    a_foreign_package_is_stopped(&system);
    a_foreign_package_that_is_not_stopped_is_told(&system);
    a_refresh_is_no_way_out_and_the_one_that_verify_names_is(&system);
    a_replacement_is_a_way_out_too(&system);
}

fn code_changed_behind_terraforms_back_is_told(system: &System) {
    upload(system, OTHER);

    // What makes it worth a command: Terraform itself sees nothing.
    plan(system, true).expect_code(0);
    lambda_has_something_else(system);

    upload(system, LAMBDA);
    plan(system, true).expect_code(0);
    lambda_has_the_package(system);
}

/// At the plan and, where the package is lost after it, at the apply.
fn a_missing_package_is_stopped(system: &System) {
    let before = system.deployed();
    system.change(LAMBDA);
    system.package();
    plan(system, true).expect_code(2);
    system.remove_zip(LAMBDA);

    let said = system.apply().expect_code(1);
    assert!(said.error().contains(&missing()), "{}", said.stderr);

    let said = plan(system, true).expect_code(1);
    assert!(said.error().contains(&missing()), "{}", said.stderr);
    assert_eq!(system.deployed(), before);

    // Nothing is lost: with its package, the update is still to come.
    system.package();
    plan(system, true).expect_code(2);
}

fn a_missing_package_that_is_not_stopped_is_told(system: &System) {
    let before = system.deployed();
    system.remove_zip(LAMBDA);
    plan(system, false).expect_code(2);
    let said = system.apply().expect_code(1);
    assert!(said.error().contains("reading ZIP file"), "{}", said.stderr);

    // The trap: the package is back, and the plan finds nothing to do.
    system.package();
    plan(system, true).expect_code(0);
    assert_eq!(system.deployed(), before);
    lambda_has_something_else(system);

    upload(system, LAMBDA);
    plan(system, true).expect_code(0);
    lambda_has_the_package(system);
}

fn a_foreign_package_is_stopped(system: &System) {
    system.change(LAMBDA);
    system.package();
    put_a_foreign_zip(system);

    let said = plan(system, true).expect_code(1);

    let foreign = format!(
        "The package ./../lambdas/{LAMBDA}/{LAMBDA}.zip is not the one that packages.json names: \
         run `cargo dofs-package`"
    );
    assert!(said.error().contains(&foreign), "{}", said.stderr);
}

fn a_foreign_package_that_is_not_stopped_is_told(system: &System) {
    put_a_foreign_zip(system);
    plan(system, false).expect_code(2);
    system.apply().expect_code(0);

    // The trap's other half: Lambda has the foreign code, and the plan finds nothing to do.
    system.package();
    plan(system, true).expect_code(0);
    assert_eq!(system.deployed()[LAMBDA], system.manifest()[OTHER]);
    lambda_has_something_else(system);
}

/// Run as it is told, at the root of the project.
fn a_refresh_is_no_way_out_and_the_one_that_verify_names_is(system: &System) {
    let variables = "-var-file=environments/dev.tfvars";
    system.terraform(&["apply", "-refresh-only", "-auto-approve", "-no-color", variables, TARGET]);
    plan(system, true).expect_code(0);
    lambda_has_something_else(system);

    let run = system.tool(&["verify", LAMBDA, "--state", "plan.json", "-q"]);
    let told = run.stdout.lines().find(|line| line.contains("\tstate\tdiffers\t"));
    let told = told.unwrap_or_else(|| panic!("{}", run.text()));
    let (_, command) = told.split_once(", run `").expect("a way out");
    let command = command.trim_end_matches("` in the root");
    assert!(command.starts_with("aws lambda update-function-code "), "{command}");
    let mut shell = system.rig.command("sh");
    crate::support::output(shell.args(["-c", command]).current_dir(system.project.root()));

    plan(system, true).expect_code(0);
    lambda_has_the_package(system);
}

/// It deletes the function first, which is why it is not what is told.
fn a_replacement_is_a_way_out_too(system: &System) {
    upload(system, OTHER);
    plan(system, true).expect_code(0);
    let address = "module.lambdas.aws_lambda_function.this[\"validator\"]";
    let replace = format!("-replace={address}");
    system.plan(&[TARGET, "-var=require_packages=true", &replace]).expect_code(2);
    assert_eq!(system.planned()[LAMBDA], ["delete", "create"]);
    system.apply().expect_code(0);
    plan(system, true).expect_code(0);
    lambda_has_the_package(system);
}

/// Plans for the one function.
fn plan(system: &System, require_packages: bool) -> super::Said {
    let variable = format!("-var=require_packages={require_packages}");
    system.plan(&[TARGET, &variable])
}

/// Why a plan or an apply is stopped.
fn missing() -> String {
    format!("The package ./../lambdas/{LAMBDA}/{LAMBDA}.zip is missing: run `cargo dofs-package`")
}

/// Puts the zip of another lambda where this one's should be.
fn put_a_foreign_zip(system: &System) {
    let zip = |lambda: &str| format!("lambdas/{lambda}/{lambda}.zip");
    system.project.write(&zip(LAMBDA), system.project.read(&zip(OTHER)));
}

/// Gives the function the zip of a lambda, as somebody does who is in a hurry.
fn upload(system: &System, lambda: &str) {
    let zip = system.project.path(&format!("lambdas/{lambda}/{lambda}.zip"));
    let name = function_of(LAMBDA);
    let file = format!("fileb://{}", zip.display());
    let arguments =
        ["lambda", "update-function-code", "--function-name", &name, "--zip-file", &file];
    system.rig.aws(&arguments);
}

/// `verify --deployed` finds in Lambda what the sources give.
fn lambda_has_the_package(system: &System) {
    let (code, checks) = verify(system);
    assert_eq!(code, 0, "{checks}");
    assert_eq!(system.deployed()[LAMBDA], system.manifest()[LAMBDA]);
}

/// `verify --deployed` names the function that has other code, and exits with 1.
fn lambda_has_something_else(system: &System) {
    let (code, checks) = verify(system);
    assert_eq!(code, 1, "{checks}");
    let all = checks["checks"].as_array().expect("a list").iter();
    let told: Vec<&serde_json::Value> =
        all.filter(|check| check["check"] == "deployed" && check["status"] != "ok").collect();
    let [check] = told[..] else { panic!("one function has other code: {checks}") };
    assert_eq!(check["name"], LAMBDA);
    assert_eq!(check["address"], function_of(LAMBDA));
    assert_eq!(check["status"], "differs");
    assert_eq!(check["expected"], system.manifest()[LAMBDA].as_str());
    assert_eq!(check["actual"], system.deployed()[LAMBDA].as_str());
}

/// What `verify --deployed` answers of the function. It is named by the last plan, which knows the
/// code that Lambda has now; the state has that of the last apply.
fn verify(system: &System) -> (i32, serde_json::Value) {
    system.project.write("plan.json", system.plan_json());
    let arguments = ["verify", LAMBDA, "--state", "plan.json", "--terraform-dir", "terraform"];
    let run = system.tool(&[&arguments[..], &["--deployed", "--format", "json"]].concat());
    (run.code, run.json())
}
