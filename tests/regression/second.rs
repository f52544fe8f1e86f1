//! What a second review found.

use super::JSON;
use crate::support::{Project, Wheel};

const HANDLER: &str = "def handler(event, context):\n    return 1\n";

#[test]
fn a_line_behind_a_lone_carriage_return_is_required() {
    let project = Project::with(&[
        ("lambdas/api/api.py", HANDLER),
        ("lambdas/api/requirements.txt", "# deps\rone==1.0\r"),
    ]);
    project.publish(&Wheel::new("one", "1.0"));
    let run = project.run(&["--python", "3.12"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(project.entries("lambdas/api/api.zip").contains_key("one/__init__.py"));
}

#[test]
fn a_wheel_that_another_set_has_fetched_anew_does_not_vouch_for_the_damaged_one() {
    let project =
        Project::with(&[("lambdas/a/a.py", HANDLER), ("lambdas/a/requirements.txt", "one\n")]);
    project.publish(&Wheel::new("one", "1.0").file("one/text.txt", "some text ".repeat(500)));
    project.publish(&Wheel::new("two", "1.0"));
    let tool = ["-q", "--python", "3.12"];
    let before = project.run(&tool).digests();
    let blobs = std::fs::read_dir(project.store().join("wheels-1")).unwrap();
    for blob in blobs {
        let path = blob.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[60] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    project.write("lambdas/b/b.py", HANDLER);
    project.write("lambdas/b/requirements.txt", "one\ntwo\n");
    let run = project.run(&tool);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.digests()["a"], before["a"]);
}

#[test]
fn a_folder_of_wheels_named_by_its_address_counts_by_what_it_holds() {
    let project = Project::with(&[("lambdas/api/api.py", HANDLER)]);
    let folder = project.path("wheels");
    std::fs::create_dir(&folder).unwrap();
    let line = format!("--find-links file://{}\none\n", folder.display());
    project.write("lambdas/api/requirements.txt", line);
    let package = |text: &str| {
        let wheel = Wheel::new("one", "1.0").file("one/text.txt", text);
        std::fs::write(folder.join(wheel.file_name()), wheel.bytes()).unwrap();
        project.run(&["-q", "--python", "3.12"]).digests()
    };
    assert_ne!(package("a"), package("b"));
}

#[test]
fn the_value_of_a_variable_is_in_no_message() {
    for line in
        ["https://host/${TOKEN}/one-1.0.whl", "-r ${TOKEN}/x.txt", "-c ${TOKEN}", "${TOKEN}"]
    {
        let project = Project::with(&[
            ("lambdas/api/api.py", HANDLER),
            ("lambdas/api/requirements.txt", &format!("{line}\n")),
        ]);
        let run = project.tool().env("TOKEN", "s3-cr3t=").run(&JSON);
        assert_eq!(run.code, 4, "{line}: {}", run.text());
        assert!(!run.text().contains("s3-cr3t"), "{line}: {}", run.text());
        assert!(run.text().contains("${TOKEN}"), "{line}: {}", run.text());
    }
}

#[test]
fn a_lambda_where_the_zips_go_is_told_of() {
    let project = Project::with(&[("lambdas/a/a.py", HANDLER), ("lambdas/b/b.py", HANDLER)]);
    let run = project.run(&["--out-dir", "lambdas/b"]);
    assert!(run.stderr.contains("`lambdas/b` is where the zips go"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_fifo_of_a_temporary_name_is_not_waited_for() {
    let project = Project::with(&[("lambdas/a/a.py", HANDLER)]);
    let fifo = project.path("lambdas/a/.dofs-tmp-x");
    crate::support::output(std::process::Command::new("mkfifo").arg(fifo));
    assert_eq!(project.run(&["-q"]).code, 0);
}

#[test]
fn more_threads_than_any_machine_has_are_not_started() {
    let project = Project::with(&[("lambdas/a/a.py", HANDLER)]);
    assert_eq!(project.run(&["-q", "-j", "100000"]).code, 0);
}
