//! Runs one program: its pipes are served by threads, its silence is timed.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::children::Living;
use super::{Error, Output, Program, redact};

/// How often the caller hears that the program still runs.
const TICK: Duration = Duration::from_secs(1);

/// A line of one of the two pipes.
enum Line {
    /// Of standard output.
    Out(Vec<u8>),
    /// Of standard error.
    Err(Vec<u8>),
}

pub(super) fn run(program: &Program, tick: &mut dyn FnMut(Duration)) -> Result<Output, Error> {
    let name = || program.name.clone();
    let mut command = Command::new(&program.name);
    let has_input = !program.input.is_empty();
    command.args(&program.arguments);
    command.stdin(if has_input { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_clear().envs(program.environment.all());
    if let Some(folder) = &program.folder {
        command.current_dir(folder);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);

    let mut child =
        Living::start(&mut command).map_err(|source| Error::Start { name: name(), source })?;
    if let Some(pipe) = child.0.stdin.take() {
        write_input(pipe, program.input.clone());
    }
    let (sender, receiver) = mpsc::channel();
    let out = child.0.stdout.take().expect("standard output was asked for");
    let err = child.0.stderr.take().expect("standard error was asked for");
    let started = Instant::now();
    let (mut last_line, mut ticked) = (started, started);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    read_lines(out, sender.clone(), Line::Out);
    read_lines(err, sender, Line::Err);
    loop {
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            tick(started.elapsed());
        }
        match receiver.recv_timeout(TICK) {
            Ok(line) => {
                last_line = Instant::now();
                match line {
                    Line::Out(line) => stdout.extend(line),
                    Line::Err(line) => stderr.extend(line),
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                if last_line.elapsed() > program.silence {
                    child.end();
                    let seconds = program.silence.as_secs();
                    return Err(Error::Silent { name: name(), seconds });
                }
            }
            // Both pipes are closed: the program has ended, or is about to.
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.0.wait().map_err(|source| Error::Wait { name: name(), source })?;
    Ok(Output {
        success: status.success(),
        status: status.to_string(),
        code: status.code(),
        stdout,
        stderr: redact(&String::from_utf8_lossy(&stderr)),
    })
}

/// Writes what a program reads, beside what it says: else both could wait for each other.
fn write_input(mut pipe: impl Write + Send + 'static, input: Vec<u8>) {
    std::thread::spawn(move || {
        // Who ends before all is read has its reasons, and its status tells them.
        drop(pipe.write_all(&input));
    });
}

/// Sends each line of a pipe, until it is closed.
fn read_lines(pipe: impl Read + Send + 'static, sender: Sender<Line>, wrap: fn(Vec<u8>) -> Line) {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            match pipe.read_until(b'\n', &mut line) {
                // A pipe that can't be read any more is a closed one; the status tells the rest.
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if sender.send(wrap(line)).is_err() {
                return;
            }
        }
    });
}
