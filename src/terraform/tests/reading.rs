//! What is read of a state and of a plan, and what is refused.

use expect_test::expect;

use super::*;
use crate::corpus::try_all;
use crate::report::Failure;

/// What a user sees of an error.
fn refusal(text: &[u8], path: &str) -> String {
    let Failure { code, message, causes, place, hint, .. } = read(text, path).unwrap_err();
    let causes: String = causes.iter().map(|cause| format!("\n  caused by: {cause}")).collect();
    let place = place.map_or(String::new(), |place| format!("\n  --> {place}"));
    let hint = hint.map_or(String::new(), |hint| format!("\nhint: {hint}"));
    format!("error[{code}]: {message}{place}{causes}{hint}\n")
}

#[test]
fn functions_of_all_modules_come_sorted_by_address() {
    let function = |address: &str| resource(address, &json!({"filename": "x.zip"}));
    let mut data = function("data.aws_lambda_function.seen");
    data["mode"] = json!("data");
    let mut left_behind = function("aws_lambda_function.old");
    left_behind["deposed_key"] = json!("0a1b2c3d");
    let document = json!({
        "format_version": "1.0",
        "values": {
            "outputs": {"x": {"value": {"filename": ["not", "text"]}}},
            "root_module": {
                "resources": [data, left_behind, function("aws_lambda_function.z"), {
                    "address": "aws_instance.i", "mode": "managed", "type": "aws_instance",
                    "values": {"filename": {"odd": 1}, "architectures": 7, "arn": null},
                }],
                "child_modules": [{
                    "address": "module.a",
                    "child_modules": [{
                        "resources": [function("module.a.module.b[0].aws_lambda_function.f[\"k\"]")],
                    }],
                    "resources": [function("module.a.aws_lambda_function.f[0]")],
                }],
            },
        },
    });
    let document = read(document.to_string().as_bytes(), "-").unwrap();
    assert_eq!(document.kind, Kind::State);
    let addresses: Vec<&str> =
        document.functions.iter().map(|function| function.address.as_str()).collect();
    let expected = [
        "aws_lambda_function.z",
        "module.a.aws_lambda_function.f[0]",
        "module.a.module.b[0].aws_lambda_function.f[\"k\"]",
    ];
    assert_eq!(addresses, expected);
}

