//! Reads the JSON of `terraform show -json`, of a state or of a plan.
//!
//! Attributes are read as JSON values of any shape, since other types of resources have attributes
//! of the same names and other shapes. Other fields are skipped.
//!
//! Source: "JSON output format" in Terraform's documentation of its internals.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use super::{Action, Code, Deployed, Document, Function, Kind, Note, Value, Variables};
use crate::report::Failure;

/// The types of the resources that are read.
const FUNCTION: &str = "aws_lambda_function";
const LAYER: &str = "aws_lambda_layer_version";
/// The hint for a file that is no JSON.
const SHOW: &str = "write it with `terraform show -json`, or `terraform show -json PLANFILE`";
/// The other keys that a state or plan without resources may have.
const EMPTY_MAY_HAVE: [&str; 3] = ["terraform_version", "checks", "timestamp"];

/// Returns the functions of a state or a plan, sorted by address. Data sources are skipped, and so
/// are deposed objects, which a replacement left behind; an empty state has no functions.
///
/// `path` is for messages; `-` is standard input.
///
/// # Errors
///
/// What is no JSON, is cut off, or is something else of Terraform's; a major version of the
/// format other than 0 and 1; a plan that Terraform could not finish.
pub(crate) fn read(bytes: &[u8], path: &str) -> Result<Document, Failure> {
    // Windows PowerShell begins a file of UTF-8 with a byte order mark, which is no part of JSON
    // (RFC 8259, 8.1).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    refuse_other_bytes(bytes, path)?;
    let document: Shown =
        serde_json::from_slice(bytes).map_err(|error| not_this_shape(bytes, path, &error))?;
    let is_plan = document.planned_values.is_some() || document.resource_changes.is_some();
    let kind = if is_plan { Kind::Plan } else { Kind::State };
    refuse_foreign(&document, kind, path)?;
    let version = document.format_version.as_deref().unwrap_or_default();
    // A minor version only adds keys, and a major one may change what they mean ("Format Versions"
    // in the documentation).
    if !matches!(version.split('.').next(), Some("0" | "1")) {
        let (file, kind) = (named(path), kind.word());
        return Err(unknown_format(format!(
            "{file} is a {kind} of format {version}, and this tool knows formats 0 and 1"
        )));
    }
    if document.errored {
        let message = format!("{} is a plan that Terraform could not finish", named(path));
        return Err(Failure::input("terraform-plan-failed", message)
            .hint("fix what `terraform plan` says, and plan again"));
    }
    let functions = match kind {
        Kind::State => of_state(document.values),
        Kind::Plan => of_plan(document)?,
    };
    Ok(Document { kind, functions: functions.into_values().collect() })
}

