//! uv as the resolver: what it is asked, what becomes of its answer, and when it is not asked.

use std::path::PathBuf;

use super::{HANDLER, OLD, locked, serve, server::Server};
use crate::support::{self, Project, Run, Tool, Wheel};

/// The config that asks for uv.
const CONFIG: (&str, &str) = ("dofs-package.toml", "resolver = \"uv\"\npython = \"3.12\"\n");

/// A project whose lambda requires two wheels by way of uv.
fn project() -> Project {
    Project::with(&[HANDLER, CONFIG, ("lambdas/api/requirements.txt", "one\ntwo>=1 # why\n")])
}

/// The wheels of the answer.
fn wheels() -> [Wheel; 2] {
    [Wheel::new("one", "1.0"), Wheel::new("two", "2.0")]
}

/// Where the stand-in of uv writes down what it was asked.
fn notes(project: &Project) -> PathBuf {
    project.home().join("asked")
}

/// The tool with a stand-in of uv, which writes this lock; pip has no index but the public one,
/// and that is out of reach.
fn tool<'a>(project: &'a Project, lock: &str) -> Tool<'a> {
    let given = project.home().join("pylock.toml");
    std::fs::write(&given, lock).expect("a lock");
    let (given, notes) = (given.display(), notes(project).display().to_string());
    let script = format!(
        "for argument in \"$@\"; do\n\
         printf '%s\\n' \"$argument\" >> '{notes}'\n\
         if [ \"$before\" = --output-file ]; then cp '{given}' \"$argument\"; fi\n\
         before=$argument\n\
         done\n\
         cat \"$argument\" >> '{notes}'"
    );
    let path = project.program("uv", &script);
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PIP_CONFIG_FILE", "/dev/null").env("PATH", path)
}

