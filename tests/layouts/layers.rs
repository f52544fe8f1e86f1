//! Layers: where they are, and who stands on them.

use expect_test::expect;

use super::{packaged, project};
use crate::support::{Project, Wheel};

#[test]
fn a_layer_is_found_named_and_packaged_as_a_function_is() {
    let config = "layers = [\"layers/*\", \"!layers/old\", \"*/shared\"]\nmanifest = \"packages.json\"\n\
                  [lambda.api]\nlayers = [\"deps\", \"own\"]\n[layer.own]\npath = \"lambdas/own\"\n";
    let folders = ["lambdas/api", "lambdas/own", "layers/deps", "layers/old", "lib/shared"];
    let project = project(config, folders.as_slice());
    assert_eq!(
        packaged(&project),
        [
            "api lambdas/api/api.zip",
            "deps layers/deps/deps.zip",
            "lib lib/shared/lib.zip",
            "own lambdas/own/own.zip"
        ]
    );
    let manifest: serde_json::Value =
        serde_json::from_slice(&project.read("packages.json")).expect("JSON");
    assert_eq!(manifest["api"]["kind"], "function", "{manifest}");
    assert_eq!(manifest["deps"]["kind"], "layer", "{manifest}");
    let run = project.run(&["build", "deps", "-n", "--format", "json"]);
    assert_eq!(run.json()["packages"][0]["kind"], "layer", "{}", run.text());
    let run = project.run(&["list", "api", "--format", "json"]);
    let listing = &run.json()["lambdas"][0];
    assert_eq!(listing["kind"], "function");
    assert_eq!(listing["layers"], serde_json::json!(["deps", "own"]));
    assert_eq!(project.run(&["verify", "-q"]).code, 0);
}

