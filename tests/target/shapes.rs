//! The shapes of real projects: what each says of its target, by way of Terraform, is what it is
//! packaged for, though the machine has another Python.

use super::said::{MODULE, Requiring, function, target};

/// `Hinkakan/AWSDataPipeline`: the folder of the only lambda is at the root, and its only function has
/// another name and no zip that is known.
#[test]
fn the_only_function_says_what_the_only_lambda_is_for() {
    for runtime in ["\"python3.9\"", "var.runtime"] {
        let terraform = format!(
            "provider \"aws\" {{}}\nvariable \"runtime\" {{\n  default = \"python3.9\"\n}}\n\
             resource \"aws_lambda_function\" \"etl\" {{\n  function_name = \"etl\"\n  \
             s3_bucket = \"b\"\n  s3_key = \"k\"\n  runtime = {runtime}\n}}\n"
        );
        let project = Requiring::new(&[]).with(&[
            ("dofs-package.toml", "lambdas = [\"ingest\"]\n"),
            ("ingest/ingest.py", MODULE),
            ("ingest/requirements.txt", "one\n"),
            ("terraform/main.tf", &terraform),
        ]);
        assert_eq!(project.versions(&[]), ["3.9"]);
        // As it is locked for that, `--locked` is silent about the right libraries.
        assert_eq!(project.run(&["lock"]).code, 0);
        assert_eq!(project.versions(&["--locked"]), ["3.9"]);
    }
}

/// `gingebot/version_notifier`: one resource for all folders below `checks`, and one beside it.
#[test]
fn a_resource_for_each_folder_says_what_all_of_them_are_for() {
    let terraform = "provider \"aws\" {}\nresource \"aws_lambda_function\" \"checks\" {\n  \
                     for_each = toset([for path in fileset(\"${path.module}/../lambdas/checks\", \
                     \"*/*.py\") : dirname(path)])\n  function_name = each.key\n  filename = \
                     \"${path.module}/../lambdas/checks/${each.key}/${each.key}.zip\"\n  runtime = \
                     \"python3.9\"\n}\n";
    let project = Requiring::new(&[]).with(&[
        ("dofs-package.toml", "lambdas = [\"lambdas/notify\", \"lambdas/checks/*\"]\n"),
        ("lambdas/notify/notify.py", MODULE),
        ("lambdas/checks/git/git.py", MODULE),
        ("lambdas/checks/pip/pip.py", MODULE),
        ("terraform/main.tf", terraform),
    ]);
    for name in ["git", "pip", "notify"] {
        let target = target(&project, name);
        assert!(target[0].starts_with("python3.9\tterraform/main.tf:6"), "{name}: {target:?}");
    }
}

/// `chrispsheehan/aws-serverless-github-deploy`: every function has its runtime by a local value.
#[test]
fn a_local_value_says_it() {
    for local in ["\"python3.12\"", "\"python${local.version}\"", "var.runtime"] {
        let terraform = format!(
            "provider \"aws\" {{}}\nvariable \"runtime\" {{\n  default = \"python3.12\"\n}}\nlocals \
             {{\n  version = \"3.12\"\n  runtime = {local}\n}}\n{}",
            function("api", "runtime = local.runtime")
        );
        let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &terraform)]);
        assert_eq!(project.versions(&[]), ["3.12"], "{local}");
    }
}

/// `dhrimov/demo-aws-lambda-terraform-uv`: a module of the registry makes the function, for arm64.
#[test]
fn a_module_of_the_registry_says_it() {
    let terraform = "provider \"aws\" {}\nmodule \"lambda\" {\n  source = \
                     \"terraform-aws-modules/lambda/aws\"\n  function_name = \"demo\"\n  handler = \
                     \"api.handler\"\n  runtime = \"python3.13\"\n  architectures = [\"arm64\"]\n  \
                     source_path = \"${path.module}/../lambdas/api\"\n}\n";
    let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", terraform)]);
    let target = target(&project, "api");
    assert!(target[0].starts_with("python3.13\t"), "{target:?}");
    assert!(target[1].starts_with("arm64\t"), "{target:?}");
}

/// A project with a root, and folders that no root reaches.
fn leftover(path: &str, text: &str) -> Requiring {
    let root = "provider \"aws\" {}\n".to_owned() + &function("api", "runtime = \"python3.12\"");
    Requiring::new(&["api", "jobs"]).with(&[("terraform/main.tf", &root), (path, text)])
}

#[test]
fn a_module_that_nobody_calls_says_nothing() {
    let nine = |name: &str| {
        function(name, "runtime = \"python3.9\"\n  architectures = [\"arm64\"]")
            .replace("${path.module}/../", "${path.module}/../../")
    };
    for path in [
        "modules/old/main.tf",
        "terraform/modules/old/main.tf",
        "examples/simple/main.tf",
        "legacy/lambda/main.tf",
        "terraform/old/lambda.tf",
    ] {
        for name in ["api", "jobs"] {
            let project = leftover(path, &nine(name));
            assert_eq!(project.versions(&[]), ["3.12", "3.12"], "{path} of {name}");
            assert_eq!(project.run(&["build", "-q"]).code, 0, "{path} of {name}");
            let run = project.run(&["verify", "-q"]);
            assert_eq!(run.code, 0, "{path} of {name}: {}", run.text());
        }
    }
}

#[test]
fn the_config_leaves_a_root_out() {
    let old = "provider \"aws\" {}\n".to_owned() + &function("api", "runtime = \"python3.9\"");
    let project = leftover("old/main.tf", &old);
    assert_eq!(project.run(&["build", "-n", "api"]).code, 4);
    project.0.write("dofs-package.toml", "terraform = [\"terraform\"]\n");
    assert_eq!(project.versions(&["api"]), ["3.12"]);
    assert_eq!(project.run(&["build", "-q"]).code, 0);
    let run = project.run(&["verify", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

#[test]
fn no_nesting_of_terraforms_files_ends_the_run() {
    let project = crate::support::Project::new();
    project.write("lambdas/api/api.py", "def lambda_handler(event, context): pass\n");
    for (opening, closing) in
        [("{ for k, v in ", " : k => v }"), ("[for k in ", " : k]"), ("f(", ")"), ("{ a = ", " }")]
    {
        for levels in [31, 63, 64, 1_000] {
            let value = format!("{}x{}", opening.repeat(levels), closing.repeat(levels));
            let block = "resource \"aws_lambda_function\" \"api\" {\n  environment {\n    ";
            project.write("main.tf", format!("{block}variables = {value}\n  }}\n}}\n"));
            let run = project.run(&["-n", "-q"]);
            assert_eq!(run.code, 0, "{levels} of {opening}: {}", run.text());
        }
    }
}
