//! Documents as Terraform writes them, and what is read of them.

mod matching;
mod reading;

use serde_json::{Value as Json, json};

use super::*;

/// A state with resources in its root module.
fn state(resources: &[Json]) -> Document {
    let document = json!({
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {"root_module": {"resources": resources}},
    });
    read(document.to_string().as_bytes(), "state.json").unwrap()
}

/// A plan with changes.
fn plan(changes: &[Json]) -> Document {
    let document = json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": []}},
    });
    read(document.to_string().as_bytes(), "plan.json").unwrap()
}

/// A function of a state.
fn resource(address: &str, values: &Json) -> Json {
    json!({
        "address": address,
        "mode": "managed",
        "type": "aws_lambda_function",
        "name": "x",
        "values": values,
    })
}

/// A function of a plan.
fn change(address: &str, actions: &[&str], before: &Json, after: &Json) -> Json {
    json!({
        "address": address,
        "mode": "managed",
        "type": "aws_lambda_function",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}},
    })
}

/// From a folder, in a project called `project`.
fn folders(directory: Option<&str>) -> Folders<'_> {
    Folders {
        directory: directory.map(camino::Utf8Path::new),
        roots: &[],
        project: "/home/project".into(),
    }
}

/// A lambda `NAME` with its zip at `lambdas/NAME/NAME.zip`.
fn candidate(name: &str) -> Candidate {
    Candidate {
        name: name.to_owned(),
        directory: format!("lambdas/{name}").into(),
        zip: format!("lambdas/{name}/{name}.zip").into(),
        usual_zip: format!("lambdas/{name}/{name}.zip").into(),
        function_name: None,
        is_layer: false,
        has_dockerfile: false,
    }
}
