//! The key of a resolution: a digest of all that can change its answer.

use super::{Backend, Request, SourceDistributions, pip_config};
use crate::digest::{Hasher, Sha256Digest};
use crate::environment::Environment;
use crate::origin::Origin;
use crate::tags;

/// Changes when this tool would ask pip in another way, or read its answer in another way.
const VERSION: u64 = 3;

/// Returns the key of a request on this machine.
pub(crate) fn key(request: &Request, environment: &Environment) -> Sha256Digest {
    let mut hasher = Hasher::default();
    hasher.update(&VERSION.to_le_bytes());
    hasher.field(request.target.to_string().as_bytes());
    // Another release of this tool may know a target better.
    for tag in tags::platforms(request.target) {
        hasher.field(tag.as_bytes());
    }
    for (name, value) in tags::markers(request.target) {
        hasher.field(name.as_bytes());
        hasher.field(value.as_bytes());
    }
    hasher.field(match request.backend {
        Backend::Pip => b"pip",
        Backend::Uv => b"uv",
    });
    hasher.field(match request.policy {
        SourceDistributions::Pure => b"pure",
        SourceDistributions::Build => b"build",
        SourceDistributions::Refuse => b"refuse",
    });
    let requirements = &request.requirements;
    requirements.add_to(&mut hasher, |line| &line.identity, |option| &option.identity);
    if request.origins().any(|origin| matches!(origin, Origin::Directory(_))) {
        for (name, version) in &*request.versions {
            hasher.field(name.as_bytes());
            hasher.field(version.as_bytes());
        }
    }
    // Hashes say what comes, wherever it comes from: no machine's configuration changes that.
    if requirements.is_hashed() {
        return hasher.finish();
    }
    if request.backend == Backend::Uv {
        for (name, value) in environment.starting_with("UV_") {
            hasher.field(name.as_bytes());
            hasher.field(value.as_encoded_bytes());
        }
    }
    pip_config::add_to(&mut hasher, environment);
    hasher.finish()
}
