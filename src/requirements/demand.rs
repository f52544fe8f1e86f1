//! Reads the requirement of one line: a project by name, a wheel, or a source; see [`super`].

use camino::Utf8Path;

use super::read::Reading;
use super::source::{self, Source};
use super::{Demand, Requirement, invalid, parse_named, unbuildable};
use crate::address;
use crate::address::{redact, without_user};
use crate::digest::Sha256Digest;
use crate::origin::{File, Origin};
use crate::report::{Failure, Place};
use crate::tree::Kind;

impl Reading<'_> {
    pub(super) fn requirement(
        &mut self,
        file: &Utf8Path,
        text: &str,
        hashes: Vec<String>,
        place: Place,
    ) -> Result<Requirement, Failure> {
        let expanded = self.expand(text);
        let mut own = None;
        let (line, identity, demand) = match form(&expanded, text, &place)? {
            Form::Named => {
                let named = parse_named(&expanded)
                    .map_err(|cause| invalid(&redact(text), cause, &place))?;
                let identity = self.with_local_digest(without_user(&expanded), &place)?;
                (text.to_owned(), identity, Demand::Named(Box::new(named)))
            }
            Form::Address => {
                let demand = Demand::Wheel(project(&expanded, &place)?);
                let identity = self.with_local_digest(without_user(&expanded), &place)?;
                (text.to_owned(), identity, demand)
            }
            Form::Path => {
                let path = expanded.split(';').next().unwrap_or_default().trim().to_owned();
                let markers = &expanded[path.len()..];
                let found = self.locate(file, &path, &place)?;
                let digest = Sha256Digest::of(&self.tree.read_found(&found)?);
                let name = found.file_name().unwrap_or_default();
                let line = format!("{}{markers}", address::of_file(&self.tree.absolute(&found)));
                let demand = Demand::Wheel(project(&path, &place)?);
                let identity = format!("{name} {digest:?}{markers}");
                own = Some((found, digest));
                (line, identity, demand)
            }
            Form::Source => {
                let (source, identity) = self.source(file, &expanded, text, &place)?;
                if !hashes.is_empty() && source.origin.file().is_none() {
                    // As pip (`DirectoryUrlHashUnsupported`, `VcsHashUnsupported`).
                    let why = "a hash is for a file, and this is a folder or a repository";
                    let hint = "remove the hash; a commit in full pins a repository";
                    return Err(unbuildable(&redact(text), why, hint, &place));
                }
                (text.to_owned(), identity, Demand::Source(Box::new(source)))
            }
        };
        let text = text.to_owned();
        let all = Requirement { place, text, line, hashes, own, identity, demand };
        let (text, identity) = (all.hashed(&all.text), all.hashed(&all.identity));
        Ok(Requirement { text, identity, ..all })
    }

    /// Reads a requirement that must be built; also returns its text for the key of an answer.
    fn source(
        &mut self,
        file: &Utf8Path,
        expanded: &str,
        written: &str,
        place: &Place,
    ) -> Result<(Source, String), Failure> {
        let refuse = |why, hint| unbuildable(&redact(written), why, hint, place);
        let parts = source::parts(expanded);
        let (mut name, mut extras) = (parts.name.map(str::to_owned), parts.extras.to_owned());
        let without_fragment = parts.address.split('#').next().unwrap_or_default();
        let (egg, subdirectory) = (
            source::of_fragment(parts.address, "egg"),
            source::of_fragment(parts.address, "subdirectory"),
        );
        let scheme = parts.address.split_once("://").map(|(scheme, _)| scheme);
        let origin = if let Some(rest) = parts.address.strip_prefix("git+") {
            if scheme.is_none() {
                let hint = format!("write `git+ssh://{}`", rest.replacen(':', "/", 1));
                return Err(refuse("pip reads no address of ssh without its scheme", &hint));
            }
            let (origin, egg) = source::git(parts.address);
            if let (None, Some(egg)) = (&name, egg) {
                let (project, brackets) = egg.split_at(egg.find('[').unwrap_or(egg.len()));
                name = Some(project.to_owned());
                if !brackets.is_empty() {
                    brackets.clone_into(&mut extras);
                }
            }
            origin
        } else if let Some(scheme) = scheme.filter(|scheme| *scheme != "file") {
            if scheme.contains('+') {
                let hint = "require a wheel of it, or keep it in a git repository";
                return Err(refuse("of version control only git is known here", hint));
            }
            if matches!(scheme, "git" | "ssh") {
                let hint = "write `git+https://` or `git+ssh://` in place of its scheme";
                return Err(refuse("pip knows a repository by the `git+` before its scheme", hint));
            }
            let path = without_fragment.split('?').next().unwrap_or_default();
            // What has no ending may be an archive all the same, as GitHub's `…/zipball/v1`.
            if source::archive_stem(path).is_none() && !matches!(scheme, "http" | "https") {
                let hint = "name a wheel (`.whl`) or a source distribution (`.tar.gz`)";
                return Err(refuse("the address is that of neither wheel nor archive", hint));
            }
            let path = path.trim_end_matches('/');
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let url = Some(parts.address.to_owned());
            let file = File { name, url, path: None, size: None, digest: None };
            Origin::Archive { file, subdirectory: None }
        } else {
            let path = address::local_path(parts.address);
            let path = path.unwrap_or_else(|| parts.address.to_owned());
            let path = self.locate(file, &path, place)?;
            if let (_, Kind::Directory) = self.tree.resolve(&path)? {
                // By pip's rule, `is_installable_dir` in its `utils/misc.py`.
                let has = |name: &str| self.tree.kind(&path.join(name)).map(|kind| kind.is_some());
                if !has("pyproject.toml")? && !has("setup.py")? {
                    let hint = "name the folder that has one of them";
                    return Err(refuse("it has neither pyproject.toml nor setup.py", hint));
                }
                let digest = source::digest_of(self.tree, &path, place)?;
                Origin::directory(path, digest)
            } else {
                let bytes = self.tree.read_found(&path)?;
                let name = path.file_name().unwrap_or_default().to_owned();
                let (size, digest) = (Some(bytes.len() as u64), Some(Sha256Digest::of(&bytes)));
                let file = File { name, url: None, path: Some(path), size, digest };
                Origin::Archive { file, subdirectory: subdirectory.map(str::to_owned) }
            }
        };
        if let (None, Some(egg), Some(_)) = (&name, egg, origin.file()) {
            let (project, brackets) = egg.split_at(egg.find('[').unwrap_or(egg.len()));
            name = Some(project.to_owned());
            if !brackets.is_empty() {
                brackets.clone_into(&mut extras);
            }
        }
        let parsed = name.map(|name| parse_named(&name)).transpose();
        let parsed = parsed.map_err(|cause| invalid(&redact(written), cause, place))?;
        let name = parsed.map(|named| named.name.to_string());
        let what = match &origin {
            Origin::Directory(directory) => {
                format!("directory {:?}", directory.digest.expect("it was just taken"))
            }
            Origin::Archive { file: File { name, digest: Some(digest), .. }, .. } => {
                format!("archive {name} {digest:?}")
            }
            _ => without_user(parts.address),
        };
        let marker = parts.marker.to_owned();
        let identity = format!("{} {extras} {what} {marker}", name.as_deref().unwrap_or_default());
        Ok((Source { name, extras, marker, origin }, identity))
    }
}

