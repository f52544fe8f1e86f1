//! The bytes of a package, as readers of other makes see them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use expect_test::expect;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::Digest as _;

use crate::support::{Project, Wheel, output, python3, sha256};

/// The files of a lambda: bytes and mode by path.
type Tree = BTreeMap<String, (Vec<u8>, u32)>;

/// The mode of a plain file, as a package has it.
const PLAIN: u32 = 0o100_644;
/// That of one which may be executed.
const EXECUTABLE: u32 = 0o100_755;

/// Bytes that don't deflate, the same for the same seed everywhere.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()
    };
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(length);
    bytes
}

/// Text that deflates well, the same for the same seed everywhere.
fn text(seed: u64, length: usize) -> Vec<u8> {
    let lines = (0_u64..).map(|line| format!("line {line} of {seed} is {}\n", line * 7919 % 1009));
    let mut bytes = Vec::new();
    for line in lines {
        if bytes.len() >= length {
            break;
        }
        bytes.extend(line.bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Trees with names that are awkward and allowed.
fn trees() -> impl Strategy<Value = Tree> {
    let segment = "[-abXY09 ._éß日😀*?\\[\\]'\"$&;!%+,=@^`{}()]{1,12}"
        .prop_filter("is special", |name| name != "." && name != ".." && !name.starts_with("._"));
    let path = prop::collection::vec(segment, 1..6);
    let size = prop_oneof![Just(0), 1..64_usize, 64..200_000_usize];
    let file = (path, size, any::<u64>(), any::<bool>(), prop::bool::weighted(0.2));
    prop::collection::vec(file, 1..14).prop_map(|files| {
        let mut tree = Tree::new();
        for (path, size, seed, is_noise, executable) in files {
            let path = path.join("/");
            if !is_twin(&tree, &path) {
                let bytes = if is_noise { noise(seed, size) } else { text(seed, size) };
                tree.insert(path, (bytes, if executable { EXECUTABLE } else { PLAIN }));
            }
        }
        tree
    })
}

/// Whether a path can't be beside those that are there: on some file systems it is one of them,
/// or a folder of one is a file of the other.
fn is_twin(tree: &Tree, path: &str) -> bool {
    let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let new = parts(path);
    tree.keys().any(|known| {
        let known = parts(known);
        let common = new.iter().zip(&known).take_while(|(one, other)| one == other).count();
        let ends = common == new.len() || common == known.len();
        ends || new[common].to_lowercase() == known[common].to_lowercase()
    })
}

/// A number of trees, the same in every run.
fn sample(count: usize) -> Vec<Tree> {
    let mut runner = runner();
    (0..count).map(|_| trees().new_tree(&mut runner).expect("a tree").current()).collect()
}

fn runner() -> TestRunner {
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Writes a tree as a lambda.
fn write(project: &Project, name: &str, tree: &Tree) {
    for (path, (bytes, mode)) in tree {
        let path = format!("lambdas/{name}/{path}");
        project.write(&path, bytes);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode & 0o777);
            std::fs::set_permissions(project.path(&path), mode).expect("its owner may");
        }
    }
}

/// Packages a tree, and returns the project.
fn package(tree: &Tree) -> Project {
    let project = Project::new();
    write(&project, "a", tree);
    project.digests();
    project
}

/// What the headers of an entry say.
struct Header {
    /// Its name.
    name: String,
    /// Whether it is deflated.
    deflated: bool,
    /// Bytes as packed.
    packed: usize,
    /// Bytes, unpacked.
    unpacked: usize,
}

/// Reads the headers of a zip without zip64 by hand, and checks all that must be the same in
/// every package. Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
fn headers(zip: &[u8]) -> Vec<Header> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([zip[at], zip[at + 1]]));
    let u32_at = |at: usize| u16_at(at) | u16_at(at + 2) << 16;
    let end = zip.len() - 22;
    assert_eq!(&zip[end..end + 8], b"PK\x05\x06\0\0\0\0", "the end, without a comment");
    assert_eq!((u16_at(end + 8), u16_at(end + 20)), (u16_at(end + 10), 0), "one disk");
    let (mut central, mut local, mut found) = (u32_at(end + 16), 0, Vec::new());
    assert_eq!(central + u32_at(end + 12), end, "the directory ends where the end begins");
    let directory = central;
    for _ in 0..u16_at(end + 10) {
        assert_eq!(&zip[central..central + 4], b"PK\x01\x02");
        let length = u16_at(central + 28);
        let name = std::str::from_utf8(&zip[central + 46..central + 46 + length]).expect("UTF-8");
        let (flags, method) = (u16_at(central + 8), u16_at(central + 10));
        let mode = u32_at(central + 38);
        assert_eq!(zip[central + 4..central + 6], [20, 3], "{name}: made by Unix");
        assert_eq!(flags, if name.is_ascii() { 0 } else { 1 << 11 }, "{name}: flags");
        assert_eq!(u32_at(central + 12), 0x0021_0000, "{name}: 1980-01-01 00:00");
        assert_eq!(zip[central + 30..central + 38], [0; 8], "{name}: no extra field, no comment");
        assert!([PLAIN, EXECUTABLE].map(|mode| (mode << 16) as usize).contains(&mode), "{name}");
        assert!([0, 8].contains(&method), "{name}: {method}");
        assert_eq!(u32_at(central + 42), local, "{name}: right behind the one before");
        assert_eq!(&zip[local..local + 4], b"PK\x03\x04", "{name}");
        assert_eq!(
            zip[local + 4..local + 30],
            zip[central + 6..central + 32],
            "{name}: both agree"
        );
        assert_eq!(&zip[local + 30..local + 30 + length], name.as_bytes());
        let (packed, unpacked) = (u32_at(central + 20), u32_at(central + 24));
        let (name, deflated) = (name.to_owned(), method == 8);
        found.push(Header { name, deflated, packed, unpacked });
        local += 30 + length + packed;
        central += 46 + length;
    }
    assert_eq!((local, central), (directory, end), "nothing else is in it");
    found
}

