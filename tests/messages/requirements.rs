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
            error: the option `--global-option` is refused: it runs a package's code, or writes elsewhere
              --> lambdas/f-refused/requirements.txt:2
            hint: remove it
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
            error: 12 of 12 lambdas could not be packaged
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
        error: `three==` is no requirement
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
        hint: set `python = "3.12"` in dofs-package.toml, or pass `--python 3.12`
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
fn a_pip_that_fails_is_shown_with_its_command_and_last_words() {
    let project = requiring(&[("api", "one\n")]);
    let fail = "echo '{\"pip\": \"24.0\", \"configuration\": []}' > \"$3\"; \
                echo 'OSError: https://user:secret@host.invalid is odd' >&2; exit 2";
    let path = python(&project, "3.12", fail);
    let said = project.tool().env("PATH", path).run(&["--python=3.12", "-q"]).text();
    let (before, platforms) = said.split_once(" --platform ").expect("the command is shown");
    let (_, after) = platforms.split_once(" -r ").expect("to its end");
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: pip 24.0 failed (exit status: 2)
          --> lambdas/api/requirements.txt
          caused by: python3 -m pip download --only-binary=:all: --no-input --disable-pip-version-check --progress-bar=off --no-color --implementation=cp --python-version 3.12 --platform … -r lambdas/api/requirements.txt
          caused by: OSError: https://****@host.invalid is odd
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&format!("{before} --platform … -r {after}"));

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
