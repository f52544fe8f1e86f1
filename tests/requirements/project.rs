//! Dependencies of a `pyproject.toml`.

use expect_test::expect;

use super::{build, failure, project};
use crate::support::Project;

const PROJECT: &str = "lambdas/api/pyproject.toml";

fn with(text: &str) -> Project {
    project(&[(PROJECT, text)])
}

#[test]
fn dependencies_of_the_project_are_packaged() {
    let project = with(
        "[project]\nname = \"api\"\ndependencies = [\n  \"one\",\n  \"two ; sys_platform == 'linux'\",\n  \"nothing ; sys_platform == 'win32'\",\n]\n",
    );
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
}

#[test]
fn extras_and_groups_are_packaged_if_the_config_names_them() {
    let project = with(
        "[project]\nname = \"api\"\ndependencies = [\"one\"]\n\
         [project.optional-dependencies]\nAll = [\"api[more]\"]\nmore = [\"two\"]\n\
         [dependency-groups]\nlambda = [{ include-group = \"base\" }]\nbase = [\"three\"]\ndev = [\"nothing\"]\n",
    );
    assert_eq!(build(&project), ["one 1.0"]);
    project.write("dofs-package.toml", "python = \"3.12\"\nextras = [\"all\"]\n");
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
    project.write("dofs-package.toml", "python = \"3.12\"\n[lambda.api]\ngroups = [\"Lambda\"]\n");
    assert_eq!(build(&project), ["one 1.0", "three 1.0"]);
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    let run = project.tool().env("DOFS_PACKAGE_EXTRAS", "more").run(&["--format", "json", "-q"]);
    assert_eq!(super::packaged(&run), ["one 1.0", "two 1.0"]);
}

#[test]
fn groups_and_extras_that_name_each_other_in_long_rows_or_twice_come_to_an_end() {
    let row = |line: &dyn Fn(u32) -> String| (0..20_000).map(line).collect::<String>();
    let groups = row(&|at| {
        let next = format!("{{ include-group = \"g{}\" }}", at + 1);
        format!("g{at} = [{next}, {next}]\n")
    });
    let extras = row(&|at| format!("e{at} = [\"api[e{}]\"]\n", at + 1));
    let project = with(&format!(
        "[project]\nname = \"api\"\ndependencies = [\"one\"]\n[project.optional-dependencies]\n\
         {extras}e20000 = [\"two\"]\n[dependency-groups]\n{groups}g20000 = [\"three\"]\n"
    ));
    let config = "python = \"3.12\"\ngroups = [\"g0\"]\nextras = [\"e0\"]\n";
    project.write("dofs-package.toml", config);
    assert_eq!(build(&project), ["one 1.0", "three 1.0", "two 1.0"]);
}