/// What the stand-in was asked, a line for each argument and then the file, without folders.
fn asked(project: &Project) -> String {
    let text = std::fs::read_to_string(notes(project)).expect("uv was asked");
    let lines = text.lines().map(|line| match line.rsplit_once('/') {
        Some((folder, name)) if folder.starts_with('/') => format!("[FOLDER]/{name}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Names and versions of the wheels of an answer's first package.
fn packaged(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}", run.text());
    let json = run.json();
    let wheels = json["packages"][0]["requirements"].as_array().expect("a list").iter();
    wheels.map(|it| format!("{} {}", it["name"], it["version"]).replace('"', "")).collect()
}

#[test]
fn uv_is_asked_for_a_lock_of_the_target_and_its_wheels_are_fetched() {
    let project = project();
    let server = serve(&wheels());
    let run = tool(&project, &locked(&wheels(), &server)).run(&["--format", "json"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 2.0"]);
    expect_test::expect![[r#"
        pip
        compile
        --verbose
        --color=never
        --no-header
        --no-build
        --format=pylock.toml
        --python-version
        3.12
        --python-platform
        x86_64-manylinux_2_34
        --output-file
        [FOLDER]/pylock.toml
        [FOLDER]/requirements.txt
        one
        two>=1
    "#]]
    .assert_eq(&asked(&project));
    assert_eq!(server.asked(), ["/one-1.0-py3-none-any.whl", "/two-2.0-py3-none-any.whl"]);
    assert!(project.entries(OLD.0).contains_key("two/__init__.py"));
}

#[test]
fn the_answer_is_kept_and_uv_is_not_asked_again() {
    let project = project();
    let server = serve(&wheels());
    let tool = tool(&project, &locked(&wheels(), &server));
    let before = tool.run(&["-q"]);
    assert_eq!(before.code, 0, "{}", before.text());
    std::fs::remove_file(notes(&project)).unwrap();
    assert_eq!(tool.run(&["-q"]).digests(), before.digests());
    assert!(!notes(&project).exists());
    assert_eq!(tool.run(&["-q", "--upgrade"]).digests(), before.digests());
    assert!(notes(&project).exists());
}

#[test]
fn a_wheel_of_the_lock_is_chosen_by_its_tags() {
    let project = project();
    let native = |tag: &str| Wheel::new("one", "1.0").tag(tag);
    let both = [native("py3-none-manylinux_2_28_x86_64"), native("py3-none-manylinux_2_17_x86_64")];
    let server = serve(&both);
    let [new, old] = [0, 1].map(|index| locked(&both[index..=index], &server));
    let other = old.split("wheels = [").nth(1).unwrap();
    let lock = new.replace(" }]", &format!(" }}, {}", other.trim_end()));
    project.write("lambdas/api/requirements.txt", "one\n");
    let tool = tool(&project, &lock);
    for (python, expected) in [("3.12", "2_28"), ("3.11", "2_17")] {
        let json = tool.run(&["--python", python, "--format", "json"]).json();
        let wheel = format!("one-1.0-py3-none-manylinux_{expected}_x86_64.whl");
        assert_eq!(json["packages"][0]["requirements"][0]["wheel"], wheel.as_str());
    }
}

#[test]
fn uv_is_told_of_the_target_in_its_own_words() {
    let project = project();
    let tool = tool(&project, &locked(&wheels(), &serve(&wheels())));
    let mut told = String::new();
    for (python, architecture) in
        [("3.9", "x86_64"), ("3.11", "arm64"), ("3.12", "x86_64"), ("3.14", "arm64")]
    {
        let run = tool.run(&["-q", "--python", python, "--arch", architecture]);
        assert_eq!(run.code, 0, "{}", run.text());
        let asked = asked(&project);
        let mut lines = asked.lines();
        let mut after = |option: &str| {
            lines.by_ref().find(|line| *line == option).expect("it is given");
            lines.next().expect("it has a value").to_owned()
        };
        let (version, platform) = (after("--python-version"), after("--python-platform"));
        told += &format!("{python} {architecture}: {version} {platform}\n");
        std::fs::remove_file(notes(&project)).unwrap();
    }
    expect_test::expect![[r#"
        3.9 x86_64: 3.9 x86_64-manylinux2014
        3.11 arm64: 3.11 aarch64-manylinux2014
        3.12 x86_64: 3.12 x86_64-manylinux_2_34
        3.14 arm64: 3.14 aarch64-manylinux_2_34
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_wheel_that_is_not_the_one_of_uvs_lock_is_refused() {
    let project = project();
    project.write(OLD.0, OLD.1);
    let server = Server::of(wheels().map(|wheel| {
        let other = wheel.clone().file("more.txt", "x");
        (wheel.file_name(), other.bytes())
    }));
    let lock = locked(&wheels(), &server);
    let lock = lock.lines().map(|line| match line.split_once("size = ") {
        Some((before, after)) => {
            format!("{before}{}\n", after.split_once(", ").unwrap().1)
        }
        None => format!("{line}\n"),
    });
    let run = tool(&project, &lock.collect::<String>()).run(&["--format", "json", "-q"]);
    assert_eq!(run.code, 4, "{}", run.text());
    assert_eq!(run.json()["failures"][0]["code"], "hash-mismatch");
    assert_eq!(project.read(OLD.0), OLD.1.as_bytes());
}

#[test]
fn a_wheel_of_a_folder_is_copied_and_nothing_is_fetched() {
    let project = project();
    for wheel in wheels() {
        project.publish(&wheel);
    }
    let server = serve(&[]);
    let folder = format!("file://{}/", project.index().display());
    let lock = locked(&wheels(), &server).replace(&server.url(""), &folder);
    let run = tool(&project, &lock).run(&["--format", "json"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 2.0"]);
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn a_lock_that_forgets_a_requirement_is_no_answer() {
    let project = project();
    let one = [Wheel::new("one", "1.0")];
    let run = tool(&project, &locked(&one, &serve(&one))).run(&[]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Fetching 1 wheel, 839 B
        error: `two` is required, but uv gave no wheel of it
          --> lambdas/api/requirements.txt:2
        hint: require it in a way that uv can download
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn with_an_index_in_pips_variables_uv_is_not_started() {
    for (name, value) in [
        ("PIP_INDEX_URL", "https://u:secret@host/simple"),
        ("PIP_EXTRA_INDEX_URL", "https://u:secret@host/simple"),
        ("PIP_FIND_LINKS", "https://u:secret@host/links.html"),
        // What is only in there may have a namesake in the public index.
        ("PIP_FIND_LINKS", "/a/folder/of/wheels"),
        ("PIP_NO_INDEX", "1"),
    ] {
        let project = project();
        let tool = tool(&project, "").env(name, value);
        let run = tool.run(&["--format", "json", "-q"]);
        assert_eq!(run.code, 4, "{}", run.text());
        assert!(!run.text().contains("secret"), "{}", run.text());
        assert_eq!(run.json()["failures"][0]["code"], "uv-ignores-index");
        assert_eq!(run.json()["failures"][0]["causes"][0], name);
        assert!(!notes(&project).exists());
    }
}

#[test]
fn with_an_index_in_pips_configuration_uv_is_not_started() {
    let project = project();
    let folder = project.home().join(".config/pip");
    std::fs::create_dir_all(&folder).unwrap();
    let config = "[global]\ntimeout = 5\nextra-index-url = https://u:secret@host/simple\n";
    std::fs::write(folder.join("pip.conf"), config).unwrap();
    let run = tool(&project, "").env_remove("PIP_CONFIG_FILE").run(&[]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: uv knows nothing of pip's configuration, which says where to look
          --> lambdas/api
          caused by: `extra-index-url` in [HOME]/.config/pip/pip.conf
        hint: set `resolver = "pip"`, or take the setting away and name the index for uv (`UV_EXTRA_INDEX_URL`, or `--extra-index-url` in the requirements)
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
    assert!(!notes(&project).exists());
}

#[test]
fn without_uv_on_path_the_config_asks_for_what_is_not_there() {
    let project = project();
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let tool = tool.env("PIP_CONFIG_FILE", "/dev/null").env("PATH", project.home());
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: the config asks for uv as the resolver, and there is no `uv` on PATH
          --> lambdas/api
        hint: install uv, or set `resolver = "pip"`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&tool.run(&[]).text());
}

#[test]
fn what_a_failing_uv_said_last_is_shown() {
    let project = project();
    let script = "for line in $(seq 1 20); do echo \"line $line of uv\" >&2; done\n\
                  echo \"see https://u:secret@host/simple\" >&2\nexit 1";
    let path = project.program("uv", script);
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let run = tool.env("PIP_CONFIG_FILE", "/dev/null").env("PATH", path).run(&[]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: uv found no answer (exit status: 1)
          --> lambdas/api/requirements.txt
          caused by: line 10 of uv
          caused by: line 11 of uv
          caused by: line 12 of uv
          caused by: line 13 of uv
          caused by: line 14 of uv
          caused by: line 15 of uv
          caused by: line 16 of uv
          caused by: line 17 of uv
          caused by: line 18 of uv
          caused by: line 19 of uv
          caused by: line 20 of uv
          caused by: see https://****@host/simple
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn each_lambda_has_its_own_resolver() {
    let config = "python = \"3.12\"\n[lambda.api]\nresolver = \"uv\"\n";
    let project = Project::with(&[
        HANDLER,
        ("dofs-package.toml", config),
        ("lambdas/api/requirements.txt", "one\n"),
        ("lambdas/other/other.py", "def handler(event, context):\n    return 1\n"),
        ("lambdas/other/requirements.txt", "./one-1.0-py3-none-any.whl\n"),
    ]);
    let one = [Wheel::new("one", "1.0").file("one/uv.py", "x = 1\n")];
    let local = Wheel::new("one", "1.0");
    project.write("lambdas/other/one-1.0-py3-none-any.whl", local.bytes());
    let run = tool(&project, &locked(&one, &serve(&one))).run(&[]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(project.entries(OLD.0).contains_key("one/uv.py"));
    assert!(!project.entries("lambdas/other/other.zip").contains_key("one/uv.py"));
    assert_eq!(asked(&project).lines().filter(|line| *line == "compile").count(), 1);
}

#[test]
fn a_resolver_of_another_name_is_an_error() {
    let project = project();
    project.write("dofs-package.toml", "resolver = \"poetry\"\n");
    let run = project.run(&[]);
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `resolver` from dofs-package.toml: `poetry` is no resolver: `pip` or `uv`
          --> dofs-package.toml:1
    "#]]
    .assert_eq(&run.text());
}

#[test]
#[ignore = "needs the package index, uv and python3.12"]
fn uv_and_pip_answer_with_the_same_wheels() {
    let project = Project::with(&[
        HANDLER,
        ("lambdas/api/requirements.txt", "boto3==1.34.0\nrequests==2.31.0\n"),
        ("dofs-package.toml", "python = \"3.12\"\n"),
    ]);
    let by = |resolver: &str| {
        // uv has an index of its own, and refuses where pip has another.
        let tool = project.tool().online().env_remove("PIP_INDEX_URL");
        let tool = tool.env("PIP_CONFIG_FILE", "/dev/null").env("PATH", support::path_with_uv());
        let run = tool.env("DOFS_PACKAGE_RESOLVER", resolver).run(&["--format", "json"]);
        let json = run.json();
        (packaged(&run), json["packages"][0]["requirements"].clone())
    };
    assert_eq!(by("uv"), by("pip"));
}

#[test]
fn the_hashes_of_lines_are_compared_though_uv_does_not() {
    let project = project();
    let wheels = wheels();
    let server = serve(&wheels);
    let lines = format!(
        "one==1.0 --hash=sha256:{}\ntwo==2.0 --hash=sha256:{}\n",
        "0".repeat(64),
        wheels[1].sha256()
    );
    project.write("lambdas/api/requirements.txt", lines);

    let run = tool(&project, &locked(&wheels, &server)).run(&["--format", "json", "-q"]);

    assert_eq!(run.code, 4, "{}", run.text());
    assert_eq!(run.json()["failures"][0]["code"], "hash-mismatch");
}
