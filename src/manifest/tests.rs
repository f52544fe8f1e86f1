//! What is written reads back, and what is no manifest is refused with its line.

use super::*;
use crate::report::Failure;

fn entry(name: &str) -> Entry {
    Entry {
        kind: LambdaKind::Function,
        filename: format!("../lambdas/{name}/{name}.zip"),
        digest: Sha256Digest::of(name.as_bytes()),
        size: 7,
        format: 1,
    }
}

fn manifest(names: &[&str]) -> Manifest {
    Manifest(names.iter().map(|name| ((*name).to_owned(), entry(name))).collect())
}

#[test]
fn a_line_for_each_lambda() {
    expect_test::expect![[r#"
        {
          "a": {
            "source_code_hash": "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=",
            "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
            "size": 7,
            "filename": "../lambdas/a/a.zip",
            "kind": "function",
            "format": 1
          },
          "b": {
            "source_code_hash": "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=",
            "sha256": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
            "size": 7,
            "filename": "../lambdas/b/b.zip",
            "kind": "function",
            "format": 1
          }
        }
    "#]]
    .assert_eq(&write(&manifest(&["b", "a"])));
    assert_eq!(write(&Manifest::default()), "{}\n");
}

#[test]
fn what_is_written_reads_back() {
    for names in [&[][..], &["a"], &["a", "b \"quoted\" \\ é"]] {
        let manifest = manifest(names);
        assert_eq!(read(write(&manifest).as_bytes(), "packages.json").unwrap(), manifest);
    }
}

#[test]
fn a_run_of_some_leaves_the_others_and_a_run_of_all_does_not() {
    let mut some = manifest(&["a", "gone"]);
    some.merge(manifest(&["b"]), Scope::Some, &[]);
    assert_eq!(some, manifest(&["a", "b", "gone"]));

    let mut all = manifest(&["a", "gone"]);
    all.merge(manifest(&["a", "b"]), Scope::All, &[]);
    assert_eq!(all, manifest(&["a", "b"]));
}

#[test]
fn what_is_no_manifest_is_refused_with_its_line() {
    let table = [
        ("", None, "EOF while parsing a value"),
        ("{\n[\n", Some(2), "key must be a string"),
        ("[]", Some(1), "invalid type: sequence, expected a map"),
        ("{\n\"a\": {}}", Some(2), "missing field `filename`"),
        (
            "{\"a\":\n {\"filename\": \"a.zip\", \"source_code_hash\": \"00\", \"size\": 1, \"format\": 1}}",
            Some(2),
            "`a` has `00` in place of a base64 SHA-256",
        ),
    ];
    for (text, line, cause) in table {
        let failure = Failure::from(read(text.as_bytes(), "packages.json").unwrap_err());
        assert_eq!(failure.causes, [cause], "{text}");
        let place = failure.place.unwrap();
        assert_eq!(place.line.filter(|_| line.is_some()), line, "{text}");
    }
}

#[test]
fn a_manifest_is_read_however_it_is_broken() {
    crate::corpus::try_all("manifest", |bytes| match read(bytes, "packages.json") {
        Ok(manifest) => write(&manifest),
        Err(invalid) => format!("{:?}", Failure::from(invalid)),
    });
}
