//! An index that has the metadata of its wheels apart (PEP 658): pip is asked for its answer alone.

use std::process::Command;

use expect_test::expect;

use super::requiring;
use crate::support::{Index, Pages, Project, Reply, Run, Tool, Wheel};

/// Both kinds of pages.
const KINDS: [Pages; 2] = [Pages::Html, Pages::Json];

/// An index that describes these wheels.
fn describing(wheels: &[Wheel], pages: Pages) -> Index {
    let index = Index::serving(&[]);
    wheels.iter().for_each(|wheel| index.describe(wheel, pages));
    index
}

/// The tool with that index within reach, and no other.
fn tool<'a>(project: &'a Project, index: &Index) -> Tool<'a> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PIP_INDEX_URL", index.simple()).env("PIP_RETRIES", "0")
}

/// Packages all lambdas for Python 3.12.
fn package(project: &Project, index: &Index) -> Run {
    tool(project, index).run(&["--python", "3.12", "--format", "json"])
}

/// Whether the pip of this machine takes metadata that lie apart: 23.2 was the first to do so.
fn takes_metadata() -> bool {
    let program = ["-c", "import pip; print(pip.__version__)"];
    let output = Command::new("python3").args(program).env("PATH", crate::support::path()).output();
    let version = String::from_utf8(output.expect("python3").stdout).expect("UTF-8");
    let mut numbers = version.trim().split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(23), Some(2))
}

/// The requests for wheels themselves.
fn wheels(index: &Index) -> Vec<String> {
    let requests = index.requests().into_iter();
    let mut wheels: Vec<String> = requests.filter(|it| it.ends_with(".whl")).collect();
    wheels.sort();
    wheels
}

#[test]
fn each_wheel_is_fetched_once_and_one_that_is_known_not_at_all() {
    for pages in KINDS {
        let three = Wheel::new("three", "1.0").requires("two");
        let all = [Wheel::new("one", "1.0").requires("two"), Wheel::new("two", "2.0"), three];
        let index = describing(&all, pages);
        let project = requiring("one\n", &[]);
        let run = package(&project, &index);
        assert_eq!(run.code, 0, "{}", run.text());
        let one = "GET /one-1.0-py3-none-any.whl".to_owned();
        assert_eq!(wheels(&index), [one, "GET /two-2.0-py3-none-any.whl".to_owned()]);
        assert!(project.entries("lambdas/api/api.zip").contains_key("two/__init__.py"));
        project.write("lambdas/other/other.py", "def handler(event, context): ...\n");
        project.write("lambdas/other/requirements.txt", "three==1.0\n");
        let run = package(&project, &index);
        assert_eq!(run.code, 0, "{}", run.text());
        let fetched = wheels(&index);
        assert!(fetched.contains(&"GET /three-1.0-py3-none-any.whl".to_owned()), "{fetched:?}");
        // pip without this has a cache of its own, of a server that allows it.
        assert!(fetched.len() == 1 || !takes_metadata(), "{fetched:?}");
    }
}

