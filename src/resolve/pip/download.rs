//! `pip download`: the wheels that fulfil requirements, or exactly those of a lock.

use camino::Utf8PathBuf;

use super::{Pip, Work, diagnose, files, work_folder};
use crate::event::Reporter;
use crate::process::redact;
use crate::report::Place;
use crate::resolve::building::Built;
use crate::resolve::{Context, Download, Error, Request, Resolver, Wanted};
use crate::store::Store;
use crate::tags;

impl Pip {
    /// The options of a download for a target.
    fn download_options(&self, request: &Request) -> Vec<String> {
        let mut options = vec!["download".to_owned()];
        options.extend(self.common());
        options.push("--implementation=cp".to_owned());
        options.extend(["--python-version".to_owned(), request.target.python.to_string()]);
        for platform in tags::platforms(request.target) {
            options.extend(["--platform".to_owned(), platform]);
        }
        options
    }

    /// Fetches the source distribution that a requirement names, without what it requires;
    /// returns the download's folder and where the file came from, or none if there is no such.
    pub(in crate::resolve) fn download_source(
        &self,
        request: &Request,
        project: &str,
        line: &str,
        place: &Place,
        context: Context<'_>,
    ) -> Result<Option<Download>, Error> {
        let Context { store, reporter, .. } = context;
        let folder = store.scratch()?;
        let own = work_folder()?;
        let lines = files::write_limited_line(own.path(), request, line)?;
        let mut arguments = self.download_options(request);
        arguments.extend(["--no-deps".to_owned(), format!("--no-binary={project}")]);
        let destination = ["--dest", folder.path().as_str(), "-r", lines.as_str()];
        let work = Work {
            request,
            arguments,
            files: destination.map(str::to_owned).to_vec(),
            for_target: true,
            folder: own.path(),
            variables: super::wheel::VARIABLES,
            hidden: vec![folder.path()],
        };
        let done = self.run(&work, reporter)?;
        if done.output.success {
            let (configuration, urls) = (done.answer.configuration, done.answer.urls);
            return Ok(Some(Download { folder, configuration, urls }));
        }
        match diagnose::of(&done.output, request, &done.answer.pip, &done.command) {
            Error::NoFit { .. } => Ok(None),
            Error::Pip(failure) => {
                let what = redact(line.split(" --hash").next().unwrap_or_default());
                let what = request.requirements.conceal(&what, &self.environment);
                Err(Error::build(&what, failure.causes, place))
            }
            error => Err(error),
        }
    }
}

impl Resolver for Pip {
    fn download(
        &self,
        request: &Request,
        wanted: Wanted<'_>,
        built: &[Built],
        store: &Store,
        reporter: &dyn Reporter,
    ) -> Result<Download, Error> {
        let folder = store.scratch()?;
        let own = work_folder()?;
        let lines = files::write_lines(own.path(), request, wanted, built)?;
        let mut arguments = self.download_options(request);
        arguments.insert(1, "--only-binary=:all:".to_owned());
        match wanted {
            Wanted::All(_) if request.requirements.is_hashed() => {
                arguments.extend(["--no-deps", "--require-hashes"].map(str::to_owned));
            }
            Wanted::All(_) => {}
            Wanted::These(_) => arguments.push("--no-deps".to_owned()),
            // The address is all that is asked: no index is.
            Wanted::Address(_) => {
                arguments.extend(["--no-deps", "--no-index"].map(str::to_owned));
            }
        }
        let destination = ["--dest", folder.path().as_str(), "-r", lines.as_str()];
        let built_in: Vec<Utf8PathBuf> =
            built.iter().filter_map(|built| built.checked.path.parent()).map(Into::into).collect();
        let mut hidden = vec![folder.path()];
        hidden.extend(built_in.iter().map(Utf8PathBuf::as_path));
        let work = Work {
            request,
            arguments,
            files: destination.map(str::to_owned).to_vec(),
            for_target: true,
            folder: own.path(),
            variables: &[],
            hidden,
        };
        let done = self.run(&work, reporter)?;
        if done.output.success {
            let (configuration, urls) = (done.answer.configuration, done.answer.urls);
            return Ok(Download { folder, configuration, urls });
        }
        let command = format!("{} -r {}", done.command, request.requirements.path);
        Err(diagnose::of(&done.output, request, &done.answer.pip, &command))
    }
}
