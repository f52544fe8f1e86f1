//! What is typed behind `verify`.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::super::{Invocation, no_such_file, working_directory};
use super::{Disk, Verify};
use crate::checks::Date;
use crate::fs;
use crate::report::{Failure, Verified};
use crate::settings::PackageOptions;

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// Names of lambdas, or globs
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Compare what `terraform show -json` says of a state or plan; `-`: on standard input
    #[arg(long, value_name = "FILE")]
    state: Option<Utf8PathBuf>,
    /// Where Terraform runs, to know what its file names are relative to
    #[arg(long, value_name = "DIR", requires = "state")]
    terraform_dir: Option<Utf8PathBuf>,
    /// Compare the code that Lambda has, through the AWS CLI
    #[arg(long)]
    deployed: bool,
    /// Write the checks to this file, too, as JUnit XML, for reports of CI
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<Utf8PathBuf>,
    #[command(flatten)]
    package: PackageOptions,
}

impl VerifyOptions {
    /// Whether what Terraform says comes on standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.state.as_deref().is_some_and(|path| path == "-")
    }
}

/// Compares what is there with what the sources give.
pub(crate) fn verify(
    options: &VerifyOptions,
    stdin: Vec<u8>,
    today: Date,
    invocation: Invocation<'_>,
) -> Result<Verified, Failure> {
    let folder = working_directory()?;
    let state = match &options.state {
        Some(path) if options.reads_stdin() => Some((stdin, path.to_string())),
        Some(path) => {
            let bytes = fs::read(&folder.join(path))?.ok_or_else(|| no_such_file(path))?;
            Some((bytes, path.to_string()))
        }
        None => None,
    };
    let existing =
        |path: &Utf8Path| fs::canonical(&folder.join(path)).map_err(|_| no_such_file(path));
    let terraform_directory = options.terraform_dir.as_deref().map(existing).transpose()?;
    let is_elsewhere = state.is_some() || options.deployed;
    let request = Verify {
        names: options.names.clone(),
        state,
        terraform_directory,
        deployed: options.deployed,
        disk: if is_elsewhere { Disk::Nothing } else { Disk::ManifestAndZips },
        today,
    };
    invocation.with_context(&options.package, |context| Ok(super::verify(&request, context)?))
}
