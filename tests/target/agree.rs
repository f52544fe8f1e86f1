//! All commands say the same of a target, and why it can't be told.

use super::said::{Requiring, function};

/// What sets a folder up as a root module.
const ROOT: &str = "provider \"aws\" {}\n";

/// A function of the lambda `api`, in a root module.
fn root(attributes: &str) -> String {
    ROOT.to_owned() + &function("api", attributes)
}

fn runtime(expression: &str) -> String {
    root(&format!("runtime = {expression}"))
}

/// What commands say of the version of Python: `list`, `doctor`, `build`, and `lock` the lock.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    list: Option<String>,
    doctor: Option<String>,
    build: Option<String>,
    verify: Option<String>,
    /// The exit codes of `build`, of `build --locked` behind `lock`, and of `lock`.
    codes: [i32; 3],
}

fn said(project: &Requiring) -> Said {
    let json = |arguments: &[&str]| project.run(&[arguments, &["-q", "--format=json"]].concat());
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let list = json(&["list"]).json();
    let doctor = json(&["doctor"]).json();
    let built = json(&["build", "-n"]);
    let verify = json(&["verify"]).json();
    let has_failed = !verify["failures"].as_array().expect("failures").is_empty();
    let checks = verify["checks"].as_array().expect("checks").iter();
    let runtime = checks.filter(|check| check["check"] == "runtime").find_map(|check| {
        text(&check["expected"])?.split(' ').next()?.strip_prefix("python").map(str::to_owned)
    });
    let lock = json(&["lock"]).code;
    let locked = json(&["build", "-n", "--locked"]).code;
    let build = text(&built.json()["packages"][0]["python"]);
    Said {
        list: text(&list["lambdas"][0]["python"]),
        doctor: text(&doctor["project"]["lambdas"][0]["python"]["value"])
            .map(|python| python.replace("python", "")),
        // Without a function that tells its runtime, nothing is compared with the package's.
        verify: runtime.or_else(|| (!has_failed).then(|| build.clone()).flatten()),
        build,
        codes: [built.code, locked, lock],
    }
}

/// All say this version, and a lock is made for it.
fn all(version: &str) -> Said {
    let one = || Some(version.to_owned());
    Said { list: one(), doctor: one(), build: one(), verify: one(), codes: [0, 0, 0] }
}

/// All say the version of the machine, which no lock is made for.
fn guessed() -> Said {
    Said { codes: [0, 6, 4], ..all("3.11") }
}

/// All refuse it.
fn refused() -> Said {
    Said { list: None, doctor: None, build: None, verify: None, codes: [4, 4, 4] }
}

