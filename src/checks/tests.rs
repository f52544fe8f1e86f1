//! Whole messages, and what is told of and what is not.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};

use super::*;
use crate::contents::{Contents, lay_out};
use crate::digest::Sha256Digest;
use crate::elf::{Library, Machine};
use crate::lambda::{Architecture, PythonVersion, Target};
use crate::path::{ArchivePath, Mode};
use crate::report::{Failure, Warning};
use crate::source::{SourceFile, SourceTree};
use crate::store::Store;
use crate::wheel::{self, Checked, Facts, Metadata};

const X86_64: Machine = Machine::X86_64;
const NUMPY: &str = "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl";
const SELENIUM: &str = "selenium-4.20.0-py3-none-any.whl";

fn target(minor: u8) -> Target {
    Target { python: PythonVersion { minor }, architecture: Architecture::X86_64 }
}

fn native(machine: Machine, library: Library) -> Native {
    Native::Elf { machine, library }
}

fn glibc(minor: u32) -> Native {
    native(X86_64, Library::Glibc(minor))
}

fn arm() -> Native {
    native(Machine::Aarch64, Library::Any)
}

/// A file of a wheel.
fn member(wheel: &str, path: &str, native: Native) -> Found {
    let origin = Origin::Wheel(WheelName::new(wheel).unwrap());
    Found { path: path.to_owned(), origin, native }
}

/// A file of the lambda.
fn own(path: &str, native: Native) -> Found {
    let origin = Origin::File(format!("lambdas/api/{path}").into());
    Found { path: path.to_owned(), origin, native }
}

/// An error or warnings, whole.
fn told(result: Result<Vec<Warning>, Failure>) -> String {
    let hint = |hint: Option<String>| hint.map_or(String::new(), |hint| format!("hint: {hint}\n"));
    match result {
        Ok(warnings) => warnings
            .into_iter()
            .map(|warning| format!("{}: {}\n{}", warning.code, warning.message, hint(warning.hint)))
            .collect(),
        Err(error) => {
            let Failure { code, message, causes, place, .. } = error;
            let place = place.map_or(String::new(), |place| format!("--> {place}\n"));
            let causes: String =
                causes.into_iter().map(|cause| format!("caused by: {cause}\n")).collect();
            format!("{code}: {message}\n{place}{causes}{}", hint(error.hint))
        }
    }
}

fn check(minor: u8, found: &[Found], expected: Expect) {
    expected.assert_eq(&told(check_natives(found, target(minor))));
}