#[test]
fn a_group_that_is_not_there_is_a_failure_that_names_the_others() {
    let project = with(
        "[project]\nname = \"api\"\ndependencies = [\"one\"]\n[dependency-groups]\nlambda = [\"two\"]\n",
    );
    project.write("dofs-package.toml", "python = \"3.12\"\ngroups = [\"lamda\"]\n");
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/api/pyproject.toml` has no group `lamda`
          --> lambdas/api/pyproject.toml
        hint: did you mean `lambda`?
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn a_wrong_line_is_told_by_its_place() {
    let project =
        with("[project]\nname = \"api\"\ndependencies = [\n  \"one\",\n  \"two=1\",\n]\n");
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `two=1` is no requirement
          --> lambdas/api/pyproject.toml:5
          caused by: no such comparison operator "=", must be one of ~= == != <= >= < > ===
        hint: write it as `name==1.2.3`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn dynamic_dependencies_are_read_where_the_backend_names_the_file() {
    let project = with(
        "[project]\nname = \"api\"\ndynamic = [\"dependencies\"]\n\
         [tool.setuptools.dynamic]\ndependencies = { file = [\"needs.txt\"] }\n",
    );
    project.write("lambdas/api/needs.txt", "one\n-r more.txt\n");
    project.write("lambdas/api/more.txt", "two\n");
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
}

#[test]
fn what_only_another_tool_knows_is_a_failure_with_the_way_out() {
    let table = [
        ("[project]\nname = \"a\"\ndynamic = [\"dependencies\"]\n", "requirements.txt"),
        ("[tool.poetry.dependencies]\npython = \"^3.12\"\none = \"^1.0\"\n", "poetry lock"),
        (
            "[project]\nname = \"a\"\ndependencies = [\"one\"]\n[tool.uv.sources]\none = { workspace = true }\n",
            "uv lock",
        ),
        (
            "[project]\nname = \"a\"\ndependencies = [\"one\"]\n[[tool.uv.index]]\nurl = \"https://h/simple\"\n",
            "uv lock",
        ),
        (
            "[project]\nname = \"a\"\ndependencies = [\"one\"]\n[tool.poetry.dependencies]\none = { path = \"../one\" }\n",
            "poetry lock",
        ),
        (
            "[project]\nname = \"a\"\ndependencies = [\"one\"]\n[tool.uv]\noverride-dependencies = [\"two==1\"]\n",
            "uv lock",
        ),
    ];
    for (text, way_out) in table {
        let run = with(text).run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()), "{text}");
        let hint = run.json()["failures"][0]["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains(way_out), "{text}: {hint}");
    }
}

#[test]
fn a_source_for_what_is_not_required_is_no_failure() {
    let project = with(
        "[project]\nname = \"a\"\ndependencies = [\"one\"]\n[tool.uv.sources]\nother = { workspace = true }\n\
         [[tool.uv.index]]\nname = \"x\"\nurl = \"https://h/simple\"\nexplicit = true\n",
    );
    assert_eq!(build(&project), ["one 1.0"]);
}

#[test]
fn files_of_other_kinds_that_name_dependencies_are_failures() {
    for (name, text) in [
        ("Pipfile", "[packages]\none = \"*\"\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['one'])\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n    one\n"),
        ("setup.cfg", "[options]\ninstall_requires = one\n"),
        ("pyproject.toml", "[project\n"),
    ] {
        let project = project(&[(&format!("lambdas/api/{name}"), text)]);
        let run = project.run(&["--format", "json", "-q"]);
        assert_eq!(run.code, 4, "{name}: {}", run.text());
        project.write("dofs-package.toml", "python = \"3.12\"\nrequirements = \"\"\n");
        assert_eq!(build(&project), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn files_that_name_none_are_none() {
    for (name, text) in [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
        ("pyproject.toml", "[project]\nname = \"a\"\ndependencies = []\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.12\"\n"),
        ("Pipfile", "[packages]\n[dev-packages]\npytest = \"*\"\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=[])\n"),
        ("setup.cfg", "[install]\nprefix=\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n[options.extras_require]\ndev = one\n"),
    ] {
        let project = project(&[(&format!("lambdas/api/{name}"), text)]);
        let run = project.run(&["--format", "json", "-q", "--locked"]);
        assert_eq!(super::packaged(&run), Vec::<String>::new(), "{name}: {text}");
        assert_eq!(super::warnings(&run), Vec::<String>::new(), "{name}: {text}");
    }
}

#[test]
fn requirements_txt_beside_a_project_wins() {
    let project = with("[project]\nname = \"api\"\ndependencies = [\"one\"]\n");
    project.write("lambdas/api/requirements.txt", "two\n");
    assert_eq!(build(&project), ["two 1.0"]);
}

#[test]
fn tables_from_before_the_standard_are_read() {
    for (text, config) in [
        (
            "[project]\nname = \"a\"\n[tool.uv]\ndev-dependencies = [\"one\"]\n",
            "groups = [\"dev\"]",
        ),
        (
            "[project]\nname = \"a\"\n[tool.pdm.dev-dependencies]\nLambda = [\"one\"]\n",
            "groups = [\"lambda\"]",
        ),
        ("[tool.flit.metadata]\nmodule = \"a\"\nrequires = [\"one\"]\n", ""),
    ] {
        let project = with(text);
        project.write("dofs-package.toml", format!("python = \"3.12\"\n{config}\n"));
        assert_eq!(build(&project), ["one 1.0"], "{text}");
    }
}

#[test]
fn what_changes_all_versions_is_refused_where_one_tool_alone_knows_it() {
    let asks = "[project]\nname = \"a\"\ndependencies = [\"one\"]\n";
    for (text, way_out) in [
        ("[[tool.pdm.source]]\nname = \"x\"\nurl = \"https://h/simple\"\n", "pdm export"),
        ("[tool.pdm.resolution.overrides]\none = \"0.9\"\n", "pdm export"),
        ("[tool.uv]\nprerelease = \"allow\"\n", "uv lock"),
        ("[tool.uv]\nexclude-newer = \"2024-01-01\"\n", "uv lock"),
        ("[[tool.poetry.source]]\nname = \"x\"\nurl = \"https://h/simple\"\n", "poetry lock"),
    ] {
        let run = with(&format!("{asks}{text}")).run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()), "{text}");
        let hint = run.json()["failures"][0]["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains(way_out) && hint.contains("lambdas/api"), "{text}: {hint}");
    }
    let project = with(asks);
    project.write("lambdas/api/uv.toml", "index-url = \"https://h/simple\"\n");
    let run = project.run(&["-n", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()));
    assert_eq!(run.json()["failures"][0]["path"], "lambdas/api/uv.toml");
}

#[test]
fn a_table_that_names_the_public_index_is_no_failure() {
    let public = "url = \"https://pypi.org/simple\"\n";
    for text in [
        format!("[[tool.uv.index]]\n{public}default = true\n"),
        format!("[[tool.pdm.source]]\nname = \"pypi\"\n{public}verify_ssl = true\n"),
        format!("[[tool.poetry.source]]\nname = \"main\"\n{public}"),
        "[[tool.poetry.source]]\nname = \"PyPI\"\npriority = \"primary\"\n".to_owned(),
    ] {
        let asks = "[project]\nname = \"a\"\ndependencies = [\"one\"]\n";
        assert_eq!(build(&with(&format!("{asks}{text}"))), ["one 1.0"], "{text}");
    }
}

#[test]
fn a_group_of_what_has_no_lock_is_a_failure_and_none_that_is_passed_over() {
    for (name, text, key, code) in [
        ("Pipfile", "[dev-packages]\none = \"*\"\n", "groups = [\"dev\"]", "dependencies-unusable"),
        ("Pipfile", "[lambda]\none = \"*\"\n", "groups = [\"lambda\"]", "dependencies-unusable"),
        (
            "pyproject.toml",
            "[tool.poetry.group.lambda.dependencies]\none = \"1\"\n",
            "groups = [\"lambda\"]",
            "dependencies-unusable",
        ),
        ("pyproject.toml", "[tool.ruff]\nline-length = 9\n", "groups = [\"x\"]", "unknown-group"),
        ("setup.py", "setup(extras_require={'x': ['one']})\n", "extras = [\"x\"]", "unknown-group"),
    ] {
        let project = project(&[(&format!("lambdas/api/{name}"), text)]);
        project.write("dofs-package.toml", format!("python = \"3.12\"\n{key}\n"));
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, code.to_owned()), "{name} {text}");
    }
}