#[test]
fn all_commands_say_one_target() {
    let two = |name: &str| {
        format!("{ROOT}module \"m\" {{\n  source = \"../m\"\n  runtime = \"python{name}\"\n}}\n")
    };
    let module = format!("variable \"runtime\" {{}}\n{}", function("api", "runtime = var.runtime"));
    let variable = |rest: &str| format!("variable \"r\" {{{rest}}}\n{}", runtime("var.r"));
    let of_map = "variable \"c\" {}\n".to_owned() + &runtime("var.c.r");
    let keyed = "provider \"aws\" {}\nvariable \"all\" {}\nresource \"aws_lambda_function\" \"x\" \
                 {\n for_each = var.all\n function_name = each.key\n filename = \
                 \"${path.module}/../lambdas/${each.key}/${each.key}.zip\"\n runtime = \
                 each.value\n}\n";
    let in_s3 = "provider \"aws\" {}\nvariable \"r\" {}\nresource \"aws_lambda_function\" \"x\" {\n \
                 function_name = \"x\"\n s3_bucket = \"b\"\n s3_key = \"k\"\n runtime = var.r\n}\n";
    let main = "terraform/main.tf";
    let (dev, prod) = ("terraform/dev.tfvars", "terraform/prod.tfvars");
    let table: &[(&[(&str, &str)], Said)] = &[
        (&[], guessed()),
        (&[(main, &runtime("\"python3.12\""))], all("3.12")),
        (
            &[(main, &format!("locals {{\n r = \"python3.9\"\n}}\n{}", runtime("local.r")))],
            all("3.9"),
        ),
        (&[(main, &variable(" default = \"python3.10\" "))], all("3.10")),
        (&[(main, &variable(""))], guessed()),
        (
            &[(main, &variable("")), (dev, "r = \"python3.12\""), (prod, "r = \"python3.13\"")],
            guessed(),
        ),
        (
            &[(main, &variable("")), (dev, "r = \"python3.12\""), (prod, "r = \"python3.12\"")],
            all("3.12"),
        ),
        (&[(main, &variable("")), (dev, "r = \"python3.12\""), (prod, "x = 1")], guessed()),
        (
            &[
                (main, &variable(" default = \"python3.9\" ")),
                (dev, "r = \"python3.12\""),
                (prod, "r = \"python3.13\""),
            ],
            guessed(),
        ),
        (
            &[(main, &variable("")), ("terraform/x.auto.tfvars.json", "{\"r\": \"python3.13\"}")],
            all("3.13"),
        ),
        (
            &[
                (main, &of_map),
                (dev, "c = { r = \"python3.12\", m = 1 }"),
                (prod, "c = { r = \"python3.12\", m = 2 }"),
            ],
            all("3.12"),
        ),
        (
            &[
                (main, &of_map),
                (dev, "c = { r = \"python3.12\" }"),
                (prod, "c = { r = \"python3.13\" }"),
            ],
            guessed(),
        ),
        (
            &[
                (main, keyed),
                (dev, "all = { api = \"python3.12\" }"),
                (prod, "all = { api = \"python3.12\" }"),
            ],
            all("3.12"),
        ),
        (
            &[
                (main, keyed),
                (dev, "all = { api = \"python3.12\" }"),
                (prod, "all = { api = \"python3.9\" }"),
            ],
            guessed(),
        ),
        (&[(main, in_s3), (dev, "r = \"python3.12\""), (prod, "r = \"python3.13\"")], guessed()),
        (&[(main, in_s3), (dev, "r = \"python3.12\""), (prod, "r = \"python3.12\"")], all("3.12")),
        (
            &[(main, &runtime("terraform.workspace == \"a\" ? \"python3.12\" : \"python3.13\""))],
            guessed(),
        ),
        (&[(main, &runtime("data.aws_ssm_parameter.r.value"))], guessed()),
        (&[(main, &root("runtime = \"python3.12\"\n  count = 0"))], guessed()),
        (&[(main, &root("runtime = \"python3.12\"\n  layers = [\"arn:x\"]"))], all("3.12")),
        (
            &[
                (main, &runtime("\"python3.12\"")),
                (
                    "terraform/override.tf",
                    "resource \"aws_lambda_function\" \"api\" {\n runtime = \"python3.13\"\n}\n",
                ),
            ],
            all("3.13"),
        ),
        (&[(main, &runtime("\"python3.15\""))], all("3.15")),
        (
            &[("a/main.tf", &two("3.12")), ("b/main.tf", &two("3.13")), ("m/main.tf", &module)],
            refused(),
        ),
        (
            &[("a/main.tf", &runtime("\"python3.12\"")), ("b/main.tf", &runtime("\"python3.13\""))],
            refused(),
        ),
        (
            &[
                ("a/main.tf", &runtime("\"python3.12\"")),
                ("b/main.tf", &runtime("\"python3.13\"")),
                ("dofs-package.toml", "terraform = [\"b\"]\n"),
            ],
            all("3.13"),
        ),
        (
            &[
                ("a/main.tf", &runtime("\"python3.12\"")),
                ("b/main.tf", &runtime("\"python3.13\"")),
                ("dofs-package.toml", "python = \"3.12\"\n"),
            ],
            all("3.12"),
        ),
        (&[(main, &runtime("\"python312\""))], refused()),
    ];
    for (files, expected) in table {
        let project = Requiring::new(&["api"]).with(files);
        assert_eq!(said(&project), *expected, "{files:?}");
    }
}

#[test]
fn an_architecture_that_roots_disagree_on_is_none_for_doctor() {
    let of = |architecture: &str| {
        root(&format!("runtime = \"python3.12\"\n  architectures = [\"{architecture}\"]"))
    };
    let files = [("a/main.tf", &*of("arm64")), ("b/main.tf", &of("x86_64"))];
    let project = Requiring::new(&["api"]).with(&files);
    let json = project.run(&["doctor", "--format=json"]).json();
    let lambda = &json["project"]["lambdas"][0];
    assert_eq!(
        (&lambda["architecture"], &lambda["python"]["value"]),
        (&serde_json::Value::Null, &"python3.12".into())
    );
    assert_eq!(lambda["doubts"].as_array().expect("doubts").len(), 1, "{lambda}");
}