#[test]
fn own_modules_for_other_python_versions_are_told() {
    let any = || native(X86_64, Library::Any);
    let path = |tag: &str| format!("lib/_core.{tag}.so");
    for tag in ["cpython-311-x86_64-linux-gnu", "cpython-313t-x86_64-linux-gnu", "cpython-31"] {
        let told = told(check_natives(&[own(&path(tag), any())], target(13)));
        assert!(told.starts_with("native-foreign: `lib/_core."), "{told}");
    }
    let found = [own(&path("cpython-311-x86_64-linux-gnu"), any()), own("a.cpython-39.so", any())];
    check(
        12,
        &found,
        expect![[r#"
        native-foreign: `a.cpython-39.so`, `lib/_core.cpython-311-x86_64-linux-gnu.so` are for another Python version, and python3.12 does not import them
        hint: write the project that has them into requirements.txt, or build them for python3.12 on x86_64; `exclude` them if nothing needs them
    "#]],
    );
    // Another one is there for it, or Python takes it whatever its version is.
    for tag in ["cpython-312-x86_64-linux-gnu", "cpython-312", "abi3"] {
        let both = [own(&path("cpython-39-x86_64-linux-gnu"), any()), own(&path(tag), any())];
        check(12, &both, expect![[""]]);
    }
    check(12, &[own("lib/_core.so", any())], expect![[""]]);
    check(12, &[member(NUMPY, &path("cpython-311"), any())], expect![[""]]);
}

#[test]
fn what_fits_is_not_told_of() {
    let found = [
        member(NUMPY, "numpy/core/_x.so", glibc(34)),
        member(NUMPY, "numpy/core/_y.so", native(X86_64, Library::Any)),
        own("bin/tool", glibc(2)),
    ];
    check(12, &found, expect![[""]]);
    check(11, &found[1..], expect![[""]]);
}

#[test]
fn a_file_of_another_machine_is_an_error() {
    let found = [
        member(NUMPY, "numpy/core/_y.so", arm()),
        member(NUMPY, "numpy/core/_x.so", arm()),
        member(NUMPY, "numpy/core/_z.so", glibc(17)),
    ];
    check(
        12,
        &found,
        expect![[r#"
        native-mismatch: `numpy/core/_x.so` of `numpy 1.26.4` is for aarch64, and the target is python3.12 on x86_64 (and 1 more file)
        caused by: `numpy/core/_y.so` of `numpy 1.26.4` is for aarch64
        hint: require a version of `numpy` that has a wheel for python3.12 on x86_64
    "#]],
    );
    let found =
        [member(NUMPY, "numpy/_x.so", native(Machine::Other("i386".to_owned()), Library::Any))];
    check(
        12,
        &found,
        expect![[r#"
        native-mismatch: `numpy/_x.so` of `numpy 1.26.4` is for i386, and the target is python3.12 on x86_64
        hint: require a version of `numpy` that has a wheel for python3.12 on x86_64
    "#]],
    );
}

#[test]
fn a_later_glibc_than_the_runtimes_is_an_error() {
    let found = [member(NUMPY, "numpy/core/_x.so", glibc(28))];
    check(
        11,
        &found,
        expect![[r#"
        native-mismatch: `numpy/core/_x.so` of `numpy 1.26.4` needs GLIBC 2.28, and python3.11 runs on Amazon Linux 2 with 2.26
        hint: require a version of `numpy` that has a wheel for python3.11 on x86_64
    "#]],
    );
    check(12, &found, expect![[""]]);
    check(
        12,
        &[own("lib/_x.so", glibc(38))],
        expect![[r#"
        native-mismatch: `lib/_x.so` needs GLIBC 2.38, and python3.12 runs on Amazon Linux 2023 with 2.34
        --> lambdas/api/lib/_x.so
        hint: build `lib/_x.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
    "#]],
    );
}

#[test]
fn musl_and_broken_files_are_errors() {
    let found = [
        member(NUMPY, "numpy/core/_x.so", native(X86_64, Library::Musl)),
        own("lib/_x.so", Native::Broken),
    ];
    check(
        9,
        &found[..1],
        expect![[r#"
        native-mismatch: `numpy/core/_x.so` of `numpy 1.26.4` needs musl, and python3.9 runs on Amazon Linux 2 with glibc
        hint: require a version of `numpy` that has a wheel for python3.9 on x86_64
    "#]],
    );
    check(
        9,
        &found[1..],
        expect![[r#"
        native-mismatch: `lib/_x.so` is a broken ELF file
        --> lambdas/api/lib/_x.so
        hint: build `lib/_x.so` for the target, on Amazon Linux 2 or with `zig cc -target x86_64-linux-gnu.2.26`, or `exclude` it in the config
    "#]],
    );
    check(
        9,
        &found,
        expect![[r#"
        native-mismatch: `lib/_x.so` is a broken ELF file (and 1 more file)
        --> lambdas/api/lib/_x.so
        caused by: `numpy/core/_x.so` of `numpy 1.26.4` needs musl
        hint: require a version of `numpy` that has a wheel for python3.9 on x86_64; build `lib/_x.so` for the target, on Amazon Linux 2 or with `zig cc -target x86_64-linux-gnu.2.26`, or `exclude` it in the config
    "#]],
    );
}

#[test]
fn of_many_files_some_are_listed_and_all_are_counted() {
    let found: Vec<Found> =
        (10..22).map(|number| member(NUMPY, &format!("numpy/_{number}.so"), arm())).collect();
    let error = check_natives(&found, target(12)).unwrap_err();
    expect!["`numpy/_10.so` of `numpy 1.26.4` is for aarch64, and the target is python3.12 on x86_64 (and 11 more files)"].assert_eq(&error.message);
    assert_eq!(error.causes.len(), 8);
    assert_eq!(error.causes[7], "`numpy/_18.so` of `numpy 1.26.4` is for aarch64");
}

#[test]
fn helpers_in_a_wheel_for_any_platform_are_a_warning_if_none_fits() {
    let found = [
        member(SELENIUM, "selenium/linux-x86_64/selenium-manager", glibc(17)),
        member(SELENIUM, "selenium/linux-arm64/selenium-manager", arm()),
        member(SELENIUM, "selenium/macos/selenium-manager", Native::MacOs),
        member(SELENIUM, "selenium/windows/selenium-manager.exe", Native::Windows),
    ];
    check(12, &found, expect![[""]]);
    // One of another wheel serves only that.
    let of_other = member("debugpy-1-py3-none-any.whl", "debugpy/attach.so", glibc(17));
    let found = [&found[1..], &[of_other]].concat();
    check(
        12,
        &found,
        expect![[r#"
        native-foreign: `selenium 4.20.0` has files that do not fit python3.12 on x86_64: `selenium/linux-arm64/selenium-manager` is for aarch64
        hint: require a version of `selenium` that has a wheel for the target, if the lambda loads or starts them
    "#]],
    );
    let found: Vec<Found> = (1..=5)
        .map(|number| member(SELENIUM, &format!("selenium/{number}.so"), glibc(30 + number)))
        .collect();
    check(
        11,
        &found,
        expect![[r#"
        native-foreign: `selenium 4.20.0` has files that do not fit python3.11 on x86_64: `selenium/1.so` needs GLIBC 2.31, `selenium/2.so` needs GLIBC 2.32, `selenium/3.so` needs GLIBC 2.33 and 2 more
        hint: require a version of `selenium` that has a wheel for the target, if the lambda loads or starts them
    "#]],
    );
}

#[test]
fn what_only_import_looks_for_is_an_error_even_there() {
    let importable = |path: &str| check_natives(&[member(SELENIUM, path, arm())], target(12));
    for path in ["a/x.cpython-312-aarch64-linux-gnu.so", "x.abi3.so", "a.b/x.cpython-312.so"] {
        assert!(importable(path).is_err(), "{path}");
    }
    for path in ["a/x.so", "cpython-312.so", "x.abi3.so.1", "a.abi3.d/x.so", "x.cpython-312"] {
        assert!(importable(path).is_ok(), "{path}");
    }
    // There is one for the target, too.
    let twin = |package: &str| {
        let found = [
            member(SELENIUM, "a/x.cpython-312-aarch64-linux-gnu.so", arm()),
            member(SELENIUM, &format!("{package}/x.cpython-312-x86_64-linux-gnu.so"), glibc(17)),
        ];
        check_natives(&found, target(12)).is_ok()
    };
    assert!(twin("a"));
    assert!(!twin("b"));
}

#[test]
fn files_of_macos_and_windows_are_no_noise_unless_called_so() {
    let any = "setuptools-70.0-py3-none-any.whl";
    let quiet = [
        member(any, "setuptools/cli-64.exe", Native::Windows),
        member(any, "setuptools/x.pyd", Native::Windows),
        member(any, "setuptools/x.cpython-312-darwin.so", Native::MacOs),
        member(NUMPY, "numpy/x.dll", Native::Windows),
        member(NUMPY, "numpy/x.dylib", Native::MacOs),
        own("tool.exe", Native::Windows),
        own("tool", Native::MacOs),
    ];
    check(12, &quiet, expect![[""]]);
    let found = [own("_x.cpython-312-darwin.so", Native::MacOs), own("_y.so", Native::Windows)];
    check(
        12,
        &found,
        expect![[r#"
        native-mismatch: `_x.cpython-312-darwin.so` is for macOS, and the target is python3.12 on x86_64 (and 1 more file)
        --> lambdas/api/_x.cpython-312-darwin.so
        caused by: `_y.so` is for Windows
        hint: build `_x.cpython-312-darwin.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
    "#]],
    );
}

/// A lambda of a wheel with one member of a thousand bytes, stored, and of own files.
fn contents(own_files: &[(&str, u64)]) -> Contents {
    let store = Store::temporary().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for name in ["a/b.py", "a-1.dist-info/RECORD"] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(&[0; 1_000]).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let scratch = store.scratch().unwrap();
    let (path, digest) = (scratch.path().join("a.whl"), Sha256Digest::of(&bytes));
    crate::fs::write(&path, &bytes).unwrap();
    let name = WheelName::new("a-1-py3-none-any.whl").unwrap();
    let metadata = Metadata {
        project: "a".to_owned(),
        version: "1".to_owned(),
        requires: Vec::new(),
        requires_python: None,
    };
    let (facts, size) =
        (Facts { metadata, natives: Vec::new(), faults: Vec::new() }, bytes.len() as u64);
    let checked = Checked { name, facts, digest, size, path };
    wheel::take_in(&store, &checked, &checked.path).unwrap();
    let wheel = wheel::open(&store, &checked.name, digest).unwrap();
    let layout = wheel::layout(Arc::new(wheel)).unwrap();
    let file = |(path, size): &(&str, u64)| SourceFile {
        path: ArchivePath::new(*path).unwrap(),
        place: format!("lambdas/api/{path}").into(),
        size: *size,
        is_included: false,
        is_script: false,
        digest: None,
        mode: Mode::Plain,
    };
    let files = own_files.iter().map(file).collect();
    lay_out(
        &SourceTree { files, ..SourceTree::default() },
        &[Arc::new(layout)],
        &Default::default(),
    )
    .unwrap()
    .0
}

#[test]
fn bytes_are_counted_where_they_come_from() {
    let (wheel, own) = ("`a 1`".to_owned(), "its own files".to_owned());
    let contents_of_both = contents(&[("x.py", 5), ("y.py", 7)]);
    let unpacked = sizes::unpacked(&contents_of_both);
    assert_eq!(unpacked, [(wheel.clone(), 2_000), (own.clone(), 12)].into());
    let headers = 2 * 76 + 2 * ("a/b.py".len() + "a-1.dist-info/RECORD".len()) as u64;
    let packed = sizes::packed(&contents_of_both, 5_000);
    assert_eq!(packed, [(wheel.clone(), 2_000 + headers), (own, 3_000 - headers)].into());
    // Without own files nothing is left for them.
    assert_eq!(sizes::packed(&contents(&[]), 5_000), [(wheel, 2_000 + headers)].into());
}

#[test]
fn what_unpacks_to_more_than_lambda_takes_is_an_error() {
    assert!(check_unpacked(&contents(&[("x.bin", 262_142_000)]), &BTreeMap::new()).is_ok());
    let error = check_unpacked(&contents(&[("x.bin", 262_142_001)]), &BTreeMap::new()).unwrap_err();
    expect![[r#"
        package-too-large: the package unpacks to 262,144,001 bytes, more than the 262,144,000 that Lambda takes
        caused by: its own files: 262.1 MB
        caused by: `a 1`: 2.0 kB
        hint: leave out what the lambda does not need, or deploy it as a container image
    "#]].assert_eq(&told(Err(error)));
    assert!(
        check_unpacked(&contents(&[("x.bin", u64::MAX), ("y.bin", 1)]), &BTreeMap::new()).is_err()
    );
}

#[test]
fn a_zip_that_lambda_does_not_take_directly_is_a_warning() {
    let contents = contents(&[("x.bin", 5)]);
    assert_eq!(check_zip(&contents, 52_428_800), None);
    let warning = check_zip(&contents, 52_428_801).unwrap();
    expect![[r#"
        package-needs-s3: the zip has 52,428,801 bytes, more than the 52,428,800 that Lambda takes by direct upload (its own files: 52.4 MB, `a 1`: 2.2 kB)
        hint: deploy it through S3: in Terraform, by `s3_bucket` and `s3_key`
    "#]].assert_eq(&told(Ok(vec![warning])));
}

#[test]
fn the_five_largest_are_named_by_size_and_then_by_name() {
    let sizes = [("f", 1), ("e", 50_000_000), ("d", 70_000_000), ("c", 70_000_000), ("b", 999)];
    let sizes = sizes.into_iter().chain([("a", 150_000_000)]);
    let sizes: sizes::Sizes = sizes.map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    let error = sizes::refuse(sizes).unwrap_err();
    assert_eq!(error.causes, ["a: 150.0 MB", "c: 70.0 MB", "d: 70.0 MB", "e: 50.0 MB", "b: 999 B"]);
}
