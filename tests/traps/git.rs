//! What git runs because a repository says so: keys of configuration, attributes, hooks, and what is
//! fetched of a partial clone. The keys are those of git-config(1) that name a program.

use std::path::Path;

use super::{fired, fired_folder, say, trap};
use crate::support::{Project, git, output};

/// Keys with a command each.
const COMMANDS: &[&str] = &[
    "alias.cat-file",
    "alias.status",
    "browser.t.cmd",
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.gitProxy",
    "core.pager",
    "core.sshCommand",
    "credential.helper",
    "diff.external",
    "diff.t.command",
    "diff.t.textconv",
    "difftool.t.cmd",
    "filter.t.clean",
    "filter.t.process",
    "filter.t.smudge",
    "gpg.program",
    "gpg.ssh.defaultKeyCommand",
    "gpg.ssh.program",
    "gpg.x509.program",
    "guitool.t.cmd",
    "imap.tunnel",
    "interactive.diffFilter",
    "lfs.customtransfer.t.path",
    "lfs.extension.t.smudge",
    "maintenance.strategy",
    "man.t.cmd",
    "merge.t.driver",
    "mergetool.t.cmd",
    "pager.cat-file",
    "pager.ls-files",
    "pager.status",
    "receive.procReceiveRefs",
    "remote.origin.receivepack",
    "remote.origin.uploadpack",
    "sendemail.sendmailCmd",
    "sequence.editor",
    "submodule.m.update",
    "trailer.t.command",
    "uploadpack.packObjectsHook",
    "web.browser",
];
/// Keys that let the commands be reached.
const OPENED: &[(&str, &str)] = &[
    ("extensions.partialClone", "origin"),
    ("filter.t.required", "true"),
    ("log.showSignature", "true"),
    ("protocol.allow", "always"),
    ("protocol.ext.allow", "always"),
    ("remote.origin.promisor", "true"),
    ("submodule.recurse", "true"),
];
/// All hooks of githooks(5).
const HOOKS: &[&str] = &[
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
];
/// An address that is a command, and one of a server.
const EXT: &str = "ext::";

/// A project whose repository has two commits, attributes that name drivers, an object that is not
/// there, and a file that git must look into to know whether it was changed.
fn repository() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "manifest = \"packages.json\"\n"),
        (".gitattributes", "*.txt filter=t diff=t merge=t\n"),
        (".gitignore", "*.zip\n"),
        ("lambdas/a/a.py", "A = 1\n"),
        ("lambdas/a/kept.txt", "kept\n"),
        ("lambdas/a/gone.dat", "gone\n"),
        ("lambdas/b/b.py", "B = 1\n"),
    ]);
    let root = project.root();
    git(&root, &["init", "--quiet"]);
    assert_eq!(project.run(&["build", "-q"]).code, 0);
    // Of a driver that nobody defines git does nothing.
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "one"]);
    project.write("lambdas/b/b.py", "B = 2\n");
    git(&root, &["commit", "--quiet", "--all", "--message", "two"]);
    let object = git(&root, &["rev-parse", "HEAD:lambdas/a/gone.dat"]);
    std::fs::remove_file(root.join(format!(".git/objects/{}/{}", &object[..2], &object[2..])))
        .expect("an object");
    project.write("lambdas/a/kept.txt", "kept\n");
    project
}

/// Writes settings full of traps as a file of configuration.
fn write_traps(project: &Project, file: &Path, address: &str) {
    let hooks = project.home().join("hooks");
    for name in HOOKS {
        hook(project, &hooks, name);
    }
    let text = file.display().to_string();
    let set = |key: &str, value: &str| {
        git(&project.home(), &["config", "--file", &text, key, value]);
    };
    let traps = COMMANDS.iter().map(|key| (*key, trap(project, key)));
    for (key, command) in traps {
        // A daemon would be started by git itself.
        let command = if key == "submodule.m.update" { format!("!{command}") } else { command };
        set(key, &command);
    }
    for (key, value) in OPENED {
        set(key, value);
    }
    set("core.hooksPath", &hooks.display().to_string());
    let script = hook(project, &project.home().join("ext"), "ext");
    let address = match address {
        EXT => format!("ext::{script}"),
        address => address.to_owned(),
    };
    set("remote.origin.url", &address);
}

/// Writes a program that is a trap; returns its path.
fn hook(project: &Project, folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    if !path.exists() {
        std::fs::create_dir_all(folder).expect("a folder");
        let draft = project.home().join("draft");
        std::fs::write(&draft, format!("#!/bin/sh\n{}\n", trap(project, name))).expect("a script");
        let mut install = std::process::Command::new("install");
        output(install.args(["-m", "755"]).arg(&draft).arg(&path));
    }
    path.display().to_string()
}

