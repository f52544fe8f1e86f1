//! Ranges of versions as poetry writes them: those of PEP 440, and `^`, `~`, bare versions and `||`.
//!
//! Source: "Dependency specification" in poetry's documentation.

use pep440_rs::{Version, VersionSpecifier};

/// Whether a range has a version; none where it is not understood.
pub(super) fn allows(range: &str, version: &Version) -> Option<bool> {
    let mut is_known = true;
    for part in range.split('|').map(str::trim).filter(|part| !part.is_empty()) {
        match all(part, version) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_known = false,
        }
    }
    let is_any = range.trim().is_empty();
    is_known.then_some(is_any)
}

/// Whether all clauses, which commas or blanks separate, have a version.
fn all(part: &str, version: &Version) -> Option<bool> {
    let mut holds = true;
    for clause in clauses(part) {
        holds &= has(&clause, version)?;
    }
    Some(holds)
}

/// Splits clauses; an operator may stand apart from its version.
fn clauses(part: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in part.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        let is_operator = |text: &str| text.chars().all(|c| "<>=!~^".contains(c));
        match found.last_mut().filter(|last| is_operator(last)) {
            Some(last) => last.push_str(word),
            None => found.push(word.to_owned()),
        }
    }
    found
}

fn has(clause: &str, version: &Version) -> Option<bool> {
    if clause == "*" {
        return Some(true);
    }
    let pep440 = |text: &str| {
        let specifier: VersionSpecifier = text.parse().ok()?;
        Some(specifier.contains(version))
    };
    let between = |from: &str, precision: &dyn Fn(&[u64]) -> usize| {
        let lower: Version = from.parse().ok()?;
        let release = lower.release();
        let kept = precision(release);
        let mut upper: Vec<u64> = release[..kept].to_vec();
        let last = upper.last_mut()?;
        *last = last.checked_add(1)?;
        let upper: Vec<String> = upper.iter().map(u64::to_string).collect();
        Some(pep440(&format!(">={lower}"))? && pep440(&format!("<{}", upper.join(".")))?)
    };
    if let Some(from) = clause.strip_prefix('^') {
        // The first part that is not zero may not change; of zeros alone the last.
        return between(from, &|release| {
            release.iter().position(|part| *part != 0).map_or(release.len().min(3), |at| at + 1)
        });
    }
    if let Some(from) = clause.strip_prefix('~').filter(|from| !from.starts_with('=')) {
        return between(from, &|release| release.len().min(2));
    }
    if clause.starts_with(['<', '>', '!', '~']) || clause.starts_with("==") {
        return pep440(clause);
    }
    pep440(&format!("=={}", clause.trim_start_matches('=')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_mean_what_poetry_means() {
        let table = [
            ("^1.2.3", "1.2.3 1.9 1.10.0", "1.2.2 2.0 2.0.0a1"),
            ("^0.2.3", "0.2.3 0.2.9", "0.3 1.0 0.2.2"),
            ("^0.0.3", "0.0.3", "0.0.4 0.1"),
            ("^0.0", "0.0.1", "0.1"),
            ("^0", "0.1 0.9", "1.0"),
            ("~1.2.3", "1.2.3 1.2.9", "1.3 1.2.2"),
            ("~1.2", "1.2 1.2.9", "1.3"),
            ("~1", "1.0 1.9", "2.0"),
            ("~=1.2", "1.2 1.9", "2.0"),
            ("1.2.*", "1.2.0 1.2.5", "1.3"),
            ("1.2.3", "1.2.3", "1.2.4"),
            ("=1.2", "1.2.0", "1.2.1"),
            ("*", "0.1 9", ""),
            ("", "0.1 9", ""),
            (">=1,<2", "1.0 1.5", "0.9 2.0"),
            (">= 1.5.6, < 1.5.7 || > 1.5.7", "1.5.6 1.5.8", "1.5.7 1.5.5"),
            (">=1 <2", "1.0 1.5", "0.9 2.0"),
            ("^1.0 || ^3.0", "1.1 3.1", "2.0 4.0"),
            ("!=1.5", "1.4", "1.5"),
        ];
        for (range, inside, outside) in table {
            for (versions, expected) in [(inside, true), (outside, false)] {
                for text in versions.split_whitespace() {
                    let version: Version = text.parse().unwrap();
                    assert_eq!(allows(range, &version), Some(expected), "{text} in {range}");
                }
            }
        }
        assert_eq!(allows("branch-x", &"1".parse().unwrap()), None);
    }
}
