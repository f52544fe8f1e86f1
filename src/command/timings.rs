//! The file to which a run writes how long it took.

use camino::{Utf8Path, Utf8PathBuf};

/// A file, with the form that its name asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimingsFile {
    pub(crate) path: Utf8PathBuf,
    pub(crate) form: TimingsForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimingsForm {
    /// A page for a browser.
    Html,
    Json,
}

impl std::str::FromStr for TimingsFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = match Utf8Path::new(text).extension() {
            Some("html") => TimingsForm::Html,
            Some("json") => TimingsForm::Json,
            Some(_) | None => {
                return Err(
                    "name a file that ends in `.html`, for a page, or in `.json`".to_owned()
                );
            }
        };
        Ok(Self { path: text.into(), form })
    }
}
