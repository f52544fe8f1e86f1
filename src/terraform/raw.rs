//! The shape of `terraform show -json`, as far as it is read here; other fields are passed over.
//!
//! What is asked of a function stays a JSON value until it is known to be one of a function:
//! other resources have attributes of the same names and other shapes.
//!
//! Source: "JSON output format" in Terraform's documentation of its internals.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// What both a state and a plan may have.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    /// `MAJOR.MINOR`.
    pub(super) format_version: Option<String>,
    /// What a state has, unless it is empty.
    pub(super) values: Option<Values>,
    /// What a plan would make of it.
    pub(super) planned_values: Option<Values>,
    /// What a plan does with each resource.
    pub(super) resource_changes: Option<Vec<Change>>,
    /// The state that a plan was made from.
    pub(super) prior_state: Option<State>,
    /// Whether planning failed on its way.
    #[serde(default)]
    pub(super) errored: bool,
    /// All else.
    #[serde(flatten)]
    pub(super) others: BTreeMap<String, IgnoredAny>,
}

/// A state inside a plan.
#[derive(Debug, Deserialize)]
pub(super) struct State {
    /// What it has.
    pub(super) values: Option<Values>,
}

/// Resources, in a tree of modules.
#[derive(Debug, Deserialize)]
pub(super) struct Values {
    /// The root of the tree.
    pub(super) root_module: Option<Module>,
}

/// A module with its resources.
#[derive(Debug, Deserialize)]
pub(super) struct Module {
    /// Its own resources; their addresses are whole ones.
    #[serde(default)]
    pub(super) resources: Vec<Resource>,
    /// The modules that it calls.
    #[serde(default)]
    pub(super) child_modules: Vec<Module>,
}

/// A resource of a state.
#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    /// Its whole address.
    pub(super) address: String,
    /// `managed` or `data`.
    pub(super) mode: String,
    /// Its type.
    pub(super) r#type: String,
    /// What it is.
    pub(super) values: Option<Attributes>,
    /// Whether the next apply replaces it, come what may.
    #[serde(default)]
    pub(super) tainted: bool,
    /// Set for what a replacement left behind.
    pub(super) deposed_key: Option<String>,
}

/// What a plan does with a resource.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    /// Its whole address.
    pub(super) address: String,
    /// Its address in the state, where the plan moves it.
    pub(super) previous_address: Option<String>,
    /// `managed` or `data`.
    pub(super) mode: String,
    /// Its type.
    pub(super) r#type: String,
    /// Set for what a replacement left behind.
    pub(super) deposed: Option<String>,
    /// From what to what.
    pub(super) change: Difference,
}

/// From what to what.
#[derive(Debug, Deserialize)]
pub(super) struct Difference {
    /// One action, or two for a replacement.
    pub(super) actions: Vec<String>,
    /// What it is; none where there is none.
    pub(super) before: Option<Attributes>,
    /// What it will be; none where there will be none.
    pub(super) after: Option<Attributes>,
    /// `true` for each attribute that only the apply will tell; no object where there is nothing.
    #[serde(default)]
    pub(super) after_unknown: Value,
}

/// The attributes of a function.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    pub(super) function_name: Value,
    pub(super) filename: Value,
    pub(super) s3_bucket: Value,
    pub(super) s3_key: Value,
    pub(super) package_type: Value,
    pub(super) source_code_hash: Value,
    pub(super) code_sha256: Value,
    pub(super) handler: Value,
    pub(super) runtime: Value,
    pub(super) architectures: Value,
    pub(super) layers: Value,
    pub(super) arn: Value,
}
