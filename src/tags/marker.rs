//! What markers a target gives.

use pep508_rs::MarkerEnvironment;
use serde::Deserialize as _;
use serde::de::value::{self, MapDeserializer};

use crate::lambda::Target;

/// Returns all marker variables of a target (PEP 508, "Environment Markers").
///
/// Lambda's patch version moves with its updates, so the lowest one stands for all. The kernel's
/// release and version are nobody's business.
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

/// The same, to evaluate markers here.
pub(crate) fn marker_environment(target: Target) -> MarkerEnvironment {
    let markers = MapDeserializer::<_, value::Error>::new(markers(target).into_iter());
    MarkerEnvironment::deserialize(markers).expect("all eleven are there, and have their shape")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::{Architecture, PythonVersion};

    fn target(minor: u8, architecture: Architecture) -> Target {
        Target { python: PythonVersion { minor }, architecture }
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
