//! Layers: where they are, and who stands on them.

use expect_test::expect;

use super::{packaged, project};

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
        .env("DOFS_PACKAGE_LAYERS", "mor*")
        .directory(project.path("libs"))
        .run(&["-q", "-n"]);
    assert!(run.stdout.starts_with("api\t") && run.stdout.contains("\nmore\t"), "{}", run.text());
}
