//! Indexes that ask for a password: locks are made and used, the password is seen nowhere, and
//! the index that stands for the public one is asked nothing.

use expect_test::expect;

use super::{LINES, LOCK, bare, empty_store, one_and_two, requiring, succeed, text};
use crate::support::{Index, Project, Run, Tool};

/// Who may ask.
const USER: &str = "reader";
/// What must be seen nowhere.
const PASSWORD: &str = "hunter2-9c1d";

fn private() -> Index {
    Index::guarded(&one_and_two(), USER, PASSWORD)
}

/// The tool with no index configured but by what is set here; the real public one is out of its
/// reach in any case.
fn tool(project: &Project) -> Tool<'_> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let tool = tool.env("HTTPS_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
    tool.env("PIP_RETRIES", "0")
}

/// Makes sure that the password is nowhere in what was said, nor in the lock, the store, a zip.
fn is_silent(project: &Project, run: &Run) {
    assert!(!run.text().contains(PASSWORD), "{}", run.text());
    let has = |bytes: &[u8]| bytes.windows(PASSWORD.len()).any(|it| it == PASSWORD.as_bytes());
    for entry in walkdir::WalkDir::new(project.root().parent().expect("a folder above")) {
        let entry = entry.expect("it can be listed");
        let is_users_own =
            entry.path().starts_with(project.home()) || entry.path().ends_with(LINES);
        if entry.file_type().is_file() && !is_users_own {
            assert!(
                !has(&std::fs::read(entry.path()).expect("it can be read")),
                "{:?}",
                entry.path()
            );
        }
    }
    for (name, (bytes, _)) in project.entries("lambdas/api/api.zip") {
        assert!(!has(&bytes), "{name}");
    }
}

/// Locks, then builds from an empty store by a lock whose addresses are those of a look-alike of
/// the public index: it has the same wheels, and must not be asked.
fn works_silently(project: &Project, tool: &Tool<'_>, private: &Index) {
    project.write("dofs-package.toml", "python = \"3.12\"\nexclude = [\"requirements.txt\"]\n");
    let public = Index::serving(&one_and_two());
    let lock = tool.run(&["lock", "-vv"]);
    assert_eq!(lock.code, 0, "{}", lock.text());
    succeed(tool.run(&["build"]));
    is_silent(project, &lock);
    assert!(text(project, LOCK).contains(&private.address()));
    project.write(LOCK, text(project, LOCK).replace(&private.address(), &public.address()));
    for arguments in [&["build", "-vv", "--locked"][..], &["build", "--format", "json"]] {
        empty_store(project);
        private.requests();
        let run = tool.run(arguments);
        assert_eq!(run.code, 0, "{}", run.text());
        is_silent(project, &run);
        assert!(private.requests().iter().any(|line| line.ends_with(".whl")));
    }
    assert_eq!(public.requests(), Vec::<String>::new());
    // What goes wrong is told of without it, too.
    empty_store(project);
    let sha256 = one_and_two()[1].sha256();
    project.write(LOCK, text(project, LOCK).replace(&sha256, &"0".repeat(64)));
    for arguments in [&["build", "-vv"][..], &["build", "--format", "json"]] {
        let run = tool.run(arguments);
        assert_eq!(run.code, 4, "{}", run.text());
        is_silent(project, &run);
    }
    assert_eq!(public.requests(), Vec::<String>::new());
}

#[test]
fn a_password_in_a_line() {
    let private = private();
    let line = format!("--index-url {}\none\n", private.simple_as(&format!("{USER}:{PASSWORD}")));
    let project = requiring(&[("api", &line)]);
    works_silently(&project, &tool(&project), &private);
}

#[test]
fn a_password_in_a_variable_of_a_line() {
    let private = private();
    let index = private.simple_as(&format!("{USER}:${{INDEX_PASSWORD}}"));
    let project = requiring(&[("api", &format!("--index-url {index}\none\n"))]);
    works_silently(&project, &tool(&project).env("INDEX_PASSWORD", PASSWORD), &private);
}

#[test]
fn a_password_in_a_variable_of_pip() {
    let private = private();
    let project = requiring(&[("api", "one\n")]);
    let index = private.simple_as(&format!("{USER}:{PASSWORD}"));
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index), &private);
}

#[test]
fn a_password_in_pips_configuration() {
    let private = private();
    let project = requiring(&[("api", "one\n")]);
    let index = private.simple_as(&format!("{USER}:{PASSWORD}"));
    std::fs::create_dir_all(project.home().join(".config/pip")).unwrap();
    let path = project.home().join(".config/pip/pip.conf");
    std::fs::write(path, format!("[global]\nindex-url = {index}\n")).unwrap();
    works_silently(&project, &tool(&project), &private);
}

#[test]
fn a_password_in_netrc() {
    let private = private();
    let project = requiring(&[("api", "one\n")]);
    write_netrc(&project);
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", private.simple()), &private);
}

fn write_netrc(project: &Project) {
    let netrc = format!("machine 127.0.0.1 login {USER} password {PASSWORD}\n");
    std::fs::write(project.home().join(".netrc"), netrc).expect("a file");
}

#[test]
fn an_address_that_wants_a_password_is_fetched_by_pip_which_asks_no_index() {
    let private = private();
    let project = requiring(&[("api", "one\n")]);
    write_netrc(&project);
    succeed(tool(&project).env("PIP_INDEX_URL", private.simple()).run(&["lock"]));
    empty_store(&project);
    private.requests();

    let run = tool(&project).run(&["build", "--locked", "-v"]);

    succeed(run.clone());
    is_silent(&project, &run);
    let asked = private.requests();
    assert!(asked.iter().all(|line| !line.contains("/simple")), "{asked:?}");
}

#[test]
fn a_password_that_nobody_has_is_told_of() {
    let private = private();
    let project = requiring(&[("api", "one\n")]);
    let index = private.simple_as(&format!("{USER}:{PASSWORD}"));
    succeed(tool(&project).env("PIP_INDEX_URL", index).run(&["lock"]));
    empty_store(&project);
    private.requests();

    let run = tool(&project).run(&["build", "-q"]);

    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: may not fetch `one-1.0-py3-none-any.whl` from `http://[INDEX]/one-1.0-py3-none-any.whl`
          --> lambdas/api
          caused by: the server answered 401 Unauthorized
        hint: give pip credentials for the server, by its keyring or a `.netrc`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text().replace(&private.address(), "[INDEX]"));
    let asked = private.requests();
    assert!(asked.iter().all(|line| !line.contains("/simple")), "{asked:?}");
}

#[test]
fn a_page_of_links_is_an_index_too() {
    let (private, public) = (private(), Index::serving(&one_and_two()));
    let project = requiring(&[("api", "one\n")]);
    let lock = tool(&project).env("PIP_INDEX_URL", public.simple()).run(&["lock"]);
    succeed(lock);
    empty_store(&project);
    public.requests();
    let page = |name: &str| format!("{}/{name}/", private.simple_as(&format!("{USER}:{PASSWORD}")));
    let pages = format!("{} {}", page("one"), page("two"));

    let run = tool(&project).env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", pages).run(&["build"]);

    assert_eq!(run.code, 0, "{}", run.text());
    assert!(!run.text().contains(PASSWORD));
    assert_eq!(public.requests(), Vec::<String>::new());
    assert!(bare(&project).run(&["build", "--frozen"]).code == 0);
}
