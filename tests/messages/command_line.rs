//! Words and values of the command line that are none.

use expect_test::expect;

use super::{API, MODULE, say};
use crate::support::Project;

#[test]
fn a_word_that_is_no_command_is_no_lambda() {
    let project = Project::with(&[API]);
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

        hint: lambdas are named after a command: `cargo dofs-package build NAME`

        $ cache claen
        exit code: 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'claen'

          tip: a similar subcommand exists: 'clean'

        Usage: cargo dofs-package cache [OPTIONS] <COMMAND>

        For more information, try '--help'.
    "#]]
    .assert_eq(&say(&project.tool(), &[&["biuld"], &["api"], &["cache", "claen"]]));
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
        &["--python", "3.7"],
        &["--python", "3"],
        &["--arch", "aarch64"],
        &["--partition", "3/2"],
        &["-j", "0"],
        &["--format", "yaml"],
        &["--offline", "--upgrade"],
        &["-v", "-q"],
        &["--dry-run", "list"],
        &["--offline", "cache", "dir"],
    ];
    expect![[r#"
        $ --python 3.7
        exit code: 2
        --- stdout
        --- stderr
        error: `python` from --python: `3.7` is no Python version of Lambda: one of 3.9 to 3.14

        $ --python 3
        exit code: 2
        --- stdout
        --- stderr
        error: `python` from --python: `3` is no Python version of Lambda: one of 3.9 to 3.14

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

        Usage: cargo dofs-package --offline

        For more information, try '--help'.

        $ -v -q
        exit code: 2
        --- stdout
        --- stderr
        error: the argument '--verbose...' cannot be used with '--quiet...'

        Usage: cargo dofs-package --verbose...

        For more information, try '--help'.

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
    "#]].assert_eq(&say(&project.tool(), commands));
}