/// Runs every command that asks git anything, at the root and as git runs hooks.
fn run_all(project: &Project, root: &Path) {
    let head = git_without_config(root, &["rev-parse", "HEAD"]);
    let pushed = format!("refs/heads/main {head} refs/heads/main {}\n", "0".repeat(40));
    let commands: &[&[&str]] = &[
        &["build", "-q"],
        &["build", "-n", "--rev", "HEAD"],
        &["build", "--rev", "HEAD", "-q"],
        &["build", "--rev", "HEAD", "-q", "--out-dir", "out"],
        &["build", "-n", "--changed-since", "HEAD~1"],
        &["list", "--changed-since", "HEAD~1"],
        &["list", "--rev", "HEAD", "--members"],
        &["verify"],
        &["verify", "--rev", "HEAD"],
        &["diff", "a", "--rev", "HEAD~1"],
        &["lock"],
        &["init", "--force", "--yes"],
        &["hook", "install"],
        &["hook", "run", "origin", "address"],
        &["hook", "uninstall"],
        &["external"],
        &["doctor"],
    ];
    for arguments in commands {
        say(&project.tool().directory(root), arguments, &pushed);
    }
    let hooked = project.tool().directory(root).env("GIT_DIR", root.join(".git"));
    say(&hooked, &["hook", "run", "origin", "address"], &pushed);
    say(&hooked, &["verify"], "");
}

/// Git without the traps of the repository, which are what is tried.
fn git_without_config(root: &Path, arguments: &[&str]) -> String {
    git(
        root,
        &[&["-c", "core.fsmonitor=false", "-c", "core.alternateRefsCommand="], arguments].concat(),
    )
}

#[test]
fn the_traps_are_alive() {
    let project = repository();
    write_traps(&project, &project.path(".git/config"), "user@host.invalid:x");
    let mut run = std::process::Command::new("git");
    run.args(["status"]).current_dir(project.root()).env("HOME", project.home());
    drop(run.output().expect("git"));
    let mut run = std::process::Command::new("git");
    run.args(["show", "HEAD:lambdas/a/gone.dat"]).current_dir(project.root());
    drop(run.env("HOME", project.home()).output().expect("git"));
    let fired = fired(&project);
    for name in ["core.fsmonitor", "filter.t.process", "core.sshCommand"] {
        assert!(fired.iter().any(|it| it == name), "{name} is no trap: {fired:?}");
    }
}

#[test]
fn the_configuration_of_a_repository_runs_nothing() {
    for address in [EXT, "user@host.invalid:x", "git://127.0.0.1:1/x", "https://127.0.0.1:1/x"] {
        let project = repository();
        write_traps(&project, &project.path(".git/config"), address);
        run_all(&project, &project.root());
        assert_eq!(fired(&project), [""; 0], "{address}");
    }
}

#[test]
fn the_configuration_of_a_worktree_and_an_included_one_run_nothing() {
    for at in ["config.worktree", "included"] {
        let project = repository();
        let root = project.root();
        git(&root, &["config", "core.repositoryFormatVersion", "1"]);
        git(&root, &["config", "extensions.worktreeConfig", "true"]);
        git(&root, &["config", "include.path", "included"]);
        write_traps(&project, &project.path(".git").join(at), "user@host.invalid:x");
        run_all(&project, &root);
        assert_eq!(fired(&project), [""; 0], "{at}");
    }
}

#[test]
fn hooks_in_a_repository_are_not_run() {
    let project = repository();
    for name in HOOKS {
        hook(&project, &project.path(".git/hooks"), name);
    }
    run_all(&project, &project.root());
    assert_eq!(fired(&project), [""; 0]);
}

/// A plain clone brings it: git takes a folder with these files for a repository.
#[test]
fn a_repository_among_the_files_runs_nothing() {
    let project = repository();
    let root = project.root();
    let inner = project.path("inner");
    let text = inner.display().to_string();
    git(&project.home(), &["clone", "--quiet", "--bare", &root.display().to_string(), &text]);
    write_traps(&project, &inner.join("config"), "user@host.invalid:x");
    project.write("inner/lambdas/a/a.py", "A = 1\n");
    project.write("inner/lambdas/a/kept.txt", "kept\n");
    project.write("inner/dofs-package.toml", "manifest = \"packages.json\"\n");
    run_all(&project, &inner);
    run_all(&project, &inner.join("lambdas/a"));
    assert_eq!(fired(&project), [""; 0]);
    let run = project.tool().directory(&inner).run(&["-n", "--rev", "HEAD"]);
    assert!(run.stderr.contains("safe.bareRepository"), "{}", run.stderr);
}

#[test]
fn a_git_file_that_leads_elsewhere_runs_nothing() {
    let project = repository();
    let elsewhere = project.path("elsewhere");
    std::fs::rename(project.path(".git"), &elsewhere).expect("a folder is moved");
    write_traps(&project, &elsewhere.join("config"), "user@host.invalid:x");
    project.write(".git", "gitdir: elsewhere\n");
    run_all(&project, &project.root());
    assert_eq!(fired(&project), [""; 0]);
}

