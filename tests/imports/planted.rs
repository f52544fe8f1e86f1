//! Faults that are planted in thirty right projects: each is told of its own lambda, and of no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::support::{Project, Wheel};

/// How many lambdas there are.
const LAMBDAS: usize = 30;

/// The files of a lambda, and what its handler is.
struct Right {
    files: BTreeMap<String, String>,
    handler: String,
    /// The module that has the handler, and one that it needs.
    sources: [String; 2],
    requirements: String,
    python: &'static str,
}

/// A right lambda: six layouts, with five ways to import, for two versions of Python.
fn right(number: usize) -> Right {
    let (layout, way) = (number % 6, number % 5);
    let python = ["3.9", "3.12"][number % 2];
    let (folder, handler, helpers, import) = match layout {
        0 => ("", "app.run", "helpers", "import helpers\n"),
        1 => ("", "app.run", "core.helpers", "from core import helpers\n"),
        2 => ("service/", "service.app.run", "service.helpers", "from . import helpers\n"),
        3 => {
            ("service/", "service/app.run", "service.inner.helpers", "from .inner import helpers\n")
        }
        4 => ("src/", "src.app.run", "src.helpers", "from src import helpers\n"),
        _ => ("", "app.run", "core.deep.helpers", "import core.deep.helpers as helpers\n"),
    };
    let (requirements, foreign, guard) = match way {
        0 => (
            "shapes==1.0\n",
            "import shapes\n",
            "try:\n    import ujson as json\nexcept ImportError:\n    import json\n",
        ),
        1 => (
            "shapes==1.0\nclouds-storage==1.0\n",
            "import shapes.round\nfrom clouds import storage\n",
            "if TYPE_CHECKING:\n    import mypy_boto3_s3\n",
        ),
        2 => (
            "clouds-storage==1.0\n",
            "import clouds.storage.client\n",
            "import sys\nif sys.platform == 'win32':\n    import winreg\n",
        ),
        3 => ("shapes==1.0\n", "from shapes import Circle\n", "def lazily():\n    import pandas\n"),
        _ => (
            "shapes==1.0\n",
            "import shapes as s\n",
            "import os, boto3\nif os.environ.get('DEBUG'):\n    import debugpy\n",
        ),
    };
    let app = format!(
        "from typing import TYPE_CHECKING\n{guard}{foreign}{import}\n\n\
         def run(event, context):\n    return helpers.answer(event)\n"
    );
    let mut files = BTreeMap::new();
    let app_path = format!("{folder}app.py");
    let helpers_path = format!("{}.py", helpers.replace('.', "/"));
    files.insert(app_path.clone(), app);
    files.insert(
        helpers_path.clone(),
        "import json\n\n\ndef answer(event):\n    return json.dumps(event)\n".to_owned(),
    );
    // Half of the packages are regular ones.
    if number.is_multiple_of(2) {
        for path in [&app_path, &helpers_path] {
            if let Some((folder, _)) = path.rsplit_once('/') {
                files.insert(format!("{folder}/__init__.py"), String::new());
            }
        }
    }
    files.insert("scripts/deploy.py".to_owned(), "import fabric\n".to_owned());
    files.insert("requirements-dev.txt".to_owned(), "tester==1.0\n".to_owned());
    let handler = handler.to_owned();
    let requirements = requirements.to_owned();
    Right { files, handler, sources: [app_path, helpers_path], requirements, python }
}

/// Changes one thing.
type Fault = fn(&mut Right);

fn edit(right: &mut Right, source: usize, from: &str, to: &str) {
    let text = right.files.get_mut(&right.sources[source]).expect("it is there");
    assert!(text.contains(from), "{text}");
    *text = text.replacen(from, to, 1);
}

const FAULTS: [(&str, Fault); 6] = [
    ("a module is misspelt", |right| {
        let text = right.files.get_mut(&right.sources[0]).expect("it is there");
        *text = text
            .replace("import helpers\n", "import helprs\n")
            .replace("deep.helpers", "deep.helprs");
    }),
    ("a requirement is taken away", |right| {
        let lines = right.requirements.lines().skip(1);
        right.requirements = lines.map(|line| format!("{line}\n")).collect();
    }),
    ("a file has other letters than its import", |right| {
        let path = right.sources[1].clone();
        let text = right.files.remove(&path).expect("it is there");
        right.files.insert(path.replace("helpers", "Helpers"), text);
    }),
    ("a module can't be parsed", |right| edit(right, 1, "def answer(event):", "def answer(event)")),
    ("the handler is renamed", |right| edit(right, 0, "def run(", "def handle(")),
    ("a module is one for development only", |right| {
        edit(right, 1, "import json\n", "import json\nimport tester\n");
    }),
];

/// Writes the lambdas, some with a fault, and returns those that something is told of.
fn told(project: &Project, fault: Option<Fault>) -> BTreeSet<usize> {
    let mut config = String::new();
    let root = project.path("lambdas");
    if root.exists() {
        std::fs::remove_dir_all(&root).expect("it can be removed");
    }
    for number in 0..LAMBDAS {
        let mut right = right(number);
        if let Some(fault) = fault {
            fault(&mut right);
        }
        for (path, text) in &right.files {
            project.write(&format!("lambdas/l{number}/{path}"), text);
        }
        project.write(&format!("lambdas/l{number}/requirements.txt"), &right.requirements);
        let Right { handler, python, .. } = right;
        writeln!(config, "[lambda.l{number}]\npython = \"{python}\"\nhandler = \"{handler}\"")
            .expect("a text takes all");
    }
    project.write("dofs-package.toml", config);
    let report = project.run(&["build", "-n", "--format", "json"]).json();
    assert_eq!(report["failures"].as_array().expect("failures").len(), 0, "{report}");
    let packages = report["packages"].as_array().expect("packages").iter();
    let ours = ["missing-import", "syntax-error", "missing-handler"];
    let is_told = |package: &&serde_json::Value| {
        let mut warnings = package["warnings"].as_array().expect("warnings").iter();
        warnings.any(|it| ours.contains(&it["code"].as_str().expect("a code")))
    };
    let number = |package: &serde_json::Value| {
        package["name"].as_str().expect("a name")[1..].parse().expect("a number")
    };
    packages.filter(is_told).map(number).collect()
}

#[test]
fn planted_faults_are_found_and_nothing_else() {
    let project = Project::new();
    for wheel in [
        Wheel::bare("shapes", "1.0")
            .file("shapes/__init__.py", "class Circle: pass\n")
            .file("shapes/round.py", ""),
        Wheel::bare("clouds-storage", "1.0")
            .file("clouds/storage/__init__.py", "")
            .file("clouds/storage/client.py", ""),
    ] {
        project.publish(&wheel);
    }
    assert_eq!(told(&project, None), BTreeSet::new(), "nothing is wrong");
    for (name, fault) in FAULTS {
        let found = told(&project, Some(fault));
        let missed: Vec<usize> = (0..LAMBDAS).filter(|number| !found.contains(number)).collect();
        assert_eq!(missed, [0; 0], "{name}");
    }
}
