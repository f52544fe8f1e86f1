//! Measures whole runs of `cargo-dofs-package` beside what people use today: `zip`, a shell
//! loop of it, `pip install` before it.
//!
//! Peer and ours take turns (A B A B …) in one run on one machine, after a warm-up each, and a
//! ratio is the median of the ratios of the pairs: what disturbs the machine for a while
//! disturbs both. The zips of both sides are removed before each run, so one that is there
//! afterwards was made by it. Nothing is asserted: a row says whether its bar is met.
//!
//! ```text
//! cargo bench --bench peers                         # every row
//! cargo bench --bench peers -- api many -n 5        # two rows, five pairs each
//! BENCH_TOOL=/path/to/other/build cargo bench …     # another build in the place of ours
//! ```
//!
//! Needs `zip`, `python3` with pip, and the package index. All files live in one folder under
//! the temporary folder, about 1 GB for all rows, which is removed at the end; an interrupted
//! run leaves it. On a busy machine read the spread before the ratio.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the doors to disk and programs belong to the crate; a benchmark stands outside"
)]

#[path = "peers/corpus.rs"]
mod corpus;
#[path = "peers/index.rs"]
mod index;
#[path = "peers/locked.rs"]
mod locked;
#[path = "peers/measure.rs"]
mod measure;
#[path = "peers/members.rs"]
mod members;
#[path = "peers/project.rs"]
mod project;
#[path = "peers/rows.rs"]
mod rows;
#[path = "peers/scale.rs"]
mod scale;
#[path = "peers/synthetic.rs"]
mod synthetic;
#[path = "peers/table.rs"]
mod table;
#[path = "peers/unchanged.rs"]
mod unchanged;
#[path = "peers/workshop.rs"]
mod workshop;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use rows::{ROWS, Row};
use workshop::Workshop;

/// What goes wrong is a sentence for whoever runs the benchmark.
type Result<T> = std::result::Result<T, String>;

/// How often peer and ours take turns where the command line does not say.
const PAIRS: usize = 7;

/// What was asked for on the command line.
enum Request {
    /// Run these rows, with so many pairs each.
    Measure {
        /// In the order of [`ROWS`].
        rows: Vec<&'static Row>,
        /// At least one.
        pairs: usize,
    },
    /// Say how this is used.
    Help,
    /// Do nothing: `cargo test --all-targets` runs benches too, and not to measure.
    Nothing,
}

fn main() -> ExitCode {
    let request = match parse(env::args().skip(1)) {
        Ok(request) => request,
        Err(message) => return refuse(&message, 2),
    };
    let outcome = match request {
        Request::Help => say(&help()),
        Request::Nothing => say("peers: nothing measured without `--bench`; run `cargo bench`\n"),
        Request::Measure { rows, pairs } => measure(&rows, pairs),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => refuse(&message, 1),
    }
}

/// Reads the command line, without the program's own name.
///
/// # Errors
///
/// A number or a row that is none; the message shows the rows.
fn parse(arguments: impl Iterator<Item = String>) -> Result<Request> {
    let mut arguments = arguments;
    let mut asked = Vec::new();
    let mut pairs = PAIRS;
    let mut is_bench = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => is_bench = true,
            "-h" | "--help" => return Ok(Request::Help),
            "-n" => {
                let number = arguments.next().unwrap_or_default();
                pairs = match number.parse() {
                    Ok(pairs) if pairs > 0 => pairs,
                    _ => return Err(format!("`-n` needs a number of pairs, not `{number}`")),
                };
            }
            _ => asked.push(argument),
        }
    }
    if !is_bench {
        return Ok(Request::Nothing);
    }
    for name in &asked {
        if !ROWS.iter().any(|row| row.name == name) {
            return Err(format!("no row is named `{name}`\n\n{}", help()));
        }
    }
    let rows = ROWS
        .iter()
        .filter(|row| asked.is_empty() || asked.iter().any(|name| name == row.name))
        .collect();
    Ok(Request::Measure { rows, pairs })
}

/// Measures the rows and prints the table; a row that fails does not stop the others.
///
/// # Errors
///
/// A program is missing, or a row failed: all messages, after the table of the others.
fn measure(rows: &[&Row], pairs: usize) -> Result<()> {
    let mut workshop = Workshop::open()?;
    let mut lines = Vec::new();
    let mut failures = Vec::new();
    for row in rows {
        note(&format!("measuring {}: {}\n", row.name, row.summary));
        match (row.measure)(&mut workshop, pairs) {
            Ok(measured) => lines.extend(measured),
            Err(message) => failures.push(format!("row `{}`: {message}", row.name)),
        }
    }
    let mut report = String::new();
    for fact in workshop.facts() {
        report.push_str(&format!("- {fact}\n"));
    }
    if !lines.is_empty() {
        report.push('\n');
        report.push_str(&table::render(&lines));
    }
    workshop.close()?;
    say(&report)?;
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// Returns how to use this, with the rows there are.
fn help() -> String {
    let mut text = String::from("usage: cargo bench --bench peers -- [ROW…] [-n PAIRS]\n\nrows:\n");
    for row in &ROWS {
        text.push_str(&format!("  {:9} {}\n", row.name, row.summary));
    }
    text
}

/// Writes to stdout; a reader that has left is an error like any other, not a panic.
///
/// # Errors
///
/// Stdout is closed or full.
fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| format!("cannot write to stdout: {error}"))
}

/// Writes talk to stderr. Where that is closed there is nobody to tell.
fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says what is wrong and returns the exit code.
fn refuse(message: &str, code: u8) -> ExitCode {
    note(&format!("error: {}\n", message.trim_end()));
    ExitCode::from(code)
}
