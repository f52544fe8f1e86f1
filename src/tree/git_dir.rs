//! Makes a git directory of ours through which a repository is read.
//!
//! The configuration of a repository names programs that git runs, and a checkout may come from
//! anybody. `info/attributes` has precedence over the attributes of every commit (gitattributes(5)),
//! is never pushed, and no setting of git turns it off: with `*.py eol=crlf` in it, a revision would
//! have other bytes than in CI. So git is given another git directory. Its objects are those of the
//! repository; its configuration has the user's settings and, of the repository's own, those that
//! are known to run nothing; and links lead to what other programs keep there (`lfs`, `git-crypt`).
//!
//! A new setting of git that runs a program is left out until somebody has looked at it, for what is
//! taken is listed and not what is left. Filters are the user's (system, global, command line), but
//! for those that run git-lfs by a command of its own: CI systems write these into the clone.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::git::{Git, GitDir};
use crate::fs;
use crate::report::Failure;

/// What is not linked to: files of git that reading one commit does not need, such as references
/// (with `refs/replace`) and hooks, and the folder of `attributes`. Source:
/// gitrepository-layout(5).
const OF_GIT: [&str; 9] = [
    "HEAD",
    "config",
    "config.worktree",
    "hooks",
    "index",
    "info",
    "objects",
    "packed-refs",
    "refs",
];
/// Settings of the user's that would be wrong in the new folder: included files are listed in their
/// places already.
const NOT_OF_USER: [&str; 4] = ["core.bare", "core.worktree", "include.", "includeif."];
/// Settings of a repository's own that are taken: what its objects and its worktree are like. None
/// of them runs a program (git-config(1), git-lfs-config(5)).
const OF_REPOSITORY: [&str; 23] = [
    "core.autocrlf",
    "core.checkstat",
    "core.eol",
    "core.excludesfile",
    "core.filemode",
    "core.ignorecase",
    "core.longpaths",
    "core.precomposeunicode",
    "core.protecthfs",
    "core.protectntfs",
    "core.repositoryformatversion",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "core.symlinks",
    "core.trustctime",
    "extensions.compatobjectformat",
    "extensions.objectformat",
    "extensions.partialclone",
    "index.sparse",
    "lfs.repositoryformatversion",
    "lfs.storage",
    "lfs.url",
    "status.showuntrackedfiles",
];
/// The same for settings with a name in the middle: where files are fetched from that a clone left
/// out, and the token for that, which `actions/checkout` keeps in the clone.
const OF_REPOSITORY_BY_NAME: [(&str, &str); 7] = [
    ("remote", "url"),
    ("remote", "lfsurl"),
    ("remote", "promisor"),
    ("remote", "partialclonefilter"),
    ("http", "extraheader"),
    ("lfs", "access"),
    ("lfs", "locksverify"),
];
/// The commands of a filter, in the order in which git prefers them.
const COMMANDS: [&str; 3] = ["process", "smudge", "clean"];

/// Which files of the folder `info` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Info {
    /// None: what only one clone has says nothing of a commit.
    None,
    /// Those of the worktree: which files are ignored, and attributes.
    Worktree,
}

/// Makes the git directory through which a repository is read, at `folder`. `head` is the commit
/// that stands for its HEAD, if it has one.
pub(super) fn make(
    git: &Git,
    head: Option<&str>,
    info: Info,
    folder: &Utf8Path,
) -> Result<GitDir, Failure> {
    let own = git.path(&["--git-dir"])?;
    let common = git.path(&["--git-common-dir"])?;
    let objects = git.path(&["--git-path", "objects"])?;
    let listed = git.ask_bytes(&["config", "--list", "--show-scope", "-z"])?;
    let (settings, refused) = harmless(&listed);
    fs::create_directory(&folder.join("refs"))?;
    let head = head.unwrap_or("ref: refs/heads/none");
    fs::write(&folder.join("HEAD"), format!("{head}\n").as_bytes())?;
    fs::write(&folder.join("config"), &written(&settings))?;
    for name in fs::names(&common)? {
        if !OF_GIT.contains(&name.as_str()) {
            fs::link(&common.join(&name), &folder.join(&name))?;
        }
    }
    if info == Info::Worktree {
        if fs::kind(&common.join("info"))?.is_some() {
            fs::link(&common.join("info"), &folder.join("info"))?;
        }
        // A linked worktree has an index of its own, and the other half of a split one beside it.
        for name in fs::names(&own)?.into_iter().filter(|it| it.starts_with("sharedindex.")) {
            if fs::kind(&folder.join(&name))?.is_none() {
                fs::link(&own.join(&name), &folder.join(&name))?;
            }
        }
    }
    Ok(GitDir { path: folder.to_owned(), objects, refused })
}

/// A setting: its key, and its value; none for a boolean without one.
type Setting = (Vec<u8>, Option<Vec<u8>>);

