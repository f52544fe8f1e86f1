//! What was found in a package is told again without parsing, until something changes that decides it.

use std::path::PathBuf;

use serde_json::Value;

use super::{lambda, said};
use crate::support::{Project, Wheel, sha256};

/// A lambda of three modules in which nothing is wrong, and that was packaged once.
fn sound() -> Project {
    let files = [
        ("handler.py", "import rows\ndef lambda_handler(event, context): return rows.all()\n"),
        ("rows.py", "import json\nimport one\ndef all(): return []\n"),
        ("tools/script.py", "import nothing_of_that_name\n"),
    ];
    let project = lambda("3.12", &files, &[Wheel::new("one", "1.0").file("one.py", "")]);
    assert_eq!(said(&project), [""; 0]);
    project
}

/// The records of packages, by path.
fn records(project: &Project) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(project.store().join("imports-1")).expect("the folder");
    folder.map(|entry| entry.expect("an entry").path()).collect()
}

/// The one record of a package, and what it says after its first line, a digest.
fn record(project: &Project) -> (PathBuf, Value) {
    let records = records(project);
    let [path] = &records[..] else { panic!("{records:?}") };
    let text = std::fs::read_to_string(path).expect("a text");
    let (_, json) = text.split_once('\n').expect("two lines");
    (path.clone(), serde_json::from_str(json).expect("JSON"))
}

#[test]
fn what_a_record_says_is_told_without_another_look() {
    let project = sound();
    let (path, mut record) = record(&project);
    record["modules"] = 77.into();
    let json = record.to_string();
    std::fs::write(path, format!("{}\n{json}", sha256(&json))).unwrap();
    let run = project.run(&["verify"]);
    assert!(run.stdout.contains("77 modules"), "{}", run.text());
}

#[test]
fn another_module_is_parsed_again() {
    let project = sound();
    let before = project.read("lambdas/api/rows.py");
    let changed = String::from_utf8(before.clone()).unwrap().replace("json", "gson");
    project.write("lambdas/api/rows.py", changed);
    assert_eq!(
        said(&project),
        [
            "rows.py:1 nothing in the package gives `gson` (write `json`, if that is meant; or require what has `gson`)"
        ]
    );
    project.write("lambdas/api/rows.py", before);
    assert_eq!(said(&project), [""; 0]);
}

#[test]
fn what_a_module_leads_to_is_looked_for_again() {
    let project = sound();
    std::fs::remove_file(project.path("lambdas/api/rows.py")).unwrap();
    assert_eq!(said(&project).len(), 1);
    let project = sound();
    project.write("lambdas/api/requirements.txt", "");
    assert_eq!(said(&project).len(), 1);
    let project = sound();
    project.write(
        "dofs-package.toml",
        "python = \"3.12\"\n[lambda.api]\nhandler = \"tools.script.run\"\n",
    );
    assert_eq!(said(&project).len(), 2);
}

#[test]
fn what_is_wrong_is_told_each_time() {
    let files = [
        ("handler.py", "import nothing_of_that_name\nimport rows\ndef lambda_handler(e, c): ..."),
        ("rows.py", "def f(:\n"),
        ("again.py", "import yaml"),
    ];
    let project = lambda("3.12", &files, &[]);
    let config = "python = \"3.12\"\n[lambda.api]\nhandler = \"handler.other\"\n";
    project.write("dofs-package.toml", config);
    let first = said(&project);
    assert_eq!(first.len(), 3, "{first:?}");
    assert_eq!(said(&project), first);
    let (path, mut record) = record(&project);
    record["found"][0]["message"] = "what the record says".into();
    let json = record.to_string();
    std::fs::write(path, format!("{}\n{json}", sha256(&json))).unwrap();
    assert!(said(&project)[0].contains("what the record says"));
}

#[test]
fn what_hints_name_is_looked_for_again() {
    let project = lambda("3.12", &[("handler.py", "import other\n")], &[]);
    assert!(said(&project)[0].contains("require what has `other`"));
    let config = "python = \"3.12\"\n[lambda.api]\nexclude = [\"other.py\"]\n";
    project.write("dofs-package.toml", config);
    project.write("lambdas/api/other.py", "");
    let said = said(&project);
    assert!(said[0].contains("keep `other.py`"), "{said:?}");
}

#[test]
fn a_damaged_record_is_none_and_is_written_anew() {
    let project = sound();
    let (path, _) = record(&project);
    let before = std::fs::read(&path).unwrap();
    for bad in ["", "{}", "[]\n{}", "\u{0}"] {
        std::fs::write(&path, bad).unwrap();
        assert_eq!(said(&project), [""; 0], "{bad:?}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{bad:?}");
    }
}
