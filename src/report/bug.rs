//! Faults of this program: a panic becomes a failure.
//!
//! What is read here was written by strangers, and is parsed by crates of others, of which some
//! panic on text that nobody foresaw. [`hold()`] does a piece of work and turns a panic in it into
//! a [`Failure`], so that the rest goes on. Where it panicked only the hook is told, on the thread
//! that panicked, which may be another one than the one that waits for it: so the hook keeps the
//! place by the panic's message.
//!
//! A stack that overflows, and memory that runs out, end the process: no hook can hold these.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::Failure;

/// Where it panicked, by the message, with the lines of a backtrace where `RUST_BACKTRACE` asks for it.
static PLACES: Mutex<BTreeMap<String, (String, Vec<String>)>> = Mutex::new(BTreeMap::new());

/// Keeps from now on where it panics, and says nothing of it: the failure does, as all messages are
/// said, without the credentials that a parser may quote.
pub(crate) fn listen() {
    panic::set_hook(Box::new(note));
}

fn note(panic: &PanicHookInfo<'_>) {
    if let Some(place) = panic.location() {
        let place = format!("{}:{}", of_crate(place.file()), place.line());
        let trace = Backtrace::capture();
        let lines = match trace.status() {
            BacktraceStatus::Captured => trace.to_string().lines().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(message(panic.payload()).to_owned(), (place, lines));
    }
}

/// The path of a source without the folder in which cargo unpacked its crate.
fn of_crate(path: &str) -> &str {
    let in_registry = path.split_once("/registry/src/").and_then(|(_, path)| path.split_once('/'));
    in_registry.map_or(path, |(_, path)| path)
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
}

/// Does a piece of work; a panic in it, on whatever thread, is its failure.
///
/// Nothing that the work has half done is looked at again but what lies behind a lock, and every
/// lock here guards a map or a list that is whole between two calls.
pub(crate) fn hold<T, E: From<Failure>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = message(&*payload);
        let places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        let (cause, trace) = match places.get(message) {
            Some((place, trace)) => (format!("{message}, at {place}"), &trace[..]),
            None => (message.to_owned(), &[][..]),
        };
        let failure = Failure::bug("a bug in this tool stopped the work").said([cause]);
        let failure = failure.said(trace.iter().cloned());
        let hint =
            "report it to its makers, with what is said above; `RUST_BACKTRACE=1` shows more";
        Err(failure.hint(hint).into())
    })
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::super::FailureKind;
    use super::*;

    fn held(work: impl FnOnce() -> Result<u8, Failure>) -> Failure {
        hold(work).unwrap_err()
    }

    #[test]
    fn what_succeeds_or_fails_stays_as_it_is() {
        assert_eq!(hold(|| Ok::<_, Failure>(1)), Ok(1));
        let failure = Failure::input("lock-invalid", "it is wrong");
        assert_eq!(held(|| Err(failure.clone())), failure);
    }

    #[test]
    fn a_panic_is_a_failure_with_its_message() {
        let texts = [
            held(|| panic!("a text")),
            held(|| panic!("text {}", 1)),
            held(|| Ok("x".parse().ok().unwrap())),
            held(|| Ok("x".parse().unwrap())),
            held(|| Ok("x".as_bytes().to_vec()[1])),
            held(|| panic::panic_any(5)),
        ]
        .map(|failure| failure.causes[0].split(", at ").next().unwrap().to_owned());
        assert_eq!(
            texts,
            [
                "a text",
                "text 1",
                "called `Option::unwrap()` on a `None` value",
                "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }",
                "index out of bounds: the len is 1 but the index is 1",
                "it panicked",
            ]
        );
    }

    #[test]
    fn a_panic_is_a_bug_and_stays_one_of_its_lambda() {
        let failure = held(|| panic!("a bug")).of_lambda("api", "lambdas/api");
        assert_eq!((failure.kind, failure.code), (FailureKind::Bug, "internal"));
        assert_eq!(failure.name.as_deref(), Some("api"));
    }

    #[test]
    fn a_panic_on_another_thread_has_its_place() {
        listen();
        let failure = held(|| {
            let numbers: Vec<u8> = (0..100_u8).into_par_iter().map(odd).collect();
            Ok(numbers[0])
        });
        let cause = &failure.causes[0];
        assert!(cause.starts_with("99 is odd, at src/report/bug.rs:"), "{cause}");
    }

    fn odd(number: u8) -> u8 {
        assert!(number < 99, "{number} is odd");
        number
    }

    #[test]
    fn a_lock_that_was_held_can_be_taken_again() {
        let lock = Mutex::new(1);
        let failure = held(|| {
            let _taken = lock.lock().unwrap();
            panic!("while it is held")
        });
        assert_eq!(failure.code, "internal");
        assert_eq!(*lock.lock().unwrap_or_else(PoisonError::into_inner), 1);
    }

    #[test]
    fn the_place_in_a_crate_is_told_without_its_folder() {
        let path = "/home/me/.cargo/registry/src/index-1/pep508_rs-0.9.2/src/lib.rs";
        assert_eq!(of_crate(path), "pep508_rs-0.9.2/src/lib.rs");
        assert_eq!(of_crate("src/wheel/open.rs"), "src/wheel/open.rs");
    }
}