/// Reads the output of `git config --list --show-scope -z`, which has `SCOPE<NUL>KEY<newline>VALUE`
/// for each setting, or `KEY` alone for a boolean without a value (git-config(1), "-z"). Returns the
/// settings that are taken, and the filters that are not.
fn harmless(listed: &[u8]) -> (Vec<Setting>, BTreeMap<String, &'static str>) {
    let mut all: Vec<(bool, Setting)> = Vec::new();
    let mut parts = listed.split(|byte| *byte == 0);
    while let (Some(scope), Some(setting)) = (parts.next(), parts.next()) {
        let setting = match setting.iter().position(|byte| *byte == b'\n') {
            Some(end) => (setting[..end].to_vec(), Some(setting[end + 1..].to_vec())),
            None => (setting.to_vec(), None),
        };
        all.push((!matches!(scope, b"local" | b"worktree"), setting));
    }
    let filters = |is_of_user: bool| -> BTreeSet<String> {
        let those = all.iter().filter(|(of_user, _)| *of_user == is_of_user);
        let named = those.filter_map(|(_, (key, _))| match sections(key)? {
            ("filter", Some(name), variable) if COMMANDS.contains(&variable) => Some(name),
            _ => None,
        });
        named.map(str::to_owned).collect()
    };
    let (of_user, of_repository) = (filters(true), filters(false));
    let own = || all.iter().filter(|(of_user, _)| !of_user).map(|(_, setting)| setting);
    // All values of a command, though the last one wins.
    let commands = |name: &str, variable: &str| -> Vec<String> {
        let wanted = format!("filter.{name}.{variable}");
        let values = own().filter(|(key, _)| *key == wanted.as_bytes());
        values
            .map(|(_, value)| String::from_utf8_lossy(value.as_deref().unwrap_or(b"")).into_owned())
            .collect()
    };
    let all_of = |name: &str| COMMANDS.iter().flat_map(|it| commands(name, it)).collect::<Vec<_>>();
    let (lfs, others): (BTreeSet<String>, BTreeSet<String>) = of_repository
        .into_iter()
        .filter(|name| !of_user.contains(name))
        .partition(|name| all_of(name).iter().all(|command| is_of_lfs(command)));
    // A filter that changes nothing in a checkout leaves nothing undone.
    let run = |name: &String| match commands(name, "smudge").pop() {
        _ if !commands(name, "process").is_empty() => Some("process"),
        Some(smudge) if !matches!(smudge.trim(), "" | "cat") => Some("smudge"),
        _ => None,
    };
    let refused = others.into_iter().filter_map(|name| Some((name.clone(), run(&name)?))).collect();
    let is_taken = |(of_user, (key, _)): &&(bool, Setting)| {
        let Some((section, name, variable)) = sections(key) else { return false };
        if *of_user {
            let key = String::from_utf8_lossy(key);
            return !NOT_OF_USER
                .iter()
                .any(|it| key == *it || it.ends_with('.') && key.starts_with(it));
        }
        match name {
            None => OF_REPOSITORY.contains(&format!("{section}.{variable}").as_str()),
            Some(name) if section == "filter" => lfs.contains(name),
            // The name of a remote is an argument of `git fetch`.
            Some(name) => {
                !name.starts_with('-') && OF_REPOSITORY_BY_NAME.contains(&(section, variable))
            }
        }
    };
    let is_dash = |(key, value): &Setting| {
        key == b"extensions.partialclone" && value.as_ref().is_none_or(|it| it.starts_with(b"-"))
    };
    let settings = all.iter().filter(is_taken).map(|(_, setting)| setting);
    (settings.filter(|it| !is_dash(it)).cloned().collect(), refused)
}

/// Splits a key into its section, its subsection and its variable. The subsection is between the
/// first and the last dot, and may have dots itself (git-config(1), "Syntax").
fn sections(key: &[u8]) -> Option<(&str, Option<&str>, &str)> {
    let key = std::str::from_utf8(key).ok()?;
    let (section, rest) = key.split_once('.')?;
    match rest.rsplit_once('.') {
        Some((name, variable)) => Some((section, Some(name), variable)),
        None => Some((section, None, rest)),
    }
}

/// Whether a command is one that `git lfs install` writes (git-lfs-install(1)), by its name on PATH.
fn is_of_lfs(command: &str) -> bool {
    let command = command.strip_prefix("git-lfs ").or_else(|| command.strip_prefix("git lfs "));
    let known = ["clean", "smudge", "smudge --skip"];
    command.is_some_and(|command| match command.strip_suffix("%f") {
        Some(of_file) => {
            let of_file = of_file.trim_end();
            known.contains(&of_file.strip_suffix(" --").unwrap_or(of_file))
        }
        None => matches!(command, "filter-process" | "filter-process --skip"),
    })
}

