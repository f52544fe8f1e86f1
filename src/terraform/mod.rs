//! What Terraform knows of functions, and how that compares with packages.
//!
//! [`read()`] takes the JSON of `terraform show -json`, of a state or of a plan, and gives its
//! [`Function`]s; [`match_functions`] finds the lambda that each is made of; [`compare()`] says
//! what an apply would do with it. All three are pure.
//! [`Hints`] is what the project's `*.tf` files say, before anything is planned.
//! [`ask`] asks Lambda itself, by the AWS CLI, and [`compare_deployed`] compares that.
//!
//! Names and hashes of functions are Terraform's words here; see [`Function`] for the traps that
//! were measured in them.

mod compare;
mod deployed;
mod error;
mod function;
mod hints;
mod matching;
mod raw;
mod read;
mod target;

pub(crate) use compare::{Ours, compare};
pub(crate) use deployed::{Live, Question, ask, compare_deployed};
pub(crate) use error::Error;
pub(crate) use function::{Action, Code, Deployed, Document, Function, Kind, Value};
pub(crate) use hints::{BROKEN, Described, Hint, Hints, Note, Told, read_files};
pub(crate) use matching::{Candidate, Match, Unmatched, Whence, match_functions};
pub(crate) use read::read;
pub(crate) use target::check_target;

#[cfg(test)]
mod tests;
