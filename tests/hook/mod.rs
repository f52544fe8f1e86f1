//! The pre-push hook: each pushed commit's manifest against its own sources.

mod commits;
mod foreign;
mod install;
mod named;
mod pushes;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Project, Run, git, path};

/// A project with a repository, a manifest that is right, the hook, and a bare repository to push
/// to.
struct Pushing {
    project: Project,
    bare: PathBuf,
}

impl Pushing {
    fn new() -> Self {
        let project = Project::with(&[
            (".gitignore", "*.zip\n"),
            ("dofs-package.toml", "manifest = \"packages.json\"\n"),
            ("lambdas/a/a.py", "A = 1\n"),
            ("lambdas/b/b.py", "B = 1\n"),
        ]);
        let bare = project.home().join("bare");
        git(&project.home(), &["init", "--quiet", "--bare", &text(&bare)]);
        git(&project.root(), &["init", "--quiet"]);
        git(&project.root(), &["remote", "add", "origin", &text(&bare)]);
        project.digests();
        let pushing = Self { project, bare };
        pushing.commit();
        let run = pushing.project.run(&["hook", "install"]);
        assert_eq!(
            run.text(),
            "exit code: 0\n--- stdout\ninstalled\t.git/hooks/pre-push\n--- stderr\n"
        );
        pushing
    }

    /// The same, in folders of one repository, a lambda each, all with the hook.
    fn in_folders(folders: &[&str]) -> Self {
        let project = Project::with(&[(".gitignore", "*.zip\n")]);
        let bare = project.home().join("bare");
        git(&project.home(), &["init", "--quiet", "--bare", &text(&bare)]);
        git(&project.root(), &["init", "--quiet"]);
        git(&project.root(), &["remote", "add", "origin", &text(&bare)]);
        for folder in folders {
            let config = format!("{folder}/dofs-package.toml");
            project.write(&config, "manifest = \"packages.json\"\n");
            project.write(&format!("{folder}/lambdas/a/a.py"), "A = 1\n");
            let tool = || project.tool().directory(project.path(folder));
            assert_eq!(tool().run(&[]).code, 0);
            let run = tool().run(&["hook", "install"]);
            assert_eq!(run.stdout, "installed\t../.git/hooks/pre-push\n", "{}", run.stderr);
        }
        let pushing = Self { project, bare };
        pushing.commit();
        pushing
    }

    fn hook(&self) -> PathBuf {
        self.project.path(".git/hooks/pre-push")
    }

    fn commit(&self) {
        git(&self.project.root(), &["add", "--all"]);
        git(&self.project.root(), &["commit", "--quiet", "--message", "a change"]);
    }

    /// Pushes from a folder; whether that is done, and what is said.
    fn push(&self, folder: &Path, arguments: &[&str]) -> (bool, String) {
        // Where the hook finds the tool; and the environment of `Tool`, for the store.
        let tool = self.project.tool().command(&[]);
        let own = Path::new(env!("CARGO_BIN_EXE_cargo-dofs-package")).parent().expect("a folder");
        let folders = [own.to_owned()].into_iter().chain(std::env::split_paths(path()));
        let mut push = Command::new("git");
        push.env_clear().envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
        push.env("PATH", std::env::join_paths(folders).expect("a PATH"));
        push.args(["push", "--quiet"]).args(arguments).current_dir(folder);
        let output = push.output().expect("git can be started");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Runs the tool, and writes to its standard input what git would.
    fn told(&self, arguments: &[&str], lines: &str) -> Run {
        fed(&mut self.project.tool().command(arguments), lines)
    }

    fn head(&self) -> String {
        git(&self.project.root(), &["rev-parse", "HEAD"])
    }

    fn has(&self, reference: &str) -> bool {
        let mut ask = Command::new("git");
        ask.args(["rev-parse", "--verify", "--quiet", reference]).current_dir(&self.bare);
        ask.output().expect("git can be started").status.success()
    }
}

/// What git says of a push of `main`, for the first time.
pub(crate) fn pushed(object: &str) -> String {
    format!("refs/heads/main {object} refs/heads/main {}\n", "0".repeat(40))
}

/// Runs a program that reads this on its standard input.
pub(crate) fn fed(command: &mut Command, lines: &(impl AsRef<[u8]> + ?Sized)) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it can be started");
    let mut stdin = child.stdin.take().expect("it was asked for");
    // Who refuses at once does not read it.
    drop(stdin.write_all(lines.as_ref()));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().unwrap_or(-1);
    Run { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}
