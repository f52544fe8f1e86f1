//! What is in the hook's place, and what its owner can do.

use camino::Utf8Path;

use super::script;
use crate::words::shell;

/// What is in the hook's place and is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// What it is.
    pub(super) what: &'static str,
    /// What its owner can do, beginning with a verb.
    pub(super) advice: String,
}

impl Obstacle {
    /// A link, a folder, a device: nothing is written through the one, or in place of the others.
    pub(super) fn no_file(is_link: bool) -> Self {
        let what = if is_link { "a link" } else { "no file" };
        Self { what, advice: "remove it, if nobody needs it".to_owned() }
    }

    /// What keeps the hook of a project from being installed: another one, by its bytes and path.
    pub(super) fn to_install(bytes: &[u8], path: &Utf8Path, project: &Utf8Path) -> Self {
        if script::is_changed(bytes) {
            return Self::changed("remove it, if what was changed can go, and install it again");
        }
        let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
        let line = script::line(project);
        Self::another(if has("pre-commit.com") {
            "add `id: dofs-package`, of the repository of this tool, to `.pre-commit-config.yaml`"
                .to_owned()
        } else if has("lefthook") {
            let root = shell(project.as_str());
            let line = format!("cargo-dofs-package hook run --root={root} {{0}}");
            format!("let lefthook run `{line}` before a push, with `use_stdin: true`")
        } else if path.as_str().replace('\\', "/").ends_with(".husky/_/pre-push") {
            format!("put this line first in `.husky/pre-push`: `{line}`")
        } else {
            format!("make this its second line, if it is a script of the shell: `{line}`")
        })
    }

    /// What keeps it from being removed.
    pub(super) fn to_uninstall(bytes: &[u8], _: &Utf8Path, _: &Utf8Path) -> Self {
        if script::is_changed(bytes) {
            return Self::changed("remove it yourself, if what was changed can go");
        }
        let advice = "remove what runs `cargo-dofs-package hook run` from it, if anything does";
        Self::another(advice.to_owned())
    }

    fn changed(advice: &str) -> Self {
        Self { what: "not as it was installed", advice: advice.to_owned() }
    }

    fn another(advice: String) -> Self {
        Self { what: "another hook", advice }
    }
}
