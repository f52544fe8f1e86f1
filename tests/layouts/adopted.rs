//! Repositories of every kind, adopted: `init` writes a config that packages what they package today,
//! and every other command goes by it.

use std::collections::BTreeSet;

use super::HANDLER;
use super::terraform::{PROVIDER, archived, archived_of, for_each, function};
use crate::hook::{fed, pushed};
use crate::support::{Project, git};

/// A kind of repository.
#[derive(Default)]
pub(super) struct Layout {
    files: Vec<(String, String)>,
}

impl Layout {
    /// With a handler in each of some files.
    pub(super) fn of(handlers: &[&str]) -> Self {
        Self::default().with(handlers.iter().map(|path| (*path, HANDLER)))
    }

    pub(super) fn with<'a>(mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.files.extend(files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())));
        self
    }

    /// With a file in a folder in which Terraform runs.
    pub(super) fn terraform(self, path: &str, blocks: &[String]) -> Self {
        self.with([(path, &*format!("{PROVIDER}{}", blocks.concat()))])
    }

    /// A repository with one commit.
    pub(super) fn project(&self) -> Project {
        let project = Project::new();
        for (path, text) in &self.files {
            project.write(path, text);
        }
        git(&project.root(), &["init", "--quiet"]);
        commit(&project);
        project
    }

    /// Adopts the repository, and expects these lines of config and these packages, of which each has
    /// what `archive_file` takes of its path.
    pub(super) fn adopted_as(&self, config: &[&str], packages: &[&str]) {
        let members = |package: &&str| {
            let path = package.split(' ').nth(1).expect("a path");
            self.archived(path)
        };
        let members: Vec<BTreeSet<String>> = packages.iter().map(members).collect();
        let packages: Vec<_> = packages.iter().copied().zip(members).collect();
        self.adopted(config, &packages);
    }

    /// The same of packages with these members: `NAME FOLDER`, or `NAME FILE ZIP`. Then every command
    /// is run. Returns what `init` says.
    pub(super) fn adopted(&self, config: &[&str], packages: &[(&str, BTreeSet<String>)]) -> String {
        let project = self.project();
        let adopted = project.run(&["init", "--yes"]);
        assert_eq!(adopted.code, 0, "{}", adopted.text());
        assert_eq!(written(&project), config, "{}", adopted.text());
        let expected: Vec<Vec<&str>> =
            packages.iter().map(|it| it.0.split(' ').collect()).collect();
        let run_of = |arguments: &[&str]| {
            let run = project.run(arguments);
            assert_eq!(run.code, 0, "{arguments:?} of {config:?}: {}", run.text());
            run
        };
        let packaged = run_of(&["build", "-n", "-q"]);
        let names: Vec<&str> =
            packaged.stdout.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(names, expected.iter().map(|it| it[0]).collect::<Vec<_>>(), "{config:?}");
        run_of(&["build"]);
        for (package, (_, expected)) in expected.iter().zip(packages) {
            let (name, path) = (package[0], package[1]);
            let zip = match package.get(2) {
                Some(zip) => (*zip).to_owned(),
                None if path == "." => format!("{name}.zip"),
                None => format!("{path}/{name}.zip"),
            };
            let members: BTreeSet<String> = project.entries(&zip).into_keys().collect();
            assert_eq!(members, *expected, "{zip}");
        }
        project.write(".gitignore", "*.zip\n");
        commit(&project);
        let of_commit = run_of(&["build", "-n", "-q", "--rev", "HEAD"]);
        assert_eq!(of_commit.digests(), packaged.digests(), "{config:?}");
        run_of(&["verify"]);
        assert_eq!(run_of(&["list", "--changed-since", "HEAD"]).stdout, "");
        let head = git(&project.root(), &["rev-parse", "HEAD"]);
        let run = fed(&mut project.tool().command(&["hook", "run"]), &pushed(&head));
        assert_eq!(run.code, 0, "{config:?}: {}", run.text());
        let before = (written(&project), git(&project.root(), &["status", "--porcelain"]));
        let again = run_of(&["init", "--yes"]);
        assert!(!again.stdout.contains("written"), "{}", again.text());
        assert_eq!((written(&project), git(&project.root(), &["status", "--porcelain"])), before);
        commit(&project);
        run_of(&["init", "--terraform", "--write"]);
        let edited = run_of(&["build", "-q"]);
        assert_eq!(edited.digests(), packaged.digests(), "{config:?}");
        run_of(&["verify"]);
        assert_eq!(run_of(&["init", "--terraform"]).stdout, "");
        adopted.stderr
    }

    /// What `archive_file` takes of a folder or file, less what no package has.
    fn archived(&self, path: &str) -> BTreeSet<String> {
        let is_left_out = |path: &str| {
            [".tf", ".zip"].iter().any(|ending| path.ends_with(ending))
                || path.split('/').any(|part| ["tests", ".gitignore"].contains(&part))
        };
        let inside = |(file, _): &(String, String)| match path {
            "." => Some(file.clone()),
            _ if file == path => file.rsplit('/').next().map(str::to_owned),
            _ => file.strip_prefix(path)?.strip_prefix('/').map(str::to_owned),
        };
        self.files.iter().filter_map(inside).filter(|path| !is_left_out(path)).collect()
    }
}

