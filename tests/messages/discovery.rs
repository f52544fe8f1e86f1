//! Finding the project and its lambdas.

use expect_test::expect;

use super::{API, MODULE, check, say};
use crate::support::Project;
#[cfg(unix)]
use crate::support::git;

const HANDLER: &str = "def lambda_handler(event, context):\n    return 1\n";

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
        error: no lambda in `lambdas/*`, and no config says where they are
        hint: begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`

        $ list --format=json
        exit code: 3
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"lambdas":[],"functions":[],"left_out":[],"failures":[{"name":null,"code":"no-lambdas","message":"no lambda in `lambdas/*`, and no config says where they are","causes":[],"hint":"begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`","path":null,"line":null}]}
        --- stderr
        error: no lambda in `lambdas/*`, and no config says where they are
        hint: begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`

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
            error: no lambda in `lambdas/*`, and no config says where they are
            hint: begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`
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
            error: the lambda's directory or file is a symbolic link
              --> lambdas/alias
            hint: put the lambda's files there, or begin the link's name with `_`
            error: the lambda's directory or file has a name that is not UTF-8
              --> lambdas/bad�
            hint: rename it
            error: 2 lambdas (`escape\u{1b}[31m`, `new\nline`): the lambda's directory or file has a name with a control character
              --> lambdas/NAME
            hint: rename it
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

#[test]
fn where_nothing_is_configured_it_says_what_looks_like_a_lambda() {
    let function = "resource \"aws_lambda_function\" \"a\" {\n  function_name = \"a\"\n  filename = \
                    \"../services/a/a.zip\"\n}\n";
    for (files, causes) in [
        (&[("services/a/app.py", HANDLER)][..], "`services/a` looks like a lambda"),
        (
            &[("src/a/app.py", HANDLER), ("src/b/app.py", HANDLER), ("src/lib/x.py", "X = 1\n")],
            "`src/a`, `src/b` look like lambdas",
        ),
        (&[("app.py", HANDLER)], "`.` looks like a lambda"),
        (
            &[("jobs/a.py", HANDLER), ("jobs/b.py", HANDLER)],
            "`jobs/a.py`, `jobs/b.py` look like lambdas",
        ),
        (
            &[("services/a/app.py", HANDLER), ("infra/main.tf", function)],
            "`services/a` looks like a lambda\n  caused by: the `*.tf` files have 1 function",
        ),
        (&[("infra/main.tf", function)], "the `*.tf` files have 1 function"),
        (&[("tests/app.py", HANDLER)], ""),
        (&[("app.py", "def run(a, b):\n    pass\n")], ""),
    ] {
        let project = Project::with(files);
        let expected = match causes {
            "" => "hint: begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`\n".to_owned(),
            causes => format!("  caused by: {causes}\nhint: run `cargo dofs-package init`, which writes the config for this repository\n"),
        };
        for command in ["build", "list", "verify", "lock"] {
            let run = project.run(&[command]);
            assert_eq!(run.code, 3, "{}", run.text());
            let expected = format!(
                "error: no lambda in `lambdas/*`, and no config says where they are\n{expected}"
            );
            assert_eq!(run.stderr, expected, "{command}");
        }
    }
}

#[cfg(unix)]
#[test]
fn without_any_project_the_root_is_the_top_of_the_repository() {
    let project = Project::with(&[("services/a/app.py", HANDLER), ("docs/more/index.md", "")]);
    git(&project.root(), &["init", "--quiet"]);
    let run = project.tool().directory(project.path("docs/more")).run(&[]);
    assert!(run.stderr.contains("`services/a` looks like a lambda"), "{}", run.text());
    let run = project.tool().directory(project.path("docs/more")).run(&["init"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(project.path("dofs-package.toml").is_file());
    let run = project.tool().directory(project.path("docs/more")).run(&["-n", "-q"]);
    assert!(run.stdout.starts_with("a\t"), "{}", run.text());
}
