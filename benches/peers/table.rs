//! Lays out the table: Markdown, aligned, to be pasted.

use crate::measure::Pairs;

/// The heads of the columns; those from the third on hold numbers.
const HEADS: [&str; 9] =
    ["row", "peer", "n", "theirs", "ours", "ratio", "spread", "bar", "verdict"];

/// A line of the table, a text for each of its columns.
pub(crate) type Line = [String; 9];

/// What a ratio must reach.
pub(crate) enum Bar {
    /// At least so many times faster than the peer.
    AtLeast(f64),
    /// At most so many times the peer's time.
    AtMost(f64),
    /// The row informs, no more.
    None,
}

/// Makes the line of a row of times.
pub(crate) fn times(row: &str, peer: &str, pairs: &Pairs, bar: &Bar) -> Line {
    let ratio = pairs.ratio();
    let (low, high) = pairs.spread();
    let (bar, verdict) = match bar {
        Bar::AtLeast(least) => (format!(">= {least}x"), verdict(ratio >= *least)),
        Bar::AtMost(most) => (format!("<= {most}x theirs"), verdict(ratio * most >= 1.0)),
        Bar::None => (nothing(), nothing()),
    };
    [
        row.to_owned(),
        peer.to_owned(),
        pairs.count().to_string(),
        format!("{:.3} s", pairs.peer_seconds()),
        format!("{:.3} s", pairs.our_seconds()),
        format!("{ratio:.2}"),
        format!("{low:.2}..{high:.2}"),
        bar,
        verdict,
    ]
}

/// Returns the word for a bar that is met or is not.
pub(crate) fn verdict(is_met: bool) -> String {
    if is_met { "met" } else { "NOT met" }.to_owned()
}

/// Returns the text of a column that has nothing to say.
pub(crate) fn nothing() -> String {
    "-".to_owned()
}

/// Writes a whole number with a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Lays out the lines under their heads.
pub(crate) fn render(lines: &[Line]) -> String {
    // A column of numbers is at least `-:` under its head.
    let mut widths = HEADS.map(|head| head.len().max(2));
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = render_line(&HEADS.map(str::to_owned), &widths);
    for (column, width) in widths.iter().enumerate() {
        let dashes = "-".repeat(*width);
        text.push_str(&if is_number(column) {
            format!("| {}: ", &dashes[1..])
        } else {
            format!("| {dashes} ")
        });
    }
    text.push_str("|\n");
    for line in lines {
        text.push_str(&render_line(line, &widths));
    }
    text
}

/// Lays out one line, numbers to the right.
fn render_line(line: &Line, widths: &[usize; 9]) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
        text.push_str(&if is_number(column) {
            format!("| {cell:>width$} ")
        } else {
            format!("| {cell:width$} ")
        });
    }
    text.push_str("|\n");
    text
}

/// Returns whether a column holds numbers.
fn is_number(column: usize) -> bool {
    (2..=7).contains(&column)
}
