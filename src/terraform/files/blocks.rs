//! Terraform's blocks, in either of its two syntaxes.
//!
//! What is written in JSON becomes the same blocks as what is written in HCL ("JSON Configuration
//! Syntax" in Terraform's documentation). What of it is a block inside of a block and what an
//! attribute, only a provider's schema says: an object is both here.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::Utf8Path;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object, ObjectKey, ObjectValue};
use hcl_edit::structure::Body;

use crate::report::Place;

/// Where something is, cheap to copy.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    path: Rc<str>,
    line: Option<u32>,
}

impl Spot {
    pub(super) fn place(&self) -> Place {
        Place { path: self.path.to_string(), line: self.line }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) value: Expression,
    pub(super) spot: Spot,
}

#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) labels: Vec<String>,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) blocks: Vec<Block>,
    pub(super) spot: Spot,
}

/// Why a file can't be read.
pub(super) struct Broken {
    pub(super) message: String,
    pub(super) line: Option<u32>,
}

impl Block {
    /// Where the block begins.
    pub(super) fn place(&self) -> Place {
        self.spot.place()
    }

    /// An attribute of the block, and where it is.
    pub(super) fn attribute(&self, name: &str) -> Option<(&Expression, Place)> {
        let attribute = self.attributes.get(name)?;
        Some((&attribute.value, attribute.spot.place()))
    }

    /// The last of its labels.
    pub(super) fn name(&self) -> &str {
        self.labels.last().map(String::as_str).unwrap_or_default()
    }

    /// What it is called after, of its kind.
    pub(super) fn address(&self) -> Option<String> {
        match (&*self.kind, &self.labels[..]) {
            ("resource", [kind, name]) => Some(format!("{kind}.{name}")),
            (kind @ ("data" | "ephemeral"), [type_, name]) => {
                Some(format!("{kind}.{type_}.{name}"))
            }
            (kind, [name]) => Some(format!("{kind}.{name}")),
            _ => None,
        }
    }

    /// Merges a block of an override file into this: its attributes replace those of the same name,
    /// and its blocks all of the same kind ("Override Files" in Terraform's documentation).
    pub(super) fn overridden_by(&mut self, other: &Self) {
        let given = other.attributes.iter().map(|(name, it)| (name.clone(), it.clone()));
        self.attributes.extend(given);
        self.blocks.retain(|own| !other.blocks.iter().any(|it| it.kind == own.kind));
        self.blocks.extend(other.blocks.iter().cloned());
    }
}

/// The blocks of a file of Terraform's.
pub(super) fn parse(path: &Utf8Path, text: &str) -> Result<Vec<Block>, Broken> {
    let file = File::new(path, text);
    match path.extension() {
        Some("json") => Ok(file.top(&json(text)?)),
        _ => Ok(file.blocks(&hcl(text)?)),
    }
}

/// The values of a file of variables.
pub(super) fn assignments(
    path: &Utf8Path,
    text: &str,
) -> Result<BTreeMap<String, Attribute>, Broken> {
    let file = File::new(path, text);
    match path.extension() {
        Some("json") => {
            let node = json(text)?;
            let Value::Object(entries) = &node.value else { return Ok(BTreeMap::new()) };
            // No string is a template there ("Variable Definitions Files").
            let entry = |(key, at, node): &(String, usize, Node)| {
                let value = node.literal();
                (key.clone(), Attribute { value, spot: file.spot(Some(*at)) })
            };
            Ok(entries.iter().map(entry).collect())
        }
        _ => Ok(file.attributes(&hcl(text)?)),
    }
}

fn hcl(text: &str) -> Result<Body, Broken> {
    hcl_edit::parser::parse_body(text).map_err(|error| Broken {
        message: error.message().to_owned(),
        line: u32::try_from(error.location().line()).ok(),
    })
}

/// What tells the lines of a file.
struct File {
    path: Rc<str>,
    /// Where its lines begin, in bytes.
    lines: Vec<usize>,
}

impl File {
    fn new(path: &Utf8Path, text: &str) -> Self {
        let begins = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { path: path.as_str().into(), lines: std::iter::once(0).chain(begins).collect() }
    }

    fn spot(&self, at: Option<usize>) -> Spot {
        let line = at.map(|at| self.lines.partition_point(|start| *start <= at));
        Spot { path: Rc::clone(&self.path), line: line.and_then(|line| u32::try_from(line).ok()) }
    }

    fn attributes(&self, body: &Body) -> BTreeMap<String, Attribute> {
        let attribute = |it: &hcl_edit::structure::Attribute| {
            let spot = self.spot(it.span().map(|span| span.start));
            (it.key.to_string(), Attribute { value: it.value.clone(), spot })
        };
        body.attributes().map(attribute).collect()
    }

    fn blocks(&self, body: &Body) -> Vec<Block> {
        let block = |it: &hcl_edit::structure::Block| Block {
            kind: it.ident.to_string(),
            labels: it.labels.iter().map(|label| label.as_str().to_owned()).collect(),
            attributes: self.attributes(&it.body),
            blocks: self.blocks(&it.body),
            spot: self.spot(it.span().map(|span| span.start)),
        };
        body.blocks().map(block).collect()
    }

