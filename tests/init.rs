//! `init`: the files are right for the project, and nothing that was there is lost.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Project, Tool, git};

/// A module that Lambda may call.
const HANDLER: &str = "def lambda_handler(event, context):\n    return 1\n";

/// Where the state is: what makes a folder Terraform's root module.
const BACKEND: &str = "terraform {\n  backend \"s3\" {}\n}\n";

/// The tool on a machine whose python3 is 3.12.
fn tool(project: &Project) -> Tool<'_> {
    let folder = project.lone_program("python3", "echo 3.12");
    project.tool().env("PATH", folder)
}

fn text(project: &Project, path: &str) -> String {
    String::from_utf8(project.read(path)).expect("text")
}

/// The one document of a YAML file.
fn yaml(project: &Project, path: &str) -> Yaml {
    let text = text(project, path);
    let mut documents =
        YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

fn texts(list: &Yaml) -> Vec<&str> {
    let list = list.as_vec().unwrap_or_else(|| panic!("no list: {list:?}"));
    list.iter().map(|item| item.as_str().expect("a text")).collect()
}

/// Runs the commands of a buildspec's phases in one shell, as `CodeBuild` does, with programs that
/// only note what they are asked; returns the status and the notes.
fn phases(project: &Project, plan: i32, wheel: &str) -> (Option<i32>, String) {
    let buildspec = yaml(project, "buildspec.yml");
    let mut script = String::new();
    for phase in ["install", "pre_build", "build", "post_build"] {
        let commands = &buildspec["phases"][phase]["commands"];
        let commands = if commands.is_badvalue() { Vec::new() } else { texts(commands) };
        for command in commands {
            script += &format!("{{\n{command}\n}}\nstatus=$?; [ $status = 0 ] || exit $status\n");
        }
    }
    let notes = project.home().join("notes");
    let note = format!("echo \"$(basename \"$0\") $*\" >> '{}'", notes.display());
    let mut folder = None;
    // What is piped into it is noted before it is.
    let read = "case \"$*\" in *--state*) cat > /dev/null ;; esac";
    let answer =
        format!("case \"$*\" in *-detailed-exitcode*) exit {plan} ;; *show*) echo {{}} ;; esac");
    for (name, before, after) in [
        ("python", "", ""),
        ("cargo", "", ""),
        ("cargo-dofs-package", read, ""),
        ("terraform", "", answer.as_str()),
    ] {
        folder = Some(project.program(name, &format!("{before}\n{note}\n{after}")));
    }
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(&script).current_dir(project.root()).env("PATH", folder.expect("a PATH"));
    let status = shell.env("PACKAGER_WHEEL", wheel).status().expect("bash can be started");
    (status.code(), std::fs::read_to_string(&notes).unwrap_or_default())
}

#[test]
fn where_nothing_is_found_it_says_what_it_looked_for() {
    let project = Project::new();
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: no lambda is here: neither a function in `*.tf` files, nor a module with a function like `lambda_handler(event, context)`
        hint: begin one with `cargo dofs-package new NAME`
    "#]].assert_eq(&tool(&project).run(&["init"]).text());
    assert!(!project.path("dofs-package.toml").exists());
}

#[test]
fn the_default_needs_no_config() {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n"), ("lambdas/b/b.py", HANDLER)]);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
               Found `a` in `lambdas/a`, by its place in `lambdas`
               Found `b` in `lambdas/b`, by the handler in `lambdas/b/b.py`
             Skipped dofs-package.toml: no config is needed where lambdas are in `lambdas/*`
                Next set `python` in dofs-package.toml to what the functions run on
                Next package with `cargo dofs-package`
    "#]]
    .assert_eq(&tool(&project).run(&["init", "--yes"]).text());
    assert!(!project.path("dofs-package.toml").exists());
}

#[test]
fn a_config_says_what_differs_from_the_defaults() {
    let project = Project::with(&[("services/a/a.py", HANDLER), ("services/b/b.py", HANDLER)]);
    expect![[r#"
        exit code: 0
        --- stdout
        dofs-package.toml	written
        --- stderr
               Found `a` in `services/a`, by the handler in `services/a/a.py`
               Found `b` in `services/b`, by the handler in `services/b/b.py`
                Next set `python` in dofs-package.toml to what the functions run on
                Next package with `cargo dofs-package`
    "#]]
    .assert_eq(&tool(&project).run(&["init"]).text());
    expect![[r##"
        # How `cargo dofs-package` packages the lambdas of this project. A key that is left out has its
        # default; docs/config.md of the tool has them all.

        # Where the lambdas are, and what differs from the defaults.
        lambdas = ["services/*"]

        # What the lambdas run on, where Terraform's files don't say it or are wrong; `[lambda.NAME]` has
        # the same keys for one of them.
        # python = "3.12"
        # architecture = "x86_64"

        # What Terraform reads in place of the zips, so that a plan needs none; made to be committed.
        # manifest = "packages.json"
    "##]].assert_eq(&text(&project, "dofs-package.toml"));
    // A second time nothing changes.
    expect![[r#"
        exit code: 0
        --- stdout
        dofs-package.toml	kept
        --- stderr
                Next package with `cargo dofs-package`
    "#]]
    .assert_eq(&tool(&project).run(&["init"]).text());
}

/// In the config the version of this machine would look like one that somebody said.
#[test]
fn the_version_of_this_machine_is_written_nowhere() {
    for version in ["3.9", "3.10", "3.11", "3.13", "3.14"] {
        let project = Project::with(&[("lambdas/a/a.py", "A = 1\n")]);
        let folder = project.lone_program("python3", &format!("echo {version}"));
        let run = project.tool().env("PATH", folder).run(&["init", "--ci", "github"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        for path in ["dofs-package.toml", ".github/workflows/package.yml"] {
            assert!(!text(&project, path).contains(version), "{path}: {version}");
        }
        let listed = project.run(&["list", "-q", "--locked"]);
        assert!(!listed.stdout.contains("python"), "{}", listed.stdout);
    }
}

#[test]
fn every_key_of_the_config_is_one_that_is_read() {
    let project = Project::with(&[("services/a/a.py", HANDLER)]);
    // Without any python3 that key, too, is only a suggestion.
    let run = project.tool().env("PATH", "").run(&["init"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let written = text(&project, "dofs-package.toml");
    assert_eq!(written.matches("\n# python = ").count(), 1, "{written}");
    let all: Vec<&str> = written
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|line| line.contains(" = ")).unwrap_or(line))
        .collect();
    project.write("dofs-package.toml", all.join("\n"));

    let run = project.run(&["-q"]);

    assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.stderr);
    let manifest = text(&project, "packages.json");
    assert!(manifest.contains("\"services/a/a.zip\""), "{manifest}");
}

#[test]
fn the_config_is_silent_where_terraform_speaks() {
    let function = "resource \"aws_lambda_function\" \"a\" {\n  runtime = \"python3.13\"\n  \
                    architectures = [\"arm64\"]\n  filename = \"../lambdas/a/a.zip\"\n}\n";
    let project = Project::with(&[
        ("lambdas/a/a.py", "A = 1\n"),
        ("infra/main.tf", &format!("{BACKEND}{function}")),
        ("infra/.terraform/modules/x/main.tf", "backend \"s3\" {}\n"),
    ]);

    let run = tool(&project).run(&["init"]);

    assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.stderr);
    let written = text(&project, "dofs-package.toml");
    assert!(written.contains("\nmanifest = \"infra/packages.json\"\n"), "{written}");
    let listed = tool(&project).run(&["list"]);
    expect![[r#"
        a	target	python3.13	infra/main.tf:5
        a	target	arm64	infra/main.tf:6
        a	own	1 file, 6 B	a.py
    "#]]
    .assert_eq(&listed.stdout);
}

#[test]
fn what_is_there_is_never_overwritten_unasked() {
    let project = Project::with(&[("buildspec.yml", "mine\n")]);

    let refused = tool(&project).run(&["init", "--ci", "codebuild"]);

    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `buildspec.yml` is there already
        hint: use `--force` to overwrite, and to lose what differs
    "#]]
    .assert_eq(&refused.text());
    assert_eq!(text(&project, "buildspec.yml"), "mine\n");
    assert!(!project.path("dofs-package.toml").exists(), "all or nothing");

    project.write("dofs-package.toml", "python = \"3.9\"\n");
    let forced = tool(&project).run(&["init", "--ci", "codebuild", "--force"]);
    assert_eq!(forced.stdout, "dofs-package.toml\tkept\nbuildspec.yml\twritten\n");
    assert_eq!(text(&project, "dofs-package.toml"), "python = \"3.9\"\n");
    assert_ne!(text(&project, "buildspec.yml"), "mine\n");

    let again = tool(&project).run(&["init"]);
    assert_eq!(again.stdout, "dofs-package.toml\tkept\n", "{}", again.stderr);
    assert_eq!(text(&project, "dofs-package.toml"), "python = \"3.9\"\n");
    project.write("services/a/a.py", HANDLER);
    let forced = tool(&project).run(&["init", "--force"]);
    assert_eq!(forced.stdout, "dofs-package.toml\twritten\n");
    assert_ne!(text(&project, "dofs-package.toml"), "python = \"3.9\"\n");
    assert_eq!(project.leftovers(), Vec::<PathBuf>::new());
}

#[test]
fn what_it_would_write_itself_is_not_in_its_way() {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n")]);
    let arguments = ["init", "--ci", "github"];
    assert_eq!(tool(&project).run(&arguments).code, 0);
    let workflow = text(&project, ".github/workflows/package.yml");

    // As after a run that was killed between two files.
    std::fs::remove_file(project.path("dofs-package.toml")).expect("a config");
    let again = tool(&project).run(&arguments);

    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(project.path("dofs-package.toml").exists());
    assert_eq!(text(&project, ".github/workflows/package.yml"), workflow);
    project.write(".github/workflows/package.yml", "mine\n");
    assert_eq!(tool(&project).run(&arguments).code, 3);
}

#[test]
fn a_link_or_a_folder_in_the_way_stays_even_then() {
    let project = Project::with(&[("services/a/a.py", HANDLER)]);
    std::os::unix::fs::symlink("elsewhere", project.path("dofs-package.toml")).expect("a link");
    std::fs::create_dir(project.path("buildspec.yml")).expect("a folder");
    let run = tool(&project).run(&["init", "--force"]);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `dofs-package.toml` is there already
        hint: remove it, if nobody needs it
    "#]]
    .assert_eq(&run.text());
    assert!(!project.path("elsewhere").exists(), "nothing is written through a link");
}

#[test]
fn a_config_in_cargo_toml_is_one() {
    let manifest = "[workspace]\n[workspace.metadata.dofs-package]\nmanifest = \"m.json\"\n";
    let project = Project::with(&[("Cargo.toml", manifest), ("lambdas/a/a.py", "A = 1\n")]);
    let kept = tool(&project).run(&["init"]);
    assert_eq!((kept.code, &*kept.stdout), (0, "Cargo.toml\tkept\n"), "{}", kept.stderr);
    {
        let run = tool(&project).run(&["init", "--force"]);
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: the config is in `Cargo.toml` already
            hint: edit it there
        "#]]
        .assert_eq(&run.text());
    }
    let run = tool(&project).run(&["init", "--ci", "github", "--format", "json"]);
    expect![[r#"
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"files":[{"path":"Cargo.toml","status":"kept"},{"path":".github/workflows/package.yml","status":"written"}],"found":[],"unclear":[],"failures":[]}
    "#]]
    .assert_eq(&run.stdout);
    // It has a manifest, so that is verified as it was committed.
    let workflow = text(&project, ".github/workflows/package.yml");
    assert_eq!(workflow.matches("verify --locked").count(), 2, "{workflow}");
}

#[test]
fn several_root_modules_are_told_of() {
    let project = Project::with(&[
        ("envs/dev/main.tf", BACKEND),
        ("envs/prod/main.tf", BACKEND),
        ("lambdas/a/a.py", HANDLER),
    ]);
    let run = tool(&project).run(&["init"]);
    expect![[r#"
        exit code: 0
        --- stdout
        dofs-package.toml	written
        --- stderr
        warning: `envs/dev` is taken for Terraform's root module, not `envs/prod`
        hint: change the folder in the files that were written
               Found `a` in `lambdas/a`, by the handler in `lambdas/a/a.py`
                Next set `python` in dofs-package.toml to what the functions run on
                Next package with `cargo dofs-package`, and commit the manifest that it writes, too
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn the_buildspec_deploys_what_was_verified_and_only_if_it_changes_something() {
    let project = Project::with(&[("my infra/main.tf", BACKEND)]);
    let run = tool(&project).run(&["init", "--ci", "codebuild"]);
    assert_eq!(run.code, 0, "{}", run.stderr);

    let (status, changed) = phases(&project, 2, "tools/x.whl");
    assert_eq!(status, Some(0), "{changed}");
    expect![[r#"
        python -m pip install --quiet --disable-pip-version-check tools/x.whl
        terraform version
        cargo-dofs-package verify --locked --junit reports/committed.xml
        cargo-dofs-package build --locked
        cargo-dofs-package verify --locked --junit reports/dofs-package.xml
        terraform -chdir=my infra init
        terraform -chdir=my infra plan -detailed-exitcode -out=deploy.tfplan
        terraform -chdir=my infra show -json deploy.tfplan
        cargo-dofs-package verify --state - --terraform-dir my infra --junit reports/plan.xml
        terraform -chdir=my infra apply deploy.tfplan
        terraform -chdir=my infra plan -out=deployed.tfplan
        terraform -chdir=my infra show -json deployed.tfplan
        cargo-dofs-package verify --state - --terraform-dir my infra --deployed --junit reports/deployed.xml
    "#]]
    .assert_eq(&changed);

    std::fs::remove_file(project.home().join("notes")).expect("notes");
    let (status, unchanged) = phases(&project, 0, "x.whl");
    assert_eq!(status, Some(0), "{unchanged}");
    assert!(!unchanged.contains(" apply "), "{unchanged}");

    std::fs::remove_file(project.home().join("notes")).expect("notes");
    let (status, failed) = phases(&project, 1, "x.whl");
    assert_eq!(status, Some(1), "{failed}");
    assert!(failed.ends_with(" plan -detailed-exitcode -out=deploy.tfplan\n"), "{failed}");
}

/// The steps that install the packager: of what `init` writes, and of the example.
fn install_steps() -> BTreeMap<&'static str, String> {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n")]);
    for service in ["codebuild", "github"] {
        assert_eq!(tool(&project).run(&["init", "--ci", service]).code, 0);
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dofs/buildspec.yml");
    let example = std::fs::read(example).expect("a file");
    project.write("example/buildspec.yml", example);
    let of_phases =
        |path| texts(&yaml(&project, path)["phases"]["install"]["commands"])[0].to_owned();
    let workflow = yaml(&project, ".github/workflows/package.yml");
    let steps = workflow["jobs"]["package"]["steps"].as_vec().expect("steps");
    let is_it = |step: &&Yaml| step["name"].as_str() == Some("Install cargo-dofs-package");
    let of_workflow = steps.iter().find(is_it).expect("a step")["run"].as_str();
    [
        ("buildspec.yml", of_phases("buildspec.yml")),
        ("package.yml", of_workflow.expect("a command").to_owned()),
        ("the example", of_phases("example/buildspec.yml")),
    ]
    .into()
}

#[test]
fn each_install_step_takes_the_wheel_that_is_named_or_says_what_to_set() {
    for (file, step) in install_steps() {
        for (wheel, expected) in [
            (None, (1, "set PACKAGER_WHEEL, a variable of ", "")),
            (Some(""), (1, "set PACKAGER_WHEEL, a variable of ", "")),
            (
                Some("tools/my x.whl"),
                (0, "", "install --quiet --disable-pip-version-check tools/my x.whl"),
            ),
        ] {
            let project = Project::new();
            let notes = project.home().join("notes");
            let note = format!("echo \"$0 $*\" >> '{}'", notes.display());
            project.program("cargo", &note);
            project.program("pip", &note);
            let path = project.program("python", &note);
            let mut shell = Command::new("bash");
            // As GitHub runs a step; CodeBuild looks at the status of the command.
            shell.args(["-e", "-c", &step]).env("PATH", path).env_remove("PACKAGER_WHEEL");
            shell.envs(wheel.map(|wheel| ("PACKAGER_WHEEL", wheel)));
            let output = shell.output().expect("bash can be started");
            let said = String::from_utf8_lossy(&output.stderr);
            let run = std::fs::read_to_string(&notes).unwrap_or_default();
            let (code, sentence, command) = expected;
            assert_eq!(output.status.code(), Some(code), "{file}: {said}");
            assert!(said.starts_with(sentence) && said.is_empty() == sentence.is_empty(), "{said}");
            assert!(run.trim_end().ends_with(command), "{file}: {run}");
            assert_eq!(run.lines().count(), usize::from(code == 0), "{file}: {run}");
        }
    }
}

#[test]
fn without_terraform_the_buildspec_only_packages() {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n")]);
    let run = tool(&project).run(&["init", "--ci", "codebuild"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (status, said) = phases(&project, 0, "x.whl");
    assert_eq!(status, Some(0), "{said}");
    expect![[r#"
        python -m pip install --quiet --disable-pip-version-check x.whl
        cargo-dofs-package build --locked
        cargo-dofs-package verify --locked --junit reports/dofs-package.xml
    "#]]
    .assert_eq(&said);
    let buildspec = yaml(&project, "buildspec.yml");
    assert_eq!(texts(&buildspec["artifacts"]["files"]), ["lambdas/*/*.zip"]);
    assert_eq!(buildspec["reports"]["dofs-package"]["base-directory"].as_str(), Some("reports"));
    assert_eq!(texts(&buildspec["cache"]["paths"]), ["/root/.cache/cargo-dofs-package/**/*"]);
}

#[test]
fn what_is_left_to_the_user_is_said_and_is_no_reason_to_stop() {
    let project = Project::with(&[("lambdas/a/a.py", "A = 1\n"), (".gitignore/x", "")]);
    git(&project.root(), &["init", "--quiet"]);
    let run = project.run(&["init", "--hook", "pre-push"]);
    expect![[r#"
        exit code: 0
        --- stdout
        dofs-package.toml	written
        .git/hooks/pre-push	installed
        --- stderr
               Found `a` in `lambdas/a`, by its place in `lambdas`
                Next set `python` in dofs-package.toml to what the functions run on
                Next keep zips out of git: the line `/lambdas/*/*.zip` in .gitignore
                Next set `manifest` in dofs-package.toml: without one the hook verifies nothing
                Next package with `cargo dofs-package`
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn the_workflow_of_a_project_within_a_repository_is_at_the_top() {
    let project = Project::with(&[
        ("some where/lambdas/a/a.py", "A = 1\n"),
        ("some where/terraform/main.tf", ""),
    ]);
    std::fs::create_dir(project.path(".git")).expect("a folder");
    let below = || tool(&project).directory(project.path("some where"));

    let run = below().run(&["init", "--ci", "github"]);

    assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.stderr);
    let expected =
        "../.github/workflows/package-some-where.yml\twritten\ndofs-package.toml\twritten\n";
    assert_eq!(run.stdout, expected);
    let workflow = yaml(&project, ".github/workflows/package-some-where.yml");
    let job = &workflow["jobs"]["package"];
    assert_eq!(job["defaults"]["run"]["working-directory"].as_str(), Some("some where"));
    let steps = job["steps"].as_vec().expect("steps");
    let of = |key: &str| -> Vec<&str> { steps.iter().filter_map(|it| it[key].as_str()).collect() };
    let checkout = steps.iter().find(|step| step["uses"].as_str() == Some("actions/checkout@v4"));
    assert_eq!(checkout.expect("a checkout")["with"]["fetch-depth"].as_i64(), Some(0));
    let cache = steps.iter().find(|step| step["uses"].as_str() == Some("actions/cache@v4"));
    let key = cache.expect("a cache")["with"]["key"].as_str().expect("a key");
    assert!(key.contains("hashFiles('**/pylock.toml'"), "{key}");
    let runs = of("run").join("\n---\n");
    expect![[r#"
        if [ -n "$PACKAGER_WHEEL" ]; then
          python -m pip install --quiet --disable-pip-version-check "$PACKAGER_WHEEL"
        else
          echo "set PACKAGER_WHEEL, a variable of the repository, to the wheel of cargo-dofs-package: a path or an address" >&2
          false
        fi

        ---
        cargo-dofs-package verify --locked
        ---
        cargo-dofs-package build --locked
        ---
        cargo-dofs-package verify --locked --junit reports/dofs-package.xml
        ---
        terraform -chdir=terraform init
        terraform -chdir=terraform plan -out=deploy.tfplan
        terraform -chdir=terraform show -json deploy.tfplan |
          cargo-dofs-package verify --state - --terraform-dir terraform
    "#]]
    .assert_eq(&runs);

    let run = below().run(&["init", "--ci", "codebuild"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let moved = project.path("some where/buildspec.yml");
    std::fs::rename(moved, project.path("buildspec.yml")).expect("it is there");
    let first =
        texts(&yaml(&project, "buildspec.yml")["phases"]["install"]["commands"])[0].to_owned();
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("{first}\npwd")).current_dir(project.root());
    let folder = crate::support::output(&mut shell);
    assert_eq!(Path::new(folder.trim()).file_name().and_then(|it| it.to_str()), Some("some where"));
}

#[test]
fn options_of_other_commands_are_refused() {
    let project = Project::new();
    let said: BTreeMap<&str, i32> = ["-n", "--offline", "--upgrade"]
        .into_iter()
        .map(|option| (option, tool(&project).run(&[option, "init"]).code))
        .collect();
    assert!(said.values().all(|code| *code == 2), "{said:?}");
    assert!(!project.path("dofs-package.toml").exists());
}

#[test]
fn root_modules_that_have_functions_are_named_in_the_config() {
    let function = "resource \"aws_lambda_function\" \"a\" {\n  function_name = \"a\"\n}\n";
    let set_up = format!("{BACKEND}{function}");
    let module = "module \"m\" {\n  source = \"../m\"\n  runtime = \"python3.12\"\n}\n";
    for (files, expected) in [
        (&[("a/main.tf", function), ("b/main.tf", function)][..], Some("[\"a\", \"b\"]")),
        (&[("a/main.tf", &set_up), ("b/main.tf", &set_up)], Some("[\"a\", \"b\"]")),
        (&[("main.tf", &set_up), ("b/main.tf", &set_up)], Some("[\".\", \"b\"]")),
        (
            &[("a/main.tf", module), ("b/main.tf", module), ("m/main.tf", function)],
            Some("[\"a\", \"b\"]"),
        ),
        (&[("a/main.tf", &set_up), ("b/main.tf", function)], None),
        (&[("a/main.tf", &set_up), ("b/main.tf", BACKEND)], None),
        (&[("a/main.tf", function)], None),
    ] {
        let project = Project::with(files);
        project.write("lambdas/a/a.py", HANDLER);
        let run = tool(&project).run(&["init"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let config = text(&project, "dofs-package.toml");
        let key = config.lines().find_map(|line| line.strip_prefix("terraform = "));
        assert_eq!(key, expected, "{files:?}\n{config}");
        let is_told = run.stderr.contains("leave out of `terraform`");
        assert_eq!(is_told, expected.is_some(), "{}", run.text());
        // What is written is a config.
        let run = project.run(&["build", "-n", "-q"]);
        assert_eq!(run.code, 0, "{}", run.text());
    }
}

#[test]
fn git_is_asked_what_it_tracks_and_ignores() {
    let advice = |ignored: &str, tracked: &[&str]| {
        let project = Project::with(&[("src/a/a.py", HANDLER), ("src/b/b.py", HANDLER)]);
        git(&project.root(), &["init", "--quiet"]);
        for zip in tracked {
            project.write(zip, "");
            git(&project.root(), &["add", zip]);
        }
        project.write(".gitignore", ignored);
        let run = project.run(&["init"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let lines = run.stderr.lines().filter(|line| line.contains(" out of git"));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let keep = "Next keep zips out of git: the line `/src/*/*.zip` in .gitignore";
    let take = "Next take zips out of git: `git rm --cached src/a/a.zip`";
    assert_eq!(advice("", &[]), [keep]);
    assert_eq!(advice("*.zip\n", &[]), [""; 0]);
    assert_eq!(advice("/src/*/*.zip\n", &["src/a/a.zip"]), [take]);
    assert_eq!(advice("*.pyc\n", &["src/a/a.zip"]), [keep, take]);
    assert_eq!(advice("*.zip\n", &["src/a/other.zip"]), [""; 0]);
}

#[test]
fn what_terraform_has_and_the_config_has_not_is_told() {
    let function = |name: &str| {
        format!(
            "data \"archive_file\" \"{name}\" {{\n  type = \"zip\"\n  source_dir = \"src/{name}\"\n  \
             output_path = \"{name}.zip\"\n}}\nresource \"aws_lambda_function\" \"{name}\" {{\n  \
             filename = data.archive_file.{name}.output_path\n  runtime = \"python3.12\"\n  \
             handler = \"a.lambda_handler\"\n}}\n"
        )
    };
    let terraform = [function("a"), function("b")].concat();
    let project = Project::with(&[
        ("src/a/a.py", HANDLER),
        ("src/b/a.py", HANDLER),
        ("main.tf", &terraform),
        ("dofs-package.toml", "lambdas = [\"src/a\"]\n"),
    ]);
    expect![[r#"
        exit code: 0
        --- stdout
        dofs-package.toml	kept
        --- stderr
             Unclear `aws_lambda_function.b` at main.tf:16 is of no lambda in the config: add its `src/b` to `lambdas`
                Next package with `cargo dofs-package`
    "#]].assert_eq(&tool(&project).run(&["init"]).text());
}

#[test]
fn several_roots_that_the_config_names_are_no_choice_of_one() {
    let function = "resource \"aws_lambda_function\" \"a\" {\n  function_name = \"a\"\n}\n";
    let set_up = format!("{BACKEND}{function}");
    let project = Project::with(&[
        ("envs/dev/main.tf", &set_up),
        ("envs/prod/main.tf", &set_up),
        ("lambdas/a/a.py", HANDLER),
    ]);
    let warnings = |arguments: &[&str]| -> Vec<String> {
        let run = tool(&project).run(arguments);
        assert_eq!(run.code, 0, "{}", run.text());
        let lines = run.stderr.lines().filter(|line| line.starts_with("warning"));
        lines.map(str::to_owned).collect()
    };
    let both = "warning: `envs/dev` and `envs/prod` are taken for Terraform's root modules, as all have \
                functions";
    let one = "warning: `envs/dev` is taken for Terraform's root module, not `envs/prod`";
    assert_eq!(warnings(&["init"]), [both]);
    // What CI runs is for one of them.
    assert_eq!(warnings(&["init", "--force", "--ci", "github"]), [one]);
    std::fs::remove_file(project.path("dofs-package.toml")).expect("a config");
    assert_eq!(warnings(&["init", "--force", "--ci", "github"]), [both, one]);
}

#[test]
fn a_module_whose_name_begins_with_an_underscore_is_no_lambda_of_its_own() {
    for (files, expected) in [
        (
            &["scripts/a.py", "scripts/b.py", "scripts/_helper.py"][..],
            "lambdas = [\"scripts/*.py\"]",
        ),
        (
            &["scripts/a.py", "scripts/b.py", "scripts/_base.py", "scripts/__init__.py"],
            "lambdas = [\"scripts/*.py\"]",
        ),
        (&["src/api/app.py", "src/api/_app.py", "src/web/app.py"], "lambdas = [\"src/*\"]"),
        (&["src/_shared/app.py", "src/api/app.py", "src/web/app.py"], "lambdas = [\"src/*\"]"),
        (&["code/_only.py", "code/api.py"], "lambdas = [\"code\"]"),
    ] {
        let project = Project::with(&[]);
        files.iter().for_each(|path| project.write(path, HANDLER));
        let run = tool(&project).run(&["init"]);
        assert_eq!(run.code, 0, "{}", run.text());
        assert!(!run.stderr.contains("`_"), "{}", run.text());
        let config = text(&project, "dofs-package.toml");
        assert!(config.lines().any(|line| line == expected), "{files:?}\n{config}");
        // What was found is what is packaged.
        let found = run.stderr.matches(" Found ").count();
        let run = project.run(&["build", "-n", "-q"]);
        assert_eq!((run.code, run.stdout.lines().count()), (0, found), "{}", run.text());
    }
}

#[test]
fn lines_for_gitignore_are_those_that_are_missing() {
    for (ignored, expected) in [
        ("", Some("the line `/src/*/*.zip`")),
        ("*.zip\n", None),
        ("/src/*/*.zip\n", None),
        ("src/**/*.zip\n", None),
        ("*.zip\n!/src/a/a.zip\n", Some("the line `/src/*/*.zip`")),
        ("/src/a/*.zip\n", Some("the line `/src/*/*.zip`")),
    ] {
        let project = Project::with(&[("src/a/a.py", HANDLER), ("src/b/b.py", HANDLER)]);
        git(&project.root(), &["init", "--quiet"]);
        project.write(".gitignore", ignored);
        let run = project.run(&["init"]);
        let told = run.stderr.lines().find_map(|line| line.split_once("keep zips out of git: "));
        assert_eq!(told.map(|it| it.1.trim_end_matches(" in .gitignore")), expected, "{ignored}");
    }
}

#[test]
fn functions_whose_code_is_nowhere_are_told_with_what_was_looked_for() {
    let function = |code: &str| {
        format!(
            "resource \"aws_lambda_function\" \"etl\" {{\n  handler = \"job.run\"\n  {code}\n}}\n"
        )
    };
    for (code, expected) in [
        (
            "filename = \"../build/etl.zip\"",
            "is made of `../build/etl.zip`, and of which folder that is made can't be told",
        ),
        (
            "s3_key = \"etl.zip\"",
            "is made of code in S3, and of which folder that is made can't be told",
        ),
        ("filename = var.zip", "is made of code that can't be told from the files"),
        (
            "filename = \"${var.x}/etl.zip\"",
            "is made of `etl.zip`, and of which folder that is made can't be told",
        ),
    ] {
        let project = Project::with(&[("main.tf", &*function(code))]);
        let run = tool(&project).run(&["init"]);
        let expected = format!(
            "  caused by: `aws_lambda_function.etl` at main.tf:1 {expected} (looked for: the one folder \
             with `job.py`, or one that is called like the function): name its folder by `path` in a \
             `[lambda.NAME]` of the config\n"
        );
        assert_eq!(run.code, 3, "{}", run.text());
        assert!(run.stderr.contains(&expected), "{}", run.text());
    }
    let image = function("package_type = \"Image\"\n  image_uri = \"x\"");
    let run = tool(&Project::with(&[("main.tf", &*image)])).run(&["init"]);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: there is nothing to package: Terraform has 1 function, made of container images
    "#]]
    .assert_eq(&run.text());
}
