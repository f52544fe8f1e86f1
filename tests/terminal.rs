//! What a person sees: the tool in a terminal of so many columns, whose screen is looked at.

use std::fs::File;
use std::io::Read as _;
use std::num::NonZero;
use std::process::Stdio;

use expect_test::expect;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Project, Tool, Wheel};

const ROWS: u16 = 60;

/// What a terminal was sent, and what it shows.
struct Seen {
    bytes: Vec<u8>,
    /// The lines at the end.
    last: String,
    /// Those that it showed for a while.
    all: Vec<String>,
    code: Option<i32>,
}

/// Runs the tool in a terminal of so many columns.
fn seen(tool: &Tool<'_>, columns: u16, arguments: &[&str]) -> Seen {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).expect("it is ours");
    unlockpt(&ours).expect("it is ours");
    let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&ours, size).expect("it is ours");
    let path = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("UTF-8");
    let theirs = || File::options().read(true).write(true).open(&path).expect("a terminal");
    let mut command = tool.command(arguments);
    command.stdin(Stdio::null()).stdout(theirs()).stderr(theirs());
    let mut child = command.spawn().expect("the tool can be started");
    // What it keeps of the terminal would hold it open.
    drop(command);
    let mut ours = File::from(ours);
    let sides = [ROWS, columns].map(|it| NonZero::new(it).expect("a screen"));
    let mut screen = vt100::Parser::new(sides[0], sides[1], 0);
    let (mut bytes, mut all, mut piece) = (Vec::new(), Vec::new(), [0; 4096]);
    // An error is the end: nobody has the other side open (pty(7)).
    while let Ok(length @ 1..) = ours.read(&mut piece) {
        for byte in &piece[..length] {
            screen.process(&[*byte]);
            // A line is whole once the cursor leaves it.
            if [b'\r', b'\n', 0x1b].contains(byte) {
                for line in screen.screen().rows(0, columns) {
                    if !all.contains(&line) {
                        all.push(line);
                    }
                }
            }
        }
        bytes.extend_from_slice(&piece[..length]);
    }
    let code = child.wait().expect("it ends").code();
    let last = screen.screen().contents();
    Seen { bytes, last: without_times(&last), all, code }
}

fn without_times(text: &str) -> String {
    let line = |line: &str| match line.split_once(" in ") {
        Some((before, _)) if line.contains("Finished") => format!("{before} in [TIME]\n"),
        _ => format!("{}\n", line.trim_end()),
    };
    text.lines().map(line).collect()
}

fn project() -> Project {
    let handler = "def handler(event, context):\n    return 1\n";
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\n"),
        ("lambdas/api/api.py", handler),
        ("lambdas/api/requirements.txt", "one==1.0\n"),
        ("lambdas/worker/worker.py", handler),
    ]);
    project.publish(&Wheel::new("one", "1.0"));
    project
}

/// The answer's lines don't tell which packages are other ones.
#[test]
fn a_new_package_is_named_as_a_changed_one_is_and_no_other() {
    for columns in [60, 80, 200] {
        let project = project();
        let tool = project.tool().env("TERM", "xterm-256color");
        let first = seen(&tool, columns, &["build"]);
        assert_eq!(first.code, Some(0), "{}", first.last);
        for name in ["api", "worker"] {
            assert!(first.last.contains(&format!("Packaged {name} (")), "{}", first.last);
        }
        let again = seen(&tool, columns, &["build"]);
        assert!(again.last.contains("Finished 2 packages, all unchanged in "), "{}", again.last);
        project.write("lambdas/worker/worker.py", "def handler(event, context):\n    return 22\n");
        let would = seen(&tool, columns, &["build", "-n"]);
        assert!(would.last.contains("Would build worker ("), "{}", would.last);
        assert!(!would.last.contains("Would build api"), "{}", would.last);
        let changed = seen(&tool, columns, &["build"]);
        assert!(changed.last.contains("Packaged worker ("), "{}", changed.last);
        assert!(!changed.last.contains("Packaged api"), "{}", changed.last);
        let locked = seen(&tool, columns, &["lock"]);
        assert!(!locked.last.contains("Locked"), "{}", locked.last);
        assert!(locked.last.contains("Finished 1 lock in "), "{}", locked.last);
    }
}

#[test]
fn a_warning_that_the_list_has_is_not_said_again() {
    let project = project();
    project.write(
        "lambdas/api/api.py",
        "import nowhere\ndef handler(event, context):\n    return 1\n",
    );
    // The warnings of one that fails stand nowhere else.
    project.write("dofs-package.toml", "");
    project.write("lambdas/bad/bad.py", "");
    project.write("lambdas/bad/requirements.txt", "no-such-project\n");
    let tool = project.tool().env("TERM", "xterm-256color");
    let times = |seen: &Seen, words: &str| seen.last.matches(words).count();
    let list = seen(&tool, 200, &["list"]);
    assert_eq!(times(&list, "nothing in the package gives"), 1, "{}", list.last);
    assert!(list.last.contains("api     warning nothing"), "{}", list.last);
    assert_eq!(times(&list, "warning: `bad`: no Python version is set"), 1, "{}", list.last);
    let more = seen(&tool, 200, &["list", "-v", "api"]);
    assert_eq!(times(&more, "nothing in the package gives"), 2, "{}", more.last);
    let json = seen(&tool, 200, &["list", "--format", "json"]);
    assert!(json.last.contains("warning: "), "{}", json.last);
    let apart = project.run(&["list"]);
    assert!(apart.stderr.contains("`nowhere`") && apart.stdout.contains("`nowhere`"), "{apart:?}");
}

