//! `diff`: what is other in one zip than in another, or in what a lambda's sources give now.

use camino::{Utf8Path, Utf8PathBuf};

mod error;

use super::{Context, select};
use crate::archive::{self, Content, Difference, Zip};
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::report::Failure;

pub(crate) use error::Error;

/// Two packages, compared.
#[derive(Debug)]
pub(crate) struct Diff {
    /// The lambda's name, where it is about one.
    pub(crate) name: Option<String>,
    /// The first.
    pub(crate) before: ZipFacts,
    /// The second.
    pub(crate) after: ZipFacts,
    /// What is other.
    pub(crate) found: Found,
}

/// What is told of a zip.
#[derive(Debug)]
pub(crate) struct ZipFacts {
    /// Its path, as it was given, or relative to the root; none of what the sources give.
    pub(crate) path: Option<String>,
    /// Of its bytes.
    pub(crate) digest: Sha256Digest,
    /// Bytes.
    pub(crate) size: u64,
    /// Its members but the folders.
    pub(crate) members: u64,
}

/// What is other in one than in the other.
#[derive(Debug)]
pub(crate) enum Found {
    /// In all of it.
    Whole(Difference),
    /// In the one member that was asked about.
    Member(Content),
}

impl Found {
    /// Whether nothing is.
    pub(crate) fn is_nothing(&self) -> bool {
        match self {
            Self::Whole(difference) => difference.is_identical(),
            Self::Member(content) => content.before == content.after,
        }
    }
}

/// Compares two zips: all of them, or one member.
///
/// # Errors
///
/// A file that is not there, or no zip; a member that neither has.
pub(crate) fn diff_zips(
    before: &Utf8Path,
    after: &Utf8Path,
    member: Option<&str>,
) -> Result<Diff, crate::error::Error> {
    let open = |path: &Utf8Path| archive::open(path, path.as_str());
    let (before_zip, after_zip) = (open(before)?, open(after)?);
    Ok(Diff {
        name: None,
        found: found(&before_zip, &after_zip, member)?,
        before: facts(&before_zip, Some(before.to_string())),
        after: facts(&after_zip, Some(after.to_string())),
    })
}

/// Compares a lambda's zip with what its sources give now; no difference where that could not be
/// told, but what stopped it.
///
/// # Errors
///
/// What stops the run before the lambda: discovery, a name that no lambda has, a zip that is not
/// there or is none, the store; a member that neither has.
pub(crate) fn diff_lambda(
    name: &str,
    member: Option<&str>,
    context: &Context<'_>,
) -> Result<Result<Diff, Vec<Failure>>, crate::error::Error> {
    let mut jobs = select::jobs(context, &[name.to_owned()], None)?;
    if jobs.len() > 1 {
        let (name, count) = (name.to_owned(), jobs.len());
        return Err(super::Error::from(Error::SeveralLambdas { name, count }).into());
    }
    let job = jobs.pop().expect("a name that no lambda has is an error");
    let (name, shown) = (job.lambda.name.to_string(), job.shown_output.clone());
    if fs::kind(&job.output)?.is_none() {
        return Err(super::Error::from(Error::NoZip { name, path: shown }).into());
    }
    let before = archive::open(&job.output, &shown)?;
    let folder = TemporaryDirectory::new()?;
    let drafted = context.with_pipeline(|pipeline| {
        let (mut assembled, failures) = pipeline.survey(vec![job])?;
        match assembled.pop() {
            Some(assembled) => {
                Ok(pipeline.draft(assembled, folder.path())?.map_err(|it| vec![*it]))
            }
            None => Ok::<_, crate::error::Error>(Err(failures)),
        }
    })?;
    let path: Utf8PathBuf = match drafted {
        Ok(path) => path,
        Err(failures) => {
            for failure in &failures {
                context.reporter.report(&Event::Failed(failure));
            }
            return Ok(Err(failures));
        }
    };
    let after = archive::open(&path, &format!("the package of {name}"))?;
    Ok(Ok(Diff {
        name: Some(name),
        found: found(&before, &after, member)?,
        before: facts(&before, Some(shown)),
        after: facts(&after, None),
    }))
}

fn found(before: &Zip, after: &Zip, member: Option<&str>) -> Result<Found, crate::error::Error> {
    let Some(member) = member else { return Ok(Found::Whole(archive::compare(before, after)?)) };
    let content = archive::content(before, after, member)?;
    let known = || [before, after].into_iter().flat_map(Zip::members).map(|it| it.name.as_str());
    content.map(Found::Member).ok_or_else(|| {
        let suggestion = crate::words::nearest(member, known());
        super::Error::from(Error::UnknownMember { member: member.to_owned(), suggestion }).into()
    })
}

fn facts(zip: &Zip, path: Option<String>) -> ZipFacts {
    let members = zip.members().len() as u64;
    ZipFacts { path, digest: zip.digest(), size: zip.size(), members }
}
