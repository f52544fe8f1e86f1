//! Real packages, and real tools.

use std::process::Command;

use super::{Library, MODULE, modules, requiring, succeed, wheels};
use crate::support::{environment_with_pip, output, path, python, python_folder};

#[test]
#[ignore = "needs the package index"]
fn a_pure_source_distribution_of_the_index_is_built_the_same_by_two_pythons() {
    let project = requiring(&[("api", "docopt==0.6.2\n")]);
    let mut digests = Vec::new();
    for version in ["3.9", "3.12"] {
        let path = python_folder(version);
        let tool = project.tool().online().env("PATH", path);
        let tool = tool.env_remove("PYENV_ROOT").env_remove("PYENV_VERSION");
        let run = succeed(tool.run(&["--format", "json", "--no-cache", "--force"]));
        digests.push(run.json()["packages"][0]["requirements"][0]["sha256"].clone());
    }
    assert_eq!(modules(&project), ["docopt.py"]);
    assert_eq!(digests[0], digests[1]);
}

#[test]
#[ignore = "needs the package index and a C compiler"]
fn a_compiled_source_distribution_of_the_index_is_built_where_that_is_allowed() {
    let project = requiring(&[("api", "crcmod==1.7\n")]);
    // What is compiled is for the Python that compiles it.
    let folder = python_folder("3.12");
    let path = [folder].into_iter().chain(std::env::split_paths(path()));
    let path = std::env::join_paths(path).unwrap();
    let online = || project.tool().online().env("PATH", &path).run(&["--format", "json"]);
    let run = online();
    assert_eq!(run.code, 4, "{}", run.text());
    let failure = &run.json()["failures"][0];
    assert_eq!(failure["code"], "no-wheel-fits", "{failure}");
    project.write("dofs-package.toml", "python = \"3.12\"\nsource-distributions = \"build\"\n");
    succeed(online());
    let has_native = |name: &String| name.starts_with("crcmod/_crcfunext");
    assert!(modules(&project).iter().any(has_native), "{:?}", modules(&project));
}

#[test]
#[ignore = "needs the package index"]
fn a_project_of_setuptools_is_built_from_its_setup_py() {
    let project = requiring(&[("api", "../../flat\n")]);
    let setup = "from setuptools import setup\n\
                 setup(name='Flat.Project', version='1.0', packages=['flat'], \
                 package_data={'flat': ['*.txt']}, python_requires='>=3.8', \
                 install_requires=['six==1.16.0; python_version > \"3\"'])\n";
    for (path, text) in [
        ("flat/setup.py", setup),
        ("flat/flat/__init__.py", ""),
        ("flat/flat/data.txt", "data\n"),
        ("flat/LICENSE", "MIT\n"),
        ("flat/tests/test_flat.py", ""),
    ] {
        project.write(path, text);
    }
    let before = super::files_below(&project.path("flat"));
    let run = succeed(project.tool().online().run(&["--format", "json"]));
    assert_eq!(wheels(&run).len(), 2, "{:?}", wheels(&run));
    assert_eq!(modules(&project), ["flat/__init__.py", "flat/data.txt", "six.py"]);
    assert_eq!(super::files_below(&project.path("flat")), before);
}

#[test]
#[ignore = "needs the package index"]
fn a_lock_of_uv_is_exported_by_uv_and_counts_as_one() {
    let project = requiring(&[]);
    let environment = project.home().join("environment");
    output(Command::new(python("3.12")).args(["-m", "venv"]).arg(&environment));
    let bin = environment.join("bin");
    output(Command::new(bin.join("pip")).args(["install", "--quiet", "uv"]));
    project.write("lambdas/api/api.py", MODULE);
    let pyproject = "[project]\nname = \"api\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\
                     dependencies = [\"six==1.16.0\", \"shared\"]\n\
                     [tool.uv.sources]\nshared = { path = \"../../shared\" }\n";
    project.write("lambdas/api/pyproject.toml", pyproject);
    Library::new("shared", "1.0").write(&project.path("shared"));
    let mut lock = Command::new(bin.join("uv"));
    lock.arg("lock").current_dir(project.path("lambdas/api")).env("UV_CACHE_DIR", project.home());
    if let Some(index) = std::env::var_os("PIP_INDEX_URL") {
        lock.env("UV_DEFAULT_INDEX", index);
    }
    output(&mut lock);
    let path =
        std::env::join_paths([bin].into_iter().chain(std::env::split_paths(path()))).unwrap();
    let tool = project.tool().online().env("PATH", path);
    let run = succeed(tool.run(&["--format", "json"]));
    let expected = ["shared-1.0-py3-none-any.whl", "six-1.16.0-py2.py3-none-any.whl"];
    assert_eq!(wheels(&run), expected);
}

#[test]
#[ignore = "needs the package index"]
fn every_pip_that_is_known_builds() {
    for (version, pip) in [("3.9", "21.2.4"), ("3.9", "22.3.1"), ("3.12", "24.0"), ("3.13", "25.3")]
    {
        let project = requiring(&[("api", "../../shared\nonly-sdist\n")]);
        Library::new("shared", "1.0").write(&project.path("shared"));
        Library::new("only-sdist", "1.0").archive(&project.index());
        let bin = environment_with_pip(version, Some(pip));
        let run = project.tool().env("PATH", &bin).run(&["--format", "json"]);
        assert_eq!(run.code, 0, "{pip}: {}", run.text());
        let expected = ["only_sdist-1.0", "shared-1.0"].map(|it| format!("{it}-py3-none-any.whl"));
        assert_eq!(wheels(&run), expected, "{pip}");
    }
}
