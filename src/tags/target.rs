//! The platforms of a target for pip, and its variables for markers.

use pep508_rs::MarkerEnvironment;
use serde::Deserialize as _;
use serde::de::value::{self, MapDeserializer};

use crate::lambda::{Architecture, Target};

/// Returns pip's `--platform` values for a target, the preferred first.
///
/// pip takes only the platforms that are named: wheels for an older glibc fit a newer one, but pip
/// does not know that of these values. The list has an influence on the versions that are found, so
/// it is part of the key of a resolution. Source: PEP 600, and PEP 513, 571 and 599 for the older
/// names.
pub(crate) fn platforms(target: Target) -> Vec<String> {
    let newest = target.python.system().glibc;
    let is_x86 = target.architecture == Architecture::X86_64;
    // manylinux begins with glibc 2.5 on x86_64, and with 2.17 on all others (`platform_tags` in
    // `_manylinux.py` of packaging).
    let oldest = if is_x86 { 5 } else { 17 };
    let mut tags = Vec::new();
    for minor in (oldest..=newest).rev() {
        // Below 2.17, wheels are built only for the two older profiles, manylinux2010 and
        // manylinux1.
        if minor >= 17 || matches!(minor, 12 | 5) {
            tags.push(format!("manylinux_2_{minor}"));
        }
        match minor {
            17 => tags.push("manylinux2014".to_owned()),
            12 => tags.push("manylinux2010".to_owned()),
            5 => tags.push("manylinux1".to_owned()),
            _ => {}
        }
    }
    tags.push("linux".to_owned());
    let machine = target.architecture.machine();
    tags.into_iter().map(|tag| format!("{tag}_{machine}")).collect()
}

/// Returns all marker variables of a target (PEP 508, "Environment Markers").
///
/// The patch version changes with updates of Lambda, so the lowest one is used. The release and
/// version of the kernel are not known, and empty.
pub(crate) fn markers(target: Target) -> [(&'static str, String); 11] {
    let full = format!("{}.0", target.python);
    [
        ("implementation_name", "cpython".to_owned()),
        ("implementation_version", full.clone()),
        ("os_name", "posix".to_owned()),
        ("platform_machine", target.architecture.machine().to_owned()),
        ("platform_python_implementation", "CPython".to_owned()),
        ("platform_release", String::new()),
        ("platform_system", "Linux".to_owned()),
        ("platform_version", String::new()),
        ("python_full_version", full),
        ("python_version", target.python.to_string()),
        ("sys_platform", "linux".to_owned()),
    ]
}

/// Returns them as the environment in which `pep508_rs` evaluates markers.
pub(crate) fn marker_environment(target: Target) -> MarkerEnvironment {
    let markers = MapDeserializer::<_, value::Error>::new(markers(target).into_iter());
    MarkerEnvironment::deserialize(markers).expect("all eleven are there, and have their shape")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::PythonVersion;

    fn target(minor: u8, architecture: Architecture) -> Target {
        Target { python: PythonVersion { minor }, architecture }
    }

    #[test]
    fn the_tags_are_those_of_the_runtimes_glibc_newest_first() {
        let tags = platforms(target(11, Architecture::X86_64)).join(" ").replace("_x86_64", "");
        let al2 = "manylinux_2_26 manylinux_2_25 manylinux_2_24 manylinux_2_23 manylinux_2_22 \
                   manylinux_2_21 manylinux_2_20 manylinux_2_19 manylinux_2_18 manylinux_2_17 \
                   manylinux2014 manylinux_2_12 manylinux2010 manylinux_2_5 manylinux1 linux";
        assert_eq!(tags, al2);
        let tags = platforms(target(12, Architecture::X86_64));
        assert_eq!(tags[0], "manylinux_2_34_x86_64");
        assert_eq!(tags.len(), 16 + 8);
        let tags = platforms(target(12, Architecture::Arm64));
        assert_eq!(tags[tags.len() - 2..], ["manylinux2014_aarch64", "linux_aarch64"]);
    }

    #[test]
    fn markers_are_the_targets() {
        let environment = marker_environment(target(9, Architecture::Arm64));
        let applies = |text: &str| {
            let marker: pep508_rs::MarkerTree = text.parse().unwrap();
            marker.evaluate(&environment, &[])
        };
        assert!(applies("python_version < '3.10' and platform_machine == 'aarch64'"));
        assert!(applies("sys_platform == 'linux' and implementation_name == 'cpython'"));
        assert!(!applies("python_full_version >= '3.10'"));
        assert!(!applies("extra == 'x'"));
    }
}
