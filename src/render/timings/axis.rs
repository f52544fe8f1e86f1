//! A time axis with round numbers.

/// The most ticks behind that at 0: their labels have room on a telephone.
const MOST: u64 = 5;

/// The distance of ticks, in microseconds: 1, 2 or 5 times a power of ten, the least of which at most
/// [`MOST`] fit.
pub(super) fn step(total: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        let fits = [1, 2, 5].map(|factor| power.saturating_mul(factor));
        match fits.into_iter().find(|step| total / step <= MOST) {
            Some(step) => return step,
            None => power = power.saturating_mul(10),
        }
    }
}

/// The ticks, each with its label: all of one unit.
pub(super) fn ticks(total: u64) -> Vec<(u64, String)> {
    let step = step(total);
    let (unit, name) = if total < 1_000_000 { (1_000, "ms") } else { (1_000_000, "s") };
    let has = |decimals: &u32| step.is_multiple_of(unit / 10_u64.pow(*decimals));
    let decimals = (0..=3).find(has).unwrap_or(3);
    let label = |at: u64| match at {
        0 => "0".to_owned(),
        at => format!("{:.*} {name}", decimals as usize, at as f64 / unit as f64),
    };
    (0..=total / step).map(|index| (index * step, label(index * step))).collect()
}

/// A time with about three digits: `0.042 ms`, `4.2 ms`, `123 ms`, `1.23 s`, `75 s`.
pub(super) fn time(microseconds: u64) -> String {
    let milliseconds = microseconds as f64 / 1_000.0;
    match microseconds {
        0 => "0 ms".to_owned(),
        1..1_000 => format!("{milliseconds:.2} ms"),
        1_000..10_000 => format!("{milliseconds:.1} ms"),
        10_000..999_500 => format!("{milliseconds:.0} ms"),
        999_500..60_000_000 => format!("{:.2} s", milliseconds / 1_000.0),
        _ => format!("{:.0} s", milliseconds / 1_000.0),
    }
}
