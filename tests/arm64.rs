//! The encoder gives the same bytes on arm64: its C source, compiled for aarch64 and run under
//! emulation, against what the tool packs here.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Project, output};

/// Deflates standard input at the level of the format to standard output.
const DRIVER: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include "libdeflate.h"

int main(void) {
    size_t room = 1 << 24, length = 0, got;
    unsigned char *in = malloc(room), *out = malloc(room);
    while ((got = fread(in + length, 1, room - length, stdin)) > 0) length += got;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    size_t packed = libdeflate_deflate_compress(compressor, in, length, out, room);
    return fwrite(out, 1, packed, stdout) == packed && packed > 0 ? 0 : 1;
}
"#;

/// Where cargo keeps the source of libdeflate that the tool is built from.
fn source() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked", "--manifest-path"]).arg(manifest);
    let metadata: serde_json::Value = serde_json::from_str(&output(&mut cargo)).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let package = packages.iter().find(|package| package["name"] == "libdeflate-sys");
    let path = package.expect("a dependency")["manifest_path"].as_str().expect("a path");
    Path::new(path).parent().expect("a folder").join("libdeflate")
}

fn c_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the source is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "c")).collect()
}

#[test]
#[ignore = "needs gcc for aarch64 and qemu-user"]
fn the_encoder_gives_the_same_bytes_on_arm64() {
    let project = Project::new();
    let lock = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let texts: [(&str, Vec<u8>); 4] = [
        ("lock.txt", lock),
        (
            "lines.txt",
            (0..60_000_u64).flat_map(|n| format!("{} {n}\n", n * n % 7_919).into_bytes()).collect(),
        ),
        ("zeros.bin", vec![0; 1 << 20]),
        ("mixed.bin", (0..500_000_u32).map(|n| (n.wrapping_mul(n) >> (n % 13)) as u8).collect()),
    ];
    for (name, bytes) in &texts {
        project.write(&format!("lambdas/a/{name}"), bytes);
    }
    let source = source();
    std::fs::write(project.home().join("driver.c"), DRIVER).unwrap();
    let driver = project.home().join("driver");
    let mut compiler = Command::new("aarch64-linux-gnu-gcc");
    compiler.args(["-O2", "-static", "-o"]).arg(&driver).arg("-I").arg(&source);
    compiler.arg(project.home().join("driver.c"));
    compiler.args(c_files(&source.join("lib"))).args(c_files(&source.join("lib/arm")));
    output(&mut compiler);

    assert_eq!(project.run(&["-q"]).code, 0);

    let zip = std::fs::File::open(project.path("lambdas/a/a.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(zip).unwrap();
    for (name, bytes) in texts {
        let index = archive.index_for_name(name).unwrap();
        let mut packed = Vec::new();
        archive.by_index_raw(index).unwrap().read_to_end(&mut packed).unwrap();
        let input = project.home().join(name);
        std::fs::write(&input, bytes).unwrap();
        let mut emulator = Command::new("qemu-aarch64-static");
        emulator.arg(&driver).stdin(std::fs::File::open(&input).unwrap());
        let emulated = emulator.output().unwrap_or_else(|error| panic!("qemu: {error}"));
        assert!(emulated.status.success(), "{name}: {}", emulated.status);
        assert!(emulated.stdout == packed, "{name} differs on aarch64");
    }
}
