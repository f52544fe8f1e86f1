//! Dependencies where nobody looked for them were dropped without a word.

use crate::support::Project;

#[test]
fn dependencies_of_a_pyproject_without_a_lock_are_warned_of() {
    let project = Project::with(&[
        ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n"),
        (
            "lambdas/api/pyproject.toml",
            "[project]\nname = \"api\"\ndependencies = [\"requests\"]\n",
        ),
    ]);

    let run = project.run(&["--format", "json", "-q"]);

    let warning = &run.json()["packages"][0]["warnings"][0];
    assert_eq!(warning["code"], "dependencies-unheeded", "{}", run.text());
}
