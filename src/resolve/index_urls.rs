//! Where pip is configured to look for packages: read from its files, variables and lines, without
//! starting it.
//!
//! Whoever configured an index wants that one to be asked and no other, and it may want a password.
//! So what a lock has at a public address is fetched from there only if no index is configured. A
//! folder of wheels on this machine is not an index: its files are taken from the disk.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Context, pip_config};
use crate::address;
use crate::environment::Environment;
use crate::fs;

/// The settings that name an index or a page of links.
const NAMING: &[&str] = &["index-url", "extra-index-url", "find-links", "no-index"];

/// Where pip is configured to look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Locations {
    /// Whether an index or a page is named, or that none may be asked.
    pub(super) is_configured: bool,
    /// The first setting that does, or that names a folder.
    setting: Option<Setting>,
    /// Folders of wheels on this machine.
    pub(super) folders: Vec<Utf8PathBuf>,
    /// Addresses of indexes and pages.
    addresses: Vec<String>,
}

/// A setting of pip's configuration that says where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// What pip calls it, without its dashes.
    pub(super) key: String,
    /// Itself, as people would look for it.
    pub(super) shown: String,
}

/// Reads where pip would look for the wheels of the request.
pub(super) fn locations(context: Context<'_>) -> Locations {
    let mut found = Locations::default();
    for option in &context.request.requirements.options {
        // Of a folder the identity also has the digest of what it holds.
        let mut words = option.identity.split(' ');
        let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        found.add(name.trim_start_matches('-'), value);
    }
    found.add_configured(context.environment);
    found
}

/// Returns the setting by which pip is configured to ask an index or to look into a folder.
pub(super) fn configured_index(environment: &Environment) -> Option<Setting> {
    let mut found = Locations::default();
    found.add_configured(environment);
    found.setting
}

/// The folders of wheels that pip's configuration files name, where one of them is relative: pip takes
/// them from its working directory, so they are given to it as absolute ones. `None` where a variable
/// says otherwise.
pub(super) fn relative_links(environment: &Environment) -> Option<String> {
    if environment.raw("PIP_FIND_LINKS").is_some() {
        return None;
    }
    let files = pip_config::files(environment);
    let bytes = files.iter().filter_map(|path| pip_config::read(path));
    let settings = bytes.flat_map(|bytes| settings(&String::from_utf8_lossy(&bytes)));
    let links: Vec<String> =
        settings.filter(|(key, _)| key == "find-links").map(|(_, value)| value).collect();
    let all = links.join(" ");
    let is_relative = |link: &str| !link.contains("://") && !Utf8Path::new(link).is_absolute();
    if !all.split_whitespace().any(is_relative) {
        return None;
    }
    let here = fs::canonical(Utf8Path::new(".")).ok()?;
    let absolute = |link: &str| match is_relative(link) {
        true => here.join(link).into_string(),
        false => link.to_owned(),
    };
    Some(all.split_whitespace().map(absolute).collect::<Vec<_>>().join(" "))
}