pub(super) fn commit(project: &Project) {
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--allow-empty", "--message", "all"]);
}

/// The lines of the config that say something.
pub(super) fn written(project: &Project) -> Vec<String> {
    let path = project.path("dofs-package.toml");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let says = |line: &&str| !line.is_empty() && !line.starts_with('#');
    text.lines().filter(says).map(str::to_owned).collect()
}

#[test]
fn the_folders_of_lambdas_need_no_glob() {
    Layout::of(&["lambdas/api/handler.py", "lambdas/web/handler.py"])
        .with([("lambdas/api/requirements.txt", ""), ("lambdas/web/tests/test.py", "")])
        .terraform(
            "terraform/main.tf",
            &[for_each(
                "toset([\"api\", \"web\"])",
                "${path.module}/../lambdas",
                "handler.lambda_handler",
            )],
        )
        .adopted_as(
            &["manifest = \"terraform/packages.json\""],
            &["api lambdas/api", "web lambdas/web"],
        );
    Layout::of(&["lambdas/api/handler.py"]).adopted_as(&[], &["api lambdas/api"]);
}

#[test]
fn folders_of_any_name_are_a_glob_and_shared_ones_are_not_taken() {
    for home in ["src", "functions", "lambda", "services", "backend/fns"] {
        Layout::of(&[&format!("{home}/api/app.py"), &format!("{home}/web/app.py")])
            .terraform(
                "infra/main.tf",
                &[
                    archived("api", &format!("../{home}/api"), "app.lambda_handler"),
                    archived(
                        "web",
                        &format!("${{path.module}}/../{home}/web"),
                        "app.lambda_handler",
                    ),
                ],
            )
            .adopted_as(
                &[&*format!("lambdas = [\"{home}/*\"]"), "manifest = \"infra/packages.json\""],
                &[&format!("api {home}/api"), &format!("web {home}/web")],
            );
    }
    Layout::of(&["src/api/app.py", "src/web/app.py"])
        .with([("src/common/util.py", "X = 1\n")])
        .adopted_as(&["lambdas = [\"src/api\", \"src/web\"]"], &["api src/api", "web src/web"]);
    Layout::of(&["functions/a/app.py", "functions/b/app.py", "functions/c/app.py"])
        .with([("functions/common/util.py", "X = 1\n")])
        .adopted_as(
            &["lambdas = [\"functions/*\", \"!functions/common\"]"],
            &["a functions/a", "b functions/b", "c functions/c"],
        );
}

