//! The codes that failures and warnings can have.
//!
//! `docs/codes.md` is the table itself, with a sentence for each, and not a copy of one: so the
//! page can't be older than the program. Scripts depend on codes, so one is never renamed, and
//! never means another thing. `tests/architecture.rs` proves that each code has a row, and each row
//! a use.

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
