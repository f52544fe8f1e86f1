//! What a project says of the versions of Python that it is for.

use expect_test::expect;

use super::{build, failure, project};
use crate::building::Library;

const PROJECT: &str = "lambdas/api/pyproject.toml";

#[test]
fn a_project_for_other_pythons_gives_no_dependencies() {
    let of = |range: &str| {
        format!(
            "[project]\nname = \"api\"\nversion = \"1\"\nrequires-python = \"{range}\"\n\
             dependencies = [\"one\"]\n"
        )
    };
    let extra = "[project]\nname = \"api\"\nrequires-python = \"<3.12\"\n\
        [dependency-groups]\nlambda = [\"one\"]\n";
    let dynamic = "[project]\nname = \"api\"\nrequires-python = \">3.13\"\ndynamic = [\"dependencies\"]\n\
        [tool.setuptools.dynamic]\ndependencies = { file = \"needs.txt\" }\n";
    let flit = "[tool.flit.metadata]\nmodule = \"api\"\nrequires = [\"one\"]\nrequires-python = \"<3.10\"\n";
    for text in [
        of(">=3.13"),
        of("<3.12"),
        of("==3.11.*"),
        of("~=3.13"),
        of(">=3.8, !=3.12.*"),
        of("==3.13.1"),
        extra.to_owned(),
        dynamic.to_owned(),
        flit.to_owned(),
    ] {
        let project = project(&[(PROJECT, &text), ("lambdas/api/needs.txt", "one\n")]);
        if text == extra {
            project.write("dofs-package.toml", "python = \"3.12\"\ngroups = [\"lambda\"]\n");
        }
        let run = project.run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "requires-python".to_owned()), "{text}");
        assert_eq!(project.run(&["lock"]).code, 4, "{text}");
    }
    for text in [of(">=3.9"), of("~=3.12"), of(">=3.12.4,<4"), of("==3.12.1"), of("<4")] {
        let project = project(&[(PROJECT, &text)]);
        assert_eq!(build(&project), ["one 1.0"], "{text}");
    }
}

#[test]
fn it_is_told_with_its_line() {
    let text =
        "[project]\nname = \"api\"\nrequires-python = \">=3.13\"\ndependencies = [\"one\"]\n";
    let project = project(&[(PROJECT, text)]);
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/api/pyproject.toml` requires Python >=3.13, and the target is python3.12 on x86_64
          --> lambdas/api/pyproject.toml:3
        hint: change `requires-python` there, or set another `python`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.run(&[]).text());
}

#[test]
fn what_comes_from_elsewhere_hangs_not_on_the_project() {
    let text = "[project]\nname = \"api\"\nrequires-python = \">=3.13\"\n";
    let project = project(&[(PROJECT, text), ("lambdas/api/requirements.txt", "one\n")]);
    assert_eq!(build(&project), ["one 1.0"]);
    std::fs::remove_file(project.path("lambdas/api/requirements.txt")).unwrap();
    assert_eq!(build(&project), Vec::<String>::new());
}

#[test]
fn a_folder_of_the_project_that_is_for_other_pythons_is_refused() {
    for (range, code) in [(">=3.13", "requires-python"), ("<3.12", "requires-python")] {
        let project = project(&[("lambdas/api/requirements.txt", "./libs/own\n")]);
        Library::new("own", "1.0")
            .metadata(&format!("Requires-Python: {range}"))
            .write(&project.path("libs/own"));
        let run = project.run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, code.to_owned()), "{}", run.text());
    }
}
