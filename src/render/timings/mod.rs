//! How long a run took, and where: what `--timings` writes.
//!
//! A [`Stopwatch`] stands before the reporter that shows events, and looks at the clock when a stage
//! begins or ends. Without one nobody looks. At the end it gives one value, from which both forms are
//! made: the JSON, as that of all answers, and [`page()`], one file that a browser shows.

mod axis;
mod page;
mod stopwatch;
#[cfg(test)]
mod tests;

pub(crate) use page::page;
pub(crate) use stopwatch::{Outcome, Stopwatch};
