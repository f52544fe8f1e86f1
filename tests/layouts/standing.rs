//! Functions that stand on layers: what is left out of them, what they find there, and what does not
//! fit.

use expect_test::expect;

use crate::support::{Project, Run, Wheel, git};

const TARGET: [&str; 2] = ["--python", "3.12"];
const ON_DEPS: &str = "layers = [\"layers/*\"]\n[lambda.api]\nlayers = [\"deps\"]\n";

/// A function `api` and a layer `deps`, which require these; all of `wheels` can be had.
fn project(config: &str, wheels: &[Wheel], api: &str, deps: &str) -> Project {
    let project = super::project(config, &["lambdas/api"]);
    for wheel in wheels {
        project.publish(wheel);
    }
    project.write("lambdas/api/requirements.txt", api);
    project.write("layers/deps/requirements.txt", deps);
    project
}

fn run(project: &Project, arguments: &[&str]) -> Run {
    project.run(&[arguments, &TARGET].concat())
}

/// The top-level names in the zip of the function, but for those of every package.
fn packaged(project: &Project) -> Vec<String> {
    let entries = project.entries("lambdas/api/api.zip").into_keys();
    let mut tops: Vec<String> =
        entries.map(|path| path.split('/').next().expect("a part").to_owned()).collect();
    tops.dedup();
    tops.retain(|top| {
        !top.ends_with(".dist-info") && top.contains(|c| c != '.') && top != "handler.py"
    });
    tops.retain(|top| top != "requirements.txt");
    tops
}

/// What `build` packages into the function, and the warnings of it, a line each.
fn built(project: &Project) -> (Vec<String>, String) {
    let built = run(project, &["build", "-q", "--format=json"]);
    assert_eq!(built.code, 0, "{}", built.text());
    (packaged(project), warnings(&built, "api"))
}

/// The warnings of a lambda, a line each.
fn warnings(run: &Run, name: &str) -> String {
    let report = run.json();
    let packages = report["packages"].as_array().expect("packages");
    let package = packages.iter().find(|it| it["name"] == name);
    let package = package.unwrap_or_else(|| panic!("no {name}: {}", run.text()));
    let warnings = package["warnings"].as_array().expect("warnings").iter();
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let line = |it| {
        let [code, path, message, hint] =
            ["code", "path", "message", "hint"].map(|key| text(it, key));
        format!("{code} {path}: {message} ({hint})\n")
    };
    warnings.map(line).collect()
}

fn one() -> [Wheel; 4] {
    [
        Wheel::new("one", "1.0").requires("base"),
        Wheel::new("one", "2.0"),
        Wheel::new("base", "1.0"),
        Wheel::new("own", "1.0"),
    ]
}

#[test]
fn what_a_layer_carries_is_left_out_of_the_functions_that_name_it() {
    for (config, api, deps, expected) in [
        (ON_DEPS, "one==1.0\nown\n", "one==1.0\n", &["own"][..]),
        (ON_DEPS, "base\nown\n", "one==1.0\n", &["own"]),
        (ON_DEPS, "one==1.0\n", "base\n", &["one"]),
        (ON_DEPS, "one==1.0\n", "one==1.0\nown\n", &[]),
        (ON_DEPS, "own\n", "one==1.0\n", &["own"]),
        ("layers = [\"layers/*\"]\n", "one==1.0\n", "one==1.0\n", &["base", "one"]),
        (
            "layers = [\"layers/*\"]\nexclude-packages = [\"base\"]\n[lambda.api]\nlayers = [\"deps\"]\n\
             exclude-packages = []\n",
            "one==1.0\n",
            "one==1.0\n",
            &[],
        ),
    ] {
        let project = project(config, &one(), api, deps);
        let (all, stderr) = built(&project);
        assert_eq!(all, expected, "{config}{api}{deps}{stderr}");
        assert_eq!(run(&project, &["verify", "-q"]).code, 0, "{config}{api}{deps}");
    }
}

