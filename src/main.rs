//! The binary: arguments and environment in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    dofs_package::run(std::env::args_os(), std::env::vars_os())
}
