//! What is said of functions beside packages.

use std::fmt::Write as _;

use camino::Utf8Path;
use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::*;
use crate::digest::Sha256Digest;
use crate::report::{FORMAT, Status, word};
use crate::terraform::{
    self, Candidate, Code, Deployed, Document, Folders, Question, Value, match_functions,
};

/// A state with resources in its root module.
fn state(resources: &[Json]) -> Document {
    let document = json!({
        "format_version": "1.0",
        "values": {"root_module": {"resources": resources}},
    });
    terraform::read(document.to_string().as_bytes(), "state.json").unwrap()
}

/// A plan with changes.
fn plan(changes: &[Json]) -> Document {
    let document = json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
    });
    terraform::read(document.to_string().as_bytes(), "plan.json").unwrap()
}

/// A function of a state.
fn resource(address: &str, values: &Json) -> Json {
    let kind = "aws_lambda_function";
    json!({"address": address, "mode": "managed", "type": kind, "values": values})
}

/// A function of a plan.
fn change(address: &str, actions: &[&str], before: &Json, after: &Json) -> Json {
    let change = json!({"actions": actions, "before": before, "after": after, "after_unknown": {}});
    let kind = "aws_lambda_function";
    json!({"address": address, "mode": "managed", "type": kind, "change": change})
}

/// The hash of a zip with these bytes.
fn hash(bytes: &str) -> String {
    Sha256Digest::of(bytes.as_bytes()).to_base64()
}

/// A lambda `NAME` with its zip at `lambdas/NAME/NAME.zip`.
fn candidate(name: &str) -> Candidate {
    let zip: Utf8PathBuf = format!("lambdas/{name}/{name}.zip").into();
    let directory = format!("lambdas/{name}").into();
    Candidate {
        name: name.to_owned(),
        directory,
        usual_zip: zip.clone(),
        zip,
        function_name: None,
        is_layer: false,
        has_dockerfile: false,
    }
}

fn matched<'a>(document: &'a Document, candidates: &[Candidate]) -> (Kind, Vec<Match<'a>>) {
    let project = Utf8Path::new("/home/project");
    let folders = Folders { directory: None, roots: &[], project };
    (document.kind, match_functions(&document.functions, candidates, folders))
}

/// What the sources of a lambda give: a zip with its name as bytes.
fn package(name: &str) -> Package {
    let digest = Sha256Digest::of(name.as_bytes());
    let zip = format!("lambdas/{name}/{name}.zip");
    Package {
        import_policy: ImportPolicy::Warn,
        imports: ImportFindings::default(),
        search: SearchPath::default(),
        made: report::Package {
            kind: report::LambdaKind::Function,
            name: name.to_owned(),
            status: Status::WouldBuild,
            path: zip.clone(),
            digest,
            size: 0,
            unpacked_size: 0,
            entries: 0,
            python: None,
            architecture: "x86_64".to_owned(),
            locked: true,
            requirements: Vec::new(),
            left_out: Vec::new(),
            warnings: Vec::new(),
            change: None,
        },
        contents: Contents::default(),
        entry: Entry {
            kind: report::LambdaKind::Function,
            filename: zip.clone(),
            digest,
            size: 0,
            format: FORMAT,
        },
        directory: format!("lambdas/{name}").into(),
        python: Some(PythonVersion { minor: 12 }),
        architecture: Some(Architecture::X86_64),
        is_target_open: false,
        function_name: None,
        handler: None,
        functions: Vec::new(),
    }
}

