//! Wheels: checked strictly, laid out as pip does it.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use hostile::{FILE, package, plain};
use maker::{Header, Zip};

use crate::support::{self, Project, Wheel};

mod conflicts;
mod hostile;
mod maker;
mod odd;

/// A lambda's own module.
const HANDLER: (&str, &str) =
    ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n");

/// A lambda that requires wheels of the index, packaged for Python 3.12: its JSON, and what was
/// said of it.
fn packaged(project: &Project, requirements: &str) -> (serde_json::Value, String) {
    project.write(HANDLER.0, HANDLER.1);
    project.write("lambdas/api/requirements.txt", requirements);
    let run = project.run(&["--python", "3.12", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    (run.json(), run.stderr)
}

#[test]
fn odd_but_sound_wheels_are_taken() {
    let text: &[u8] = b"odd\n";
    let wheel = |project: &str, files: &[(&str, &[u8], u32)]| Zip::wheel(project, files, plain);
    let mut descriptors = wheel("descriptors", &[]);
    for (member, (signature, width)) in
        descriptors.members.iter_mut().zip([("PK\x07\x08", 4), ("", 4), ("PK\x07\x08", 8), ("", 8)])
    {
        let Header { crc, packed, size, .. } = member.local;
        member.behind = [signature.as_bytes(), &crc.to_le_bytes()].concat();
        for number in [packed, size] {
            member.behind.extend(&u64::from(number).to_le_bytes()[..width]);
        }
        member.both(|header| header.flags |= 1 << 3);
        (member.local.crc, member.local.packed, member.local.size) = (0, 0, 0);
    }
    let mut zip64 = wheel("zip64", &[]);
    for member in &mut zip64.members {
        let sizes = [member.local.size, member.local.packed].map(|it| u64::from(it).to_le_bytes());
        member.local.extra = [&[1, 0, 16, 0], sizes.concat().as_slice()].concat();
        (member.local.packed, member.local.size) = (u32::MAX, u32::MAX);
    }
    let names: Vec<String> = (0..5_000).map(|number| format!("many/f{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..], FILE)).collect();
    let wheels = [
        ("case", wheel("case", &[("case/A.py", text, FILE), ("case/a.py", b"", FILE)])),
        ("descriptors", descriptors),
        ("device", wheel("device", &[("CON", text, FILE)])),
        ("folders", wheel("folders", &[("folders/", b"", 0o040_755), ("x/", b"", 0)])),
        ("many", wheel("many", &many)),
        ("paths", wheel("paths", &[("paths.pth", text, FILE)])),
        ("setuid", wheel("setuid", &[("setuid/x", text, 0o104_755)])),
        ("tilde", wheel("tilde", &[("~/x", text, FILE)])),
        ("unicode", wheel("unicode", &[("\u{e9}.py", text, FILE), ("e\u{301}.py", b"", FILE)])),
        ("zip64", zip64),
    ];
    let project = Project::new();
    let bytes: Vec<_> = wheels.iter().map(|(name, wheel)| (*name, wheel.bytes())).collect();
    let run = package(&project, &bytes);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut found = String::new();
    for (name, _) in &wheels {
        let entries = project.entries(&format!("lambdas/{name}/{name}.zip"));
        let own = [&format!("{name}-1.0"), "app.py", "requirements.txt"].map(str::to_owned);
        let odd = entries.iter().filter(|(path, _)| !own.iter().any(|own| path.starts_with(own)));
        let (shown, rest) = (odd.clone().take(3), odd.count().saturating_sub(3));
        for (path, (bytes, mode)) in shown {
            found +=
                &format!("{name}: {path} {mode:o} {}\n", String::from_utf8_lossy(bytes).trim());
        }
        if rest > 0 {
            found += &format!("{name}: {rest} more\n");
        }
    }
    expect_test::expect![[r#"
        case: case/A.py 100644 odd
        case: case/__init__.py 100644 x = 1
        case: case/a.py 100644 
        descriptors: descriptors/__init__.py 100644 x = 1
        device: CON 100644 odd
        device: device/__init__.py 100644 x = 1
        folders: folders/__init__.py 100644 x = 1
        many: many/__init__.py 100644 x = 1
        many: many/f0 100644 
        many: many/f1 100644 
        many: 4998 more
        paths: paths.pth 100644 odd
        paths: paths/__init__.py 100644 x = 1
        setuid: setuid/__init__.py 100644 x = 1
        setuid: setuid/x 100755 odd
        tilde: tilde/__init__.py 100644 x = 1
        tilde: ~/x 100644 odd
        unicode: é.py 100644 
        unicode: unicode/__init__.py 100644 x = 1
        unicode: é.py 100644 odd
        zip64: zip64/__init__.py 100644 x = 1
    "#]]
    .assert_eq(&found);
    let json = run.json();
    let warnings = json["packages"].as_array().expect("a list").iter();
    let warnings: Vec<_> =
        warnings.flat_map(|package| package["warnings"].as_array().expect("a list")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "path-file");
}

#[test]
fn the_first_fault_by_name_is_the_one_that_is_told() {
    let project = Project::new();
    let bad = |name: &str| {
        let files: Vec<String> = (0..40).map(|number| format!("{name}/f{number:02}")).collect();
        let files: Vec<_> = files.iter().map(|file| (file.as_str(), &b"x"[..], FILE)).collect();
        let mut zip = Zip::wheel(name, &files, plain);
        for member in &mut zip.members[3..43] {
            member.both(|header| header.crc ^= 1);
        }
        zip.bytes()
    };
    for name in ["a", "b", "c", "d"] {
        let file = project.index().join(format!("{name}-1.0-py3-none-any.whl"));
        std::fs::write(file, bad(name)).unwrap();
    }
    let requires_all = Wheel::new("all", "1").requires("a").requires("b").requires("c");
    project.publish(&requires_all.requires("d"));
    project.write(HANDLER.0, HANDLER.1);
    project.write("lambdas/api/requirements.txt", "all\n");
    for _ in 0..4 {
        let run = project.run(&["--python", "3.12", "--format", "json", "-q", "-j", "8"]);
        let message = "the wheel `a-1.0-py3-none-any.whl` can't be used: member `a/f00` \
                       has another CRC than it claims";
        assert_eq!(run.json()["failures"][0]["message"], message);
    }
}

#[test]
fn pip_may_refuse_a_wheel_first_but_nothing_is_kept_of_it() {
    let project = Project::with(&[
        HANDLER,
        ("lambdas/api/requirements.txt", "cut\n"),
        ("lambdas/api/api.zip", "the last good one"),
    ]);
    let bytes = Wheel::new("cut", "1.0").bytes();
    let file = project.index().join("cut-1.0-py3-none-any.whl");
    std::fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    let run = project.run(&["--python", "3.12"]);
    assert!([4, 5].contains(&run.code), "{}", run.stderr);
    assert_eq!(project.read("lambdas/api/api.zip"), b"the last good one");
    assert_eq!(project.run(&["cache", "size"]).stdout, "0\n");
}

#[test]
fn a_wheel_is_laid_out_as_pip_lays_it_out() {
    let project = Project::new();
    let zeros = [0; 5_000];
    let files: &[(&str, &[u8], u32)] = &[
        ("laid_out/data.bin", &zeros, FILE),
        ("laid_out/__pycache__/x.pyc", b"stale", FILE),
        ("laid_out/sub/empty", b"", FILE),
        ("laid_out-nspkg.pth", b"import sys\n", FILE),
        ("STEM.data/purelib/laid_out/pure.py", b"PURE = 1\n", FILE),
        ("STEM.data/platlib/laid_out/native.so", b"\x7fELF", FILE),
        ("STEM.data/data/share/doc/laid_out.txt", b"text\n", FILE),
        ("STEM.data/scripts/run", b"#!python\n", 0o100_755),
        ("STEM.data/headers/laid_out.h", b"int x;\n", FILE),
        ("STEM.dist-info/entry_points.txt", b"[console_scripts]\nx = laid_out:x\n", FILE),
        ("STEM.dist-info/INSTALLER", b"somebody\n", FILE),
        ("STEM.dist-info/REQUESTED", b"", FILE),
        ("STEM.dist-info/direct_url.json", b"{}", FILE),
        ("STEM.dist-info/licenses/LICENSE", b"free\n", FILE),
        ("laid_out/executable", b"x", 0o100_755),
        ("laid_out/executable_by_others", b"x", 0o100_601),
        ("laid_out/executable_without_type", b"x", 0o755),
        ("laid_out/read_only", b"x", 0o100_444),
        ("laid_out/everything", b"x", 0o104_777),
        ("laid_out/nothing", b"x", 0),
    ];
    let path = project.index().join("laid_out-1.0-py3-none-any.whl");
    std::fs::write(&path, Zip::wheel("laid_out", files, plain).bytes()).unwrap();
    packaged(&project, "laid-out\n");
    let mut ours = project.entries("lambdas/api/api.zip");
    assert_eq!(ours.remove("api.py").map(|it| it.0), Some(HANDLER.1.into()));
    assert!(ours.remove("requirements.txt").is_some());

    let target = project.home().join("target");
    let mut pip = support::python3();
    pip.args(["-m", "pip", "install", "--no-compile", "--no-deps", "--no-index", "-q"]);
    pip.args(["--disable-pip-version-check", "--no-cache-dir", "--target"]);
    support::output(pip.arg(&target).arg(path));
    let mut theirs = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&target) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&target).unwrap().to_str().unwrap().to_owned();
            // pip's modes follow the umask; what it decides is who may execute.
            let executes = entry.metadata().unwrap().permissions().mode() & 0o111 != 0;
            let mode = if executes { 0o100_755 } else { 0o100_644 };
            theirs.insert(path, (std::fs::read(entry.path()).unwrap(), mode));
        }
    }
    // What a package has no use for; and RECORD tells of it.
    let mut left_out = Vec::new();
    theirs.retain(|path, _| {
        let is_kept = ours.contains_key(path);
        if !is_kept {
            left_out.push(path.clone());
        }
        is_kept
    });
    expect_test::expect![[r#"
        bin/run
        bin/x
        include/python/laid-out/laid_out.h
        laid_out-1.0.dist-info/INSTALLER
        laid_out-1.0.dist-info/REQUESTED
        laid_out-1.0.dist-info/direct_url.json
        laid_out/__pycache__/x.pyc
    "#]]
    .assert_eq(&(left_out.join("\n") + "\n"));
    let record = "laid_out-1.0.dist-info/RECORD";
    assert!(theirs.remove(record).is_some() && ours.remove(record).is_some());
    assert_eq!(ours, theirs);
    let modes = ours.iter().filter(|(path, _)| path.starts_with("laid_out/"));
    let executable = modes.filter(|(_, (_, mode))| *mode == 0o100_755).map(|(path, _)| path);
    let expected = ["laid_out/everything", "laid_out/executable", "laid_out/executable_by_others"];
    assert_eq!(executable.collect::<Vec<_>>(), expected);
}

#[test]
fn members_are_copied_as_they_are() {
    let project = Project::new();
    let text = "the same words, again and again; ".repeat(500);
    let wheel = Wheel::new("copied", "1.0").file("copied/text.txt", text);
    let wheel = project.publish(&wheel);
    packaged(&project, "copied\n");
    let kept = |path: &std::path::Path, name: &str| {
        let bytes = std::fs::read(path).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        let entry = archive.by_name(name).unwrap();
        let start = usize::try_from(entry.data_start().unwrap()).unwrap();
        let length = usize::try_from(entry.compressed_size()).unwrap();
        (entry.compression(), bytes[start..start + length].to_vec())
    };
    for name in ["copied/text.txt", "copied/__init__.py", "copied-1.0.dist-info/RECORD"] {
        let in_package = kept(&project.path("lambdas/api/api.zip"), name);
        assert_eq!(in_package, kept(&wheel, name), "{name}");
    }
}
