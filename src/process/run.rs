//! Runs one program: threads read its pipes, and it is ended if it is silent or runs for too long.
//!
//! It is done once it has ended, though another process may still hold its pipes: what it has started
//! and left behind can keep them open for as long as it likes.

use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Error, Kept, Output, Program};
use crate::address::redact;
use crate::patience::Limit;

/// How often a program that writes is asked whether it has ended.
const GLANCE: Duration = Duration::from_millis(200);
/// How long a program that has ended is listened to, while its pipes are open.
const LAST_WORDS: Duration = Duration::from_millis(800);
/// Bytes that are read at a time.
const PIECE: usize = 64 << 10;
/// How much is kept of what is only shown, in bytes: the end of it.
const TALK: usize = 1 << 20;
/// In how many of its last bytes is looked for what a program is at.
const LAST: usize = 16 << 10;
/// The most bytes of an answer: no listing of git's has as many.
const LARGEST_ANSWER: usize = 1 << 30;

impl Program {
    /// Runs it to its end; a status other than 0 is no error here. Who waits is told once a second
    /// that it still runs.
    pub(crate) fn run(&self) -> Result<Output, Error> {
        let name = || self.name.clone();
        let has_input = !self.input.is_empty();
        let stdin = if has_input { Stdio::piped() } else { Stdio::null() };
        let mut child = self.start(stdin, Stdio::piped())?;
        if let Some(mut pipe) = child.0.stdin.take() {
            let input = self.input.clone();
            // In a thread, for a pipe holds 64 KiB (pipe(7)): if the program waits for its output
            // to be read before it reads on, both would wait for ever. A program may also end
            // before it has read all; its status then says why.
            std::thread::spawn(move || drop(pipe.write_all(&input)));
        }
        let (heard, receiver) = mpsc::channel();
        let out = child.0.stdout.take().expect("standard output was asked for");
        let err = child.0.stderr.take().expect("standard error was asked for");
        let lines = self.lines.clone().map(|sender| Lines { sender, begun: Vec::new() });
        let stdout = listen(out, self.kept, heard.clone(), lines);
        let stderr = listen(err, Kept::End, heard, None);
        let mut wait = self.environment.patience().wait(&self.what);
        let (mut last_words, mut asked) = (Instant::now(), Instant::now());
        let (mut ended, mut nap) = (None, Duration::from_micros(100));
        loop {
            wait.tick(|| self.at.and_then(|at| stdout.latest(at).or_else(|| stderr.latest(at))));
            let (is_heard, is_closed) = match receiver.recv_timeout(GLANCE) {
                Ok(()) => (true, false),
                Err(RecvTimeoutError::Timeout) => (false, false),
                // Both pipes are closed: as a rule the program has ended, or is about to.
                Err(RecvTimeoutError::Disconnected) => (false, true),
            };
            if ended.is_some_and(|at: Instant| is_closed || at.elapsed() >= LAST_WORDS) {
                break;
            }
            if is_heard {
                last_words = Instant::now();
            }
            let reached = if last_words.elapsed() > self.limits.silence {
                Some(Limit::Silence(self.limits.silence))
            } else if wait.elapsed() > self.limits.total {
                Some(Limit::Total(self.limits.total))
            } else {
                None
            };
            if let Some(limit) = reached.filter(|_| ended.is_none()) {
                child.end();
                return Err(Error::Late { what: self.what.clone(), limit });
            }
            if ended.is_none() && (!is_heard || asked.elapsed() >= GLANCE) {
                asked = Instant::now();
                let status = child.0.try_wait();
                let status = status.map_err(|source| Error::Wait { name: name(), source })?;
                ended = status.map(|_| asked);
                if is_closed && ended.is_none() {
                    std::thread::sleep(nap);
                    nap = GLANCE.min(nap * 2);
                }
            }
            if stdout.is_too_long() {
                child.end();
                return Err(Error::TooLong { name: name() });
            }
        }
        let status = child.0.wait().map_err(|source| Error::Wait { name: name(), source })?;
        Ok(Output {
            success: status.success(),
            status: status.to_string(),
            code: status.code(),
            stdout: stdout.take(),
            stderr: redact(&String::from_utf8_lossy(&stderr.take())),
        })
    }
}

/// What was read from a pipe.
#[derive(Clone)]
struct Heard {
    bytes: Arc<Mutex<Vec<u8>>>,
    kept: Kept,
}

impl Heard {
    fn add(&self, piece: &[u8]) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(piece);
        // Not at each piece: what stays is moved.
        if self.kept == Kept::End && bytes.len() >= 2 * TALK {
            let first = bytes.len() - TALK;
            bytes.drain(..first);
        }
    }

    /// What its last line says that says something.
    fn latest(&self, at: fn(&str) -> Option<String>) -> Option<String> {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let end = &bytes[bytes.len().saturating_sub(LAST)..];
        redact(&String::from_utf8_lossy(end)).lines().rev().find_map(at)
    }

    fn is_too_long(&self) -> bool {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).len() > LARGEST_ANSWER
    }

    fn take(&self) -> Vec<u8> {
        let mut bytes =
            std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner));
        if self.kept == Kept::End && bytes.len() > TALK {
            bytes.drain(..bytes.len() - TALK);
        }
        bytes
    }
}

/// Passes lines on as they come; what follows the last end of a line is none.
struct Lines {
    sender: Sender<String>,
    /// A line without its end so far.
    begun: Vec<u8>,
}

impl Lines {
    fn add(&mut self, piece: &[u8]) {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if let Some(line) = self.begun.strip_suffix(b"\n") {
                // Whoever has listened may have heard enough.
                drop(self.sender.send(String::from_utf8_lossy(line).into_owned()));
                self.begun.clear();
            }
        }
    }
}

/// Reads a pipe until it is closed, and sends a message for each piece.
fn listen(
    mut pipe: impl Read + Send + 'static,
    kept: Kept,
    heard: Sender<()>,
    mut lines: Option<Lines>,
) -> Heard {
    let all = Heard { bytes: Arc::default(), kept };
    let to = all.clone();
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        // An error in reading counts as the end, for the status of the program says what went
        // wrong. `send` fails when nobody waits for its words any more.
        while let Ok(length @ 1..) = pipe.read(&mut piece) {
            to.add(&piece[..length]);
            if let Some(lines) = &mut lines {
                lines.add(&piece[..length]);
            }
            if to.is_too_long() || heard.send(()).is_err() {
                break;
            }
        }
    });
    all
}
