//! By which names lambdas go, and which are none.

use expect_test::expect;

use super::{packaged, project};

#[test]
fn a_name_is_what_the_wildcards_of_a_glob_match() {
    for (globs, folders, expected) in [
        (
            "\"api/*/*\"",
            &["api/consumer/status", "api/producer/status"][..],
            "consumer-status api/consumer/status/consumer-status.zip, \
             producer-status api/producer/status/producer-status.zip",
        ),
        (
            "\"functions/*/src\"",
            &["functions/pay/src", "functions/ship/src", "functions/ship/test"],
            "pay functions/pay/src/pay.zip, ship functions/ship/src/ship.zip",
        ),
        (
            "\"services/{fn,job}_*\"",
            &["services/fn_pay", "services/job_ship", "services/lib"],
            "fn_pay services/fn_pay/fn_pay.zip, job_ship services/job_ship/job_ship.zip",
        ),
        (
            "\"backend/worker\", \"*/**/lambda\"",
            &["backend/worker", "a/lambda", "a/b/lambda"],
            "a a/lambda/a.zip, a-b a/b/lambda/a-b.zip, worker backend/worker/worker.zip",
        ),
        ("\"*\"", &["api", "_lib", ".hidden"], "api api/api.zip"),
        (
            "\"lambdas/*\", \"!lambdas/node_*\", \"!**/old\"",
            &["lambdas/api", "lambdas/node_web", "lambdas/old"],
            "api lambdas/api/api.zip",
        ),
        // Two globs that give it the same name.
        ("\"lambdas/*\", \"*/api\", \"lambdas/a*\"", &["lambdas/api"], ""),
    ] {
        let project = project(&format!("lambdas = [{globs}]\n"), folders);
        if expected.is_empty() {
            let run = project.run(&["-q"]);
            assert_eq!(run.code, 3, "{globs}: {}", run.text());
        } else {
            assert_eq!(packaged(&project).join(", "), expected, "{globs}");
        }
    }
}

#[test]
fn a_table_names_what_a_glob_finds_and_adds_what_none_does() {
    let project = project(
        "lambdas = [\"*/src\"]\n[lambda.pay]\npath = \"payments/src\"\n\
         [lambda.worker]\npath = \"./backend/_worker/\"\n",
        &["payments/src", "ship/src", "backend/_worker"],
    );
    assert_eq!(
        packaged(&project),
        ["pay payments/src/pay.zip", "ship ship/src/ship.zip", "worker backend/_worker/worker.zip"]
    );
}

