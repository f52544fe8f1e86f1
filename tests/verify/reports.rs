//! The answers for programs: JSON, and JUnit's XML.

use expect_test::expect;

use super::packaged;
use crate::support::git;

#[test]
fn the_json_has_every_check() {
    let project = packaged();
    project.write("lambdas/a/a.py", "A = 2\n");
    let run = project.run(&["verify", "a", "-q", "--format", "json"]);
    assert_eq!(run.code, 1);
    expect![[r#"
        {
          "checks": [
            {
              "actual": "OwMGcQoMLM5ULQarFRyLqOpfEe5KNu4sgskyn5OMsHg=",
              "address": null,
              "check": "zip",
              "expected": "x/v6hn6U5CB8cJuUCXpoPYMUn70hZJ6oV4Eu/ZlRx18=",
              "message": "1 member of `lambdas/a/a.zip` differs: see `cargo dofs-package diff a`",
              "name": "a",
              "status": "differs"
            },
            {
              "actual": "OwMGcQoMLM5ULQarFRyLqOpfEe5KNu4sgskyn5OMsHg=",
              "address": null,
              "check": "manifest",
              "expected": "x/v6hn6U5CB8cJuUCXpoPYMUn70hZJ6oV4Eu/ZlRx18=",
              "message": "it is of other contents: run `cargo dofs-package build a` and commit it",
              "name": "a",
              "status": "differs"
            },
            {
              "actual": null,
              "address": null,
              "check": "imports",
              "expected": null,
              "message": "every import is given, of 1 module that the handler reaches",
              "name": "a",
              "status": "ok"
            }
          ],
          "failures": [],
          "schema": 1,
          "tool": {
            "format": 1,
            "name": "cargo-dofs-package",
            "version": "0.1.0"
          },
          "warnings": []
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&run.json()).expect("JSON"));
}

#[test]
fn the_report_for_ci_has_every_check_and_failure() {
    let project = packaged();
    project.write("lambdas/a/a.py", "A = 2\n");
    project.write("lambdas/c/c.py", "");
    project.write("lambdas/c/requirements.txt", "nothing-there==1 \\\n  --hash=sha256:<&>\n");
    let run = project.run(&["verify", "-q", "--junit", "reports/new/verify.xml"]);
    assert_eq!(run.code, 4);
    let xml = String::from_utf8(project.read("reports/new/verify.xml")).expect("XML is text");
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="cargo-dofs-package verify" tests="7" skipped="0" failures="2" errors="1">
            <testsuite name="cargo-dofs-package verify" tests="7" skipped="0" errors="1" failures="2">
                <testcase name="zip" classname="a">
                    <failure message="1 member of `lambdas/a/a.zip` differs: see `cargo dofs-package diff a`" type="differs">expected: x/v6hn6U5CB8cJuUCXpoPYMUn70hZJ6oV4Eu/ZlRx18=
        actual: OwMGcQoMLM5ULQarFRyLqOpfEe5KNu4sgskyn5OMsHg=
        </failure>
                </testcase>
                <testcase name="manifest" classname="a">
                    <failure message="it is of other contents: run `cargo dofs-package build a` and commit it" type="differs">expected: x/v6hn6U5CB8cJuUCXpoPYMUn70hZJ6oV4Eu/ZlRx18=
        actual: OwMGcQoMLM5ULQarFRyLqOpfEe5KNu4sgskyn5OMsHg=
        </failure>
                </testcase>
                <testcase name="imports" classname="a"/>
                <testcase name="zip" classname="b"/>
                <testcase name="manifest" classname="b"/>
                <testcase name="imports" classname="b"/>
                <testcase name="package" classname="c">
                    <error message="`--hash=sha256:&lt;&amp;&gt;` is no requirement" type="invalid-requirement">a hash is `sha256:` and hexadecimal digits</error>
                </testcase>
            </testsuite>
        </testsuites>
    "#]]
    .assert_eq(&xml);
}

#[test]
fn a_report_that_can_not_be_written_is_a_failure_of_the_run() {
    let project = packaged();
    project.write("reports", "a file");
    let run = project.run(&["verify", "-q", "--junit", "reports/verify.xml"]);
    expect![[r#"
        exit code: 3
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	manifest	ok	it is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	manifest	ok	it is what the sources give
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        error: cannot write the report `reports/verify.xml`
          caused by: cannot create the directory `[ROOT]/reports`
          caused by: file exists
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_run_that_stops_early_writes_its_report_too() {
    let project = packaged();
    project.write("terraform/packages.json", "[");
    assert_eq!(project.run(&["verify", "--junit", "verify.xml"]).code, 3);
    let xml = String::from_utf8(project.read("verify.xml")).expect("XML is text");
    assert!(xml.contains("type=\"invalid-manifest\""), "{xml}");
}

#[test]
fn a_report_of_this_run_is_in_no_package() {
    for path in ["lambdas/a/report.xml", "lambdas/a/sub/../report.xml", "lambdas/b/out/junit.xml"] {
        let project = packaged();
        std::fs::create_dir_all(project.path("lambdas/b/out")).expect("a folder");
        std::fs::create_dir_all(project.path("lambdas/a/sub")).expect("a folder");
        for _ in 0..2 {
            let run = project.run(&["verify", "-q", "--junit", path]);
            assert_eq!(run.code, 0, "{path}: {}", run.text());
        }
        let below = project.tool().directory(project.path("lambdas"));
        let inside = path.trim_start_matches("lambdas/");
        assert_eq!(below.run(&["verify", "-q", "--junit", inside]).code, 0);
        // Another run packages whatever is there.
        let run = project.run(&["verify", "--junit", path]);
        assert!(run.stderr.contains("is in a lambda, and other runs package it"), "{}", run.text());
        assert_eq!(project.run(&["verify", "-q"]).code, 1);
    }
}

#[test]
fn a_report_takes_the_place_of_nothing() {
    let project = packaged();
    git(&project.root(), &["init", "-q"]);
    git(&project.root(), &["add", "."]);
    let table = [
        (&["verify", "--junit", "lambdas/a/a.zip"][..], "lambdas/a/a.zip"),
        (&["verify", "--junit", "lambdas/a/a.py"], "lambdas/a/a.py"),
        (&["verify", "--timings", "terraform/packages.json"], "terraform/packages.json"),
        (&["--timings", "terraform/packages.json"], "terraform/packages.json"),
    ];
    for (arguments, path) in table {
        let before = project.read(path);
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.text());
        assert!(run.stderr.contains(&format!("a report can't go to `{path}`")), "{}", run.stderr);
        assert_eq!(project.read(path), before, "{path}");
    }
    let run = project.run(&["verify", "--junit", "x.json", "--timings", "x.json"]);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: a report can't go to `x.json`: it is what this run writes
        hint: name another file
    "#]]
    .assert_eq(&run.text());
    assert!(!project.path("x.json").exists());
}
