//! What a project's `*.tf` files say of its lambdas: runtime, architecture, handler, name.
//!
//! [`read_files`] reads the files, in one walk of the project; [`Hints::of`] evaluates them and
//! finds the lambda that each `aws_lambda_function` is made of. What is literal, a local value, an
//! argument of a call of a local module, or an entry of `for_each` is known; a variable of a root
//! module is not, for it may be set anywhere. What is not known is left alone, with a note.
//!
//! Nothing here refuses a project: what Terraform says of its files is for Terraform to say.

mod files;
mod functions;
mod instances;
mod matching;
mod modules;
mod term;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::report::{Place, Warning};

pub(crate) use files::{BROKEN, Files, read_files};

/// What the files say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Hints {
    /// By the name of the lambda.
    pub(crate) lambdas: BTreeMap<String, Hint>,
    /// Functions that are of no lambda that can be told, sorted by place.
    pub(crate) unmatched: Vec<Note>,
    /// Modules from elsewhere that make functions, sorted by place.
    pub(crate) foreign: Vec<Note>,
    /// What else could not be told from the files, and is of no lambda alone, sorted by place.
    pub(crate) notes: Vec<Note>,
    /// The folders that Terraform may run in, sorted; none where no file has functions.
    pub(crate) roots: Vec<Utf8PathBuf>,
    /// Files that could not be read, are no HCL, or override others.
    pub(crate) warnings: Vec<Warning>,
}

/// What the files say of one lambda; what they do not say, or say in two ways, is none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// `python3.12`, for one.
    pub(crate) runtime: Option<Told>,
    /// The function that Lambda calls.
    pub(crate) handler: Option<Told>,
    /// `x86_64` where a function has none of its own, as Lambda has it.
    pub(crate) architecture: Option<Told>,
    /// The runtimes of its functions, where those are two.
    pub(crate) disputed_runtime: Option<Note>,
    /// The architectures of its functions, where those are two.
    pub(crate) disputed_architecture: Option<Note>,
    /// Whether a function of it may have layers, in which its handler may be.
    pub(crate) has_layers: bool,
    /// What Lambda calls the function.
    pub(crate) function_name: Option<Told>,
    /// Each function that is made of it, in the order of the files.
    pub(crate) functions: Vec<Described>,
    /// What of those can't be told, and so can't be checked, sorted by place.
    pub(crate) untold: Vec<Untold>,
    /// What else could not be told of it, sorted by place: of use to who asks.
    pub(crate) notes: Vec<Note>,
}

/// A function, as far as the files tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// `python3.12`, for one.
    pub(crate) runtime: Option<Told>,
    /// The function that Lambda calls.
    pub(crate) handler: Option<Told>,
    /// `x86_64` where it has none of its own, as Lambda has it.
    pub(crate) architecture: Option<Told>,
    /// Whether it may have layers, in which its handler may be.
    pub(crate) has_layers: bool,
    /// What Lambda calls it.
    pub(crate) function_name: Option<Told>,
    /// That Terraform makes a zip of its own for it, which is none of these packages.
    pub(crate) archived: Option<Note>,
}

/// An attribute of a function that can't be told from the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Untold {
    /// Where, and why.
    pub(crate) note: Note,
    /// Its name.
    pub(crate) attribute: &'static str,
}

/// A value, and who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The value.
    pub(crate) value: String,
    /// The attribute of the function, or the function where it has none.
    pub(crate) place: Place,
}

/// What could not be told from the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// Where.
    pub(crate) place: Place,
    /// One sentence.
    pub(crate) message: String,
}

#[cfg(test)]
mod tests;
