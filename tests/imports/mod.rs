//! What own modules import, and what is said where nothing gives it.

mod compiled;
mod handler;
mod lookup;
mod odd;
mod planted;
mod policy;
mod remembered;
mod search_path;

use crate::support::{Project, Wheel};

/// One lambda, of a Python, with its own files and requirements; the wheels are in the index.
fn lambda(python: &str, files: &[(&str, &str)], wheels: &[Wheel]) -> Project {
    let project = Project::new();
    let config = format!("python = \"{python}\"\n");
    project.write("dofs-package.toml", config);
    for (path, text) in files {
        project.write(&format!("lambdas/api/{path}"), text);
    }
    let lines = wheels.iter().map(|wheel| {
        project.publish(wheel);
        format!("{}=={}\n", wheel.project(), wheel.version())
    });
    let lines: String = lines.collect();
    if !lines.is_empty() {
        project.write("lambdas/api/requirements.txt", lines);
    }
    project
}

/// What `build` says of imports, a line each: code, place, message, hint.
fn said(project: &Project) -> Vec<String> {
    let run = project.run(&["build", "-n", "--format", "json"]);
    let report = run.json();
    let packages = report["packages"].as_array().expect("packages");
    let warnings = packages.iter().flat_map(|it| it["warnings"].as_array().expect("warnings"));
    let told = |it: &serde_json::Value| {
        let code = it["code"].as_str().expect("a code");
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let ours = ["missing-import", "syntax-error", "missing-handler"].contains(&code);
        let path = text("path").replacen("lambdas/api/", "", 1);
        let line = it["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        let hint = it["hint"].as_str().map(|hint| format!(" ({hint})")).unwrap_or_default();
        ours.then(|| format!("{path}{line} {}{hint}", text("message")))
    };
    let failed = report["failures"].as_array().expect("failures");
    assert!(failed.is_empty(), "{}", run.stdout);
    warnings.filter_map(told).collect()
}

/// What is said of a lambda that is its handler and other files.
fn of(files: &[(&str, &str)]) -> Vec<String> {
    said(&lambda("3.12", files, &[]))
}

/// The same of one module.
fn of_text(text: &str) -> Vec<String> {
    of(&[("handler.py", text)])
}