#[test]
fn names_that_are_no_one_lambdas_are_refused_with_the_tables_to_write() {
    let said = |config: &str, folders: &[&str]| {
        let run = project(config, folders).run(&[]);
        assert_eq!(run.code, 3, "{}", run.text());
        run.stderr
    };
    expect![[r#"
        error: two lambdas are called `src`: `a/src` and `b/src`
        hint: name each by a table: `[lambda.a-src]` with `path = "a/src"`, and `[lambda.b-src]` with `path = "b/src"`
    "#]]
    .assert_eq(&said("lambdas = [\"a/src\", \"b/src\"]\n", &["a/src", "b/src"]));
    expect![[r#"
        error: `a/b` is called `a-b` by `*/*` and `b` by `a/*`
        hint: name it by a table: `[lambda.b]` with `path = "a/b"`
    "#]]
    .assert_eq(&said("lambdas = [\"a/*\", \"*/*\"]\n", &["a/b"]));
    expect![[r#"
        error: `**/lambda` leaves no name for `lambda`
        hint: name it by a table: `[lambda.lambda]` with `path = "lambda"`
    "#]]
    .assert_eq(&said("lambdas = [\"**/lambda\"]\n", &["lambda"]));
    expect![[r#"
        error: `one` and `two` have the same path: `a`
          --> dofs-package.toml:3
        hint: keep one of the two tables
    "#]]
    .assert_eq(&said("[lambda.one]\npath = \"a\"\n[lambda.two]\npath = \"a\"\n", &["a"]));
    expect![[r#"
        error: there is no `nope`
          --> dofs-package.toml:1
        hint: name a directory or a `.py` file, relative to the root
    "#]]
    .assert_eq(&said("[lambda.one]\npath = \"nope\"\n", &["lambdas/a"]));
    expect![[r#"
        error: `path` from [lambda.one] in dofs-package.toml: `../a` is outside the root
          --> dofs-package.toml:2
    "#]]
    .assert_eq(&said("[lambda.one]\npath = \"../a\"\n", &["lambdas/a"]));
    expect![[r#"
        error: no zip can be called `a/b`
          --> dofs-package.toml:1
        hint: name the lambda without slashes, and with no dot in front
    "#]]
    .assert_eq(&said("[lambda.\"a/b\"]\npath = \"lambdas/a\"\n", &["lambdas/a"]));
    expect![[r#"
        error: no lambda in `{a/b,c}/*`
        hint: make a directory for each lambda, or name the project with `--root` and its directories with `lambdas = ["…"]` in dofs-package.toml
    "#]]
    .assert_eq(&said("lambdas = [\"{a/b,c}/*\"]\n", &["lambdas/a"]));
}

#[test]
fn what_is_skipped_is_passed_over_and_named_only_by_an_error() {
    let project = project("[lambda.web]\nskip = true\n", &["lambdas/api", "lambdas/web"]);
    assert_eq!(packaged(&project), ["api lambdas/api/api.zip"]);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `web` is skipped
          --> lambdas/web
        hint: take `skip` out of its table in the config
    "#]]
    .assert_eq(&project.run(&["build", "web"]).text());
    project.write("dofs-package.toml", "[lambda.web]\nskip = true\n[lambda.api]\nskip = true\n");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: no lambda in `lambdas/*`
          caused by: `api` is skipped
          caused by: `web` is skipped
        hint: make a directory for each lambda, or name the project with `--root` and its directories with `lambdas = ["…"]` in dofs-package.toml
    "#]]
    .assert_eq(&project.run(&[]).text());
    project.write("dofs-package.toml", "skip = true\n");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `skip`
          --> dofs-package.toml:1
        hint: `skip` can only be set for one lambda, in `[lambda.NAME]`
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn globs_of_the_environment_are_relative_to_where_it_is_run() {
    let project = project("", &["team/functions/api", "team/functions/web"]);
    let globs = ("DOFS_PACKAGE_LAMBDAS", "functions/*,!functions/web");
    let run =
        project.tool().env(globs.0, globs.1).directory(project.path("team")).run(&["-q", "-n"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(run.stdout.starts_with("api\t") && run.stdout.lines().count() == 1, "{}", run.text());
}

#[test]
fn what_a_glob_takes_out_and_the_command_line_names_is_told_with_the_glob() {
    for (config, name, expected) in [
        (
            "lambdas = [\"lambdas/*\", \"!lambdas/ocr\"]\n",
            "ocr",
            "`ocr` is taken out by `!lambdas/ocr`",
        ),
        (
            "lambdas = [\"lambdas/*\", \"!lambdas/o*\"]\n",
            "ocr",
            "`ocr` is taken out by `!lambdas/o*`",
        ),
        (
            "lambdas = [\"lambdas/*\", \"!lambdas/ocr\"]\n",
            "lambdas/ocr",
            "`ocr` is taken out by `!lambdas/ocr`",
        ),
        (
            "lambdas = [\"lambdas/*\", \"!lambdas/ocr\"]\n",
            "oc*",
            "`ocr` is taken out by `!lambdas/ocr`",
        ),
        (
            "lambdas = [\"lambdas/api\"]\nlayers = [\"lambdas/o*\", \"!**/ocr\", \"lambdas/web\"]\n",
            "ocr",
            "`ocr` is taken out by `!**/ocr`",
        ),
    ] {
        let project = project(config, &["lambdas/api", "lambdas/ocr", "lambdas/web"]);
        for command in ["build", "list", "verify"] {
            let run = project.run(&[command, name]);
            assert_eq!(run.code, 2, "{}", run.text());
            assert!(run.stderr.contains(&format!("error: {expected}\n")), "{}", run.text());
        }
        assert_eq!(project.run(&["build", "api", "-q"]).code, 0);
    }
}
