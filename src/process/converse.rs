//! Runs one program and talks with it: it writes lines to its standard output, and gets answers on
//! its standard input. What it writes to standard error is handed on at once.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::children::Living;
use super::{Error, Program};

/// How often the end of a program is looked for whose pipe stays open, since others have it, too.
const GLANCE: Duration = Duration::from_millis(50);

/// How long the last words of a program are waited for that has ended, on each of its pipes: what it
/// has left running may hold one open for ever.
const LAST_WORDS: Duration = Duration::from_millis(900);

/// Takes what a program writes to standard error, as it comes; nothing once that is over.
pub(crate) type Hear = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// What follows a line.
#[derive(Debug)]
pub(crate) enum Reply {
    /// These bytes go to the program, and its time begins anew.
    Anew(Vec<u8>),
    /// These bytes go to the program. The time until then is not counted.
    Answer(Vec<u8>),
    /// Nothing more is wanted of it: it is ended.
    Enough,
}

/// How a conversation ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// By [`Reply::Enough`].
    Wished,
    /// The program ended by itself, as text: `exit status: 1`.
    Itself(String),
    /// Its time was over.
    Late,
}

impl Program {
    /// Runs it until enough was heard of it, or it has ended, or was not heard of for `limit`. In
    /// each case it is ended with all that it started. Its input comes first.
    ///
    /// # Errors
    ///
    /// It can't be started; or the error of whoever listens.
    pub(crate) fn converse<E: From<Error>>(
        &self,
        hear: Option<&Hear>,
        limit: Duration,
        listen: &mut dyn FnMut(&[u8]) -> Result<Reply, E>,
    ) -> Result<Ended, E> {
        let stderr = if hear.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.start(Stdio::piped(), stderr)?;
        let last_words = hear.zip(child.0.stderr.take()).map(|(hear, pipe)| hearer(pipe, hear));
        let ended = self.listen(child, limit, listen);
        if let Some(last_words) = last_words {
            // It is over, or it is not waited for any longer.
            let _ = last_words.recv_timeout(LAST_WORDS);
        }
        ended
    }

    /// The conversation, until the program was ended.
    fn listen<E: From<Error>>(
        &self,
        mut child: Living,
        limit: Duration,
        listen: &mut dyn FnMut(&[u8]) -> Result<Reply, E>,
    ) -> Result<Ended, E> {
        let input = writer(child.0.stdin.take().expect("standard input was asked for"));
        let lines = reader(child.0.stdout.take().expect("standard output was asked for"));
        // A program that has ended takes nothing: its status then says why.
        let write = |bytes: Vec<u8>| drop(input.send(bytes));
        write(self.input.clone());
        let mut since = Instant::now();
        let mut ended: Option<(String, Instant)> = None;
        loop {
            let left = limit.saturating_sub(since.elapsed());
            let wait = if ended.is_some() { GLANCE } else { left.min(GLANCE) };
            let heard = lines.recv_timeout(wait);
            let is_over = matches!(heard, Err(RecvTimeoutError::Disconnected));
            match heard {
                Ok(line) => {
                    let begun = Instant::now();
                    match listen(&line)? {
                        Reply::Enough => {
                            child.end();
                            return Ok(Ended::Wished);
                        }
                        Reply::Anew(bytes) => {
                            write(bytes);
                            since = Instant::now();
                        }
                        Reply::Answer(bytes) => {
                            write(bytes);
                            since += begun.elapsed();
                        }
                    }
                    continue;
                }
                // Its own pipe is closed, and it may go on for all that.
                Err(RecvTimeoutError::Disconnected) if ended.is_none() => {
                    std::thread::sleep(left.min(GLANCE));
                }
                Err(_) => {}
            }
            if let Some((status, at)) = &ended {
                if is_over || at.elapsed() >= LAST_WORDS {
                    return Ok(Ended::Itself(status.clone()));
                }
                // The thread that reads may not have been given time yet.
                continue;
            }
            let status = child.0.try_wait();
            match status.map_err(|source| Error::Wait { name: self.name.clone(), source })? {
                // What it has started may hold the pipe open. It is ended (a group keeps its number
                // for as long as one of it lives), and lines that are on their way are heard.
                Some(status) => {
                    child.end();
                    ended = Some((status.to_string(), Instant::now()));
                }
                None if left.is_zero() => {
                    child.end();
                    return Ok(Ended::Late);
                }
                None => {}
            }
        }
    }
}

/// Writes what it is sent, in a thread of its own: a pipe holds 64 KiB (pipe(7)).
fn writer(mut pipe: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, bytes) = mpsc::channel::<Vec<u8>>();
    std::thread::spawn(move || {
        bytes.into_iter().try_for_each(|bytes| pipe.write_all(&bytes).and_then(|()| pipe.flush()))
    });
    sender
}

/// Hands on what comes, in a thread of its own; the pipe that it returns is closed when that is over.
fn hearer(mut pipe: ChildStderr, hear: &Hear) -> Receiver<()> {
    let (over, is_over) = mpsc::channel();
    let hear = Arc::clone(hear);
    std::thread::spawn(move || {
        let mut bytes = [0; 8 << 10];
        while let Ok(count @ 1..) = pipe.read(&mut bytes) {
            hear(&bytes[..count]);
        }
        hear(&[]);
        drop(over);
    });
    is_over
}

/// Reads lines, each with its end, until the pipe is closed or nobody listens. An error in reading
/// counts as the end.
fn reader(pipe: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, lines) = mpsc::channel();
    let mut pipe = BufReader::new(pipe);
    let mut next = move || -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        pipe.read_until(b'\n', &mut line)?;
        Ok(line.ends_with(b"\n").then_some(line))
    };
    std::thread::spawn(move || {
        while let Ok(Some(line)) = next()
            && sender.send(line).is_ok()
        {}
    });
    lines
}