#[test]
fn a_function_of_a_state_has_all_its_attributes() {
    let values = json!({
        "function_name": "api-dev",
        "filename": "../lambdas/api/api.zip",
        "source_code_hash": "aaa=",
        "code_sha256": "bbb=",
        "handler": "api.handler",
        "runtime": "python3.12",
        "architectures": ["arm64"],
        "package_type": "Zip",
        "arn": "arn:aws-cn:lambda:cn-north-1:123456789012:function:api-dev",
        "s3_bucket": null,
        "image_uri": "",
        "layers": null,
    });
    expect![[r#"
        Document {
            kind: State,
            functions: [
                Function {
                    address: "aws_lambda_function.api",
                    is_layer: false,
                    place: None,
                    root: None,
                    call: None,
                    name: Known {
                        text: "api-dev",
                        place: None,
                    },
                    partial_name: None,
                    code: Zip(
                        "../lambdas/api/api.zip",
                    ),
                    source_code_hash: Known {
                        text: "aaa=",
                        place: None,
                    },
                    handler: Known {
                        text: "api.handler",
                        place: None,
                    },
                    runtime: Known {
                        text: "python3.12",
                        place: None,
                    },
                    architecture: Known {
                        text: "arm64",
                        place: None,
                    },
                    timeout: Absent,
                    memory_size: Absent,
                    environment: Variables {
                        named: {},
                        open: None,
                    },
                    has_layers: false,
                    layers: [],
                    compatible: [
                        [],
                        [],
                    ],
                    id: None,
                    region: Some(
                        "cn-north-1",
                    ),
                    deployed: Some(
                        Deployed {
                            source_code_hash: Some(
                                "aaa=",
                            ),
                            code_sha256: Some(
                                "bbb=",
                            ),
                            unready: None,
                        },
                    ),
                    tainted: false,
                    action: None,
                    key: None,
                    entry: None,
                    archived: None,
                },
            ],
        }
    "#]]
    .assert_debug_eq(&state(&[resource("aws_lambda_function.api", &values)]));
}

#[test]
fn code_comes_from_a_zip_from_s3_or_from_an_image() {
    let code = |values: &Json| state(&[resource("a", values)]).functions.remove(0).code;
    assert_eq!(code(&json!({"filename": "x.zip"})), Code::Zip("x.zip".to_owned()));
    let s3 = json!({"filename": "", "s3_bucket": "b", "s3_key": "k"});
    assert_eq!(code(&s3), Code::Elsewhere);
    let image = json!({"package_type": "Image", "image_uri": "repository/x:1"});
    assert_eq!(code(&image), Code::Image);
    assert_eq!(code(&json!({})), Code::Unknown);
}

#[test]
fn layers_are_there_or_may_be() {
    let has_layers = |values: &Json| state(&[resource("a", values)]).functions[0].has_layers;
    // As measured: null after a create, empty after a refresh.
    for values in [json!({}), json!({"layers": null}), json!({"layers": []})] {
        assert!(!has_layers(&values), "{values}");
    }
    assert!(has_layers(&json!({"layers": ["arn:aws:lambda:eu-west-1:1:layer:x:1"]})));
    let mut created = change("a", &["create"], &Json::Null, &json!({}));
    created["change"]["after_unknown"] = json!({"layers": true});
    assert!(plan(&[created]).functions[0].has_layers);
}

#[test]
fn an_architecture_nobody_set_is_lambdas_own() {
    for values in [json!({}), json!({"architectures": null}), json!({"architectures": []})] {
        assert_eq!(state(&[resource("a", &values)]).functions[0].architecture, Value::of("x86_64"));
    }
}

#[test]
fn a_plan_says_what_its_apply_does() {
    let (old, new) = (json!({"source_code_hash": "old"}), json!({"source_code_hash": "new"}));
    let none = Json::Null;
    let table: [(&[&str], &Json, &Json, Action); 9] = [
        (&["no-op"], &old, &old, Action::Leave),
        (&["create"], &none, &new, Action::Create),
        (&["update"], &old, &new, Action::Update),
        (&["delete"], &old, &none, Action::Delete),
        (&["forget"], &old, &none, Action::Forget),
        (&["delete", "create"], &old, &new, Action::Replace),
        (&["create", "delete"], &old, &new, Action::Replace),
        (&["create", "forget"], &old, &new, Action::Replace),
        (&["read"], &old, &old, Action::Leave),
    ];
    for (actions, before, after, expected) in table {
        let document = plan(&[change("a", actions, before, after)]);
        assert_eq!(document.kind, Kind::Plan);
        let function = &document.functions[0];
        assert_eq!(function.action, Some(expected), "{actions:?}");
        let after = if after.is_null() { before } else { after };
        let hash = after["source_code_hash"].as_str();
        assert_eq!(function.source_code_hash.known(), hash, "{actions:?}");
        let deployed = function.deployed.as_ref();
        let known = deployed.and_then(|deployed| deployed.source_code_hash.as_deref());
        assert_eq!(known, before["source_code_hash"].as_str(), "{actions:?}");
    }
}

#[test]
fn what_only_the_apply_tells_is_unknown_and_not_absent() {
    let mut created = change("a", &["create"], &Json::Null, &json!({"filename": "x.zip"}));
    created["change"]["after_unknown"] =
        json!({"source_code_hash": true, "function_name": true, "architectures": true});
    let function = plan(&[created]).functions.remove(0);
    assert!(matches!(function.source_code_hash, Value::Unknown(_)));
    let Value::Unknown(note) = function.name else { panic!("it is not known") };
    assert_eq!(note.to_string(), "only the apply tells the `function_name` of `a`");
    assert_eq!(function.handler, Value::Absent);
    assert_eq!(function.architecture, Value::of("x86_64"));
    assert_eq!(function.deployed, None);
}

#[test]
fn the_code_that_a_plan_says_is_deployed_is_that_before_it() {
    let before = json!({"source_code_hash": "old", "code_sha256": "old"});
    // As measured: after the update it is still said to be the old one.
    let after = json!({"source_code_hash": "new", "code_sha256": "old"});
    let function = plan(&[change("a", &["update"], &before, &after)]).functions.remove(0);
    let deployed = function.deployed.unwrap();
    assert_eq!(function.source_code_hash, Value::of("new"));
    assert_eq!(deployed.code_sha256.as_deref(), Some("old"));
}

#[test]
fn a_plan_for_some_resources_leaves_the_others() {
    let known = |address| resource(address, &json!({"filename": "x.zip"}));
    let mut moved = change("to", &["no-op"], &json!({}), &json!({}));
    moved["previous_address"] = json!("from");
    let mut left_behind = change("gone", &["delete"], &json!({}), &Json::Null);
    left_behind["deposed"] = json!("0a1b2c3d");
    let document = json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [known("to")]}},
        "resource_changes": [moved, left_behind],
        "prior_state": {"format_version": "1.0", "values": {
            "root_module": {"resources": [known("from"), known("other")]},
        }},
    });
    let document = read(document.to_string().as_bytes(), "-").unwrap();
    let functions: Vec<_> = document.functions.iter().map(|f| (&*f.address, f.action)).collect();
    assert_eq!(functions, [("other", Some(Action::Leave)), ("to", Some(Action::Leave))]);
}

