//! Functions that read and write JSON, YAML and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{computed, here, ordered};
use crate::terraform::files::outside::{HERE, Outside, from_json};
use crate::terraform::files::term::{Budget, Given, Stop, Term};
use crate::terraform::files::yaml;

pub(super) fn codes(name: &str, given: &[Term], outside: &Outside<'_>) -> Option<Given> {
    let budget = &outside.budget;
    let [one] = given else { return None };
    let given = match name {
        "jsondecode" => match one {
            Term::Manifest => outside.entries(),
            one => one.text().and_then(|text| {
                budget.spend_text(text.len())?;
                let json = serde_json::from_str(&text);
                from_json(json.map_err(|_| Stop::fault("it is no JSON"))?)
            }),
        },
        "jsonencode" => encoded(one, budget).map(Term::of),
        "yamldecode" => one.text().and_then(|text| yaml::decode(&text, budget)),
        "base64encode" => one.text().map(|text| Term::of(STANDARD.encode(text.as_bytes()))),
        "base64decode" => one.text().and_then(|text| {
            let bytes = STANDARD.decode(text.as_bytes()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            text.map(Term::of).ok_or_else(|| Stop::fault("it is no text in base64"))
        }),
        _ => return None,
    };
    Some(given)
}

/// JSON as Go's encoder writes it.
pub(super) fn encoded(term: &Term, budget: &Budget) -> Result<String, Stop> {
    let list = |list: &[Term]| {
        let texts = list.iter().map(|term| encoded(term, budget));
        Ok(format!("[{}]", texts.collect::<Result<Vec<_>, Stop>>()?.join(",")))
    };
    let text = match term.known()? {
        Term::Null => "null".to_owned(),
        Term::Bool(truth) => truth.to_string(),
        Term::Number(number) => number.to_string(),
        Term::Text(text) if text.contains(HERE) => return Err(here()),
        Term::Text(text) => quoted(text),
        Term::List(all) => list(all)?,
        set @ Term::Set(_) => list(ordered(set)?)?,
        Term::Map(map) => {
            let entry = |(key, value): (&String, &Term)| {
                Ok(format!("{}:{}", quoted(key), encoded(value, budget)?))
            };
            format!("{{{}}}", map.iter().map(entry).collect::<Result<Vec<_>, Stop>>()?.join(","))
        }
        Term::Manifest | Term::Unknown(_) => return Err(computed("jsonencode")),
    };
    budget.spend_text(text.len())?;
    Ok(text)
}

fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
