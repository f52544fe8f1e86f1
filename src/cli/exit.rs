//! Exit codes, a contract with scripts; see docs/json.md.

use crate::report::{Failure, FailureKind};

pub(super) const DONE: u8 = 0;
/// A check found a difference, or a handler raised.
pub(super) const DIFFERS: u8 = 1;
/// The command line is wrong, or names something that does not exist. clap exits with the same
/// (`clap::Error::exit_code`).
pub(super) const USAGE: u8 = 2;
/// Config, discovery or an input file is wrong.
pub(super) const INPUT: u8 = 3;
/// At least one lambda could not be packaged.
pub(super) const LAMBDA: u8 = 4;
/// Another program is missing or failed.
pub(super) const PROGRAM: u8 = 5;
/// The network would be needed, and is forbidden.
pub(super) const NETWORK: u8 = 6;
/// A bug of this tool: `EX_SOFTWARE` of BSD's sysexits.h, an internal software error.
pub(super) const BUG: u8 = 70;
/// A signal's number is added to this, as bash does it for a command that a signal ends ("EXIT
/// STATUS" in bash(1)).
pub(super) const SIGNAL: i32 = 128;

/// The code of one failure.
fn of(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::Usage => USAGE,
        FailureKind::Input => INPUT,
        FailureKind::Lambda => LAMBDA,
        FailureKind::Program => PROGRAM,
        FailureKind::Network => NETWORK,
        FailureKind::Bug => BUG,
    }
}

/// The code of a run: that of its failures if all are of one kind, else that of failed lambdas; a
/// bug wins over all.
pub(super) fn code(failures: &[Failure]) -> u8 {
    let mut codes: Vec<u8> = failures.iter().map(|failure| of(failure.kind)).collect();
    codes.dedup();
    match codes[..] {
        [] => DONE,
        [code] => code,
        _ if codes.contains(&BUG) => BUG,
        _ => LAMBDA,
    }
}

/// The code of a run that checks something.
pub(super) fn checked(failures: &[Failure], differs: bool) -> u8 {
    match code(failures) {
        DONE if differs => DIFFERS,
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> Failure {
        Failure { kind, ..Failure::usage("output", "") }
    }

    #[test]
    fn mixed_failures_are_those_of_lambdas() {
        use FailureKind::{Bug, Lambda, Network, Program};
        let code_of = |kinds: &[FailureKind]| {
            code(&kinds.iter().map(|kind| failure(*kind)).collect::<Vec<_>>())
        };
        assert_eq!(code_of(&[]), 0);
        assert_eq!(code_of(&[Lambda, Lambda]), 4);
        assert_eq!(code_of(&[Program, Program]), 5);
        assert_eq!(code_of(&[Network]), 6);
        assert_eq!(code_of(&[Network, Program]), 4);
        assert_eq!(code_of(&[Lambda, Program, Lambda]), 4);
        assert_eq!(code_of(&[Bug]), 70);
        assert_eq!(code_of(&[Lambda, Bug, Network]), 70);
    }
}