#[test]
fn an_empty_state_has_no_functions_and_is_no_error() {
    for text in [
        r#"{"format_version":"1.0"}"#,
        r#"{"format_version":"1.0","terraform_version":"1.11.4"}"#,
        r#"{"format_version":"0.2","values":{}}"#,
        "\u{feff}{\"format_version\":\"1.0\",\"checks\":[]}\n",
    ] {
        let document = read(text.as_bytes(), "-").unwrap();
        assert_eq!(document, Document { kind: Kind::State, functions: Vec::new() }, "{text}");
    }
}

#[test]
fn what_is_no_state_and_no_plan_is_named() {
    let texts: [(&[u8], &str); 14] = [
        (b"", "state.json"),
        (b"{\n  \"format_version\": \"1.0\",\n  \"values\": {", "state.json"),
        (b"# aws_lambda_function.api:\nresource", "-"),
        (b"[1, 2]", "state.json"),
        (
            br#"{"format_version":"1.0","values":{"root_module":{"resources":[{"mode":"data"}]}}}"#,
            "s",
        ),
        (br#"{"version":4,"terraform_version":"1.11.4","serial":1,"resources":[]}"#, "x.tfstate"),
        (b"{\"@level\":\"info\",\"type\":\"version\"}\n{\"@level\":\"info\"}\n", "-"),
        (b"{\"@level\":\"info\",\"type\":\"version\"}\n", "-"),
        (br#"{"packages":[]}"#, "packages.json"),
        (br#"{"format_version":"1.0","provider_schemas":{}}"#, "schemas.json"),
        (b"PK\x03\x04tfplan", "plan.out"),
        (b"\xff\xfe{\0}\0", "state.json"),
        (br#"{"format_version":"2.0","values":{}}"#, "state.json"),
        (br#"{"format_version":"1.2","errored":true,"planned_values":{}}"#, "-"),
    ];
    let said: String = texts.iter().map(|(text, path)| refusal(text, path)).collect();
    let action = json!({
        "format_version": "2.3",
        "resource_changes": [change("module.m.aws_lambda_function.f", &["x"], &Json::Null, &Json::Null)],
    });
    let said = said + &refusal(action.to_string().as_bytes(), "plan.json");
    let action = action.to_string().replace("2.3", "1.3");
    let said = said + &refusal(action.as_bytes(), "plan.json");
    expect![[r#"
        error[terraform-json]: `state.json` is empty
        hint: look whether `terraform show -json` failed
        error[terraform-json]: `state.json` is cut off in the middle
          --> state.json:3
          caused by: EOF while parsing an object at line 3 column 13
        hint: write it anew, and look whether `terraform show -json` failed
        error[terraform-json]: standard input is no JSON
          caused by: expected value at line 1 column 1
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        error[terraform-json]: `state.json` is JSON, but not as `terraform show -json` writes it
          --> state.json:1
          caused by: invalid type: sequence, expected struct Document at line 1 column 0
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        error[terraform-json]: `s` is JSON, but not as `terraform show -json` writes it
          --> s:1
          caused by: missing field `address` at line 1 column 77
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        error[terraform-json]: `x.tfstate` is a state file as backends keep it, and not the output of `terraform show -json`
        hint: give the output of `terraform show -json`, which asks the backend itself, or of `terraform show -json FILE.tfstate`
        error[terraform-json]: standard input is the log of `terraform plan -json` or `terraform apply -json`, and not the output of `terraform show -json`
        hint: plan with `-out=PLANFILE`, and give the output of `terraform show -json PLANFILE`
        error[terraform-json]: standard input is a log of Terraform's, and not the output of `terraform show -json`
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        error[terraform-json]: `packages.json` is JSON without a `format_version`, and not the output of `terraform show -json`
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        error[terraform-json]: `schemas.json` is JSON with neither a state nor a plan in it, and not the output of `terraform show -json`
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        error[terraform-json]: `plan.out` is a plan as `terraform plan -out` writes it, and not the output of `terraform show -json`
        hint: give the output of `terraform show -json PLANFILE`
        error[terraform-json]: `state.json` is UTF-16, as PowerShell writes files, and no JSON
        hint: write it as UTF-8
        error[terraform-format]: `state.json` is a state of format 2.0, and this tool knows formats 0 and 1
        hint: install a newer version of this tool, or show it with an older Terraform
        error[terraform-plan-failed]: standard input is a plan that Terraform could not finish
        hint: fix what `terraform plan` says, and plan again
        error[terraform-format]: `plan.json` is a plan of format 2.3, and this tool knows formats 0 and 1
        hint: install a newer version of this tool, or show it with an older Terraform
        error[terraform-format]: the plan does `x` with `module.m.aws_lambda_function.f`, and this tool does not know what that is
        hint: install a newer version of this tool, or show it with an older Terraform
    "#]].assert_eq(&said);
}

#[test]
fn a_document_is_read_however_it_is_broken() {
    try_all("state", |bytes| format!("{:?}", read(bytes, "state.json")));
}
