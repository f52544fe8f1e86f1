//! Servers that refuse: the cause is the true one, and pip's keyring is asked first.

use super::requiring;
use crate::support::{Index, Project, Run, Tool, Wheel};

/// A keyring with one password, as a module that pip imports.
const KEYRING: &str = "class Found:\n    username, password = 'reader', 'secret'\n\n\
    def get_credential(service, username):\n    return Found()\n\n\
    def get_password(service, username):\n    return 'secret'\n";

fn guarded() -> Index {
    Index::guarded(&[Wheel::new("one", "1.0")], "reader", "secret")
}

fn tool<'a>(project: &'a Project, index: &str) -> Tool<'a> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PIP_RETRIES", "0").env("PIP_INDEX_URL", index)
}

fn run(tool: &Tool<'_>, more: &[&str]) -> Run {
    tool.run(&[&["--python", "3.12"], more].concat())
}

#[test]
fn a_refused_login_is_told_as_that() {
    let index = guarded();
    let project = requiring("one\n", &[]);
    for arguments in [&["-q"][..], &["-v"]] {
        let run = run(&tool(&project, &index.simple()), arguments);
        assert_eq!(run.code, 5, "{}", run.text());
        assert!(
            run.stderr.contains("asks for a login, and takes none that pip has"),
            "{}",
            run.stderr
        );
    }
    let run = run(&tool(&project, &index.simple_as("reader:expired")), &["-q"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `http://[INDEX]/simple` asks for a login, and takes none that pip has
          --> lambdas/api/requirements.txt:1
          caused by: 401 Unauthorized
        hint: renew the token or password where pip reads it: its configuration, the address, a `.netrc` or a keyring
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text().replace(&index.address(), "[INDEX]"));
}

#[test]
fn a_project_that_the_index_has_not_got_is_another_matter() {
    let index = Index::serving(&[Wheel::new("one", "1.0")]);
    let project = requiring("two\n", &[]);
    let run = run(&tool(&project, &index.simple()), &["-q"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: no wheel of `two` fits python3.12 on x86_64
          --> lambdas/api/requirements.txt:1
          caused by: `http://[INDEX]/simple` has no such project (404 Not Found)
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text().replace(&index.address(), "[INDEX]"));
}

#[test]
fn a_server_that_nobody_reaches_is_told_as_that() {
    let address = Index::serving(&[]).simple();
    let project = requiring("one\n", &[]);
    let run = run(&tool(&project, &address), &["-q", "--format", "json"]);
    assert_eq!(run.code, 5, "{}", run.text());
    assert_eq!(run.json()["failures"][0]["code"], "index-unreachable");
}

#[test]
fn an_address_that_is_not_there_is_named() {
    let index = Index::serving(&[]);
    let line = format!("http://{}/one-1.0-py3-none-any.whl\n", index.address());
    let project = requiring(&line, &[]);
    let run = run(&tool(&project, &index.simple()), &["-q"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: there is nothing at `http://[INDEX]/one-1.0-py3-none-any.whl`
          --> lambdas/api/requirements.txt:1
          caused by: 404 Not Found
        hint: check the address
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text().replace(&index.address(), "[INDEX]"));
}

#[test]
fn the_keyring_is_asked_and_nobody_else() {
    let index = guarded();
    let project = requiring("one\n", &[]);
    let folder = project.home().join("modules");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("keyring.py"), KEYRING).expect("a module");
    let run = run(&tool(&project, &index.simple()).env("PYTHONPATH", &folder), &["-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

#[test]
fn a_keyring_that_is_turned_off_is_not_asked() {
    let index = guarded();
    let project = requiring("one\n", &[]);
    let folder = project.home().join("modules");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("keyring.py"), "raise SystemExit(3)\n").expect("a module");
    let tool = tool(&project, &index.simple()).env("PYTHONPATH", &folder);
    let run = run(&tool.env("PIP_KEYRING_PROVIDER", "disabled"), &["-q"]);
    assert_eq!(run.code, 5, "{}", run.text());
}