#[test]
fn folders_at_the_root_are_named() {
    Layout::of(&["start/app.py", "stop/app.py"])
        .with([("docs/index.md", ""), ("requirements.txt", "")])
        .terraform(
            "infra/main.tf",
            &[
                archived("start", "../start", "app.lambda_handler"),
                archived("stop", "../stop", "app.lambda_handler"),
            ],
        )
        .adopted_as(
            &["lambdas = [\"start\", \"stop\"]", "manifest = \"infra/packages.json\""],
            &["start start", "stop stop"],
        );
}

#[test]
fn folders_of_folders_are_named_by_both() {
    let all = ["consumer/status", "consumer/search", "producer/status"];
    let handlers = all.map(|it| format!("api/{it}/app.py"));
    let blocks = all
        .map(|it| archived(&it.replace('/', "_"), &format!("../api/{it}"), "app.lambda_handler"));
    Layout::of(&handlers.each_ref().map(String::as_str))
        .terraform("terraform/main.tf", &blocks)
        .adopted_as(
            &["lambdas = [\"api/*/*\"]", "manifest = \"terraform/packages.json\""],
            &[
                "consumer-search api/consumer/search",
                "consumer-status api/consumer/status",
                "producer-status api/producer/status",
            ],
        );
    Layout::of(&["lambdas/notify/app.py", "lambdas/checks/a/app.py", "lambdas/checks/b/app.py"])
        .terraform(
            "main.tf",
            &[
                archived("notify", "lambdas/notify", "app.lambda_handler"),
                for_each(
                    "toset([for path in fileset(\"${path.module}/lambdas/checks\", \"*/app.py\") : \
                     dirname(path)])",
                    "${path.module}/lambdas/checks",
                    "app.lambda_handler",
                ),
            ],
        )
        .adopted_as(
            &[
                "lambdas = [\"lambdas/*\", \"lambdas/checks/*\", \"!lambdas/checks\"]",
                "manifest = \"packages.json\"",
            ],
            &["a lambdas/checks/a", "b lambdas/checks/b", "notify lambdas/notify"],
        );
}

#[test]
fn requirements_one_level_up_are_one_line_for_all() {
    let all = ["pay", "ship", "mail"];
    let handlers = all.map(|it| format!("functions/{it}/src/app.py"));
    let requirements = all.map(|it| format!("functions/{it}/requirements.txt"));
    let blocks = all.map(|it| archived(it, &format!("functions/{it}/src"), "app.lambda_handler"));
    let layout = Layout::of(&handlers.each_ref().map(String::as_str));
    layout
        .with(requirements.iter().map(|path| (&**path, "")))
        .terraform("main.tf", &blocks)
        .adopted_as(
            &[
                "lambdas = [\"functions/*/src\"]",
                "requirements = \"{path}/../requirements.txt\"",
                "manifest = \"packages.json\"",
            ],
            &["mail functions/mail/src", "pay functions/pay/src", "ship functions/ship/src"],
        );
}

#[test]
fn the_whole_repository_may_be_one_function() {
    let module = "module \"orders\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n  \
                  function_name = \"orders\"\n  handler = \"app.main.lambda_handler\"\n  runtime = \
                  \"python3.12\"\n  architectures = [\"arm64\"]\n  source_path = \
                  \"${path.module}/..\"\n}\n";
    let project = Layout::of(&["app/main.py"])
        .with([("requirements.txt", "")])
        .terraform("terraform/main.tf", &[module.to_owned()])
        .project();
    let run = project.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let expected = [
        "lambdas = []",
        "manifest = \"terraform/packages.json\"",
        "[lambda.orders]",
        "path = \".\"",
    ];
    assert_eq!(written(&project), expected);
    let run = project.run(&["list"]);
    assert!(run.stdout.contains("orders\ttarget\tarm64"), "{}", run.text());
    assert_eq!(project.run(&["-q"]).code, 0);
    Layout::of(&["lambda_function.py"])
        .with([("requirements.txt", "")])
        .adopted_as(&["lambdas = []", "[lambda.app]", "path = \".\""], &["app ."]);
}