/// Refuses what its first bytes show to be something else.
fn refuse_other_bytes(bytes: &[u8], path: &str) -> Result<(), Failure> {
    // A plan file is a zip.
    if bytes.starts_with(b"PK\x03\x04") {
        let what = "a plan as `terraform plan -out` writes it";
        return Err(foreign(path, what, "give the output of `terraform show -json PLANFILE`"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let what = "is UTF-16, as PowerShell writes files, and no JSON";
        return Err(refused(path, what, "write it as UTF-8"));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(refused(path, "is empty", "look whether `terraform show -json` failed"));
    }
    Ok(())
}

/// The failure of a file; `what` is the end of a sentence about it.
fn refused(path: &str, what: &str, advice: &str) -> Failure {
    Failure::input("terraform-json", format!("{} {what}", named(path))).hint(advice)
}

/// The failure of a file that is something else of Terraform's, which `what` names.
fn foreign(path: &str, what: &str, advice: &str) -> Failure {
    let what = format!("is {what}, and not the output of `terraform show -json`");
    refused(path, &what, advice)
}

/// The failure of a file that a later version of this tool may be able to read.
fn unknown_format(message: String) -> Failure {
    Failure::input("terraform-format", message)
        .hint("install a newer version of this tool, or show it with an older Terraform")
}

/// How a file is called in a sentence.
fn named(path: &str) -> String {
    match path {
        "-" => "standard input".to_owned(),
        path => format!("`{path}`"),
    }
}

/// Why bytes can't be read as the document.
fn not_this_shape(bytes: &[u8], path: &str, error: &serde_json::Error) -> Failure {
    let (what, advice) = if error.is_eof() {
        let advice = "write it anew, and look whether `terraform show -json` failed";
        ("is cut off in the middle", advice)
    } else {
        // A log has one document on each line.
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_log = |value: Json| value.get("@level").is_some();
        if serde_json::from_slice(first).is_ok_and(is_log) {
            let what = "the log of `terraform plan -json` or `terraform apply -json`";
            let advice = "plan with `-out=PLANFILE`, and give the output of \
                          `terraform show -json PLANFILE`";
            return foreign(path, what, advice);
        }
        match error.is_data() {
            true => ("is JSON, but not as `terraform show -json` writes it", SHOW),
            false => ("is no JSON", SHOW),
        }
    };
    let failure = refused(path, what, advice).said([error.to_string()]);
    match u32::try_from(error.line()) {
        Ok(line) if path != "-" => failure.at(path, line),
        _ => failure,
    }
}

/// Refuses JSON that is no output of `terraform show -json`.
fn refuse_foreign(document: &Shown, kind: Kind, path: &str) -> Result<(), Failure> {
    let has = |key: &str| document.others.contains_key(key);
    let raw_state = has("version") && (has("resources") || has("modules"));
    let (what, advice) = if raw_state {
        let advice = "give the output of `terraform show -json`, which asks the backend itself, \
                      or of `terraform show -json FILE.tfstate`";
        ("a state file as backends keep it", advice)
    } else if has("@level") {
        ("a log of Terraform's", SHOW)
    } else if document.format_version.is_none() {
        ("JSON without a `format_version`", SHOW)
    } else if kind == Kind::State
        && document.values.is_none()
        && document.others.keys().any(|key| !EMPTY_MAY_HAVE.contains(&key.as_str()))
    {
        ("JSON with neither a state nor a plan in it", SHOW)
    } else {
        return Ok(());
    };
    Err(foreign(path, what, advice))
}

/// The functions of a tree of modules, by address.
fn of_state(values: Option<Values>) -> BTreeMap<String, Function> {
    let mut functions = BTreeMap::new();
    let mut modules: Vec<Module> =
        values.and_then(|values| values.root_module).into_iter().collect();
    while let Some(module) = modules.pop() {
        modules.extend(module.child_modules);
        for resource in module.resources {
            if resource.mode != "managed"
                || !is_read(&resource.r#type)
                || resource.deposed_key.is_some()
            {
                continue;
            }
            let attributes = resource.values.unwrap_or_default();
            let mut function =
                described(&resource.r#type, &resource.address, &attributes, &Json::Null);
            function.deployed = Some(deployed(&attributes));
            function.tainted = resource.tainted;
            functions.insert(resource.address, function);
        }
    }
    functions
}

/// The functions of a plan, by address: those that it changes or leaves, and those of the state
/// that it does not mention, because it was made for some resources only (`-target`).
fn of_plan(document: Shown) -> Result<BTreeMap<String, Function>, Failure> {
    let mut functions = BTreeMap::new();
    let mut moved = BTreeSet::new();
    for change in document.resource_changes.unwrap_or_default() {
        if change.mode != "managed" || !is_read(&change.r#type) || change.deposed.is_some() {
            continue;
        }
        moved.extend(change.previous_address);
        let Difference { actions, before, after, after_unknown } = change.change;
        let action = action(&actions).ok_or_else(|| {
            unknown_format(format!(
                "the plan does `{}` with `{}`, and this tool does not know what that is",
                actions.join(", "),
                change.address
            ))
        })?;
        let attributes = after.as_ref().or(before.as_ref());
        let none = Attributes::default();
        let attributes = attributes.unwrap_or(&none);
        let mut function = described(&change.r#type, &change.address, attributes, &after_unknown);
        function.action = Some(action);
        function.deployed = before.as_ref().map(deployed);
        let arn = before.as_ref().and_then(|before| region(&before.arn));
        function.region = arn.or(function.region);
        functions.insert(change.address, function);
    }
    let planned = of_state(document.planned_values);
    let prior = of_state(document.prior_state.and_then(|state| state.values));
    for (address, function) in prior.into_iter().chain(planned) {
        if !moved.contains(&address) {
            let left = Function { action: Some(Action::Leave), ..function };
            functions.entry(address).or_insert(left);
        }
    }
    Ok(functions)
}

/// The meaning of a list of actions; none for a list that the documentation does not have ("Change
/// Representation").
fn action(actions: &[String]) -> Option<Action> {
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    match actions[..] {
        ["no-op" | "read"] | [] => Some(Action::Leave),
        ["create"] => Some(Action::Create),
        ["update"] => Some(Action::Update),
        ["delete"] => Some(Action::Delete),
        ["forget"] => Some(Action::Forget),
        ["delete" | "forget", "create"] | ["create", "delete" | "forget"] => Some(Action::Replace),
        _ => None,
    }
}

/// Whether resources of a type are read.
fn is_read(kind: &str) -> bool {
    [FUNCTION, LAYER].contains(&kind)
}

/// A resource of a type that is read, by its attributes.
fn described(kind: &str, address: &str, attributes: &Attributes, unknown: &Json) -> Function {
    let function = function(address, attributes, unknown);
    if kind == FUNCTION {
        return function;
    }
    let Function { address, code, source_code_hash, region, .. } = function;
    let name = text(&attributes.layer_name).map_or(Value::Absent, Value::of);
    Function {
        address,
        is_layer: true,
        name,
        code,
        source_code_hash,
        region,
        ..Function::default()
    }
}

/// A function by its attributes. `unknown` has `true` for those that are known after the apply
/// only.
fn function(address: &str, attributes: &Attributes, unknown: &Json) -> Function {
    let is_unknown = |key: &str| unknown.get(key) == Some(&Json::Bool(true));
    let value = |key: &str, json: &Json| match text(json) {
        _ if is_unknown(key) => {
            let message = format!("only the apply tells the `{key}` of `{address}`");
            Value::Unknown(Note { place: None, message })
        }
        Some(text) => Value::of(text),
        None => Value::Absent,
    };
    let is_in_s3 = || value("s3_bucket", &attributes.s3_bucket) != Value::Absent;
    let code = match value("filename", &attributes.filename) {
        _ if text(&attributes.package_type).as_deref() == Some("Image") => Code::Image,
        Value::Known { text, .. } => Code::Zip(text),
        Value::Absent if is_in_s3() => Code::Elsewhere,
        Value::Absent | Value::Unknown(_) => Code::Unknown,
    };
    let architecture = attributes.architectures.get(0).and_then(text);
    Function {
        address: address.to_owned(),
        name: value("function_name", &attributes.function_name),
        code,
        source_code_hash: value("source_code_hash", &attributes.source_code_hash),
        handler: value("handler", &attributes.handler),
        runtime: value("runtime", &attributes.runtime),
        architecture: Value::of(architecture.unwrap_or_else(|| "x86_64".to_owned())),
        has_layers: attributes.layers.get(0).is_some() || is_unknown("layers"),
        environment: Variables::of_search_path(search_path(address, attributes, unknown)),
        region: region(&attributes.arn),
        ..Function::default()
    }
}

/// Where a function looks for modules.
fn search_path(address: &str, attributes: &Attributes, unknown: &Json) -> Value {
    let name = Variables::SEARCH_PATH;
    let set = attributes.environment.pointer("/0/variables").and_then(|it| it.get(name));
    let own = format!("/environment/0/variables/{name}");
    // What is unknown as a whole has `true` in its place.
    let mut above = own.match_indices('/').map(|(at, _)| &own[..at]).skip(1).chain([&*own]);
    if above.any(|path| unknown.pointer(path) == Some(&Json::Bool(true))) {
        let message = format!("only the apply tells the `{name}` of `{address}`");
        return Value::Unknown(Note { place: None, message });
    }
    set.and_then(text).map_or(Value::Absent, Value::of)
}

/// What a state says of a deployed function.
fn deployed(attributes: &Attributes) -> Deployed {
    Deployed {
        source_code_hash: text(&attributes.source_code_hash),
        code_sha256: text(&attributes.code_sha256),
        unready: None,
    }
}

/// A text that is set: the provider writes an empty one for an attribute without a value.
fn text(json: &Json) -> Option<String> {
    json.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The region in an ARN: `arn:PARTITION:lambda:REGION:…`.
fn region(arn: &Json) -> Option<String> {
    let region = arn.as_str()?.split(':').nth(3)?;
    (!region.is_empty()).then(|| region.to_owned())
}

/// What both a state and a plan may have.
#[derive(Debug, Deserialize)]
// The parser names it to the user.
#[serde(expecting = "struct Document")]
struct Shown {
    /// `MAJOR.MINOR`.
    format_version: Option<String>,
    /// The resources of a state; none where it is empty.
    values: Option<Values>,
    /// The resources after the apply of a plan.
    planned_values: Option<Values>,
    /// What a plan does with each resource.
    resource_changes: Option<Vec<Change>>,
    /// The state that a plan was made from.
    prior_state: Option<State>,
    /// Whether planning failed, so that the plan is incomplete.
    #[serde(default)]
    errored: bool,
    /// All else.
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

/// A state inside a plan.
#[derive(Debug, Deserialize)]
struct State {
    values: Option<Values>,
}

/// Resources, in a tree of modules.
#[derive(Debug, Deserialize)]
struct Values {
    root_module: Option<Module>,
}

/// A module with its resources.
#[derive(Debug, Deserialize)]
struct Module {
    /// Its own resources; their addresses are whole ones.
    #[serde(default)]
    resources: Vec<Resource>,
    /// The modules that it calls.
    #[serde(default)]
    child_modules: Vec<Module>,
}

/// A resource of a state.
#[derive(Debug, Deserialize)]
struct Resource {
    address: String,
    /// `managed` or `data`.
    mode: String,
    r#type: String,
    values: Option<Attributes>,
    /// Whether the next apply replaces it whatever has changed.
    #[serde(default)]
    tainted: bool,
    /// Set for what a replacement left behind.
    deposed_key: Option<String>,
}

/// What a plan does with a resource.
#[derive(Debug, Deserialize)]
struct Change {
    address: String,
    /// Its address in the state, where the plan moves it.
    previous_address: Option<String>,
    /// `managed` or `data`.
    mode: String,
    r#type: String,
    /// Set for what a replacement left behind.
    deposed: Option<String>,
    change: Difference,
}

/// From what to what.
#[derive(Debug, Deserialize)]
struct Difference {
    /// One action, or two for a replacement.
    actions: Vec<String>,
    /// None for a resource that is created.
    before: Option<Attributes>,
    /// None for a resource that is deleted.
    after: Option<Attributes>,
    /// `true` for each attribute that is known after the apply only; no object for a resource that
    /// is deleted.
    #[serde(default)]
    after_unknown: Json,
}

/// The attributes of a function.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    function_name: Json,
    layer_name: Json,
    filename: Json,
    s3_bucket: Json,
    package_type: Json,
    source_code_hash: Json,
    code_sha256: Json,
    handler: Json,
    runtime: Json,
    architectures: Json,
    layers: Json,
    environment: Json,
    arn: Json,
}