#[test]
fn what_is_left_out_is_said_with_its_layer() {
    let project = project(ON_DEPS, &one(), "one==1.0\nown==1.0\n", "one==1.0\n");
    let left_out = serde_json::json!([
        {"name": "base", "version": "1.0", "rule": "layers = \"deps\""},
        {"name": "one", "version": "1.0", "rule": "layers = \"deps\""},
    ]);
    let report = run(&project, &["build", "-n", "-q", "--format=json"]).json();
    assert_eq!(report["packages"][0]["requirements_left_out"], left_out);
    let listed = run(&project, &["list", "api", "-q", "--format=json"]).json();
    assert_eq!(listed["lambdas"][0]["requirements_left_out"], left_out);
    let listed = run(&project, &["list", "api", "-q"]);
    assert!(
        listed.stdout.contains("api\tleft out\tone 1.0\tlayers = \"deps\"\n"),
        "{}",
        listed.text()
    );
}

#[test]
fn of_another_version_both_stay_with_a_warning_that_names_both() {
    let project = project(ON_DEPS, &one(), "one==2.0\nown==1.0\n", "one==1.0\nown==1.0\n");
    let (all, warnings) = built(&project);
    assert_eq!(all, ["one"]);
    expect![[r#"
        layer-version lambdas/api/requirements.txt: `one 2.0` is packaged, and the layer `deps` has 1.0: Lambda finds that of the package first (require the same version in both, or leave it out of one (`exclude-packages`))
    "#]].assert_eq(&warnings);
    let layer = project.entries("layers/deps/deps.zip");
    assert!(layer.contains_key("python/one/__init__.py"));
}

#[test]
fn another_wheel_of_the_same_version_stays() {
    let pure = Wheel::new("fast", "1.0");
    let native = pure.clone().tag("cp312-cp312-manylinux_2_17_x86_64");
    let by_path = format!("../../wheels/{}\n", pure.file_name());
    let project = project(ON_DEPS, &[native], &by_path, "fast==1.0\n");
    project.write(&format!("wheels/{}", pure.file_name()), pure.bytes());
    let (all, warnings) = built(&project);
    assert_eq!(all, ["fast"]);
    expect![[r#"
        layer-version lambdas/api/requirements.txt: `fast 1.0` is packaged as `fast-1.0-py3-none-any.whl`, and the layer `deps` has `fast-1.0-cp312-cp312-manylinux_2_17_x86_64.whl`: Lambda finds that of the package first (require the same version in both, or leave it out of one (`exclude-packages`))
    "#]].assert_eq(&warnings);
}

/// One function alone has the bytes that it has among all.
#[test]
fn a_function_has_the_same_bytes_alone_as_among_all() {
    let project = project(ON_DEPS, &one(), "one==1.0\nown==1.0\n", "one==1.0\n");
    let all = run(&project, &["-q"]).digests();
    for arguments in [
        &["build", "api", "-q"][..],
        &["build", "-q", "--partition", "1/2"],
        &["build", "-q", "--partition", "2/2"],
        &["build", "api", "-n", "-q"],
        &["build", "lambdas/api", "-q", "--force"],
    ] {
        let some = run(&project, arguments);
        assert_eq!(some.code, 0, "{}", some.text());
        for (name, digest) in some.digests() {
            assert_eq!(all[&name], digest, "{arguments:?}");
        }
    }
    for arguments in [&["verify", "api", "-q"][..], &["diff", "api", "-q"]] {
        let compared = run(&project, arguments);
        assert_eq!(compared.code, 0, "{}", compared.text());
    }
}

#[test]
fn a_layer_that_cant_be_resolved_is_the_failure_of_its_functions() {
    let project = project(ON_DEPS, &one(), "own==1.0\n", "nope==1.0\n");
    let failed = run(&project, &["build", "api", "-q"]);
    assert_eq!(failed.code, 4, "{}", failed.text());
    expect![[r#"
        error: `api`: its layer `deps` can't be packaged: no wheel of `nope==1.0` fits python3.12 on x86_64
          --> layers/deps/requirements.txt:1
          caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&failed.stderr);
    let locked = run(&project, &["build", "api", "-q", "--locked"]);
    assert_eq!(locked.code, 6, "{}", locked.text());
}

#[test]
fn a_changed_layer_changes_its_functions() {
    let project = project(ON_DEPS, &one(), "one==1.0\nown==1.0\n", "one==1.0\n");
    project.write("lambdas/other/handler.py", super::HANDLER);
    git(&project.root(), &["init", "-q"]);
    git(&project.root(), &["add", "."]);
    git(&project.root(), &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"]);
    let before = run(&project, &["build", "-n", "-q"]).digests();
    let changed = |project: &Project| {
        let run = run(project, &["list", "--changed-since", "HEAD", "-q"]);
        assert_eq!(run.code, 0, "{}", run.text());
        run.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(changed(&project), Vec::<String>::new());
    project.write("layers/deps/requirements.txt", "one==2.0\n");
    assert_eq!(changed(&project), ["api", "deps"]);
    let at = run(&project, &["build", "-n", "-q", "--rev", "HEAD"]).digests();
    assert_eq!(at, before);
    let alone = run(&project, &["build", "api", "-n", "-q", "--rev", "HEAD"]).digests();
    assert_eq!(alone["api"], before["api"]);
}

#[test]
fn what_the_package_would_hide_stays_in_it() {
    let part = |name: &str, file: &str| Wheel::bare(name, "1.0").file(file, "A = 1\n");
    let part = |name, files: &[&str]| {
        files.iter().fold(part(name, files[0]), |wheel, file| match *file == files[0] {
            true => wheel,
            false => wheel.file(file, "A = 1\n"),
        })
    };
    for (what, layer, own, expected) in [
        ("folders are joined", &["ns/a.py"][..], &["ns/b.py"][..], &["ns"][..]),
        ("its own package hides", &["ns/a.py"], &["ns/__init__.py", "ns/b.py"], &["ns"]),
        ("the layer's hides", &["ns/__init__.py", "ns/a.py"], &["ns/b.py"], &["ns"]),
        ("deeper", &["ns/x/a.py"], &["ns/x/__init__.py", "ns/x/b.py"], &["ns"]),
        ("others do not", &["top/__init__.py"], &["else/__init__.py"], &["else"]),
        (
            "nor do files that are no modules",
            &["a/__init__.py"],
            &["share/a/b.txt", "b.py"],
            &["b.py", "share"],
        ),
    ] {
        let wheels = [part("carried", layer), part("kept", own)];
        let project = project(ON_DEPS, &wheels, "carried==1.0\nkept==1.0\n", "carried==1.0\n");
        let (all, stderr) = built(&project);
        assert_eq!(all, expected, "{what}: {stderr}");
        let is_in = project.entries("lambdas/api/api.zip").contains_key(layer[layer.len() - 1]);
        assert_eq!(
            is_in,
            ["its own package hides", "the layer's hides", "deeper"].contains(&what),
            "{what}"
        );
    }
    // Its own files count as well.
    for (path, stays) in
        [("one/more.py", true), ("one.py", true), ("other/one.py", false), ("one.txt", false)]
    {
        let project = project(ON_DEPS, &one(), "one==2.0\n", "one==2.0\n");
        project.write(&format!("lambdas/api/{path}"), "A = 1\n");
        let _ = built(&project);
        let is_in = project.entries("lambdas/api/api.zip").contains_key("one/__init__.py");
        assert_eq!(is_in, stays, "{path}");
    }
}

#[test]
fn two_versions_in_two_layers_are_none() {
    let config = "layers = [\"layers/*\"]\n[lambda.api]\nlayers = [\"deps\", \"more\"]\n";
    for (more, expected) in [("one==2.0\n", &[][..]), ("one==1.0\n", &["one"]), ("own\n", &[])] {
        let project = project(config, &one(), "one==2.0\n", "one==2.0\n");
        project.write("layers/more/requirements.txt", more);
        assert_eq!(built(&project).0, expected, "{more}");
    }
}

#[test]
fn what_a_function_imports_is_looked_for_in_its_layers() {
    for (import, layer, code) in [
        ("import one", "", 0),
        ("from one import VERSION", "", 0),
        ("import shared", "shared.py", 0),
        ("from pack import part", "pack/part.py", 0),
        ("import nowhere", "shared.py", 4),
        ("import inner", "python/lib/python3.12/site-packages/inner.py", 0),
        ("import inner", "python/lib/python3.11/site-packages/inner.py", 4),
        ("import shared", "python/shared.py", 0),
        ("import shared", "other/python/shared.py", 4),
    ] {
        let config =
            format!("imports = \"error\"\nhandler = \"handler.lambda_handler\"\n{ON_DEPS}");
        let project = project(&config, &one(), "own==1.0\n", "one==1.0\n");
        let text = format!("{import}\ndef lambda_handler(event, context):\n    return 1\n");
        project.write("lambdas/api/handler.py", text);
        if !layer.is_empty() {
            project.write(&format!("layers/deps/{layer}"), "A = 1\n");
        }
        let run = run(&project, &["build", "api", "-n", "-q"]);
        assert_eq!(run.code, code, "{import} {layer}: {}", run.text());
    }
}

#[test]
fn a_module_of_a_layer_is_followed() {
    let config = format!("imports = \"error\"\nhandler = \"handler.lambda_handler\"\n{ON_DEPS}");
    let project = project(&config, &one(), "own==1.0\n", "one==1.0\n");
    project.write(
        "lambdas/api/handler.py",
        "import shared\ndef lambda_handler(event, context):\n    return 1\n",
    );
    project.write("layers/deps/shared.py", "import nowhere\n");
    let run = run(&project, &["build", "api", "-n", "-q"]);
    expect![[r#"
        error: `api`: nothing in the package or in its layers gives `nowhere`
          --> layers/deps/shared.py:1
        hint: require what has `nowhere`, or name it in `allow-imports`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.stderr);
}

#[test]
fn a_skipped_layer_may_have_anything() {
    let config = "imports = \"error\"\nhandler = \"handler.lambda_handler\"\nlayers = [\"layers/*\"]\n\
                  [lambda.api]\nlayers = [\"deps\"]\n[layer.deps]\nskip = true\n";
    let project = project(config, &one(), "one==1.0\n", "one==1.0\n");
    project.write(
        "lambdas/api/handler.py",
        "import any\ndef lambda_handler(event, context):\n    return 1\n",
    );
    let (all, _) = built(&project);
    assert_eq!(all, ["base", "one"]);
}

/// A function and a version of the layer in Terraform.
fn terraform(function: &str, version: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"api\" {{\n  function_name = \"api\"\n  filename = \
         \"lambdas/api/api.zip\"\n  handler = \"handler.lambda_handler\"\n  runtime = \
         \"python3.12\"\n  {function}\n}}\n\
         resource \"aws_lambda_layer_version\" \"deps\" {{\n  layer_name = \"deps\"\n  filename = \
         \"layers/deps/deps.zip\"\n  {version}\n}}\n"
    )
}

const IMPORTS_ONE: &str = "import one\ndef lambda_handler(event, context):\n    return 1\n";

#[test]
fn what_only_terraform_gives_is_found_and_not_left_out() {
    let layers = "layers = [\"layers/*\"]\n";
    let module = "module \"more\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n  create_layer = true\n  \
                  layer_name = \"deps\"\n  create_package = false\n  local_existing_package = \
                  \"layers/deps/deps.zip\"\n}\n";
    let arn = "aws_lambda_layer_version.deps.arn";
    let foreign = "arn:aws:lambda:eu-west-1:1:layer:x:1";
    for (function, more, is_warned, is_noted) in [
        (format!("layers = [{arn}]"), "", false, false),
        (format!("layers = concat([{arn}], [])"), "", false, false),
        (
            "layers = [local.deps]".to_owned(),
            &*format!("locals {{\n  deps = {arn}\n}}\n"),
            false,
            false,
        ),
        ("layers = [module.more.lambda_layer_arn]".to_owned(), module, false, false),
        (String::new(), "", true, false),
        ("layers = []".to_owned(), "", true, false),
        (format!("layers = [\"{foreign}\"]"), "", false, true),
        ("layers = var.layers".to_owned(), "variable \"layers\" {}\n", false, true),
        (format!("layers = [{arn}, \"{foreign}\"]"), "", false, false),
        (format!("layers = [for it in [{arn}] : it]"), "", false, false),
    ] {
        let project = project(layers, &one(), "own==1.0\n", "one==1.0\n");
        project.write("lambdas/api/handler.py", IMPORTS_ONE);
        project.write("main.tf", terraform(&function, "") + more);
        let run = project.run(&["build", "-n", "-v", "--format=json"]);
        let warnings = warnings(&run, "api");
        assert_eq!(warnings.contains("missing-import"), is_warned, "{function}: {}", run.text());
        let is_said = run.stderr.contains("gives `one`, perhaps");
        assert_eq!(is_said, is_noted, "{function}: {}", run.text());
    }
    let project = project(layers, &one(), "one==1.0\n", "one==1.0\n");
    project.write("main.tf", terraform(&format!("layers = [{arn}]"), ""));
    let run = project.run(&["-q"]);
    assert_eq!((run.code, &*packaged(&project)), (0, &["base".to_owned(), "one".to_owned()][..]));
}

#[test]
fn a_layer_that_the_config_names_and_terraform_does_not_give_is_a_warning() {
    let arn = "aws_lambda_layer_version.deps.arn";
    for (function, is_warned) in [
        (format!("layers = [{arn}]"), false),
        (String::new(), true),
        ("layers = []".to_owned(), true),
        ("layers = null".to_owned(), true),
        ("layers = [\"arn:aws:lambda:eu-west-1:1:layer:x:1\"]".to_owned(), false),
        ("layers = var.layers".to_owned(), false),
    ] {
        let project = project(ON_DEPS, &one(), "own==1.0\n", "one==1.0\n");
        project.write("main.tf", terraform(&function, "") + "variable \"layers\" {}\n");
        let run = project.run(&["build", "api", "-n"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let is_said =
            run.stderr.contains("stands on the layer `deps`, and Terraform does not give it that");
        assert_eq!(is_said, is_warned, "{function}: {}", run.text());
    }
}

#[test]
fn native_code_of_a_layer_that_does_not_fit_is_the_failure_of_its_function() {
    let fast = |tag: &str| Wheel::new("fast", "1.0").tag(tag);
    let said = |of_layer: &str, change: &dyn Fn(&Project)| {
        let config = format!(
            "layers = [\"layers/*\"]\n[lambda.api]\nlayers = [\"deps\"]\npython = \"3.12\"\n\
             [layer.deps]\n{of_layer}\n"
        );
        let wheels = [
            fast("cp311-cp311-manylinux_2_17_x86_64"),
            fast("cp312-cp312-manylinux_2_17_aarch64"),
            fast("cp312-cp312-manylinux_2_17_x86_64"),
            Wheel::new("own", "1.0"),
        ];
        let project = project(&config, &wheels, "own==1.0\n", "fast==1.0\n");
        change(&project);
        let run = project.run(&["build", "api", "-n", "-q"]);
        format!("{}\n{}", run.code, run.stderr)
    };
    let nothing = |_: &Project| {};
    let library = |machine| {
        move |project: &Project| {
            let library = crate::target::elf::library(machine, None);
            project.write("layers/deps/requirements.txt", "own==1.0\n");
            project.write("layers/deps/_z.so", library);
        }
    };
    let arm = library(crate::target::elf::AARCH64);
    assert_eq!(said("python = \"3.12\"", &nothing), "0\n");
    assert_eq!(said("python = \"3.12\"", &library(crate::target::elf::X86_64)), "0\n");
    expect![[r#"
        4
        error: its layer `deps` does not fit: `fast-1.0-cp311-cp311-manylinux_2_17_x86_64.whl` is not for python3.12 on x86_64
          --> lambdas/api
        hint: set `python` and `architecture` in both to one target
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&said("python = \"3.11\"", &nothing));
    expect![[r#"
        4
        error: its layer `deps` does not fit: `fast-1.0-cp312-cp312-manylinux_2_17_aarch64.whl` is not for python3.12 on x86_64
          --> lambdas/api
        hint: set `python` and `architecture` in both to one target
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&said("python = \"3.12\"\narchitecture = \"arm64\"", &nothing));
    expect![[r#"
        4
        error: `api`: its layer `deps` does not fit: `_z.so` is for aarch64, and the target is python3.12 on x86_64
          --> layers/deps/_z.so
        hint: build `_z.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&said("python = \"3.12\"\narchitecture = \"arm64\"", &arm));
    expect![[r#"
        4
        error: `api`: its layer `deps` does not fit: `_z.so` is for aarch64, and the target is python3.12 on x86_64
          --> layers/deps/_z.so
        hint: build `_z.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&said("python = \"3.12\"", &arm));
    let newer = |project: &Project| {
        let library = crate::target::elf::library(crate::target::elf::X86_64, Some("GLIBC_2.38"));
        project.write("layers/deps/requirements.txt", "own==1.0\n");
        project.write("layers/deps/_z.so", library);
    };
    expect![[r#"
        4
        error: `api`: its layer `deps` does not fit: `_z.so` needs GLIBC 2.38, and python3.12 runs on Amazon Linux 2023 with 2.34
          --> layers/deps/_z.so
        hint: build `_z.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&said("python = \"3.13\"", &newer));
}

#[test]
fn a_target_that_a_layer_is_only_declared_for_is_a_warning() {
    let runtimes = |all: &str| format!("compatible_runtimes = [{all}]");
    let machines = |all: &str| format!("compatible_architectures = [{all}]");
    for (version, expected) in [
        (String::new(), 0),
        (runtimes("\"python3.12\""), 0),
        (runtimes("\"python3.12\", \"python3.13\", \"nodejs20.x\""), 1),
        (runtimes("\"python3.12\"") + "\n  " + &machines("\"x86_64\", \"arm64\""), 1),
        (
            runtimes("\"python3.12\", \"python3.13\"")
                + "\n  "
                + &machines("\"x86_64\", \"arm64\""),
            3,
        ),
        (runtimes("var.runtime"), 0),
    ] {
        let fast = Wheel::new("fast", "1.0").tag("cp312-cp312-manylinux_2_17_x86_64");
        let project =
            project(ON_DEPS, &[fast, Wheel::new("own", "1.0")], "own==1.0\n", "fast==1.0\n");
        let function = "layers = [aws_lambda_layer_version.deps.arn]";
        project.write("main.tf", terraform(function, &version) + "variable \"runtime\" {}\n");
        let run = project.run(&["build", "-n", "-q", "--format=json"]);
        let warnings = warnings(&run, "deps");
        assert_eq!(
            warnings.matches("layer-declared").count(),
            expected,
            "{version}: {}",
            run.text()
        );
        if expected == 1 && !version.contains("arm64") {
            expect![[r#"
                layer-declared main.tf: it is declared to be for python3.13 on x86_64, too: `fast-1.0-cp312-cp312-manylinux_2_17_x86_64.whl` is not for python3.13 on x86_64 (take that out of `compatible_runtimes` or `compatible_architectures`, or make a layer for each)
            "#]].assert_eq(&warnings);
        }
    }
}

#[test]
fn a_function_counts_with_its_layers_also_where_it_alone_is_packaged() {
    let config = "layers = [\"layers/*\"]\n[lambda.api]\nlayers = [\"deps\"]\n";
    for (bytes, names, code) in [
        (262_144_000_u64, &["api"][..], 4),
        (262_144_000, &["lambdas/api"], 4),
        (262_000_000, &["api"], 0),
        (262_144_000, &["other"], 0),
    ] {
        let project = super::project(config, &["lambdas/api", "lambdas/other", "layers/deps"]);
        let file = std::fs::File::create(project.path("layers/deps/data")).expect("a file");
        file.set_len(bytes).expect("it can be sparse");
        let run = project.run(&[&["build", "-n", "-q"], names].concat());
        assert_eq!(run.code, code, "{names:?}: {}", run.text());
        if code == 4 {
            assert!(run.stderr.contains("the layer `deps`: "), "{}", run.text());
        }
    }
}