#[test]
fn files_of_values_that_disagree_are_named_with_the_variable() {
    let main = "variable \"r\" {}\n".to_owned() + &runtime("var.r");
    let project = Requiring::new(&["api"]).with(&[
        ("terraform/main.tf", &main),
        ("terraform/dev.tfvars", "r = \"python3.12\"\n"),
        ("terraform/prod.tfvars", "r = \"python3.13\"\n"),
    ]);
    let why = "`runtime` of `aws_lambda_function.api` can't be told from the files: `var.r` is \
               `python3.12` at terraform/dev.tfvars:1 and `python3.13` at terraform/prod.tfvars:1";
    for arguments in [&["build", "-n"][..], &["build", "-n", "--locked"], &["lock"], &["doctor"]] {
        let text = project.run(arguments).text();
        assert!(text.contains(why), "{arguments:?}: {text}");
    }
}

#[test]
fn roots_that_disagree_are_told_with_the_key_that_leaves_one_out() {
    let (one, other) = (runtime("\"python3.12\""), runtime("\"python3.13\""));
    let at_the_top = one.replace("/../", "/");
    for (files, named) in [
        ([("a/main.tf", &*one), ("b/main.tf", &*other)], "`terraform = [\"a\"]`"),
        ([("main.tf", &at_the_top), ("b/main.tf", &other)], "`terraform = [\".\"]`"),
    ] {
        let project = Requiring::new(&["api"]).with(&files);
        let json = project.run(&["build", "-n", "-q", "--format=json"]).json();
        let hint = json["failures"][0]["hint"].as_str().expect("a hint").to_owned();
        assert!(hint.contains("`[lambda.api]`") && hint.contains(named), "{hint}");
    }
    // In one root it would leave out both.
    let both = root("runtime = \"python3.12\"")
        + &function("api", "runtime = \"python3.13\"").replace("\" \"api\"", "\" \"too\"");
    let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &both)]);
    let json = project.run(&["build", "-n", "-q", "--format=json"]).json();
    let hint = json["failures"][0]["hint"].as_str().expect("a hint").to_owned();
    assert!(!hint.contains("terraform ="), "{hint}");
}

/// The hint of a run that names `lock`.
fn hint(project: &Requiring, arguments: &[&str]) -> String {
    let run = project.run(arguments);
    let mut hints = run.stderr.lines().filter(|line| line.starts_with("hint: "));
    let hint = hints.find(|line| line.contains("dofs-package lock"));
    hint.unwrap_or_else(|| panic!("{arguments:?}: {}", run.text())).to_owned()
}

#[test]
fn a_hint_to_lock_makes_the_lock_of_this_very_target() {
    let config = ("dofs-package.toml", "python = \"3.12\"\n");
    let locked = || {
        let project = Requiring::new(&["api"]).with(&[config]);
        assert_eq!(project.run(&["lock"]).code, 0);
        project
    };
    let unlocked = || Requiring::new(&["api"]).with(&[config]);
    for (project, arguments, command) in [
        (unlocked(), &["build", "-n", "--locked"][..], "lock api`"),
        (unlocked(), &["build", "-n", "--locked", "--arch", "arm64"], "lock api --arch arm64`"),
        (unlocked(), &["list", "--locked", "--python", "3.13"], "lock api --python 3.13`"),
        (locked(), &["build", "-n", "--arch", "arm64"], "lock api --arch arm64`"),
        (
            locked(),
            &["build", "-n", "--locked", "--python", "3.13", "--arch", "arm64"],
            "lock api --python 3.13 --arch arm64`",
        ),
        (
            Requiring::new(&["api"]),
            &["build", "-n", "--locked", "--arch", "arm64"],
            "then run `cargo dofs-package lock api --arch arm64`",
        ),
    ] {
        let hint = hint(&project, arguments);
        assert!(hint.contains(command), "{arguments:?}: {hint}");
    }
}

#[test]
fn a_lambda_that_fails_has_the_warnings_about_its_target_too() {
    let newer = "is newer than all that are known here";
    let runtime = runtime("\"python3.21\"");
    for (files, arguments, expected) in [
        (&[("terraform/main.tf", &*runtime)][..], &["build", "-n"][..], newer),
        (&[("dofs-package.toml", "python = \"3.21\"\n")], &["list"], newer),
        (&[], &["build", "-n", "--python", "3.21"], newer),
        (&[], &["verify", "--python", "3.22"], newer),
        (&[], &["build", "-n"], "no Python version is set"),
    ] {
        let project = Requiring::new(&["api"]).with(files);
        project.0.write("lambdas/api/requirements.txt", "absent\n");
        let run = project.run(arguments);
        assert!(run.code != 0 && run.stderr.contains("error: "), "{}", run.text());
        assert_eq!(run.stderr.matches(expected).count(), 1, "{}", run.text());
    }
}
