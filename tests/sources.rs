//! What of a lambda's own files is packaged, and by which rule the rest is left out.

use expect_test::expect;

use crate::support::{Project, Wheel};

/// A module that is enough for a lambda.
const MODULE: (&str, &str) = ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n");

/// A private key that opens nothing: its middle is not one.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n\
                   -----END PRIVATE KEY-----\n";

/// A lambda with a module and more files, each with a letter in it.
fn lambda_with(paths: &[&str]) -> Project {
    let project = Project::with(&[MODULE]);
    for path in paths {
        project.write(&format!("lambdas/api/{path}"), "x");
    }
    project
}

/// The paths in the package of the lambda.
fn packaged(project: &Project) -> Vec<String> {
    let run = project.run(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    project.entries("lambdas/api/api.zip").into_keys().collect()
}

#[test]
fn what_no_lambda_needs_is_left_out_silently_and_list_shows_the_rule() {
    let project = lambda_with(&[
        "old.zip",
        "lib/nested.zip",
        "__pycache__/api.cpython-312.pyc",
        "lib/__pycache__/a.pyc",
        "lone.pyc",
        ".pytest_cache/x",
        ".mypy_cache/x",
        ".ruff_cache/x",
        ".tox/x",
        ".git/HEAD",
        "lib/.git",
        ".hg/x",
        ".svn/x",
        ".terraform/x",
        ".DS_Store",
        "._api.py",
        "Thumbs.db",
        ".idea/x",
        ".vscode/x",
        ".api.py.swp",
        ".api.py.swo",
        "api.py~",
        "#api.py#",
        "venv/pyvenv.cfg",
        "venv/bin/python",
        "lib/.venv/pyvenv.cfg",
        // Their neighbours stay.
        "environment.py",
        "git.py",
        "lib/pyvenv.py",
        "requirements.txt",
    ]);
    project.write("lambdas/api/requirements.txt", "# nothing\n");
    let run = project.run(&["list", "--members"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	5 files, 55 B	the largest is api.py, 42 B
        api	kept	api.py	lambdas/api/api.py
        api	kept	environment.py	lambdas/api/environment.py
        api	kept	git.py	lambdas/api/git.py
        api	kept	lib/pyvenv.py	lambdas/api/lib/pyvenv.py
        api	kept	requirements.txt	lambdas/api/requirements.txt
        api	left out	#api.py#	built-in: #*#
        api	left out	lone.pyc	built-in: *.pyc
        api	left out	.api.py.swo	built-in: *.swo
        api	left out	.api.py.swp	built-in: *.swp
        api	left out	lib/nested.zip	built-in: *.zip
        api	left out	old.zip	built-in: *.zip
        api	left out	api.py~	built-in: *~
        api	left out	.DS_Store	built-in: .DS_Store
        api	left out	._api.py	built-in: ._*
        api	left out	.git/	built-in: .git
        api	left out	lib/.git	built-in: .git
        api	left out	.hg/	built-in: .hg
        api	left out	.idea/	built-in: .idea
        api	left out	.mypy_cache/	built-in: .mypy_cache
        api	left out	.pytest_cache/	built-in: .pytest_cache
        api	left out	.ruff_cache/	built-in: .ruff_cache
        api	left out	.svn/	built-in: .svn
        api	left out	.terraform/	built-in: .terraform
        api	left out	.tox/	built-in: .tox
        api	left out	.vscode/	built-in: .vscode
        api	left out	Thumbs.db	built-in: Thumbs.db
        api	left out	__pycache__/	built-in: __pycache__
        api	left out	lib/__pycache__/	built-in: __pycache__
        api	left out	lib/.venv/	built-in: virtual environment (pyvenv.cfg)
        api	left out	venv/	built-in: virtual environment (pyvenv.cfg)
        --- stderr
    "#]]
    .assert_eq(&run.text());
    let names = ["api.py", "environment.py", "git.py", "lib/pyvenv.py", "requirements.txt"];
    assert_eq!(packaged(&project), names);
}

#[test]
fn list_counts_what_is_alike() {
    let compiled: Vec<String> = (1..=5).map(|number| format!("{number}.pyc")).collect();
    let mut files: Vec<&str> = compiled.iter().map(String::as_str).collect();
    files.extend([".env", ".DS_Store", "pkg/.DS_Store"]);
    let project = lambda_with(&files);
    project.write("lambdas/api/big.json", "0".repeat(12_345));
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	2 files, 12.3 kB	the largest is big.json, 12.3 kB
        api	left out	1.pyc and 4 more	built-in: *.pyc
        api	left out	.DS_Store	built-in: .DS_Store
        api	left out	pkg/.DS_Store	built-in: .DS_Store
        api	left out	.env	built-in: .env*
        api	warning	`.env` may hold secrets and is left out	secrets-left-out
        --- stderr
        warning: `api`: `.env` may hold secrets and is left out
        hint: name what belongs in the package in `include`, and the rest in `exclude`
    "#]]
    .assert_eq(&project.run(&["list"]).text());
}

#[test]
fn list_says_the_same_as_json() {
    let project = lambda_with(&["a.pyc", ".env", "note.md"]);
    project.write(
        "dofs-package.toml",
        "exclude = [\"*.md\"]\n[lambda.api]\narchitecture = \"arm64\"\n",
    );
    expect![[r#"
        exit code: 0
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"lambdas":[{"name":"api","kind":"function","layers":[],"python":null,"architecture":"arm64","target":[{"value":"arm64","from":"[lambda.api] in dofs-package.toml"}],"requirements":[],"own":{"files":1,"unpacked_size":42,"largest":{"path":"api.py","unpacked_size":42}},"kept":[{"path":"api.py","from":"lambdas/api/api.py","unpacked_size":42}],"left_out":[{"path":".env","rule":"built-in: .env*"},{"path":"a.pyc","rule":"built-in: *.pyc"},{"path":"note.md","rule":"exclude = \"*.md\""}],"warnings":[{"code":"secrets-left-out","message":"`.env` may hold secrets and is left out","hint":"name what belongs in the package in `include`, and the rest in `exclude`"}]}],"functions":[],"left_out":[],"failures":[]}
        --- stderr
        warning: `api`: `.env` may hold secrets and is left out
        hint: name what belongs in the package in `include`, and the rest in `exclude`
    "#]].assert_eq(&project.run(&["list", "--format", "json"]).text());
}

#[test]
fn what_may_hold_secrets_is_left_out_and_named() {
    let project =
        lambda_with(&[".env", ".env.prod", "infra/terraform.tfstate", "a.tfstate.backup"]);
    project.write("lambdas/api/.environments/x", "x");
    project.write("lambdas/api/id_rsa", KEY);
    project.write("lambdas/api/config/service.json", KEY.replace('\n', "\\n"));
    let certificate = KEY.replace("PRIVATE KEY", "CERTIFICATE");
    project.write("lambdas/api/ca.pem", &certificate);
    project.write("lambdas/api/mention.py", "KEY = '-----BEGIN PRIVATE KEY-----'\n");
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	3 files, 173 B	the largest is ca.pem, 95 B
        api	kept	api.py	lambdas/api/api.py
        api	kept	ca.pem	lambdas/api/ca.pem
        api	kept	mention.py	lambdas/api/mention.py
        api	left out	a.tfstate.backup	built-in: *.tfstate*
        api	left out	infra/terraform.tfstate	built-in: *.tfstate*
        api	left out	.env	built-in: .env*
        api	left out	.env.prod	built-in: .env*
        api	left out	.environments/	built-in: .env*
        api	left out	config/service.json	built-in: private key
        api	left out	id_rsa	built-in: private key
        api	warning	`.env`, `.env.prod`, `.environments`, `a.tfstate.backup`, `infra/terraform.tfstate`, `config/service.json`, `id_rsa` may hold secrets and are left out	secrets-left-out
        --- stderr
        warning: `api`: `.env`, `.env.prod`, `.environments`, `a.tfstate.backup`, `infra/terraform.tfstate`, `config/service.json`, `id_rsa` may hold secrets and are left out
        hint: name what belongs in the package in `include`, and the rest in `exclude`
    "#]].assert_eq(&project.run(&["list", "--members"]).text());
    let run = project.run(&[]);
    expect![[r#"
        warning: `api`: `.env`, `.env.prod`, `.environments`, `a.tfstate.backup`, `infra/terraform.tfstate`, `config/service.json`, `id_rsa` may hold secrets and are left out
        hint: name what belongs in the package in `include`, and the rest in `exclude`
            Packaged api (442 B, 3 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&run.stderr);
    assert_eq!(packaged(&project), ["api.py", "ca.pem", "mention.py"]);
    assert_eq!(project.entries("lambdas/api/api.zip")["ca.pem"].0, certificate.as_bytes());
}

#[test]
fn a_private_key_is_found_wherever_it_is_in_a_file() {
    let project = Project::with(&[MODULE]);
    for at in [0, 1, 1000, (256 << 10) - 20, (256 << 10) - 1, 256 << 10, 700_000] {
        let line = "# a line of text that is not a key\n";
        let mut text = line.repeat(at / line.len() + 1);
        text.truncate(at);
        project.write(&format!("lambdas/api/{at}.txt"), text + KEY + line);
    }
    assert_eq!(packaged(&project), ["api.py"]);
}

#[test]
fn what_is_named_in_include_or_exclude_is_no_secret_to_warn_of() {
    let project = lambda_with(&[".env", ".env.prod"]);
    project.write("lambdas/api/id_rsa", KEY);
    project.write(
        "dofs-package.toml",
        "include = [\".env\", \"id_rsa\"]\nexclude = [\".env.prod\"]\n",
    );
    let run = project.run(&["-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(!project.run(&["-n"]).stderr.contains("warning"));
    assert_eq!(packaged(&project), [".env", "api.py", "id_rsa"]);
}

#[test]
fn include_wins_over_the_built_in_rules_and_exclude_over_include() {
    let project = lambda_with(&[
        "data/a.zip",
        "data/b.zip",
        "other.zip",
        "cache/__pycache__/kept.pyc",
        "cache/__pycache__/other.pyc",
        "venv/pyvenv.cfg",
        "venv/kept.py",
        "tests/a.py",
        "src/tests/b.py",
        "docs/a.md",
    ]);
    project.write(
        "dofs-package.toml",
        "include = [\"data/*.zip\", \"kept.*\"]\nexclude = [\"data/b.zip\", \"/tests\", \"*.md\"]\n",
    );
    let kept =
        ["api.py", "cache/__pycache__/kept.pyc", "data/a.zip", "src/tests/b.py", "venv/kept.py"];
    assert_eq!(packaged(&project), kept);
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	5 files, 46 B	the largest is api.py, 42 B
        api	kept	api.py	lambdas/api/api.py
        api	kept	cache/__pycache__/kept.pyc	lambdas/api/cache/__pycache__/kept.pyc
        api	kept	data/a.zip	lambdas/api/data/a.zip
        api	kept	src/tests/b.py	lambdas/api/src/tests/b.py
        api	kept	venv/kept.py	lambdas/api/venv/kept.py
        api	left out	other.zip	built-in: *.zip
        api	left out	cache/__pycache__/other.pyc	built-in: __pycache__
        api	left out	api.zip	built-in: its own zip
        api	left out	venv/pyvenv.cfg	built-in: virtual environment (pyvenv.cfg)
        api	left out	docs/a.md	exclude = "*.md"
        api	left out	tests/	exclude = "/tests"
        api	left out	data/b.zip	exclude = "data/b.zip"
        --- stderr
    "#]]
    .assert_eq(&project.run(&["list", "--members"]).text());
}

#[test]
fn a_lambdaignore_has_the_lines_of_a_gitignore() {
    let project = lambda_with(&["a.md", "docs/b.md", "keep.md", "sub/x.txt", "x.txt", "lib/a.zip"]);
    project.write("lambdas/api/.lambdaignore", "# notes\n*.md\n!keep.md\n/x.txt\n!lib/a.zip\n");
    assert_eq!(packaged(&project), ["api.py", "keep.md", "lib/a.zip", "sub/x.txt"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	4 files, 45 B	the largest is api.py, 42 B
        api	kept	api.py	lambdas/api/api.py
        api	kept	keep.md	lambdas/api/keep.md
        api	kept	lib/a.zip	lambdas/api/lib/a.zip
        api	kept	sub/x.txt	lambdas/api/sub/x.txt
        api	left out	a.md	.lambdaignore: *.md
        api	left out	docs/b.md	.lambdaignore: *.md
        api	left out	x.txt	.lambdaignore: /x.txt
        api	left out	.lambdaignore	built-in: .lambdaignore
        api	left out	api.zip	built-in: its own zip
        --- stderr
    "#]]
    .assert_eq(&project.run(&["list", "--members"]).text());

    project.write("lambdas/api/.lambdaignore", "ok\na[z-a]\n");
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `a[z-a]` is no glob
          --> lambdas/api/.lambdaignore:2
          caused by: error parsing glob 'a[z-a]': invalid range; 'z' > 'a'
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn a_lambda_can_have_rules_of_its_own() {
    let project = lambda_with(&["a.md", "b.txt"]);
    project.write("lambdas/worker/worker.py", "x");
    project.write("lambdas/worker/a.md", "x");
    project
        .write("dofs-package.toml", "exclude = [\"*.md\"]\n[lambda.api]\nexclude = [\"*.txt\"]\n");
    assert_eq!(packaged(&project), ["a.md", "api.py"]);
    let worker = project.entries("lambdas/worker/worker.zip");
    assert_eq!(worker.into_keys().collect::<Vec<_>>(), ["worker.py"]);
}

#[test]
fn files_of_this_tool_never_enter_a_package() {
    let project = lambda_with(&[
        "pylock.toml",
        "dofs-package.toml",
        ".lambdaignore",
        "api.zip",
        ".dofs-tmp-1-x",
        "sub/pylock.toml",
    ]);
    let lock = "lock-version = \"1.0\"\ncreated-by = \"other\"\npackages = []\n";
    project.write("lambdas/api/pylock.toml", lock);
    project.write("lambdas/api/.lambdaignore", "!api.zip\n!pylock.toml\n");
    project.write("dofs-package.toml", "include = [\"*\"]\n");
    assert_eq!(packaged(&project), ["api.py", "sub/pylock.toml"]);
    // What a killed run left there is gone.
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    let first = project.read("lambdas/api/api.zip");
    assert_eq!(packaged(&project), ["api.py", "sub/pylock.toml"]);
    assert_eq!(project.read("lambdas/api/api.zip"), first);
}

#[test]
fn an_own_file_wins_over_that_of_a_package_and_is_told_of() {
    let project = Project::with(&[MODULE, ("lambdas/api/requirements.txt", "one\n")]);
    project.write("lambdas/api/one/__init__.py", "mine");
    project.publish(&Wheel::new("one", "1.0"));
    let run = project.run(&["--python", "3.12"]);
    let odd: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with(['w', 'h'])).collect();
    expect![[r#"
        warning: `api`: its own files replace those of packages: `one/__init__.py`
        hint: remove them from the lambda, or `exclude` them in the config"#]]
    .assert_eq(&odd.join("\n"));
    assert_eq!(project.entries("lambdas/api/api.zip")["one/__init__.py"].0, b"mine");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_of_the_lambda_is_packaged_as_that_file() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let project = lambda_with(&["lib/real.sh"]);
    let executable = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(project.path("lambdas/api/lib/real.sh"), executable).unwrap();
    symlink("lib/real.sh", project.path("lambdas/api/link.sh")).unwrap();
    symlink("../link.sh", project.path("lambdas/api/lib/again.sh")).unwrap();
    assert_eq!(packaged(&project), ["api.py", "lib/again.sh", "lib/real.sh", "link.sh"]);
    let entries = project.entries("lambdas/api/api.zip");
    for path in ["lib/again.sh", "lib/real.sh", "link.sh"] {
        assert_eq!(entries[path], (b"x".to_vec(), 0o100_755), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_an_error_and_never_passed_over() {
    use std::os::unix::fs::symlink;
    let project = Project::with(&[("outside.py", "x"), ("lambdas/other/x.py", "x")]);
    let link = |lambda: &str, to: &str| {
        project.write(&format!("lambdas/{lambda}/{lambda}.zip"), "old");
        project.write(&format!("lambdas/{lambda}/folder/x.py"), "x");
        symlink(to, project.path(&format!("lambdas/{lambda}/link"))).unwrap();
    };
    link("a-out", "../../outside.py");
    link("b-neighbour", "../other/x.py");
    link("c-folder", "folder");
    link("d-dangling", "nothing");
    link("e-loop", "link");
    link("f-absolute", "/dev/null");
    project.write("lambdas/g-fifo/x.py", "x");
    crate::support::output(
        std::process::Command::new("mkfifo").arg(project.path("lambdas/g-fifo/fifo")),
    );
    project.write("lambdas/h-socket/x.py", "x");
    let socket = project.path("lambdas/h-socket/socket");
    let _listening = std::os::unix::net::UnixListener::bind(socket).unwrap();

    expect![[r#"
        exit code: 4
        --- stdout
        other	d6aRWZISi5UTWVYpHULqKhbkCGrOFdNAVLblEehWiM0=	lambdas/other/other.zip
        --- stderr
        error: the symbolic link `lambdas/a-out/link` leads out of the lambda
          --> lambdas/a-out/link
        hint: remove the link, and write `files = { "outside.py" = "link" }` in `[lambda.a-out]`
        error: the symbolic link `lambdas/b-neighbour/link` leads out of the lambda
          --> lambdas/b-neighbour/link
        hint: remove the link, and write `files = { "lambdas/other/x.py" = "link" }` in `[lambda.b-neighbour]`
        error: the symbolic link `lambdas/c-folder/link` leads to a folder
          --> lambdas/c-folder/link
        hint: put a copy of the file there, or leave the link out with `exclude` in the config
        error: 2 lambdas (`d-dangling`, `e-loop`): the symbolic link `lambdas/NAME/link` leads nowhere
          --> lambdas/NAME/link
        hint: put a copy of the file there, or leave the link out with `exclude` in the config
        error: the symbolic link `lambdas/f-absolute/link` leads out of the lambda
          --> lambdas/f-absolute/link
        hint: put a copy of the file there, or leave the link out with `exclude` in the config
        error: `lambdas/g-fifo/fifo` is neither a file nor a folder
          --> lambdas/g-fifo/fifo
        hint: remove it, or leave it out with `exclude` in the config
        error: `lambdas/h-socket/socket` is neither a file nor a folder
          --> lambdas/h-socket/socket
        hint: remove it, or leave it out with `exclude` in the config
        error: 8 of 9 lambdas could not be packaged
    "#]]
    .assert_eq(&project.run(&["-q"]).text());
    assert_eq!(project.read("lambdas/a-out/a-out.zip"), b"old");
    assert!(project.leftovers().is_empty());

    project.write("dofs-package.toml", "exclude = [\"link\", \"fifo\", \"socket\"]\n");
    assert_eq!(project.run(&["-q"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_lambda_has_no_way_around_by_its_prefix() {
    let project = Project::with(&[MODULE, ("lambdas/api-keys/secret", "x")]);
    let link = project.path("lambdas/api/link");
    std::os::unix::fs::symlink("../api-keys/secret", link).unwrap();
    let run = project.run(&["build", "api"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_does_not_bring_the_lambdas_own_zip_into_the_next_one() {
    let project = lambda_with(&[]);
    assert_eq!(project.run(&["-q"]).code, 0);
    std::os::unix::fs::symlink("api.zip", project.path("lambdas/api/latest")).unwrap();
    let run = project.run(&["-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_a_package_cannot_carry_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::with(&[
        ("lambdas/a-backslash/back\\slash", ""),
        ("lambdas/b-newline/new\nline", ""),
        ("lambdas/c-case/A1.py", ""),
        ("lambdas/c-case/a1.py", ""),
        ("lambdas/d-normal-form/e\u{301}/x", ""),
        ("lambdas/d-normal-form/\u{e9}/y", ""),
        ("lambdas/e-escape/\u{1b}[31m", ""),
        ("lambdas/f-bytes/x", ""),
    ]);
    let name = std::ffi::OsStr::from_bytes(b"bad\xff");
    std::fs::write(project.path("lambdas/f-bytes").join(name), "").unwrap();
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/a-backslash/back\\slash` can't be packaged: its name has a backslash
          --> lambdas/a-backslash
        hint: rename the file, or leave it out with `exclude` in the config
        error: `lambdas/b-newline/new\nline` can't be packaged: its name has a control character
          --> lambdas/b-newline
        hint: rename the file, or leave it out with `exclude` in the config
        error: `lambdas/c-case/A1.py` and `lambdas/c-case/a1.py` are one name on some file systems
          --> lambdas/c-case
        hint: rename the file, or leave it out with `exclude` in the config
        error: `lambdas/d-normal-form/e\u{301}` and `lambdas/d-normal-form/\u{e9}` are one name on some file systems
          --> lambdas/d-normal-form
        hint: rename the file, or leave it out with `exclude` in the config
        error: `lambdas/e-escape/\u{1b}[31m` can't be packaged: its name has a control character
          --> lambdas/e-escape
        hint: rename the file, or leave it out with `exclude` in the config
        error: cannot package `lambdas/f-bytes/bad�`
          --> lambdas/f-bytes
          caused by: its name is not UTF-8
        hint: rename the file
        error: 6 of 6 lambdas could not be packaged
    "#]].assert_eq(&project.run(&[]).text());
}

/// What is plainly beside a lambda, in its folder.
const BESIDE: &[&str] = &[
    "main.tf",
    "generated.tf.json",
    "prod.tfvars",
    "prod.auto.tfvars.json",
    ".terraform.lock.hcl",
    "Dockerfile",
    ".dockerignore",
    "docker-compose.yml",
    "docker-compose.override.yaml",
    "Makefile",
    ".coverage",
    ".coverage.host.17",
    ".coveragerc",
    "coverage.xml",
    "htmlcov/index.html",
    "tests/test_api.py",
    "test/test_more.py",
    "conftest.py",
    "pytest.ini",
    "tox.ini",
    "noxfile.py",
    ".pylintrc",
    ".flake8",
    ".pre-commit-config.yaml",
    ".editorconfig",
    ".gitignore",
    ".gitattributes",
    "requirements-dev.txt",
    "node_modules/left-pad/index.js",
];

#[test]
fn what_is_plainly_beside_a_lambda_is_left_out_by_a_rule_for_each_name() {
    let project = lambda_with(BESIDE);
    let run = project.run(&["list", "--members"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	target	x86_64	default
        api	own	1 file, 42 B	api.py
        api	kept	api.py	lambdas/api/api.py
        api	left out	main.tf	built-in: *.tf
        api	left out	generated.tf.json	built-in: *.tf.json
        api	left out	prod.tfvars	built-in: *.tfvars
        api	left out	prod.auto.tfvars.json	built-in: *.tfvars.json
        api	left out	.coverage	built-in: .coverage
        api	left out	.coverage.host.17	built-in: .coverage
        api	left out	.coveragerc	built-in: .coveragerc
        api	left out	.dockerignore	built-in: .dockerignore
        api	left out	.editorconfig	built-in: .editorconfig
        api	left out	.flake8	built-in: .flake8
        api	left out	.gitattributes	built-in: .gitattributes
        api	left out	.gitignore	built-in: .gitignore
        api	left out	.pre-commit-config.yaml	built-in: .pre-commit-config.yaml
        api	left out	.pylintrc	built-in: .pylintrc
        api	left out	.terraform.lock.hcl	built-in: .terraform.lock.hcl
        api	left out	Dockerfile	built-in: Dockerfile
        api	left out	Makefile	built-in: Makefile
        api	left out	conftest.py	built-in: conftest.py
        api	left out	coverage.xml	built-in: coverage.xml
        api	left out	docker-compose.override.yaml	built-in: docker-compose*.yml
        api	left out	docker-compose.yml	built-in: docker-compose*.yml
        api	left out	htmlcov/	built-in: htmlcov
        api	left out	node_modules/	built-in: node_modules
        api	left out	noxfile.py	built-in: noxfile.py
        api	left out	pytest.ini	built-in: pytest.ini
        api	left out	requirements-dev.txt	built-in: requirements-dev.txt
        api	left out	test/	built-in: test
        api	left out	tests/	built-in: tests
        api	left out	tox.ini	built-in: tox.ini
        --- stderr
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn what_a_handler_may_read_stays_whatever_it_is_called() {
    let kept = [
        "README.md",
        "LICENSE",
        "setup.cfg",
        "pyproject.toml",
        "template.yaml",
        "requirements.txt",
        "requirements.in",
        "api.egg-info/PKG-INFO",
        "build/index.html",
        "dist/index.html",
        "docs/index.html",
        "events/event.json",
        "templates/main.tf",
        "templates/Dockerfile",
        "templates/Makefile",
        "data/.gitignore",
        "lib/tests/__init__.py",
        "lib/conftest.py",
        "static/node_modules/a.js",
    ];
    let project = lambda_with(&kept);
    project.write("lambdas/api/requirements.txt", "# nothing\n");
    project.write("lambdas/api/pyproject.toml", "[tool.x]\n");
    let mut expected = [&kept[..], &["api.py"]].concat();
    expected.sort_unstable();
    assert_eq!(packaged(&project), expected);
}

#[test]
fn what_is_beside_a_lambda_comes_in_by_include() {
    let project = lambda_with(BESIDE);
    project.write("dofs-package.toml", "include = [\"/tests\", \"*.tf\", \"node_modules/**\"]\n");
    let names = ["api.py", "main.tf", "node_modules/left-pad/index.js", "tests/test_api.py"];
    assert_eq!(packaged(&project), names);
}

#[test]
fn tests_that_the_lambdas_own_code_names_stay() {
    for line in [
        "import tests.rows\n",
        "from tests import rows\n",
        "    from .tests.rows import ROWS\n",
        "ROWS = open('tests/rows.json').read()\n",
        "ROWS = HERE / \"tests\" / \"rows.json\"\n",
        "ROWS = import_module(\"tests.rows\")\n",
    ] {
        let project = lambda_with(&["tests/rows.py", "conftest.py"]);
        project.write("lambdas/api/lib/rows.py", line);
        assert_eq!(packaged(&project), ["api.py", "lib/rows.py", "tests/rows.py"], "{line}");
    }
    let project = lambda_with(&["tests/rows.py", "conftest.py"]);
    project.write("lambdas/api/lib/rows.py", "# run the tests first\nimport contests\n");
    // Tests name each other, and an environment names whatever it likes.
    project.write("lambdas/api/tests/test_rows.py", "from tests import rows\n");
    project.write("lambdas/api/venv/pyvenv.cfg", "");
    project.write("lambdas/api/venv/lib/a.py", "import tests\n");
    assert_eq!(packaged(&project), ["api.py", "lib/rows.py"]);
}

#[cfg(unix)]
#[test]
fn what_can_not_be_packaged_does_no_harm_beside_a_lambda() {
    let project = lambda_with(&["tests/a.py"]);
    std::os::unix::fs::symlink("/etc/hosts", project.path("lambdas/api/tests/hosts"))
        .expect("a link");
    crate::support::output(
        std::process::Command::new("mkfifo").arg(project.path("lambdas/api/tests/pipe")),
    );
    assert_eq!(packaged(&project), ["api.py"]);
}
