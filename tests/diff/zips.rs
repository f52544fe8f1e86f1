//! Two zips, anywhere.

use expect_test::expect;

use super::{check, diff, packaged, python_zip};
use crate::support::{Project, Run, output, python3};

/// The zip that [`packaged`] leaves.
const ZIP: &str = "lambdas/api/api.zip";

/// Takes every member of the source, which is to be followed by what is to be other.
const COPY: &str = "for info in source.infolist():\n    data = source.read(info)\n    \
                    zip.writestr(info, data)\n";

/// A folder with our zip and one that Python makes of it, and nothing else.
fn two(script: &str) -> Project {
    let (project, empty) = (packaged(), Project::new());
    empty.write("a.zip", project.read(ZIP));
    python_zip(&empty.path("b.zip"), &empty.path("a.zip"), script);
    empty
}

/// Takes every member of the source after a change to its `info`.
fn each(change: &str) -> String {
    COPY.replace("    zip.", &format!("    {change}\n    zip."))
}

/// Compares our zip with one that Python makes of it, each member after a change to its `info`.
fn with_info(change: &str) -> Run {
    diff(&two(&each(change)), &["a.zip", "b.zip"])
}

#[test]
fn two_zips_need_no_project() {
    let (project, empty) = (packaged(), Project::new());
    empty.write("a.zip", project.read(ZIP));
    empty.write("b.zip", project.read(ZIP));
    check(
        &diff(&empty, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
    "#]],
    );
    check(
        &diff(&empty, &["a.zip", "b.zip", "--format", "json"]),
        expect![[r#"
            exit code: 0
            --- stdout
            {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"name":null,"status":"same","before":{"path":"a.zip","source_code_hash":"[BASE64]","sha256":"[HEX]","size":412,"entries":3},"after":{"path":"b.zip","source_code_hash":"[BASE64]","sha256":"[HEX]","size":412,"entries":3},"reasons":[],"requirements":[],"members":[],"failures":[]}
            --- stderr
        "#]],
    );
    check(
        &diff(&empty, &["a.zip", "b.zip", "--offline"]),
        expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `--offline` is no option of `diff A.zip B.zip`
    "#]],
    );
    let names: Vec<_> = std::fs::read_dir(empty.root()).unwrap().collect();
    assert_eq!(names.len(), 2);
    assert_eq!(std::fs::read_dir(empty.store()).unwrap().count(), 0, "the store is not touched");
}

#[test]
fn each_reason_of_other_bytes_is_named() {
    let folder = "zip.writestr(zipfile.ZipInfo('lib/', (1980, 1, 1, 0, 0, 0)), b'')";
    let table = [
        ("order", COPY.replace("source.infolist()", "reversed(source.infolist())")),
        ("times", each("info.date_time = (2020, 1, 1, 0, 0, 0)")),
        ("compression", each("info.compress_type = 0")),
        ("comments", format!("{COPY}zip.comment = b'made by hand'")),
        ("comments", each("info.comment = b'made by hand'")),
        ("folders", format!("{COPY}{folder}")),
        ("modes", each("info.external_attr = 0o100664 << 16")),
        ("headers", each("info.extra = b'\\xfe\\xca\\0\\0'")),
    ];
    for (reason, script) in table {
        let run = diff(&two(&script), &["a.zip", "b.zip"]);
        let fields: Vec<&str> = run.stdout.trim_end().split('\t').collect();
        assert_eq!((run.code, &fields[..3]), (1, &["zip", "same content", "a.zip"][..]), "{run:?}");
        // Python's compressor is not ours: what it deflates may have another size.
        let is_told = |word: &&str| *word == reason || *word != "compression";
        let told: Vec<&str> = fields[5].split(", ").filter(is_told).collect();
        let nothing = told.is_empty() && reason == "headers";
        assert!(nothing || told == [reason], "{reason}: {run:?}");
    }
}

#[test]
fn bytes_that_only_share_a_crc_are_a_change() {
    let project = Project::new();
    let [one, other] = colliding();
    assert_eq!(crc32fast::hash(&one), crc32fast::hash(&other));
    for (zip, bytes) in [("a.zip", one), ("b.zip", other)] {
        project.write("member", bytes);
        let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as zip:\n    \
                      zip.write(sys.argv[2], 'member')";
        let paths = [project.path(zip), project.path("member")];
        output(python3().args(["-c", script]).args(paths));
    }
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
            exit code: 1
            --- stdout
            member	changed	member	8	8
            --- stderr
        "#]],
    );
}

/// Two files of eight bytes with one CRC-32: the polynomial itself, as a pattern of bits, changes
/// bytes and leaves the remainder.
fn colliding() -> [Vec<u8>; 2] {
    let one = b"AAAAAAAA".to_vec();
    let mut other = one.clone();
    // x^32 + … + 1, lowest bit first, as CRC-32 reads bytes.
    let pattern: u64 = 1 | u64::from(0xEDB8_8320_u32) << 1;
    for (byte, bits) in other.iter_mut().zip(pattern.to_le_bytes()) {
        *byte ^= bits;
    }
    [one, other]
}

#[test]
fn a_member_that_others_may_not_read_is_a_difference() {
    check(
        &with_info("info.external_attr = 0o100600 << 16"),
        expect![[r#"
        exit code: 1
        --- stdout
        member	mode	api.py	0644	0600
        member	mode	lib/long.txt	0644	0600
        member	mode	lib/text.py	0644	0600
        --- stderr
    "#]],
    );
}

#[test]
fn a_zip_without_modes_gives_the_access_of_plain_files() {
    let run = with_info("info.compress_type = info.create_system = info.external_attr = 0");
    check(
        &run,
        expect![[r#"
        exit code: 1
        --- stdout
        zip	same content	a.zip	[BASE64]	[BASE64]	compression, modes
        --- stderr
    "#]],
    );
}

#[test]
fn a_zip64_with_data_descriptors_is_read() {
    // To what can't be rewound, Python writes descriptors.
    let project = two("class Pipe:\n    def __init__(self, file): self.file = file\n    \
         def write(self, data): return self.file.write(data)\n    def flush(self): pass\n\
         zip.close()\nfile = open(sys.argv[1], 'wb')\n\
         zip = zipfile.ZipFile(Pipe(file), 'w', zipfile.ZIP_STORED)\n\
         for info in source.infolist():\n    \
         with zip.open(info.filename, 'w', force_zip64=True) as member:\n        \
         member.write(source.read(info))\n    zip.infolist()[-1].external_attr = 0o100644 << 16\n");
    let bytes = project.read("b.zip");
    let descriptors = bytes.windows(4).filter(|bytes| bytes == b"PK\x07\x08");
    assert_eq!(descriptors.count(), 3);
    check(
        &diff(&project, &["a.zip", "b.zip"]),
        expect![[r#"
        exit code: 1
        --- stdout
        zip	same content	a.zip	[BASE64]	[BASE64]	compression
        --- stderr
    "#]],
    );
}

#[test]
fn a_dot_before_each_name_unpacks_to_the_same() {
    let folder = "zip.writestr(zipfile.ZipInfo('./', (1980, 1, 1, 0, 0, 0)), b'')";
    let project = two(&format!("{}{folder}", each("info.filename = './' + info.filename")));
    let run = diff(&project, &["a.zip", "b.zip"]);
    assert!(run.stdout.starts_with("zip\tsame content\ta.zip\t"), "{run:?}");
    let run = diff(&project, &["a.zip", "b.zip", "--content", "./api.py"]);
    assert_eq!(run.code, 0, "{run:?}");

    let project = two(&format!("{COPY}zip.writestr('./api.py', b'another')"));
    let run = diff(&project, &["a.zip", "b.zip"]);
    assert_eq!(run.stderr, "error: `b.zip` has two members `api.py`\n", "{run:?}");
}

#[test]
fn a_zip_behind_a_script_is_read() {
    let project = two(COPY);
    let bytes = project.read("b.zip");
    project.write("b.zip", [&b"#!/usr/bin/env python3\n"[..], &bytes].concat());
    let run = diff(&project, &["a.zip", "b.zip"]);
    assert!(run.stdout.starts_with("zip\tsame content\ta.zip\t"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_zip_is_followed() {
    let project = packaged();
    std::os::unix::fs::symlink(ZIP, project.path("link.zip")).unwrap();
    check(
        &diff(&project, &["link.zip", ZIP]),
        expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
    "#]],
    );
}