#[test]
fn the_whole_screen_of_a_first_build() {
    let project = project();
    let tool = project.tool().env("TERM", "xterm-256color");
    expect![[r#"
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
            Packaged api (1.0 kB, 6 files)
            Packaged worker (158 B, 1 file)
            Finished 2 packages in [TIME]
        api     7jMyWNUI98wDV5I6MMmzmmnSPhQufTXkkEsHpujbdqw=    lambdas/api/api.zip
        worker  AfMyjo+vO0oLH+0p+ajEmwHDBZWc8uKAxjTUrbuoExA=    lambdas/worker/worker.zip
    "#]]
    .assert_eq(&seen(&tool, 100, &["build"]).last);
    expect![[r#"
        api     target  python3.12      dofs-package.toml
        api     target  x86_64  default
        api     own     2 files, 51 B   the largest is api.py, 42 B
        api     requirement     one 1.0 lambdas/api/requirements.txt:1 (337 B, 393 B unpacked)
        api     left out        api.zip built-in: its own zip
        worker  target  python3.12      dofs-package.toml
        worker  target  x86_64  default
        worker  own     1 file, 42 B    worker.py
        worker  left out        worker.zip      built-in: its own zip
    "#]]
    .assert_eq(&seen(&tool, 100, &["list"]).last);
}

#[test]
fn a_line_that_moves_says_what_uv_is_at() {
    let project = project();
    project.write("dofs-package.toml", "python = \"3.12\"\nresolver = \"uv\"\n");
    let script =
        "echo 'DEBUG Searching for a compatible version of one (==1.0)' >&2\nsleep 1.5\nexit 1";
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let tool = tool.env("PIP_CONFIG_FILE", "/dev/null").env("PATH", project.program("uv", script));
    let seen = seen(&tool.env("TERM", "xterm-256color"), 80, &["build"]);
    assert!(
        seen.all.iter().any(|line| line.contains(" s, at `one`, for `uv pip")),
        "{:?}",
        seen.all
    );
}

/// A pip that says where it is, and takes its time.
fn slow(project: &Project) -> Tool<'_> {
    let python = std::env::split_paths(&std::env::var_os("PATH").expect("a PATH"))
        .map(|folder| folder.join("python3"))
        .find(|path| path.exists())
        .expect("a python3");
    let long = "a_project_with_a_name_that_is_long-1.0.0-cp312-cp312-manylinux2014_x86_64.whl";
    let script = format!(
        "echo '  Downloading https://host/{long} (11.9 MB)'\nsleep 1.5\nexec '{}' \"$@\"",
        python.display()
    );
    // The version of the target is asked first.
    project.tool().env("PATH", project.program("python3.12", &script))
}

#[test]
fn a_line_that_moves_says_what_pip_is_at_and_is_no_longer_than_the_terminal_is_wide() {
    let project = project();
    let tool = slow(&project).env("TERM", "xterm-256color");
    let seen = seen(&tool, 60, &["build"]);
    let is_at = |line: &&String| line.contains(" s, at `a_project_with_");
    assert!(seen.all.iter().any(|line| is_at(&line)), "{:?}", seen.all);
    assert!(!seen.last.contains("Waiting"), "{}", seen.last);
    assert!(!seen.all.iter().any(|line| line.starts_with("so far")), "{:?}", seen.all);
}

#[test]
fn nothing_moves_in_ci_and_on_a_dumb_terminal_and_nothing_is_coloured() {
    for (name, value) in [("CI", "true"), ("TERM", "dumb")] {
        let project = project();
        let run = seen(&slow(&project).env(name, value).env("NO_COLOR", "1"), 80, &["build"]);
        let text = String::from_utf8_lossy(&run.bytes).into_owned();
        assert_eq!(run.code, Some(0), "{text}");
        assert!(!text.contains('\u{1b}'), "{name}: {text:?}");
        assert!(!text.contains("Waiting"), "{name}: {text:?}");
    }
}

#[test]
fn a_terminal_has_colour_but_where_nobody_wants_it() {
    let project = project();
    let tool = || project.tool().env("TERM", "xterm-256color");
    let is_coloured = |tool: Tool<'_>, arguments: &[&str]| {
        let run = seen(&tool, 80, arguments);
        String::from_utf8_lossy(&run.bytes).contains("\u{1b}[1m")
    };
    assert!(is_coloured(tool(), &["build", "-v"]));
    assert!(!is_coloured(tool().env("NO_COLOR", "1"), &["build", "-v"]));
    assert!(!is_coloured(tool().env("CARGO_TERM_COLOR", "never"), &["build", "-v"]));
    assert!(!is_coloured(tool(), &["--color", "never", "build", "-v"]));
}
