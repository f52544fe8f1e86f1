//! `diff`: what is other in a lambda's zip than in its sources, or in one zip than in another.

mod broken;
mod content;
mod lambda;
mod zips;

use std::path::Path;

use expect_test::Expect;

use crate::support::{Project, Run, output, python3};

/// A module that is enough for a lambda.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// Runs `diff`.
fn diff(project: &Project, arguments: &[&str]) -> Run {
    let arguments: Vec<&str> = ["diff"].iter().chain(arguments).copied().collect();
    project.run(&arguments)
}

/// Compares all that a run said, digests blanked out.
fn check(run: &Run, expected: Expect) {
    let text = run.text();
    let words = text.split_inclusive(['\t', '\n', ' ', '"', ',']);
    let blanked = words.map(|word| {
        let core = word.trim_end_matches(['\t', '\n', ' ', '"', ',']);
        let is_hex = core.len() == 64 && core.chars().all(|letter| letter.is_ascii_hexdigit());
        let is_base64 = core.len() == 44 && core.ends_with('=') && !core.contains('.');
        match (is_hex, is_base64) {
            (true, _) => word.replace(core, "[HEX]"),
            (_, true) => word.replace(core, "[BASE64]"),
            _ => word.to_owned(),
        }
    });
    expected.assert_eq(&blanked.collect::<String>());
}

/// Writes a zip by Python's zipfile: `script` has it as `zip`, and `source`, a zip to take from.
fn python_zip(zip: &Path, source: &Path, script: &str) {
    let before = "import sys, zipfile\nsource = zipfile.ZipFile(sys.argv[2])\n\
                  zip = zipfile.ZipFile(sys.argv[1], 'w')\n";
    let script = format!("{before}{script}\nzip.close()\n");
    output(python3().args(["-c", &script]).arg(zip).arg(source));
}

/// A packaged lambda with two modules, and a text that deflates well.
fn packaged() -> Project {
    let project = Project::with(&[
        ("lambdas/api/api.py", MODULE),
        ("lambdas/api/lib/text.py", "WORDS = [\n    \"one\",\n    \"two\",\n    \"three\",\n]\n"),
        ("lambdas/api/lib/long.txt", &"the same line\n".repeat(100)),
    ]);
    project.digests();
    project
}