#[test]
fn zips_go_where_terraform_looks_for_them() {
    let handler = "app.lambda_handler";
    Layout::of(&["lambda/vm-start/app.py", "lambda/vm-stop/app.py"])
        .terraform(
            "main.tf",
            &[
                function("start", "\"lambda/vm-start/vm_start.zip\"", handler),
                function("stop", "\"${path.module}/lambda/vm-stop/vm_stop.zip\"", handler),
            ],
        )
        .adopted_as(
            &[
                "lambdas = [\"lambda/*\"]",
                "manifest = \"packages.json\"",
                "[lambda.vm-start]",
                "zip = \"lambda/vm-start/vm_start.zip\"",
                "[lambda.vm-stop]",
                "zip = \"lambda/vm-stop/vm_stop.zip\"",
            ],
            &[
                "vm-start lambda/vm-start lambda/vm-start/vm_start.zip",
                "vm-stop lambda/vm-stop lambda/vm-stop/vm_stop.zip",
            ],
        );
    Layout::of(&["lambda/app.py"])
        .terraform("terraform/main.tf", &[function("this", "\"../lambda/code.zip\"", handler)])
        .adopted_as(
            &[
                "lambdas = [\"lambda\"]",
                "manifest = \"terraform/packages.json\"",
                "[lambda.lambda]",
                "zip = \"lambda/code.zip\"",
            ],
            &["lambda lambda lambda/code.zip"],
        );
    let built = |zip: fn(&str) -> String| {
        Layout::of(&["services/pay/app.py", "services/ship/app.py"]).terraform(
            "terraform/main.tf",
            &["pay", "ship"].map(|it| function(it, &format!("\"{}\"", zip(it)), handler)),
        )
    };
    built(|name| format!("../build/{name}.zip")).adopted_as(
        &[
            "lambdas = [\"services/*\"]",
            "out-dir = \"build\"",
            "manifest = \"terraform/packages.json\"",
        ],
        &["pay services/pay build/pay.zip", "ship services/ship build/ship.zip"],
    );
    built(|name| format!("../build/{name}-code.zip")).adopted_as(
        &[
            "lambdas = [\"services/*\"]",
            "zip = \"build/{name}-code.zip\"",
            "manifest = \"terraform/packages.json\"",
        ],
        &["pay services/pay build/pay-code.zip", "ship services/ship build/ship-code.zip"],
    );
}

#[test]
fn functions_from_s3_are_told_by_their_names() {
    let function = |name: &str| {
        function(name, "null", "app.lambda_handler")
            .replace("filename = null", &format!("s3_bucket = \"b\"\n  s3_key = \"{name}.zip\""))
    };
    Layout::of(&["code/pay/app.py", "code/ship/app.py"])
        .terraform("main.tf", &["pay", "ship"].map(function))
        .adopted_as(
            &[
                "lambdas = [\"code/*\"]",
                "function-name = \"acme-{name}\"",
                "manifest = \"packages.json\"",
            ],
            &["pay code/pay", "ship code/ship"],
        );
}

#[test]
fn other_languages_are_packaged_and_images_are_not() {
    let image = "resource \"aws_lambda_function\" \"ocr\" {\n  function_name = \"ocr\"\n  role = \
                 \"r\"\n  package_type = \"Image\"\n  image_uri = \"x\"\n}\n";
    let web =
        archived("web", "../lambdas/web", "index.handler").replace("python3.12", "nodejs20.x");
    Layout::of(&["lambdas/api/app.py", "lambdas/ocr/app.py"])
        .with([("lambdas/web/index.js", "exports.handler = 1\n"), ("lambdas/ocr/Dockerfile", "")])
        .terraform(
            "terraform/main.tf",
            &[archived("api", "../lambdas/api", "app.lambda_handler"), web, image.to_owned()],
        )
        .adopted_as(
            &[
                "lambdas = [\"lambdas/*\", \"!lambdas/ocr\"]",
                "manifest = \"terraform/packages.json\"",
            ],
            &["api lambdas/api", "web lambdas/web"],
        );
}

