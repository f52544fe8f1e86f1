//! What is to be built, and how pip is told of it.

use camino::Utf8Path;

use super::export;
use crate::address;
use crate::digest::Sha256Digest;
use crate::process::without_user;
use crate::report::Place;
use crate::resolve::{Context, Error, Origin};

/// Makes the line for pip; what it names is put into the folder that is given.
type MakeLine<'a> = dyn Fn(&Utf8Path) -> Result<String, Error> + 'a;

/// What is to be built.
pub(super) struct Plan<'a> {
    /// What it is, whatever the machine: the key under which the wheel is kept.
    pub(super) identity: String,
    /// The same for people.
    pub(super) what: String,
    /// Which line asks for it.
    pub(super) place: Place,
    /// What it is built from.
    pub(super) origin: Origin,
    /// Makes the line for pip; what it names is put into a folder for it.
    pub(super) line: Box<MakeLine<'a>>,
}

impl Plan<'_> {
    /// Demands hashes: pip compares them, and what was built without is built anew.
    pub(super) fn demand(&mut self, hashes: &[String]) {
        for hash in hashes {
            let without = std::mem::replace(&mut self.line, Box::new(|_| Ok(String::new())));
            let hash = hash.clone();
            self.identity += &format!(" {hash}");
            self.line = Box::new(move |folder| Ok(format!("{} {hash}", without(folder)?)));
        }
    }
}

/// A folder, by what a build may see of it.
pub(super) fn directory<'a>(
    path: &'a Utf8Path,
    digest: Sha256Digest,
    what: String,
    place: Place,
    context: Context<'a>,
) -> Plan<'a> {
    let of_line = place.clone();
    Plan {
        identity: format!("directory {digest:?}"),
        what,
        place,
        origin: Origin::Directory { path: path.to_owned(), digest },
        line: Box::new(move |folder| {
            export::export(context.tree, path, &of_line, folder)?;
            Ok(address::of_file(folder))
        }),
    }
}

/// A source distribution of the project's own files.
pub(super) fn archive<'a>(
    path: &'a Utf8Path,
    digest: Sha256Digest,
    subdirectory: Option<String>,
    what: String,
    place: Place,
    context: Context<'a>,
) -> Result<Plan<'a>, Error> {
    let bytes = context.tree.read(path)?.unwrap_or_default();
    if Sha256Digest::of(&bytes) != digest {
        let wheel = path.file_name().unwrap_or_default().to_owned();
        return Err(Error::OtherWheel { wheel });
    }
    let fragment = fragment(subdirectory.as_deref());
    let origin = Origin::Archive {
        file_name: path.file_name().unwrap_or_default().to_owned(),
        path: Some(path.to_owned()),
        url: None,
        subdirectory,
        digest,
        size: bytes.len() as u64,
    };
    let line = address::of_file(&context.tree.absolute(path)) + &fragment;
    let identity = format!("archive {digest:?}{fragment}");
    Ok(Plan { identity, what, place, origin, line: Box::new(move |_| Ok(line.clone())) })
}

/// What tells pip the project's folder in what it fetches.
pub(super) fn fragment(subdirectory: Option<&str>) -> String {
    subdirectory.map_or_else(String::new, |folder| format!("#subdirectory={folder}"))
}

/// `repository` may hold a password, and the origin has the commit.
pub(super) fn repository_at<'a>(
    repository: &'a str,
    origin: Origin,
    what: String,
    place: Place,
) -> Plan<'a> {
    let (commit, subdirectory) = match &origin {
        Origin::Git { commit, subdirectory, .. } => (commit.clone(), subdirectory.clone()),
        _ => (String::new(), None),
    };
    let fragment = fragment(subdirectory.as_deref());
    Plan {
        identity: format!("git {}@{commit}{fragment}", without_user(repository)),
        what,
        place,
        origin,
        line: Box::new(move |_| Ok(format!("git+{repository}@{commit}{fragment}"))),
    }
}
