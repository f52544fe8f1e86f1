//! Every code that a failure or a warning can have, with a sentence each.
//!
//! Scripts hang on codes, so one is never renamed, and never means another thing. `docs/codes.md`
//! is made of this table, tests hold that each code stands in it, and that each row is used.

/// Codes with what they mean, sorted.
const CODES: &[(&str, &str)] = &[
    (
        "already-there",
        "`init` would overwrite a file or a config that is there already; `--force` overwrites \
         files.",
    ),
    ("aws-answer", "The AWS CLI gave an answer that this version of the tool does not understand."),
    (
        "aws-failed",
        "A call of the AWS CLI failed or did not end; its own words are among the causes.",
    ),
    (
        "broken-zip",
        "A zip that is to be compared is damaged, or is no zip; package the lambda again.",
    ),
    ("build-failed", "A requirement has to be built from source, and the build failed."),
    (
        "built-otherwise",
        "A wheel was built from source again, and its bytes are not those of the lock; lock it \
         again.",
    ),
    ("cargo", "The config may be in Cargo.toml, and cargo could not be asked about it."),
    (
        "certificates",
        "A server's certificate is not trusted, or the file of trusted certificates can't be used.",
    ),
    (
        "config-not-kept",
        "`hook install` does not keep `--config`: the hook reads the config at the root of each \
         commit.",
    ),
    (
        "conflicting-manifest",
        "The package manifest has the conflict markers of a merge; package every lambda to \
         write it anew.",
    ),
    ("contradicting-options", "Two options exclude each other."),
    (
        "converted-file",
        "git sees no change in a file, and yet a fresh checkout would have other bytes, by the \
         attributes.",
    ),
    (
        "damaged-store",
        "`cache verify` found damaged wheels in the store; the next build fetches them again.",
    ),
    (
        "dependencies-unheeded",
        "A pyproject.toml names dependencies, and without requirements.txt or a lock none is \
         packaged.",
    ),
    (
        "disputed-target",
        "Functions that share one zip say different targets in Terraform; set `python` or \
         `architecture` for the lambda.",
    ),
    ("download-address", "An address that is to be fetched is neither `https` nor `http`."),
    (
        "download-failed",
        "A file could not be fetched, because the network or the server failed at each try.",
    ),
    ("download-missing", "The server has no such file: it may have been removed from the index."),
    ("download-refused", "The server or a proxy wants a password, or refuses the one that it got."),
    ("download-size", "A fetched file is shorter or longer than the lock says."),
    (
        "download-too-large",
        "A fetched file is larger than anything that Lambda takes, so the download was stopped.",
    ),
    ("download-unkept", "A fetched file could not be written into the store."),
    ("duplicate-lambda", "Two folders give lambdas of the same name; rename one."),
    (
        "empty-lambda",
        "Nothing would be in the package, as every file is left out or there is none.",
    ),
    ("file-and-folder", "A path is a file in one source of the package and a folder in another."),
    ("file-changed", "A file changed while it was packaged; run the command again."),
    (
        "file-conflict",
        "Two wheels have a file at the same path with different bytes, and the one that pip \
         would install last wins.",
    ),
    ("file-name", "A file's name can't stand in a zip for Lambda; rename the file."),
    (
        "floating-requirements",
        "Requirements without exact versions may give other packages on another day; lock them.",
    ),
    ("foreign-hook", "Another hook stands where this one would go, and it stays as it is."),
    ("git", "A call of git failed; its own words are in the message."),
    ("glob-without-lambda", "A glob of `lambdas` in the config matches no folder."),
    ("hash-mismatch", "A wheel has another SHA-256 than a line or the lock demands."),
    (
        "host-python",
        "No Python version is set, and that of the `python3` on PATH is none that can be \
         packaged for.",
    ),
    ("index-unreachable", "pip can't reach the package index."),
    (
        "installed-packages",
        "An earlier `pip install -t` left packages among the lambda's own files; remove them.",
    ),
    ("invalid-config", "The config is no valid TOML, or a value in it has the wrong type."),
    ("invalid-glob", "A pattern is no valid glob."),
    (
        "invalid-manifest",
        "The package manifest can't be read as one; package every lambda to write it anew.",
    ),
    ("invalid-push", "git's description of a push, on the hook's standard input, can't be read."),
    ("invalid-query", "Standard input of `external` is no JSON object whose values are strings."),
    ("invalid-requirement", "A line is no requirement that pip would take."),
    ("invalid-value", "A setting has a value that it can't have."),
    ("lambda-link", "The folder of a lambda is a symbolic link; lambdas are real folders."),
    ("lambda-name", "The name of a lambda's folder has a control character; rename the folder."),
    (
        "lfs-pointer",
        "A packaged file is a pointer of git-lfs and not the file itself; run `git lfs pull`.",
    ),
    ("lock-ambiguous", "The lock has more than one entry of a package for the lambda's target."),
    ("lock-incomplete", "A wheel of the lock requires a package that the lock does not have."),
    ("lock-invalid", "The lock is no valid pylock.toml."),
    ("lock-marker", "A marker in the lock can't be evaluated."),
    ("lock-missing", "`--locked` demands a lock, and there is none; run `lock` and commit it."),
    ("lock-no-wheel-fits", "No wheel of a package in the lock fits the lambda's target."),
    (
        "lock-other-target",
        "The lock is for other Python versions or environments than the lambda's target.",
    ),
    (
        "lock-other-wheel",
        "A wheel in the lock has the name of another project or version than its entry.",
    ),
    ("lock-repository", "A repository in the lock can't be built from; it needs an exact commit."),
    ("lock-source", "A package in the lock does not say, in one way, where it comes from."),
    ("lock-stale", "The lock was made from other lines or for another target; run `lock` again."),
    ("lock-version", "The lock's format is of another major version than 1."),
    (
        "lock-versions-moved",
        "`lock` could not keep some versions of the old lock, and has chosen them anew.",
    ),
    ("lock-without-sha256", "A file in the lock has no sha256, so its bytes can't be proven."),
    ("misplaced-option", "The option is not one of this command."),
    (
        "missing-manifest",
        "The configured package manifest does not exist yet; build, and commit it.",
    ),
    (
        "native-foreign",
        "A wheel has a helper program or library that does not fit the lambda's target.",
    ),
    (
        "native-mismatch",
        "A native library does not fit the lambda's target: another processor, or a newer glibc \
         than Lambda's.",
    ),
    ("no-aws", "`--deployed` asks Lambda through the AWS CLI, and it is not installed."),
    ("no-config", "The file named with `--config` does not exist."),
    ("no-git", "git is needed, and it is not on PATH."),
    ("no-hooks", "`core.hooksPath` is set so that git runs no hooks."),
    ("no-lambdas", "No folder matches the globs of `lambdas`."),
    ("no-manifest", "No package manifest is configured, so there is none to verify."),
    ("no-pip", "No Python with pip 21.2 or later was found to resolve requirements with."),
    ("no-python", "No Python version is set, and there is no `python3` on PATH to take it from."),
    ("no-query", "`external` expects a query on standard input, and that is a terminal."),
    ("no-repository", "The project is in no git repository, and the command reads one."),
    ("no-root", "No project was found: no config, no `lambdas` folder, or no such `--root`."),
    ("no-source", "`--no-binary` demands a build of a package that has no source distribution."),
    ("no-such-file", "A file named on the command line does not exist."),
    ("no-such-zip", "The zip to be compared does not exist."),
    ("no-tool", "A lock of another tool can only be read by that tool, and it is not on PATH."),
    ("no-uv", "The config asks for uv as the resolver, and it is not on PATH."),
    ("no-wheel-fits", "The index has no wheel of a requirement for the lambda's target."),
    ("not-packaged", "The lambda has no zip yet to be compared; build it first."),
    (
        "not-synced",
        "The zip is in place, but its folder could not be synced: a power loss may bring the \
         old zip back.",
    ),
    ("nothing-named", "The hook's standard input names no pushed commit, so HEAD is verified."),
    ("offline", "`--offline` forbids the network, and the store lacks what is needed."),
    ("one-zip", "`diff` was given one zip, and nothing to compare it with."),
    ("other-project", "A line names one project, and its address or folder holds another one."),
    (
        "out-dir-among-lambdas",
        "`out-dir` is one of the folders that `lambdas` matches, and is not packaged.",
    ),
    ("output", "The answer could not be written to standard output."),
    (
        "own-file-wins",
        "The lambda has a file of its own where a wheel has one, and its own is packaged.",
    ),
    (
        "package-needs-s3",
        "The zip is larger than Lambda's limit for direct uploads; deploy it through S3.",
    ),
    (
        "package-too-large",
        "The package, unpacked, is larger than Lambda's limit of 262,144,000 bytes.",
    ),
    (
        "partial-manifest",
        "The package manifest is new and has only the lambdas of this run; build all before \
         Terraform reads it.",
    ),
    (
        "partial-variables",
        "`--format tfvars` printed only the lambdas that were named; Terraform would destroy \
         the others.",
    ),
    ("path-file", "A wheel brings a `.pth` file, which does nothing in Lambda."),
    (
        "pip-failed",
        "pip failed in a way of its own; its command and last lines are among the causes.",
    ),
    ("program", "Another program could not be started, or did not end in time."),
    ("proxy", "A variable for the proxy has a value that is no address of a proxy."),
    ("required-version", "The project's `required-version` excludes this version of the tool."),
    (
        "requirement-without-wheel",
        "A requirement applies to the target, and the resolver answered without a wheel of it.",
    ),
    ("requirements-conflict", "No set of versions fulfils all requirements."),
    ("requirements-cycle", "A requirements file includes itself."),
    ("requirements-encoding", "A requirements file is not UTF-8."),
    (
        "requirements-missing",
        "A file that a requirements file includes, or a path that it names, does not exist.",
    ),
    (
        "requirements-option",
        "A requirements file has an option that is unknown, or that is refused because it runs \
         code or writes elsewhere.",
    ),
    ("requires-python", "A package's `Requires-Python` excludes the lambda's Python version."),
    (
        "revision-output",
        "The zips of `--rev` would replace those of a worktree with other sources; use \
         `--out-dir` or `-n`.",
    ),
    ("runtime-blocked", "AWS no longer creates, or no longer updates, functions on this runtime."),
    ("runtime-deprecated", "AWS has deprecated this runtime."),
    (
        "secrets-left-out",
        "Files that may hold secrets are left out; `include` what belongs in the package.",
    ),
    ("several-lambdas", "A name given to `diff` matches several lambdas, and `diff` takes one."),
    ("several-root-modules", "`init` found several root modules of Terraform and took the first."),
    (
        "source-compiled",
        "A build from source gave native code, which is the same on one machine only.",
    ),
    (
        "source-gone",
        "A wheel that was built from source is missing from the store, and its source is gone, \
         too.",
    ),
    (
        "source-link",
        "A folder or archive of sources is reached by a symbolic link that can't be followed.",
    ),
    ("source-refused", "A requirement has to be built from source, and the config forbids that."),
    (
        "source-requirement",
        "A line asks for sources in a way that can't be built reproducibly, such as a branch \
         that may move.",
    ),
    ("special-file", "A file of the lambda is neither a regular file nor a folder."),
    (
        "store",
        "The store can't be read or written; `DOFS_PACKAGE_CACHE_DIR` names another place for it.",
    ),
    ("submodule", "A lambda has a git submodule, whose files the revision does not hold."),
    (
        "symbolic-link",
        "A symbolic link leads out of the lambda, to a folder, in a circle or to nothing.",
    ),
    (
        "target-from-host",
        "No Python version is set, so that of `python3` on PATH is used; another machine may \
         have another.",
    ),
    (
        "terraform-architecture",
        "The `*.tf` files do not tell one architecture for the lambda's functions, so the \
         default is taken.",
    ),
    (
        "terraform-archive",
        "Terraform makes the function's zip itself, so the package is not what it deploys.",
    ),
    ("terraform-files", "A `*.tf` file can't be read, so what it says of functions is unknown."),
    (
        "terraform-format",
        "The JSON of `terraform show` is of a format, or has an action, that this tool does not \
         know.",
    ),
    ("terraform-json", "A file given to `--state` is not what `terraform show -json` prints."),
    (
        "terraform-left-alone",
        "Something of Terraform's is not read here, such as `*.tf.json`, and may say something \
         of functions.",
    ),
    (
        "terraform-plan-failed",
        "The plan given to `--state` is one that Terraform could not finish.",
    ),
    (
        "terraform-runtime",
        "The runtime in Terraform is no Python runtime that this tool can package for.",
    ),
    ("threads", "The threads for parallel work could not be started; ask for fewer with `--jobs`."),
    (
        "tool-failed",
        "Another tool failed to export its lock; its command and last lines are among the causes.",
    ),
    ("tracking-unknown", "git could not be asked which packaged files it tracks."),
    ("twin-names", "Two files have names that are the same on some file systems; rename one."),
    ("two-configs", "The config is in two places; keep one."),
    (
        "unchecked-function",
        "A function's handler or runtime could not be checked, because its values are not known \
         here.",
    ),
    (
        "unfetched",
        "The clone lacks files of the revision, and `--offline` forbids git to fetch them.",
    ),
    ("unknown-key", "A key of the config, or of the query to `external`, is unknown."),
    ("unknown-lambda", "A name on the command line or in the config belongs to no lambda."),
    ("unknown-member", "Neither zip has the member named with `--content`."),
    ("unknown-revision", "git knows no such revision; a shallow clone may lack it."),
    (
        "unknown-variable",
        "An environment variable begins with `DOFS_PACKAGE_`, and is none that this tool reads.",
    ),
    ("unreadable", "A file or folder could not be read."),
    ("unreadable-input", "Standard input could not be read."),
    ("unreadable-query", "The query on standard input of `external` could not be read."),
    (
        "untracked-file",
        "A file is packaged that git does not track, so no other machine will have it.",
    ),
    ("unwritable", "A zip could not be written or put in its place; the old one is as it was."),
    ("unwritable-manifest", "The package manifest could not be written."),
    ("unwritable-report", "The file named with `--junit` could not be written."),
    ("upgrade-unknown", "No lock has the package named with `--upgrade`."),
    ("uv-failed", "uv found no answer; its command and last lines are among the causes."),
    (
        "uv-ignores-index",
        "pip's configuration names an index, and uv would not ask it, so uv is not used.",
    ),
    ("wheel-corrupt", "A wheel in the store is damaged, and could not be replaced."),
    ("wheel-lost", "A wheel is no longer in the store, and could not be fetched again."),
    ("wheel-name", "A file name is not that of a wheel."),
    (
        "wheel-refused",
        "A wheel breaks the rules of its format in a way that could do harm or lose files.",
    ),
    ("wheel-replaced", "A wheel was fetched again, and its bytes are others than before."),
    ("wheel-too-large", "A wheel unpacks to more than Lambda takes."),
    ("working-directory", "The working directory could not be found out."),
];

