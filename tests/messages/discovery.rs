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
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"lambdas":[],"functions":[],"failures":[{"name":null,"code":"no-root","message":"neither this folder nor one above has a `lambdas` folder or a dofs-package.toml","causes":[],"hint":"name the project with `--root DIR`","path":null,"line":null}]}
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
        hint: rename one of the directories
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_no_lambda() {
    let project = Project::with(&[API]);
    std::os::unix::fs::symlink("api", project.path("lambdas/alias")).unwrap();
    check(
        &project.run(&[]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `lambdas/alias` is a symbolic link, not a directory
          --> lambdas/alias
        hint: put the lambda's files there, or begin the link's name with `_`
    "#]],
    );
}
