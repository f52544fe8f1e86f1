//! Writes a proposal as a config; pure.

use std::fmt::Write as _;

use super::template::{Filling, fill};
use crate::adopt::{Proposal, Value};

/// How long a line of the config may be.
const WIDTH: usize = 100;

/// The text of dofs-package.toml, with what the project's other files fill in.
pub(super) fn config(proposal: &Proposal, mut filling: Filling) -> String {
    let list =
        |key: &str, globs: &[String]| format!("{key} = {}", list(globs, WIDTH - key.len() - 3));
    let mut places = Vec::new();
    places.extend(proposal.lambdas.as_ref().map(|globs| list("lambdas", globs)));
    if !proposal.layers.is_empty() {
        places.push(list("layers", &proposal.layers));
    }
    places.extend(proposal.keys.iter().map(|(key, value)| line(key, value)));
    if !places.is_empty() {
        filling.insert("places", places.join("\n"));
    }
    let mut text = fill(include_str!("templates/dofs-package.toml"), &filling);
    for (table, keys) in &proposal.tables {
        let kind = if table.is_layer { "layer" } else { "lambda" };
        let is_bare = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-';
        let name = match table.name.chars().all(is_bare) {
            true => table.name.clone(),
            false => quoted(&table.name),
        };
        let keys = keys.iter().map(|(key, value)| line(key, value) + "\n");
        let keys: String = keys.collect();
        write!(text, "\n[{kind}.{name}]\n{keys}").expect("a String takes all");
    }
    text
}

/// A key with its value.
fn line(key: &str, value: &Value) -> String {
    let value = match value {
        Value::Text(text) => quoted(text),
        Value::List(texts) => list(texts, WIDTH - key.len() - 3),
        Value::Map(map) => {
            let entries =
                map.iter().map(|(one, other)| format!("{} = {}", quoted(one), quoted(other)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    };
    format!("{key} = {value}")
}

/// A list on one line, or one of its texts on each.
pub(super) fn list(texts: &[String], width: usize) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    let line = format!("[{}]", texts.join(", "));
    match line.len() > width {
        true => format!("[\n    {},\n]", texts.join(",\n    ")),
        false => line,
    }
}

/// A text in quotes: a string of JSON is one of TOML and of YAML, too.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}