#[test]
fn environments_that_call_one_module_have_its_functions_once() {
    let root = |name: &str| {
        let text = format!(
            "terraform {{\n  backend \"s3\" {{}}\n}}\nmodule \"code\" {{\n  source = \
             \"../../modules/code\"\n  stage = \"{name}\"\n}}\n"
        );
        (format!("environments/{name}/main.tf"), text)
    };
    let (dev, prod) = (root("dev"), root("prod"));
    let module = ["api", "web"]
        .map(|it| archived(it, &format!("${{path.module}}/../../src/{it}"), "app.lambda_handler"));
    Layout::of(&["src/api/app.py", "src/web/app.py"])
        .with([(&*dev.0, &*dev.1), (&*prod.0, &*prod.1)])
        .with([("modules/code/main.tf", &*format!("variable \"stage\" {{}}\n{}", module.concat()))])
        .adopted_as(
            &[
                "lambdas = [\"src/*\"]",
                "manifest = \"modules/code/packages.json\"",
                "terraform = [\"environments/dev\", \"environments/prod\"]",
            ],
            &["api src/api", "web src/web"],
        );
}

#[test]
fn what_nobody_deploys_is_not_taken() {
    Layout::of(&["functions/api/app.py", "functions/old/app.py", "examples/x/code/app.py"])
        .terraform("main.tf", &[archived("api", "functions/api", "app.lambda_handler")])
        .terraform("examples/x/main.tf", &[archived("x", "./code", "app.lambda_handler")])
        .with([(
            "modules/old/main.tf",
            &*archived("old", "../../functions/old", "app.lambda_handler"),
        )])
        .adopted_as(
            &["lambdas = [\"functions/*\", \"!functions/old\"]", "manifest = \"packages.json\""],
            &["api functions/api"],
        );
}

#[test]
fn terraform_may_lie_in_the_code_or_beside_it() {
    let root = |it: &str, source: &str| {
        format!("{PROVIDER}{}", archived(it, source, "app.lambda_handler"))
    };
    Layout::of(&["services/pay/app.py", "services/ship/app.py"])
        .with([("services/pay/main.tf", &*root("pay", "."))])
        .with([("services/ship/main.tf", &*root("ship", "${path.module}"))])
        .adopted_as(
            &[
                "lambdas = [\"services/*\"]",
                "manifest = \"services/packages.json\"",
                "terraform = [\"services/pay\", \"services/ship\"]",
            ],
            &["pay services/pay", "ship services/ship"],
        );
    Layout::of(&["services/pay/src/app.py", "services/ship/src/app.py"])
        .with([("services/pay/terraform/main.tf", &*root("pay", "../src"))])
        .with([("services/ship/terraform/main.tf", &*root("ship", "${path.module}/../src"))])
        .adopted_as(
            &[
                "lambdas = [\"services/*/src\"]",
                "manifest = \"services/packages.json\"",
                "terraform = [\"services/pay/terraform\", \"services/ship/terraform\"]",
            ],
            &["pay services/pay/src", "ship services/ship/src"],
        );
}

