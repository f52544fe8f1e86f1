//! Numbers with their nouns and units, words of a shell, and suggestions for misspelt names: the
//! same in every message.

use std::fmt::Display;
use std::time::Duration;

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number as u64))
}

/// Quotes a path as one word of a shell.
pub(crate) fn shell(path: &str) -> String {
    shlex::try_quote(path).expect("a path has no NUL").into_owned()
}

/// Nothing, or ` and 2 more`.
pub(crate) fn and_more(number: usize) -> String {
    match number {
        0 => String::new(),
        more => format!(" and {} more", grouped(more as u64)),
    }
}

/// The first few things, in quotes, and how many more there are.
pub(crate) fn some_of<T: Display>(all: &[T], most: usize) -> String {
    let named: Vec<String> = all.iter().take(most).map(|one| format!("`{one}`")).collect();
    format!("{}{}", named.join(", "), and_more(all.len().saturating_sub(most)))
}

/// `one`, `one and two`, `one, two and three`.
pub(crate) fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `999 B`, `1.2 kB`, `12.6 MB`: powers of a thousand, which are the units of SI.
pub(crate) fn bytes(number: u64) -> String {
    let (divisor, unit) = match number {
        0..1_000 => return format!("{number} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = number / (divisor / 10);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// `0.04 s`, `1.2 s`, `75 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{:.2} s", duration.as_secs_f64()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{seconds} s"),
    }
}

/// `5 minutes`, `3 days`: one unit is enough for the age of an answer.
pub(crate) fn age(duration: Duration) -> String {
    let seconds = usize::try_from(duration.as_secs()).unwrap_or(usize::MAX);
    match seconds {
        0..60 => count(seconds, "second"),
        60..3_600 => count(seconds / 60, "minute"),
        3_600..86_400 => count(seconds / 3_600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// Returns the known name that is most similar to a given one, if one is similar enough.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(score, _)| *score > 0.8).map(|(_, candidate)| candidate)
}

/// Whether two words are so near that one may be a slip of the other.
pub(crate) fn is_near(one: &str, other: &str) -> bool {
    let most = if one.len() < 8 { 1 } else { 2 };
    one.len() > 3 && other.len() > 3 && strsim::damerau_levenshtein(one, other) <= most
}

/// ``did you mean `api`?``, if a known name is similar enough to the given one.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|nearest| format!("did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_words() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(12_649_999), "12.6 MB");
        assert_eq!(seconds(Duration::from_millis(41)), "0.04 s");
        assert_eq!(seconds(Duration::from_secs(75)), "75 s");
        assert_eq!(age(Duration::from_secs(3 * 86_400 + 5)), "3 days");
    }
}
