//! What a folder on Python's search path is, in Lambda.
//!
//! Sources: "Configuring file system access" in the AWS Lambda developer guide, for what lies below
//! `/mnt/`; "Packaging your layers" there, for `/opt`.

use camino::{Utf8Component, Utf8Path};

/// The folder that the package is unpacked to, and in which Lambda runs.
const TASK: &str = "/var/task";
/// Layers are unpacked, file systems mounted and files written below these.
const FILLED: [&str; 3] = ["/opt", "/mnt", "/tmp"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Folder {
    /// Of the package, and relative to it; empty for its top.
    Package(String),
    /// Nothing that is not found without it: it is the system's, or that of the machine that wrote it.
    Nothing,
    /// What is in it can't be told.
    Unknown,
}

impl Folder {
    /// What a text names, seen from the package.
    pub(crate) fn of(text: &str) -> Self {
        let mut parts: Vec<&str> = Vec::new();
        let whole = Utf8Path::new(TASK).join(text);
        for part in whole.components() {
            match part {
                Utf8Component::ParentDir => drop(parts.pop()),
                Utf8Component::Normal(part) => parts.push(part),
                _ => {}
            }
        }
        let path = format!("/{}", parts.join("/"));
        if let Ok(inside) = Utf8Path::new(&path).strip_prefix(TASK) {
            return Self::Package(inside.to_string());
        }
        // Python looks into these folders of layers anyway.
        let of_layers = path.strip_prefix("/opt/python").is_some_and(|rest| {
            rest.is_empty() || rest.starts_with("/lib/python") && rest.ends_with("/site-packages")
        });
        match FILLED.iter().any(|root| Utf8Path::new(&path).starts_with(root)) && !of_layers {
            true => Self::Unknown,
            false => Self::Nothing,
        }
    }
}
