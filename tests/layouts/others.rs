//! Functions that run on no Python, container images, and lambdas that are skipped.

use super::HANDLER;
use crate::support::{Project, git};

/// A function of `lambdas/NAME`, whose zip is a package of ours.
fn function(name: &str, runtime: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"{name}\" {{\n  function_name = \"{name}\"\n  filename = \
         \"lambdas/{name}/{name}.zip\"\n  handler = \"index.handler\"\n  runtime = \"{runtime}\"\n}}\n"
    )
}

fn image(label: &str, name: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"{label}\" {{\n  function_name = \"{name}\"\n  package_type = \
         \"Image\"\n  image_uri = \"registry/{name}:1\"\n}}\n"
    )
}

/// A project of a Python and a Node function.
fn project(terraform: &str) -> Project {
    Project::with(&[
        (
            "main.tf",
            &(function("api", "python3.12").replace("index.handler", "handler.lambda_handler")
                + terraform),
        ),
        ("lambdas/api/handler.py", HANDLER),
        ("lambdas/web/index.mjs", "export const handler = async () => 1\n"),
        ("lambdas/web/package.json", "{}\n"),
        ("lambdas/web/requirements.txt", "nowhere-to-be-found==1.0\n"),
        ("lambdas/web/node_modules/left-pad/index.js", "module.exports = 1\n"),
        ("lambdas/web/node_modules/left-pad/tools/gyp.py", "import nowhere\n"),
        ("lambdas/web/native.so", "\u{7f}ELF"),
    ])
}

const OF_NODE: [&str; 6] = [
    "index.mjs",
    "native.so",
    "node_modules/left-pad/index.js",
    "node_modules/left-pad/tools/gyp.py",
    "package.json",
    "requirements.txt",
];

fn members(project: &Project, name: &str) -> Vec<String> {
    project.entries(&format!("lambdas/{name}/{name}.zip")).into_keys().collect()
}

#[test]
fn the_files_of_a_function_that_runs_on_no_python_are_packaged_as_they_are() {
    for runtime in ["nodejs22.x", "provided.al2023", "ruby3.3"] {
        let project = project(&function("web", runtime));
        project.write(
            "dofs-package.toml",
            "handler = \"handler.lambda_handler\"\nmanifest = \"packages.json\"\n",
        );
        let run = project.run(&["build"]);
        assert_eq!(run.code, 0, "{}", run.text());
        assert!(!run.stderr.contains("warning"), "{}", run.text());
        assert_eq!(members(&project, "web"), OF_NODE, "{runtime}");
        let verified = project.run(&["verify"]);
        assert_eq!(verified.code, 0, "{}", verified.text());
        assert!(!verified.stdout.contains("index.handler"), "{}", verified.text());
        let listed = project.run(&["list", "web"]);
        assert!(
            listed.stdout.contains(&format!("web\ttarget\t{runtime}\tmain.tf:")),
            "{}",
            listed.text()
        );
        let locked = project.run(&["build", "--locked", "-n", "-q"]);
        assert_eq!(locked.code, 0, "{}", locked.text());
        assert_eq!(project.run(&["invoke", "web"]).code, 2);
    }
}

#[test]
fn a_function_of_an_archive_or_a_key_is_known_to_run_on_no_python() {
    let archive = "data \"archive_file\" \"web\" {\n  type = \"zip\"\n  source_dir = \
                   \"lambdas/web\"\n  output_path = \"web.zip\"\n}\n";
    let of_archive = function("front", "nodejs22.x")
        .replace("\"lambdas/front/front.zip\"", "data.archive_file.web.output_path")
        + archive;
    let of_key = "resource \"aws_lambda_function\" \"all\" {\n  for_each = { web = \"nodejs22.x\" }\n  \
                  function_name = \"x-${each.key}\"\n  filename = data.external.zip.result[each.key]\n  \
                  runtime = each.value\n  handler = \"index.handler\"\n}\n";
    for terraform in [of_archive, of_key.to_owned()] {
        let project = project(&terraform);
        let run = project.run(&["build"]);
        assert_eq!(
            (run.code, members(&project, "web")),
            (0, OF_NODE.map(str::to_owned).to_vec()),
            "{}",
            run.text()
        );
    }
}

