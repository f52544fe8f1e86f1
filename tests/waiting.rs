//! What is waited for has bounds: each program that says nothing or runs for too long is ended, with
//! all that it started, and the failure names it and the key that raises the limit.

use crate::support::Project;

const HANDLER: (&str, &str) =
    ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n");
const REQUIREMENTS: (&str, &str) = ("lambdas/api/requirements.txt", "one\n");
const GIT: (&str, &str) =
    ("lambdas/api/requirements.txt", "one @ git+https://host.invalid/one@main\n");
const CARGO: (&str, &str) = (
    "Cargo.toml",
    "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[package.metadata.dofs-package]\npython = \"3.12\"\n",
);
const UV: (&str, &str) = ("dofs-package.toml", "resolver = \"uv\"\n");
const AWS: (&str, &str) = ("dofs-package.toml", "[lambda.api]\nfunction-name = \"api\"\n");

const CALLED: (&str, &str) = ("dofs-package.toml", "[lambda.api]\nhandler = \"api.handler\"\n");

/// A way to a program that does not end.
struct Way {
    program: &'static str,
    files: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    /// What is waited for, as the message has it.
    what: &'static str,
}

const fn way(
    program: &'static str,
    files: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    what: &'static str,
) -> Way {
    Way { program, files, arguments, what }
}

/// Every program that a run may wait for.
const WAYS: &[Way] = &[
    way(
        "python3",
        &[REQUIREMENTS],
        &["build", "--python", "3.12"],
        "`pip download` of `lambdas/api/requirements.txt`",
    ),
    way("python3", &[REQUIREMENTS], &["build"], "`python3`"),
    way("python3.12", &[CALLED], &["invoke", "api", "--python", "3.12"], "`python3.12`"),
    way("uv", &[CALLED], &["invoke", "api", "--python", "3.12"], "`uv`"),
    way(
        "uv",
        &[REQUIREMENTS, UV],
        &["build", "--python", "3.12"],
        "`uv pip compile` of `lambdas/api/requirements.txt`",
    ),
    way(
        "git",
        &[GIT],
        &["build", "--python", "3.12"],
        "`git ls-remote` of `https://host.invalid/one`",
    ),
    way("git", &[], &["build", "--rev", "HEAD", "-n"], "`git rev-parse`"),
    way("git", &[], &["hook", "install"], "`git rev-parse`"),
    way(
        "aws",
        &[AWS],
        &["verify", "--deployed", "--python", "3.12"],
        "`aws lambda get-function-configuration --function-name api --output json`",
    ),
    way("cargo", &[CARGO], &["list"], "`cargo`"),
];

/// Runs the tool where the program is a script that starts another, and does not end by itself;
/// returns what it says once all of these were ended.
fn said(way: &Way, variable: &str, script: &str) -> String {
    let project = Project::with(&[HANDLER]);
    for (path, text) in way.files {
        project.write(path, text);
    }
    let note = project.home().join("started");
    let script = format!("/bin/sleep 1000 &\necho $! >> '{}'\n{script}", note.display());
    let tool = project.tool().env("PATH", project.lone_program(way.program, &script));
    // uv is not asked where pip has a configuration.
    let tool = tool.env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let run = tool.env("PYENV_ROOT", project.home()).env(variable, "1").run(way.arguments);
    let started = std::fs::read_to_string(&note);
    for started in started.unwrap_or_else(|_| panic!("{}", run.text())).lines() {
        // What nobody has waited for is a zombie.
        let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", started]).output();
        let state = String::from_utf8(state.expect("ps can be run").stdout).expect("UTF-8");
        assert!(state.trim().is_empty() || state.trim().starts_with('Z'), "{state}");
    }
    assert_eq!((run.code, run.stdout.as_str()), (5, ""), "{}", run.text());
    run.stderr
}

/// Tries all ways side by side.
fn are_ended(variable: &str, script: &str, limit: &str, key: &str) {
    let hint = format!("hint: raise `{key}` in dofs-package.toml, if it only needs more time\n");
    std::thread::scope(|scope| {
        for way in WAYS {
            let hint = &hint;
            scope.spawn(move || {
                let said = said(way, variable, script);
                let expected = format!("error: {} {limit}, and was ended\n", way.what);
                assert!(said.contains(&expected) && said.contains(hint), "{said}");
            });
        }
    });
}

#[test]
fn a_program_that_says_nothing_is_ended() {
    are_ended("DOFS_PACKAGE_QUIET_TIMEOUT", "wait", "said nothing for 1 s", "quiet-timeout");
}

#[test]
fn a_program_that_talks_for_ever_is_ended() {
    let script = "while :; do echo . >&2; /bin/sleep 0.1; done";
    are_ended("DOFS_PACKAGE_TIMEOUT", script, "was not done in 1 s", "timeout");
}

#[test]
fn the_config_sets_the_limits_and_the_environment_wins() {
    let config = "timeout = 1\nquiet-timeout = 4_000\npython = \"3.12\"\n";
    let project = Project::with(&[HANDLER, REQUIREMENTS, ("dofs-package.toml", config)]);
    let path = project.lone_program("python3", "exec /bin/sleep 1000");
    let tool = || project.tool().env("PATH", &path);

    let configured = tool().run(&["--format", "json"]);
    let failure = &configured.json()["failures"][0];
    assert_eq!((configured.code, &failure["code"]), (5, &"timed-out".into()), "{failure}");
    let message =
        "`pip download` of `lambdas/api/requirements.txt` was not done in 1 s, and was ended";
    assert_eq!(failure["message"], message);

    let tool = tool().env("DOFS_PACKAGE_TIMEOUT", "4000").env("DOFS_PACKAGE_QUIET_TIMEOUT", "1");
    let said = tool.run(&[]).stderr;
    assert!(said.contains(" said nothing for 1 s, and was ended"), "{said}");
}

#[test]
fn a_program_that_closed_its_pipes_and_goes_on_is_ended() {
    let project = Project::with(&[HANDLER, REQUIREMENTS]);
    let path = project.lone_program("python3", "exec >&- 2>&-; exec /bin/sleep 1000");
    let tool = project.tool().env("PATH", path).env("DOFS_PACKAGE_QUIET_TIMEOUT", "1");
    let run = tool.run(&["--python", "3.12", "-q"]);
    assert_eq!(run.code, 5, "{}", run.text());
}

#[test]
fn a_download_that_does_not_come_is_ended() {
    // Nobody takes the connections, so nothing is said on them.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address =
        format!("http://{}/one-1.0-py3-none-any.whl", listener.local_addr().expect("one"));
    let lock = format!(
        "lock-version = \"1.0\"\ncreated-by = \"uv\"\n[[packages]]\nname = \"one\"\nversion = \"1.0\"\n\
         wheels = [{{ url = \"{address}\", size = 1000, hashes = {{ sha256 = \"{:064}\" }} }}]\n",
        1
    );
    let project = Project::with(&[HANDLER, REQUIREMENTS, ("lambdas/api/pylock.toml", &lock)]);
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let run = tool.env("DOFS_PACKAGE_TIMEOUT", "1").run(&["--python", "3.12"]);
    let expected =
        format!("error: `one-1.0-py3-none-any.whl` from `{address}` was not done in 1 s\n");
    assert!(run.code == 5 && run.stderr.contains(&expected), "{}", run.text());
    let hint = "hint: raise `timeout` in dofs-package.toml, if it only needs more time\n";
    assert!(run.stderr.contains(hint), "{}", run.text());
}
