//! Answers that the store keeps, and when they no longer hold.

use std::path::Path;

use super::{JSON, TARGET, packaged, requiring, resolutions, saying, succeed};
use crate::support::{Project, Tool, Wheel};

/// The file name of the wheels here.
const WHEEL: &str = "mylib-1.0-py3-none-any.whl";

/// Writes a wheel `mylib` whose module has this text.
fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
    std::fs::write(path, saying("mylib", text).bytes()).expect("a wheel");
}

/// The tool with home and store of another project, and no other wheels than the lines name.
fn beside<'a>(project: &'a Project, other: &Project) -> Tool<'a> {
    let tool = project.tool().env_remove("PIP_FIND_LINKS").env("HOME", other.home());
    tool.env("DOFS_PACKAGE_CACHE_DIR", other.store())
}

#[test]
fn folders_of_one_name_in_two_projects_give_each_its_own_wheel() {
    let lines = [("api", "--find-links wheels\nmylib\n")];
    let [first, second] = [requiring(&lines, &[]), requiring(&lines, &[])];
    for (project, text) in [(&first, "FIRST"), (&second, "SECOND")] {
        write(&project.path("wheels").join(WHEEL), text);
        succeed(beside(project, &first).run(&TARGET));
    }
    assert_eq!(packaged(&first, "mylib.py"), "FIRST");
    assert_eq!(packaged(&second, "mylib.py"), "SECOND");
}

#[test]
fn a_wheel_that_is_replaced_in_a_folder_of_the_project_is_noticed() {
    let project = requiring(&[("api", "--find-links wheels\nmylib\n")], &[]);
    for text in ["BEFORE", "AFTER"] {
        write(&project.path("wheels").join(WHEEL), text);
        assert_eq!(resolutions(&project.tool()), 1);
        assert_eq!(packaged(&project, "mylib.py"), text);
        assert_eq!(resolutions(&project.tool()), 0);
    }
}