#[test]
fn several_projects_of_one_repository_are_told_apart_by_their_names() {
    let root = |name: &str| {
        let blocks = ["api", "jobs"]
            .map(|it| archived(it, &format!("../lambdas/{it}"), "app.lambda_handler"));
        (format!("{name}/infra/main.tf"), format!("{PROVIDER}{}", blocks.concat()))
    };
    let (bank, shop) = (root("bank"), root("shop"));
    Layout::of(&[
        "bank/lambdas/api/app.py",
        "bank/lambdas/jobs/app.py",
        "shop/lambdas/api/app.py",
        "shop/lambdas/jobs/app.py",
    ])
    .with([(&*bank.0, &*bank.1), (&*shop.0, &*shop.1)])
    .adopted_as(
        &[
            "lambdas = [\"*/lambdas/*\"]",
            "manifest = \"packages.json\"",
            "terraform = [\"bank/infra\", \"shop/infra\"]",
        ],
        &[
            "bank-api bank/lambdas/api",
            "bank-jobs bank/lambdas/jobs",
            "shop-api shop/lambdas/api",
            "shop-jobs shop/lambdas/jobs",
        ],
    );
}

#[test]
fn a_package_in_a_folder_with_requirements_is_part_of_that() {
    Layout::of(&["services/pay/app/main.py", "services/ship/app/main.py"])
        .with(["pay", "ship"].iter().flat_map(|it| match *it {
            "pay" => [("services/pay/app/__init__.py", ""), ("services/pay/requirements.txt", "")],
            _ => [("services/ship/app/__init__.py", ""), ("services/ship/requirements.txt", "")],
        }))
        .adopted_as(&["lambdas = [\"services/*\"]"], &["pay services/pay", "ship services/ship"]);
}

#[test]
fn one_file_may_be_a_function() {
    let block = |it: &str| {
        archived_of(
            "source_file",
            it,
            &format!("../scripts/{it}.py"),
            &format!("{it}.lambda_handler"),
        )
    };
    let project = Layout::of(&["scripts/clean.py", "scripts/report.py"])
        .with([("scripts/helper.py", "X = 1\n")])
        .terraform("tf/main.tf", &["clean", "report"].map(block))
        .project();
    let run = project.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let expected = [
        "lambdas = [\"scripts/clean.py\", \"scripts/report.py\"]",
        "manifest = \"tf/packages.json\"",
    ];
    assert_eq!(written(&project), expected);
    let run = project.run(&["-q"]);
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{}", run.text());
    let project = Layout::of(&["handlers/a.py", "handlers/b.py"]).project();
    assert_eq!(project.run(&["init", "--yes"]).code, 0);
    assert_eq!(written(&project), ["lambdas = [\"handlers/*.py\"]"]);
}

#[test]
fn a_zip_of_the_parts_of_a_path_is_that_folder_s() {
    let all = ["consumer/status", "consumer/search", "producer/status"];
    let handlers = all.map(|it| format!("api/{it}/app.py"));
    let blocks = all.map(|it| {
        let name = it.replace('/', "-");
        function(&name, &format!("\"../dist/{name}.zip\""), "app.lambda_handler")
    });
    Layout::of(&handlers.each_ref().map(String::as_str))
        .terraform("terraform/main.tf", &blocks)
        .adopted_as(
            &[
                "lambdas = [\"api/*/*\"]",
                "out-dir = \"dist\"",
                "manifest = \"terraform/packages.json\"",
            ],
            &[
                "consumer-search api/consumer/search dist/consumer-search.zip",
                "consumer-status api/consumer/status dist/consumer-status.zip",
                "producer-status api/producer/status dist/producer-status.zip",
            ],
        );
}

#[test]
fn a_zip_above_the_only_folder_with_its_module_is_that_folder_s() {
    Layout::of(&["jobs/pay/code/app.py", "jobs/ship/code/app.py"])
        .terraform(
            "main.tf",
            &[
                function("one", "\"jobs/pay/out.zip\"", "app.lambda_handler"),
                function("two", "\"jobs/ship/out.zip\"", "app.lambda_handler"),
            ],
        )
        .adopted_as(
            &[
                "lambdas = [\"jobs/*/code\"]",
                "zip = \"jobs/{name}/out.zip\"",
                "manifest = \"packages.json\"",
            ],
            &["pay jobs/pay/code jobs/pay/out.zip", "ship jobs/ship/code jobs/ship/out.zip"],
        );
}

