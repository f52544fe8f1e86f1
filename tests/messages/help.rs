//! The command line's help and completions.

use expect_test::expect;

use super::check_help;
use crate::support::Project;

#[test]
fn help_names_every_command() {
    check_help(
        &["--help"],
        expect![[r#"
            exit code: 0
            --- stdout
            Packages Python lambdas for Terraform: the same bytes on every machine

            Usage: cargo dofs-package [OPTIONS] [COMMAND]

            Commands:
              build        Package every lambda, or those named
              list         Show what would go into each zip, and what would not, by which rule
              verify       Compare zips, package manifest, Terraform or Lambda with what the sources give
              lock         Write pylock.toml beside each requirements.txt: exact wheels, with their sha256
              diff         Show what is other in a lambda's zip than in its sources, or in one zip than in
                           another
              invoke       Run a lambda's handler: that of the very package, in the target's Python
              hook         The pre-push hook of git: verifies the manifest in each pushed commit
              external     Answer Terraform's `data "external"` with hashes, and write nothing
              init         Look at the repository and write the config that fits it, files for CI, and a hook
              manifest     The package manifest: join those of the parts of a run
              new          Make a lambda where the project's globs find it, with a handler
              cache        The store: wheels by digest, and what requirements resolved to
              man          Write the manual pages to a folder: one for the tool, and one for each command
              doctor       Show what there is on this machine: programs, the store, the project and its targets
              completions  Print the completions of a shell
              help         Print this message or the help of the given subcommand(s)

            Options:
              -h, --help     Print help
              -V, --version  Print version

            Options of every command:
                  --root <DIR>            The project [default: the nearest folder upward with a config, else
                                          with a lambdas/]
                  --config <FILE>         The config, in place of dofs-package.toml at the root
                  --manifest-path <FILE>  The Cargo.toml whose metadata table is the config
                  --format <FORMAT>       How the answer is written; `tfvars`, the variable `packages`, is of
                                          `build` only [default: text] [possible values: text, json, tfvars]
                  --color <WHEN>          When to use colour [default: auto] [possible values: auto, always,
                                          never]
              -v, --verbose...            Say more: where answers come from
              -q, --quiet...              Print only the answer and errors; twice, nothing at all

            Without a command every lambda is packaged, as with `build`, whose options may then be given: see
            `cargo dofs-package build --help`.

            Exit codes: 0 done, 1 checked and it differs, 2 command line, 3 config or input, 4 a lambda failed,
            5 another program failed, 6 the network or a lock is needed and forbidden, 70 a bug, 130
            interrupted, 143 terminated.
            --- stderr
        "#]],
    );
}

#[test]
fn help_of_diff_names_both_forms() {
    check_help(
        &["diff", "--help"],
        expect![[r#"
            exit code: 0
            --- stdout
            Show what is other in a lambda's zip than in its sources, or in one zip than in another

            Requirements of other versions come first, then members that were added, removed, changed, or have
            another mode. Exits with 1 if there is any difference, even if only the bytes differ and not what
            they unpack to.

            What is added is so in the sources, and not yet in the zip; in B, and not in A. With `--rev` it is
            as in `git diff REV`: added in the zip since that revision.

            Usage: cargo dofs-package diff [OPTIONS] <A> [B]

            Arguments:
              <A>
                      A lambda's name; a zip, where B is one

              [B]
                      Another zip

            Options:
                  --content <MEMBER>
                      Show what is other in one member: a text as a unified diff

                  --python <X.Y>
                      Python version of the Lambda runtime, for every lambda

                  --arch <ARCH>
                      Lambda's architecture, for every lambda: `x86_64` or `arm64`

              -j, --jobs <N>
                      How many threads work [default: one for each processor]

                  --offline
                      Use only what the store knows

                  --locked
                      Fail where a lock is missing or stale

                  --frozen
                      Both `--offline` and `--locked`

                  --no-cache
                      Neither read nor fill the store, nor pip's cache

                  --upgrade
                      Resolve again what has no lock, whatever the store knows

                  --rev <REV>
                      Take the sources of a git revision, not the worktree's

              -h, --help
                      Print help (see a summary with '-h')

            Options of every command:
                  --root <DIR>
                      The project [default: the nearest folder upward with a config, else with a lambdas/]

                  --config <FILE>
                      The config, in place of dofs-package.toml at the root

                  --manifest-path <FILE>
                      The Cargo.toml whose metadata table is the config

                  --format <FORMAT>
                      How the answer is written; `tfvars`, the variable `packages`, is of `build` only

                      [default: text]
                      [possible values: text, json, tfvars]

                  --color <WHEN>
                      When to use colour

                      [default: auto]
                      [possible values: auto, always, never]

              -v, --verbose...
                      Say more: where answers come from

              -q, --quiet...
                      Print only the answer and errors; twice, nothing at all
            --- stderr
        "#]],
    );
}

#[test]
fn help_of_build_names_every_option() {
    check_help(
        &["build", "--help"],
        expect![[r#"
            exit code: 0
            --- stdout
            Package every lambda, or those named

            Usage: cargo dofs-package build [OPTIONS] [NAME]...

            Arguments:
              [NAME]...  Names of lambdas, or globs

            Options:
              -n, --dry-run              Write nothing, and print the hashes all the same
                  --force                Write every zip, also where the one that is there has the same bytes
                  --out-dir <DIR>        Write the zips to this folder
                  --manifest <FILE>      Write the package manifest for Terraform to this file
                  --partition <I/N>      Package only the I-th of N parts of the lambdas; each part wants a
                                         `--manifest` of its own
                  --timings <FILE>       Write how long each stage of each lambda took: a page (.html) or data
                                         (.json)
                  --python <X.Y>         Python version of the Lambda runtime, for every lambda
                  --arch <ARCH>          Lambda's architecture, for every lambda: `x86_64` or `arm64`
              -j, --jobs <N>             How many threads work [default: one for each processor]
                  --offline              Use only what the store knows
                  --locked               Fail where a lock is missing or stale
                  --frozen               Both `--offline` and `--locked`
                  --no-cache             Neither read nor fill the store, nor pip's cache
                  --upgrade              Resolve again what has no lock, whatever the store knows
                  --rev <REV>            Take the sources of a git revision, not the worktree's
                  --changed-since <REV>  Only lambdas whose packages are others than those of a git revision
              -h, --help                 Print help

            Options of every command:
                  --root <DIR>            The project [default: the nearest folder upward with a config, else
                                          with a lambdas/]
                  --config <FILE>         The config, in place of dofs-package.toml at the root
                  --manifest-path <FILE>  The Cargo.toml whose metadata table is the config
                  --format <FORMAT>       How the answer is written; `tfvars`, the variable `packages`, is of
                                          `build` only [default: text] [possible values: text, json, tfvars]
                  --color <WHEN>          When to use colour [default: auto] [possible values: auto, always,
                                          never]
              -v, --verbose...            Say more: where answers come from
              -q, --quiet...              Print only the answer and errors; twice, nothing at all
            --- stderr
        "#]],
    );
}

#[test]
fn help_of_list_names_every_option() {
    check_help(
        &["list", "-h"],
        expect![[r#"
            exit code: 0
            --- stdout
            Show what would go into each zip, and what would not, by which rule

            Usage: cargo dofs-package list [OPTIONS] [NAME]...

            Arguments:
              [NAME]...  Names of lambdas, or globs

            Options:
                  --members              Every file, also those of wheels; `--format json` has them always
                  --python <X.Y>         Python version of the Lambda runtime, for every lambda
                  --arch <ARCH>          Lambda's architecture, for every lambda: `x86_64` or `arm64`
              -j, --jobs <N>             How many threads work [default: one for each processor]
                  --offline              Use only what the store knows
                  --locked               Fail where a lock is missing or stale
                  --frozen               Both `--offline` and `--locked`
                  --no-cache             Neither read nor fill the store, nor pip's cache
                  --upgrade              Resolve again what has no lock, whatever the store knows
                  --rev <REV>            Take the sources of a git revision, not the worktree's
                  --changed-since <REV>  Only lambdas whose packages are others than those of a git revision
              -h, --help                 Print help

            Options of every command:
                  --root <DIR>            The project [default: the nearest folder upward with a config, else
                                          with a lambdas/]
                  --config <FILE>         The config, in place of dofs-package.toml at the root
                  --manifest-path <FILE>  The Cargo.toml whose metadata table is the config
                  --format <FORMAT>       How the answer is written; `tfvars`, the variable `packages`, is of
                                          `build` only [default: text] [possible values: text, json, tfvars]
                  --color <WHEN>          When to use colour [default: auto] [possible values: auto, always,
                                          never]
              -v, --verbose...            Say more: where answers come from
              -q, --quiet...              Print only the answer and errors; twice, nothing at all
            --- stderr
        "#]],
    );
}

#[test]
fn help_of_cache_names_what_it_does() {
    check_help(
        &["cache", "-h"],
        expect![[r#"
            exit code: 0
            --- stdout
            The store: wheels by digest, and what requirements resolved to

            Usage: cargo dofs-package cache [OPTIONS] <COMMAND>

            Commands:
              dir     Print where it is
              size    Print how many bytes it takes
              prune   Remove wheels that are little used; what requirements resolved to stays known
              clean   Empty the store
              verify  Hash every wheel and record, and exit with 1 if one is damaged
              help    Print this message or the help of the given subcommand(s)

            Options:
              -h, --help  Print help

            Options of every command:
                  --root <DIR>            The project [default: the nearest folder upward with a config, else
                                          with a lambdas/]
                  --config <FILE>         The config, in place of dofs-package.toml at the root
                  --manifest-path <FILE>  The Cargo.toml whose metadata table is the config
                  --format <FORMAT>       How the answer is written; `tfvars`, the variable `packages`, is of
                                          `build` only [default: text] [possible values: text, json, tfvars]
                  --color <WHEN>          When to use colour [default: auto] [possible values: auto, always,
                                          never]
              -v, --verbose...            Say more: where answers come from
              -q, --quiet...              Print only the answer and errors; twice, nothing at all
            --- stderr
        "#]],
    );
}

#[test]
fn completions_know_the_options() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = Project::new().run(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        assert!(run.stdout.contains("partition"), "{shell}: {}", run.stdout);
    }
}

#[test]
fn help_of_init_says_what_is_written() {
    check_help(
        &["init", "--help"],
        expect![[r#"
            exit code: 0
            --- stdout
            Look at the repository and write the config that fits it, files for CI, and a hook

            Lambdas are found by what Terraform's files name as their code, else by their handlers. What is
            there is never overwritten unasked. Where a config is, it stays, and what Terraform has and it has
            not is told.

            Usage: cargo dofs-package init [OPTIONS]

            Options:
                  --ci <SERVICE>
                      Write what this service runs, too

                      Possible values:
                      - codebuild: Of AWS: buildspec.yml
                      - github:    Of GitHub: a workflow in .github/workflows

                  --hook <HOOK>
                      Install this hook of git, too

                      Possible values:
                      - pre-push: Before a push: the manifest in each pushed commit against its sources

                  --force
                      Write anew what is there

                  --yes
                      Ask nothing

                  --terraform
                      Show what the `*.tf` files need to take the packages, as a diff; nothing is written

                  --write
                      Make these edits, in files that git has as they are

              -h, --help
                      Print help (see a summary with '-h')

            Options of every command:
                  --root <DIR>
                      The project [default: the nearest folder upward with a config, else with a lambdas/]

                  --config <FILE>
                      The config, in place of dofs-package.toml at the root

                  --manifest-path <FILE>
                      The Cargo.toml whose metadata table is the config

                  --format <FORMAT>
                      How the answer is written; `tfvars`, the variable `packages`, is of `build` only

                      [default: text]
                      [possible values: text, json, tfvars]

                  --color <WHEN>
                      When to use colour

                      [default: auto]
                      [possible values: auto, always, never]

              -v, --verbose...
                      Say more: where answers come from

              -q, --quiet...
                      Print only the answer and errors; twice, nothing at all
            --- stderr
        "#]],
    );
}

#[test]
fn help_of_invoke_says_what_the_handler_gets() {
    check_help(
        &["invoke", "-h"],
        expect![[r#"
            exit code: 0
            --- stdout
            Run a lambda's handler: that of the very package, in the target's Python

            Usage: cargo dofs-package invoke [OPTIONS] <NAME>

            Arguments:
              <NAME>  The lambda's name

            Options:
                  --event <FILE>        The event, a file of JSON; `-`: on standard input [default: {}]
                  --env <NAME[=VALUE]>  Set a variable for the handler; without `=VALUE`, to what it is here
                  --timeout <SECONDS>   How long the import may take, and then the handler [default: what
                                        Terraform says, else Lambda's limit of 900]
                  --import              Import the handler's module, and call nothing
                  --python <X.Y>        Python version of the Lambda runtime, for every lambda
                  --arch <ARCH>         Lambda's architecture, for every lambda: `x86_64` or `arm64`
              -j, --jobs <N>            How many threads work [default: one for each processor]
                  --offline             Use only what the store knows
                  --locked              Fail where a lock is missing or stale
                  --frozen              Both `--offline` and `--locked`
                  --no-cache            Neither read nor fill the store, nor pip's cache
                  --upgrade             Resolve again what has no lock, whatever the store knows
              -h, --help                Print help (see more with '--help')

            Options of every command:
                  --root <DIR>            The project [default: the nearest folder upward with a config, else
                                          with a lambdas/]
                  --config <FILE>         The config, in place of dofs-package.toml at the root
                  --manifest-path <FILE>  The Cargo.toml whose metadata table is the config
                  --format <FORMAT>       How the answer is written; `tfvars`, the variable `packages`, is of
                                          `build` only [default: text] [possible values: text, json, tfvars]
                  --color <WHEN>          When to use colour [default: auto] [possible values: auto, always,
                                          never]
              -v, --verbose...            Say more: where answers come from
              -q, --quiet...              Print only the answer and errors; twice, nothing at all
            --- stderr
        "#]],
    );
}
