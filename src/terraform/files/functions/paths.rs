//! Functions for paths and files.

use camino::Utf8Path;

use super::{computed, here};
use crate::terraform::files::outside::{HERE, Outside, located};
use crate::terraform::files::term::{Given, Stop, Term};
use crate::tree::normal;

pub(super) fn paths(
    name: &str,
    given: &[Term],
    outside: &Outside<'_>,
    folder: &Utf8Path,
) -> Option<Given> {
    let path = |term: &Term| Ok::<_, Stop>(located(&term.text()?, folder));
    let given = match (name, given) {
        ("basename", [one]) => one.text().and_then(|text| base(&text)),
        ("dirname", [one]) => one.text().map(|text| Term::of(parent(&text))),
        ("abspath", [one]) => one.text().map(|text| match text.starts_with('/') {
            true => Term::of(clean(&text)),
            false => Term::of(clean(&format!("{HERE}/{folder}/{text}"))),
        }),
        ("pathexpand", [one]) => one.text().and_then(|text| match text.starts_with('~') {
            true => Err(Stop::unknown("a home folder is another one for each user")),
            false => Ok(Term::Text(text)),
        }),
        ("file", [one]) => path(one).and_then(|path| outside.file(&path)),
        ("fileexists", [one]) => path(one).and_then(|path| {
            let is_built = path.extension() == Some("zip");
            let is_there = outside.file(&path)? == Term::Manifest || !is_built;
            if is_there { Ok(Term::Bool(true)) } else { Err(computed(name)) }
        }),
        ("fileset", [one, pattern]) => path(one).and_then(|path| {
            let pattern = pattern.text()?;
            outside.fileset(&path, &pattern)
        }),
        _ => return None,
    };
    Some(given)
}

/// Without `.`, doubled slashes and `..`, as Go's `filepath.Clean` has it.
fn clean(path: &str) -> String {
    match normal(Utf8Path::new(path)).into_string() {
        empty if empty.is_empty() => ".".to_owned(),
        path => path,
    }
}

fn base(path: &str) -> Given {
    let short = path.trim_end_matches('/');
    let last = short.rsplit('/').next().unwrap_or_default();
    match (path, last) {
        _ if format!("/{last}") == HERE => Err(here()),
        ("", _) => Ok(Term::of(".")),
        (_, "") => Ok(Term::of("/")),
        (_, last) => Ok(Term::of(last)),
    }
}

fn parent(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(&path[..=at]),
        None => ".".to_owned(),
    }
}
