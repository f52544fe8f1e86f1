//! Locks of others are read, ours are read back, and what is odd is told with its line.

mod read;
mod select;
mod write;

use super::{By, Said};
use crate::lambda::{Architecture, PythonVersion, Target};

/// What a config with a version of Python says.
const SAID: Said = Said { python: Some(By::User), architecture: None };
const TARGET: Target =
    Target { python: PythonVersion { minor: 12 }, architecture: Architecture::X86_64 };

const DIGITS: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A lock with some packages, in the texts of which `SHA` stands for a table of hashes.
fn lock(packages: &str) -> String {
    let packages = packages.replace("SHA", &format!("hashes = {{ sha256 = \"{DIGITS}\" }}"));
    // The key is required.
    let none = if packages.contains("[[packages]]") { "" } else { "packages = []\n" };
    format!("lock-version = \"1.0\"\ncreated-by = \"uv\"\n{none}{packages}")
}
