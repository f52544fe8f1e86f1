//! A run that ends well.

use expect_test::expect;

use super::{API, MODULE, check, requiring, say};
use crate::support::{Project, Tool, Wheel, sha256};

#[test]
fn a_run_tells_as_much_as_is_asked_for() {
    let project = Project::with(&[API, ("lambdas/worker/worker.py", MODULE)]);
    let commands: &[&[&str]] = &[&["-j1"], &["-v", "-j1"], &["-q"], &["-qq"], &["-n", "-j1"]];
    expect![[r#"
        $ -j1
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
        worker	AfMyjo+vO0oLH+0p+ajEmwHDBZWc8uKAxjTUrbuoExA=	lambdas/worker/worker.zip
        --- stderr
            Packaged api (152 B, 1 file)
            Packaged worker (158 B, 1 file)
            Finished 2 packages in [TIME]

        $ -v -j1
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
        worker	AfMyjo+vO0oLH+0p+ajEmwHDBZWc8uKAxjTUrbuoExA=	lambdas/worker/worker.zip
        --- stderr
                Note 2 lambdas
           Unchanged api (152 B, 1 file)
           Unchanged worker (158 B, 1 file)
            Finished 2 packages, all unchanged in [TIME]

        $ -q
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
        worker	AfMyjo+vO0oLH+0p+ajEmwHDBZWc8uKAxjTUrbuoExA=	lambdas/worker/worker.zip
        --- stderr

        $ -qq
        exit code: 0
        --- stdout
        --- stderr

        $ -n -j1
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
        worker	AfMyjo+vO0oLH+0p+ajEmwHDBZWc8uKAxjTUrbuoExA=	lambdas/worker/worker.zip
        --- stderr
            Finished 2 packages, all unchanged in [TIME]
    "#]]
    .assert_eq(&say(&project.tool(), commands));
}

#[test]
fn a_dry_run_writes_nothing() {
    let project = Project::with(&[API]);
    let dry = project.run(&["-n", "-q"]);
    assert!(!project.path("lambdas/api/api.zip").exists());
    assert_eq!(dry.stdout, project.run(&["-q"]).stdout);
}

#[test]
fn json_is_one_document() {
    let project = Project::with(&[API, ("lambdas/api/.env", "A=1"), ("lambdas/none/.env", "A=1")]);
    let tool = project.tool();
    let commands: &[&[&str]] =
        &[&["--format", "json", "-q"], &["build", "api", "-n", "--format=json", "-q"]];
    expect![[r#"
        $ --format json -q
        exit code: 4
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"packages":[{"name":"api","kind":"function","status":"built","path":"lambdas/api/api.zip","source_code_hash":"nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=","sha256":"9d0f8b39e50809deaad576e72e9a1ea2f5e9efcaecc576a7d271f58810aac702","size":152,"unpacked_size":42,"entries":1,"python":null,"architecture":"x86_64","locked":true,"requirements":[],"warnings":[{"code":"secrets-left-out","message":"`.env` may hold secrets and is left out","hint":"name what belongs in the package in `include`, and the rest in `exclude`"}]}],"failures":[{"name":"none","code":"empty-lambda","message":"there is nothing to package","causes":[],"hint":"add the handler's module; or remove the directory, if another branch left it behind: it has `.env`, left out of packages","path":"lambdas/none","line":null}]}
        --- stderr
        error: there is nothing to package
          --> lambdas/none
        hint: add the handler's module; or remove the directory, if another branch left it behind: it has `.env`, left out of packages
        error: 1 of 2 lambdas could not be packaged

        $ build api -n --format=json -q
        exit code: 0
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"packages":[{"name":"api","kind":"function","status":"unchanged","path":"lambdas/api/api.zip","source_code_hash":"nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=","sha256":"9d0f8b39e50809deaad576e72e9a1ea2f5e9efcaecc576a7d271f58810aac702","size":152,"unpacked_size":42,"entries":1,"python":null,"architecture":"x86_64","locked":true,"requirements":[],"warnings":[{"code":"secrets-left-out","message":"`.env` may hold secrets and is left out","hint":"name what belongs in the package in `include`, and the rest in `exclude`"}]}],"failures":[]}
        --- stderr
    "#]].assert_eq(&say(&tool, commands));
}

/// The bytes of the members of a wheel, compressed and not.
fn sizes(wheel: &std::path::Path) -> (u64, u64) {
    let file = std::fs::File::open(wheel).expect("a wheel");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    (0..archive.len()).fold((0, 0), |(packed, unpacked), index| {
        let member = archive.by_index(index).expect("a member");
        (packed + member.compressed_size(), unpacked + member.size())
    })
}

#[test]
fn json_names_every_wheel_with_its_digest_and_sizes() {
    let project = requiring(&[("api", "one\n")]);
    let two = project.publish(&Wheel::new("two", "2.1"));
    let one = project.publish(&Wheel::new("one", "1.0").requires("two"));
    let answer = project.run(&["--format", "json", "--python", "3.12", "--arch=arm64"]).json();
    let digest = |path: &std::path::Path| sha256(std::fs::read(path).expect("a wheel"));
    let row = |name: &str, version: &str, path: &std::path::Path| {
        let wheel = format!("{name}-{version}-py3-none-any.whl");
        let (size, unpacked_size) = sizes(path);
        serde_json::json!({
            "name": name, "version": version, "wheel": wheel, "sha256": digest(path),
            "size": size, "unpacked_size": unpacked_size
        })
    };
    let package = &answer["packages"][0];
    let expected = serde_json::json!([row("one", "1.0", &one), row("two", "2.1", &two)]);
    assert_eq!(package["requirements"], expected);
    assert_eq!((&package["python"], &package["architecture"]), (&"3.12".into(), &"arm64".into()));
    assert_eq!(package["entries"], 10);
}

#[test]
fn a_lambda_without_requirements_has_no_python_of_its_own() {
    let project = Project::with(&[API]);
    let run = project.run(&["--format", "json"]);
    assert!(run.json()["packages"][0]["python"].is_null(), "{run:?}");
    let run = project.run(&["--format", "json", "--python", "3.9"]);
    assert_eq!(run.json()["packages"][0]["python"], "3.9");
}

#[test]
fn partitions_cover_all_lambdas_once() {
    let project = Project::new();
    for name in ["a", "b", "c", "d", "e"] {
        project.write(&format!("lambdas/{name}/x.py"), MODULE);
    }
    let commands: &[&[&str]] = &[&["--partition", "1/2", "-q"], &["--partition", "2/2", "-q"]];
    let said = say(&project.tool(), commands);
    let names: Vec<&str> =
        said.lines().filter(|line| line.contains('\t')).map(|line| &line[..1]).collect();
    assert_eq!(names, ["a", "b", "c", "e", "d"], "{said}");
    let nothing = project.run(&["--partition", "9/9"]);
    check(
        &nothing,
        expect![[r#"
            exit code: 0
            --- stdout
            --- stderr
                 Skipped part 9 of 9: no lambda falls into it
                Finished 0 packages in [TIME]
        "#]],
    );
}

#[test]
fn an_out_dir_is_relative_to_where_one_stands_and_shown_relative_to_the_root() {
    let project = Project::with(&[API, ("sub/x", "")]);
    let tool = project.tool().directory(project.path("sub"));
    check(
        &tool.run(&["--out-dir", "dist", "-q"]),
        expect![[r#"
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	sub/dist/api.zip
        --- stderr
    "#]],
    );
    assert!(project.path("sub/dist/api.zip").exists());
    assert!(!project.path("lambdas/api/api.zip").exists());

    project.write("dofs-package.toml", "out-dir = \"dist\"\n");
    check(
        &tool.run(&["-q"]),
        expect![[r#"
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	dist/api.zip
        --- stderr
    "#]],
    );
    assert!(project.path("dist/api.zip").exists());
    let twin = tool.env("DOFS_PACKAGE_OUT_DIR", "../../elsewhere");
    check(
        &twin.run(&["-q"]),
        expect![[r#"
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	../elsewhere/api.zip
        --- stderr
    "#]],
    );
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let project = Project::with(&[API]);
    let colours = |tool: &Tool<'_>, arguments: &[&str]| {
        let run = tool.run(arguments);
        assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
        run.stderr.contains('\u{1b}')
    };
    assert!(!colours(&project.tool(), &[]));
    assert!(colours(&project.tool(), &["--color=always"]));
    assert!(colours(&project.tool().env("CLICOLOR_FORCE", "1"), &[]));
    assert!(colours(&project.tool().env("CARGO_TERM_COLOR", "always"), &[]));
    assert!(!colours(&project.tool().env("CLICOLOR_FORCE", "1"), &["--color=never"]));
    assert!(!colours(&project.tool().env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0"), &[]));
}
