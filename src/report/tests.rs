//! The JSON of each answer with every field: the schema that scripts hang on.

use expect_test::{Expect, expect};
use serde::Serialize;

use super::*;

fn check(answer: &impl Serialize, expected: &Expect) {
    expected.assert_eq(&serde_json::to_string_pretty(answer).unwrap());
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A warning has more than the JSON says.
fn warning() -> Warning {
    Warning::new("path-file", "a warning").at("lambdas/api/x.pth", 1).hint("remove it")
}

fn failures() -> Vec<Failure> {
    let failure = Failure::lambda("native-mismatch", "a failure").cause("of this").hint("do that");
    let of_run = Failure::usage("unknown-lambda", "another");
    vec![failure.at("lambdas/api", 7).of_lambda("api", "lambdas/api"), of_run]
}

#[test]
fn build_and_its_failures() {
    let wheel = PackagedWheel {
        name: "a-b".to_owned(),
        version: "1.0".to_owned(),
        wheel: "a_b-1.0-py3-none-any.whl".to_owned(),
        digest: Sha256Digest::of(b"wheel"),
        size: 1_200,
        unpacked_size: 3_400,
    };
    let package = Package {
        kind: LambdaKind::Function,
        name: "api".to_owned(),
        status: Status::WouldBuild,
        path: "lambdas/api/api.zip".to_owned(),
        digest: Sha256Digest::of(b"zip"),
        size: 1,
        unpacked_size: 2,
        entries: 3,
        python: text("3.12"),
        architecture: "x86_64".to_owned(),
        locked: true,
        requirements: vec![wheel],
        left_out: vec![UnpackagedWheel {
            name: "boto3".to_owned(),
            version: "1.34.0".to_owned(),
            rule: "exclude-packages = \"runtime\"".to_owned(),
        }],
        warnings: vec![warning()],
        change: None,
    };
    let answer = Report { packages: vec![package], failures: failures() };
    check(
        &answer,
        &expect![[r#"
            {
              "packages": [
                {
                  "name": "api",
                  "kind": "function",
                  "status": "would-build",
                  "path": "lambdas/api/api.zip",
                  "source_code_hash": "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=",
                  "sha256": "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2",
                  "size": 1,
                  "unpacked_size": 2,
                  "entries": 3,
                  "python": "3.12",
                  "architecture": "x86_64",
                  "locked": true,
                  "requirements": [
                    {
                      "name": "a-b",
                      "version": "1.0",
                      "wheel": "a_b-1.0-py3-none-any.whl",
                      "sha256": "ba59926159d2aa256eb8739b8da7e2b574b960e1202c6d624cbe981cef996c91",
                      "size": 1200,
                      "unpacked_size": 3400
                    }
                  ],
                  "requirements_left_out": [
                    {
                      "name": "boto3",
                      "version": "1.34.0",
                      "rule": "exclude-packages = \"runtime\""
                    }
                  ],
                  "warnings": [
                    {
                      "code": "path-file",
                      "message": "a warning",
                      "hint": "remove it",
                      "path": "lambdas/api/x.pth",
                      "line": 1
                    }
                  ]
                }
              ],
              "failures": [
                {
                  "name": "api",
                  "code": "native-mismatch",
                  "message": "a failure",
                  "causes": [
                    "of this"
                  ],
                  "hint": "do that",
                  "path": "lambdas/api",
                  "line": 7
                },
                {
                  "name": null,
                  "code": "unknown-lambda",
                  "message": "another",
                  "causes": [],
                  "hint": null,
                  "path": null,
                  "line": null
                }
              ]
            }"#]],
    );
    assert_eq!(word(&Status::Built), "built");
}

#[test]
fn list() {
    let value = |value: &str| Sourced { value: value.to_owned(), from: "the config".to_owned() };
    let listing = Listing {
        layers: vec!["deps".to_owned()],
        requirements: vec![ListedWheel {
            value: "one 1.0".to_owned(),
            from: "lambdas/api/uv.lock".to_owned(),
            size: 1_200,
            unpacked_size: 3_400,
        }],
        kind: LambdaKind::Function,
        name: "api".to_owned(),
        python: text("3.12"),
        architecture: "arm64".to_owned(),
        target: vec![value("python3.12"), value("arm64")],
        requirements_left_out: Vec::new(),
        kept: vec![Kept {
            path: "a.py".to_owned(),
            from: "lambdas/api/a.py".to_owned(),
            unpacked_size: 12,
            ignored: false,
        }],
        own: OwnFiles {
            files: 1,
            unpacked_size: 12,
            largest: Some(LargestFile { path: "a.py".to_owned(), unpacked_size: 12 }),
        },
        left_out: vec![LeftOut { path: "b".to_owned(), rule: "exclude: b".to_owned() }],
        warnings: vec![Warning::new("ignored-files", "a message")],
    };
    let function = OtherFunction {
        address: "aws_lambda_function.web".to_owned(),
        what: "container image".to_owned(),
        from: "main.tf:3".to_owned(),
    };
    check(
        &Listings { lambdas: vec![listing], functions: vec![function], ..Listings::default() },
        &expect![[r#"
            {
              "lambdas": [
                {
                  "name": "api",
                  "kind": "function",
                  "layers": [
                    "deps"
                  ],
                  "python": "3.12",
                  "architecture": "arm64",
                  "target": [
                    {
                      "value": "python3.12",
                      "from": "the config"
                    },
                    {
                      "value": "arm64",
                      "from": "the config"
                    }
                  ],
                  "requirements": [
                    {
                      "value": "one 1.0",
                      "from": "lambdas/api/uv.lock",
                      "size": 1200,
                      "unpacked_size": 3400
                    }
                  ],
                  "own": {
                    "files": 1,
                    "unpacked_size": 12,
                    "largest": {
                      "path": "a.py",
                      "unpacked_size": 12
                    }
                  },
                  "kept": [
                    {
                      "path": "a.py",
                      "from": "lambdas/api/a.py",
                      "unpacked_size": 12
                    }
                  ],
                  "left_out": [
                    {
                      "path": "b",
                      "rule": "exclude: b"
                    }
                  ],
                  "warnings": [
                    {
                      "code": "ignored-files",
                      "message": "a message"
                    }
                  ]
                }
              ],
              "functions": [
                {
                  "address": "aws_lambda_function.web",
                  "what": "container image",
                  "from": "main.tf:3"
                }
              ],
              "left_out": [],
              "failures": []
            }"#]],
    );
}

#[test]
fn lock() {
    let locked = Locked {
        name: "api".to_owned(),
        status: LockStatus::Stale,
        path: "lambdas/api/pylock.toml".to_owned(),
        packages: 2,
        reason: text("it was made for python3.11"),
    };
    check(
        &Locks { locks: vec![locked], failures: Vec::new() },
        &expect![[r#"
        {
          "locks": [
            {
              "name": "api",
              "status": "stale",
              "path": "lambdas/api/pylock.toml",
              "packages": 2,
              "reason": "it was made for python3.11"
            }
          ],
          "failures": []
        }"#]],
    );
    use LockStatus::{Fresh, Hashed, Missing, Written};
    let words = [Written, Fresh, Hashed, Missing].map(|status| word(&status));
    assert_eq!(words, ["written", "fresh", "hashed", "missing"]);
}

#[test]
fn verify() {
    let one = Check {
        name: "api".to_owned(),
        subject: Subject::Deployed,
        status: CheckStatus::SameContent,
        expected: text("one"),
        actual: text("other"),
        address: text("aws_lambda_function.api"),
        message: "it differs".to_owned(),
    };
    let warnings = [text("api"), None];
    let warnings = warnings.map(|name| NamedWarning { name, warning: warning() }).to_vec();
    check(
        &Verified { checks: vec![one], failures: Vec::new(), warnings },
        &expect![[r#"
            {
              "checks": [
                {
                  "name": "api",
                  "check": "deployed",
                  "status": "same content",
                  "expected": "one",
                  "actual": "other",
                  "address": "aws_lambda_function.api",
                  "message": "it differs"
                }
              ],
              "failures": [],
              "warnings": [
                {
                  "name": "api",
                  "code": "path-file",
                  "message": "a warning",
                  "hint": "remove it",
                  "path": "lambdas/api/x.pth",
                  "line": 1
                },
                {
                  "name": null,
                  "code": "path-file",
                  "message": "a warning",
                  "hint": "remove it",
                  "path": "lambdas/api/x.pth",
                  "line": 1
                }
              ]
            }"#]],
    );
    use Subject::{Handler, Manifest, Runtime, State, Zip};
    let words = [Zip, Manifest, State, Handler, Runtime].map(|subject| word(&subject));
    assert_eq!(words, ["zip", "manifest", "state", "handler", "runtime"]);
    use CheckStatus::{Differs, Missing, Ok};
    assert_eq!([Ok, Differs, Missing].map(|it| word(&it)), ["ok", "differs", "missing"]);
}

#[test]
fn diff() {
    let facts = |path: Option<&str>| ZipFacts {
        path: path.map(str::to_owned),
        digest: Sha256Digest::of(b"zip"),
        size: 5,
        entries: 6,
    };
    let requirement =
        RequirementChange { name: "a-b".to_owned(), before: text("1.0"), after: text("2.0") };
    let member = MemberChange {
        path: "a_b/x.py".to_owned(),
        change: ChangeKind::Mode,
        before: Some(Side { size: 7, mode: Some(0o100_644) }),
        after: Some(Side { size: 7, mode: None }),
        requirement: text("a-b"),
    };
    let side = ContentSide { size: 8, digest: Sha256Digest::of(b"x") };
    let content = Content {
        path: "x.py".to_owned(),
        kind: ContentKind::Text,
        before: Some(side),
        after: None,
        diff: text("@@ -1 +0,0 @@\n-x\n"),
    };
    use Reason::{Comments, Compression, Folders, Headers, Modes, Order, Times};
    let reasons = vec![Order, Times, Compression, Folders, Modes, Comments, Headers];
    let answer = Diff {
        name: text("api"),
        status: Some(DiffStatus::SameContent),
        before: Some(facts(Some("lambdas/api/api.zip"))),
        after: Some(facts(None)),
        difference: Difference { reasons, requirements: vec![requirement], members: vec![member] },
        content: Some(content),
        failures: Vec::new(),
    };
    check(
        &answer,
        &expect![[r#"
        {
          "name": "api",
          "status": "same content",
          "before": {
            "path": "lambdas/api/api.zip",
            "source_code_hash": "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=",
            "sha256": "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2",
            "size": 5,
            "entries": 6
          },
          "after": {
            "path": null,
            "source_code_hash": "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=",
            "sha256": "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2",
            "size": 5,
            "entries": 6
          },
          "reasons": [
            "order",
            "times",
            "compression",
            "folders",
            "modes",
            "comments",
            "headers"
          ],
          "requirements": [
            {
              "name": "a-b",
              "before": "1.0",
              "after": "2.0"
            }
          ],
          "members": [
            {
              "path": "a_b/x.py",
              "change": "mode",
              "before": {
                "size": 7,
                "mode": "100644"
              },
              "after": {
                "size": 7,
                "mode": null
              },
              "requirement": "a-b"
            }
          ],
          "content": {
            "path": "x.py",
            "kind": "text",
            "before": {
              "size": 8,
              "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
            },
            "after": null,
            "diff": "@@ -1 +0,0 @@\n-x\n"
          },
          "failures": []
        }"#]],
    );
    check(
        &Diff::default(),
        &expect![[r#"
        {
          "name": null,
          "status": null,
          "before": null,
          "after": null,
          "reasons": [],
          "requirements": [],
          "members": [],
          "failures": []
        }"#]],
    );
    use ChangeKind::{Added, Changed, Removed};
    let words = [Added, Removed, Changed].map(|kind| word(&kind));
    assert_eq!(words, ["added", "removed", "changed"]);
    use ContentKind::{Binary, Large, Same};
    assert_eq!([Same, Binary, Large].map(|kind| word(&kind)), ["same", "binary", "large"]);
    use DiffStatus::Differs;
    assert_eq!([DiffStatus::Same, Differs].map(|status| word(&status)), ["same", "differs"]);
}

#[test]
fn cache() {
    let answer = Cache {
        directory: text("/store"),
        files: Some(2),
        bytes: Some(3),
        damaged: Some(vec!["ab".to_owned()]),
    };
    check(
        &answer,
        &expect![[r#"
        {
          "directory": "/store",
          "files": 2,
          "bytes": 3,
          "damaged": [
            "ab"
          ]
        }"#]],
    );
    check(&Cache::default(), &expect!["{}"]);
}

#[test]
fn hook() {
    let answer = HookAnswer {
        status: Some(HookStatus::Unchanged),
        path: text(".git/hooks/pre-push"),
        failures: Vec::new(),
    };
    check(
        &answer,
        &expect![[r#"
        {
          "status": "unchanged",
          "path": ".git/hooks/pre-push",
          "failures": []
        }"#]],
    );
    check(
        &HookAnswer::default(),
        &expect![[r#"
        {
          "status": null,
          "path": null,
          "failures": []
        }"#]],
    );
    use HookStatus::{Absent, Installed, Removed};
    let words = [Installed, Removed, Absent].map(|status| word(&status));
    assert_eq!(words, ["installed", "removed", "absent"]);
}

#[test]
fn init_and_man() {
    let files = vec![WrittenFile::new("dofs-package.toml", "written")];
    check(
        &WrittenFiles { files, ..WrittenFiles::default() },
        &expect![[r#"
        {
          "files": [
            {
              "path": "dofs-package.toml",
              "status": "written"
            }
          ],
          "failures": []
        }"#]],
    );
}

#[test]
fn doctor() {
    let value = |value: &str| Sourced { value: value.to_owned(), from: "the config".to_owned() };
    let lambda = LambdaFact {
        name: "api".to_owned(),
        python: Some(value("python3.12")),
        architecture: Some(value("x86_64")),
        doubts: Vec::new(),
    };
    let doubts = vec!["main.tf:3: `var.runtime` may be set elsewhere".to_owned()];
    let other = LambdaFact { name: "b".to_owned(), python: None, architecture: None, doubts };
    let project = ProjectFact {
        root: "/project".to_owned(),
        config: Some("dofs-package.toml"),
        lambdas: vec![lambda, other],
    };
    let program = ProgramFact { name: "uv", version: text("0.5.1"), path: text("/usr/bin/uv") };
    let answer = Diagnosis {
        programs: vec![program],
        store: Some(StoreFact { directory: "/store".to_owned(), files: 1, bytes: 2 }),
        project: Some(project),
        problems: failures(),
    };
    check(
        &answer,
        &expect![[r#"
        {
          "programs": [
            {
              "name": "uv",
              "version": "0.5.1",
              "path": "/usr/bin/uv"
            }
          ],
          "store": {
            "directory": "/store",
            "files": 1,
            "bytes": 2
          },
          "project": {
            "root": "/project",
            "config": "dofs-package.toml",
            "lambdas": [
              {
                "name": "api",
                "python": {
                  "value": "python3.12",
                  "from": "the config"
                },
                "architecture": {
                  "value": "x86_64",
                  "from": "the config"
                },
                "doubts": []
              },
              {
                "name": "b",
                "python": null,
                "architecture": null,
                "doubts": [
                  "main.tf:3: `var.runtime` may be set elsewhere"
                ]
              }
            ]
          },
          "problems": [
            {
              "name": "api",
              "code": "native-mismatch",
              "message": "a failure",
              "causes": [
                "of this"
              ],
              "hint": "do that",
              "path": "lambdas/api",
              "line": 7
            },
            {
              "name": null,
              "code": "unknown-lambda",
              "message": "another",
              "causes": [],
              "hint": null,
              "path": null,
              "line": null
            }
          ]
        }"#]],
    );
}