    /// The blocks of a file in JSON.
    fn top(&self, node: &Node) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (kind, at, node) in node.entries() {
            let labels = match &**kind {
                "resource" | "data" | "ephemeral" => 2,
                "variable" | "output" | "module" | "provider" => 1,
                _ => 0,
            };
            self.labelled(kind, &mut Vec::new(), labels, *at, node, &mut blocks);
        }
        blocks
    }

    /// The blocks of one kind, whose labels are keys.
    fn labelled(
        &self,
        kind: &str,
        labels: &mut Vec<String>,
        missing: usize,
        at: usize,
        node: &Node,
        blocks: &mut Vec<Block>,
    ) {
        if let Value::Array(list) = &node.value {
            for node in list {
                self.labelled(kind, labels, missing, at, node, blocks);
            }
        } else if missing == 0 {
            blocks.push(self.block(kind, labels.clone(), at, node));
        } else {
            for (label, at, node) in node.entries() {
                labels.push(label.clone());
                self.labelled(kind, labels, missing - 1, *at, node, blocks);
                labels.pop();
            }
        }
    }

    fn block(&self, kind: &str, labels: Vec<String>, at: usize, node: &Node) -> Block {
        let mut blocks = Vec::new();
        let mut attributes = BTreeMap::new();
        for (name, at, node) in node.entries() {
            let labels = usize::from(kind == "terraform" && name == "backend");
            self.labelled(name, &mut Vec::new(), labels, *at, node, &mut blocks);
            let is_type = kind == "variable" && name == "type";
            let value = if is_type { node.bare() } else { node.expression() };
            attributes.insert(name.clone(), Attribute { value, spot: self.spot(Some(*at)) });
        }
        Block { kind: kind.to_owned(), labels, attributes, blocks, spot: self.spot(Some(at)) }
    }
}

/// JSON, with the place of each key.
struct Node {
    value: Value,
}

enum Value {
    Text(String),
    Array(Vec<Node>),
    /// Keys, where they begin, and what they have.
    Object(Vec<(String, usize, Node)>),
    /// A number, a bool or null.
    Other(serde_json::Value),
}

impl Node {
    fn entries(&self) -> &[(String, usize, Self)] {
        match &self.value {
            Value::Object(entries) => entries,
            Value::Text(_) | Value::Array(_) | Value::Other(_) => &[],
        }
    }

    /// As an expression, with each text as a template.
    fn expression(&self) -> Expression {
        self.with(&|text| {
            let template = hcl_edit::parser::parse_template(text).ok();
            let template = template.filter(|it| it.iter().any(|element| !element.is_literal()));
            template.map(|template| {
                let elements: Vec<_> = template.into_iter().collect();
                Expression::StringTemplate(elements.into())
            })
        })
    }

    /// As an expression, with each text as it is.
    fn literal(&self) -> Expression {
        self.with(&|_| None)
    }

    /// A type, which is a text in JSON.
    fn bare(&self) -> Expression {
        let Value::Text(text) = &self.value else { return self.expression() };
        let inner = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
        hcl_edit::parser::parse_expr(inner.unwrap_or(text)).unwrap_or_else(|_| text.as_str().into())
    }

    fn with(&self, template: &dyn Fn(&str) -> Option<Expression>) -> Expression {
        match &self.value {
            Value::Text(text) => template(text).unwrap_or_else(|| text.as_str().into()),
            Value::Array(list) => {
                Expression::Array(list.iter().map(|node| node.with(template)).collect())
            }
            Value::Object(entries) => {
                let mut object = Object::new();
                for (key, _, node) in entries {
                    // A comment, by convention of that syntax, only at the top.
                    let key = ObjectKey::Expression(key.as_str().into());
                    object.insert(key, ObjectValue::new(node.with(template)));
                }
                Expression::Object(object)
            }
            Value::Other(serde_json::Value::Bool(truth)) => (*truth).into(),
            Value::Other(serde_json::Value::Number(number)) => {
                hcl_edit::parser::parse_expr(&number.to_string())
                    .unwrap_or_else(|_| Expression::null())
            }
            Value::Other(_) => Expression::null(),
        }
    }
}

/// Reads JSON with the places of its keys, which `serde_json` does not tell.
fn json(text: &str) -> Result<Node, Broken> {
    // What is not JSON, or nested too deeply, is refused here, so that the scan below can't fail.
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let line = u32::try_from(error.line()).ok();
        return Err(Broken { message: error.to_string(), line });
    }
    let mut scan = Scan { text, at: 0 };
    Ok(scan.node())
}

/// A scan of valid JSON.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    /// The next letter that means something, which stays.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blanks = rest.iter().take_while(|byte| b" \t\r\n,:".contains(byte)).count();
        self.at += blanks;
        self.text.as_bytes().get(self.at).copied()
    }

    fn node(&mut self) -> Node {
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.text()),
            Some(b'[') => {
                self.at += 1;
                let mut list = Vec::new();
                while self.peek().is_some_and(|byte| byte != b']') {
                    list.push(self.node());
                }
                self.at += 1;
                Value::Array(list)
            }
            Some(b'{') => {
                self.at += 1;
                let mut entries = Vec::new();
                while self.peek() == Some(b'"') {
                    let at = self.at;
                    let key = self.text();
                    entries.push((key, at, self.node()));
                }
                self.at += 1;
                Value::Object(entries)
            }
            _ => {
                let rest = &self.text[self.at..];
                let end = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                self.at += end;
                let value = serde_json::from_str(&rest[..end]);
                Value::Other(value.unwrap_or_default())
            }
        };
        Node { value }
    }

    fn text(&mut self) -> String {
        let bytes = self.text.as_bytes();
        let start = self.at;
        self.at += 1;
        while bytes.get(self.at).is_some_and(|byte| *byte != b'"') {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(bytes.len());
        serde_json::from_str(&self.text[start..self.at]).unwrap_or_default()
    }
}