/// Makes sure that a project in a folder of this name finds its own wheels, by path and in a
/// folder.
fn is_found_below(root: &str) {
    let (project, one) = (Project::new(), Wheel::new("one", "1.0"));
    let name = one.file_name();
    project.write(&format!("{root}/lambdas/api/api.py"), "");
    let lines = format!("--find-links wheels\nmylib\n./{name}\n");
    project.write(&format!("{root}/lambdas/api/requirements.txt"), lines);
    project.write(&format!("{root}/lambdas/api/{name}"), one.bytes());
    write(&project.path(root).join("wheels").join(WHEEL), "HERE");
    let run = succeed(project.run(&[&["--root", root], &JSON[..]].concat()));
    let wheels = &run.json()["packages"][0]["requirements"];
    let names = wheels.as_array().expect("a list").iter().map(|wheel| &wheel["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["mylib", "one"]);
}

#[test]
fn a_root_may_have_a_blank_in_its_path() {
    is_found_below("my root");
}

#[test]
fn a_root_may_have_a_dash_or_a_hash_behind_a_blank() {
    is_found_below("my -root");
    is_found_below("my #root");
}

/// Makes sure that a wheel is resolved again, once, when the file changes that this line, made of
/// the wheel's path, names.
#[cfg(unix)]
fn is_noticed(line: impl Fn(&str) -> String) {
    let project = requiring(&[("api", "")], &[]);
    let path = project.path("wheels").join(WHEEL);
    let line = line(path.to_str().expect("a plain path"));
    project.write("lambdas/api/requirements.txt", format!("{line}\n"));
    for text in ["BEFORE", "AFTER"] {
        write(&path, text);
        assert_eq!(resolutions(&project.tool()), 1, "{line}");
        assert_eq!(packaged(&project, "mylib.py"), text, "{line}");
        assert_eq!(resolutions(&project.tool()), 0, "{line}");
    }
}

#[cfg(unix)]
#[test]
fn a_wheel_by_name_and_file_address_counts_by_its_bytes() {
    is_noticed(|path| format!("mylib @ file://{path}"));
    is_noticed(|path| format!("mylib@file://localhost{path} ; python_version > '3'"));
}

#[cfg(unix)]
#[test]
fn a_wheel_by_file_address_alone_counts_by_its_bytes() {
    is_noticed(|path| format!("file://{path}"));
    is_noticed(|path| format!("file://{}", path.replace("wheels/", "%77heels/")));
}

#[cfg(unix)]
#[test]
fn a_file_address_with_one_slash_counts_by_its_bytes() {
    let project = requiring(&[("api", "")], &[]);
    let path = project.path("wheels").join(WHEEL);
    project.write("lambdas/api/requirements.txt", format!("mylib @ file:{}\n", path.display()));
    // Newer pips take such an address, older ones don't; this one does.
    let script = format!(
        "echo '{{\"pip\": \"26.0\", \"configuration\": []}}' > \"$3\"\n\
         while [ \"$1\" != --dest ]; do shift; done; cp '{}' \"$2\"",
        path.display()
    );
    let tool = project.tool().env("PATH", project.program("python3.12", &script));
    for text in ["BEFORE", "AFTER"] {
        write(&path, text);
        assert_eq!(resolutions(&tool), 1);
        assert_eq!(packaged(&project, "mylib.py"), text);
    }
}

/// Packages `api` where one stands in a folder of the project, with wheels in a folder relative to
/// that, and returns the text of its module.
fn packaged_at(project: &Project, folder: &str, links: &str) -> String {
    let standing = project.path(folder);
    write(&standing.join(links).join(WHEEL), folder);
    let tool = project.tool().directory(&standing).env("PIP_FIND_LINKS", links);
    succeed(tool.run(&TARGET));
    packaged(project, "mylib.py")
}

#[test]
fn a_relative_folder_in_a_variable_of_pip_begins_where_one_stands() {
    let project = requiring(&[("api", "mylib\n")], &[]);
    for (folder, links) in [("one", "links"), ("two/deep", "../../more")] {
        project.write(&format!("{folder}/x"), "");
        assert_eq!(packaged_at(&project, folder, links), folder);
    }
}

#[test]
fn a_relative_folder_in_a_variable_of_pip_is_another_one_elsewhere() {
    let project = requiring(&[("api", "mylib\n")], &[]);
    for folder in ["one", "two"] {
        project.write(&format!("{folder}/x"), "");
        assert_eq!(packaged_at(&project, folder, "links"), folder);
    }
}

#[test]
fn relative_constraints_in_a_variable_of_pip_begin_where_one_stands() {
    let wheels = ["1.0", "2.0", "3.0"].map(|version| Wheel::new("one", version));
    let project = requiring(&[("api", "one\n")], &wheels);
    let standing = project.path("here");
    let tool = project.tool().directory(&standing).env("PIP_CONSTRAINT", "../limits/a.txt");
    for limit in ["2", "3"] {
        project.write("here/x", "");
        project.write("limits/a.txt", format!("one<{limit}\n"));
        assert_eq!((resolutions(&tool), resolutions(&tool)), (1, 0), "{limit}");
        let version = if limit == "2" { "1.0" } else { "2.0" };
        assert_eq!(packaged(&project, "one/__init__.py"), format!("VERSION = \"{version}\"\n"));
    }
}

#[test]
fn constraints_that_pips_configuration_names_count_by_their_text() {
    let wheels = ["1.0", "2.0", "3.0"].map(|version| Wheel::new("one", version));
    let project = requiring(&[("api", "one\n")], &wheels);
    let (config, limits) = (project.home().join(".config/pip"), project.home().join("a.txt"));
    std::fs::create_dir_all(&config).unwrap();
    let text = format!("[global]\nconstraint = {}\n", limits.display());
    std::fs::write(config.join("pip.conf"), text).unwrap();
    for (limit, version) in [("2", "1.0"), ("3", "2.0")] {
        std::fs::write(&limits, format!("one<{limit}\n")).unwrap();
        let tool = project.tool();
        assert_eq!((resolutions(&tool), resolutions(&tool)), (1, 0), "{limit}");
        assert_eq!(packaged(&project, "one/__init__.py"), format!("VERSION = \"{version}\"\n"));
    }
}

#[test]
fn a_token_that_is_made_anew_is_no_other_index() {
    let lines = "--extra-index-url https://u:${TOKEN}@127.0.0.1:9/simple\none\n";
    let project = requiring(&[("api", lines)], &[Wheel::new("one", "1.0")]);
    let run = |token: &str| resolutions(&project.tool().env("TOKEN", token));
    assert_eq!((run("monday"), run("tuesday")), (1, 0));
}