/// What is found of packages beside a state or plan, or answers of Lambda.
fn found(
    packages: &[Package],
    state: Option<(Kind, Vec<Match<'_>>)>,
    answers: Option<Vec<Answer>>,
) -> Findings {
    let facts = Facts {
        absent: Vec::new(),
        packages,
        failed: Vec::new(),
        is_all: true,
        disk: Disk::Nothing,
        commit: None,
        zips: Vec::new(),
        manifest: None,
        state,
        answers,
        gaps: &Gaps::default(),
        modules: BTreeMap::new(),
        today: Date(2026, 1, 1),
    };
    let mut findings = Findings::default();
    CHECKS.iter().for_each(|check| check(&facts, &mut findings));
    let own = |check: &Check| check.subject != Subject::Handler;
    findings.checks.retain(own);
    findings.checks.sort_by(|one, other| {
        (&one.name, &one.address, one.subject).cmp(&(&other.name, &other.address, other.subject))
    });
    findings
}

/// Compares with packages, where there are `api` and `jobs`, and shows the checks a line each,
/// hashes by what they are of.
fn check(document: &Document, packages: &[&str], expected: &Expect) {
    let packages: Vec<Package> = packages.iter().map(|name| package(name)).collect();
    let state = matched(document, &[candidate("api"), candidate("jobs")]);
    expected.assert_eq(&shown(&found(&packages, Some(state), None)));
}

/// Checks and notes as lines.
fn shown(findings: &Findings) -> String {
    let mut lines = String::new();
    for check in &findings.checks {
        let (subject, status) = (word(&check.subject), word(&check.status));
        let values = [&check.expected, &check.actual].map(|value| {
            value.clone().unwrap_or_else(|| "-".to_owned()).replace(&hash("api"), "API")
        });
        let [expected, actual] =
            values.map(|value| value.replace(&hash("jobs"), "JOBS").replace(&hash("old"), "OLD"));
        let address = check.address.as_deref().unwrap_or("-");
        let _ = writeln!(
            lines,
            "{}|{subject}|{status}|{expected}|{actual}|{address}|{}",
            check.name, check.message
        );
    }
    for note in &findings.notes {
        let _ = writeln!(lines, "note: {note}");
    }
    lines
}

/// The attributes of a function of `api`.
fn api(source_code_hash: &str, code_sha256: &str) -> Json {
    json!({
        "filename": "../lambdas/api/api.zip",
        "runtime": "python3.12",
        "source_code_hash": source_code_hash,
        "code_sha256": code_sha256,
    })
}

#[test]
fn of_a_state_it_is_said_what_an_apply_would_do() {
    let (new, old) = (hash("api"), hash("old"));
    let hex = Sha256Digest::of(b"api").to_hex();
    let mut tainted = resource("tainted", &api(&new, &new));
    tainted["tainted"] = json!(true);
    let document = state(&[
        resource("a_fresh", &api(&new, &new)),
        resource("b_before_5_51", &api(&new, "")),
        resource("c_hex", &api(&hex, &new)),
        resource("d_stale", &api(&old, &old)),
        resource("e_failed_update", &api(&new, &old)),
        resource("f_deployed_past_terraform", &api(&old, &new)),
        resource("g_no_hash", &api("", &new)),
        resource("h_no_hash_stale", &api("", &old)),
        resource("i_no_hashes", &api("", "")),
        resource("j_hash_of_the_users_own", &api("v1.2.3", &new)),
        resource("k_hash_of_the_users_own_stale", &api("v1.2.3", &old)),
        tainted,
    ]);
    check(
        &document,
        &["api"],
        &expect![[r#"
            api|state|ok|API|API|a_fresh|an apply leaves it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|a_fresh|it runs on python3.12 on x86_64
            api|state|ok|API|API|b_before_5_51|an apply leaves it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|b_before_5_51|it runs on python3.12 on x86_64
            api|state|ok|API|14c2529eb4498c5d1ffd6915d05bf58a91bdda796af59f41d480d11c099d0479|c_hex|an apply leaves it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|c_hex|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|d_stale|an apply would update it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|d_stale|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|e_failed_update|Lambda has other code than `source_code_hash` says, as after an update that failed, and an apply would leave it so
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|e_failed_update|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|f_deployed_past_terraform|an apply would update it, though Lambda has this code already
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|f_deployed_past_terraform|it runs on python3.12 on x86_64
            api|state|ok|API|API|g_no_hash|an apply leaves it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|g_no_hash|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|h_no_hash_stale|it has no `source_code_hash`: no apply would notice new code
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|h_no_hash_stale|it runs on python3.12 on x86_64
            api|state|differs|API|-|i_no_hashes|it has no `source_code_hash` to compare
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|i_no_hashes|it runs on python3.12 on x86_64
            api|state|ok|API|API|j_hash_of_the_users_own|Lambda has this package; its `source_code_hash` is no hash of a zip, so what an apply does can't be told
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|j_hash_of_the_users_own|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|k_hash_of_the_users_own_stale|Lambda has other code; its `source_code_hash` is no hash of a zip, so what an apply does can't be told
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|k_hash_of_the_users_own_stale|it runs on python3.12 on x86_64
            api|state|differs|API|API|tainted|it is tainted: an apply would replace it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|tainted|it runs on python3.12 on x86_64
        "#]],
    );
}

#[test]
fn a_lambda_without_a_function_is_missing() {
    let document = state(&[resource("a", &api(&hash("api"), &hash("api")))]);
    check(
        &document,
        &["api", "jobs"],
        &expect![[r#"
            api|state|ok|API|API|a|an apply leaves it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|a|it runs on python3.12 on x86_64
            jobs|state|missing|JOBS|-|-|the state has no function that is made of it: to leave it out, name the lambdas that have one
        "#]],
    );
    check(
        &document,
        &["api"],
        &expect![[r#"
        api|state|ok|API|API|a|an apply leaves it
        api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|a|it runs on python3.12 on x86_64
    "#]],
    );
    check(
        &plan(&[]),
        &["api", "jobs"],
        &expect![[r#"
            api|state|missing|API|-|-|the plan has no function that is made of it: to leave it out, name the lambdas that have one
            jobs|state|missing|JOBS|-|-|the plan has no function that is made of it: to leave it out, name the lambdas that have one
        "#]],
    );
}

#[test]
fn a_function_of_no_lambda_is_no_difference_and_one_of_two_is_told() {
    let zip = |address, path: &str| resource(address, &json!({"filename": path}));
    let document = state(&[zip("foreign", "../other.zip"), zip("either", "../x/x.zip")]);
    let mut candidates = [candidate("api"), candidate("jobs")];
    candidates[0].zip = "a/x/x.zip".into();
    candidates[1].zip = "b/x/x.zip".into();
    let packages = [package("api"), package("jobs")];
    let compared = found(&packages, Some(matched(&document, &candidates)), None);
    expect![[r#"
        api|state|missing|API|-|-|it can't be told whether `either` is its function
        jobs|state|missing|JOBS|-|-|it can't be told whether `either` is its function
        note: `either` is of several lambdas, by a zip at `x/x.zip`: `api` and `jobs`; name the folder in which Terraform runs with `--terraform-dir`
        note: `foreign` is of no lambda here: none has a zip at `other.zip`
    "#]].assert_eq(&shown(&compared));
}

#[test]
fn a_lambda_that_failed_is_not_compared() {
    let document = state(&[resource("a", &json!({"filename": "lambdas/api/api.zip"}))]);
    let compared = found(&[], Some(matched(&document, &[candidate("api")])), None);
    assert_eq!(compared.checks, []);
}

#[test]
fn of_a_plan_it_is_said_what_its_apply_does_and_with_what() {
    let (new, old) = (hash("api"), hash("old"));
    let (before, after) = (api(&old, &old), api(&new, &old));
    let none = Json::Null;
    let mut unknown = change("f_unknown", &["create"], &none, &api("", ""));
    unknown["change"]["after_unknown"] = json!({"source_code_hash": true});
    let document = plan(&[
        change("a_create", &["create"], &none, &api(&new, "")),
        change("b_create_other", &["create"], &none, &api(&old, "")),
        change("c_update", &["update"], &before, &after),
        change("d_update_other", &["update"], &before, &api(&hash("other"), &old)),
        change("e_replace", &["delete", "create"], &before, &after),
        unknown,
        change("g_update_of_memory", &["update"], &api(&new, &new), &api(&new, &new)),
        change("h_update_of_memory_other", &["update"], &before, &before),
        change("i_update_of_memory_failed", &["update"], &api(&new, &old), &api(&new, &old)),
        change("j_leave", &["no-op"], &api(&new, &new), &api(&new, &new)),
        change("k_leave_other", &["no-op"], &before, &before),
        change("k_leave_deployed_by_another", &["no-op"], &api(&old, &new), &api(&old, &new)),
        change("k_update_deployed_by_another", &["update"], &api(&old, &new), &api(&old, &new)),
        change("k_update_own_hash", &["update"], &api("v1", &old), &api("v2", &old)),
        change("k_leave_own_hash", &["no-op"], &api("v1", &new), &api("v1", &new)),
        change("l_leave_failed", &["no-op"], &api(&new, &old), &api(&new, &old)),
        change("m_leave_no_hash", &["no-op"], &api("", &old), &api("", &old)),
        change("n_update_no_hash", &["update"], &api("", &old), &api("", &old)),
        change("o_delete", &["delete"], &api(&new, &new), &none),
    ]);
    check(
        &document,
        &["api"],
        &expect![[r#"
            api|state|ok|API|API|a_create|the plan creates it with this package
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|a_create|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|b_create_other|the plan creates it with another zip than this package
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|b_create_other|it runs on python3.12 on x86_64
            api|state|ok|API|API|c_update|the plan updates it with this package
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|c_update|it runs on python3.12 on x86_64
            api|state|differs|API|2SmKENGwc1g33EvYXaxkGw887yekfl1TpU8vP1svz/o=|d_update_other|the plan updates it with another zip than this package
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|d_update_other|it runs on python3.12 on x86_64
            api|state|ok|API|API|e_replace|the plan replaces it with this package
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|e_replace|it runs on python3.12 on x86_64
            api|state|differs|API|-|f_unknown|the plan creates it with a `source_code_hash` that only the apply tells
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|f_unknown|it runs on python3.12 on x86_64
            api|state|ok|API|API|g_update_of_memory|the plan updates it, and leaves its code
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|g_update_of_memory|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|h_update_of_memory_other|the plan updates it, and leaves other code than this package
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|h_update_of_memory_other|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|i_update_of_memory_failed|Lambda has other code than `source_code_hash` says, as after an update that failed, and the plan, which updates it, leaves it so
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|i_update_of_memory_failed|it runs on python3.12 on x86_64
            api|state|ok|API|API|j_leave|the plan leaves it
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|j_leave|it runs on python3.12 on x86_64
            api|state|ok|API|API|k_leave_deployed_by_another|the plan leaves it at the code that is this package already, though `source_code_hash` says another
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|k_leave_deployed_by_another|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|k_leave_other|the plan leaves it at other code
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|k_leave_other|it runs on python3.12 on x86_64
            api|state|ok|API|API|k_leave_own_hash|Lambda has this package; its `source_code_hash` is no hash of a zip, so what an apply does can't be told
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|k_leave_own_hash|it runs on python3.12 on x86_64
            api|state|ok|API|API|k_update_deployed_by_another|the plan updates it, and leaves its code, which is this package already, though `source_code_hash` says another
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|k_update_deployed_by_another|it runs on python3.12 on x86_64
            api|state|differs|API|v2|k_update_own_hash|the plan updates it, and with which zip can't be told: its `source_code_hash` is no hash of one
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|k_update_own_hash|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|l_leave_failed|Lambda has other code than `source_code_hash` says, as after an update that failed, and the plan leaves it so
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|l_leave_failed|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|m_leave_no_hash|it has no `source_code_hash`: no apply would notice new code
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|m_leave_no_hash|it runs on python3.12 on x86_64
            api|state|differs|API|OLD|n_update_no_hash|the plan updates it, and compares no `source_code_hash`
            api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|n_update_no_hash|it runs on python3.12 on x86_64
            api|state|ok|API|API|o_delete|the plan deletes it, and another function is made of the lambda
        "#]],
    );
}

#[test]
fn the_last_function_of_a_lambda_must_not_go() {
    let delete =
        |actions| plan(&[change("a", actions, &api(&hash("api"), &hash("api")), &Json::Null)]);
    check(
        &delete(&["delete"]),
        &["api", "jobs"],
        &expect![[r#"
            api|state|differs|API|API|a|the plan deletes it
            jobs|state|missing|JOBS|-|-|the plan has no function that is made of it: to leave it out, name the lambdas that have one
        "#]],
    );
    check(
        &delete(&["forget"]),
        &["api"],
        &expect![[r#"
        api|state|differs|API|API|a|the plan forgets it
    "#]],
    );
}

#[test]
fn what_a_function_runs_on_is_what_its_package_is_for() {
    let function = |runtime: &str, architecture: &str| {
        let mut values = api(&hash("api"), &hash("api"));
        values["runtime"] = json!(runtime);
        values["architectures"] = json!([architecture]);
        state(&[resource("f", &values)])
    };
    let of = |document: &Document, package: Package| {
        let state = matched(document, &[candidate("api")]);
        let checks = found(&[package], Some(state), None).checks;
        let checks = checks.into_iter().skip(1).collect();
        shown(&Findings { checks, ..Findings::default() })
    };
    let any = || Package { python: None, architecture: None, ..package("api") };
    let said = [
        of(&function("python3.12", "x86_64"), package("api")),
        of(&function("python3.9", "x86_64"), package("api")),
        of(&function("python3.12", "arm64"), package("api")),
        of(&function("python3.9", "arm64"), any()),
        of(&function("nodejs22.x", "x86_64"), any()),
        of(&function("", "x86_64"), package("api")),
    ];
    expect![[r#"
        api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|f|it runs on python3.12 on x86_64
        api|runtime|differs|python3.12 on x86_64|python3.9 on x86_64|f|it runs on python3.9 on x86_64, and the package is for python3.12 on x86_64
        api|runtime|differs|python3.12 on x86_64|python3.12 on arm64|f|it runs on python3.12 on arm64, and the package is for python3.12 on x86_64
        api|runtime|ok|any Python|python3.9|f|it runs on python3.9
        api|runtime|ok|x86_64|x86_64|f|it runs on x86_64
    "#]].assert_eq(&said.concat());
}

#[test]
fn what_lambda_has_is_compared_with_packages() {
    let function = |name: &str, code: &str| Function {
        address: name.to_owned(),
        name: Value::of(name),
        architecture: Value::of("x86_64"),
        deployed: Some(Deployed { code_sha256: Some(code.to_owned()), ..Deployed::default() }),
        ..Function::default()
    };
    let unready = |name: &str, why: &str| {
        let deployed = Deployed {
            code_sha256: Some(hash("api")),
            unready: Some(why.to_owned()),
            ..Deployed::default()
        };
        Function { deployed: Some(deployed), ..function(name, "") }
    };
    let answer = |lambda: &str, function_name: &str, region: Option<&str>, functions| Answer {
        question: Question {
            is_layer: false,
            lambda: lambda.to_owned(),
            function_name: function_name.to_owned(),
            region: region.map(str::to_owned),
        },
        functions,
    };
    let dev = Function { runtime: Value::of("python3.12"), ..function("api-dev", &hash("api")) };
    let deployed = Deployed {
        code_sha256: Some("old=".to_owned()),
        unready: Some("its last update failed".to_owned()),
        ..Deployed::default()
    };
    let prod = Function {
        runtime: Value::of("python3.9"),
        deployed: Some(deployed),
        ..function("api-prod", "")
    };
    let image = Function { code: Code::Image, ..function("image", "abc") };
    let answers = vec![
        answer("api", "api-*", Some("eu-west-1"), vec![dev.clone(), prod]),
        answer("jobs", "jobs-*", Some("eu-west-1"), Vec::new()),
        answer("gone", "gone", None, Vec::new()),
        answer("image", "image", None, vec![image]),
        answer("failed", "api-dev", None, vec![dev]),
        answer(
            "api",
            "three",
            None,
            vec![
                unready("failed-update", "its last update failed (the role is gone)"),
                unready("updating", "its last update is in progress"),
                unready("dead", "its creation failed"),
            ],
        ),
    ];
    let packages = ["api", "jobs", "gone", "image"].map(package);
    expect![[r#"
        api|deployed|ok|API|API|api-dev|Lambda has this package
        api|runtime|ok|python3.12 on x86_64|python3.12 on x86_64|api-dev|it runs on python3.12 on x86_64
        api|deployed|differs|API|old=|api-prod|Lambda has other code, and its last update failed: apply; or, where `terraform plan` has no changes and `lambdas/api/api.zip` is this package, run `aws lambda update-function-code --function-name api-prod --region eu-west-1 --zip-file fileb://lambdas/api/api.zip` in the root
        api|runtime|differs|python3.12 on x86_64|python3.9 on x86_64|api-prod|it runs on python3.9 on x86_64, and the package is for python3.12 on x86_64
        api|deployed|differs|API|API|dead|Lambda has this package, but its creation failed: it need not be what runs
        api|deployed|differs|API|API|failed-update|Lambda has this package, but its last update failed (the role is gone): it need not be what runs
        api|deployed|differs|API|API|updating|Lambda has this package, but its last update is in progress: it need not be what runs
        gone|deployed|missing|GONE|-|-|Lambda has no function `gone` in the CLI's own region, which `aws configure list` shows
        image|deployed|differs|IMAGE|abc|image|Lambda has a container image
        jobs|deployed|missing|JOBS|-|-|Lambda has no function like `jobs-*` in eu-west-1
    "#]]
    .assert_eq(
        &shown(&found(&packages, None, Some(answers)))
            .replace(&hash("image"), "IMAGE")
            .replace(&hash("gone"), "GONE"),
    );
}
