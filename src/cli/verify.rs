//! `verify`: what was typed, and what is answered.

use std::io::{IsTerminal as _, Read as _};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::arguments::{Format, Global, MakeOptions, VerifyOptions};
use super::context::{Places, working_directory};
use super::exit;
use super::run::Run;
use crate::checks::Date;
use crate::command::{self, Disk, Verify};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::fs;
use crate::render::{json, junit, text};
use crate::report::Verified;

impl Run {
    /// Compares what is there with what the sources give.
    pub(super) fn verify(
        &self,
        global: Global,
        names: Vec<String>,
        options: &VerifyOptions,
        make: &MakeOptions,
    ) -> (String, u8) {
        let is_awaited = options.state.as_deref().is_some_and(|path| path == "-");
        if is_awaited && std::io::stdin().is_terminal() {
            let what = "the output of `terraform show -json` on standard input";
            self.human.report(&Event::Waiting { what });
        }
        let request = request(names, options);
        let verified = request.and_then(|request| {
            self.with_context(global, make, Places::default(), |context| {
                command::verify(&request, context)
            })
        });
        let mut verified = verified.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            Verified { failures: vec![failure], ..Verified::default() }
        });
        let written = options.junit.as_ref().map(|path| write_report(path, &verified));
        if let Some(Err(error)) = written {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            verified.failures.push(failure);
        }
        if verified.failures.is_empty() {
            let (checks, differences) = (verified.checks.len(), verified.differences());
            self.human.report(&Event::Verified { checks, differences });
        }
        let answer = match self.format {
            Some(Format::Json) => json::answer(&verified),
            Some(Format::Text) | None => text::checks(&verified.checks),
        };
        let code = match exit::code(&verified.failures) {
            exit::DONE if verified.differences() > 0 => exit::DIFFERS,
            code => code,
        };
        (answer, code)
    }
}

fn request(names: Vec<String>, options: &VerifyOptions) -> Result<Verify, Error> {
    let state = options.state.as_deref().map(read_state).transpose()?;
    let working_directory = working_directory()?;
    let existing = |path: &Utf8Path| {
        let missing = |_| command::Error::NoFile { path: path.to_string() };
        fs::canonical(&working_directory.join(path)).map_err(missing)
    };
    let directory = options.terraform_dir.as_deref().map(existing).transpose()?;
    let is_elsewhere = state.is_some() || options.deployed;
    Ok(Verify {
        names,
        state,
        terraform_directory: directory,
        deployed: options.deployed,
        disk: if is_elsewhere { Disk::Nothing } else { Disk::ManifestAndZips },
        today: today(),
    })
}

/// The day, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "a runtime's age hangs on the day, and nothing else does"
)]
pub(super) fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // Before 1970 no runtime is old.
    Date::of_seconds(since.map_or(0, |since| since.as_secs()))
}

/// Reads what Terraform says, and the path of that, as it was typed.
fn read_state(path: &Utf8Path) -> Result<(Vec<u8>, String), Error> {
    if path == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(command::Error::Input)?;
        return Ok((bytes, "-".to_owned()));
    }
    let absolute = working_directory()?.join(path);
    let missing = || command::Error::NoFile { path: path.to_string() };
    let bytes = fs::read(&absolute)?.ok_or_else(missing)?;
    Ok((bytes, path.to_string()))
}

/// Writes the checks for CI; the folder is made if it is not there.
fn write_report(path: &Utf8Path, verified: &Verified) -> Result<(), Error> {
    let report = || {
        let path = working_directory()?.join(path);
        fs::create_directory(path.parent().unwrap_or(&path))?;
        fs::write(&path, &junit::checks(verified))?;
        Ok::<_, Error>(())
    };
    report().map_err(|error| {
        let path = Utf8PathBuf::from(path);
        let failure = error.failure();
        let causes = std::iter::once(failure.message).chain(failure.causes).collect();
        command::Error::Report { path, causes }.into()
    })
}
