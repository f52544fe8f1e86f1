//! Reads the few settings that say how git writes files into a worktree, from the files of the
//! repository.
//!
//! These are written into each repository's own file by `git init` and `git clone`, which try what
//! the file system can (`core.fileMode`, `core.symlinks`, `core.ignoreCase` in git-config(1)).
//! Settings of included files and of the command line are not read: what hangs on them is asked of
//! git itself.

/// Settings by their names in lower case, with their subsections as they are written; the last one
/// of a name wins.
#[derive(Debug, Default)]
pub(super) struct Settings(Vec<(String, String)>);

impl Settings {
    /// Adds the settings of one file, whose values win over those before.
    pub(super) fn add(&mut self, text: &str) {
        let mut section = String::new();
        for line in joined(text) {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                let Some(end) = header.rfind(']') else { continue };
                section = name_of_section(&header[..end]);
                continue;
            }
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key.trim(), unquoted(value)),
                // A key alone is true.
                None => (line, "true".to_owned()),
            };
            self.0.push((format!("{section}.{}", key.to_lowercase()), value));
        }
    }

    /// The value of a setting.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a setting that is true or false; `None` where it is not set, or neither.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.text(name)?.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" | "" => Some(false),
            _ => None,
        }
    }
}

/// The lines, joined where one ends in a backslash.
fn joined(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let (part, again) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(part),
            None => lines.push(part.to_owned()),
        }
        goes_on = again;
    }
    lines
}

/// `core`, or `filter.NAME` for `filter "NAME"`.
fn name_of_section(header: &str) -> String {
    match header.split_once(char::is_whitespace) {
        Some((section, name)) => {
            let name = name.trim().trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
            format!("{}.{name}", section.to_lowercase())
        }
        None => header.to_lowercase(),
    }
}

/// A value without its comment, quotes and escapes ("Syntax" in git-config(1)).
fn unquoted(value: &str) -> String {
    let (mut text, mut is_quoted) = (String::new(), false);
    let mut letters = value.trim_start().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '#' | ';' if !is_quoted => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_git_writes_them() {
        let mut settings = Settings::default();
        settings.add(
            "[core]\n\tfileMode = false # not here\n\tsymlinks\n; no\n[Core]\nworktree = \"a b\"\n\
             [filter \"x.Y\"]\n\tsmudge = one \\\n two\n[core]\n\tignoreCase = True\n",
        );
        assert_eq!(settings.flag("core.filemode"), Some(false));
        assert_eq!(settings.flag("core.symlinks"), Some(true));
        assert_eq!(settings.flag("core.ignorecase"), Some(true));
        assert_eq!(settings.text("core.worktree"), Some("a b"));
        assert_eq!(settings.text("filter.x.Y.smudge"), Some("one  two"));
        settings.add("[core]\n\tfilemode = yes\n");
        assert_eq!(
            (settings.flag("core.filemode"), settings.flag("core.bare")),
            (Some(true), None)
        );
    }
}
