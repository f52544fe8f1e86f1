//! `pip wheel`: a source becomes a wheel, in an environment of its own.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Pip, Work, files, work_folder};
use crate::event::Reporter;
use crate::fs;
use crate::process::{last_lines, redact};
use crate::report::Place;
use crate::resolve::{Error, Request};

/// What a build is told so that it leaves fewer traces of the day and the machine.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    // The first second that a zip can name.
    ("SOURCE_DATE_EPOCH", "315532800"),
    ("PYTHONHASHSEED", "0"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("TZ", "UTC"),
];

/// How many lines of a failed build are shown.
const SHOWN: usize = 8;

impl Pip {
    /// Builds what a line names into a folder, and returns the wheel.
    ///
    /// # Errors
    ///
    /// pip can't be run; the build fails, or gives no wheel.
    pub(in crate::resolve) fn wheel(
        &self,
        request: Request<'_>,
        line: &str,
        what: &str,
        place: &Place,
        folder: &Utf8Path,
        reporter: &dyn Reporter,
    ) -> Result<Utf8PathBuf, Error> {
        let own = work_folder()?;
        let lines = files::write_line(own.path(), &request, line)?;
        let mut arguments = vec!["wheel".to_owned()];
        arguments.extend(self.common());
        arguments.extend(["--no-deps", "--use-pep517"].map(str::to_owned));
        let destination = ["--wheel-dir", folder.as_str(), "-r", lines.as_str()];
        let work = Work {
            request,
            arguments,
            files: destination.map(str::to_owned).to_vec(),
            for_target: false,
            folder: own.path(),
            variables: VARIABLES,
            hidden: vec![folder],
        };
        let done = self.run(&work, reporter)?;
        let failed = |mut causes: Vec<String>| {
            causes.insert(0, redact(&format!("{} {what}", done.command)));
            Error::Build { what: what.to_owned(), causes, place: Some(place.clone()) }
        };
        if done.output.stderr.contains("DO NOT MATCH THE HASHES") {
            let causes = last_lines(&done.output.stderr, SHOWN);
            return Err(Error::Hashes { causes, place: place.clone() });
        }
        if !done.output.success {
            return Err(failed(last_lines(&done.output.stderr, SHOWN)));
        }
        let wheels: Vec<Utf8PathBuf> = fs::list(folder)?
            .into_iter()
            .filter(|(name, _)| name.ends_with(".whl"))
            .map(|(name, _)| folder.join(name))
            .collect();
        match &wheels[..] {
            [wheel] => Ok(wheel.clone()),
            _ => Err(failed(vec![format!("pip gave {} wheels of it, not one", wheels.len())])),
        }
    }
}
