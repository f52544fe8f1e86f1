//! The hook's text, and the line that replaces it in a hook of somebody else.
//!
//! One hook serves all projects of a repository. git writes the pushed refs to standard input,
//! which can be read only once, so both keep a copy for the other readers.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::words::shell;

/// Marks a hook as ours, also where it was edited since.
const MARK: &str = "# Written by `cargo dofs-package hook install`";
/// Begins the line of each project.
const LINE: &str = "verify ";

/// Returns the hook of projects: their roots, as the top of the worktree sees them.
pub(super) fn write(projects: &BTreeSet<Utf8PathBuf>) -> String {
    let lines: Vec<String> =
        projects.iter().map(|project| format!("{LINE}{}\n", shell(project.as_str()))).collect();
    let lines = lines.concat();
    format!(
        "\
#!/bin/sh
{MARK}; `… hook uninstall` removes it.
# Before a push, the package manifest in each pushed commit is verified against the sources in
# that commit. `git push --no-verify` goes without.
pushed=$(cat)
if [ -z \"$pushed\" ]; then
    echo 'note: git names nothing that is pushed, so no package manifest is verified' >&2
    exit 0
fi

# A program that pushes for a user may know fewer folders than the user's shell.
PATH=$PATH:${{CARGO_HOME:-$HOME/.cargo}}/bin
if command -v cargo-dofs-package >/dev/null 2>&1; then
    tool=cargo-dofs-package
elif cargo dofs-package --version >/dev/null 2>&1; then
    tool='cargo dofs-package'
else
    echo 'error: there is no `cargo-dofs-package` on PATH to verify what is pushed with' >&2
    echo 'hint: install it, or push without: `git push --no-verify`' >&2
    exit 1
fi

status=0
verify() {{
    printf '%s\\n' \"$pushed\" | $tool hook run --root=\"$1\" || status=$?
}}
{lines}exit $status
"
    )
}

/// Returns the projects of a hook; none where it is not, byte for byte, what [`write()`] gives for
/// them.
pub(super) fn read(bytes: &[u8]) -> Option<BTreeSet<Utf8PathBuf>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let words = |line: &str| shlex::split(line.strip_prefix(LINE)?);
    let projects = text.lines().filter_map(words).flatten().map(Utf8PathBuf::from).collect();
    (write(&projects) == text).then_some(projects)
}

/// Whether a hook was written here, whatever has been changed since.
pub(super) fn is_changed(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, MARK.as_bytes()).is_some()
}

/// Returns the line that runs the tool in a hook of somebody else, and leaves standard input to the
/// lines below: the file is opened twice, since each of the two readers needs an offset of its own,
/// and removed while it is open (open(2), unlink(2)).
pub(super) fn line(project: &Utf8Path) -> String {
    let root = shell(project.as_str());
    format!(
        "pushed=$(mktemp) && cat >\"$pushed\" && exec <\"$pushed\" 3<\"$pushed\" && rm \"$pushed\" \
         && cargo-dofs-package hook run --root={root} -- \"$@\" <&3 || exit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_nothing_else_does() {
        for names in [&["."][..], &["deep er/it's", "a", "$x"], &[]] {
            let projects: BTreeSet<Utf8PathBuf> = names.iter().map(Utf8PathBuf::from).collect();
            let text = write(&projects);
            assert_eq!(read(text.as_bytes()), Some(projects));
            for other in [format!("{text}echo\n"), text.replacen("exit 0", "exit 1", 1)] {
                assert_eq!(read(other.as_bytes()), None);
                assert!(is_changed(other.as_bytes()));
            }
        }
        assert_eq!(read(b"#!/bin/sh\n"), None);
        assert!(!is_changed(b"#!/bin/sh\ncargo-dofs-package hook run\n"));
    }
}
