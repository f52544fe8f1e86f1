//! Finding the project and its lambdas.

use expect_test::expect;

use super::{API, MODULE, check, say};
use crate::support::Project;

#[test]
fn a_project_must_be_somewhere() {
    let project = Project::new();
    let tool = project.tool().directory(project.home());
    let commands: &[&[&str]] = &[&[], &["list", "--format=json"], &["--root", "nowhere"]];
    expect![[r#"
        $ 
        exit code: 3
        --- stdout
        --- stderr
        error: neither this folder nor one above has a `lambdas` folder or a dofs-package.toml
        hint: name the project with `--root DIR`

        $ list --format=json
        exit code: 3
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"lambdas":[],"functions":[],"left_out":[],"failures":[{"name":null,"code":"no-root","message":"neither this folder nor one above has a `lambdas` folder or a dofs-package.toml","causes":[],"hint":"name the project with `--root DIR`","path":null,"line":null}]}
        --- stderr
        error: neither this folder nor one above has a `lambdas` folder or a dofs-package.toml
        hint: name the project with `--root DIR`

        $ --root nowhere
        exit code: 3
        --- stdout
        --- stderr
        error: there is no folder `nowhere`
    "#]].assert_eq(&say(&tool, commands));
}

#[test]
fn a_project_must_have_a_lambda() {
    let project = Project::new();
    std::fs::create_dir_all(project.path("lambdas/_shared")).unwrap();
    check(
        &project.run(&[]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: no lambda in `lambdas/*`
        hint: make a directory for each lambda, or name the project with `--root` and its directories with `lambdas = ["…"]` in dofs-package.toml
    "#]],
    );
    check(
        &project.tool().env("DOFS_PACKAGE_LAMBDAS", "a/*,b").run(&[]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: no lambda in `a/*` or `b`
        hint: make a directory for each lambda, or name the project with `--root` and its directories with `lambdas = ["…"]` in dofs-package.toml
    "#]],
    );
}

#[test]
fn an_empty_lambda_fails_alone_and_its_old_zip_stays() {
    let project = Project::with(&[API, ("lambdas/empty/empty.zip", "old")]);
    check(
        &project.run(&[]),
        expect![[r#"
            exit code: 4
            --- stdout
            api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
            --- stderr
                Packaged api (152 B, 1 file)
            error: there is nothing to package
              --> lambdas/empty
            hint: add the handler's module; or remove the directory, if another branch left it behind: it has `empty.zip`, left out of packages
            error: 1 of 2 lambdas could not be packaged
        "#]],
    );
    assert_eq!(project.read("lambdas/empty/empty.zip"), b"old");
    assert_eq!(project.entries("lambdas/api/api.zip").len(), 1);
    assert!(project.leftovers().is_empty());
}

#[test]
fn two_lambdas_of_one_name_would_have_one_zip() {
    let project = Project::with(&[
        ("dofs-package.toml", "lambdas = [\"one/*\", \"two/*\", \"one/a\"]\n"),
        ("one/api/x.py", MODULE),
        ("two/api/x.py", MODULE),
    ]);
    check(
        &project.run(&[]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: two lambdas are called `api`: `one/api` and `two/api`
            hint: name each by a table: `[lambda.one-api]` with `path = "one/api"`, and `[lambda.two-api]` with `path = "two/api"`
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_name_that_is_unfit_harms_no_other_lambda() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let project = Project::with(&[API]);
    std::os::unix::fs::symlink("api", project.path("lambdas/alias")).unwrap();
    for name in [&b"new\nline"[..], b"bad\xff", b"escape\x1b[31m"] {
        let folder = project.path("lambdas").join(OsStr::from_bytes(name));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("x.py"), MODULE).unwrap();
    }
    // A file is no lambda, whatever its name.
    std::fs::write(project.path("lambdas").join(OsStr::from_bytes(b"file\xff")), "").unwrap();
    check(
        &project.run(&[]),
        expect![[r#"
            exit code: 4
            --- stdout
            api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
            --- stderr
            warning: cannot list `lambdas/bad�`: its name is not UTF-8, so not all files of Terraform's are known
                Packaged api (152 B, 1 file)
            error: the lambda's directory is a symbolic link
              --> lambdas/alias
            hint: put the lambda's files there, or begin the link's name with `_`
            error: the lambda's directory has a name that is not UTF-8
              --> lambdas/bad�
            hint: rename the directory
            error: 2 lambdas (`escape\u{1b}[31m`, `new\nline`): the lambda's directory has a name with a control character
              --> lambdas/NAME
            hint: rename the directory
            error: 4 of 5 lambdas could not be packaged
        "#]],
    );
    for command in ["list", "verify", "lock"] {
        let run = project.run(&[command]);
        assert_eq!(run.code, 4, "{command}: {}", run.text());
    }
    let run = project.run(&["build", "api"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

#[test]
fn what_turns_the_direction_of_a_text_is_shown_escaped() {
    let project = Project::with(&[("lambdas/a\u{202e}b/x\u{2066}y.py", MODULE)]);
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["build", "-n"],
        &["build", "-v", "--format", "json"],
        &["verify", "--format", "json"],
        &["build", "nothing"],
    ] {
        let run = project.run(arguments);
        let said = run.stdout.clone() + &run.stderr;
        assert!(!said.contains(['\u{202e}', '\u{2066}']), "{arguments:?}: {said}");
        assert!(said.contains("a\\u{202e}b") || said.contains("a\\u202eb"), "{said}");
    }
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(run.json()["packages"][0]["name"], "a\u{202e}b");
}
