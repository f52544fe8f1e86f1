//! Dependencies where nobody looked for them were dropped without a word.

use crate::support::{Project, Wheel};

#[test]
fn dependencies_of_a_pyproject_without_a_lock_are_packaged() {
    let project = Project::with(&[
        ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n"),
        (
            "lambdas/api/pyproject.toml",
            "[project]\nname = \"api\"\ndependencies = [\"requests\"]\n",
        ),
    ]);
    project.publish(&Wheel::new("requests", "1.0"));

    let run = project.run(&["--format", "json", "-q"]);

    let wheel = &run.json()["packages"][0]["requirements"][0];
    assert_eq!(wheel["name"], "requests", "{}", run.text());
}
