//! Runs a command, takes its time or its memory, and reduces pairs of runs to a line's numbers.
//!
//! Time is wall time from start to end of the process, as a user waits for it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// Prints what the command in its arguments used: its peak memory, in KiB (macOS counts in bytes), and
/// how many bytes it wrote to files.
const USAGE_OF_CHILD: &str = "\
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_maxrss // 1024 if sys.platform == 'darwin' else usage.ru_maxrss, usage.ru_oublock * 512)
sys.exit(code if code >= 0 else 128 - code)
";

/// Prints the seconds that the command in its arguments, and its children, had of the processors.
const CPU_OF_CHILD: &str = "\
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime)
sys.exit(code if code >= 0 else 128 - code)
";

/// What a run used.
pub(crate) struct Usage {
    /// Its peak resident memory in KiB.
    ///
    /// The kernel counts what the child held before it became the command too, so a reading is
    /// never below Python's own, about 10 MiB.
    pub(crate) peak_kib: u64,
    /// The bytes of the pages that it made dirty in files; Linux counts them in blocks of 512
    /// (`ru_oublock` in getrusage(2)).
    pub(crate) written: u64,
}

/// The wall times of runs that took turns; one of each side makes a pair.
pub(crate) struct Pairs {
    /// The peer's, in the order of the runs.
    peer: Vec<Duration>,
    /// Ours, in the order of the runs.
    ours: Vec<Duration>,
}

impl Pairs {
    /// Returns how many pairs there are.
    pub(crate) fn count(&self) -> usize {
        self.peer.len()
    }

    /// Returns the peer's median, in seconds.
    pub(crate) fn peer_seconds(&self) -> f64 {
        median(self.peer.iter().map(Duration::as_secs_f64).collect())
    }

    /// Returns our median, in seconds.
    pub(crate) fn our_seconds(&self) -> f64 {
        median(self.ours.iter().map(Duration::as_secs_f64).collect())
    }

    /// Returns the median of the pairs' ratios; above 1 ours is faster.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    /// Returns the smallest and the largest ratio of a pair.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let ratios = self.ratios();
        (
            ratios.iter().copied().fold(f64::INFINITY, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
        )
    }

    /// Returns peer / ours of each pair.
    fn ratios(&self) -> Vec<f64> {
        self.peer
            .iter()
            .zip(&self.ours)
            .map(|(peer, ours)| peer.as_secs_f64() / ours.as_secs_f64())
            .collect()
    }
}

/// Lets peer and ours take turns, after one run of each that does not count.
///
/// Both prepare and settle outside of the time that they return.
///
/// # Errors
///
/// The first run that fails ends it.
pub(crate) fn interleave(
    pairs: usize,
    mut peer: impl FnMut() -> Result<Duration>,
    mut ours: impl FnMut() -> Result<Duration>,
) -> Result<Pairs> {
    peer()?;
    ours()?;
    let mut measured = Pairs { peer: Vec::new(), ours: Vec::new() };
    for _ in 0..pairs {
        measured.peer.push(peer()?);
        measured.ours.push(ours()?);
    }
    Ok(measured)
}

/// Runs the command to its end and returns its wall time.
///
/// # Errors
///
/// It could not be started, or did not succeed; the last lines of its stderr are in the message.
pub(crate) fn time(command: &mut Command) -> Result<Duration> {
    time_ending(command, 0)
}

/// The same, for a command that is to end with this exit code.
///
/// # Errors
///
/// As [`time`].
pub(crate) fn time_ending(command: &mut Command, code: i32) -> Result<Duration> {
    command.stdout(Stdio::null());
    let start = Instant::now();
    let outcome = command.output();
    let elapsed = start.elapsed();
    ended(command, outcome, code).map(|_| elapsed)
}

/// Runs the command and returns what it wrote to stdout.
///
/// # Errors
///
/// As [`time`].
pub(crate) fn answer(command: &mut Command) -> Result<String> {
    let outcome = command.output();
    ended(command, outcome, 0)
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs the command under a small Python and returns the time that it and its children had of the processors.
///
/// # Errors
///
/// As [`time`].
pub(crate) fn cpu(command: &mut Command) -> Result<Duration> {
    let text = answer(&mut wrapped(command, CPU_OF_CHILD))?;
    let seconds = text.parse().map_err(|_| format!("{command:?} took no number: `{text}`"))?;
    Ok(Duration::from_secs_f64(seconds))
}

/// Returns the command as an argument of a Python script.
fn wrapped(command: &Command, script: &str) -> Command {
    let mut wrapper = Command::new("python3");
    wrapper.args(["-c", script]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        wrapper.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapper.env(name, value),
            None => wrapper.env_remove(name),
        };
    }
    wrapper
}

/// Runs the command under a small Python and returns what it used.
///
/// # Errors
///
/// As [`time`].
pub(crate) fn usage(command: &Command) -> Result<Usage> {
    let text = answer(&mut wrapped(command, USAGE_OF_CHILD))?;
    let numbers = text.split_once(' ').map(|(peak, written)| (peak.parse(), written.parse()));
    match numbers {
        Some((Ok(peak_kib), Ok(written))) => Ok(Usage { peak_kib, written }),
        _ => Err(format!("what {command:?} used is no two numbers: `{text}`")),
    }
}

/// Returns the middle value, or the mean of the two in the middle; not a number of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.as_slice() {
        [] => f64::NAN,
        values if values.len() % 2 == 1 => values[middle],
        values => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Makes a sentence of a command that could not start or ended with another exit code.
///
/// # Errors
///
/// It did not end with that code.
fn ended(
    command: &Command,
    outcome: std::io::Result<std::process::Output>,
    code: i32,
) -> Result<std::process::Output> {
    let program = command.get_program().display();
    let output = match outcome {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(format!("`{program}` is not there; this benchmark needs it"));
        }
        Err(error) => return Err(format!("cannot start `{program}`: {error}")),
    };
    if output.status.code() == Some(code) {
        return Ok(output);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = stderr.lines().collect();
    let last = lines[lines.len().saturating_sub(8)..].join("\n  ");
    Err(format!("{command:?} failed ({}):\n  {last}", output.status))
}
