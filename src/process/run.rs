//! Runs one program: threads read its pipes, and it is ended if it is silent for too long.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Error, Output, Program, redact};

/// How often the caller is told that the program still runs.
const TICK: Duration = Duration::from_secs(1);

impl Program {
    /// Runs it to its end; a status other than 0 is no error here. `tick` is called about once a
    /// second with the time it has run.
    pub(crate) fn run(&self, tick: &mut dyn FnMut(Duration)) -> Result<Output, Error> {
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
        let started = Instant::now();
        let (mut last_line, mut ticked) = (started, started);
        let (stdout, stderr) = (read_lines(out, heard.clone()), read_lines(err, heard));
        loop {
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                tick(started.elapsed());
            }
            match receiver.recv_timeout(TICK) {
                Ok(()) => last_line = Instant::now(),
                Err(RecvTimeoutError::Timeout) => {
                    if last_line.elapsed() > self.silence {
                        child.end();
                        let seconds = self.silence.as_secs();
                        return Err(Error::Silent { name: name(), seconds });
                    }
                }
                // Both pipes are closed: the program has ended, or is about to.
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let [stdout, stderr] = [stdout, stderr].map(|pipe| pipe.join().expect("it only reads"));
        let status = child.0.wait().map_err(|source| Error::Wait { name: name(), source })?;
        Ok(Output {
            success: status.success(),
            status: status.to_string(),
            code: status.code(),
            stdout,
            stderr: redact(&String::from_utf8_lossy(&stderr)),
        })
    }
}

/// Reads a pipe until it is closed, and sends a message for each line.
fn read_lines(pipe: impl Read + Send + 'static, heard: Sender<()>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let (mut pipe, mut lines) = (BufReader::new(pipe), Vec::new());
        // An error in reading counts as the end, for the status of the program says what went
        // wrong. `send` fails when the program was ended and nobody waits for its lines.
        while pipe.read_until(b'\n', &mut lines).is_ok_and(|length| length > 0)
            && heard.send(()).is_ok()
        {}
        lines
    })
}
