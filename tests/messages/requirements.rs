//! Requirements, and pip that fails.

use expect_test::expect;

#[cfg(unix)]
use super::python;
use super::{check, requiring, say};
use crate::support::Wheel;

#[test]
fn a_requirements_file_is_refused_with_its_line() {
    let project = requiring(&[
        ("a-broken", "# the web\nrequests==2.31.0\nboto3=1.34.0\n"),
        ("b-missing", "-r ../shared/base.txt\n"),
        ("c-cycle", "-r requirements.txt\n"),
        ("d-editable", "-e .\n"),
        ("e-mercurial", "hg+https://user:secret@host.invalid/a@v1\n"),
        ("f-refused", "one\n--global-option=x\n"),
        ("g-unknown", "one --frobnicate\n"),
        ("h-quote", "--find-links 'a\n"),
        ("i-folder", "../../shared\n"),
        ("j-marker", "one ; python_versio < '3'\n"),
        ("k-address", "-r https://user:secret@host.invalid/base.txt\n"),
    ]);
    project.write("lambdas/l-encoding/requirements.txt", b"caf\xe9\n");
    project.write("lambdas/m-folder/requirements.txt/base.txt", "one\n");
    project.write("lambdas/n-lock/n.py", "");
    std::fs::create_dir_all(project.path("lambdas/n-lock/pylock.toml")).expect("a folder");
    check(
        &project.run(&["--python", "3.12"]),
        expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `boto3=1.34.0` is no requirement
              --> lambdas/a-broken/requirements.txt:3
              caused by: no such comparison operator "=", must be one of ~= == != <= >= < > ===
            hint: write it as `name==1.2.3`
            error: there is no `../shared/base.txt`
              --> lambdas/b-missing/requirements.txt:1
            hint: write it relative to this file, or to the root
            error: `lambdas/c-cycle/requirements.txt` includes itself
              --> lambdas/c-cycle/requirements.txt:1
            error: `.` can't be built: it has neither pyproject.toml nor setup.py
              --> lambdas/d-editable/requirements.txt:1
            hint: name the folder that has one of them
            error: `hg+https://****@host.invalid/a@v1` can't be built: of version control only git is known here
              --> lambdas/e-mercurial/requirements.txt:1
            hint: require a wheel of it, or keep it in a git repository
            error: the option `--global-option` is refused: what is built here is built in one way for all
              --> lambdas/f-refused/requirements.txt:2
            hint: remove it, or build a wheel with it and require that by its path
            error: the option `--frobnicate` is not one that a requirements file may have
              --> lambdas/g-unknown/requirements.txt:1
            hint: remove it, or put it into pip's own configuration
            error: `--find-links 'a` is no requirement
              --> lambdas/h-quote/requirements.txt:1
              caused by: a quote is not closed
            error: there is no `../../shared`
              --> lambdas/i-folder/requirements.txt:1
            hint: write it relative to this file, or to the root
            error: `one ; python_versio < '3'` is no requirement
              --> lambdas/j-marker/requirements.txt:1
              caused by: expected a quoted string or a valid marker name, found `python_versio`
            error: the option `-r` names an address, and only files of the project are read
              --> lambdas/k-address/requirements.txt:1
            hint: copy that file into the project, and name the copy
            error: `lambdas/l-encoding/requirements.txt` is not UTF-8
              --> lambdas/l-encoding/requirements.txt
            hint: save it as UTF-8
            error: `lambdas/m-folder/requirements.txt` is a folder, not a file
              --> lambdas/m-folder/requirements.txt
            hint: put the file in its place, or rename the folder
            error: `lambdas/n-lock/pylock.toml` is a folder, not a file
              --> lambdas/n-lock/pylock.toml
            hint: put the file in its place, or rename the folder
            error: 14 of 14 lambdas could not be packaged
        "#]],
    );
}

