//! Reads the JSON of `terraform show -json`, of a state or of a plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::raw::{self, Attributes};
use super::{Action, Code, Deployed, Document, Error, Function, Kind, Value};

/// The type of the resources that are read.
const FUNCTION: &str = "aws_lambda_function";
/// What to do with what is no JSON at all.
const SHOW: &str = "write it with `terraform show -json`, or `terraform show -json PLANFILE`";
/// What else a state or plan without resources may have.
const EMPTY_MAY_HAVE: [&str; 3] = ["terraform_version", "checks", "timestamp"];

/// Returns the functions of a state or a plan, sorted by address. Data sources and what a
/// replacement left behind are passed over; a state without anything has no functions.
///
/// `path` is for messages; `-` is standard input.
///
/// # Errors
///
/// What is no JSON, is cut off, or is something else of Terraform's; a major version of the
/// format other than 0 and 1; a plan that Terraform could not finish.
pub(crate) fn read(bytes: &[u8], path: &str) -> Result<Document, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    refuse_other_bytes(bytes, path)?;
    let document: raw::Document = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => return Err(not_this_shape(bytes, path, &error)),
    };
    let is_plan = document.planned_values.is_some() || document.resource_changes.is_some();
    let kind = if is_plan { Kind::Plan } else { Kind::State };
    refuse_foreign(&document, kind, path)?;
    refuse_version(&document, kind, path)?;
    if document.errored {
        return Err(Error::Errored { path: path.to_owned() });
    }
    let functions = match kind {
        Kind::State => of_state(document.values),
        Kind::Plan => of_plan(document, path)?,
    };
    Ok(Document { kind, functions: functions.into_values().collect() })
}

/// Refuses what can be told from its first bytes.
fn refuse_other_bytes(bytes: &[u8], path: &str) -> Result<(), Error> {
    let path = || path.to_owned();
    let refused =
        |what, advice| Err(Error::Json { path: path(), line: None, what, cause: None, advice });
    if bytes.starts_with(b"PK\x03\x04") {
        let what = "a plan as `terraform plan -out` writes it";
        let advice = "give the output of `terraform show -json PLANFILE`";
        return Err(Error::Foreign { path: path(), what, advice });
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return refused("is UTF-16, as PowerShell writes files, and no JSON", "write it as UTF-8");
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return refused("is empty", "look whether `terraform show -json` failed");
    }
    Ok(())
}

/// Says why bytes have not the shape of the document.
fn not_this_shape(bytes: &[u8], path: &str, error: &serde_json::Error) -> Error {
    let line = u32::try_from(error.line()).ok();
    let cause = Some(error.to_string());
    let path = path.to_owned();
    if error.is_eof() {
        let what = "is cut off in the middle";
        let advice = "write it anew, and look whether `terraform show -json` failed";
        return Error::Json { path, line, what, cause, advice };
    }
    // A log has one document on each line.
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_log = |value: Json| value.get("@level").is_some();
    if serde_json::from_slice(first).is_ok_and(is_log) {
        let what = "the log of `terraform plan -json` or `terraform apply -json`";
        let advice = "plan with `-out=PLANFILE`, and give the output of \
                      `terraform show -json PLANFILE`";
        return Error::Foreign { path, what, advice };
    }
    let what = if error.is_data() {
        "is JSON, but not as `terraform show -json` writes it"
    } else {
        "is no JSON"
    };
    Error::Json { path, line, what, cause, advice: SHOW }
}

/// Refuses what is JSON with other things in it.
fn refuse_foreign(document: &raw::Document, kind: Kind, path: &str) -> Result<(), Error> {
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
    Err(Error::Foreign { path: path.to_owned(), what, advice })
}

/// Refuses a format that nobody knows yet. Minor versions only ever add.
fn refuse_version(document: &raw::Document, kind: Kind, path: &str) -> Result<(), Error> {
    let version = document.format_version.clone().unwrap_or_default();
    match version.split('.').next() {
        Some("0" | "1") => Ok(()),
        _ => Err(Error::Version { path: path.to_owned(), kind, version }),
    }
}