#[test]
fn a_folder_of_lambdas_that_terraform_does_not_know_keeps_its_handlers() {
    Layout::of(&["lambdas/api/app.py", "lambdas/jobs/app.py", "infra/bootstrap/index.py"])
        .with([("lambdas/lib/helper.py", "X = 1\n")])
        .terraform("infra/main.tf", &[archived("any", "./bootstrap", "index.lambda_handler")])
        .adopted_as(
            &[
                "lambdas = [\"infra/bootstrap\", \"lambdas/*\", \"!lambdas/lib\"]",
                "manifest = \"infra/packages.json\"",
            ],
            &["api lambdas/api", "bootstrap infra/bootstrap", "jobs lambdas/jobs"],
        );
}

#[test]
fn layers_may_be_all_that_there_is() {
    let project = Layout::default()
        .with([
            ("layers/base/pyproject.toml", "[project]\nname = \"base\"\nversion = \"1\"\n"),
            ("layers/base/python/shared.py", "X = 1\n"),
            ("layers/more/pyproject.toml", "[project]\nname = \"more\"\nversion = \"1\"\n"),
            ("layers/more/python/more.py", "X = 1\n"),
        ])
        .project();
    let run = project.run(&["init", "--yes"]);
    assert_eq!(
        (run.code, written(&project)),
        (0, vec!["layers = [\"layers/*\"]".to_owned()]),
        "{}",
        run.text()
    );
    let run = project.run(&["build", "-n"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(!run.stderr.contains("lambdas/*"), "{}", run.text());
    assert_eq!(run.stdout.lines().count(), 2);
}

#[test]
fn versions_of_layers_name_their_folders_and_zips() {
    let python = ("shared/deps/python/shared.py", "X = 1\n");
    let bare = ("shared/deps/shared.py", "X = 1\n");
    let required = ("shared/deps/requirements.txt", "");
    let version = |attributes: &str| {
        format!(
            "resource \"aws_lambda_layer_version\" \"deps\" {{\n  layer_name = \"deps\"\n  {attributes}\n}}\n"
        )
    };
    let archive = |arguments: &str| {
        let archive = format!(
            "data \"archive_file\" \"deps\" {{\n  type = \"zip\"\n  output_path = \"deps.zip\"\n  {arguments}\n}}\n"
        );
        archive + &version("filename = data.archive_file.deps.output_path")
    };
    let module = "module \"deps\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n  create_layer = true\n  \
                  layer_name = \"deps\"\n  source_path = [{ path = \"shared/deps\", prefix_in_zip = \"python\" }]\n}\n";
    let layer = "layers = [\"shared/deps\"]";
    for (file, terraform, lines) in [
        (python, archive("source_dir = \"shared/deps\""), &[layer][..]),
        (bare, archive("source_dir = \"shared/deps\""), &[]),
        (bare, module.to_owned(), &[layer]),
        (required, version("filename = \"shared/deps/deps.zip\""), &[layer]),
        (required, version("filename = \"shared/deps.zip\""), &[layer, "out-dir = \"shared\""]),
        (bare, version("filename = \"shared/deps.zip\""), &[]),
        (bare, version("s3_bucket = \"b\"\n  s3_key = \"k\""), &[]),
    ] {
        let project = Layout::of(&["lambdas/api/app.py"]).with([file]).project();
        project.write("main.tf", &terraform);
        let run = project.run(&["init", "--yes"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let mut all = written(&project);
        all.retain(|line| ["layers", "zip", "out-dir"].iter().any(|key| line.starts_with(key)));
        assert_eq!(all, lines, "{terraform}{}", run.text());
        let is_open = run.text().contains("can't be told: name it by `path` in a `[layer.NAME]`");
        assert_eq!(is_open, lines.is_empty(), "{terraform}{}", run.text());
    }
}

#[test]
fn objects_in_s3_are_made_of_what_they_are_uploaded_from() {
    let object = |it: &str| {
        let archive = archived(it, &format!("../code/{it}"), "app.lambda_handler");
        let uploaded = format!(
            "resource \"aws_s3_object\" \"{it}\" {{\n  bucket = \"b\"\n  key = \"{it}/code.zip\"\n  \
             source = data.archive_file.{it}.output_path\n}}\n"
        );
        let filename = format!("filename = data.archive_file.{it}.output_path");
        let key = format!("s3_bucket = \"b\"\n  s3_key = aws_s3_object.{it}.key");
        archive.replace(&filename, &key) + &uploaded
    };
    Layout::of(&["code/pay/app.py", "code/ship/app.py"])
        .terraform("tf/main.tf", &["pay", "ship"].map(object))
        .adopted_as(
            &["lambdas = [\"code/*\"]", "manifest = \"tf/packages.json\""],
            &["pay code/pay", "ship code/ship"],
        );
}

#[test]
fn zips_of_registry_modules_are_made_of_the_folders_that_they_lie_in() {
    let call = |it: &str| {
        format!(
            "module \"{it}\" {{\n  source = \"terraform-aws-modules/lambda/aws\"\n  function_name = \
             \"{it}\"\n  handler = \"app.lambda_handler\"\n  runtime = \"python3.12\"\n  \
             create_package = false\n  local_existing_package = \"../src/{it}/{it}.zip\"\n}}\n"
        )
    };
    Layout::of(&["src/pay/app.py", "src/ship/app.py"])
        .terraform("tf/main.tf", &["pay", "ship"].map(call))
        .adopted_as(
            &["lambdas = [\"src/*\"]", "manifest = \"tf/packages.json\""],
            &["pay src/pay", "ship src/ship"],
        );
}

#[test]
fn a_repository_is_adopted_from_any_of_its_folders() {
    for (code, folder) in [("app/functions", "app"), ("app/functions", "infra"), ("src", "src/api")]
    {
        let layout = Layout::of(&[&format!("{code}/api/app.py"), &format!("{code}/web/app.py")]);
        let blocks = ["api", "web"].map(|it| {
            archived(it, &format!("${{path.module}}/../{code}/{it}"), "app.lambda_handler")
        });
        let project = layout.terraform("infra/main.tf", &blocks).project();
        let run = project.tool().directory(project.path(folder)).run(&["init", "--yes"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let expected =
            [format!("lambdas = [\"{code}/*\"]"), "manifest = \"infra/packages.json\"".into()];
        assert_eq!(written(&project), expected, "{}", run.text());
        let run = project.tool().directory(project.path(folder)).run(&["-q"]);
        assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{}", run.text());
    }
    // Where there is a `lambdas`, that is a project of its own.
    let project = Layout::of(&["app/lambdas/api/app.py"])
        .terraform("infra/main.tf", &[archived("api", "../app/lambdas/api", "app.lambda_handler")])
        .project();
    let run = project.tool().directory(project.path("app")).run(&["init", "--yes"]);
    assert!(run.stderr.contains("no config is needed"), "{}", run.text());
    assert_eq!(project.tool().directory(project.path("app")).run(&["-q"]).code, 0);
}

#[test]
fn a_handler_in_a_package_of_the_root_is_no_lambda_beside_it() {
    let module = "module \"orders\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n  \
                  function_name = \"orders\"\n  handler = \"app.main.lambda_handler\"\n  runtime = \
                  \"python3.12\"\n  source_path = \"${path.module}/..\"\n}\n";
    let project = Layout::of(&["app/main.py", "jobs/nightly/run.py"])
        .terraform("terraform/main.tf", &[module.to_owned()])
        .project();
    let run = project.run(&["init", "--yes"]);
    assert!(!run.stderr.contains("`app` looks like"), "{}", run.text());
    // Of this nobody says that it is a part.
    assert!(run.stderr.contains("`jobs/nightly` looks like"), "{}", run.text());
}
