//! Lambdas in lambdas, and the root as one.

use super::{HANDLER, packaged, project};

#[test]
fn the_root_itself_may_be_a_lambda() {
    let project = project(
        "lambdas = []\nmanifest = \"packages.json\"\n[lambda.service]\npath = \".\"\n",
        &["app", "tests"],
    );
    project.write("main.tf", "");
    project.write("main.py", "import app.handler\n");
    assert_eq!(packaged(&project), ["service service.zip"]);
    let first: Vec<String> = project.entries("service.zip").into_keys().collect();
    assert_eq!(first, ["app/handler.py", "main.py"]);
    // Nothing that a run writes comes into the next one.
    let digests = project.digests();
    assert_eq!(packaged(&project), ["service service.zip"]);
    assert_eq!(project.digests(), digests);
}

#[test]
fn a_lambda_in_another_is_no_part_of_it_but_by_include() {
    let project = project(
        "lambdas = [\"lambdas/*\", \"lambdas/*/jobs/*\"]\n",
        &["lambdas/api", "lambdas/api/jobs/clean"],
    );
    assert_eq!(
        packaged(&project),
        ["api lambdas/api/api.zip", "api-clean lambdas/api/jobs/clean/api-clean.zip"]
    );
    let own = |project: &crate::support::Project| {
        project.entries("lambdas/api/api.zip").into_keys().collect::<Vec<_>>()
    };
    assert_eq!(own(&project), ["handler.py"]);
    let run = project.run(&["list", "api"]);
    assert!(run.stdout.contains("jobs/clean/\tbuilt-in: another lambda"), "{}", run.text());
    project.write(
        "dofs-package.toml",
        "lambdas = [\"lambdas/*\", \"lambdas/*/jobs/*\"]\n[lambda.api]\ninclude = [\"jobs/**\"]\n",
    );
    project.write("lambdas/api/jobs/clean/more.py", HANDLER);
    packaged(&project);
    assert_eq!(own(&project), ["handler.py", "jobs/clean/handler.py", "jobs/clean/more.py"]);
}
