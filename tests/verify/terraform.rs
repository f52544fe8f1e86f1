//! What the project's `*.tf` files and Lambda itself say against the sources.

use expect_test::expect;

use super::lines;
use crate::support::Project;

const FUNCTION: &str = r#"
resource "aws_lambda_function" "a" {
  function_name = "orders-a"
  filename      = "${path.module}/../lambdas/a/a.zip"
  handler       = "a.handler"
  runtime       = "python3.11"
  architectures = ["arm64"]
}
"#;

fn project(config: &str) -> Project {
    Project::with(&[
        ("dofs-package.toml", config),
        ("terraform/main.tf", FUNCTION),
        ("lambdas/a/a.py", "def handler(event, context):\n    return 1\n"),
    ])
}

#[test]
fn where_the_config_is_silent_terraform_says_what_a_package_is_for() {
    let project = project("");
    let run = project.run(&["list", "-q"]);
    expect![[r#"
        a	target	python3.11	terraform/main.tf:6
        a	target	arm64	terraform/main.tf:7
        a	target	a.handler	terraform/main.tf:5
        a	target	orders-a	terraform/main.tf:3
        a	own	1 file, 42 B	a.py
    "#]]
    .assert_eq(&run.stdout);
}

#[test]
fn the_config_wins_and_verify_says_that_they_differ() {
    let project = project("python = \"3.12\"\n");
    project.digests();
    let run = project.run(&["verify", "-q"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	ok	terraform/main.tf:5: the module of `a.handler` is there: `a.py`
        a	runtime	differs	terraform/main.tf:6: it runs on python3.11, and the package is for python3.12
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_lock_says_less_than_terraform_and_a_flag_more() {
    let project = project("");
    let python = |arguments: &[&str]| {
        let run = project.run(&[&["-n", "-q", "--format", "json"], arguments].concat());
        run.json()["packages"][0]["python"].as_str().map(str::to_owned)
    };
    assert_eq!(python(&[]).as_deref(), Some("3.11"));
    assert_eq!(python(&["--python", "3.13"]).as_deref(), Some("3.13"));
}

#[test]
fn files_that_are_no_hcl_are_warned_of_and_nothing_more() {
    let project = project("");
    project.write("terraform/broken.tf", "resource \"x\" {\n  =\n");
    let run = project.run(&["-n", "-q"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = project.run(&["-n"]);
    assert!(run.stderr.contains("--> terraform/broken.tf:"), "{}", run.stderr);
}

#[test]
fn a_handler_that_is_not_in_the_package_differs() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    project.digests();
    let run = project.run(&["verify", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    project.write("terraform/main.tf", FUNCTION.replace("a.handler", "handler.main"));
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	differs	terraform/main.tf:5: `handler.main` needs `handler.py`, and the package has `a.py`
        a	runtime	ok	terraform/main.tf:6: it runs on python3.11
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&project.run(&["verify", "-q"]).text());
}

#[test]
fn a_revision_has_its_own_terraform() {
    let project = project("");
    crate::support::git(&project.root(), &["init", "--quiet"]);
    crate::support::git(&project.root(), &["add", "--all"]);
    crate::support::git(&project.root(), &["commit", "--quiet", "--message", "one"]);
    project.write("terraform/main.tf", FUNCTION.replace("3.11", "3.13"));
    let run = project.run(&["-n", "-q", "--format", "json", "--rev", "HEAD"]);
    assert_eq!(run.json()["packages"][0]["python"], "3.11");
}

#[cfg(unix)]
#[test]
fn lambda_is_asked_through_the_aws_cli() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    let hash = project.digests()["a"].clone();
    let answer = |hash: &str| {
        let json = format!(
            r#"{{"FunctionName": "orders-a", "CodeSha256": "{hash}", "Runtime": "python3.11",
            "Handler": "a.handler", "Architectures": ["arm64"], "PackageType": "Zip"}}"#
        );
        let script = format!("[ \"$4\" = orders-a ] || exit 9\ncat <<'JSON'\n{json}\nJSON");
        project.program("aws", &script)
    };
    let path = answer(&hash);
    let run = project.tool().env("PATH", path).run(&["verify", "--deployed", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let path = answer("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let run = project.tool().env("PATH", path).run(&["verify", "--deployed", "-q"]);
    assert_eq!(run.code, 1, "{}", run.text());
    assert!(lines(&run).contains(&"a deployed differs".to_owned()), "{}", run.text());
}

#[test]
fn without_the_aws_cli_that_is_what_is_said() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    let nowhere = project.home().join("nothing");
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: Lambda can't be asked without the AWS CLI
          caused by: cannot run `aws`
          caused by: no such file or directory
        hint: install the AWS CLI, or leave `--deployed` out
    "#]]
    .assert_eq(&project.tool().env("PATH", nowhere).run(&["verify", "--deployed"]).text());
}

#[test]
fn a_lambda_whose_functions_name_is_nowhere_is_missing() {
    let project = Project::with(&[("lambdas/a/a.py", "")]);
    let run = project.run(&["verify", "--deployed", "-q"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	deployed	missing	nothing says what Lambda calls it: set `function-name` in `[lambda.a]`, or give the state, too
        --- stderr
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn an_architecture_that_can_not_be_told_is_not_said_to_be_right() {
    let project = project("python = \"3.11\"\n");
    let text = FUNCTION.replace("[\"arm64\"]", "[var.architecture]");
    project.write("terraform/main.tf", text);
    project.digests();
    let run = project.run(&["verify", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(run.stdout.contains(": it runs on python3.11\n"), "{}", run.stdout);
}

/// Green without a check would be the worst fault that a check can have.
#[test]
fn what_can_not_be_checked_is_warned_of_and_in_the_answer() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    project.digests();
    let broken = FUNCTION.replace("\"a.handler\"", "");
    project.write("terraform/main.tf", broken);
    // Another file has a function, so all of them are read.
    project.write("terraform/other.tf", "# aws_lambda_function\n");
    let run = project.run(&["verify"]);
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: a file of Terraform's can't be read, and is left alone: invalid expression; expected `"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit
          --> terraform/main.tf:5
        hint: run `terraform -chdir=terraform validate`
        warning: `a`: no function of the `*.tf` files is known to be made of it, so neither handler nor runtime is checked
        hint: fix `terraform/main.tf`
            Verified 2 checks in [TIME], with 2 warnings
    "#]].assert_eq(&run.text());
    let json = project.run(&["verify", "-q", "--format", "json"]).json();
    let codes = |json: &serde_json::Value| -> Vec<String> {
        let warnings = json["warnings"].as_array().expect("warnings");
        warnings.iter().map(|it| it["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&json), ["terraform-files", "unchecked-function"]);

    let unknown =
        FUNCTION.replace("\"a.handler\"", "var.handler").replace("\"python3.11\"", "var.runtime");
    project.write("terraform/main.tf", unknown);
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `a`: `handler` of `aws_lambda_function.a` can't be told from the files: no file sets `var.handler`; so it is not checked
          --> terraform/main.tf:5
        hint: verify a state or a plan, which has it: `--state FILE`
        warning: `a`: `runtime` of `aws_lambda_function.a` can't be told from the files: no file sets `var.runtime`; so it is not checked
          --> terraform/main.tf:6
        hint: verify a state or a plan, which has it: `--state FILE`
            Verified 2 checks in [TIME], with 2 warnings
    "#]].assert_eq(&project.run(&["verify"]).text());
    // What the config says is checked.
    project.write(
        "dofs-package.toml",
        "python = \"3.11\"\narchitecture = \"arm64\"\n[lambda.a]\nhandler = \"b.handler\"\n",
    );
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	differs	[lambda.a] in dofs-package.toml: `b.handler` needs `b.py`, and the package has `a.py`
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `a`: `runtime` of `aws_lambda_function.a` can't be told from the files: no file sets `var.runtime`; so it is not checked
          --> terraform/main.tf:6
        hint: verify a state or a plan, which has it: `--state FILE`
           Different 1 of 3 checks in [TIME], with 1 warning
    "#]].assert_eq(&project.run(&["verify"]).text());
}

#[test]
fn functions_of_one_zip_that_disagree_are_all_checked() {
    let project = with_requirement("python = \"3.11\"\narchitecture = \"arm64\"\n");
    project.digests();
    let second = FUNCTION
        .replace("\"a\"", "\"second\"")
        .replace("orders-a", "orders-second")
        .replace("a.handler", "second.handler")
        .replace("3.11", "3.12");
    project.write("terraform/second.tf", second);
    let third = FUNCTION.replace("\"a\"", "\"third\"").replace("arm64", "x86_64");
    project.write("terraform/third.tf", third);
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	ok	terraform/main.tf:5: the module of `a.handler` is there: `a.py`
        a	handler	differs	terraform/second.tf:5: `second.handler` needs `second.py`, and the package has `chosen.py`
        a	runtime	ok	terraform/main.tf:6: it runs on python3.11 on arm64
        a	runtime	differs	terraform/second.tf:6: it runs on python3.12 on arm64, and the package is for python3.11 on arm64
        a	runtime	differs	terraform/third.tf:6: it runs on python3.11 on x86_64, and the package is for python3.11 on arm64
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]].assert_eq(&project.run(&["verify", "-q"]).text());
}

#[test]
fn a_function_that_the_config_disagrees_with_is_checked_as_well() {
    let project = project("[lambda.a]\nhandler = \"a.handler\"\n");
    project.write("terraform/main.tf", FUNCTION.replace("a.handler", "b.handler"));
    project.digests();
    let run = project.run(&["verify", "-q"]);
    assert_eq!(
        (run.code, lines(&run)),
        (
            1,
            vec![
                "a zip ok".into(),
                "a handler ok".into(),
                "a handler differs".into(),
                "a runtime ok".into()
            ]
        )
    );
}

#[test]
fn notes_are_of_the_lambdas_that_are_asked_for() {
    let project = project("");
    project.write("lambdas/b/b.py", "");
    let other = FUNCTION
        .replace("\"a\"", "\"b\"")
        .replace("lambdas/a/a.zip", "lambdas/b/b.zip")
        .replace("\"a.handler\"", "var.handler");
    project.write("terraform/b.tf", other);
    let run = project.run(&["list", "a", "-v"]);
    assert!(!run.stderr.contains("aws_lambda_function.b"), "{}", run.stderr);
    let run = project.run(&["list", "b", "-v"]);
    assert!(run.stderr.contains("`handler` of `aws_lambda_function.b`"), "{}", run.stderr);
}

/// The second build must not be for another target than the first, which writes the manifest.
#[test]
fn the_first_build_is_for_what_the_second_one_is_for() {
    // 3.9 is what nobody here has as `python3`, and the wheel shows it.
    let project = Project::from_fixture("dofs");
    project.write("dofs-package.toml", "manifest = \"terraform/packages.json\"\n");
    let functions = "terraform/modules/lambdas/main.tf";
    let text = String::from_utf8(project.read(functions)).expect("text");
    let text = text.replace("python3.12", "python3.9").replace("x86_64", "arm64");
    project.write(functions, text);
    std::fs::remove_dir_all(project.path("lambdas/api_handler")).expect("a lambda");
    let pure = "packaged on {}\n";
    project.write("lambdas/order_storage/requirements.txt", "chosen==1\n");
    for (tag, word) in [("cp39-cp39-manylinux2014_aarch64", "39"), ("py3-none-any", "any")] {
        let wheel = crate::support::Wheel::new("chosen", "1").tag(tag);
        project.publish(&wheel.file("chosen.py", pure.replace("{}", word)));
    }
    let list = |project: &Project| -> Vec<String> {
        let listed = project.run(&["list", "-q"]).stdout;
        listed.lines().filter(|line| line.contains("\ttarget\t")).map(str::to_owned).collect()
    };
    let hashes = |project: &Project| project.run(&["build", "-n", "-q"]).digests();
    std::fs::remove_file(project.path("terraform/packages.json")).expect("a manifest");
    let (listed, hashed) = (list(&project), hashes(&project));
    let says = |what: &str| listed.iter().any(|line| line.starts_with(what));
    assert!(says("order_storage\ttarget\tpython3.9\tterraform/"), "{listed:?}");
    assert!(says("order_storage\ttarget\tarm64\tterraform/"), "{listed:?}");
    let elsewhere = ["build", "-n", "-q", "--manifest", "other.json"];
    assert_eq!(project.run(&elsewhere).digests(), hashed);
    assert_eq!(project.run(&["build", "-q"]).digests(), hashed);
    assert!(project.path("terraform/packages.json").exists());
    assert_eq!((list(&project), hashes(&project)), (listed.clone(), hashed.clone()));
    // One that another lambda has joined is no other case.
    let manifest = String::from_utf8(project.read("terraform/packages.json")).expect("text");
    let others: Vec<&str> =
        manifest.lines().filter(|line| !line.contains("order_storage")).collect();
    project.write("terraform/packages.json", others.join("\n"));
    assert_eq!((list(&project), hashes(&project)), (listed, hashed));
}

/// The words of a check must not say more than was checked.
#[test]
fn a_module_that_nowhere_has_the_function_differs() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    project.write("terraform/main.tf", FUNCTION.replace("a.handler", "a.lambda_handler"));
    project.digests();
    let run = project.run(&["verify", "-q"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	differs	terraform/main.tf:5: `a.lambda_handler` needs `lambda_handler` in `a.py`, which has none of that name
        a	runtime	ok	terraform/main.tf:6: it runs on python3.11
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]].assert_eq(&run.text());
}

#[test]
fn a_runtime_that_is_older_than_what_is_packaged_for_is_told_in_one_way() {
    let project = project("");
    project.write("terraform/main.tf", FUNCTION.replace("3.11", "3.8"));
    project.digests();
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	ok	terraform/main.tf:5: the module of `a.handler` is there: `a.py`
        a	runtime	ok	terraform/main.tf:6: it runs on python3.8
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: python3.8 is deprecated since 2024-10-14: AWS will create no function on it from 2027-02-01 on, and update none from 2027-03-03 on
        hint: move to python3.14, or one between; the dates are AWS's of October 2026, and have been moved before
            Verified 4 checks in [TIME], with 1 warning
    "#]].assert_eq(&project.run(&["verify"]).text());
}

#[test]
fn what_is_odd_about_a_package_that_differs_is_told_once() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    project.digests();
    project.write("lambdas/a/.env", "SECRET=1\n");
    project.write("lambdas/a/a.py", "def handler(event, context): return 2\n");
    let run = project.run(&["verify"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr.matches(".env").count(), 1, "{}", run.stderr);
}

#[test]
fn an_architecture_that_has_to_be_guessed_is_warned_of_where_it_matters() {
    let project = project("python = \"3.11\"\n");
    let text = FUNCTION.replace("[\"arm64\"]", "[var.architecture]");
    project.write("terraform/main.tf", text);
    assert!(!project.run(&["list"]).stderr.contains("warning"));
    project.write("lambdas/a/requirements.txt", "chosen==1\n");
    project.publish(&crate::support::Wheel::new("chosen", "1").file("chosen.py", ""));
    let run = project.run(&["list"]);
    expect![[r#"
        warning: `a`: `architectures` of `aws_lambda_function.a` can't be told from the files: no file sets `var.architecture`, so x86_64 is taken
          --> terraform/main.tf:7
        hint: set `architecture` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
           Resolving lambdas/a/requirements.txt for python3.11 on x86_64
            Resolved lambdas/a/requirements.txt: 1 wheel
    "#]].assert_eq(&run.stderr);
    let run = project.run(&["list", "--arch", "x86_64"]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn lambda_is_asked_for_every_function_of_a_zip() {
    let project = project("python = \"3.11\"\narchitecture = \"arm64\"\n");
    let hash = project.digests()["a"].clone();
    let second = FUNCTION.replace("\"a\"", "\"second\"");
    project.write("terraform/second.tf", second.replace("orders-a", "orders-second"));
    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let script = format!(
        "[ \"$4\" = orders-a ] && hash={hash} || hash={other}\n\
         echo \"{{\\\"FunctionName\\\": \\\"$4\\\", \\\"CodeSha256\\\": \\\"$hash\\\"}}\""
    );
    let path = project.program("aws", &script);
    let verify = || project.tool().env("PATH", &path).run(&["verify", "--deployed"]);
    let run = verify();
    assert_eq!(run.code, 1, "{}", run.text());
    assert_eq!(lines(&run), ["a deployed ok", "a deployed differs"], "{}", run.text());
    // One whose name nobody can tell is not passed over in silence.
    project.write("terraform/second.tf", second.replace("\"orders-a\"", "var.name"));
    expect![[r#"
        exit code: 0
        --- stdout
        a	deployed	ok	orders-a: Lambda has this package
        --- stderr
        warning: `a`: `function_name` of `aws_lambda_function.second` can't be told from the files: no file sets `var.name`; so it is not checked
          --> terraform/second.tf:3
        hint: set `function-name` in `[lambda.a]`, or give the state, too
            Verified 1 check in [TIME], with 1 warning
    "#]].assert_eq(&verify().text());
}

#[test]
fn a_module_from_a_registry_is_a_function_by_its_arguments() {
    let project = project("python = \"3.11\"\n");
    let module = r#"
module "a" {
  source                 = "terraform-aws-modules/lambda/aws"
  handler                = "wrong.handler"
  runtime                = "python3.12"
  create_package         = false
  local_existing_package = "../lambdas/a/a.zip"
}
"#;
    project.write("terraform/main.tf", module);
    project.digests();
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	differs	terraform/main.tf:4: `wrong.handler` needs `wrong.py`, and the package has `a.py`
        a	runtime	differs	terraform/main.tf:5: it runs on python3.12, and the package is for python3.11
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
           Different 2 of 4 checks in [TIME]
    "#]].assert_eq(&project.run(&["verify"]).text());
}

/// A commit has no folder that can't be listed, and passes over names that are no text: what it is
/// packaged for must be what the worktree is packaged for.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_none_of_ours_does_not_hide_what_terraform_says() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = project("");
    project.write("terraform/main.tf", FUNCTION.replace("3.11", "3.9"));
    project.write("lambdas/a/requirements.txt", "chosen==1\n");
    for (tag, word) in [("cp39-cp39-manylinux2014_aarch64", "39"), ("py3-none-any", "any")] {
        let wheel = crate::support::Wheel::new("chosen", "1").tag(tag);
        project.publish(&wheel.file("chosen.py", format!("packaged on {word}\n")));
    }
    let hash = |arguments: &[&str]| {
        let run = project.run(&[&["build", "-n"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.text());
        (run.digests(), run.stderr)
    };
    let (before, quiet) = hash(&[]);
    assert!(!quiet.contains("warning"), "{quiet}");
    // One before `terraform` and one after it, in the order of names.
    for name in [b"notes-\xff".as_slice(), b"zz-\xff"] {
        let folder = project.root().join(std::ffi::OsStr::from_bytes(name));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("main.tf"), "x = 1\n").expect("a file");
    }
    // A file that is not Terraform's is nobody's business.
    std::fs::write(project.root().join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "").expect("one");
    crate::support::git(&project.root(), &["init", "--quiet"]);
    crate::support::git(&project.root(), &["add", "--all"]);
    crate::support::git(&project.root(), &["commit", "--quiet", "--message", "one"]);
    let (worktree, said) = hash(&[]);
    let (revision, said_of_it) = hash(&["--rev", "HEAD"]);
    assert_eq!((&worktree, &revision), (&before, &before));
    let warnings = |said: &str| -> Vec<String> {
        said.lines().filter(|line| line.starts_with("warning")).map(str::to_owned).collect()
    };
    expect![[r#"
        warning: cannot list `notes-�`: its name is not UTF-8, so not all files of Terraform's are known
        warning: cannot list `zz-�`: its name is not UTF-8, so not all files of Terraform's are known"#]].assert_eq(&warnings(&said).join("\n"));
    assert_eq!(warnings(&said), warnings(&said_of_it));
    // Nor is it a file that has to be mended, where broken ones are failures.
    let config = "python = \"3.9\"\narchitecture = \"arm64\"\n";
    project.write("dofs-package.toml", config);
    project.write("terraform/main.tf", "");
    project.run(&["lock"]);
    project.digests();
    let run = project.run(&["verify", "--locked"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

/// The project, with a requirement: its package hangs on its target.
fn with_requirement(config: &str) -> Project {
    let project = project(config);
    project.write("lambdas/a/requirements.txt", "chosen==1\n");
    project.publish(&crate::support::Wheel::new("chosen", "1").file("chosen.py", ""));
    project
}

#[test]
fn an_architecture_is_compared_without_a_runtime() {
    let project = with_requirement("python = \"3.11\"\narchitecture = \"x86_64\"\n");
    project.write("terraform/main.tf", FUNCTION.replace("\"python3.11\"", "var.runtime"));
    project.digests();
    let run = project.run(&["verify"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	ok	terraform/main.tf:5: the module of `a.handler` is there: `a.py`
        a	runtime	differs	terraform/main.tf:7: it runs on arm64, and the package is for x86_64
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `a`: `runtime` of `aws_lambda_function.a` can't be told from the files: no file sets `var.runtime`; so it is not checked
          --> terraform/main.tf:6
        hint: verify a state or a plan, which has it: `--state FILE`
           Different 1 of 4 checks in [TIME], with 1 warning
    "#]].assert_eq(&run.text());
}

#[test]
fn a_package_that_is_the_same_for_both_is_for_both_architectures() {
    let config = "python = \"3.11\"\narchitecture = \"x86_64\"\n";
    let both = |project: &Project| {
        let second = FUNCTION.replace("\"a\"", "\"second\"").replace("arm64", "x86_64");
        project.write("terraform/second.tf", second);
        project.digests();
        project.run(&["verify", "-q"])
    };
    let run = both(&project(config));
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(run.stdout.contains(": it runs on python3.11\n"), "{}", run.stdout);
    // It is for one as soon as it hangs on that.
    let run = both(&with_requirement(config));
    assert_eq!(run.code, 1, "{}", run.text());
}

#[test]
fn what_two_functions_say_in_two_ways_is_a_failure_where_it_would_have_been_taken() {
    let second =
        FUNCTION.replace("\"a\"", "\"second\"").replace("3.11", "3.12").replace("arm64", "x86_64");
    let disputed = |project: &Project, arguments: &[&str]| {
        project.write("terraform/second.tf", &second);
        project.run(arguments).text()
    };
    let open = with_requirement("");
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the runtime of `a` is `python3.11` here and `python3.12` at terraform/second.tf:6: neither is taken
          --> terraform/main.tf:6
        hint: set `python` in `[lambda.a]` of dofs-package.toml
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&disputed(&open, &["build", "-n", "-q"]));
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the architecture of `a` is `arm64` here and `x86_64` at terraform/second.tf:7: neither is taken
          --> terraform/main.tf:7
        hint: set `architecture` in `[lambda.a]` of dofs-package.toml
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&disputed(&open, &["build", "-n", "-q", "--python", "3.12"]));
    for command in [&["list"][..], &["verify"], &["lock"], &["build", "--locked"]] {
        let said = disputed(&open, command);
        assert!(said.starts_with("exit code: 4\n"), "{command:?}: {said}");
    }
    let json = open.run(&["build", "-n", "-q", "--format", "json"]).json();
    assert_eq!(json["failures"][0]["code"], "disputed-target", "{json}");
    // Where the config says it, nothing is in doubt; nor where the package is the same for all.
    let settled = with_requirement("[lambda.a]\npython = \"3.12\"\narchitecture = \"arm64\"\n");
    for project in [settled, project("")] {
        let said = disputed(&project, &["build", "-n", "-q"]);
        assert!(said.starts_with("exit code: 0\n"), "{said}");
    }
}

#[test]
fn a_function_of_the_name_that_is_made_of_another_file_differs() {
    // As of karthikmp1111/terraform-lambda-ci-cd, whose script makes a zip of another name.
    let by_name = "[lambda.a]\nfunction-name = \"orders-*\"\n";
    let of = |filename: &str| {
        let project = project(&format!("python = \"3.11\"\narchitecture = \"arm64\"\n{by_name}"));
        let zip = "\"${path.module}/../lambdas/a/a.zip\"";
        project.write("terraform/main.tf", FUNCTION.replace(zip, filename));
        let built = project.run(&["build"]);
        assert_eq!(built.code, 0, "{}", built.text());
        let warns = built.stderr.contains("Terraform does not deploy it");
        let run = project.run(&["verify", "-q"]);
        let differs = run.stdout.lines().filter(|line| line.contains("\tzip\tdiffers\t"));
        let differs: String = differs.map(|line| format!("{line}\n")).collect();
        assert_eq!((warns, run.code), (!differs.is_empty(), i32::from(warns)), "{}", run.text());
        differs
    };
    for filename in [
        "\"${path.module}/../lambdas/a/a.zip\"",
        "\"${path.module}/../lambdas/a/../a/a.zip\"",
        "\"${var.folder}/lambdas/a/a.zip\"",
        "\"${var.folder}/a.zip\"",
        "data.x.y.z",
        "null",
    ] {
        assert_eq!(of(filename), "", "{filename}");
    }
    expect![[r#"
        a	zip	differs	terraform/main.tf:2: `aws_lambda_function.a` is made of `lambdas/lambda_function.zip`, and the package is `lambdas/a/a.zip`: Terraform does not deploy it
    "#]].assert_eq(&of("\"${path.module}/../lambdas/lambda_function.zip\""));
    expect![[r#"
        a	zip	differs	terraform/main.tf:2: `aws_lambda_function.a` is made of `terraform/a.zip`, and the package is `lambdas/a/a.zip`: Terraform does not deploy it
    "#]].assert_eq(&of("\"a.zip\""));
    for filename in [
        "\"${path.root}/../dist/a.zip\"",
        "\"${var.folder}/code.zip\"",
        "\"../../elsewhere/a.zip\"",
    ] {
        assert_ne!(of(filename), "", "{filename}");
    }
}

#[test]
fn a_path_that_the_manifest_has_and_this_build_changes_is_no_other_file() {
    let config =
        "python = \"3.11\"\narchitecture = \"arm64\"\nmanifest = \"terraform/packages.json\"\n";
    let by_name = "[lambda.a]\nfunction-name = \"orders-a\"\n";
    let project = project(&format!("{config}{by_name}"));
    let zip = "\"${path.module}/../lambdas/a/a.zip\"";
    let of_manifest =
        "\"${path.module}/${jsondecode(file(\"${path.module}/packages.json\")).a.filename}\"";
    project.write("terraform/main.tf", FUNCTION.replace(zip, of_manifest));
    project.digests();
    project.write("dofs-package.toml", format!("out-dir = \"dist\"\n{config}{by_name}"));

    let run = project.run(&["build"]);

    assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.text());
    assert_eq!(project.run(&["verify", "-q"]).code, 0);
}

/// All green while Terraform deploys another zip, without requirements, would be a lie.
#[test]
fn a_zip_that_terraform_makes_itself_is_told() {
    let project = with_requirement("python = \"3.11\"\narchitecture = \"arm64\"\n");
    let archive = r#"
data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/../lambdas/a"
  output_path = "${path.module}/../lambdas/a/a.zip"
}
"#;
    let zip = "\"${path.module}/../lambdas/a/a.zip\"";
    let text = FUNCTION.replace(zip, "data.archive_file.code.output_path");
    // Neither its resource nor anything but the folder says whose it is.
    let text = text.replace("\"a\"", "\"x\"");
    project.write("terraform/main.tf", text + archive);
    project.digests();
    let by_path = FUNCTION.replace(
        zip,
        &format!("{zip}\n  source_code_hash = data.archive_file.code.output_base64sha256"),
    );
    let own = std::fs::read_to_string(project.path("terraform/main.tf")).expect("a file");
    project.write("terraform/main.tf", by_path + archive);
    let run = project.run(&["verify"]);
    assert!(run.stderr.contains("by `archive_file`"), "{}", run.stderr);
    assert!(!run.stdout.contains("\thandler\t"), "{}", run.stdout);
    project.write("terraform/main.tf", own);
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `a`: `aws_lambda_function.x` is made of a zip that Terraform makes by `archive_file`, and not of this package; so it is not checked
          --> terraform/main.tf:4
        hint: set its `filename` and `source_code_hash` to those of `a` in the package manifest
            Verified 2 checks in [TIME], with 1 warning
    "#]].assert_eq(&project.run(&["verify"]).text());
}

#[test]
fn where_all_zips_go_to_one_folder_their_names_tell_them_apart() {
    let project = project("out-dir = \"dist\"\n");
    let zip = "\"${path.module}/../lambdas/a/a.zip\"";
    // What all functions agree on is another origin.
    let own = "\tpython3.11\tterraform/main.tf:6\n";
    let python = || project.run(&["list", "-q"]).stdout.contains(own);
    for (filename, is_its) in [
        ("\"${var.dist}/a.zip\"", true),
        ("\"../dist/a.zip\"", true),
        ("\"../elsewhere/a.zip\"", false),
        (zip, false),
    ] {
        project.write("terraform/main.tf", FUNCTION.replace(zip, filename));
        assert_eq!(python(), is_its, "{filename}");
    }
}

#[test]
fn modules_from_elsewhere_are_told_where_no_function_is_known() {
    let project = project("python = \"3.11\"\n");
    std::fs::remove_file(project.path("terraform/main.tf")).expect("a file");
    project.digests();
    assert!(!project.run(&["verify"]).stderr.contains("warning"));
    let module = r#"
module "a" {
  source = "git::https://example.org/functions.git"
  zip    = "../lambdas/a/a.zip"
}
module "network" {
  source  = "terraform-aws-modules/vpc/aws"
}
"#;
    project.write("terraform/main.tf", module);
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `a`: no function of the `*.tf` files is known to be made of it, so neither handler nor runtime is checked
        hint: verify a state or a plan, if it is of the module of terraform/main.tf:3: `--state FILE`
            Verified 2 checks in [TIME], with 1 warning
    "#]].assert_eq(&project.run(&["verify"]).text());
}

#[test]
fn what_an_override_file_says_is_what_counts() {
    let project = project("python = \"3.11\"\n");
    project.digests();
    let text = "resource \"aws_lambda_function\" \"a\" {\n  runtime = \"python3.8\"\n}\n";
    project.write("terraform/main_override.tf", text);
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	handler	ok	terraform/main.tf:5: the module of `a.handler` is there: `a.py`
        a	runtime	differs	terraform/main_override.tf:2: it runs on python3.8, and the package is for python3.11
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: python3.8 is deprecated since 2024-10-14: AWS will create no function on it from 2027-02-01 on, and update none from 2027-03-03 on
        hint: move to python3.14, or one between; the dates are AWS's of October 2026, and have been moved before
           Different 1 of 4 checks in [TIME], with 1 warning
    "#]]
    .assert_eq(&project.run(&["verify"]).text());
    // Of another resource, or in another folder, it overrides nothing.
    project.write("terraform/main_override.tf", text.replace("\"a\"", "\"b\""));
    assert!(project.run(&["verify"]).stdout.contains("it runs on python3.11"));
}

#[test]
fn a_broken_file_that_something_hangs_on_is_a_failure_where_nobody_looks_at_warnings() {
    let project = with_requirement("python = \"3.11\"\narchitecture = \"arm64\"\n");
    project.digests();
    project.run(&["lock"]);
    project.digests();
    assert_eq!(project.run(&["verify", "--locked"]).code, 0);
    project.write("terraform/main.tf", FUNCTION.replace("\"a.handler\"", ""));
    let open = project.run(&["verify"]);
    assert_eq!(open.code, 0, "{}", open.text());
    assert!(open.stderr.contains("hint: fix `terraform/main.tf`\n"), "{}", open.stderr);
    expect![[r#"
        exit code: 3
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        error: what Terraform says of `a` can't be told
          --> terraform/main.tf:5
          caused by: a file of Terraform's can't be read, and is left alone: invalid expression; expected `"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit
        hint: fix `terraform/main.tf`, or set `python`, `architecture` and `handler` in `[lambda.a]`
    "#]].assert_eq(&project.run(&["verify", "--locked", "-q"]).text());
    // Of what the config says all of, nothing hangs on it.
    project.write(
        "dofs-package.toml",
        "python = \"3.11\"\narchitecture = \"arm64\"\n[lambda.a]\nhandler = \"a.handler\"\n",
    );
    let run = project.run(&["verify", "--locked", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
}
