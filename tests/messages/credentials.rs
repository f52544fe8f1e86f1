//! Credentials are in no message, however malformed the address is that has them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::{Project, Run, Tool};

/// User information, well-formed or not; what has `hunter` in it is secret.
const USERS: [&str; 20] = [
    "user:hunter2",
    "hunter2",
    "user:hunter2@hunter3",
    "user:hunter2/hunter3",
    "user:hunter2#hunter3",
    "user:hunter2?hunter3",
    "user:hunter2 hunter3",
    "user:hunter2%40hunter3",
    "user:hunter2%zzhunter3",
    "user:hunter2:hunter3",
    "user:hunter2@hunter3/hunter4",
    "user:hunter2/hunter3@hunter4",
    "user:hunter2;hunter3",
    "user:hunter2&hunter3=",
    "user:hunter2//hunter3",
    "user:hunter2[hunter3]",
    "user:hunter2,hunter3",
    "us er:hunter2",
    "hunter2/hunter3",
    "user:$hunter2",
];

/// Lines of requirements.
const LINES: [&str; 26] = [
    "one==1\n-i https://USER@host.invalid/simple",
    "one==1\n--index-url=https://USER@host.invalid/simple",
    "one==1\n--extra-index-url https://USER@host.invalid:8443/simple",
    "one==1\n-f https://USER@host.invalid/links",
    "one @ https://USER@host.invalid/one-1-py3-none-any.whl",
    "one @ https://USER@host.invalid/one-1.tar.gz",
    "https://USER@host.invalid/one-1-py3-none-any.whl",
    "https://USER@host.invalid/one-1.zip",
    "one @ git+https://USER@host.invalid/one.git@v1",
    "git+https://USER@host.invalid/one.git",
    "-e git+ssh://USER@host.invalid/one.git#egg=one",
    "hg+https://USER@host.invalid/one",
    "git://USER@host.invalid/one.git",
    "-r https://USER@host.invalid/base.txt",
    "-c https://USER@host.invalid/base.txt",
    "--trusted-host https://USER@host.invalid",
    "--proxy https://USER@host.invalid",
    "one==1 -i https://USER@host.invalid/simple",
    "one==1 --hash=https://USER@host.invalid/simple",
    "-i \"https://USER@host.invalid/simple",
    "one two https://USER@host.invalid/simple",
    "one @ ftp://USER@host.invalid/one",
    "one ; python_version < 'https://USER@host.invalid'",
    "one==https://USER@host.invalid/simple",
    "https:/USER@host.invalid/one-1-py3-none-any.whl",
    "USER@host.invalid/one-1-py3-none-any.whl",
];

/// Queries and fragments that have a token.
const TOKENS: [&str; 4] = [
    "https://host.invalid/one-1-py3-none-any.whl?hunter2",
    "https://host.invalid/one.zip?token=hunter2",
    "https://host.invalid/one.zip#token=hunter2",
    "one @ https://host.invalid/one.zip#hunter2",
];

/// A pip that tells all that it is told.
const TALKER: &str = "case \"$*\" in *--version*|*-c*) echo 'pip 25.0 (python 3.12)';; esac\n\
    for it in \"$@\"; do echo \"ERROR: $it\" >&2; [ -f \"$it\" ] && cat \"$it\" >&2; done\n\
    env | grep ^PIP_ >&2\nexit 2";

/// A git that tells the parts of an address, as its library for HTTP does.
const SPLITTER: &str = "echo \"fatal: $(echo \"$*\" | tr '/@:#?' '     ')\" >&2\nexit 128";

/// Runs the tool where a proxy refuses all, so that no name is asked of a server and nothing is tried
/// again. Its thread ends with the process.
fn run(tool: Tool<'_>) -> Run {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // Whoever asks may go away before the answer.
            let asked = stream.read(&mut [0; 4096]);
            let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
            drop(asked.and_then(|_| stream.write_all(refusal)));
        }
    });
    let tool = tool.env("http_proxy", &address).env("https_proxy", &address);
    tool.run(&["--format", "json", "--python", "3.12", "-vv", "-n"])
}

fn secret_lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains("hunter")).map(str::to_owned).collect()
}

#[test]
#[ignore = "asks pip a hundred times, which takes a minute"]
fn no_line_of_requirements_tells_its_credentials() {
    let project = Project::new();
    let mut count = 0;
    let mut add = |text: &str| {
        let name = format!("lambdas/l{count:03}");
        count += 1;
        project.write(&format!("{name}/handler.py"), "def handler(event, context): ...\n");
        project.write(&format!("{name}/requirements.txt"), format!("{text}\n"));
    };
    // Each line with four users, and each user with five lines or six; all of them with all texts are
    // in the table of `address`.
    for (index, line) in LINES.into_iter().enumerate() {
        // What is no address and has no colon is taken to be a path, or an e-mail address.
        let is_plain = |user: &str| line.starts_with("USER") && !user.contains(':');
        let users = USERS.into_iter().skip(index % 5).step_by(5);
        for user in users.filter(|user| !is_plain(user)) {
            add(&line.replace("USER", user));
        }
    }
    TOKENS.iter().for_each(|line| add(line));
    project.lone_program("git", SPLITTER);
    let path = project.program("python3.12", TALKER);
    let run = run(project.tool().env("PATH", path));
    assert_ne!(run.code, 0);
    let mut left = secret_lines(&run.stderr);
    left.extend(secret_lines(&run.stdout.replace("},{", "},\n{")));
    assert!(left.is_empty(), "{} lines:\n{}", left.len(), left.join("\n"));
}

#[test]
fn no_variable_of_the_environment_tells_its_credentials() {
    let mut left = Vec::new();
    let project = Project::with(&[
        ("lambdas/api/handler.py", "def handler(event, context): ...\n"),
        ("lambdas/api/requirements.txt", "one==1\n"),
    ]);
    for user in USERS {
        let address = format!("https://{user}@127.0.0.1:9/simple");
        let names = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_PROXY"];
        let tool = project.tool().env("PIP_RETRIES", "0");
        let run = run(names.iter().fold(tool, |tool, name| tool.env(name, &address)));
        assert_ne!(run.code, 0);
        left.extend(secret_lines(&run.text()));
    }
    assert!(left.is_empty(), "{} lines:\n{}", left.len(), left.join("\n"));
}

#[test]
fn no_argument_that_is_quoted_tells_its_credentials() {
    let project = Project::new();
    let mut left = Vec::new();
    for user in USERS {
        let address = format!("https://{user}@host.invalid/simple");
        let option = format!("--index={address}");
        for arguments in [["--python", &address], ["--format", &address], ["list", &option]] {
            let run = project.tool().run(&arguments);
            assert_ne!(run.code, 0);
            left.extend(secret_lines(&run.text()));
        }
    }
    assert!(left.is_empty(), "{} lines:\n{}", left.len(), left.join("\n"));
}