/// The form of a requirement.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    /// A project by name (PEP 508).
    Named,
    Path,
    Address,
    /// A folder, an archive or a repository, which must be built.
    Source,
}

/// Returns the form of a requirement with its variables expanded. Messages have the text as it is
/// written, for a variable may be a password.
///
/// Source: `parse_req_from_line` and `_looks_like_path` in pip's `req/constructors.py`.
fn form(text: &str, written: &str, place: &Place) -> Result<Form, Failure> {
    if let Some((_, address)) = source::named_address(text) {
        let address = address.split(';').next().unwrap_or_default();
        return Ok(if is_wheel(address) { Form::Named } else { Form::Source });
    }
    if text.contains("://") {
        return Ok(if is_wheel(text) { Form::Address } else { Form::Source });
    }
    let path = text.split(';').next().unwrap_or_default().trim();
    let is_plain = !path.contains(['<', '>', '=', '~', ' ']);
    if is_wheel(path) && is_plain {
        return Ok(Form::Path);
    }
    // A name has no slash, so a text with one is the path of a folder or an archive.
    let is_path = path.starts_with('.') || path.contains(['/', '\\']);
    if is_path || text.starts_with("file:") || (source::archive_stem(path).is_some() && is_plain) {
        return Ok(Form::Source);
    }
    match parse_named(text) {
        Ok(_) => Ok(Form::Named),
        Err(cause) => Err(invalid(&redact(written), cause, place)),
    }
}

/// Whether a path or a URL, without query and fragment, is that of a wheel.
fn is_wheel(text: &str) -> bool {
    let path = text.split(['#', '?']).next().unwrap_or_default().trim();
    let scheme = path.split("://").next().unwrap_or_default().trim();
    let has_plain_scheme = !path.contains("://") || matches!(scheme, "http" | "https" | "file");
    has_plain_scheme && path.ends_with(".whl")
}

/// Returns the project of a wheel, from its file name.
fn project(location: &str, place: &Place) -> Result<String, Failure> {
    let path = location.split(['#', '?', ';']).next().unwrap_or_default().trim();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let invalid = || invalid(&redact(location), "the file's name is not that of a wheel", place);
    let (project, rest) = name.split_once('-').ok_or_else(invalid)?;
    if rest.split('-').count() < 4 {
        return Err(invalid());
    }
    let parsed = parse_named(project).map_err(|_| invalid())?;
    Ok(parsed.name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { path: "requirements.txt".to_owned(), line: Some(1) }
    }

    #[test]
    fn forms_are_told_apart() {
        let table = [
            ("boto3==1.34.0", Form::Named),
            ("requests[socks,use-chardet]>=2 ; python_version < '3.10'", Form::Named),
            ("a @ https://host/a-1-py3-none-any.whl#sha256=00", Form::Named),
            ("./wheels/a-1-py3-none-any.whl", Form::Path),
            ("a-1-py3-none-any.whl", Form::Path),
            ("https://host/a-1-py3-none-any.whl", Form::Address),
        ];
        for (text, expected) in table {
            assert_eq!(form(text, text, &place()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_has_to_be_built_is_a_source() {
        let table = [
            "../shared",
            ".",
            "./a-1.tar.gz",
            "a-1.tar.gz",
            "file:///a/b",
            "git+https://host/a.git",
            "a @ git+ssh://git@host/a.git",
            "a @ https://host/a-1.tar.gz",
            "https://host/a.zip",
        ];
        for text in table {
            assert_eq!(form(text, text, &place()).unwrap(), Form::Source, "{text}");
        }
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        for text in [
            "boto3=1.34.0",
            "boto3==",
            "a b",
            "!",
            "requests.==2.31.0",
            "a[x.]==1",
            "a==1 ; python_versio < '3'",
        ] {
            let code = form(text, text, &place()).map_err(|failure| failure.code);
            assert_eq!(code, Err("invalid-requirement"), "{text}");
        }
    }
}