impl Locations {
    /// Addresses of indexes and pages; they may have passwords.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().map(String::as_str)
    }

    /// Adds what variables and files name.
    fn add_configured(&mut self, environment: &Environment) {
        for name in NAMING {
            let variable = format!("PIP_{}", name.to_uppercase().replace('-', "_"));
            if let Some(value) = environment.raw(&variable) {
                // A value that is not UTF-8 still names a place: pip would look there.
                self.add(name, value.to_str().unwrap_or("://"));
                self.remember(name, variable);
            }
        }
        for path in pip_config::files(environment) {
            let Some(bytes) = pip_config::read(&path) else { continue };
            for (key, value) in settings(&String::from_utf8_lossy(&bytes)) {
                self.add(&key, &value);
                self.remember(&key, format!("`{key}` in {path}"));
            }
        }
    }

    /// Whether an address has what may be a token in the path of an index: some services know their
    /// users by `https://host/TOKEN/simple`.
    pub(super) fn has_token_of(&self, url: &str) -> bool {
        let segments = self.addresses.iter().flat_map(|address| address.split('/').skip(3));
        segments.filter(|segment| is_token(segment)).any(|token| url.contains(token))
    }

    /// Keeps the first setting that says where to look.
    fn remember(&mut self, key: &str, shown: String) {
        let says_where = self.is_configured || !self.folders.is_empty();
        if says_where && self.setting.is_none() {
            self.setting = Some(Setting { key: key.to_owned(), shown });
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        match key {
            "no-index" => {
                // The words that pip reads as false (`strtobool` in pip/_internal/utils/misc.py).
                let is_off = ["0", "false", "no", "off", "n", "f"];
                self.is_configured |= !is_off.contains(&value.to_lowercase().as_str());
            }
            "index-url" | "extra-index-url" => {
                self.is_configured |= !value.is_empty();
                self.addresses.extend(value.split_whitespace().map(str::to_owned));
            }
            "find-links" => {
                // pip splits the value of an option that may be given several times at its blanks
                // (`_update_defaults` in pip/_internal/cli/parser.py).
                for value in value.split_whitespace() {
                    match address::local_path(value) {
                        Some(path) => self.folders.push(path.into()),
                        None if value.contains("://") => {
                            self.is_configured = true;
                            self.addresses.push(value.to_owned());
                        }
                        None => self.folders.push(value.into()),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The settings of a configuration file that name an index, whatever command they are for: keys
/// with dashes, values with their continuation lines.
///
/// Source: "Configuration" in pip's documentation, and the format of Python's configparser.
fn settings(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let is_comment = line.trim_start().starts_with(['#', ';']);
        if is_comment || line.trim().is_empty() {
            continue;
        }
        // An indented line continues the value above it (configparser, "Supported INI File
        // Structure").
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = found.last_mut().filter(|_| is_open) {
                *value += &format!(" {}", line.trim());
            }
            continue;
        }
        is_open = false;
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        // As `_normalize_name` in pip/_internal/configuration.py does it.
        let key = key.trim().to_lowercase().replace('_', "-");
        if NAMING.contains(&key.as_str()) {
            found.push((key, value.trim().to_owned()));
            is_open = true;
        }
    }
    found
}

/// Whether a segment of a path looks like a token and not like a name: at least 12 letters and
/// digits, some of each, and nothing else.
fn is_token(segment: &str) -> bool {
    let has = |is: fn(char) -> bool| segment.contains(is);
    let is_plain = segment.chars().all(|c| c.is_ascii_alphanumeric());
    is_plain
        && segment.len() >= 12
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_alphabetic())
}

/// Looks for a file in folders of wheels.
pub(super) fn find(name: &str, folders: &[Utf8PathBuf]) -> Option<Utf8PathBuf> {
    let is_file = |path: &Utf8PathBuf| matches!(fs::kind(path), Ok(Some(fs::Kind::File { .. })));
    folders.iter().map(|folder| folder.join(name)).find(is_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_pip_writes_them() {
        let text = "[global]\nindex-url = https://u:p@h/simple\n; x = y\ntimeout = 5\n\
                    [install]\nfind_links =\n    /a\n\n    https://h/b\nno-index: false\n";
        let found = settings(text);
        let expected = [
            ("index-url", "https://u:p@h/simple"),
            ("find-links", " /a https://h/b"),
            ("no-index", "false"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_token_in_the_path_of_an_index_is_known_by_its_look() {
        let mut found = Locations::default();
        found.add("index-url", "https://h/3f9a27c1d0b84e5fa6/simple");
        found.add("extra-index-url", "https://h/pypi/a-repository-of-ours/simple/");
        assert!(found.has_token_of("https://h/3f9a27c1d0b84e5fa6/a-1-py3-none-any.whl"));
        found.add("index-url", "https://h/aB3dEfGhIjKlMnOp/simple");
        assert!(found.has_token_of("https://h/aB3dEfGhIjKlMnOp/a-1-py3-none-any.whl"));
        assert!(!found.has_token_of("https://h/pypi/a-repository-of-ours/a-1-py3-none-any.whl"));
    }

    #[test]
    fn an_index_is_a_location_and_a_folder_or_a_certificate_is_none() {
        let of = |key: &str, value: &str| {
            let mut found = Locations::default();
            found.add(key, value);
            (found.is_configured, found.folders.len())
        };
        assert_eq!(of("index-url", "https://h/simple"), (true, 0));
        assert_eq!(of("extra-index-url", "https://h/simple"), (true, 0));
        assert_eq!(of("find-links", "/a file:///b"), (false, 2));
        assert_eq!(of("find-links", "/a https://h/b"), (true, 1));
        assert_eq!(of("no-index", "1"), (true, 0));
        assert_eq!(of("no-index", "false"), (false, 0));
        assert_eq!(of("cert", "/c"), (false, 0));
    }
}
