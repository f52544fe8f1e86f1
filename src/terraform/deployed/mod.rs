//! Asks Lambda what code it has, through the AWS CLI.
//!
//! Credentials, region, profile and endpoint are as the CLI has them: its environment is passed
//! on as it is. Only reading calls are made: `list-functions` once for each region, where a name
//! has a `*`, and `get-function-configuration` for each function, side by side.

mod ask;
mod compare;
mod error;

pub(crate) use ask::ask;
pub(crate) use compare::compare_deployed;
pub(crate) use error::Error;

/// Which functions of Lambda a lambda should be found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// The lambda's name.
    pub(crate) lambda: String,
    /// What Lambda calls its functions, with `*` for any letters.
    pub(crate) function_name: String,
    /// The region, where that is known; else it is the CLI's own.
    pub(crate) region: Option<String>,
}

/// The functions that were found; none is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What was asked.
    pub(crate) question: Question,
    /// Sorted by name.
    pub(crate) functions: Vec<Live>,
}

/// A function as Lambda has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live {
    /// Its name.
    pub(crate) name: String,
    /// The SHA-256 of its zip, in base64.
    pub(crate) code_sha256: String,
    /// Its runtime; a container image has none.
    pub(crate) runtime: Option<String>,
    /// The function that it calls; a container image has none.
    pub(crate) handler: Option<String>,
    /// `x86_64` where Lambda says none.
    pub(crate) architecture: String,
    /// Whether it has layers, in which its handler may be.
    pub(crate) has_layers: bool,
    /// Whether it is a container image.
    pub(crate) is_image: bool,
    /// Why it may not run that code, as a clause: its last update failed, or goes on.
    pub(crate) unready: Option<String>,
}

#[cfg(test)]
mod tests;