/// The functions of a tree of modules, by address.
fn of_state(values: Option<raw::Values>) -> BTreeMap<String, Function> {
    let mut functions = BTreeMap::new();
    let mut modules: Vec<raw::Module> =
        values.and_then(|values| values.root_module).into_iter().collect();
    while let Some(module) = modules.pop() {
        modules.extend(module.child_modules);
        for resource in module.resources {
            let is_function = resource.mode == "managed" && resource.r#type == FUNCTION;
            if !is_function || resource.deposed_key.is_some() {
                continue;
            }
            let attributes = resource.values.unwrap_or_default();
            let mut function = function(&resource.address, &attributes, &Json::Null);
            function.deployed = Some(deployed(&attributes));
            function.tainted = resource.tainted;
            functions.insert(resource.address, function);
        }
    }
    functions
}

/// The functions of a plan, by address: those that it changes or leaves, and those of the state
/// that it does not speak of, because it was made for some resources only.
fn of_plan(document: raw::Document, path: &str) -> Result<BTreeMap<String, Function>, Error> {
    let mut functions = BTreeMap::new();
    let mut moved = BTreeSet::new();
    for change in document.resource_changes.unwrap_or_default() {
        let is_function = change.mode == "managed" && change.r#type == FUNCTION;
        if !is_function || change.deposed.is_some() {
            continue;
        }
        moved.extend(change.previous_address);
        let raw::Difference { actions, before, after, after_unknown } = change.change;
        let action = action(&actions).ok_or_else(|| Error::Action {
            address: change.address.clone(),
            actions: actions.join(", "),
            path: path.to_owned(),
        })?;
        let attributes = after.as_ref().or(before.as_ref());
        let none = Attributes::default();
        let mut function = function(&change.address, attributes.unwrap_or(&none), &after_unknown);
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

/// What a list of actions does; none where that is not known.
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

/// A function by its attributes. `unknown` has `true` for those that only the apply will tell.
fn function(address: &str, attributes: &Attributes, unknown: &Json) -> Function {
    let value = |key: &str, json: &Json| match text(json) {
        _ if unknown.get(key) == Some(&Json::Bool(true)) => Value::Unknown,
        Some(text) => Value::Known(text),
        None => Value::Absent,
    };
    let filename = value("filename", &attributes.filename);
    let bucket = value("s3_bucket", &attributes.s3_bucket);
    let key = value("s3_key", &attributes.s3_key);
    let code = match filename {
        _ if text(&attributes.package_type).as_deref() == Some("Image") => Code::Image,
        Value::Known(filename) => Code::Zip(filename),
        Value::Absent if bucket != Value::Absent => Code::S3 { bucket, key },
        Value::Absent | Value::Unknown => Code::Unknown,
    };
    let architecture = attributes.architectures.get(0).and_then(text);
    Function {
        address: address.to_owned(),
        name: value("function_name", &attributes.function_name),
        code,
        source_code_hash: value("source_code_hash", &attributes.source_code_hash),
        handler: value("handler", &attributes.handler),
        runtime: value("runtime", &attributes.runtime),
        architecture: architecture.unwrap_or_else(|| "x86_64".to_owned()),
        has_layers: attributes.layers.get(0).is_some()
            || unknown.get("layers") == Some(&Json::Bool(true)),
        region: region(&attributes.arn),
        deployed: None,
        tainted: false,
        action: None,
    }
}

/// What a state says of a function that is there.
fn deployed(attributes: &Attributes) -> Deployed {
    Deployed {
        source_code_hash: text(&attributes.source_code_hash),
        code_sha256: text(&attributes.code_sha256),
    }
}

/// A text that says something: providers write an empty one for what nobody set.
fn text(json: &Json) -> Option<String> {
    json.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The region in an ARN: `arn:PARTITION:lambda:REGION:…`.
fn region(arn: &Json) -> Option<String> {
    let region = arn.as_str()?.split(':').nth(3)?;
    (!region.is_empty()).then(|| region.to_owned())
}
