//! The order of wheels, compared with pip's.

use super::{is_pure, rank};
use crate::digest::Sha256Digest;
use crate::lambda::{Architecture, PythonVersion, Target};
use crate::wheel::WheelName;

fn target(minor: u8, architecture: Architecture) -> Target {
    Target { python: PythonVersion { minor }, architecture }
}

fn rank_of(tags: &str, target: Target) -> Option<u32> {
    rank(&WheelName::new(&format!("a-1-{tags}.whl")).unwrap(), target)
}

/// Every tag that fits, the preferred first: a line each.
fn order(target: Target) -> String {
    let pythons = (0..16).flat_map(|minor| [format!("cp3{minor}"), format!("py3{minor}")]);
    let pythons: Vec<String> =
        pythons.chain(["py3", "py2", "cp3", "cp27"].map(str::to_owned)).collect();
    let abis = (9..14).map(|minor| format!("cp3{minor}"));
    let abis: Vec<String> = abis.chain(["abi3", "none", "cp313t"].map(str::to_owned)).collect();
    let platforms = (0..36).map(|minor| format!("manylinux_2_{minor}"));
    let named = ["manylinux2014", "manylinux2010", "manylinux1", "linux", "musllinux_1_1"];
    let platforms: Vec<String> = platforms.chain(named.map(str::to_owned)).collect();
    let platforms = ["x86_64", "aarch64"]
        .iter()
        .flat_map(|machine| platforms.iter().map(move |platform| format!("{platform}_{machine}")));
    let platforms: Vec<String> = platforms.chain(["any", "win_amd64"].map(str::to_owned)).collect();
    let mut found = std::collections::BTreeMap::new();
    for python in &pythons {
        for abi in &abis {
            for platform in &platforms {
                let tag = format!("{python}-{abi}-{platform}");
                if let Some(rank) = rank_of(&tag, target) {
                    let other = found.insert(rank, tag);
                    assert_eq!(other, None, "two tags have the rank {rank}");
                }
            }
        }
    }
    found.values().map(|tag| format!("{tag}\n")).collect()
}

// The digests are those of what pip 23.2.1 and 26.3 print, a tag a line, for
// `get_supported(version="39", platforms=[…], impl="cp", abis=None)` of
// `pip._internal.utils.compatibility_tags`, with the platforms of the target.
#[test]
fn the_order_is_that_of_pip() {
    let table = [
        (
            9,
            Architecture::X86_64,
            "2424cbd48490ab367cbca2f5b3f497c76b97f220aa73687c9218daea87db2c59",
        ),
        (
            9,
            Architecture::Arm64,
            "aed83d7f65b2c4d4bc9a3d9059405eb6118b78d3c43c49ac009e63462a80688e",
        ),
        (
            12,
            Architecture::X86_64,
            "3032f8edba4d0113f3b8ba442991e6262fc38090b4ffc797e4b54d7fe1150b81",
        ),
        (
            12,
            Architecture::Arm64,
            "9661241ea95b8959c886e5330eed22df0f9e7173f236ca43a5c572aae34a47c3",
        ),
    ];
    for (minor, architecture, digest) in table {
        let order = order(target(minor, architecture));
        assert_eq!(
            Sha256Digest::of(order.as_bytes()).to_hex(),
            digest,
            "{minor} {architecture}: {order}"
        );
    }
}

#[test]
fn of_several_tags_the_best_counts() {
    let target = target(12, Architecture::X86_64);
    let both = rank_of("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", target);
    assert_eq!(both, rank_of("cp312-cp312-manylinux_2_17_x86_64", target));
    assert_eq!(rank_of("py2.py3-none-any", target), rank_of("py3-none-any", target));
    assert_eq!(rank_of("CP312-CP312-linux_x86_64", target), Some(23));
    assert_eq!(rank_of("py2-none-any", target), None);
    assert_eq!(rank_of("cp313-abi3-manylinux_2_17_x86_64", target), None);
}

#[test]
fn a_pure_wheel_is_for_every_platform() {
    let is_pure = |tags: &str| is_pure(&WheelName::new(&format!("a-1-{tags}.whl")).unwrap());
    assert!(is_pure("py2.py3-none-any") && is_pure("cp312-none-any"));
    assert!(!is_pure("py3-none-linux_x86_64") && !is_pure("cp39-abi3-any"));
}
