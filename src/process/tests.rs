//! What the door to programs promises, tried on the shell.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::patience::{Patience, Running};
use crate::report::FailureKind;

/// An environment in which the shell finds its programs.
#[cfg(unix)]
fn path() -> Environment {
    Environment::new([("PATH".into(), "/usr/bin:/bin".into())])
}

#[test]
fn the_last_lines_are_those_that_say_something() {
    assert_eq!(last_lines("a\n\nb\n  \nc\n\n", 2), ["b", "c"]);
    assert_eq!(last_lines("", 2), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_program_is_heard_on_both_pipes_and_its_passwords_are_not() {
    let program = Program::new("sh", ["-c", "echo out; echo http://u:p@h >&2; exit 3"], path());
    let output = program.run().unwrap();
    assert_eq!((&*output.text(), output.stderr.as_str()), ("out\n", "http://****@h\n"));
    assert_eq!((output.success, output.code), (false, Some(3)));
}

#[cfg(unix)]
#[test]
fn a_silent_program_is_ended_with_all_it_started() {
    let limits = Limits { silence: Duration::from_millis(10), ..Limits::default() };
    let program = Program::new("/bin/sh", ["-c", "sleep 100 & sleep 100"], path().limited(limits));
    let failure = program.run().unwrap_err().failure("sh");
    assert_eq!(failure.message, "`sh` said nothing for 0.01 s, and was ended");
    assert_eq!((failure.code, failure.kind), ("timed-out", FailureKind::Program));
    let hint = "raise `quiet-timeout` in dofs-package.toml, if it only needs more time";
    assert_eq!(failure.hint.as_deref(), Some(hint));
}

#[cfg(unix)]
#[test]
fn a_program_that_runs_for_too_long_is_ended_however_it_spends_its_time() {
    let limits = Limits { total: Duration::from_millis(300), ..Limits::default() };
    for script in [
        "sleep 100",
        "while :; do echo out; sleep 0.01; done",
        "while :; do echo err >&2; sleep 0.01; done",
        "yes",
        "exec >&- 2>&-; sleep 100",
        "trap '' TERM INT HUP; while :; do sleep 0.05; done",
        "sleep 100 & wait",
        "cat; sleep 100",
    ] {
        let program = Program::new("sh", ["-c", script], path().limited(limits));
        let failure = program.run().unwrap_err().failure("sh");
        assert_eq!(failure.message, "`sh` was not done in 0.3 s, and was ended", "{script}");
        let hint = "raise `timeout` in dofs-package.toml, if it only needs more time";
        assert_eq!((failure.code, failure.hint.as_deref()), ("timed-out", Some(hint)), "{script}");
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_has_ended_is_done_though_another_holds_its_pipes() {
    let program = Program::new("sh", ["-c", "sleep 1000 & echo $!; echo here >&2"], path());
    let output = program.run().unwrap();
    assert_eq!((output.success, output.stderr.as_str()), (true, "here\n"));
    // The other has not ended by itself.
    let killed = std::process::Command::new("kill").arg(output.text().trim()).status().unwrap();
    assert!(killed.success());
}

#[cfg(unix)]
#[test]
fn of_what_is_only_shown_the_end_is_kept() {
    let talk = "head -c 5000000 /dev/zero | tr '\\0' x; echo out; \
                { head -c 5000000 /dev/zero | tr '\\0' y; echo err; } >&2";
    for (kept, length) in [(Kept::All, 5_000_004), (Kept::End, 1 << 20)] {
        let program = Program { kept, ..Program::new("sh", ["-c", talk], path()) };
        let output = program.run().unwrap();
        assert_eq!((output.stdout.len(), output.stderr.len()), (length, 1 << 20), "{kept:?}");
        assert!(output.stdout.ends_with(b"xout\n") && output.stderr.ends_with("yerr\n"));
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_talks_is_told_of_each_second_with_what_it_is_at_and_when_it_is_over() {
    let talk = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo $i; sleep 0.1; done";
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    let patience = Patience::told_to(Arc::new(move |it: Running<'_>| {
        let at = it.at.map(str::to_owned);
        hear.lock().unwrap().push((it.what.to_owned(), at, it.elapsed.is_some()));
    }));

    let at = |line: &str| line.starts_with('1').then(|| line.to_owned());
    let program = Program::new("sh", ["-c", talk], path().waiting(patience.clone()));
    Program { at: Some(at), ..program }.run().unwrap();
    Program::new("true", [""; 0], path().waiting(patience)).run().unwrap();

    let told = told.lock().unwrap();
    assert!(told.len() > 1, "{told:?}");
    // By then it has said `10` at the least; what says nothing is passed over.
    assert!(told[0].1.as_ref().is_some_and(|at| at.starts_with('1')), "{told:?}");
    let running = told.iter().map(|(what, _, runs)| (what.as_str(), *runs));
    let expected = (1..told.len()).map(|_| ("`sh`", true)).chain([("`sh`", false)]);
    assert!(running.eq(expected), "{told:?}");
}

#[test]
fn a_missing_program_is_named() {
    let error = Program::new("no-such-program", [""; 0], Environment::default()).run().unwrap_err();
    assert_eq!(error.to_string(), "cannot run `no-such-program`");
}

#[cfg(unix)]
#[test]
fn a_program_reads_what_it_is_given_though_it_says_much_meanwhile() {
    let input: Vec<u8> = b"0123456789abcdef\n".repeat(20_000);
    let mut program = Program::new("cat", [""; 0], path());
    program.input.clone_from(&input);

    let output = program.run().unwrap();

    assert_eq!(output.stdout, input);
}

/// Talks with a script of the shell, and returns how that ended, with the lines that were heard.
#[cfg(unix)]
fn talk(script: &str, limit: Duration, replies: &[&str]) -> (Ended, Vec<String>) {
    let mut program = Program::new("sh", ["-c", script], path());
    program.input = b"first\n".to_vec();
    let (mut lines, mut replies) = (Vec::new(), replies.iter());
    let ended = program.converse::<Error>(None, limit, &mut |line| {
        lines.push(String::from_utf8_lossy(line).into_owned());
        let reply = replies.next();
        Ok(reply.map_or(Reply::Enough, |reply| Reply::Answer(reply.as_bytes().to_vec())))
    });
    (ended.unwrap(), lines)
}

#[cfg(unix)]
const LONG: Duration = Duration::from_secs(600);

#[cfg(unix)]
#[test]
fn a_conversation_goes_line_by_line_until_enough_was_heard() {
    let script = "read a; echo \"1 $a\"; read b; echo \"2 $b\"; sleep 1000";
    let (ended, lines) = talk(script, LONG, &["second\n"]);
    assert!(matches!(ended, Ended::Wished), "{ended:?}");
    assert_eq!(lines, ["1 first\n", "2 second\n"]);
}

#[cfg(unix)]
#[test]
fn a_program_that_ends_by_itself_is_heard_to_its_last_line_with_its_status() {
    let (ended, lines) = talk("echo 1; echo 2; exit 3", LONG, &["", ""]);
    assert!(matches!(&ended, Ended::Itself(status) if status == "exit status: 3"), "{ended:?}");
    assert_eq!(lines, ["1\n", "2\n"]);
    // What it leaves behind has its pipe, too.
    let (ended, lines) = talk("sleep 1000 & exit 4", LONG, &[]);
    assert!(matches!(&ended, Ended::Itself(status) if status == "exit status: 4"), "{ended:?}");
    assert_eq!(lines, Vec::<String>::new());
    // It may go on after its pipe is closed.
    let (ended, _) = talk("exec >&-; sleep 0.2; exit 5", LONG, &[]);
    assert!(matches!(&ended, Ended::Itself(status) if status == "exit status: 5"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn a_program_that_is_not_heard_of_is_ended_with_all_it_started() {
    let limit = Duration::from_millis(100);
    for script in ["sleep 1000 & sleep 1000", "exec >&-; sleep 1000"] {
        let (ended, _) = talk(script, limit, &[]);
        assert!(matches!(ended, Ended::Late), "{ended:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_answer_larger_than_a_pipe_is_written_while_lines_are_heard() {
    let large = format!("{}\n", "x".repeat(1_000_000));
    let script = "read a; echo more; read b; echo ${#b}";
    let (_, lines) = talk(script, LONG, &[&large]);
    assert_eq!(lines, ["more\n", "1000000\n"]);
}

#[cfg(unix)]
#[test]
fn the_error_of_whoever_listens_ends_the_program() {
    let program = Program::new("sh", ["-c", "echo 1; sleep 1000"], path());
    let name = || "listener".to_owned();
    let ended =
        program.converse::<Error>(None, LONG, &mut |_| Err(Error::TooLong { name: name() }));
    assert!(matches!(ended, Err(Error::TooLong { .. })), "{ended:?}");
}
