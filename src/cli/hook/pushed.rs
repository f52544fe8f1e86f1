//! What is pushed: by git's lines, by what stands in for them, or else what is checked out.

use std::io::{IsTerminal as _, Read as _};

use crate::command::{self, Tip};
use crate::environment::Environment;
use crate::error::Error;
use crate::report::Warning;

/// Where the framework called pre-commit says what is pushed, for it keeps git's lines: a commit,
/// or where nothing of a branch is at the remote yet, only what that is called here.
const PRE_COMMIT: [&str; 2] = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"];

/// Returns the tips of what is pushed, and what is odd about that; `remote` is what git passes to a
/// hook.
///
/// # Errors
///
/// Standard input can't be read, or is not what git says.
pub(super) fn tips(
    remote: &[String],
    environment: &Environment,
) -> Result<(Vec<Tip>, Option<Warning>), Error> {
    let mut stdin = std::io::stdin();
    let mut bytes = Vec::new();
    if !stdin.is_terminal() {
        stdin.read_to_end(&mut bytes).map_err(command::Error::Input)?;
    }
    // A ref's name need not be text, and is only shown.
    let lines = String::from_utf8_lossy(&bytes);
    if !lines.trim().is_empty() {
        return Ok((command::read_tips(&lines)?, None));
    }
    let revision = PRE_COMMIT.iter().find_map(|name| environment.text(name));
    let warning = (revision.is_none() && !remote.is_empty()).then(nothing_named);
    let name = revision.unwrap_or("HEAD").to_owned();
    Ok((vec![Tip { object: name.clone(), name }], warning))
}

/// Another line of the hook may have read what git said.
fn nothing_named() -> Warning {
    Warning {
        code: "nothing-named",
        message: "standard input names nothing that is pushed, so HEAD is verified".to_owned(),
        place: None,
        hint: Some(
            "run this before all else that reads standard input in the hook, if something is pushed"
                .to_owned(),
        ),
    }
}