#[test]
fn the_answer_is_that_of_an_index_that_describes_nothing() {
    let all = [
        Wheel::new("one", "1.0").requires("two>1").requires("four; python_version < \"3\""),
        Wheel::new("two", "2.0").metadata("Requires-Python: >=3.8"),
        Wheel::new("two", "3.0").metadata("Requires-Python: >=3.13"),
    ];
    let answer = |index: &Index| {
        let project = requiring("one\n", &[]);
        let run = tool(&project, index).run(&["lock", "--python", "3.12"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let lock = String::from_utf8(project.read("lambdas/api/pylock.toml")).expect("UTF-8");
        lock.replace(&index.address(), "INDEX")
    };
    let expected = answer(&Index::serving(&all));
    for pages in KINDS {
        assert_eq!(answer(&describing(&all, pages)), expected, "{pages:?}");
    }
}

/// Versions of a project that come as wheels for every platform.
const VERSIONS: [&str; 9] =
    ["1.0", "1", "1.0.1", "1.1", "1.0.post1", "1.0+local", "1!1.0", "2.0rc1", "2.0.0"];

/// Its other wheels that fit.
const FITTING: [(&str, &str); 2] = [
    ("1.2", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64"),
    ("1.3", "cp39-abi3-linux_x86_64"),
];

/// Its files that fit nowhere.
const UNFIT: [&str; 9] = [
    "9.0.tar.gz",
    "9.0.zip",
    "9.0-cp312-cp312-win_amd64.whl",
    "9.0-cp312-cp312-macosx_11_0_x86_64.whl",
    "9.0-cp312-cp312-musllinux_1_2_x86_64.whl",
    "9.0-cp312-cp312-manylinux_2_17_aarch64.whl",
    "9.0-cp312-cp312-manylinux_2_99_x86_64.whl",
    "9.0-py2-none-any.whl",
    "9.0.whl",
];

/// What is asked of it; `N` is the project.
const LINES: [&str; 16] = [
    "N",
    "N==1.0",
    "N==1",
    "N == 1.0.0",
    "N==1.0.*",
    "N===1.0.1",
    "N==1.0+local",
    "N==1!1.0",
    "N==2.0rc1",
    "N[extra]==1.1",
    "N==1.1,<2",
    "N==1.1 # as it was",
    "N==2.0; python_version < \"3\"\nN==1.1; python_version >= \"3\"",
    "N==1.0.post1",
    "N>=1.0,<1.1",
    "N~=1.0.0",
];

#[test]
fn what_is_kept_from_pip_changes_no_answer() {
    for pages in KINDS {
        let index = Index::serving(&[]);
        let mut lines = String::new();
        for (number, line) in LINES.iter().enumerate() {
            let name = format!("project-{number}");
            let wheels = VERSIONS.map(|version| Wheel::new(&name, version));
            let fitting = FITTING.map(|(version, tag)| Wheel::new(&name, version).tag(tag));
            wheels.iter().chain(&fitting).for_each(|wheel| index.describe(wheel, pages));
            let file = name.replace('-', "_");
            UNFIT.iter().for_each(|end| index.announce(&name, &format!("{file}-{end}"), pages));
            // As people write names.
            lines += &format!("{}\n", line.replace('N', &format!("Project.{number}")));
        }
        let project = requiring(&lines, &[]);
        let run = package(&project, &index);
        assert_eq!(run.code, 0, "{}", run.text());
        let mut chosen = super::wheels(&run);
        chosen.sort();
        assert_eq!(chosen, chosen_by_pip(&lines, &index), "{pages:?}");
    }
}

/// The names and versions of the wheels that pip itself chooses.
fn chosen_by_pip(lines: &str, index: &Index) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lines.txt");
    std::fs::write(&file, lines).expect("a file");
    let options = "-m pip download -q --no-deps --no-cache-dir --only-binary=:all: \
                   --python-version 3.12 --implementation cp --platform manylinux_2_34_x86_64 \
                   --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
                   --platform linux_x86_64";
    let mut python = Command::new("python3");
    python.args(options.split_whitespace()).arg("-r").arg(&file).arg("-d").arg(folder.path());
    let output = python
        .env("PATH", crate::support::path())
        .env("PIP_INDEX_URL", index.simple())
        .env_remove("PIP_FIND_LINKS")
        .output()
        .expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = std::fs::read_dir(folder.path()).expect("a folder").flatten();
    let names = names.map(|it| it.file_name().into_string().expect("UTF-8"));
    let version = |wheel: String| {
        let mut parts = wheel.split('-');
        format!("{} {}", parts.next()?.replace('_', "-"), parts.next()?).into()
    };
    let mut chosen: Vec<String> =
        names.filter(|name| name.ends_with(".whl")).filter_map(version).collect();
    chosen.sort();
    chosen
}

#[test]
fn a_failure_names_all_versions_that_the_index_has() {
    let wheels = [Wheel::new("one", "1.0"), Wheel::new("one", "2.0")];
    let index = describing(&wheels, Pages::Json);
    let project = requiring("one==9\n", &[]);
    let run = tool(&project, &index).run(&["--python", "3.12"]);
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: no wheel of `one==9` fits python3.12 on x86_64
          --> lambdas/api/requirements.txt:1
          caused by: the versions with a fitting wheel are 1.0, 2.0
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
}

#[test]
fn a_wheel_that_is_not_the_one_of_the_index_is_refused() {
    let wheel = Wheel::new("one", "1.0");
    let index = describing(std::slice::from_ref(&wheel), Pages::Json);
    index.answer(&wheel, Reply::File(wheel.clone().file("more.py", "").bytes()));
    let project = requiring("one\n", &[]);
    let run = tool(&project, &index).run(&["--python", "3.12"]);
    assert_ne!(run.code, 0);
    assert!(!project.path("lambdas/api/api.zip").exists());
}

#[test]
fn wheels_are_fetched_while_pip_still_resolves() {
    if !takes_metadata() {
        return;
    }
    for pages in KINDS {
        let one = Wheel::new("one", "1.0").requires("two");
        let index = describing(&[one, Wheel::new("two", "2.0")], pages);
        // pip does not end before that has come.
        index.hold("two", "GET /one-1.0-py3-none-any.whl");
        let run = package(&requiring("one\n", &[]), &index);
        assert_eq!(run.code, 0, "{}", run.text());
        assert_eq!(wheels(&index).len(), 2, "each once");
    }
}

#[test]
fn what_was_begun_and_is_not_chosen_goes_nowhere() {
    let [old, new] = ["1.0", "2.0"].map(|version| Wheel::new("one", version));
    let new = new.requires("two<1");
    let wheels = [old.requires("two"), new, Wheel::new("two", "2.0")];
    let index = describing(&wheels, Pages::Json);
    // Whatever comes of it: nobody waits for that.
    index.answer(&wheels[1], Reply::Half(wheels[1].bytes()));
    let project = requiring("one\ntwo>=2\n", &[]);
    let run = package(&project, &index);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(super::wheels(&run), ["one 1.0", "two 2.0"]);
}

#[test]
fn what_cannot_be_fetched_otherwise_is_left_to_pip() {
    let wheel = Wheel::new("one", "1.0");
    let all = std::slice::from_ref(&wheel);
    // A login of pip's that this tool does not read, for a server that hides what it has.
    let hidden = describing(all, Pages::Json);
    hidden.answer(&wheel, Reply::Once("404 Not Found", Box::new(Reply::File(wheel.bytes()))));
    let sizes = [1.into(), (-1).into(), 1.5.into(), "12".into(), serde_json::json!(null)];
    let wrong = sizes.map(|size: serde_json::Value| {
        let index = Index::serving(&[]);
        index.describe_with(&wheel, Pages::Json, &serde_json::json!({"size": size}));
        index
    });
    let short = Index::serving(&[]);
    short.describe_with(&wheel, Pages::Html, &serde_json::json!({"hashes": {"sha256": "00"}}));
    for (number, index) in [hidden].iter().chain(&wrong).enumerate() {
        let run = package(&requiring("one\n", &[]), index);
        assert_eq!(run.code, 0, "{number}: {}", run.text());
    }
    let run = package(&requiring("one\n", &[]), &short);
    assert!(run.text().contains("hash"), "{}", run.text());
}

#[test]
fn a_failure_is_that_of_an_index_that_describes_nothing() {
    let wheel = Wheel::new("one", "1.0");
    let failure = |index: &Index| {
        let more = Index::serving(&[]);
        more.refuse("one", "403 Forbidden");
        let project = requiring("one==9.9\n", &[]);
        let run = tool(&project, index)
            .env("PIP_EXTRA_INDEX_URL", more.simple())
            .run(&["--python", "3.12"]);
        assert_ne!(run.code, 0);
        run.text().replace(&index.address(), "INDEX").replace(&more.address(), "MORE")
    };
    let expected = failure(&Index::serving(std::slice::from_ref(&wheel)));
    assert_eq!(failure(&describing(&[wheel], Pages::Json)), expected);
}

#[test]
fn a_server_of_files_that_wants_a_password_is_left_to_pip() {
    let wheel = Wheel::new("one", "1.0");
    let index = describing(std::slice::from_ref(&wheel), Pages::Json);
    index.answer(&wheel, Reply::Status("401 Unauthorized"));
    let project = requiring("one\n", &[]);
    let run = tool(&project, &index).run(&["--python", "3.12"]);
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Fetching 1 wheel, 839 B
        error: `http://[INDEX]` asks for a login, and takes none that pip has
          --> lambdas/api/requirements.txt
          caused by: 401 Unauthorized
        hint: renew the token or password where pip reads it: its configuration, the address, a `.netrc` or a keyring
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text().replace(&index.address(), "[INDEX]"));
}