/// What a code means, as a sentence; none where there is no such code.
pub(super) fn meaning(code: &str) -> Option<&'static str> {
    let index = CODES.binary_search_by(|(known, _)| (*known).cmp(code)).ok()?;
    CODES.get(index).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn codes_are_sorted_and_each_has_one_sentence() {
        assert!(CODES.is_sorted_by(|(one, _), (other, _)| one < other));
        for (code, meaning) in CODES {
            assert!(meaning.ends_with('.') && !meaning.contains(". "), "{code}: {meaning}");
        }
    }

    /// `UPDATE_EXPECT=1 cargo test codes` writes the page anew.
    #[test]
    fn the_page_of_codes_is_made_of_the_table() {
        let rows = CODES.iter().map(|(code, meaning)| format!("| `{code}` | {meaning} |\n"));
        let page = format!("{HEAD}{}", rows.collect::<String>());

        expect_file!["../../docs/codes.md"].assert_eq(&page);
    }

    const HEAD: &str = "\
# Codes

Every failure and every warning has a code. `--format json` shows it as `code`, and the reports of
`verify --junit` as `type`. Scripts may rely on codes: none is ever renamed, and new ones may come.
What a failure means for the exit code stands in [json.md](json.md#exit-codes).

| code | means |
| --- | --- |
";
}
