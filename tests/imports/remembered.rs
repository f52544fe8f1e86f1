//! What was found sound is not parsed again, until something changes that decides it.

use super::{lambda, said};
use crate::support::{Project, Wheel};

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

/// The records of sound packages.
fn records(project: &Project) -> Vec<String> {
    let folder = std::fs::read_dir(project.store().join("imports-1")).expect("the folder");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.expect("an entry").path()).expect("a text")
    };
    folder.map(read).collect()
}

#[test]
fn a_record_has_the_modules_that_were_reached() {
    let project = sound();
    let records = records(&project);
    let [record] = &records[..] else { panic!("{records:?}") };
    let parsed = record.lines().nth(1).expect("a second line");
    let parsed: serde_json::Value = serde_json::from_str(parsed).expect("JSON");
    let paths: Vec<&String> = parsed["parsed"].as_object().expect("modules").keys().collect();
    assert_eq!(paths, ["lambdas/api/handler.py", "lambdas/api/rows.py"]);
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
    let project = lambda("3.12", &[("handler.py", "import nothing_of_that_name\n")], &[]);
    let first = said(&project);
    assert_eq!(first.len(), 1);
    assert_eq!(said(&project), first);
    assert_eq!(records(&project), [""; 0]);
}

#[test]
fn a_damaged_record_is_none() {
    let project = sound();
    let folder = project.store().join("imports-1");
    let record = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    for bad in ["", "{}", "[]\n{}", "\u{0}"] {
        std::fs::write(&record, bad).unwrap();
        let text = "import json\nimport nothing_of_that_name\n";
        project.write("lambdas/api/rows.py", text);
        assert_eq!(said(&project).len(), 1, "{bad:?}");
    }
}
