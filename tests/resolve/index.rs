//! An index that asks for a password: wheels come, and the password goes nowhere else.

use super::requiring;
use crate::support::{Index, Project, Run, Tool, Wheel};

/// Who may ask.
const USER: &str = "reader";
/// What must be seen nowhere.
const PASSWORD: &str = "hunter2-5f3a";

/// Serves one wheel to whoever knows the password.
fn serve() -> Index {
    Index::guarded(&[Wheel::new("one", "1.0")], USER, PASSWORD)
}

/// The tool with that index within reach, and no other.
fn tool(project: &Project) -> Tool<'_> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PIP_RETRIES", "0")
}

/// Makes sure that the password is nowhere in what was said, nor in the store, nor in a zip.
fn is_silent(project: &Project, run: &Run) {
    assert!(!run.text().contains(PASSWORD), "{}", run.text());
    for entry in walkdir::WalkDir::new(project.root().parent().expect("a folder above")) {
        let entry = entry.expect("it can be listed");
        let is_users_own = entry.path().starts_with(project.home())
            || entry.path().file_name().is_some_and(|name| name == "requirements.txt");
        if is_users_own || !entry.file_type().is_file() {
            continue;
        }
        let bytes = std::fs::read(entry.path()).expect("it can be read");
        let is_there = |bytes: &[u8]| {
            bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes())
        };
        assert!(!is_there(&bytes), "{:?}", entry.path());
        if entry.path().extension().is_some_and(|ending| ending == "zip") {
            for (name, (bytes, _)) in crate::support::entries(entry.path()) {
                assert!(!is_there(&bytes), "{name} in {:?}", entry.path());
            }
        }
    }
}

/// Packages `one`, then asks for what is not there, each in text and in JSON: both are silent
/// about the password.
fn works_silently(project: &Project, tool: &Tool<'_>) {
    for arguments in [&["-v"][..], &["--format", "json", "--upgrade"]] {
        let run = tool.run(&[&["--python", "3.12"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.text());
        is_silent(project, &run);
    }
    assert!(project.entries("lambdas/api/api.zip").contains_key("one/__init__.py"));
    let path = "lambdas/api/requirements.txt";
    let lines = String::from_utf8(project.read(path)).expect("UTF-8").replace("one", "two");
    project.write(path, lines);
    for arguments in [&["-vv"][..], &["--format", "json"]] {
        let run = tool.run(&[&["--python", "3.12"], arguments].concat());
        assert_eq!(run.code, 4, "{}", run.text());
        is_silent(project, &run);
    }
}

#[test]
fn a_password_in_a_line_goes_to_pip_only() {
    let served = serve();
    let address = served.address();
    let lines = format!("--index-url http://{USER}:${{INDEX_PASSWORD}}@{address}/simple\none\n");
    let project = requiring(&lines, &[]);
    works_silently(&project, &tool(&project).env("INDEX_PASSWORD", PASSWORD));
}

#[test]
fn a_password_written_out_in_a_line_is_not_repeated() {
    let served = serve();
    let address = served.address();
    let lines = format!("--extra-index-url http://{USER}:{PASSWORD}@{address}/simple\none\n");
    let project = requiring(&lines, &[]);
    // The file itself is the lambda's own, and would be in its package.
    project.write("dofs-package.toml", "exclude = [\"requirements.txt\"]\n");
    let index = format!("http://{USER}:{PASSWORD}@{address}/simple");
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index));
}

#[test]
fn a_password_in_a_variable_of_pip_is_not_repeated() {
    let served = serve();
    let address = served.address();
    let project = requiring("one\n", &[]);
    let index = format!("http://{USER}:{PASSWORD}@{address}/simple");
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index));
}

#[test]
fn a_password_in_pips_configuration_is_not_repeated() {
    let served = serve();
    let address = served.address();
    let project = requiring("one\n", &[]);
    let folder = project.home().join(".config/pip");
    std::fs::create_dir_all(&folder).unwrap();
    let config = format!("[global]\nindex-url = http://{USER}:{PASSWORD}@{address}/simple\n");
    std::fs::write(folder.join("pip.conf"), config).unwrap();
    works_silently(&project, &tool(&project));
}

#[test]
fn a_password_in_netrc_is_found_by_pip() {
    let served = serve();
    let address = served.address();
    let project = requiring("one\n", &[]);
    let netrc = format!("machine 127.0.0.1 login {USER} password {PASSWORD}\n");
    std::fs::write(project.home().join(".netrc"), netrc).unwrap();
    let index = format!("http://{address}/simple");
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index));
}

#[test]
fn a_wrong_password_is_not_repeated_either() {
    let served = serve();
    let address = served.address();
    let project = requiring("one\n", &[]);
    let index = format!("http://somebody:{PASSWORD}@{address}/simple");
    let run = tool(&project).env("PIP_INDEX_URL", index).run(&["--python", "3.12", "-vv"]);
    assert!([4, 5].contains(&run.code), "{}", run.text());
    is_silent(&project, &run);
}