/// Writes settings as a configuration file.
fn written(settings: &[Setting]) -> Vec<u8> {
    let mut file = Vec::new();
    for (key, value) in settings {
        let first = key.iter().position(|byte| *byte == b'.');
        let last = key.iter().rposition(|byte| *byte == b'.');
        let (Some(first), Some(last)) = (first, last) else { continue };
        file.push(b'[');
        file.extend(&key[..first]);
        if first < last {
            file.push(b' ');
            quote(&key[first + 1..last], &mut file);
        }
        file.extend(b"]\n\t");
        file.extend(&key[last + 1..]);
        if let Some(value) = value {
            file.extend(b" = ");
            quote(value, &mut file);
        }
        file.push(b'\n');
    }
    file
}

fn quote(text: &[u8], file: &mut Vec<u8>) {
    file.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => file.extend([b'\\', *byte]),
            b'\n' => file.extend(b"\\n"),
            other => file.push(*other),
        }
    }
    file.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    /// The output of git for settings, each behind its scope.
    fn listing(settings: &[(&str, &[u8])]) -> Vec<u8> {
        let parts =
            settings.iter().flat_map(|(scope, setting)| [scope.as_bytes(), b"\0", setting, b"\0"]);
        parts.collect::<Vec<_>>().concat()
    }

    #[test]
    fn settings_are_written_as_git_reads_them() {
        let table: [(&[u8], &[u8]); 6] = [
            (b"core.bare\nfalse", b""),
            (b"core.eol\nlf", b"[core]\n\teol = \"lf\"\n"),
            (b"a.b\n", b"[a]\n\tb = \"\"\n"),
            (b"a.on", b"[a]\n\ton\n"),
            (
                b"filter.a.b \"c\".smudge\nx 'y' \"z\" \\; # \n-",
                b"[filter \"a.b \\\"c\\\"\"]\n\tsmudge = \"x 'y' \\\"z\\\" \\\\; # \\n-\"\n",
            ),
            (b"a.b\n\xff", b"[a]\n\tb = \"\xff\"\n"),
        ];
        for (listed, expected) in table {
            let (settings, _) = harmless(&listing(&[("global", listed)]));
            assert_eq!(written(&settings), expected, "{}", listed.escape_ascii());
        }
    }

    #[test]
    fn of_a_repository_only_known_settings_are_taken() {
        let taken = |scope, setting: &[u8]| !harmless(&listing(&[(scope, setting)])).0.is_empty();
        let table: [(&[u8], bool); 16] = [
            (b"core.eol\nlf", true),
            (b"extensions.objectformat\nsha256", true),
            (b"extensions.partialclone\n--upload-pack=x", false),
            (b"remote.a.b.url\nhttps://h/", true),
            (b"remote.--upload-pack=x.url\nhttps://h/", false),
            (b"remote.a.uploadpack\nx", false),
            (b"http.https://h/.extraheader\nx: y", true),
            (b"http.https://h/.proxy\nx", false),
            (b"core.sshcommand\nx", false),
            (b"core.fsmonitor\nx", false),
            (b"core.hookspath\nx", false),
            (b"credential.helper\n!x", false),
            (b"lfs.customtransfer.x.path\nx", false),
            (b"lfs.extension.x.smudge\nx", false),
            (b"include.path\nx", false),
            (b"future.key\nx", false),
        ];
        for (setting, expected) in table {
            assert_eq!(taken("local", setting), expected, "{}", setting.escape_ascii());
            assert_eq!(taken("worktree", setting), expected, "{}", setting.escape_ascii());
        }
        assert!(taken("global", b"core.sshcommand\nx") && taken("command", b"core.sshcommand\nx"));
    }

    #[test]
    fn filters_are_the_users_or_those_of_git_lfs() {
        let refused = |settings: &[(&str, &[u8])]| -> Vec<String> {
            harmless(&listing(settings)).1.into_keys().collect()
        };
        let own = |command: &str| refused(&[("local", format!("filter.x.{command}").as_bytes())]);
        let of_lfs = [
            "smudge\ngit-lfs smudge -- %f",
            "smudge\ngit-lfs smudge --skip -- %f",
            "smudge\ngit lfs smudge %f",
            "clean\ngit-lfs clean -- %f",
            "process\ngit-lfs filter-process",
            "process\ngit-lfs filter-process --skip",
        ];
        let harmless = ["smudge\ncat", "clean\nnbstripout", "required\ntrue"];
        for command in of_lfs.into_iter().chain(harmless) {
            assert!(own(command).is_empty(), "{command}");
        }
        let foreign = [
            "smudge\ngit-lfs smudge -- %f; evil",
            "smudge\n./git-lfs smudge -- %f",
            "smudge\ngit-lfs  smudge -- $(evil) %f",
            "process\ngit-lfs filter-process\n",
            "process\nevil",
            "smudge\ntr a-z A-Z",
        ];
        for command in foreign {
            assert_eq!(own(command), ["x"], "{command}");
        }
        assert!(
            refused(&[("global", b"filter.x.smudge\na"), ("local", b"filter.x.smudge\nb")])
                .is_empty()
        );
    }

    #[test]
    fn settings_are_read_however_they_are_broken() {
        try_all("git-config", |bytes| {
            let (settings, refused) = harmless(bytes);
            format!("{:?} {refused:?}", written(&settings))
        });
    }
}