#[test]
fn the_configuration_of_a_submodule_runs_nothing() {
    let project = repository();
    let root = project.root();
    let other = repository();
    let address = other.root().display().to_string();
    // The other one has all its objects, or it could not be cloned.
    other.write("lambdas/a/gone.dat", "gone\n");
    git(&other.root(), &["hash-object", "-w", "lambdas/a/gone.dat"]);
    let allowed = ["-c", "protocol.file.allow=always"];
    let add = ["submodule", "--quiet", "add", &address, "lambdas/m"];
    git(&root, &[&allowed[..], &add].concat());
    git(&root, &["commit", "--quiet", "--message", "a submodule"]);
    write_traps(&project, &project.path(".git/modules/lambdas/m/config"), "user@host.invalid:x");
    project.write("lambdas/m/lambdas/a/kept.txt", "kept\n");
    run_all(&project, &root);
    assert_eq!(fired(&project), [""; 0]);
}

/// The filter of the repository is not run, so the lambda would have other bytes than a checkout.
#[test]
fn a_file_whose_filter_is_not_run_is_its_lambdas_failure() {
    let project = repository();
    std::fs::create_dir_all(fired_folder(&project)).expect("a folder");
    let root = project.root();
    project.write("lambdas/a/gone.dat", "gone\n");
    git(&root, &["hash-object", "-w", "lambdas/a/gone.dat"]);
    git(&root, &["config", "filter.t.smudge", &trap(&project, "smudge")]);
    let run = project.run(&["-n", "-q", "--rev", "HEAD"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        b	GvHvAxTmr5fAHsLSGEw5kiuGF92s+MsP+9eTt5sp1GM=	lambdas/b/b.zip
        --- stderr
        error: cannot read `lambdas/a/kept.txt`
          --> lambdas/a
          caused by: its attribute `filter=t` names a filter of the repository's own configuration, which is not run
        hint: make it yours, if you trust it: `git config --global filter.t.smudge "$(git config filter.t.smudge)"`
        error: 1 of 2 lambdas could not be packaged
    "#]].assert_eq(&run.text());
    assert_eq!(fired(&project), [""; 0]);
    // One that the user has defined is the user's.
    let global = project.home().join(".gitconfig").display().to_string();
    git(&project.home(), &["config", "--file", &global, "filter.t.smudge", "cat"]);
    assert_eq!(project.run(&["-n", "-q", "--rev", "HEAD"]).code, 0);
}

#[test]
fn a_filter_of_a_submodule_is_not_run_either() {
    let project = Project::with(&[("lambdas/b/b.py", "B = 1\n")]);
    let root = project.root();
    let other = Project::with(&[
        (".gitattributes", "*.txt filter=t\n"),
        ("kept.txt", "kept\n"),
        ("m.py", "M = 1\n"),
    ]);
    for at in [&other.root(), &root] {
        git(at, &["init", "--quiet"]);
    }
    git(&other.root(), &["add", "--all"]);
    git(&other.root(), &["commit", "--quiet", "--message", "one"]);
    let address = other.root().display().to_string();
    let allowed = ["-c", "protocol.file.allow=always"];
    git(&root, &[&allowed[..], &["submodule", "--quiet", "add", &address, "lambdas/m"]].concat());
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "two"]);
    let command = trap(&project, "process");
    git(&project.path("lambdas/m"), &["config", "filter.t.process", &command]);
    let run = project.run(&["-n", "-q", "--rev", "HEAD"]);
    assert_eq!(run.code, 5, "{}", run.text());
    assert!(run.stdout.starts_with("b\t") && run.stderr.contains("`filter=t`"), "{}", run.text());
    assert!(run.stderr.contains("git config --global filter.t.process"), "{}", run.text());
    assert_eq!(fired(&project), [""; 0]);
}

/// `git lfs install --local` and actions that check out write these into the clone.
#[test]
fn git_lfs_runs_by_its_own_commands_from_the_repository() {
    let project = repository();
    let root = project.root();
    project.write("lambdas/a/gone.dat", "gone\n");
    git(&root, &["hash-object", "-w", "lambdas/a/gone.dat"]);
    let path = project.program("git-lfs", "cat; echo \"$@\" >> \"$HOME/lfs\"");
    git(&root, &["config", "filter.t.smudge", "git-lfs smudge -- %f"]);
    git(&root, &["config", "filter.t.required", "true"]);
    let run = project.tool().env("PATH", path).run(&["-n", "-q", "--rev", "HEAD"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said = std::fs::read_to_string(project.home().join("lfs")).expect("what it was told");
    assert_eq!(said, "smudge -- lambdas/a/kept.txt\n");
}
