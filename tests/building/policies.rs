//! What may be built, and for whom.

use super::{Library, requiring, succeed};
use crate::support::Project;

/// What is said of a project that can't be packaged.
fn refusal(project: &Project, arguments: &[&str]) -> String {
    let run = project.run(&[&["-q"], arguments].concat());
    assert_ne!(run.code, 0, "{}", run.text());
    run.text()
}

/// A project whose lambda wants something compiled, once from a folder and once from the index.
fn with_compiled(requirements: &str) -> Project {
    let project = requiring(&[("api", requirements)]);
    let library = Library::new("psycopg2", "2.9.9").compiled("cp312");
    library.write(&project.path("native"));
    library.archive(&project.index());
    project
}

/// Sets a policy in the config.
fn policy(project: &Project, policy: &str) {
    let config = format!("python = \"3.12\"\nsource-distributions = \"{policy}\"\n");
    project.write("dofs-package.toml", config);
}

#[test]
fn what_compiles_is_refused_unless_it_is_allowed() {
    let table = [
        (
            "psycopg2==2.9.9\n",
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: no wheel of `psycopg2==2.9.9` fits python3.12 on x86_64
                  --> lambdas/api/requirements.txt:1
                  caused by: the index offers no fitting wheel, but a source distribution
                  caused by: building `psycopg2-2.9.9.tar.gz` compiles `psycopg2-2.9.9-cp312-cp312-linux_x86_64.whl`, the same on one machine only
                hint: require `psycopg2-binary`, or allow building it with `source-distributions = "build"`
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            "../../native\n",
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `../../native` is compiled, so its result is only the same on one machine
              --> lambdas/api/requirements.txt:1
              caused by: the build gave `psycopg2-2.9.9-cp312-cp312-linux_x86_64.whl`
            hint: require a version that has a wheel for the target, or allow compiling with `source-distributions = "build"` on a machine like Lambda's
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
    ];
    for (requirements, expected) in table {
        let project = with_compiled(requirements);
        expected.assert_eq(&refusal(&project, &[]));
        policy(&project, "build");
        succeed(project.run(&[]));
        assert!(super::modules(&project).contains(&"psycopg2_native.so".to_owned()));
    }
}

#[test]
fn what_has_to_be_built_is_refused_where_the_config_says_so() {
    let project = requiring(&[("api", "../../shared\n"), ("other", "pure\n")]);
    Library::new("shared", "1.0").write(&project.path("shared"));
    Library::new("pure", "1.0").archive(&project.index());
    let log = project.home().join("builds");
    policy(&project, "refuse");
    let run = project.tool().env("BUILD_LOG", &log).run(&["-q"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `../../shared` would have to be built, and the config forbids that
          --> lambdas/api/requirements.txt:1
        hint: require a wheel of it, or allow building with `source-distributions = "build"`
        error: no wheel of `pure` fits python3.12 on x86_64
          --> lambdas/other/requirements.txt:1
          caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
        hint: require a version that has a wheel for the target, or allow building it with `source-distributions = "build"`
        error: 2 of 2 lambdas could not be packaged
    "#]].assert_eq(&run.text());
    assert!(!log.exists());
    succeed(project.tool().env("DOFS_PACKAGE_SOURCE_DISTRIBUTIONS", "build").run(&["-q"]));
    // What was built before is refused all the same.
    assert_eq!(project.run(&["-q", "--force"]).code, 4);
}

#[test]
fn a_policy_may_be_that_of_one_lambda() {
    let project = requiring(&[("a", "psycopg2\n"), ("b", "psycopg2\n")]);
    Library::new("psycopg2", "2.9.9").compiled("cp312").archive(&project.index());
    let config = "python = \"3.12\"\n[lambda.b]\nsource-distributions = \"build\"\n";
    project.write("dofs-package.toml", config);
    let run = project.run(&["-q"]);
    assert_eq!(run.code, 4, "{}", run.text());
    assert_eq!(run.stdout.split('\t').next(), Some("b"), "{}", run.text());
}

#[test]
fn what_is_compiled_for_another_target_is_refused() {
    let table = [
        (
            &["--arch", "arm64"][..],
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `../../native` was compiled for this machine, and not for python3.12 on arm64
              --> lambdas/api/requirements.txt:1
              caused by: the build gave `psycopg2-2.9.9-cp312-cp312-linux_x86_64.whl`
            hint: build where Python and processor are those of the target
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            &["--python", "3.11"],
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `../../native` was compiled for this machine, and not for python3.11 on x86_64
              --> lambdas/api/requirements.txt:1
              caused by: the build gave `psycopg2-2.9.9-cp312-cp312-linux_x86_64.whl`
            hint: build where Python and processor are those of the target
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
    ];
    for (arguments, expected) in table {
        let project = with_compiled("../../native\n");
        policy(&project, "build");
        expected.assert_eq(&refusal(&project, arguments));
    }
}

#[test]
fn what_is_required_of_python_is_compared_with_the_target() {
    let project = requiring(&[("api", "../../shared\n")]);
    let library = Library::new("shared", "1.0").metadata("Requires-Python: >=3.13");
    library.write(&project.path("shared"));
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `shared` requires Python >=3.13, and the target is python3.12 on x86_64
          --> lambdas/api/requirements.txt
        hint: require a version for the target's Python, or set another `python`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&refusal(&project, &[]));
    succeed(project.run(&["--python", "3.13"]));
}

#[test]
fn a_compiled_wheel_that_the_store_lost_is_made_again() {
    let project = with_compiled("../../native\n");
    policy(&project, "build");
    let library = Library::new("psycopg2", "2.9.9").compiled("cp312");
    // As a compiler does it: no two builds give the same bytes.
    let backend = String::from_utf8(include_bytes!("backend.py").to_vec()).unwrap();
    let restless = backend.replace(
        "    for folder, folders",
        "    yield \"stamp.py\", (b\"# %d\" % \
         time.time_ns()), 0o644\n    for folder, folders",
    );
    library.file("unused", "").write(&project.path("native"));
    project.write("native/backend.py", restless);
    succeed(project.run(&["-q"]));
    for entry in std::fs::read_dir(project.store().join("wheels-1")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    succeed(project.run(&["-q", "--force"]));
}

#[test]
fn where_building_is_refused_no_line_and_no_lock_runs_code() {
    let project = requiring(&[("api", "--no-binary one\none\n")]);
    let trap = project.home().join("it-ran");
    let backend = format!("open({:?}, 'w').close()\n", trap.display().to_string());
    Library::new("one", "1.0").file("backend.py", backend).archive(&project.index());
    project.publish(&crate::support::Wheel::new("one", "1.0"));
    let refuse = "python = \"3.12\"\nsource-distributions = \"refuse\"\n";
    project.write("dofs-package.toml", refuse);

    let run = project.run(&["--format", "json", "-q"]);

    assert_eq!(run.json()["failures"][0]["code"], "source-refused", "{}", run.text());
    assert!(!trap.exists());
}