#[test]
fn a_python_that_a_lambda_itself_names_wins_over_another_runtime() {
    let project = project(&function("web", "nodejs22.x"));
    std::fs::remove_file(project.path("lambdas/web/native.so")).expect("it is there");
    project.write("dofs-package.toml", "[lambda.web]\npython = \"3.12\"\nrequirements = \"\"\n");
    let json = project.run(&["list", "-q", "--format=json"]).json();
    assert_eq!(json["lambdas"][1]["python"], "3.12", "{json}");
    let kept = json["lambdas"][1]["kept"].as_array().expect("kept").iter();
    assert!(!kept.map(|it| it["path"].to_string()).any(|it| it.contains("node_modules")), "{json}");
}

#[test]
fn packages_of_node_that_git_ignores_need_no_warning() {
    let project = project(&function("web", "nodejs22.x"));
    project.write(".gitignore", "node_modules/\n*.so\n");
    git(project.path("").as_ref(), &["init", "-q"]);
    git(project.path("").as_ref(), &["add", "-A"]);
    git(project.path("").as_ref(), &["commit", "-qm", "one"]);
    let run = project.run(&["build", "-n"]);
    assert!(
        run.stderr.contains("`lambdas/web/native.so` (4 B) is packaged, and git ignores it"),
        "{}",
        run.text()
    );
}

#[test]
fn a_container_image_is_left_out_and_said_so() {
    for (terraform, has_dockerfile) in [
        (image("img", "anything"), false),
        (image("this", "img"), false),
        (image("this", "shop-prod-img"), true),
        (image("lambda_img", "x"), true),
        (image("this", "x"), true),
    ] {
        let project = Project::with(&[
            ("main.tf", &(function("api", "python3.12") + &terraform)),
            ("lambdas/api/index.py", "def handler(event, context):\n    return 1\n"),
            ("lambdas/img/app.py", "import torch\n"),
            ("lambdas/img/requirements.txt", "torch\n"),
        ]);
        if has_dockerfile {
            project.write("lambdas/img/Dockerfile", "FROM public.ecr.aws/lambda/python:3.12\n");
        }
        project.write("dofs-package.toml", "manifest = \"packages.json\"\n");
        project.write(
            "packages.json",
            "{\"img\":{\"filename\":\"x.zip\",\"format\":1,\"size\":1,\"source_code_hash\":\
             \"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"}}\n",
        );
        let run = project.run(&["build"]);
        assert_eq!(run.code, 0, "{terraform}{}", run.text());
        assert!(!run.text().contains("img"), "{terraform}{}", run.text());
        assert!(
            !String::from_utf8_lossy(&project.read("packages.json")).contains("img"),
            "{terraform}"
        );
        let listed = project.run(&["list"]).stdout;
        let row = "img\tleft out\tlambdas/img\tits function is a container image (main.tf:7)\n";
        assert!(listed.ends_with(row), "{listed}");
        for arguments in
            [&["build", "img"][..], &["build", "i*"], &["invoke", "img"], &["lock", "img"]]
        {
            let run = project.run(arguments);
            assert_eq!(run.code, 2, "{arguments:?} {}", run.text());
            assert!(run.stderr.contains("container image (main.tf:7)"), "{}", run.text());
        }
        assert_eq!(project.run(&["verify"]).code, 0);
    }
}

#[test]
fn an_image_that_may_be_of_several_lambdas_or_of_one_with_a_zip_leaves_none_out() {
    for terraform in [
        function("img", "python3.12") + &image("other", "img"),
        image("front", "front"),
        image("this", "x"),
    ] {
        let project = Project::with(&[
            ("main.tf", &terraform),
            ("lambdas/api/index.py", HANDLER),
            ("lambdas/img/index.py", HANDLER),
        ]);
        let run = project.run(&["build", "-n", "-q", "--python=3.12"]);
        assert_eq!(run.stdout.lines().count(), 2, "{terraform}{}", run.text());
    }
}

#[test]
fn a_project_of_images_alone_has_nothing_to_package() {
    let project =
        Project::with(&[("main.tf", &image("img", "img")), ("lambdas/img/app.py", HANDLER)]);
    let run = project.run(&["build"]);
    assert_eq!(run.code, 3, "{}", run.text());
    assert!(
        run.stderr.contains("there is nothing to package: `img` is left out"),
        "{}",
        run.text()
    );
}

#[test]
fn list_says_what_is_skipped() {
    let project = super::project("[lambda.old]\nskip = true\n", &["lambdas/api", "lambdas/old"]);
    let listed = project.run(&["list", "-q"]).stdout;
    assert!(listed.ends_with("old\tleft out\tlambdas/old\tskip = true\n"), "{listed}");
    let json = project.run(&["list", "-q", "--format=json"]).json();
    assert_eq!(
        json["left_out"],
        serde_json::json!([{"name": "old", "path": "lambdas/old", "why": "skip = true"}])
    );
}
