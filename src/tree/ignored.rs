//! Tells which files git ignores, by the rules of gitignore(5).
//!
//! Git itself is not asked: most builds package a file that git does not track, for that is what is
//! generated, and none of them should wait for a process.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::checkout::Checkout;
use super::git_config::Settings;
use crate::environment::Environment;
use crate::fs;

/// The rules of a repository, read as far as they were needed.
struct Rules<'a> {
    checkout: &'a Checkout,
    /// The rules of each folder's `.gitignore`, by its path from the top.
    folders: BTreeMap<Utf8PathBuf, Gitignore>,
    /// The rules of this clone, then those of this user.
    last: [Gitignore; 2],
}

impl Checkout {
    /// Returns, of files of the project that git does not track, those that it ignores.
    pub(crate) fn ignored<'p>(
        &self,
        paths: &[&'p Utf8Path],
        environment: &Environment,
    ) -> Vec<&'p Utf8Path> {
        if paths.is_empty() {
            return Vec::new();
        }
        let own = self.rules(&self.common.join("info/exclude"));
        let user = excludes_file(&self.settings, environment);
        let user = user.map_or_else(Gitignore::empty, |path| self.rules(&path));
        let (folders, last) = (BTreeMap::new(), [own, user]);
        let mut rules = Rules { checkout: self, folders, last };
        let is_ignored =
            |path: &&&Utf8Path| self.inside_top(path).is_some_and(|path| rules.ignores(&path));
        paths.iter().filter(is_ignored).copied().collect()
    }

    /// Reads one file of rules; none, if it is missing or can't be read.
    fn rules(&self, path: &Utf8Path) -> Gitignore {
        let mut builder = GitignoreBuilder::new("");
        let ignores_case = self.settings.flag("core.ignorecase") == Some(true);
        // It fails only after the first pattern.
        drop(builder.case_insensitive(ignores_case).map(|_| ()));
        let bytes = fs::read(path).ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // Git passes over a line that is no pattern, too.
            drop(builder.add_line(None, line).map(|_| ()));
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }
}

impl Rules<'_> {
    /// Whether a path from the top is ignored, or a folder that it is in: what is in an ignored
    /// folder can't be taken back.
    fn ignores(&mut self, path: &Utf8Path) -> bool {
        let mut all: Vec<&Utf8Path> =
            path.ancestors().filter(|it| !it.as_str().is_empty()).collect();
        all.reverse();
        all.into_iter().any(|part| self.decides(part, part != path))
    }

    /// Whether the rules for a path ignore it: those of the nearest folder come first.
    fn decides(&mut self, path: &Utf8Path, is_folder: bool) -> bool {
        for folder in path.ancestors().skip(1) {
            let inside = path.strip_prefix(folder).expect("an ancestor is a prefix");
            let checkout = self.checkout;
            let read = || checkout.rules(&checkout.top.join(folder).join(".gitignore"));
            let rules = self.folders.entry(folder.to_owned()).or_insert_with(read);
            match rules.matched(inside, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        let decided = self.last.iter().map(|rules| rules.matched(path, is_folder));
        decided.into_iter().find(|it| !it.is_none()).is_some_and(|it| it.is_ignore())
    }
}

/// The file of this user's rules: `core.excludesFile`, or where git looks without it.
fn excludes_file(own: &Settings, environment: &Environment) -> Option<Utf8PathBuf> {
    let home = environment.text("HOME").or_else(|| environment.text("USERPROFILE"));
    let home = Utf8Path::new(home?);
    let xdg = environment.text("XDG_CONFIG_HOME").map(Utf8PathBuf::from);
    let xdg = xdg.unwrap_or_else(|| home.join(".config")).join("git");
    let mut settings = Settings::default();
    let named = environment.text("GIT_CONFIG_GLOBAL").map(Utf8PathBuf::from);
    let files =
        named.map_or_else(|| vec![xdg.join("config"), home.join(".gitconfig")], |it| vec![it]);
    for path in files {
        let bytes = fs::read(&path).ok().flatten().unwrap_or_default();
        settings.add(&String::from_utf8_lossy(&bytes));
    }
    let named = own.text("core.excludesfile").or_else(|| settings.text("core.excludesfile"));
    Some(match named {
        Some(path) => match path.strip_prefix("~/") {
            Some(path) => home.join(path),
            None => path.into(),
        },
        None => xdg.join("ignore"),
    })
}