#[test]
fn a_line_of_an_included_file_is_told_with_that_file() {
    let project = requiring(&[("api", "one\n-r ../../shared.txt\n")]);
    project.write("shared.txt", "two\n\nthree==\n");
    check(
        &project.run(&["-q", "--python", "3.12"]),
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `api`: `three==` is no requirement
          --> shared.txt:3
          caused by: unexpected end of version specifier, expected version
        hint: write it as `name==1.2.3`
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn what_no_index_has_is_told_with_line_and_target() {
    let project = requiring(&[("a", "# none\nnowhere==1.0\n"), ("b", "native\n"), ("c", "old>2")]);
    project.publish(&Wheel::new("native", "1.0").tag("cp312-cp312-win_amd64"));
    project.publish(&Wheel::new("old", "1.0"));
    project.publish(&Wheel::new("old", "1.1"));
    check(
        &project.run(&["-q", "--python", "3.12"]),
        expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: no wheel of `nowhere==1.0` fits python3.12 on x86_64
              --> lambdas/a/requirements.txt:2
              caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: no wheel of `native` fits python3.12 on x86_64
              --> lambdas/b/requirements.txt:1
              caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: no wheel of `old>2` fits python3.12 on x86_64
              --> lambdas/c/requirements.txt:1
              caused by: the versions with a fitting wheel are 1.0, 1.1
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: 3 of 3 lambdas could not be packaged
        "#]],
    );
}

#[test]
fn what_no_version_fulfils_is_told_in_pips_words() {
    let project = requiring(&[("api", "one\ntwo==1.0\n")]);
    project.publish(&Wheel::new("one", "1.0").requires("two==2.0"));
    project.publish(&Wheel::new("two", "1.0"));
    project.publish(&Wheel::new("two", "2.0"));
    check(
        &project.run(&["-q", "--python", "3.12"]),
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the requirements contradict each other
          --> lambdas/api/requirements.txt
          caused by: The user requested two==1.0
          caused by: one 1.0 depends on two==2.0
        hint: loosen one of the versions that pip names
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn offline_is_an_exit_code_of_its_own() {
    let project = requiring(&[("api", "one\n")]);
    check(
        &project.run(&["--offline", "--python", "3.12"]),
        expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the store has no answer for `lambdas/api/requirements.txt`
          --> lambdas/api/requirements.txt
        hint: run once without `--offline`
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn no_python_is_told_with_what_to_do() {
    let project = requiring(&[("api", "one\n")]);
    let tool = project.tool().env("PATH", project.home());
    expect![[r#"
        $ 
        exit code: 5
        --- stdout
        --- stderr
        error: no Python version is set, and there is no `python3` to take it from
          --> lambdas/api
        hint: set `python` in dofs-package.toml to what the function runs on, or pass it as `--python X.Y`
        error: 1 of 1 lambda could not be packaged

        $ --python 3.12
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: no Python that can run pip 21.2 or later was found
          --> lambdas/api
        hint: install Python 3 with pip
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&say(&tool, &[&[], &["--python", "3.12"]]));
}

#[cfg(unix)]
#[test]
fn a_version_from_the_host_is_warned_of() {
    let project = requiring(&[("api", "one\n")]);
    project.publish(&Wheel::new("one", "1.0"));
    let real = crate::support::path().to_str().expect("a PATH is UTF-8");
    let path = python(&project, "3.12", &format!("PATH='{real}' exec python3 \"$@\""));
    let run = project.tool().env("PATH", &path).run(&["-n"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let odd = run.stderr.lines().filter(|line| line.starts_with(['w', 'h']));
    expect![[r#"
        warning: `api`: no Python version is set, so that of `python3` is used: 3.12
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
    "#]]
    .assert_eq(&odd.map(|line| format!("{line}\n")).collect::<String>());
    let json = project.tool().env("PATH", &path).run(&["--format=json"]).json();
    assert_eq!(json["packages"][0]["warnings"][0]["code"], "target-from-host");

    let path = python(&project, "3.7", "exit 1");
    check(
        &project.tool().env("PATH", path).run(&[]),
        expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: no Python version is set, and that of `python3` will not do: 3.7 is older than 3.9, the oldest that is packaged for
              --> lambdas/api
            hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
            error: 1 of 1 lambda could not be packaged
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_pip_that_fails_is_shown_with_its_last_words_and_its_command_where_more_is_wanted() {
    let project = requiring(&[("api", "one\n")]);
    let fail = "echo '{\"pip\": \"24.0\", \"configuration\": []}' > \"$3\"; \
                echo 'OSError: https://user:secret@host.invalid is odd' >&2; exit 2";
    let path = python(&project, "3.12", fail);
    let tool = project.tool().env("PATH", path);
    let said = tool.run(&["--python=3.12", "-q"]).text();
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `pip download` of pip 24.0 failed (exit status: 2)
          --> lambdas/api/requirements.txt
          caused by: OSError: https://****@host.invalid is odd
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&said);
    let said = tool.run(&["--python=3.12", "-v"]).text();
    let command = said.lines().find(|line| line.contains("this failed: ")).expect("the command");
    let (before, platforms) = command.split_once(" --platform ").expect("the command is whole");
    let (_, after) = platforms.split_once(" -r ").expect("to its end");
    expect![[r#"        Note this failed: python3 -m pip download --only-binary=:all: --no-input --disable-pip-version-check --progress-bar=off --no-color --implementation=cp --python-version 3.12 --platform … -r lambdas/api/requirements.txt"#]]
        .assert_eq(&format!("{before} --platform … -r {after}"));

    let path = python(&project, "3.12", "echo 'it has no pip' >&2; exit 97");
    let said = project.tool().env("PATH", &path).run(&["--python=3.12", "-q"]).text();
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: no Python that can run pip 21.2 or later was found
          --> lambdas/api
          caused by: `python3`: it has no pip
        hint: install pip for one of them (`python3 -m ensurepip`, or the package python3-pip)
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&said.replace(path.to_str().expect("a plain path"), "[BIN]"));
    assert!(project.leftovers().is_empty());
}

#[test]
fn a_line_that_would_mislead_is_told_with_its_cause_and_the_way_out() {
    let project = requiring(&[
        ("a-constraint", "-c https://user:secret@host.invalid/c.txt\n"),
        ("b-behind", "torch==2.3.1 --index-url https://host.invalid/whl\n"),
        ("c-conda", "certifi @ file:///croot/certifi_1671487769961/work/certifi\n"),
        ("d-git", "git://host.invalid/a.git#egg=a\n"),
        ("e-scp", "-e git+git@host.invalid:me/a.git#egg=a\n"),
        ("f-hash", "one\n--hash=sha256:00\n"),
        ("g-coding", "# coding: cp1252\none\n"),
        ("h-settings", "one --config-settings=x=y\n"),
        (
            "i-some-hashes",
            "one==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n\
             two==1.0\nthree==1.0\n",
        ),
    ]);
    check(
        &project.run(&["--python", "3.12", "-q"]),
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the option `-c` names an address, and only files of the project are read
          --> lambdas/a-constraint/requirements.txt:1
        hint: copy that file into the project, and name the copy
        error: the option `--index-url` stands behind a requirement, where pip ignores it
          --> lambdas/b-behind/requirements.txt:1
        hint: give it a line of its own
        error: there is no `/croot/certifi_1671487769961/work/certifi`: it was a folder of conda's build machine
          --> lambdas/c-conda/requirements.txt:1
        hint: write the project with its version in its place, as `pip list --format=freeze` does, or remove the line
        error: `git://host.invalid/a.git#egg=a` can't be built: pip knows a repository by the `git+` before its scheme
          --> lambdas/d-git/requirements.txt:1
        hint: write `git+https://` or `git+ssh://` in place of its scheme
        error: `git+git@host.invalid:me/a.git#egg=a` can't be built: pip reads no address of ssh without its scheme
          --> lambdas/e-scp/requirements.txt:1
        hint: write `git+ssh://git@host.invalid/me/a.git#egg=a`
        error: the option `--hash` stands on a line without a requirement, where pip ignores it
          --> lambdas/f-hash/requirements.txt:2
        hint: end the line before it with a backslash, or remove it
        error: `lambdas/g-coding/requirements.txt` says that it is in `cp1252`, which is not read here
          --> lambdas/g-coding/requirements.txt
        hint: save it as UTF-8
        error: the option `--config-settings` is refused: what is built here is built in one way for all
          --> lambdas/h-settings/requirements.txt:1
        hint: remove it, or build a wheel with it and require that by its path
        error: `two==1.0` has no hash (nor has one more line), and other lines have
          --> lambdas/i-some-hashes/requirements.txt:2
        hint: write the hashes of all lines (`pip-compile --generate-hashes`), or of none and lock them with `cargo dofs-package lock`
        error: 9 of 9 lambdas could not be packaged
    "#]],
    );
}

#[test]
fn what_pip_reads_is_read() {
    let utf_16: Vec<u8> =
        "\u{feff}one==1.0\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_32: Vec<u8> =
        "\u{feff}one==1.0\r\n".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let lines: [(&str, &[u8]); 7] = [
        ("utf-16", &utf_16),
        ("utf-32", &utf_32),
        ("latin", b"# -*- coding: latin-1 -*-\none==1.0 # caf\xe9\n"),
        ("semicolon", b"one==1.0;\n"),
        ("continued", b"one \\\n  == \\\n 1.0 # a comment\n"),
        ("file-include", b"-r file:base.txt\n"),
        ("quoted-option", b"--find-links='.'\none\n"),
    ];
    let project = requiring(&[]);
    project.publish(&Wheel::new("one", "1.0"));
    project.write("base.txt", "one\n");
    for (name, bytes) in lines {
        project.write(&format!("lambdas/{name}/app.py"), "");
        project.write(&format!("lambdas/{name}/requirements.txt"), bytes);
    }
    let run = project.run(&["--python", "3.12", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    for name in ["utf-16", "utf-32", "latin", "semicolon", "continued", "file-include"] {
        let entries = project.entries(&format!("lambdas/{name}/{name}.zip"));
        assert!(entries.contains_key("one/__init__.py"), "{name}");
    }
}
