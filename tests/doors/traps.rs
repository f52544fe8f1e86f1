//! Every command, in a tree full of what other programs take from their working directory.
//!
//! A trap leaves a line in a file when it runs. Traps of a repository's configuration are those of
//! git, and tried elsewhere.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Project, Tool, Wheel, git, output};

/// Modules that Python, pip or a build would import from a folder.
const MODULES: &[&str] = &[
    "_distutils_hack.py",
    "conftest.py",
    "encodings.py",
    "json.py",
    "keyring.py",
    "os.py",
    "pip.py",
    "pkg_resources.py",
    "platform.py",
    "random.py",
    "re.py",
    "runpy.py",
    "setup.py",
    "setuptools.py",
    "site.py",
    "sitecustomize.py",
    "sys.py",
    "truststore.py",
    "usercustomize.py",
    "uv.py",
];

/// Programs that are started, and some that those start.
const PROGRAMS: &[&str] = &[
    "aws",
    "cargo",
    "git",
    "git-lfs",
    "git-remote-https",
    "keyring",
    "pip",
    "pipenv",
    "poetry",
    "python",
    "python3",
    "python3.12",
    "rustc",
    "ssh",
    "terraform",
    "uv",
];

/// Where traps write.
fn log(project: &Project) -> String {
    project.home().join("fired").display().to_string()
}

fn fired(project: &Project) -> String {
    std::fs::read_to_string(log(project)).unwrap_or_default()
}

/// Writes a program that is a trap.
fn program(project: &Project, path: &str) {
    let draft = project.home().join("draft");
    let text = format!("#!/bin/sh\necho {path} >> '{}'\nexit 1\n", log(project));
    std::fs::write(&draft, text).expect("a script");
    let path = project.path(path);
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("folders");
    output(Command::new("install").args(["-m", "755"]).arg(&draft).arg(&path));
}

/// Puts traps into a folder of the project; `""` is its root.
fn set(project: &Project, folder: &str) {
    let at =
        |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let line = |name: &str| {
        let log = log(project);
        format!("import io; io.open({log:?}, 'a').write({name:?} + '\\n')\n")
    };
    for name in MODULES {
        project.write(&at(name), line(&at(name)));
    }
    for name in ["pip", "_pip"] {
        let name = at(&format!("{name}/__main__.py"));
        project.write(&name, line(&name));
    }
    project.write(&at("pip/__init__.py"), line(&at("pip/__init__.py")));
    project.write(&at("evil.pth"), line(&at("evil.pth")).replace('\n', ""));
    for name in PROGRAMS {
        // There is a folder of that name.
        if *name != "pip" {
            program(project, &at(name));
        }
        program(project, &at(&format!("bin/{name}")));
    }
    // What rustup, cargo, pip, uv, pyenv, poetry and direnv would take.
    let toolchain = project.path(&at("toolchain")).display().to_string();
    for name in ["cargo", "rustc"] {
        program(project, &at(&format!("toolchain/bin/{name}")));
    }
    let rustc = project.path(&at("rustc")).display().to_string();
    let texts = [
        ("rust-toolchain.toml", format!("[toolchain]\npath = {toolchain:?}\n")),
        (
            ".cargo/config.toml",
            format!(
                "[build]\nrustc = {rustc:?}\nrustc-wrapper = {rustc:?}\n[alias]\nmetadata = \"run\"\n\
                 [credential-alias]\nx = [{rustc:?}]\n[registry]\ncredential-provider = [{rustc:?}]\n"
            ),
        ),
        ("pip.conf", "[global]\npython = ./python3\nindex-url = http://127.0.0.1:1/\n".to_owned()),
        ("setup.cfg", "[metadata]\nname = evil\n[easy_install]\nindex_url = x\n".to_owned()),
        ("uv.toml", "index-url = \"http://127.0.0.1:1/\"\n".to_owned()),
        (".python-version", "../../../../../../../bin\n".to_owned()),
        ("poetry.toml", "[virtualenvs]\ncreate = true\n".to_owned()),
        (".poetry/plugins/x.py", line(".poetry")),
        (".envrc", format!("echo .envrc >> '{}'\n", log(project))),
        (".terraformrc", "provider_installation {}\n".to_owned()),
        ("keyringrc.cfg", "[backend]\ndefault-keyring=evil.K\nkeyring-path=.\n".to_owned()),
        ("evil.py", line("evil.py")),
        ("pyvenv.cfg.off", String::new()),
    ];
    for (name, text) in texts {
        project.write(&at(name), text);
    }
}

