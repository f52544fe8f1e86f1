//! Writes a lock.
//!
//! The text depends on the values alone. Packages are sorted by name, and each value that is likely
//! to change has a line of its own, each wheel too, so that differences are short and merge. Keys
//! are in the order of the specification. No time is written: it would change when nothing else
//! does.

use std::fmt::Write as _;

use super::{Built, By, Made, Package, Pylock};
use crate::address::plain;
use crate::origin::{Directory, File, Origin};

/// What the first lines say to whoever opens the file.
const HEADER: &str = "\
# Made by `cargo dofs-package lock`. That command makes it anew; it need not be edited.
";

/// The name by which locks know this tool.
pub(super) const CREATED_BY: &str = "cargo-dofs-package";

/// Returns the text of a lock; see "`pylock.toml` Specification" of the PyPA.
///
/// Addresses are written as [`plain()`] has them.
pub(crate) fn write(lock: &Pylock) -> String {
    let mut text = HEADER.to_owned();
    key(&mut text, "lock-version", "1.0");
    array(&mut text, "environments", lock.environments.iter().map(|marker| quoted(marker)));
    optional(&mut text, "requires-python", lock.requires_python.as_deref());
    array(&mut text, "default-groups", lock.default_groups.iter().map(|group| quoted(group)));
    key(&mut text, "created-by", CREATED_BY);
    let mut packages: Vec<&Package> = lock.packages.iter().collect();
    // Sorted by the written version, so that a lock that is read and written again stays as it is.
    packages.sort_by_key(|package| (&package.name, written_version(package), &package.marker));
    if packages.is_empty() {
        // The key is required.
        text += "packages = []\n";
    }
    for package in packages {
        text += "\n[[packages]]\n";
        write_package(&mut text, package);
    }
    if let Some(Made { source, requirements, target, said }) = &lock.made {
        text += "\n[tool.cargo-dofs-package]\n";
        optional(&mut text, "source", source.as_deref());
        key(&mut text, "requirements-sha256", &requirements.to_hex());
        key(&mut text, "python", &target.python.to_string());
        key(&mut text, "architecture", &target.architecture.to_string());
        for (name, by) in [("said", By::User), ("said-by-terraform", By::Terraform)] {
            let said: Vec<String> = said.keys(by).map(quoted).collect();
            if !said.is_empty() {
                line(&mut text, name, &format!("[{}]", said.join(", ")));
            }
        }
    }
    text
}

/// The version that is written. The specification forbids that of a source tree, which may have
/// another one tomorrow (`packages.version`).
fn written_version(package: &Package) -> Option<&str> {
    let is_tree = matches!(package.origins[..], [Origin::Vcs(_) | Origin::Directory(_)]);
    package.version.as_deref().filter(|_| !is_tree)
}

fn write_package(text: &mut String, package: &Package) {
    key(text, "name", &package.name);
    optional(text, "version", written_version(package));
    optional(text, "marker", package.marker.as_deref());
    optional(text, "requires-python", package.requires_python.as_deref());
    let mut names: Vec<&String> = package.dependencies.iter().map(|it| &it.name).collect();
    names.sort();
    let dependencies = names.into_iter().map(|name| table(&[("name", Some(quoted(name)))]));
    array(text, "dependencies", dependencies);
    write_origins(text, &package.origins);
    if let Some(Built { wheel, digest }) = &package.built {
        text.push_str("\n[packages.tool.cargo-dofs-package]\n");
        key(text, "wheel", wheel.as_str());
        key(text, "sha256", &digest.to_hex());
        if let [Origin::Directory(Directory { digest: Some(digest), .. })] = &package.origins[..] {
            key(text, "directory-sha256", &digest.to_hex());
        }
    }
}

fn write_origins(text: &mut String, origins: &[Origin]) {
    let optional = |value: &Option<String>| value.as_deref().map(quoted);
    let mut wheels = Vec::new();
    for origin in origins {
        match origin {
            Origin::Wheel(file) => wheels.push(file),
            Origin::Sdist(file) => {
                line(text, "sdist", &write_file(file, Some(&file.name), None));
            }
            // The name of an archive is that in its address; the format has no key for another.
            Origin::Archive { file, subdirectory } => {
                line(text, "archive", &write_file(file, None, subdirectory.as_deref()));
            }
            Origin::Vcs(vcs) => {
                let vcs = [
                    ("type", Some(quoted(&vcs.kind))),
                    ("url", vcs.url.as_deref().map(|url| quoted(&plain(url)))),
                    ("path", optional(&vcs.path)),
                    ("requested-revision", optional(&vcs.requested_revision)),
                    ("commit-id", optional(&vcs.commit)),
                    ("subdirectory", optional(&vcs.subdirectory)),
                ];
                line(text, "vcs", &table(&vcs));
            }
            Origin::Directory(directory) => {
                let directory = [
                    ("path", Some(quoted(directory.path.as_str()))),
                    ("editable", directory.editable.then(|| "true".to_owned())),
                    ("subdirectory", optional(&directory.subdirectory)),
                ];
                line(text, "directory", &table(&directory));
            }
        }
    }
    wheels.sort_by_key(|wheel| &wheel.name);
    let wheels = wheels.into_iter().map(|file| write_file(file, Some(&file.name), None));
    array(text, "wheels", wheels);
}

fn write_file(file: &File, name: Option<&str>, subdirectory: Option<&str>) -> String {
    let digest = file.digest.map(|digest| quoted(&digest.to_hex()));
    // The specification demands an address or a path. An address with a password is not written, so
    // the file's name stands there as a path.
    let path = file.path.as_deref().map(|path| path.as_str());
    let path = path.or_else(|| file.url.is_none().then_some(file.name.as_str()));
    table(&[
        ("name", name.map(quoted)),
        ("url", file.url.as_deref().map(|url| quoted(&plain(url)))),
        ("path", path.map(quoted)),
        ("size", file.size.map(|size| size.to_string())),
        ("hashes", Some(table(&[("sha256", digest)]))),
        ("subdirectory", subdirectory.map(quoted)),
    ])
}

fn key(text: &mut String, key: &str, value: &str) {
    line(text, key, &quoted(value));
}

fn optional(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        key(text, name, value);
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    writeln!(text, "{key} = {value}").expect("a text takes all");
}

/// Writes an array, a line for each item; an empty one is left out.
fn array(text: &mut String, key: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() > 0 {
        let items: String = items.map(|item| format!("    {item},\n")).collect();
        line(text, key, &format!("[\n{items}]"));
    }
}

/// An inline table of the keys that have a value.
fn table(pairs: &[(&str, Option<String>)]) -> String {
    let pairs =
        pairs.iter().filter_map(|(key, value)| Some(format!("{key} = {}", value.as_ref()?)));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

/// A text as TOML quotes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
