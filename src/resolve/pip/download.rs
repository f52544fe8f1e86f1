//! `pip download`: the wheels that fulfil requirements, or exactly those of a lock.

use super::{Pip, Work, diagnose, files, work_folder};
use crate::event::Reporter;
use crate::report::Place;
use crate::resolve::building::Built;
use crate::resolve::{Context, Download, Error, Request, Resolver, Wanted};
use crate::store::Store;
use crate::tags;

impl Pip {
    /// The options of a download for a target.
    fn download_options(&self, request: &Request) -> String {
        let python = request.target.python;
        let platforms = tags::platforms(request.target).into_iter();
        let platforms: String = platforms.map(|tag| format!(" --platform {tag}")).collect();
        format!("{} --implementation=cp --python-version {python}{platforms}", self.common())
    }

    /// Fetches into a new folder; what pip said where it failed is apart from that it can't be
    /// run. `shown` is added to the command that is shown.
    fn fetch(
        &self,
        work: Work<'_>,
        shown: &str,
        store: &Store,
        reporter: &dyn Reporter,
    ) -> Result<Result<Download, Error>, Error> {
        let folder = store.scratch()?;
        let work = Work { destination: ["--dest", folder.path().as_str()], ..work };
        let done = self.run(&work, reporter)?;
        if !done.output.success {
            let command = done.command + shown;
            return Ok(Err(diagnose::of(&done.output, work.request, &done.answer.pip, &command)));
        }
        let (configuration, urls) = (done.answer.configuration, done.answer.urls);
        Ok(Ok(Download { folder, configuration, urls }))
    }

    /// Fetches the source distribution that a line names, `what` for people, without what it requires;
    /// returns the download's folder and where the file came from, or none if there is no such.
    pub(in crate::resolve) fn download_source(
        &self,
        request: &Request,
        project: &str,
        line: &str,
        what: &str,
        place: &Place,
        context: Context<'_>,
    ) -> Result<Option<Download>, Error> {
        let own = work_folder()?;
        let lines = files::write_limited_line(own.path(), request, line)?;
        let options = self.download_options(request);
        let work = Work {
            request,
            arguments: format!("download {options} --no-deps --no-binary={project}"),
            destination: [""; 2],
            lines: &lines,
            for_target: true,
            folder: own.path(),
            variables: super::wheel::VARIABLES,
            hidden: Vec::new(),
        };
        match self.fetch(work, "", context.store, context.reporter)? {
            Ok(download) => Ok(Some(download)),
            Err(Error::NoFit { .. }) => Ok(None),
            Err(Error::Pip(failure)) => Err(Error::build(what, failure.causes, place)),
            Err(error) => Err(error),
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
        let own = work_folder()?;
        let lines = files::write_lines(own.path(), request, wanted, built)?;
        let exactly = match wanted {
            Wanted::All(_) if request.requirements.is_hashed() => " --no-deps --require-hashes",
            Wanted::All(_) => "",
            Wanted::These(_) => " --no-deps",
            // The address is all that is asked: no index is.
            Wanted::Address(_) => " --no-deps --no-index",
        };
        let options = self.download_options(request);
        let work = Work {
            request,
            arguments: format!("download --only-binary=:all: {options}{exactly}"),
            destination: [""; 2],
            lines: &lines,
            for_target: true,
            folder: own.path(),
            variables: &[],
            hidden: built.iter().filter_map(|it| it.checked.path.parent()).collect(),
        };
        self.fetch(work, &format!(" -r {}", request.requirements.path), store, reporter)?
    }
}