#[test]
fn a_manifest_of_an_earlier_version_is_read() {
    let project = project("manifest = \"packages.json\"\n", &["lambdas/api"]);
    packaged(&project);
    let manifest = String::from_utf8(project.read("packages.json")).expect("JSON");
    let earlier: String = manifest.lines().filter(|line| !line.contains("\"kind\"")).collect();
    assert_ne!(earlier.len(), manifest.lines().map(str::len).sum::<usize>());
    project.write("packages.json", earlier);
    let run = project.run(&["verify", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

#[test]
fn layers_that_are_none_are_refused_with_what_to_write() {
    let said = |config: &str| {
        let folders = ["lambdas/api", "lambdas/deps", "layers/deps", "layers/tools"];
        let run = project(config, folders.as_slice()).run(&[]);
        assert_eq!(run.code, 3, "{}", run.text());
        run.stderr
    };
    expect![[r#"
        error: a function and a layer are called `deps`: `lambdas/deps` and `layers/deps`
        hint: name each by a table: `[lambda.lambdas-deps]` with `path = "lambdas/deps"`, and `[layer.layers-deps]` with `path = "layers/deps"`
    "#]].assert_eq(&said("layers = [\"layers/*\"]\n"));
    expect![[r#"
        error: `lambdas/deps` is a function by `lambdas` and a layer by `layers`
        hint: say which by a table: `[lambda.deps]` with `path = "lambdas/deps"`, or `[layer.deps]` with `path = "lambdas/deps"`
    "#]].assert_eq(&said("layers = [\"lambdas/d*\"]\n"));
    let lambdas = "lambdas = [\"lambdas/api\"]\nlayers = [\"layers/*\"]\n";
    let said = |tables: &str| said(&format!("{lambdas}{tables}"));
    expect![[r#"
        error: `api` has the layer `dep`, and there is no such layer
          --> dofs-package.toml:4
        hint: did you mean `deps`?
    "#]]
    .assert_eq(&said("[lambda.api]\nlayers = [\"dep\"]\n"));
    expect![[r#"
        error: `deps` is a layer, and names layers
          --> dofs-package.toml:4
        hint: name all of them in the table of the function, `[lambda.NAME]`
    "#]]
    .assert_eq(&said("[layer.deps]\nlayers = [\"tools\"]\n"));
    expect![[r#"
        error: `api` has 6 layers, and Lambda takes 5 at most
          --> dofs-package.toml:4
        hint: make one layer of several
    "#]]
    .assert_eq(&said("[lambda.api]\nlayers = [\"deps\", \"tools\", \"c\", \"d\", \"e\", \"f\"]\n"));
    expect![[r#"
        error: `api` has the layer `deps` twice
          --> dofs-package.toml:4
        hint: name it once
    "#]]
    .assert_eq(&said("[lambda.api]\nlayers = [\"deps\", \"deps\"]\n"));
    expect![[r#"
        error: the config has a table for `nope`, and there is no such layer
          --> dofs-package.toml:3
        hint: remove the table; `[layer.NAME]` is for what `layers` finds, or has a `path`
    "#]]
    .assert_eq(&said("[layer.nope]\nexclude = [\"x\"]\n"));
    expect![[r#"
        error: the config has a table for `deps`, and there is no such lambda
          --> dofs-package.toml:3
        hint: write `[layer.deps]`: it is a layer
    "#]]
    .assert_eq(&said("[lambda.deps]\nexclude = [\"x\"]\n"));
    expect![[r#"
        error: unknown key `layer.deps.exclud`
          --> dofs-package.toml:4
        hint: did you mean `exclude`?
    "#]]
    .assert_eq(&said("[layer.deps]\nexclud = [\"x\"]\n"));
    expect![[r#"
        error: `python` from [layer.deps] in dofs-package.toml: `snake` is no version of Python 3, such as `3.12`
          --> dofs-package.toml:4
    "#]].assert_eq(&said("[layer.deps]\npython = \"snake\"\n"));
}

#[test]
fn a_function_whose_layer_nobody_has_is_refused_where_there_are_none() {
    let run = project("[lambda.api]\nlayers = [\"deps\"]\n", &["lambdas/api"]).run(&[]);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `api` has the layer `deps`, and there is no such layer
          --> dofs-package.toml:2
        hint: say where layers are with `layers = ["layers/*"]` at the top
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_skipped_layer_is_known_and_globs_of_the_environment_are_relative() {
    let config =
        "[lambda.api]\nlayers = [\"deps\"]\n[layer.deps]\nskip = true\npath = \"libs/deps\"\n";
    let project = project(config, &["lambdas/api", "libs/deps", "libs/more"]);
    assert_eq!(packaged(&project), ["api lambdas/api/api.zip"]);
    let run = project
        .tool()
        .env("DOFS_PACKAGE_LAYERS", "m*")
        .directory(project.path("libs"))
        .run(&["-q", "-n"]);
    assert!(run.stdout.starts_with("api\t") && run.stdout.contains("\nmore\t"), "{}", run.text());
}

/// The paths in a zip.
fn members(project: &Project, zip: &str) -> Vec<String> {
    project.entries(zip).into_keys().collect()
}

/// A project with a layer that has a wheel and a module of its own.
fn with_layer() -> Project {
    let project = project("layers = [\"layers/*\"]\n", &["lambdas/api"]);
    project.publish(&Wheel::new("one", "1.0"));
    project.write("layers/deps/requirements.txt", "one==1.0\n");
    project.write("layers/deps/shared.py", "A = 1\n");
    project
}

#[test]
fn all_in_a_layer_lies_below_python() {
    let project = with_layer();
    let run = project.run(&["-q", "--python", "3.12"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let wheel = Wheel::new("one", "1.0").info();
    let all = members(&project, "layers/deps/deps.zip");
    assert!(all.iter().all(|it| it.starts_with("python/")), "{all:?}");
    assert!(all.contains(&"python/shared.py".to_owned()), "{all:?}");
    assert!(all.iter().any(|it| it.starts_with(&format!("python/{wheel}"))), "{all:?}");
    assert_eq!(members(&project, "lambdas/api/api.zip"), ["handler.py"]);
    let listed = project.run(&["list", "--members", "deps", "--python", "3.12"]);
    assert!(listed.stdout.contains("deps\tkept\tpython/shared.py\t"), "{}", listed.text());
    assert_eq!(project.run(&["verify", "-q", "--python", "3.12"]).code, 0);
}

#[test]
fn own_files_of_a_layer_that_has_python_are_taken_as_they_lie() {
    let project = with_layer();
    std::fs::remove_file(project.path("layers/deps/shared.py")).expect("it is there");
    project.write("layers/deps/python/shared.py", "A = 1\n");
    project.write("layers/deps/bin/run", "#!/bin/sh\n");
    project.write("dofs-package.toml", "layers = [\"layers/*\"]\nprefix = \"app\"\n");
    let run = project.run(&["build", "deps", "-q", "--python", "3.12"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let mut all = members(&project, "layers/deps/deps.zip");
    all.retain(|it| !it.starts_with("python/one"));
    assert_eq!(all, ["bin/run", "python/shared.py", "requirements.txt"]);
}

/// It may change with the format of zips alone, or with what a layer of own files has.
#[test]
fn a_layer_has_the_same_bytes_for_ever() {
    let project = project("layers = [\"layers/*\"]\n", &["lambdas/api"]);
    project.write("layers/deps/shared.py", "A = 1\n");
    project.write("layers/deps/more/__init__.py", "");
    expect!["iNCorfeWhMWPbC2lWkP7h2R0IZBNiKEMVsm6+Xjq0SI="].assert_eq(&project.digests()["deps"]);
}

#[test]
fn own_files_lie_in_the_folder_that_prefix_names() {
    for (prefix, module) in
        [("app", "app"), ("a/b/", "a/b"), ("{name}", "api"), ("{path}", "lambdas/api"), ("", "")]
    {
        let config = format!(
            "prefix = \"{prefix}\"\nhandler = \"{}handler.lambda_handler\"\n",
            match module {
                "" => String::new(),
                _ => format!("{module}/"),
            }
        );
        let project = project(&config, &["lambdas/api"]);
        project.publish(&Wheel::new("one", "1.0"));
        project.write("lambdas/api/requirements.txt", "one==1.0\n");
        let run = project.run(&["-q", "--python", "3.12"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{prefix}: {}", run.text());
        let all = members(&project, "lambdas/api/api.zip");
        let own = if module.is_empty() {
            "handler.py".to_owned()
        } else {
            format!("{module}/handler.py")
        };
        assert!(all.contains(&own) && all.contains(&"one/__init__.py".to_owned()), "{all:?}");
        assert_eq!(project.run(&["verify", "-q", "--python", "3.12"]).code, 0, "{prefix}");
    }
}

#[test]
fn a_module_below_a_prefix_is_not_found_at_the_top() {
    let config = "prefix = \"app\"\nhandler = \"app.handler.lambda_handler\"\n";
    let project = project(config, &["lambdas/api"]);
    project.write("lambdas/api/util.py", "A = 1\n");
    for (import, code) in [("import app.util", 0), ("from . import util", 0), ("import util", 4)] {
        let text = format!("{import}\ndef lambda_handler(event, context):\n    return 1\n");
        project.write("lambdas/api/handler.py", text);
        let run = project.tool().env("DOFS_PACKAGE_IMPORTS", "error").run(&["-q", "-n"]);
        assert_eq!(run.code, code, "{import}: {}", run.text());
    }
}

#[test]
fn a_prefix_that_leaves_the_package_is_refused() {
    let said = |prefix: &str| {
        let run = project(&format!("prefix = \"{prefix}\"\n"), &["lambdas/api"]).run(&[]);
        assert_eq!(run.code, 3, "{}", run.text());
        run.stderr
    };
    expect![[r#"
        error: `prefix` from dofs-package.toml: `../app` leaves the package
          --> dofs-package.toml:1
        hint: write a folder of the package, as `prefix = "app"`
    "#]]
    .assert_eq(&said("../app"));
    for prefix in ["/app", "a//b", ".", "a/../b", "a\\\\b", "/", "c:/x"] {
        assert!(said(prefix).starts_with("error: `prefix` from "), "{prefix}");
    }
}

#[test]
fn what_a_function_imports_may_be_in_its_layers() {
    let project = with_layer();
    let text = "import one\ndef lambda_handler(event, context):\n    return 1\n";
    project.write("lambdas/api/handler.py", text);
    for (table, code) in [("", 4), ("[lambda.api]\nlayers = [\"deps\"]\n", 0)] {
        let config = format!(
            "layers = [\"layers/*\"]\nimports = \"error\"\nhandler = \"handler.lambda_handler\"\n{table}"
        );
        project.write("dofs-package.toml", config);
        let run = project.run(&["build", "api", "-n", "-q"]);
        assert_eq!(run.code, code, "{}", run.text());
    }
}

#[test]
fn a_layer_is_for_what_the_functions_run_on_that_name_it() {
    let terraform = |api: &str, jobs: &str| {
        ["api", "jobs"]
            .map(|name| {
                let runtime = if name == "api" { api } else { jobs };
                format!(
                    "resource \"aws_lambda_function\" \"{name}\" {{\n  function_name = \"{name}\"\n  \
                     filename = \"lambdas/{name}/{name}.zip\"\n  handler = \"handler.lambda_handler\"\n  {runtime}\n}}\n"
                )
            })
            .concat()
    };
    let layers = "[lambda.api]\nlayers = [\"deps\"]\n";
    let both = "[lambda.api]\nlayers = [\"deps\"]\n[lambda.jobs]\nlayers = [\"deps\"]\n";
    let arm = "runtime = \"python3.13\"\n  architectures = [\"arm64\"]";
    let old = "runtime = \"python3.9\"";
    for (config, api, jobs, expected) in [
        (layers.to_owned(), arm, old, ["3.13", "arm64"]),
        (both.to_owned(), arm, arm, ["3.13", "arm64"]),
        (format!("python = \"3.12\"\n{layers}python = \"3.10\"\n"), arm, old, ["3.10", "arm64"]),
        (format!("{layers}[layer.deps]\npython = \"3.11\"\n"), arm, old, ["3.11", "arm64"]),
        (format!("python = \"3.12\"\n{both}"), old, old, ["3.12", "x86_64"]),
    ] {
        let project = project(
            &format!("layers = [\"layers/*\"]\n{config}"),
            &["lambdas/api", "lambdas/jobs", "layers/deps"],
        );
        project.write("main.tf", terraform(api, jobs));
        let run = project.run(&["list", "deps", "-q", "--format=json"]);
        let listing = &run.json()["lambdas"][0];
        let target = ["python", "architecture"].map(|key| listing[key].as_str().unwrap_or("none"));
        assert_eq!(target, expected, "{config}{}", run.text());
    }
    // Where they disagree, it is found as any target.
    let project = project(
        &format!("layers = [\"layers/*\"]\n{both}"),
        &["lambdas/api", "lambdas/jobs", "layers/deps"],
    );
    project.write("main.tf", terraform(arm, old));
    let run = project.run(&["list", "deps", "-q", "--format=json"]);
    assert_eq!(run.json()["lambdas"][0]["architecture"], "x86_64", "{}", run.text());
}
