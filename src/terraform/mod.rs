//! What Terraform and Lambda know of functions.
//!
//! A [`Function`] has values that are known, unknown or absent. [`read()`] takes the JSON of
//! `terraform show -json`, of a state or of a plan; [`read_files`] takes the project's `*.tf`
//! files, before anything is planned; [`ask`] asks Lambda itself, by the AWS CLI.
//! [`match_functions`] finds the lambda that each is made of. How that compares with packages is
//! for [`crate::verify`].
//!
//! Names and hashes of functions are Terraform's words here; see [`Function`] for the traps that
//! were measured in them.

mod aws;
mod files;
mod function;
mod json;
mod matching;

pub(crate) use aws::{Answer, Question, ask};
pub(crate) use files::{
    BROKEN, Builder, Files, FunctionSite, Project, Site, read as read_files, survey as survey_files,
};
pub(crate) use function::{
    Action, Archive, Code, Deployed, Document, Function, Kind, Note, Part, Value, Variables, Within,
};
pub(crate) use json::read;
pub(crate) use matching::{
    Candidate, Folders, Joined, Joint, Match, Unmatched, by_lambda, join, match_functions,
    other_file, take_images,
};

#[cfg(test)]
mod tests;
