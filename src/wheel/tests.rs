//! No bytes, however broken, stop the check but by an error.

use std::io::Write as _;

use base64::Engine as _;
use camino::Utf8Path;
use sha2::Digest as _;

use super::*;
use crate::corpus::try_all;
use crate::fs::TemporaryDirectory;

/// The bytes of a small sound wheel with a stored, a deflated and an empty member.
fn sound() -> Vec<u8> {
    let text = "x = 1\n".repeat(200);
    let metadata = "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b\n";
    let wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let mut files = vec![
        ("a/__init__.py", text),
        ("a/empty.py", String::new()),
        ("a-1.data/scripts/run", "#!python\n".to_owned()),
        ("a-1.dist-info/entry_points.txt", "[console_scripts]\nrun = a:run\n".to_owned()),
        ("a-1.dist-info/METADATA", metadata.to_owned()),
        ("a-1.dist-info/WHEEL", wheel.to_owned()),
    ];
    let encode = |bytes: &[u8]| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(bytes))
    };
    let row = |(name, text): &(&str, String)| {
        format!("{name},sha256={},{}\n", encode(text.as_bytes()), text.len())
    };
    let record = files.iter().map(row).collect::<String>() + "a-1.dist-info/RECORD,,\n";
    files.push(("a-1.dist-info/RECORD", record));
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn check_bytes(folder: &Utf8Path, bytes: &[u8]) -> Result<Checked, Failure> {
    let path = folder.join("a-1-py3-none-any.whl");
    fs::write(&path, bytes).unwrap();
    check(&path)
}

#[test]
fn a_sound_wheel_passes_and_tells_what_it_requires() {
    let folder = TemporaryDirectory::new().unwrap();
    let checked = check_bytes(folder.path(), &sound()).unwrap();
    assert_eq!(checked.facts.metadata.requires, ["b"]);
    assert_eq!(checked.digest, Sha256Digest::of(&sound()));
}

#[test]
fn a_wheel_is_read_however_it_is_broken() {
    let folder = TemporaryDirectory::new().unwrap();
    try_all("wheel", |bytes| format!("{:?}", check_bytes(folder.path(), bytes)));
}
