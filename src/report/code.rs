//! The codes that failures and warnings can have.
//!
//! `docs/codes.md` is the table itself, with a sentence for each, and not a copy of one: so the
//! page can't be older than the program. Scripts depend on codes, so one is never renamed, and
//! never means another thing. `tests/architecture.rs` proves that each code has a row, and each row
//! a use.
//!
//! A code that several files make is spelt here, once.

pub(crate) const ALREADY_THERE: &str = "already-there";
pub(crate) const CERTIFICATES: &str = "certificates";
pub(crate) const DOWNLOAD_MISSING: &str = "download-missing";
pub(crate) const DUPLICATE_LAMBDA: &str = "duplicate-lambda";
pub(crate) const FILE_NAME: &str = "file-name";
pub(crate) const FILTER_NOT_RUN: &str = "filter-not-run";
pub(crate) const GIT: &str = "git";
pub(crate) const HASH_MISMATCH: &str = "hash-mismatch";
pub(crate) const HOST_PYTHON: &str = "host-python";
pub(crate) const INDEX_UNREACHABLE: &str = "index-unreachable";
pub(crate) const INVALID_GLOB: &str = "invalid-glob";
pub(crate) const LAMBDA_NAME: &str = "lambda-name";
pub(crate) const LINE_ENDS: &str = "line-ends";
pub(crate) const LOCK_WITHOUT_SHA256: &str = "lock-without-sha256";
pub(crate) const NO_GIT: &str = "no-git";
pub(crate) const NO_MANIFEST: &str = "no-manifest";
pub(crate) const NO_ROOT: &str = "no-root";
pub(crate) const NO_SUCH_FILE: &str = "no-such-file";
pub(crate) const OTHER_PROJECT: &str = "other-project";
pub(crate) const REPORT_PATH: &str = "report-path";
pub(crate) const REQUIREMENTS_MISSING: &str = "requirements-missing";
pub(crate) const REQUIREMENTS_OPTION: &str = "requirements-option";
pub(crate) const REQUIRES_PYTHON: &str = "requires-python";
pub(crate) const SEVERAL_LAMBDAS: &str = "several-lambdas";
pub(crate) const THREADS: &str = "threads";
pub(crate) const TIMED_OUT: &str = "timed-out";
pub(crate) const UNKNOWN_KEY: &str = "unknown-key";
pub(crate) const UNKNOWN_LAMBDA: &str = "unknown-lambda";
pub(crate) const UNREADABLE: &str = "unreadable";

const PAGE: &str = include_str!("../../docs/codes.md");

/// Whether a code has a row.
pub(super) fn is_known(code: &str) -> bool {
    PAGE.contains(&format!("\n| `{code}` | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_each_has_one_sentence() {
        let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let rows: Vec<(&str, &str)> = rows.collect();

        assert!(rows.is_sorted_by(|(one, _), (other, _)| one < other));
        for (code, meaning) in rows {
            assert!(is_known(code));
            let is_one = meaning.ends_with(". |") && meaning.matches(". ").count() == 1;
            assert!(is_one, "{code}: {meaning}");
        }
    }
}
