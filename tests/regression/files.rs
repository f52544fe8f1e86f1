//! A lambda's own files.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::{MODULE, TARGET, fifo};
use crate::support::Project;

/// A project with one lambda.
fn one_lambda() -> Project {
    Project::with(&[("lambdas/api/api.py", MODULE)])
}

/// Makes a link in the lambda.
fn link(project: &Project, name: &str, target: impl AsRef<Path>) {
    symlink(target, project.path("lambdas/api").join(name)).expect("a link");
}

#[test]
fn a_private_key_is_found_indented_and_with_escaped_line_breaks() {
    let project = one_lambda();
    let middle = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
    let block = format!(
        "key: |\n    -----BEGIN PRIVATE KEY-----\n    {middle}\n    -----END PRIVATE KEY-----\n"
    );
    let escaped = format!(
        "{{\"key\": \"-----BEGIN RSA PRIVATE KEY-----\\r\\n{middle}\\r\\n\
         -----END RSA PRIVATE KEY-----\\r\\n\"}}\n"
    );
    project.write("lambdas/api/block.yaml", &block);
    project.write("lambdas/api/tabs.yaml", block.replace("    ", "\t\t"));
    project.write("lambdas/api/escaped.json", escaped);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	1 file, 42 B	api.py
        api	kept	api.py	lambdas/api/api.py
        api	left out	block.yaml	built-in: private key
        api	left out	escaped.json	built-in: private key
        api	left out	tabs.yaml	built-in: private key
        api	warning	`block.yaml`, `escaped.json`, `tabs.yaml` may hold secrets and are left out	secrets-left-out
        --- stderr
        warning: `api`: `block.yaml`, `escaped.json`, `tabs.yaml` may hold secrets and are left out
        hint: name what belongs in the package in `include`, and the rest in `exclude`
    "#]]
    .assert_eq(&project.run(&["list", "--members"]).text());
}

#[test]
fn a_fifo_as_a_list_of_what_is_left_out_is_refused() {
    let project = one_lambda();
    fifo(&project.path("lambdas/api/.lambdaignore"));
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: cannot read `lambdas/api/.lambdaignore`
          --> lambdas/api
          caused by: not a regular file
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn a_fifo_as_requirements_is_refused() {
    let project = one_lambda();
    fifo(&project.path("lambdas/api/requirements.txt"));
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/api/requirements.txt` is neither a file nor a folder
          --> lambdas/api/requirements.txt
        hint: remove it, or leave it out with `exclude` in the config
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&TARGET).text());
}

#[test]
fn a_fifo_as_included_requirements_is_refused() {
    let project = one_lambda();
    project.write("lambdas/api/requirements.txt", "-r ../../more.txt\n");
    fifo(&project.path("more.txt"));
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: cannot read `more.txt`
          --> lambdas/api
          caused by: not a regular file
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&TARGET).text());
}

#[test]
fn a_fifo_as_the_config_is_refused() {
    let project = one_lambda();
    fifo(&project.path("dofs-package.toml"));
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: cannot read `dofs-package.toml`
          caused by: not a regular file
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn a_link_to_the_lambdas_own_zip_is_refused() {
    let project = one_lambda();
    assert_eq!(project.run(&[]).code, 0);
    let before = project.read("lambdas/api/api.zip");
    link(&project, "again", "api.zip");
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the symbolic link `lambdas/api/again` leads to a file of this tool
          --> lambdas/api/again
        hint: put a copy of the file there, or leave the link out with `exclude` in the config
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
    assert_eq!(project.read("lambdas/api/api.zip"), before);
}

#[test]
fn a_link_to_what_may_hold_secrets_is_left_out_and_named() {
    let project = one_lambda();
    project.write("lambdas/api/.env", "TOKEN=hunter2\n");
    link(&project, "settings", ".env");
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	1 file, 42 B	api.py
        api	kept	api.py	lambdas/api/api.py
        api	left out	.env	built-in: .env*
        api	left out	settings	built-in: .env* (as `.env`)
        api	warning	`.env`, `settings` may hold secrets and are left out	secrets-left-out
        --- stderr
        warning: `api`: `.env`, `settings` may hold secrets and are left out
        hint: name what belongs in the package in `include`, and the rest in `exclude`
    "#]]
    .assert_eq(&project.run(&["list", "--members"]).text());
}

#[test]
fn a_link_to_a_virtual_environment_elsewhere_is_left_out_silently() {
    let project = one_lambda();
    let elsewhere = project.home().join("environment");
    std::fs::create_dir_all(elsewhere.join("bin")).unwrap();
    std::fs::write(elsewhere.join("pyvenv.cfg"), "").unwrap();
    link(&project, ".venv", &elsewhere);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	1 file, 42 B	api.py
        api	kept	api.py	lambdas/api/api.py
        api	left out	.venv	built-in: virtual environment (pyvenv.cfg)
        --- stderr
    "#]]
    .assert_eq(&project.run(&["list", "--members"]).text());
}
