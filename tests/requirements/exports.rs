//! What is read of the locks of other tools is what these tools export.
//!
//! Each tool locks a project with markers, extras, groups, a folder and versions that differ by
//! Python, and exports it; what is packaged from the lock and from the lines must be the same.

use std::process::Command;

use super::MODULE;
use crate::building::Library;
use crate::support::{Project, output};

/// A project with the lambda `api`, whose lock is read, and `lines`, which gets what is exported.
fn project(file: &str, text: &str) -> Project {
    let project = Project::with(&[(&format!("lambdas/api/{file}"), text)]);
    for name in ["api", "lines"] {
        project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
    }
    project.write("lambdas/lines/requirements.txt", "");
    // Its requirements are in the locks as the tools read them of its build backend.
    let library = Library::new("shared", "1.0");
    library.write(&project.path("libs/shared"));
    project
}

/// Runs a tool in the lambda's folder, and returns what it says.
fn ask(project: &Project, command: &str) -> String {
    let mut words = command.split(' ');
    let mut program = Command::new(words.next().expect("a program"));
    let folder = project.path("lambdas/api");
    output(program.args(words).current_dir(folder).env("PIPENV_IGNORE_VIRTUALENVS", "1"))
}

/// Compares what is packaged of the lock with what is packaged of exported lines.
fn compare(project: &Project, exported: &str, pythons: &[&str]) {
    // The public index is pip's own default, and a path is seen from the folder of the lock.
    // Of what is for another system pipenv exports the bare name, which pip refuses beside hashes.
    let is_kept = |line: &&str| !line.starts_with("-i ") && line.trim() != "colorama";
    let lines = exported.lines().filter(is_kept);
    let shared = format!("file://{}", project.path("libs/shared").display());
    let lines: String =
        lines.map(|line| format!("{}\n", line.replace(&shared, "../../libs/shared"))).collect();
    project.write("lambdas/lines/requirements.txt", lines.replace("-e ../../libs", "../../libs"));
    for python in pythons {
        for architecture in ["x86_64", "arm64"] {
            let target = ["--python", python, "--arch", architecture];
            let run =
                project.tool().online().run(&[&["-n", "--format", "json"], &target[..]].concat());
            assert_eq!(run.code, 0, "{}", run.text());
            let json = run.json();
            let [api, lines] = [0, 1].map(|index| json["packages"][index]["requirements"].clone());
            assert!(api.as_array().is_some_and(|all| !all.is_empty()), "{json}");
            assert_eq!(api, lines, "python{python} on {architecture}\n{exported}");
        }
    }
}

#[test]
#[ignore = "needs the package index and uv"]
fn uv_exports_what_is_read() {
    let project = project(
        "pyproject.toml",
        "[project]\nname = \"api\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"shared\", \"requests[socks]>=2.28\", \"tomli; python_version < '3.11'\", \"colorama; sys_platform == 'win32'\"]\n\
         [project.optional-dependencies]\nall = [\"api[fast]\"]\nfast = [\"orjson\"]\nold = [\"packaging<22\"]\nnew = [\"packaging>=23\"]\n\
         [dependency-groups]\ndev = [\"pytest\"]\nlambda = [\"attrs\", { include-group = \"more\" }]\nmore = [\"six\"]\n\
         [tool.uv]\nconflicts = [[{ extra = \"old\" }, { extra = \"new\" }]]\n\
         [tool.uv.sources]\nshared = { path = \"../../libs/shared\" }\n",
    );
    ask(&project, "uv lock");
    let export =
        "uv export --frozen --no-default-groups --no-emit-project --no-header --no-annotate";
    let pythons = ["3.9", "3.11", "3.13"];
    for (options, keys) in [
        ("", ""),
        (" --group lambda", "groups = [\"lambda\"]\n"),
        (" --extra all --extra old", "extras = [\"all\", \"old\"]\n"),
        (" --extra new", "extras = [\"new\"]\n"),
    ] {
        project.write("dofs-package.toml", format!("[lambda.api]\n{keys}"));
        compare(&project, &ask(&project, &format!("{export}{options}")), &pythons);
    }
}

#[test]
#[ignore = "needs the package index and poetry with its plugin for exports"]
fn poetry_exports_what_is_read() {
    let project = project(
        "pyproject.toml",
        "[tool.poetry]\nname = \"api\"\nversion = \"1\"\ndescription = \"\"\nauthors = []\npackage-mode = false\n\
         [tool.poetry.dependencies]\npython = \"^3.9\"\nshared = { path = \"../../libs/shared\" }\n\
         requests = { version = \"^2.28\", extras = [\"socks\"] }\ntomli = { version = \"*\", python = \"<3.11\" }\n\
         colorama = { version = \"*\", platform = \"win32\" }\norjson = { version = \"*\", optional = true }\n\
         packaging = [\n { version = \"<24\", python = \"<3.11\" },\n { version = \"^24\", python = \">=3.11\" },\n]\n\
         [tool.poetry.extras]\nfast = [\"orjson\"]\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\n\
         [tool.poetry.group.lambda.dependencies]\nattrs = \"*\"\n",
    );
    ask(&project, "poetry lock --no-interaction");
    let export = "poetry export --no-interaction --format=requirements.txt";
    for (options, keys) in [
        ("", ""),
        (" --with=lambda", "groups = [\"lambda\"]\n"),
        (" --extras=fast", "extras = [\"fast\"]\n"),
    ] {
        project.write("dofs-package.toml", format!("[lambda.api]\n{keys}"));
        compare(&project, &ask(&project, &format!("{export}{options}")), &["3.9", "3.11", "3.13"]);
    }
}

#[test]
#[ignore = "needs the package index and pipenv"]
fn pipenv_exports_what_is_read() {
    let project = project(
        "Pipfile",
        "[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n\
         [packages]\nshared = { path = \"../../libs/shared\" }\nrequests = { version = \">=2.28\", extras = [\"socks\"] }\n\
         six = \"==1.16.0\"\ncolorama = { version = \"*\", sys_platform = \"== 'win32'\" }\n\
         [dev-packages]\nattrs = \"*\"\n",
    );
    ask(&project, "pipenv lock");
    for (options, keys) in [("", ""), (" --dev", "groups = [\"dev\"]\n")] {
        project.write("dofs-package.toml", format!("[lambda.api]\n{keys}"));
        let exported = ask(&project, &format!("pipenv requirements --hash{options}"));
        let lock: serde_json::Value =
            serde_json::from_slice(&project.read("lambdas/api/Pipfile.lock")).expect("JSON");
        let python =
            lock["_meta"]["requires"]["python_version"].as_str().unwrap_or("3.11").to_owned();
        compare(&project, &exported, &[&python]);
    }
}
