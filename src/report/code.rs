//! Codes of failures that several files make: each code is spelt once.
//!
//! What they mean is in docs/codes.md.

pub(crate) const CERTIFICATES: &str = "certificates";
pub(crate) const DOWNLOAD_MISSING: &str = "download-missing";
pub(crate) const GIT: &str = "git";
pub(crate) const HASH_MISMATCH: &str = "hash-mismatch";
pub(crate) const HOST_PYTHON: &str = "host-python";
pub(crate) const INDEX_UNREACHABLE: &str = "index-unreachable";
pub(crate) const INVALID_GLOB: &str = "invalid-glob";
pub(crate) const LINE_ENDS: &str = "line-ends";
pub(crate) const LOCK_WITHOUT_SHA256: &str = "lock-without-sha256";
pub(crate) const NO_GIT: &str = "no-git";
pub(crate) const NO_ROOT: &str = "no-root";
pub(crate) const NO_SUCH_FILE: &str = "no-such-file";
pub(crate) const OTHER_PROJECT: &str = "other-project";
pub(crate) const REQUIREMENTS_MISSING: &str = "requirements-missing";
pub(crate) const REQUIREMENTS_OPTION: &str = "requirements-option";
pub(crate) const SEVERAL_LAMBDAS: &str = "several-lambdas";
pub(crate) const THREADS: &str = "threads";
pub(crate) const UNKNOWN_KEY: &str = "unknown-key";
pub(crate) const UNKNOWN_LAMBDA: &str = "unknown-lambda";
pub(crate) const UNREADABLE: &str = "unreadable";
