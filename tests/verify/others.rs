//! Functions that no lambda is the code of: container images, other languages, other people's zips.

use crate::support::Project;

/// A lambda with its function, and another one with a lambda's name.
fn project(other: &str) -> Project {
    let own = "provider \"aws\" {}\nresource \"aws_lambda_function\" \"api\" {\n  function_name = \
               \"api\"\n  filename = \"${path.module}/../lambdas/api/api.zip\"\n  handler = \
               \"api.handler\"\n  runtime = \"python3.12\"\n}\n";
    let module = "def handler(event, context):\n    return 1\n";
    Project::with(&[
        ("terraform/main.tf", &format!("{own}{other}")),
        ("lambdas/api/api.py", module),
        ("lambdas/job/job.py", module),
    ])
}

fn function(attributes: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"job\" {{\n  function_name = \"job\"\n{attributes}}}\n"
    )
}

const ARCHIVE: &str = "data \"archive_file\" \"job\" {\n  type = \"zip\"\n  source_dir = \
                       \"${path.module}/../lambdas/job\"\n  output_path = \"job.zip\"\n}\n";

#[test]
fn a_function_that_is_no_python_is_none_of_ours_unless_its_code_is_a_zip_of_ours() {
    let runs = |runtime: &str, code: &str| {
        function(&format!("  handler = \"index.handler\"\n  runtime = \"{runtime}\"\n{code}"))
    };
    let archive = runs("nodejs22.x", "  filename = data.archive_file.job.output_path\n") + ARCHIVE;
    for (other, is_listed) in [
        (runs("nodejs22.x", "  filename = \"../node/job.zip\"\n"), true),
        (runs("java21", "  s3_bucket = \"b\"\n  s3_key = \"job.jar\"\n"), false),
        (runs("provided.al2023", "  filename = var.zip\n"), false),
        (runs("ruby3.3", ""), false),
        (archive, false),
        (runs("nodejs22.x", "  filename = \"${path.module}/../lambdas/job/job.zip\"\n"), false),
        (function("  package_type = \"Image\"\n  image_uri = \"x:1\"\n"), false),
    ] {
        let project = project(&other);
        project.write("dofs-package.toml", "[lambda.job]\nfunction-name = \"job\"\n");
        project.digests();
        let run = project.run(&["verify"]);
        assert_eq!(run.code, 0, "{other}{}", run.text());
        assert!(!run.text().contains("index.handler"), "{other}{}", run.text());
        let is_archive = other.contains("archive_file");
        assert_eq!(run.stderr.contains("warning"), is_archive, "{other}{}", run.text());
        let listed = project.run(&["list"]);
        let row = listed.stdout.contains("aws_lambda_function.job\tleft out\t");
        assert_eq!(row, is_listed, "{other}{}", listed.text());
        // A note is enough.
        let built = project.run(&["build", "-n", "-v"]);
        let told =
            built.stderr.lines().filter(|line| line.contains("nodejs") || line.contains("java"));
        assert!(told.count() <= 1, "{}", built.text());
        assert!(!built.stderr.contains("warning"), "{}", built.text());
    }
}

#[test]
fn list_says_what_each_function_is_that_is_made_of_no_lambda() {
    let python = "  handler = \"a.b\"\n  runtime = \"python3.12\"\n";
    for (other, what) in [
        (function("  package_type = \"Image\"\n  image_uri = \"x:1\"\n").replace("job", "web"), "container image"),
        (function("  image_uri = \"x:1\"\n").replace("job", "web"), "container image"),
        (function("  runtime = \"nodejs22.x\"\n  s3_key = \"k\"\n"), "function of nodejs22.x"),
        (function(&format!("{python}  s3_bucket = \"b\"\n  s3_key = \"k\"\n")), "code in S3"),
        (
            function(&format!(
                "{python}  filename = \"${{path.module}}/../x.zip\"\n  source_code_hash = \
                 filebase64sha256(\"${{path.module}}/../x.zip\")\n"
            )),
            "`x.zip`, which is not made here",
        ),
        (
            "module \"web\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n  function_name = \
             \"web\"\n  create_package = false\n  package_type = \"Image\"\n  image_uri = \"x\"\n}\n"
                .to_owned(),
            "container image",
        ),
    ] {
        let project = project(&other);
        let run = project.run(&["list", "-q", "--format=json"]);
        let functions = run.json()["functions"].clone();
        let functions = functions.as_array().expect("functions");
        assert_eq!(functions.len(), 1, "{other}{functions:?}");
        assert_eq!(functions[0]["what"], what, "{other}");
        assert!(functions[0]["from"].as_str().expect("a place").starts_with("terraform/main.tf:"));
        let named = project.run(&["list", "-q", "--format=json", "api"]).json();
        assert_eq!(named["functions"], serde_json::json!([]), "{named}");
    }
}

#[test]
fn a_root_that_no_longer_matters_is_a_warning_and_no_difference() {
    let of = |runtime: &str| {
        format!(
            "provider \"aws\" {{}}\nresource \"aws_lambda_function\" \"api\" {{\n  function_name = \
             \"api\"\n  filename = \"${{path.module}}/../lambdas/api/api.zip\"\n  handler = \
             \"api.handler\"\n  runtime = \"{runtime}\"\n}}\n"
        )
    };
    for (python, code) in [("3.12", 0), ("3.13", 0), ("3.10", 1)] {
        let project = Project::with(&[
            ("a/main.tf", &of("python3.12")),
            ("b/main.tf", &of("python3.13")),
            ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n"),
            ("dofs-package.toml", &format!("python = \"{python}\"\n")),
        ]);
        project.digests();
        let run = project.run(&["verify", "-q", "--format=json"]);
        assert_eq!(run.code, code, "{python}: {}", run.text());
        let json = run.json();
        let checks = json["checks"].as_array().expect("checks").iter();
        let runtimes = checks.filter(|check| check["check"] == "runtime");
        let mut statuses: Vec<_> = runtimes.map(|it| it["status"].as_str().unwrap()).collect();
        statuses.sort_unstable();
        let expected = if code == 0 { ["ok", "warning"] } else { ["differs", "differs"] };
        assert_eq!(statuses, expected, "{python}");
    }
}
