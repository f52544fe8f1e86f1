//! The pipelines of docs/pipelines.md that split the work, run machine by machine: a batch of
//! `CodeBuild`, and the commands of a matrix of GitHub.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Project, Wheel, git, output};

/// What the clouds have between machines: buckets and artifacts, folders here.
const AWS: &str = r#"
at() { case "$1" in s3://*) echo "$HOME/s3/${1#s3://}" ;; *) echo "$1" ;; esac; }
[ "$1 $2 $3" = "s3 cp --recursive" ] || exit 2
from=$(at "$4") && to=$(at "$5") && mkdir -p "$to" && cp -R "$from/." "$to/""#;

/// What Terraform has: functions whose file and hash are those of the manifest, for two machines.
const FUNCTION: &str = r#"variable "name" {}
variable "architecture" {}
locals {
  packages = jsondecode(file("${path.root}/packages.json"))
}
resource "aws_lambda_function" "this" {
  function_name    = "${terraform.workspace}-${var.name}"
  filename         = "${path.root}/${local.packages[var.name].filename}"
  source_code_hash = local.packages[var.name].source_code_hash
  handler          = "${var.name}.handler"
  runtime          = "python3.12"
  architectures    = [var.architecture]
}
"#;

/// A repository with lambdas, two of which have requirements, and locks.
fn repository() -> Project {
    let project = Project::new();
    project.publish(&Wheel::new("one", "1.0"));
    project.write("dofs-package.toml", "manifest = \"terraform/packages.json\"\n");
    project.write("terraform/function/main.tf", FUNCTION);
    let mut calls = String::new();
    for name in ["api", "audit", "billing", "mail", "orders", "report"] {
        let module = format!("def handler(event, context):\n    return \"{name}\"\n");
        project.write(&format!("lambdas/{name}/{name}.py"), module);
        let architecture = if name == "api" { "arm64" } else { "x86_64" };
        calls += &format!(
            "module \"{name}\" {{\n  source       = \"./function\"\n  name         = \"{name}\"\n  \
             architecture = \"{architecture}\"\n}}\n"
        );
    }
    project.write("terraform/main.tf", calls);
    for name in ["api", "orders"] {
        project.write(&format!("lambdas/{name}/requirements.txt"), "one==1.0\n");
    }
    let locked = project.run(&["lock", "-q"]);
    assert_eq!(locked.code, 0, "{}", locked.text());
    let lock = String::from_utf8(project.read("lambdas/api/pylock.toml")).expect("TOML is text");
    assert!(lock.contains("arm64"), "{lock}");
    // The manifest is committed as a build without an `out-dir` leaves it.
    project.write(".gitignore", "dist/\n*.zip\n");
    project.digests();
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    project.program(
        "cargo-dofs-package",
        &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_cargo-dofs-package")),
    );
    project.program("python", "exit 0");
    project.program("aws", AWS);
    project
}

/// A machine with a fresh checkout, and a store of its own.
fn machine(project: &Project, name: &str) -> PathBuf {
    let folder = project.home().join("machines").join(name);
    let (from, to) = (project.root().display().to_string(), folder.display().to_string());
    git(&project.home(), &["clone", "--quiet", &from, &to]);
    folder
}

/// Runs a command on a machine.
fn run(project: &Project, machine: &Path, variables: &[(&str, &str)], command: &str) {
    let store = machine.with_extension("store");
    let tool = project.tool().env("DOFS_PACKAGE_CACHE_DIR", store);
    let inner = tool.env("PATH", project.program("unused", "")).command(&[]);
    let mut shell = Command::new("bash");
    let own = inner.get_envs().filter_map(|(name, value)| Some((name, value?)));
    shell.args(["-e", "-c", command]).env_clear().envs(own).current_dir(machine);
    output(shell.envs(variables.iter().copied()));
}

/// The bytes of what a machine has: zips by name, and the manifest.
fn packages(machine: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(machine.join("dist")).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let zips = paths.filter(|path| path.extension().is_some_and(|it| it == "zip"));
    let all = zips.chain([machine.join("terraform/packages.json")]);
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    all.map(|path| (name(&path), std::fs::read(&path).expect("a file"))).collect()
}

/// What one machine writes.
fn alone(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let machine = machine(project, "alone");
    let variables = [("DOFS_PACKAGE_OUT_DIR", "dist")];
    run(project, &machine, &variables, "cargo-dofs-package build --locked");
    let packages = packages(&machine);
    assert_eq!(packages.len(), 7, "{:?}", packages.keys());
    packages
}

/// The YAML of the page that begins with a comment.
fn page(comment: &str) -> Yaml {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pipelines.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let mut blocks = page.split("```yaml\n").skip(1).filter_map(|it| it.split("```").next());
    let block = blocks.find(|block| block.starts_with(comment)).expect("a block");
    YamlLoader::load_from_str(block).expect("YAML").remove(0)
}

fn text(yaml: &Yaml) -> String {
    match yaml {
        Yaml::Integer(number) => number.to_string(),
        _ => yaml.as_str().unwrap_or_else(|| panic!("no text: {yaml:?}")).to_owned(),
    }
}

fn list(yaml: &Yaml) -> &[Yaml] {
    yaml.as_vec().map_or(&[], Vec::as_slice)
}

fn variables(yaml: &Yaml) -> Vec<(String, String)> {
    let pairs = yaml.as_hash().into_iter().flatten();
    pairs.map(|(name, value)| (text(name), text(value))).collect()
}

#[test]
fn a_batch_of_codebuild_gives_the_bytes_of_one_machine() {
    let project = repository();
    let buildspec = page("# buildspec.yml");
    let mut done: Vec<String> = Vec::new();
    for build in list(&buildspec["batch"]["build-graph"]) {
        let name = text(&build["identifier"]);
        let needed = list(&build["depend-on"]).iter().map(text);
        needed.for_each(|it| assert!(done.contains(&it), "`{it}` comes before `{name}`"));
        let machine = machine(&project, &name);
        let mut all = variables(&buildspec["env"]["variables"]);
        all.extend(variables(&build["env"]["variables"]));
        let ours = [("PACKAGES_BUCKET", "bucket"), ("CODEBUILD_RESOLVED_SOURCE_VERSION", "c0ffee")];
        let all: Vec<(&str, &str)> =
            all.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(ours).collect();
        for phase in ["install", "build"] {
            for command in list(&buildspec["phases"][phase]["commands"]) {
                run(&project, &machine, &all, &text(command));
            }
        }
        done.push(name);
    }
    assert_eq!(done.len(), 5);
    assert_eq!(packages(&project.home().join("machines/whole")), alone(&project));
}

#[test]
fn the_commands_of_a_matrix_of_github_give_the_bytes_of_one_machine() {
    let project = repository();
    let workflow = page("# .github/workflows/package.yml");
    let (jobs, artifacts) = (&workflow["jobs"], project.home().join("artifacts"));
    let all = variables(&workflow["env"]);
    let all: Vec<(&str, &str)> =
        all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let parts: Vec<String> =
        list(&jobs["part"]["strategy"]["matrix"]["part"]).iter().map(text).collect();
    assert_eq!(text(&jobs["whole"]["needs"]), "part");
    let total = parts.len().to_string();
    let runs = parts.iter().map(|part| ("part", part.as_str())).chain([("whole", "")]);
    for (job, part) in runs {
        let machine = machine(&project, &format!("{job}{part}"));
        let filled = |text: &str| {
            let text = text.replace("${{ matrix.part }}", part);
            text.replace("${{ strategy.job-total }}", &total)
        };
        for step in list(&jobs[job]["steps"]) {
            let copy = |from: &Path, to: &Path| {
                std::fs::create_dir_all(to).expect("a folder");
                output(Command::new("cp").arg("-R").arg(from.join(".")).arg(to));
            };
            let with = |key: &str| filled(&text(&step["with"][key]));
            match step["uses"].as_str().map(|it| it.split('@').next().unwrap_or_default()) {
                None => run(&project, &machine, &all, &filled(&text(&step["run"]))),
                Some("actions/checkout") => {}
                Some("actions/upload-artifact") => {
                    copy(&machine.join(with("path")), &artifacts.join(with("name")));
                }
                Some("actions/download-artifact") => {
                    assert_eq!(step["with"]["merge-multiple"].as_bool(), Some(true));
                    let beginning = with("pattern").trim_end_matches('*').to_owned();
                    for entry in std::fs::read_dir(&artifacts).expect("a folder") {
                        let path = entry.expect("a folder").path();
                        let name = path.file_name().expect("a name").to_string_lossy();
                        assert!(name.starts_with(&beginning), "{name}");
                        copy(&path, &machine.join(with("path")));
                    }
                }
                Some(other) => panic!("no step is known as `{other}`"),
            }
        }
    }
    assert_eq!(packages(&project.home().join("machines/whole")), alone(&project));
}
