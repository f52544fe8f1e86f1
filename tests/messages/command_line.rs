//! Words, values and places of options that the command line does not have.

use expect_test::expect;

use super::{API, MODULE, say};
use crate::support::Project;

#[test]
fn a_word_that_is_no_command_is_no_lambda() {
    let project = Project::with(&[API, ("lambdas/lists/lists.py", MODULE)]);
    expect![[r#"
        $ biuld
        exit code: 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'biuld'

          tip: a similar subcommand exists: 'build'

        Usage: cargo dofs-package [OPTIONS] [COMMAND]

        For more information, try '--help'.

        $ api
        exit code: 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'api'

        Usage: cargo dofs-package [OPTIONS] [COMMAND]

        For more information, try '--help'.

        hint: run `cargo dofs-package build api` to package that lambda

        $ lists
        exit code: 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'lists'

          tip: a similar subcommand exists: 'list'

        Usage: cargo dofs-package [OPTIONS] [COMMAND]

        For more information, try '--help'.

        hint: run `cargo dofs-package build lists` to package that lambda

        $ zzz
        exit code: 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'zzz'

        Usage: cargo dofs-package [OPTIONS] [COMMAND]

        For more information, try '--help'.

        hint: name lambdas after a command: `cargo dofs-package build NAME`

        $ cache claen
        exit code: 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'claen'

          tip: a similar subcommand exists: 'clean'

        Usage: cargo dofs-package cache [OPTIONS] <COMMAND>

        For more information, try '--help'.
    "#]]
    .assert_eq(&say(
        &project.tool(),
        &[&["biuld"], &["api"], &["lists"], &["zzz"], &["cache", "claen"]],
    ));
}

#[test]
fn a_lambda_that_there_is_not_is_told_with_those_that_there_are() {
    let project = Project::with(&[API, ("lambdas/worker/worker.py", MODULE)]);
    let commands: &[&[&str]] =
        &[&["build", "wroker"], &["list", "zzz"], &["build", "api", "x*"], &["build", "a["]];
    expect![[r#"
        $ build wroker
        exit code: 2
        --- stdout
        --- stderr
        error: no lambda is called `wroker`
        hint: did you mean `worker`?

        $ list zzz
        exit code: 2
        --- stdout
        --- stderr
        error: no lambda is called `zzz`
        hint: name one of `api`, `worker`

        $ build api x*
        exit code: 2
        --- stdout
        --- stderr
        error: no lambda is called `x*`
        hint: name one of `api`, `worker`

        $ build a[
        exit code: 2
        --- stdout
        --- stderr
        error: `a[` is no glob
          caused by: unclosed character class; missing ']'
    "#]]
    .assert_eq(&say(&project.tool(), commands));
}

#[test]
fn a_value_that_is_none_is_told_with_those_that_are() {
    let project = Project::with(&[API]);
    let commands: &[&[&str]] = &[
        &["--python", "2.7"],
        &["--python", "3"],
        &["--arch", "aarch64"],
        &["--partition", "3/2"],
        &["-j", "0"],
        &["--format", "yaml"],
        &["--offline", "--upgrade"],
        &["-v", "-q"],
        &["--format", "tfvars", "list"],
    ];
    expect![[r#"
        $ --python 2.7
        exit code: 2
        --- stdout
        --- stderr
        error: `python` from --python: `2.7` is no version of Python 3, such as `3.12`

        $ --python 3
        exit code: 2
        --- stdout
        --- stderr
        error: `python` from --python: `3` is no version of Python 3, such as `3.12`

        $ --arch aarch64
        exit code: 2
        --- stdout
        --- stderr
        error: `architecture` from --arch: `aarch64` is no architecture of Lambda: `x86_64` or `arm64`

        $ --partition 3/2
        exit code: 2
        --- stdout
        --- stderr
        error: invalid value '3/2' for '--partition <I/N>': a partition is `I/N`, with I from 1 to N

        For more information, try '--help'.

        $ -j 0
        exit code: 2
        --- stdout
        --- stderr
        error: invalid value '0' for '--jobs <N>': a number of threads, from 1

        For more information, try '--help'.

        $ --format yaml
        exit code: 2
        --- stdout
        --- stderr
        error: invalid value 'yaml' for '--format <FORMAT>'
          [possible values: text, json, tfvars]

        For more information, try '--help'.

        $ --offline --upgrade
        exit code: 2
        --- stdout
        --- stderr
        error: the argument '--offline' cannot be used with '--upgrade'

        Usage: cargo dofs-package [OPTIONS] [COMMAND]

        For more information, try '--help'.

        $ -v -q
        exit code: 2
        --- stdout
        --- stderr
        error: the argument '--verbose...' cannot be used with '--quiet...'

        Usage: cargo dofs-package --verbose...

        For more information, try '--help'.

        $ --format tfvars list
        exit code: 2
        --- stdout
        --- stderr
        error: `--format tfvars` is for `build` only
    "#]].assert_eq(&say(&project.tool(), commands));
}

#[test]
fn an_option_before_the_name_of_its_command_is_told_where_it_belongs() {
    let project = Project::with(&[API]);
    let commands: &[&[&str]] = &[
        &["--locked", "verify"],
        &["--python", "3.12", "-j", "2", "build", "api"],
        &["-n", "build"],
        &["--force", "init"],
        &["--dry-run", "list"],
        &["--offline", "cache", "dir"],
        &["--offline", "hook", "run"],
        &["--check", "lock"],
    ];
    expect![[r#"
        $ --locked verify
        exit code: 2
        --- stdout
        --- stderr
        error: `--locked` stands before `verify`, and belongs behind it
        hint: write `cargo dofs-package verify --locked`

        $ --python 3.12 -j 2 build api
        exit code: 2
        --- stdout
        --- stderr
        error: `--python` stands before `build`, and belongs behind it
        hint: write `cargo dofs-package build --python <X.Y>`

        $ -n build
        exit code: 2
        --- stdout
        --- stderr
        error: `--dry-run` stands before `build`, and belongs behind it
        hint: write `cargo dofs-package build --dry-run`

        $ --force init
        exit code: 2
        --- stdout
        --- stderr
        error: `--force` stands before `init`, and belongs behind it
        hint: write `cargo dofs-package init --force`

        $ --dry-run list
        exit code: 2
        --- stdout
        --- stderr
        error: `--dry-run` is no option of `list`

        $ --offline cache dir
        exit code: 2
        --- stdout
        --- stderr
        error: `--offline` is no option of `cache`

        $ --offline hook run
        exit code: 2
        --- stdout
        --- stderr
        error: `--offline` stands before `hook run`, and belongs behind it
        hint: write `cargo dofs-package hook run --offline`

        $ --check lock
        exit code: 2
        --- stdout
        --- stderr
        error: unexpected argument '--check' found

          tip: 'lock --check' exists

        Usage: cargo dofs-package [OPTIONS] [COMMAND]

        For more information, try '--help'.
    "#]]
    .assert_eq(&say(&project.tool(), commands));
    assert!(!project.path("lambdas/api/api.zip").exists());
}

#[test]
fn options_of_every_command_stand_before_its_name_or_behind_it() {
    let project = Project::with(&[API]);
    let root = project.root();
    let root = root.to_str().expect("a path that is text");
    let said = |arguments: &[&str]| project.tool().run(arguments).text();
    let before = said(&["-q", "--format", "json", "--root", root, "build", "-n"]);

    let behind = said(&["build", "-n", "--root", root, "--format", "json", "-q"]);

    assert_eq!(before, behind);
    assert_eq!(before, said(&["--root", root, "-n", "--format", "json", "-q"]), "without a name");
}
