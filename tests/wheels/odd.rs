//! Wheels that are not as their format wants them, and that all read in one way: taken, with one
//! warning that says what is odd. Each was tried with pip 23.2.1 and 26.3.

use super::hostile::{FILE, package, plain};
use super::maker::{Member, Zip};
use crate::support::Project;

/// Packages a lambda for each wheel; the warnings of each, in the order of the wheels, and what its
/// module says.
fn taken(wheels: &[(&str, Vec<u8>)]) -> String {
    let project = Project::new();
    let run = package(&project, wheels);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = run.json();
    let packages = json["packages"].as_array().expect("a list");
    let mut said = String::new();
    for (name, _) in wheels {
        let package = packages.iter().find(|package| package["name"] == *name);
        let package = package.expect("it was packaged");
        let entries = project.entries(&format!("lambdas/{name}/{name}.zip"));
        assert_eq!(entries[&format!("{name}/__init__.py")].0, b"x = 1\n", "{name}");
        let warnings = package["warnings"].as_array().expect("a list");
        said += &format!("{name}:");
        for warning in warnings {
            assert_eq!(warning["code"], "wheel-odd", "{warning}");
            let message = warning["message"].as_str().expect("a text");
            let wheel = format!("the wheel `{name}-1.0-py3-none-any.whl` is packaged though ");
            said += &format!(" {}", message.strip_prefix(&wheel).unwrap_or(message));
        }
        said += "\n";
    }
    // What was learnt of a wheel is known to the next run.
    let again = project.run(&["--format", "json", "--python", "3.12", "-q", "--offline"]).json();
    let warnings = |json: &serde_json::Value| {
        let all = json["packages"].as_array().expect("a list").iter();
        all.map(|package| package["warnings"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(&again), warnings(&json));
    said
}

#[test]
fn a_record_that_does_not_fit_is_a_warning() {
    let recorded =
        |project: &str, record: fn(String) -> String| Zip::wheel(project, &[], record).bytes();
    let lines = |record: &str, keep: fn(&str) -> bool| -> String {
        record.lines().filter(|line| keep(line)).map(|line| format!("{line}\n")).collect()
    };
    let names: Vec<String> = (0..111).map(|number| format!("lacks/f{number:03}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..], FILE)).collect();
    let without = |record: String| lines(&record, |line| !line.contains("/f"));
    let rewritten = {
        let mut zip = Zip::wheel("rewritten", &[], plain);
        let text = b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n";
        zip.members[2] = Member::new("rewritten-1.0.dist-info/WHEEL", text, FILE);
        zip.bytes()
    };
    let wheels = [
        ("lacks", Zip::wheel("lacks", &many, without).bytes()),
        ("rewritten", rewritten),
        ("cut_digest", recorded("cut_digest", |it| it.replacen("sha256=", "sha256=A", 1))),
        ("size", recorded("size", |it| it.replacen(",6\n", ",7\n", 1))),
        ("weak", recorded("weak", |it| it.replacen("sha256=", "md5=", 1))),
        ("more", recorded("more", |it| it + "x/none.py,,\n")),
        ("same_row", recorded("same_row", |it| it.clone() + &it)),
        ("other_row", recorded("other_row", |it| it + "other_row/__init__.py,,\n")),
        ("outside", recorded("outside", |it| it + "../../escape,,\n")),
        ("padded", recorded("padded", |it| it.replacen(",6\n", "=,6\n", 1))),
        (
            "quoted",
            recorded("quoted", |it| it.replacen("quoted/__init__.py", "\"quoted/__init__.py\"", 1)),
        ),
        ("windows", recorded("windows", |it| it.replace('\n', "\r\n"))),
        ("empty", recorded("empty", |_| String::new())),
    ];
    expect_test::expect![[r#"
        lacks: its RECORD does not list 111 of its 114 files, such as `lacks/f000`, `lacks/f001`, `lacks/f002` and 108 more
        rewritten: its RECORD has another digest or size for `rewritten-1.0.dist-info/WHEEL`
        cut_digest: its RECORD has no digest that can be compared for `cut_digest/__init__.py`
        size: its RECORD has another digest or size for `size/__init__.py`
        weak: its RECORD has no digest that can be compared for `weak/__init__.py`
        more: its RECORD lists what is not there: `x/none.py`
        same_row:
        other_row: its RECORD has no digest that can be compared for `other_row/__init__.py`; its RECORD has rows that differ for `other_row/__init__.py`
        outside: its RECORD lists what is not there: `../../escape`
        padded:
        quoted:
        windows:
        empty: its RECORD does not list 3 of its 3 files, such as `empty-1.0.dist-info/METADATA`, `empty-1.0.dist-info/WHEEL`, `empty/__init__.py`
    "#]].assert_eq(&taken(&wheels));
}

#[test]
fn a_zip_that_all_read_alike_is_taken() {
    let changed = |project: &str, change: &dyn Fn(&mut Zip)| {
        let mut zip = Zip::wheel(project, &[], plain);
        change(&mut zip);
        zip.bytes()
    };
    let twice: &[(&str, &[u8], u32)] = &[("twice/__init__.py", b"x = 1\n", FILE)];
    let place: &[(&str, &[u8], u32)] = &[("STEM.data/purelib/place/__init__.py", b"x = 1\n", FILE)];
    let wheels = [
        ("trailing", changed("trailing", &|zip| zip.after = b"\n".to_vec())),
        ("zeros", changed("zeros", &|zip| zip.after = vec![0; 4_096])),
        ("comment", changed("comment", &|zip| zip.comment = b"made by hand".to_vec())),
        (
            "before",
            changed("before", &|zip| {
                zip.before = b"#!/bin/sh\n".to_vec();
                zip.is_shifted = false;
            }),
        ),
        ("shifted", changed("shifted", &|zip| zip.before = vec![0; 100])),
        ("large", changed("large", &|zip| zip.large = Some(0))),
        ("level", changed("level", &|zip| zip.members[0].local.flags = 2)),
        ("folder", Zip::wheel("folder", &[("folder/", b"", FILE)], plain).bytes()),
        ("twice", Zip::wheel("twice", twice, plain).bytes()),
        ("place", Zip::wheel("place", place, plain).bytes()),
        (
            "latin",
            changed("latin", &|zip| {
                let text = b"Name: latin\nVersion: 1.0\nAuthor: Jos\xe9\n";
                zip.members[1] = Member::new("latin-1.0.dist-info/METADATA", text, FILE);
            }),
        ),
        (
            "lower",
            changed("lower", &|zip| {
                let text = b"wheel-version: 1.1\ntag:\n  py3-none-any\n";
                zip.members[2] = Member::new("lower-1.0.dist-info/WHEEL", text, FILE);
            }),
        ),
    ];
    expect_test::expect![[r#"
        trailing: it has 1 byte behind its end
        zeros: it has 4,096 bytes behind its end
        comment:
        before: it has 10 bytes before its first member
        shifted: it has 100 bytes before its first member
        large:
        level:
        folder:
        twice: it has member `twice/__init__.py` twice, with the same bytes
        place: two of its members become `place/__init__.py`, with the same bytes
        latin: its RECORD has another digest or size for `latin-1.0.dist-info/METADATA`
        lower: its RECORD has another digest or size for `lower-1.0.dist-info/WHEEL`
    "#]]
    .assert_eq(&taken(&wheels));
}
