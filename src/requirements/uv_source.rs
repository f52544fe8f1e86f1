//! What `[tool.uv.sources]` says of a dependency, as the line that pip takes.
//!
//! Source: "Dependency sources" in uv's documentation. A path, an address and a repository are direct
//! references, which pip has, too; an index, a member of a workspace, and a source that holds for some
//! targets only are uv's own.

use super::parse_named;

/// The line that asks for the same as a line and the source of its project; `up` leads from the folder
/// of the line to that of the source. None where pip has no such line.
pub(super) fn direct(text: &str, source: &toml::Value, up: &str) -> Option<String> {
    let source = source.as_table()?;
    let is_known = |key: &String| {
        ["path", "url", "git", "rev", "tag", "branch", "subdirectory", "editable"]
            .contains(&key.as_str())
    };
    let named = parse_named(text).ok()?;
    if !source.keys().all(is_known) || text.contains('@') {
        return None;
    }
    let value = |key: &str| source.get(key).and_then(toml::Value::as_str);
    let below = value("subdirectory").map(|folder| format!("#subdirectory={folder}"));
    let address = match (value("path"), value("url"), value("git")) {
        (Some(path), None, None) if below.is_none() => match path.starts_with(['/', '~']) {
            true => path.to_owned(),
            false => format!("./{up}{path}"),
        },
        (None, Some(url), None) => format!("{url}{}", below.unwrap_or_default()),
        (None, None, Some(url)) => {
            let mut revisions = ["rev", "tag", "branch"].into_iter().filter_map(value);
            let revision = revisions.next().map(|it| format!("@{it}")).unwrap_or_default();
            format!("git+{}{revision}{}", url.trim_start_matches("git+"), below.unwrap_or_default())
        }
        _ => return None,
    };
    let marker = text.split_once(';').map(|(_, marker)| format!(" ; {}", marker.trim()));
    let extras: Vec<String> = named.extras.iter().map(ToString::to_string).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    let (name, marker) = (&named.name, marker.unwrap_or_default());
    // pip takes a wheel by its path alone.
    let is_wheel_here = address.ends_with(".whl") && !address.contains("://");
    Some(match is_wheel_here {
        true => format!("{address}{extras}{marker}"),
        false => format!("{name}{extras} @ {address}{marker}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, source: &str) -> Option<String> {
        let table: toml::Table = format!("x = {source}").parse().unwrap();
        direct(text, &table["x"], "../")
    }

    #[test]
    fn what_pip_has_is_a_direct_reference() {
        let table = [
            ("one", "{ path = \"libs/one\" }", "one @ ./../libs/one"),
            (
                "One[b,a]>=1 ; os_name == 'posix'",
                "{ path = \"/x\", editable = true }",
                "one[b,a] @ /x ; os_name == 'posix'",
            ),
            ("one", "{ path = \"one-1-py3-none-any.whl\" }", "./../one-1-py3-none-any.whl"),
            ("one", "{ url = \"https://h/one.zip\" }", "one @ https://h/one.zip"),
            (
                "one",
                "{ git = \"https://h/one\", tag = \"v1\", subdirectory = \"a\" }",
                "one @ git+https://h/one@v1#subdirectory=a",
            ),
            ("one", "{ git = \"ssh://git@h/one\" }", "one @ git+ssh://git@h/one"),
        ];
        for (text, source, expected) in table {
            assert_eq!(of(text, source).as_deref(), Some(expected), "{source}");
        }
    }

    #[test]
    fn what_uv_alone_knows_is_none() {
        for source in [
            "{ workspace = true }",
            "{ index = \"x\" }",
            "{ git = \"https://h/one\", marker = \"os_name == 'nt'\" }",
            "{ git = \"https://h/one\", lfs = true }",
            "{ path = \"libs/one\", package = false }",
            "{ url = \"https://h/one.zip\", extra = \"x\" }",
            "[{ path = \"a\" }, { path = \"b\" }]",
        ] {
            assert_eq!(of("one", source), None, "{source}");
        }
        assert_eq!(of("one @ https://h/one.zip", "{ path = \"a\" }"), None);
    }
}
