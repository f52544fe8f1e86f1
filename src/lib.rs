//! Packages Python lambdas for Terraform: the same bytes on every machine, for ever, for the
//! same inputs.
//!
//! # How the data flows
//!
//! ```text
//! argv, environment
//!    │  cli                      what was typed
//!    ▼
//! Tree                           the project's files, in the worktree or in a git revision;
//!    │                           everything below reads through it
//!    │  settings                 flags, environment, config: text becomes meaning, once
//!    ▼
//! Settings ─► lambda::discover ─► Vec<Lambda>      sorted by name
//!                                   │   pipeline: all lambdas side by side, in five steps
//!                                   ▼
//!             source::read        ► SourceTree     the lambda's own files, kept or left out
//!             requirements::find  ► Requirements   what says what it requires: lines or a project, read
//!                                                  into demands, each with its line; or which lock
//!             foreign::read       ► Pylock         or what another tool has locked
//!             pylock::read        ► Pylock         the lock beside them, if there is a fresh one;
//!             resolve             ► Pylock         else from the store, pip or uv
//!                                   ▼
//!             resolve::wheels     ► LockedWheels   the one door from a lock to exact wheels; what
//!                                                  has no wheel is built
//!             resolve::fetch                       what the store lacks: by http, or by pip
//!                                   ▼
//!             wheel::open, layout ► Layout         members, and where each goes
//!                                   ▼
//!             contents::lay_out   ► Contents       a sorted map of paths; conflicts decided
//!                                   ▼
//!             checks              ► Warnings       native code, sizes and imports, for the target
//!                                   ▼
//!             archive::write      ► Archive        the bytes: a function of Contents alone
//!             wheel::verify                        beside it, the store's wheels are hashed
//!                                   ▼
//!             archive::publish    ► Package        temporary file, synced, renamed
//! all lambdas ─►                    Report         packages and failures, plain values
//!                                   ▼
//!             render              ► stdout (the answer)     Event ─► Reporter ─► stderr
//! ```
//!
//! `lock` takes the same way as far as the `Pylock`, and writes it beside the requirements.
//! `verify` takes it as far as the digest of the `Archive`, and compares that with the zips, the
//! package manifest ([`manifest`]), and what Terraform and Lambda say of functions ([`terraform`]).
//! `invoke` takes all of it, to a zip that is unpacked and run. `diff` takes all of it, to a zip
//! outside the project, and compares that with the one that is there ([`archive::compare()`]); so
//! does `verify` where digests differ. What a project's `*.tf` files say of a lambda's target comes
//! in before the first step, where the config is silent.
//!
//! Determinism lives in two types, not in discipline: [`contents::Contents`] is a `BTreeMap`, so
//! order can't be wrong, and `archive::write()` takes nothing else but the door that opens its
//! entries, so no time, umask, locale, thread count or host can leak in.
//!
//! What can be typed is declared once, for clap, by the room that it tells something: what settles
//! something by [`settings`], what belongs to one command by [`command`]. [`cli`] puts them together.
//!
//! # Who may know whom
//!
//! `tests/architecture.rs` holds these walls; what is not said is forbidden.
//!
//! | room | may use |
//! | --- | --- |
//! | [`address`], [`digest`], [`name`], [`nesting`], [`path`], [`pep508`], [`environment`], [`elf`], [`encoding`], [`words`], [`patience`], [`report`], [`event`] | values only; `report` uses `digest`, `event` uses `report`, and an `environment` carries the `patience` with which the doors wait |
//! | [`fs`], [`process`], [`http`] | the outside world, and `report`; `fs` hashes what it reads (`digest`), `process` is handed an `environment`, runs programs in a folder of `fs` and blanks out what an `address` keeps secret, and `http` stands on all of these |
//! | [`tree`] | `fs`, `process` and its `environment`, `report`, `words`: a revision comes out of git |
//! | [`store`] | `fs`, `digest`, `report` |
//! | [`pack`] | `path`: how bytes are deflated, and the headers of a zip |
//! | [`lambda`], [`source`], [`origin`], [`requirements`], [`wheel`], [`tags`], [`pylock`], [`foreign`], [`resolve`], [`contents`], [`python`], [`checks`], [`archive`], [`manifest`] | the values and doors above, and stages earlier in this list; `resolve` runs programs and fetches |
//! | [`invoke`] | `python`, `lambda`, `fs`, `process` and its `environment`, `report`: it runs what is unpacked |
//! | [`terraform`] | the doors, `lambda`, `words`; it knows functions by what Terraform and AWS say of them |
//! | [`adopt`] | `terraform`, `lambda`, what `requirements` ask for, `python`'s standard library, `tree`, `environment`, `report`, `words`: it judges a repository that has no config yet |
//! | [`verify`] | `terraform`, `manifest`, `archive`, `checks`, `python`, the values and doors above; never `pipeline` |
//! | [`pipeline`] | every stage, and `words` |
//! | [`settings`] | the doors, `lambda`, `source`, the choices of `requirements` and `resolve`, `environment`, `path`, `words` |
//! | [`command`] | `settings`, `pipeline`, which it asks for what it needs of a stage, `lambda`, [`adopt`], [`verify`], [`invoke`], `manifest`, `terraform`, `archive` to compare and unpack zips, the doors, values |
//! | [`render`] | `address`, `event`, `report`, `manifest`, `words` |
//! | [`cli`] | everything |
//!
//! Only `render` prints, only `fs` touches the disk, only `process` starts programs, only `http`
//! opens connections.

mod address;
mod adopt;
mod archive;
mod checks;
mod cli;
mod command;
mod contents;
#[cfg(test)]
mod corpus;
mod digest;
mod elf;
mod encoding;
mod environment;
mod event;
mod foreign;
mod fs;
mod http;
mod invoke;
mod lambda;
mod manifest;
mod name;
mod nesting;
mod origin;
mod pack;
mod path;
mod patience;
mod pep508;
mod pipeline;
mod process;
mod pylock;
mod python;
mod render;
mod report;
mod requirements;
mod resolve;
mod settings;
mod source;
mod store;
mod tags;
mod terraform;
mod tree;
mod verify;
mod wheel;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with its arguments (its own name first) and environment.
///
/// The answer goes to standard output, talk to standard error; the exit code is that of the
/// table in docs/json.md.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    cli::run(arguments, environment)
}
