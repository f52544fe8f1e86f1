//! What is in the hook's place and was not written here, and what its owner can do.

use camino::Utf8Path;

use super::script;
use crate::report::Failure;
use crate::words::shell;

/// What is there: its bytes, where it is and how that is shown, and the project as the top of the
/// worktree sees it.
pub(super) struct ForeignHook<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) path: &'a Utf8Path,
    pub(super) shown: &'a str,
    pub(super) project: &'a Utf8Path,
}

/// A link, a folder, a device: nothing is written through the one, or in place of the others.
pub(super) fn no_file(shown: &str, is_link: bool) -> Failure {
    let what = if is_link { "a link" } else { "no file" };
    stays(shown, what, "remove it, if nobody needs it".to_owned())
}

/// Why the hook of a project can't be installed.
pub(super) fn to_install(hook: &ForeignHook<'_>) -> Failure {
    let ForeignHook { bytes, path, shown, project } = hook;
    if script::is_changed(bytes) {
        return changed(shown, "remove it, if what was changed can go, and install it again");
    }
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let line = script::line(project);
    let advice = if has("pre-commit.com") {
        "add `id: dofs-package`, of the repository of this tool, to `.pre-commit-config.yaml`"
            .to_owned()
    } else if has("lefthook") {
        let root = shell(project.as_str());
        let line = format!("cargo-dofs-package hook run --root={root} {{0}}");
        format!("let lefthook run `{line}` before a push, with `use_stdin: true`")
    } else if path.as_str().replace('\\', "/").ends_with(".husky/_/pre-push") {
        // husky writes that folder anew, and its hook runs the one above it.
        format!("put this line first in `.husky/pre-push`: `{line}`")
    } else {
        format!("make this its second line, if it is a script of the shell: `{line}`")
    };
    stays(shown, "another hook", advice)
}

/// Why it can't be removed.
pub(super) fn to_uninstall(hook: &ForeignHook<'_>) -> Failure {
    if script::is_changed(hook.bytes) {
        return changed(hook.shown, "remove it yourself, if what was changed can go");
    }
    let advice = "remove what runs `cargo-dofs-package hook run` from it, if anything does";
    stays(hook.shown, "another hook", advice.to_owned())
}

fn changed(shown: &str, advice: &str) -> Failure {
    stays(shown, "not as it was installed", advice.to_owned())
}

fn stays(shown: &str, what: &str, advice: String) -> Failure {
    Failure::input("foreign-hook", format!("`{shown}` is {what}, and stays as it is")).hint(advice)
}
