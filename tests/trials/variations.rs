//! Everything around three projects is varied, and each has one answer: its packages are these bytes, on
//! every machine.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Files, files, lock};
use expect_test::expect;

use crate::support::{Project, Wheel, output, sha256};

/// What is varied.
enum How {
    /// Variables of the environment.
    Variables(&'static [(&'static str, &'static str)]),
    /// No variables but the path and the store, and the home folder without which there is none of pip's.
    Bare,
    /// Arguments.
    Arguments(&'static [&'static str]),
    /// The program that runs the tool, with its arguments.
    Within(&'static [&'static str]),
    /// A script of the shell that runs the tool as `"$@"`.
    Shell(&'static str),
    /// The project's files, in a copy of it; returns where that is.
    Copy(fn(&Project) -> PathBuf),
    /// Where the tool is run, and with which arguments.
    From(&'static str, &'static [&'static str]),
    /// The store, and the program that runs the tool.
    Store(fn(&Project) -> PathBuf, &'static [&'static str]),
    /// On a terminal, where the answer stands among the talk.
    Terminal,
}

use How::{Arguments, Bare, Copy, From, Shell, Store, Terminal, Variables, Within};

/// All variations. The locales need not be installed: then they are another word for `C`.
const VARIATIONS: &[(&str, How)] = &[
    ("once more", Arguments(&[])),
    ("forced", Arguments(&["--force"])),
    ("resolved anew", Arguments(&["--upgrade"])),
    ("without the store", Arguments(&["--no-cache"])),
    ("offline", Arguments(&["--offline"])),
    ("names in another order", Arguments(&["build", "z*", "[!z]*"])),
    ("1 job", Arguments(&["-j1"])),
    ("2 jobs", Arguments(&["-j2"])),
    ("3 jobs", Arguments(&["-j3"])),
    ("4 jobs", Arguments(&["-j4"])),
    ("5 jobs", Arguments(&["-j5"])),
    ("6 jobs", Arguments(&["-j6"])),
    ("7 jobs", Arguments(&["-j7"])),
    ("8 jobs", Arguments(&["-j8"])),
    ("threads of rayon", Variables(&[("RAYON_NUM_THREADS", "64")])),
    ("one processor", Within(&["taskset", "-c", "0"])),
    ("time zone UTC", Variables(&[("TZ", "UTC")])),
    ("time zone of Kolkata", Variables(&[("TZ", "Asia/Kolkata")])),
    ("time zone of St. John's", Variables(&[("TZ", "America/St_Johns")])),
    ("time zone of Kiritimati", Variables(&[("TZ", "Pacific/Kiritimati")])),
    ("time zone far west", Variables(&[("TZ", "Etc/GMT+12")])),
    ("no time zone", Variables(&[("TZ", ":bogus")])),
    ("locale C", Variables(&[("LC_ALL", "C"), ("LANG", "C")])),
    ("locale C.UTF-8", Variables(&[("LC_ALL", "C.UTF-8"), ("LANG", "C.UTF-8")])),
    ("locale POSIX", Variables(&[("LC_ALL", "POSIX")])),
    ("a Turkish locale", Variables(&[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")])),
    ("a locale that is not UTF-8", Variables(&[("LC_ALL", "de_DE@euro")])),
    ("another date", Variables(&[("SOURCE_DATE_EPOCH", "1")])),
    ("in CI", Variables(&[("CI", "1"), ("GITHUB_ACTIONS", "true"), ("CODEBUILD_BUILD_ID", "b:1")])),
    ("no home", Variables(&[("HOME", "/nonexistent"), ("USER", "x"), ("LOGNAME", "x")])),
    ("colour", Variables(&[("CLICOLOR_FORCE", "1"), ("CARGO_TERM_COLOR", "always")])),
    ("no colour", Variables(&[("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "20")])),
    (
        "Python's variables",
        Variables(&[
            ("PYTHONHASHSEED", "7"),
            ("PYTHONOPTIMIZE", "2"),
            ("PYTHONUTF8", "0"),
            ("PYTHONIOENCODING", "latin-1"),
            ("PYTHONPATH", "/nonexistent"),
            ("PYTHONWARNINGS", "always"),
            ("PYTHONDONTWRITEBYTECODE", ""),
            ("PYTHONPYCACHEPREFIX", "/nonexistent"),
        ]),
    ),
    (
        "pip's variables",
        Variables(&[
            ("PIP_NO_CACHE_DIR", "1"),
            ("PIP_NO_COLOR", "1"),
            ("PIP_VERBOSE", "1"),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "0"),
            ("PIP_DEFAULT_TIMEOUT", "7"),
            ("PIP_RETRIES", "1"),
            ("PIP_COMPILE", "0"),
            ("PIP_EXISTS_ACTION", "w"),
        ]),
    ),
    (
        "variables of a cargo around it",
        Variables(&[
            ("CARGO", "/nonexistent/cargo"),
            ("CARGO_MANIFEST_DIR", "/nonexistent"),
            ("CARGO_PKG_NAME", "other"),
            ("CARGO_HOME", "/nonexistent"),
            ("RUSTUP_TOOLCHAIN", "none"),
            ("RUSTFLAGS", "--bogus"),
        ]),
    ),
    (
        "git's variables",
        Variables(&[
            ("GIT_DIR", "/nonexistent"),
            ("GIT_WORK_TREE", "/nonexistent"),
            ("GIT_INDEX_FILE", "/nonexistent"),
        ]),
    ),
    ("Rust's variables", Variables(&[("RUST_BACKTRACE", "full"), ("RUST_LOG", "trace")])),
    ("AWS's variables", Variables(&[("AWS_REGION", "eu-central-1"), ("AWS_PROFILE", "none")])),
    ("a proxy", Variables(&[("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "*")])),
    ("folders of XDG", Variables(&[("XDG_CACHE_HOME", "/nonexistent"), ("XDG_CONFIG_HOME", "/x")])),
    ("no variables", Bare),
    ("nice", Within(&["nice", "-n", "19"])),
    ("no random addresses", Within(&["setarch", "-R"])),
    ("a machine of 32 bits", Within(&["setarch", "linux32"])),
    ("root in a namespace", Within(&["unshare", "--user", "--map-root-user"])),
    ("nobody in a namespace", Within(&["unshare", "--user"])),
    (
        "another host",
        Within(&[
            "unshare",
            "--user",
            "--map-root-user",
            "--uts",
            "sh",
            "-c",
            "hostname other; exec \"$0\" \"$@\"",
        ]),
    ),
    ("no network", Within(&["unshare", "--user", "--map-root-user", "--net"])),
    ("a session of its own", Within(&["setsid", "--wait"])),
    ("in 1980", Within(&["faketime", "1980-01-01"])),
    ("at the end of 1999", Within(&["faketime", "1999-12-31 23:59:58"])),
    ("in 2038", Within(&["faketime", "2038-01-20"])),
    ("at the end of 2107", Within(&["faketime", "2107-12-31"])),
    ("no standard input", Shell("exec \"$@\" <&-")),
    ("no standard error", Shell("exec \"$@\" 2>&-")),
    ("standard error is full", Shell("exec \"$@\" 2>/dev/full")),
    ("few descriptors", Shell("ulimit -n 64; exec \"$@\"")),
    ("a small stack", Shell("ulimit -s 1024; exec \"$@\"")),
    ("no core", Shell("ulimit -c 0; exec \"$@\"")),
    ("umask 000", Shell("umask 000; exec \"$@\"")),
    ("umask 077", Shell("umask 077; exec \"$@\"")),
    ("signals are ignored", Shell("trap '' PIPE HUP XFSZ CHLD; exec \"$@\"")),
    ("checked out with umask 000", Copy(|project| checked_out(project, "000"))),
    ("checked out with umask 002", Copy(|project| checked_out(project, "002"))),
    ("checked out with umask 027", Copy(|project| checked_out(project, "027"))),
    ("checked out with umask 077", Copy(|project| checked_out(project, "077"))),
    ("files of 1901", Copy(|project| aged(project, "1901-12-14"))),
    ("files of 1970", Copy(|project| aged(project, "1970-01-01"))),
    ("files of 1979", Copy(|project| aged(project, "1979-12-31"))),
    ("files of 2050", Copy(|project| aged(project, "2050-06-01"))),
    ("files of 2108", Copy(|project| aged(project, "2108-01-01"))),
    ("odd bits of modes", Copy(odd_modes)),
    (
        "in a repository",
        Copy(|project| changed(project, "repository", "git init -q && git add -A")),
    ),
    ("a deep path", Copy(|project| copied(project, "a long name/with spaces/é/日本/x"))),
    ("a long path", Copy(|project| copied(project, &["n".repeat(200).as_str(); 15].join("/")))),
    ("a path with odd letters", Copy(|project| copied(project, "a'b\"c$d`e*f?g[h]{i}#;&%"))),
    ("behind a link", Copy(behind_link)),
    ("in memory", Copy(|project| in_memory(project, "sort"))),
    ("made in another order", Copy(in_another_order)),
    ("from a lambda", From("lambdas", &[])),
    ("root by name", From(".", &["--root", "."])),
    ("root further up", From("lambdas", &["--root", ".."])),
    ("root with slashes", From("lambdas", &["--root", "..//./"])),
    ("as cargo runs it", From(".", &["dofs-package", "build"])),
    ("an empty store", Store(|project| project.home().join("empty"), &[])),
    ("a store in the project", Store(|project| project.path("store"), &[])),
    ("a store that is read-only", Store(read_only, &["unshare", "--user"])),
    ("a terminal", Terminal),
];

/// A project with what its lambdas have of their own.
fn own() -> Project {
    let project = Project::with(&[
        (
            "dofs-package.toml",
            "python = \"3.12\"\nmanifest = \"packages.json\"\n[lambda.worker]\n\
             exclude = [\"*.md\"]\n",
        ),
        ("lambdas/worker/notes.md", "left out\n"),
        ("lambdas/api/api.py", "def handler(event, context): ...\n"),
        ("lambdas/api/lib/__init__.py", ""),
        ("lambdas/api/lib/a.py", "a = 1\n"),
        ("lambdas/api/lib-a/b.py", "b = 1\n"),
        ("lambdas/api/lib.txt", "c = 1\n"),
        ("lambdas/worker/naïve 日本.txt", "names are bytes\n"),
        ("lambdas/worker/Z", "upper case comes first\n"),
        ("lambdas/worker/a", "lower case comes later\n"),
        ("lambdas/worker/crlf.txt", "one\r\ntwo\r\n"),
        ("lambdas/worker/run.sh", "#!/bin/sh\n"),
        ("lambdas/zeta/zeta.py", "def handler(event, context): ...\n"),
    ]);
    project.write("lambdas/zeta/large.bin", vec![0; 3 << 20]);
    set_mode(&project.path("lambdas/worker/run.sh"), 0o755);
    project
}

/// A project whose wheels pip finds in it.
fn asking() -> Project {
    let requirements = "--no-index\n--find-links ../../wheels\n";
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\n"),
        ("lambdas/api/api.py", "import one\n"),
        ("lambdas/api/requirements.txt", &format!("{requirements}one\n")),
        ("lambdas/zeta/zeta.py", "import two\n"),
        ("lambdas/zeta/requirements.txt", &format!("{requirements}two>=1\n")),
    ]);
    let script = "#!python\nprint(1)\n";
    let one = Wheel::new("one", "1.0").requires("two").file("one-1.0.data/scripts/one", script);
    let two =
        Wheel::new("two", "2.0").file("two/data/naïve.txt", "data").file("two/Z.py", "Z = 1\n");
    for wheel in [one, two, Wheel::new("two", "1.0")] {
        project.write(&format!("wheels/{}", wheel.file_name()), wheel.bytes());
    }
    project
}

/// A project with locks, and what Terraform says.
fn locked() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "manifest = \"infra/packages.json\"\n"),
        (
            "infra/main.tf",
            "provider \"aws\" {}\nresource \"aws_lambda_function\" \"api\" {\n  \
             function_name = \"api\"\n  handler = \"api.handler\"\n  runtime = \"python3.12\"\n  \
             architectures = [\"arm64\"]\n  filename = \"../lambdas/api/api.zip\"\n}\n",
        ),
        ("lambdas/api/api.py", "import three\n\n\ndef handler(event, context): ...\n"),
        ("lambdas/zeta/zeta.py", "def handler(event, context): ...\n"),
    ]);
    lock(&project, "lambdas/api", &Wheel::new("three", "3.0"));
    lock(&project, "lambdas/zeta", &Wheel::new("four", "4.0").tag("py2.py3-none-any"));
    project
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its owner may");
}

/// Runs a script of the shell in a folder.
fn shell(folder: &Path, script: &str) {
    output(Command::new("sh").args(["-e", "-c", script]).current_dir(folder));
}

/// A copy of the project in a folder of that name.
fn copied(project: &Project, name: &str) -> PathBuf {
    let folder = project.home().join("copies").join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    output(Command::new("cp").args(["-a", "."]).arg(&folder).current_dir(project.root()));
    folder
}

/// A copy in which a script was run.
fn changed(project: &Project, name: &str, script: &str) -> PathBuf {
    let folder = copied(project, name);
    shell(&folder, script);
    folder
}

/// A copy whose files were made with a umask, as git makes them.
fn checked_out(project: &Project, umask: &str) -> PathBuf {
    let folder = project.home().join("copies").join(umask);
    let script = format!(
        "umask {umask}; find . -type f | while read -r file; do mkdir -p \"$0/$(dirname \"$file\")\"; \
         cat \"$file\" > \"$0/$file\"; if [ -x \"$file\" ]; then chmod u+x \"$0/$file\"; fi; done"
    );
    let mut run = Command::new("sh");
    output(run.args(["-e", "-c", &script]).arg(&folder).current_dir(project.root()));
    let mode = |path| folder.join(path).metadata().expect("a file").permissions().mode() & 0o777;
    let expected = 0o666 & !u32::from_str_radix(umask, 8).expect("a umask");
    assert_eq!(mode("dofs-package.toml"), expected, "the umask has not varied the modes");
    folder
}

fn aged(project: &Project, date: &str) -> PathBuf {
    let folder = changed(project, date, &format!("find . -exec touch -h -d {date} {{}} +"));
    let time = |folder: &Path| {
        let metadata = folder.join("dofs-package.toml").metadata().expect("a file");
        std::os::unix::fs::MetadataExt::mtime(&metadata)
    };
    assert!(time(&folder).abs_diff(time(&project.root())) > 1 << 26, "{date} is now");
    folder
}

fn odd_modes(project: &Project) -> PathBuf {
    changed(
        project,
        "modes",
        "find . -type f ! -perm -u+x -exec chmod 0466 {} +\n\
        find . -type f -perm -u+x -exec chmod 4711 {} +\nfind . -type d -exec chmod 2711 {} +",
    )
}

fn behind_link(project: &Project) -> PathBuf {
    let (folder, link) = (copied(project, "real"), project.home().join("copies/link"));
    symlink(folder, &link).expect("a link");
    link
}

/// Copies on a file system in memory, whose files were made in this order; it lists them in that order,
/// or in its reverse.
fn in_memory(project: &Project, order: &str) -> PathBuf {
    let name = sha256(format!("{:?} {order}", project.root()));
    let folder = Path::new("/dev/shm").join(format!("dofs-trial-{}", &name[..16]));
    let script = format!(
        "find . -type f | {order} | while read -r file; do mkdir -p \"$0/$(dirname \"$file\")\"; \
         cp -p \"$file\" \"$0/$file\"; done"
    );
    let mut run = Command::new("sh");
    output(run.args(["-e", "-c", &script]).arg(&folder).current_dir(project.root()));
    folder
}

fn in_another_order(project: &Project) -> PathBuf {
    let [one, other] = ["sort", "sort -r"].map(|order| in_memory(project, order));
    let listed = |folder: &Path| -> Vec<_> {
        let entries = std::fs::read_dir(folder.join("lambdas")).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name()).collect()
    };
    assert_ne!(listed(&one), listed(&other), "the order has not varied");
    std::fs::remove_dir_all(one).expect("it is ours");
    other
}

/// A copy of the warm store to which nobody may write. To root, nothing is read-only but in a namespace of
/// its own (`user_namespaces(7)`).
fn read_only(project: &Project) -> PathBuf {
    let store = project.home().join("read-only");
    output(Command::new("cp").arg("-a").arg(project.store()).arg(&store));
    output(Command::new("chmod").args(["-R", "a-w"]).arg(&store));
    store
}

/// The packages and the manifest below a root.
fn made(root: &Path) -> Files {
    let mut files = files(root);
    files.retain(|path, _| path.ends_with(".zip") || path.ends_with("packages.json"));
    files
}

/// What a run gave.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    code: Option<i32>,
    stdout: String,
    /// Paths with the digests of their bytes.
    made: Vec<String>,
}

/// Packages under a variation, and returns what was answered, and what was said.
fn vary(project: &Project, how: &How) -> (Answer, String) {
    let mut root = project.root();
    let mut directory = root.clone();
    let mut arguments = vec!["-q"];
    let mut wrapper: Vec<&str> = Vec::new();
    let mut tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    for path in made(&root).into_keys() {
        std::fs::remove_file(root.join(path)).expect("it is there");
    }
    match how {
        Variables(variables) => {
            tool = variables.iter().fold(tool, |tool, (name, value)| tool.env(name, *value));
        }
        Bare => tool = tool.env_remove("TMPDIR").env_remove("HOME"),
        Arguments(more) => arguments.extend(*more),
        Within(program) => wrapper = program.to_vec(),
        Shell(script) => wrapper = vec!["sh", "-c", script, "sh"],
        Copy(copy) => {
            root = copy(project);
            directory.clone_from(&root);
        }
        From(folder, more) => {
            directory = root.join(folder);
            arguments.splice(0..0, more.iter().copied());
        }
        Store(make, program) => {
            tool = tool.env("DOFS_PACKAGE_CACHE_DIR", make(project));
            wrapper = program.to_vec();
        }
        Terminal => wrapper = vec!["sh", "-c", "script -qec \"$*\" /dev/null >/dev/null", "sh"],
    }
    let inner = tool.directory(&directory).command(&arguments);
    let mut command = inner;
    if let Some((program, more)) = wrapper.split_first() {
        let mut outer = Command::new(program);
        outer.args(more).arg(command.get_program()).args(command.get_args());
        outer.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = outer;
        command.current_dir(&directory);
    }
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("this trial needs {wrapper:?}: {error}; it is not skipped without")
    });
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let digests = made(&root).into_iter();
    let made = digests.map(|(path, bytes)| format!("{} {path}", sha256(bytes))).collect();
    let answer = Answer { code: output.status.code(), stdout, made };
    if root.starts_with("/dev/shm") {
        std::fs::remove_dir_all(&root).expect("it is ours");
    }
    (answer, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Tries every n-th variation of a project; returns what all have answered, and what was counted.
fn try_project(project: &Project, step: usize) -> (String, String) {
    let (base, said) = vary(project, &Arguments(&[]));
    assert_eq!(base.code, Some(0), "{said}");
    let mut wrong = Vec::new();
    let needs = |how: &How| matches!(how, Within(program) if program[0] == "faketime");
    // What Debian has not got by itself is for the whole of them.
    let chosen = VARIATIONS.iter().filter(|(_, how)| step == 1 || !needs(how));
    let chosen: Vec<_> = chosen.step_by(step).collect();
    for (what, how) in &chosen {
        let (answer, said) = vary(project, how);
        let stdout = if matches!(how, Terminal) { &base.stdout } else { &answer.stdout };
        if (answer.code, &answer.made, stdout) != (base.code, &base.made, &base.stdout) {
            wrong.push(format!("{what}: {answer:?}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{base:?}\n{}", wrong.join("\n"));
    (base.made.join("\n"), format!("{} variations, 1 answer\n", chosen.len()))
}

/// Tries every n-th variation of each of the three projects; returns what was counted.
pub(super) fn try_all(step: usize) -> String {
    let mut counts = String::new();
    let projects: [(Project, expect_test::Expect); 3] = [
        (
            own(),
            expect![[r#"
            97714eae5456b0aa8cbfc25eea075420eec684f32f9e568750005f7036f519bf lambdas/api/api.zip
            1a8e6a21aa522dbabe364b176e93ddd5b9dd76a526a15f8ef75173141a90607f lambdas/worker/worker.zip
            a871754e150359bd395fb72844f8b62b12491b1a0ba7af5e2b36395e3ed2082f lambdas/zeta/zeta.zip
            3b6687c3507c3a4dbeb6cfe9ecafd33e7d47a080f7586d7a3195465a45ada163 packages.json"#]],
        ),
        (
            asking(),
            expect![[r#"
            3eafc4f6e3c2178db09f27fea6bbf2d8846fd06019e165a0cba22920ab40e17e lambdas/api/api.zip
            78d393c91006bb9bef650d0c9b1cfee3691df32490472130045c5e8879bed1c6 lambdas/zeta/zeta.zip"#]],
        ),
        (
            locked(),
            expect![[r#"
            20b0a01dc4c7c6db8b06a4a0b52b078e387834a100cf3de50844d06f09eaf856 infra/packages.json
            fa7f13c714289222cde513191981926cd22684ba6e1b30952d9fe6122a74ed6d lambdas/api/api.zip
            07f958dfdd77f93210423f749a8903b70b4e44472eada7d2d3f243c94c686de9 lambdas/zeta/zeta.zip"#]],
        ),
    ];
    for (project, golden) in projects {
        let (answer, count) = try_project(&project, step);
        golden.assert_eq(&answer);
        counts += &count;
    }
    counts
}

#[test]
fn whatever_is_varied_gives_the_same_answer() {
    try_all(5);
}

#[test]
#[ignore = "needs faketime"]
fn every_variation_gives_the_same_answer() {
    try_all(1);
}