/// A project with a wheel to be fetched, and a config in Cargo.toml.
fn project() -> Project {
    let project = Project::with(&[
        ("lambdas/a/a.py", "import liba\n\ndef lambda_handler(event, context):\n    return 1\n"),
        ("lambdas/a/requirements.txt", "liba==1.0\n"),
        ("lambdas/b/b.py", "def lambda_handler(event, context):\n    return 2\n"),
        (
            "Cargo.toml",
            "[workspace]\nmembers = []\nresolver = \"3\"\n\n[workspace.metadata.dofs-package]\n\
             manifest = \"packages.json\"\n",
        ),
        (
            "main.tf",
            "resource \"aws_lambda_function\" \"b\" {\n  function_name = \"b\"\n  filename = \
             \"lambdas/b/b.zip\"\n  handler = \"b.lambda_handler\"\n}\n",
        ),
    ]);
    project.publish(&Wheel::new("liba", "1.0"));
    project
}

/// All commands, with what they get on standard input.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["build"], ""),
    (&["build", "-n", "--no-cache", "a", "b"], ""),
    (&["build", "a", "--out-dir", "out", "--python", "3.12"], ""),
    (&["list", "--members"], ""),
    (&["lock", "a", "b"], ""),
    (&["lock", "--check"], ""),
    (&["verify"], ""),
    (&["verify", "--deployed"], ""),
    (&["diff", "a"], ""),
    (&["external"], "{}"),
    (&["invoke", "b"], ""),
    (&["invoke", "b", "--import"], ""),
    (&["init", "--yes", "--ci", "codebuild"], ""),
    (&["new", "d"], ""),
    (&["manifest", "merge", "packages.json"], ""),
    (&["hook", "install"], ""),
    (&["hook", "run", "origin", "address"], ""),
    (&["hook", "uninstall"], ""),
    (&["cache", "dir"], ""),
    (&["cache", "size"], ""),
    (&["cache", "verify"], ""),
    (&["cache", "prune", "--max-size", "1GB"], ""),
    (&["completions", "bash"], ""),
    (&["man", "man"], ""),
    (&["doctor"], ""),
];

/// Runs the tool with standard input, whatever comes of it.
fn say(tool: &Tool<'_>, arguments: &[&str], input: &str) {
    let mut command = tool.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the tool can be started");
    // A command that does not read it may have ended by now.
    drop(child.stdin.take().expect("it was asked for").write_all(input.as_bytes()));
    child.wait().expect("it ends");
}

/// Runs all commands in a folder, with a PATH that begins so.
fn run_all(project: &Project, folder: &str, path: &str) {
    let path = format!("{path}{}", crate::support::path().display());
    for (arguments, input) in COMMANDS {
        let tool = project.tool().directory(project.path(folder)).env("PATH", &path);
        say(&tool, arguments, input);
        assert_eq!(fired(project), "", "{arguments:?} in `{folder}` with {path}");
    }
}

#[test]
fn nothing_at_the_root_is_run() {
    let project = project();
    set(&project, "");
    run_all(&project, "", "");
}

#[test]
fn nothing_in_the_folder_of_a_lambda_is_run() {
    let project = project();
    set(&project, "lambdas/a");
    run_all(&project, "lambdas/a", "");
}

#[test]
fn a_path_with_relative_folders_leads_to_nothing_here() {
    let project = project();
    set(&project, "");
    run_all(&project, "", ":.:bin:./bin:");
}

#[test]
fn a_folder_for_temporary_files_in_the_checkout_changes_nothing() {
    let project = project();
    set(&project, "");
    std::fs::create_dir_all(project.path("tmp")).expect("a folder");
    for (arguments, input) in COMMANDS {
        let tool = project.tool().env("TMPDIR", project.path("tmp"));
        say(&tool, arguments, input);
        assert_eq!(fired(&project), "", "{arguments:?}");
    }
}

/// `git ls-remote` would read the settings of a repository that it runs in.
#[test]
fn a_branch_is_looked_up_without_the_settings_of_the_checkout() {
    let project = Project::with(&[("lambdas/c/c.py", "C = 1\n")]);
    let library = project.home().join("library");
    std::fs::create_dir_all(&library).expect("a folder");
    std::fs::write(library.join("setup.py"), "").expect("a file");
    git(&library, &["init", "--quiet"]);
    git(&library, &["add", "--all"]);
    git(&library, &["commit", "--quiet", "--message", "one"]);
    let line = format!("libc @ git+file://{}@main\n", library.display());
    project.write("lambdas/c/requirements.txt", line);
    program(&project, "ext");
    let root = project.root();
    git(&root, &["init", "--quiet"]);
    let to = format!("url.ext::{}/.insteadOf", project.path("ext").display());
    git(&root, &["config", &to, "file://"]);
    git(&root, &["config", "protocol.ext.allow", "always"]);
    say(&project.tool(), &["build", "c"], "");
    assert_eq!(fired(&project), "");
    // Lines of requirements are asked for, and this one was looked up.
    let run = project.run(&["build", "c"]);
    assert!(!run.stderr.contains("can't find"), "{}", run.stderr);
}
