//! Zips that can't be read.

use expect_test::expect;

use super::{check, diff, packaged, python_zip};
use crate::support::Project;

/// The zip that [`packaged`] leaves.
const ZIP: &str = "lambdas/api/api.zip";

/// A folder with a sound `a.zip`, its bytes, and a `b.zip` that is to be broken.
fn two() -> (Project, Vec<u8>) {
    let (project, empty) = (packaged(), Project::new());
    let bytes = project.read(ZIP);
    empty.write("a.zip", &bytes);
    (empty, bytes)
}

/// Where the bytes of a text begin in others.
fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).expect("it is there")
}

/// The place of a field in the first entry of the central directory.
fn field(bytes: &[u8], offset: usize) -> usize {
    find(bytes, b"PK\x01\x02") + offset
}

#[test]
fn a_zip_that_is_not_there() {
    let (project, _) = two();
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: there is no zip `b.zip`
    "#]],
    );
    check(
        &diff(&project, &["a.zip", "b.zip", "--format", "json"]),
        expect![[r#"
        exit code: 3
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"name":null,"status":null,"before":null,"after":null,"reasons":[],"requirements":[],"members":[],"failures":[{"name":null,"code":"no-such-zip","message":"there is no zip `b.zip`","causes":[],"hint":null,"path":null,"line":null}]}
        --- stderr
        error: there is no zip `b.zip`
    "#]],
    );
}

#[test]
fn a_folder() {
    let (project, _) = two();
    std::fs::create_dir(project.path("b.zip")).unwrap();
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: cannot read the zip `b.zip`
          caused by: not a regular file
    "#]],
    );
}

#[test]
fn a_text() {
    let (project, _) = two();
    project.write("b.zip", "version https://git-lfs.github.com/spec/v1\n");
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `b.zip` is no zip, or a broken one
        "#]],
    );
}

#[test]
fn an_empty_file() {
    let (project, _) = two();
    project.write("b.zip", "");
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `b.zip` is no zip, or a broken one
        "#]],
    );
}

#[test]
fn a_zip_that_is_cut_short() {
    let (project, bytes) = two();
    project.write("b.zip", &bytes[..bytes.len() - 30]);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `b.zip` is no zip, or a broken one
        "#]],
    );
}

#[test]
fn a_zip_that_lost_its_beginning() {
    let (project, bytes) = two();
    project.write("b.zip", &bytes[40..]);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `b.zip` is no zip, or a broken one
        "#]],
    );
}

#[test]
fn a_member_that_is_encrypted() {
    let (project, mut bytes) = two();
    let flags = field(&bytes, 8);
    bytes[flags] |= 1;
    project.write("b.zip", &bytes);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: member `api.py` of `b.zip` is encrypted
    "#]],
    );
}

#[test]
fn a_member_of_an_unknown_method() {
    let (project, _) = two();
    let script = "zip.writestr('a.py', b'1' * 100, zipfile.ZIP_BZIP2)";
    python_zip(&project.path("b.zip"), &project.path("a.zip"), script);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: member `a.py` of `b.zip` is packed by Bzip2, which Lambda does not unpack
    "#]],
    );
}

#[test]
fn a_name_that_occurs_twice() {
    let (project, _) = two();
    let script = "import warnings\nwarnings.simplefilter('ignore')\n\
                  zip.writestr('a.py', b'1')\nzip.writestr('a.py', b'2')";
    python_zip(&project.path("b.zip"), &project.path("a.zip"), script);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `b.zip` has two members `a.py`
        "#]],
    );
}

/// A member is unpacked only where its size and CRC are those of the other zip: so the bytes are
/// broken, and not what is claimed of them.
#[test]
fn a_member_that_lies() {
    let (project, _) = two();
    let stored = "for info in source.infolist():\n    zip.writestr(info, source.read(info), 0)\n";
    python_zip(&project.path("b.zip"), &project.path("a.zip"), stored);
    let mut bytes = project.read("b.zip");
    let at = find(&bytes, b"return 1");
    bytes[at + 7] = b'2';
    project.write("b.zip", &bytes);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: member `api.py` of `b.zip` can't be unpacked
              caused by: invalid checksum
        "#]],
    );
    check(
        &diff(&project, &["b.zip", "a.zip", "--content", "api.py"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: member `api.py` of `b.zip` can't be unpacked
          caused by: invalid checksum
    "#]],
    );
}

#[test]
fn a_member_of_another_size_than_it_claims() {
    let (project, bytes) = two();
    for size in [10, 200] {
        let mut bytes = bytes.clone();
        let at = field(&bytes, 24);
        bytes[at] = size;
        project.write("b.zip", &bytes);
        let run = diff(&project, &["a.zip", "b.zip", "--content", "api.py"]);
        assert_eq!((run.code, &*run.stdout), (3, ""), "{run:?}");
        assert!(run.stderr.starts_with("error: member `api.py` of `b.zip` "), "{run:?}");
    }
}

#[test]
fn a_name_that_would_break_a_line_stays_on_it() {
    let (project, _) = two();
    let script = "zip.writestr('a\\nb\\t.py', b'1')";
    python_zip(&project.path("b.zip"), &project.path("a.zip"), script);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 1
            --- stdout
            member	added	a\nb\t.py	-	1
            member	removed	api.py	42	-
            member	removed	lib/long.txt	1400	-
            member	removed	lib/text.py	47	-
            --- stderr
        "#]],
    );
}

#[test]
fn whatever_byte_is_damaged_is_told_and_no_bug_here() {
    let (project, bytes) = two();
    for at in (0..bytes.len()).step_by(3) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0xFF;
        project.write("b.zip", &bytes);
        let run = diff(&project, &["a.zip", "b.zip"]);
        assert!([1, 3].contains(&run.code), "byte {at}: {run:?}");
        assert_eq!(run.code == 3, run.stderr.starts_with("error: "), "byte {at}: {run:?}");
    }
}

#[test]
fn members_that_are_damaged_alike_are_not_called_equal() {
    let (project, mut bytes) = two();
    let crc = field(&bytes, 16);
    bytes[crc] ^= 1;
    project.write("a.zip", &bytes);
    let modified = field(&bytes, 12);
    bytes[modified] ^= 1;
    project.write("b.zip", &bytes);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: member `api.py` of `a.zip` can't be unpacked
          caused by: invalid checksum
    "#]],
    );
}

#[test]
fn of_two_zips_the_broken_one_is_named() {
    let (project, mut bytes) = two();
    let local = find(&bytes, b"PK\x03\x04");
    bytes[local] ^= 1;
    project.write("b.zip", &bytes);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: member `api.py` of `b.zip` can't be unpacked
          caused by: invalid Zip archive: Invalid local file header
    "#]],
    );
}