/// Checks headers, names, order, sizes and methods against the tree.
fn check_headers(zip: &[u8], tree: &Tree) {
    let headers = headers(zip);
    let names: Vec<&str> = headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, tree.keys().map(String::as_str).collect::<Vec<_>>());
    for Header { name, deflated, packed, unpacked } in &headers {
        assert_eq!(*unpacked, tree[name].0.len(), "{name}");
        assert!(if *deflated { packed < unpacked } else { packed == unpacked }, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_tree_that_is_written_reads_back() {
    runner()
        .run(&trees(), |tree| {
            let project = package(&tree);
            prop_assert_eq!(&project.entries("lambdas/a/a.zip"), &tree);
            check_headers(&project.read("lambdas/a/a.zip"), &tree);
            Ok(())
        })
        .unwrap();
}

/// Tells of every zip what Python's zipfile sees, entry by entry.
const ZIPFILE: &str = r#"
import hashlib, json, sys, zipfile
for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None and archive.comment == b""
        print(json.dumps([[
            entry.filename, hashlib.sha256(archive.read(entry)).hexdigest(), entry.external_attr,
            list(entry.date_time), entry.create_system, entry.extra.hex(), entry.flag_bits,
            entry.comment.hex(),
        ] for entry in archive.infolist()]))
"#;

/// What Python's zipfile sees in zips.
fn zipfile<'a>(zips: impl IntoIterator<Item = &'a Path>) -> Vec<serde_json::Value> {
    let text = output(python3().args(["-c", ZIPFILE]).args(zips));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The same, as it should be.
fn expected(tree: &Tree) -> serde_json::Value {
    let row = |(path, (bytes, mode)): (&String, &(Vec<u8>, u32))| {
        let digest = sha256(bytes);
        let flags = if path.is_ascii() { 0 } else { 0x800 };
        serde_json::json!([path, digest, mode << 16, [1980, 1, 1, 0, 0, 0], 3, "", flags, ""])
    };
    tree.iter().map(row).collect()
}

#[cfg(unix)]
#[test]
fn what_is_written_is_what_pythons_zipfile_reads() {
    let (project, trees) = (Project::new(), sample(64));
    for (index, tree) in trees.iter().enumerate() {
        write(&project, &format!("{index:02}"), tree);
    }
    project.digests();
    let path = |index| project.path(&format!("lambdas/{index:02}/{index:02}.zip"));
    let zips: Vec<_> = (0..trees.len()).map(path).collect();
    for (seen, tree) in zipfile(zips.iter().map(|zip| zip.as_path())).iter().zip(&trees) {
        assert_eq!(*seen, expected(tree));
    }
}

#[test]
fn what_deflating_does_not_make_smaller_is_stored() {
    let tree: Tree = [
        ("a-empty", Vec::new(), false),
        ("b-one-byte", vec![b'a'], false),
        ("c-three-bytes", b"aaa".to_vec(), false),
        ("d-text", text(1, 500), true),
        ("e-noise", noise(1, 50_000), false),
        ("f-zeros", vec![0; 300_000], true),
        // From 8 MiB on, samples decide.
        ("g-noise-below", noise(2, (8 << 20) - 1), false),
        ("h-noise-at", noise(3, 8 << 20), false),
        ("i-noise-above", noise(4, 9_000_000), false),
        ("j-text-above", text(2, 9_000_000), true),
        ("k-half", [noise(5, 5_000_000), text(3, 5_000_000)].concat(), true),
    ]
    .into_iter()
    .map(|(name, bytes, deflated)| (format!("{name}-{deflated}"), (bytes, PLAIN)))
    .collect();
    let project = package(&tree);
    let zip = project.read("lambdas/a/a.zip");
    check_headers(&zip, &tree);
    for header in headers(&zip) {
        assert!(header.name.ends_with(&format!("-{}", header.deflated)), "{}", header.name);
    }
    assert!(project.entries("lambdas/a/a.zip") == tree, "the bytes differ");
}

#[test]
fn more_entries_than_16_bits_count_are_readable() {
    // They come from two wheels: so many files in a folder would take their time.
    let project = Project::with(&[("lambdas/a/requirements.txt", "left\nright\n")]);
    for name in ["left", "right"] {
        let paths = (0..33_000).map(|number| format!("{name}/{:02}/{number}", number / 1000));
        let wheel = paths.fold(Wheel::bare(name, "1.0"), |wheel, path| wheel.file(&path, ""));
        project.publish(&wheel);
    }

    let run = project.run(&["-q", "--python", "3.12"]);

    assert_eq!(run.code, 0, "{}", run.stderr);
    let zip = project.path("lambdas/a/a.zip");
    let tree = project.entries("lambdas/a/a.zip");
    assert_eq!(tree.len(), 66_000 + 2 * 3 + 1);
    assert!(zipfile([zip.as_path()]) == [expected(&tree)], "zipfile sees other entries");
}

/// Only another format number may change these digests: a newer compressor, another order or
/// another field in a header makes every user deploy every lambda again. The files are made by
/// the generators above; who changes those may renew the digests, too.
#[test]
fn packages_have_their_golden_digests() {
    let plain = |files: Vec<(String, Vec<u8>)>| -> Tree {
        files.into_iter().map(|(path, bytes)| (path, (bytes, PLAIN))).collect()
    };
    let mut many: Vec<_> =
        (1..=60).map(|n| (format!("pkg/m{n}.py"), format!("x = {n}\n").into_bytes())).collect();
    many.push(("pkg/sub/blob.bin".to_owned(), noise(7, 400_000)));
    many.push(("pkg/sub/table.txt".to_owned(), text(7, 400_000)));
    let names = ["name with space.txt", "naïve-é-日本.txt", "-rf", "*glob?.txt", "B.txt", "b2.txt"];
    let named = names.map(|name| (name.to_owned(), format!("{name}\n").into_bytes()));
    let mut awkward = plain(named.into());
    awkward.insert("deep/a/b/c/leaf.txt".to_owned(), (b"a\n".to_vec(), PLAIN));
    awkward.insert("__init__.py".to_owned(), (Vec::new(), PLAIN));
    awkward.insert("run.sh".to_owned(), (b"#!/bin/sh\n".to_vec(), EXECUTABLE));
    let handler = b"def handler(event, context):\n    return 1\n".to_vec();

    let project = Project::new();
    write(&project, "many", &plain(many));
    write(&project, "awkward", &awkward);
    write(&project, "single", &plain(vec![("main.py".to_owned(), handler)]));
    write(&project, "large", &plain(vec![("model".to_owned(), noise(8, 9_000_000))]));

    expect![[r#"
        awkward	Q/rvP5oEQ3VIN/NAMmUgaBE6YcIO4I9mE4xu5SCvvII=	lambdas/awkward/awkward.zip
        large	pu868+Wmte5wmoAuj1744rBFc/OYjSsLfYjKfHmU2Uw=	lambdas/large/large.zip
        many	vEaGvF1EF1nq5iCe2W/5wM0t9bG3yhqCU97FcpvRvlY=	lambdas/many/many.zip
        single	0QpGmZ+y/1F1InepRvCdNHgNPQMdtQwV/kCvOCzQtCE=	lambdas/single/single.zip
    "#]]
    .assert_eq(&project.run(&["-q"]).stdout);
}

/// A package, its file and the hash that was printed for it.
fn printed() -> (Project, &'static str, String) {
    let tree = Tree::from([("a.py".to_owned(), (text(1, 5_000), PLAIN))]);
    let project = Project::new();
    write(&project, "a", &tree);
    let hash = project.digests()["a"].clone();
    (project, "lambdas/a/a.zip", hash)
}

#[test]
fn the_printed_hash_is_that_of_the_file() {
    let (project, zip, hash) = printed();
    let digest = sha2::Sha256::digest(project.read(zip));
    assert_eq!(base64::engine::general_purpose::STANDARD.encode(digest), hash);
    let json = project.run(&["--format=json"]).json();
    let package = &json["packages"][0];
    assert_eq!(package["source_code_hash"], hash);
    assert_eq!(package["sha256"], sha256(project.read(zip)));
    assert_eq!(package["size"], project.read(zip).len());
    assert_eq!((&package["unpacked_size"], &package["entries"]), (&5_000.into(), &1.into()));
}

#[test]
#[ignore = "needs openssl"]
fn the_printed_hash_is_what_openssl_says() {
    let (project, zip, hash) = printed();
    let mut openssl = Command::new("openssl");
    openssl.args(["dgst", "-sha256", "-binary"]).arg(project.path(zip));
    let said = openssl.output().unwrap_or_else(|error| panic!("this test needs openssl: {error}"));
    let digest = project.home().join("digest");
    std::fs::write(&digest, said.stdout).unwrap();
    let base64 = output(Command::new("openssl").args(["base64", "-in"]).arg(digest));
    assert_eq!(base64.trim_end(), hash);
}

#[test]
#[ignore = "needs terraform"]
fn the_printed_hash_is_what_terraform_says() {
    let (project, zip, hash) = printed();
    let expression = project.home().join("expression");
    std::fs::write(&expression, format!("filebase64sha256(\"{zip}\")\n")).unwrap();
    let mut terraform = Command::new("terraform");
    terraform.arg("console").current_dir(project.root()).env("CHECKPOINT_DISABLE", "1");
    terraform.stdin(std::fs::File::open(expression).unwrap());
    assert_eq!(output(&mut terraform).trim_end(), format!("\"{hash}\""));
}

#[cfg(unix)]
#[test]
#[ignore = "needs unzip and bsdtar"]
fn what_is_written_is_what_unzip_and_bsdtar_read() {
    for (index, tree) in sample(24).iter().enumerate() {
        let project = package(tree);
        let zip = project.path("lambdas/a/a.zip");
        output(Command::new("unzip").arg("-tqq").arg(&zip));
        let listed = output(Command::new("bsdtar").env("LC_ALL", "C.UTF-8").arg("-tf").arg(&zip));
        assert_eq!(listed.lines().count(), tree.len(), "{index}: {listed}");
        // Without `-V`, unzip takes `;1` at the end of a name for a version of VMS.
        for (program, option) in [("unzip", "-qV"), ("bsdtar", "-xf")] {
            let folder = project.home().join(program);
            std::fs::create_dir(&folder).unwrap();
            let mut command = Command::new(program);
            output(command.env("LC_ALL", "C.UTF-8").current_dir(&folder).arg(option).arg(&zip));
            let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
            let unpacked = unpacked(&folder);
            assert_eq!(names(&unpacked), names(tree), "{index}: {program}");
            assert!(unpacked == *tree, "{index}: {program} unpacks other bytes");
        }
    }
}

/// What is in a folder, as a tree. Of modes a reader may keep as much as its umask lets it.
#[cfg(unix)]
fn unpacked(folder: &Path) -> Tree {
    use std::os::unix::fs::PermissionsExt as _;
    let mut tree = Tree::new();
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry.expect("a folder can be listed").into_path();
        if path.is_dir() {
            continue;
        }
        let mode = path.metadata().expect("it is there").permissions().mode();
        let mode = if mode & 0o100 == 0 { PLAIN } else { EXECUTABLE };
        let name = path.strip_prefix(folder).expect("it is below").to_str().expect("UTF-8");
        tree.insert(name.to_owned(), (std::fs::read(&path).expect("it can be read"), mode));
    }
    tree
}
