//! A Lambda function, as far as somebody knows it.

use std::fmt;

use camino::Utf8PathBuf;

use crate::report::Place;

/// The functions of a state or a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    /// Every `aws_lambda_function`, sorted by address.
    pub(crate) functions: Vec<Function>,
}

/// What `terraform show -json` was asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What is deployed, as of the last refresh.
    State,
    /// What an apply would do.
    Plan,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Plan => "plan",
        }
    }
}

/// A Lambda function. Of a plan, its attributes are those after the apply; of a function that the
/// apply deletes, those before it.
///
/// Measured with provider 5.100: in the update of a plan, `code_sha256` after the apply is still
/// the old one, and not said to be unknown. So it is known of what is deployed only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Function {
    /// How messages call it: in a state or plan its whole address, with modules, `for_each` and
    /// `count`; in `*.tf` files its resource; else what Lambda calls it.
    pub(crate) address: String,
    /// Where it begins, in a `*.tf` file.
    pub(crate) place: Option<Place>,
    /// What Lambda calls it: `function_name`.
    pub(crate) name: Value,
    pub(crate) code: Code,
    /// What Terraform compares.
    pub(crate) source_code_hash: Value,
    pub(crate) handler: Value,
    /// `python3.12`, for one.
    pub(crate) runtime: Value,
    /// `x86_64` where nobody says another, as Lambda has it.
    pub(crate) architecture: Value,
    /// Whether it has layers, or may have some: its handler may be in one.
    pub(crate) has_layers: bool,
    /// The region in its ARN; none before it is created.
    pub(crate) region: Option<String>,
    /// What is deployed; none before it is created, and in `*.tf` files.
    pub(crate) deployed: Option<Deployed>,
    /// Whether the next apply replaces it, come what may.
    pub(crate) tainted: bool,
    /// What the apply of a plan does with it.
    pub(crate) action: Option<Action>,
    /// The key of its `for_each`, in `*.tf` files.
    pub(crate) key: Option<String>,
    /// That Terraform makes a zip of its own for it, which is none of our packages.
    pub(crate) archived: Option<Note>,
}

impl Function {
    /// Whether it is there after the apply, as far as Terraform knows.
    pub(crate) fn stays(&self) -> bool {
        !matches!(self.action, Some(Action::Delete | Action::Forget))
    }

    /// The SHA-256 of the zip that Lambda had of it at the last refresh, or has now, in base64.
    pub(crate) fn deployed_code(&self) -> Option<&str> {
        self.deployed.as_ref()?.code_sha256.as_deref()
    }

    /// What it runs and on what, where that is not known; each with the attribute's name.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&Note, &'static str)> {
        let attributes = [
            (&self.architecture, "architectures"),
            (&self.name, "function_name"),
            (&self.handler, "handler"),
            (&self.runtime, "runtime"),
        ];
        attributes.into_iter().filter_map(|(value, name)| Some((value.unknown()?, name)))
    }
}

/// An attribute, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nobody set it.
    #[default]
    Absent,
    /// Somebody did, and why it is not known to what.
    Unknown(Note),
    Known {
        text: String,
        /// The line of a file that says so; in a state or plan, the function's address is enough.
        place: Option<Place>,
    },
}

impl Value {
    /// A value that is known, by no file.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self::Known { text: text.into(), place: None }
    }

    pub(crate) fn known(&self) -> Option<&str> {
        let Self::Known { text, .. } = self else { return None };
        Some(text)
    }

    /// The line that says so.
    pub(crate) fn place(&self) -> Option<&Place> {
        let Self::Known { place, .. } = self else { return None };
        place.as_ref()
    }

    /// Why it is not known to what somebody set it.
    pub(crate) fn unknown(&self) -> Option<&Note> {
        let Self::Unknown(note) = self else { return None };
        Some(note)
    }
}

/// What is not known, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// Where, in a file.
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(formatter, "{place}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// Where the code of a function comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Code {
    /// Only the apply will tell, or nobody set it.
    #[default]
    Unknown,
    /// A zip: `filename` of a state or plan, relative to the folder in which Terraform runs.
    Zip(String),
    /// A zip, by its path relative to the root of the project.
    ZipAt(Utf8PathBuf),
    /// A zip of which the end of the path is known: whole segments, relative to who knows what.
    ZipEnd(Utf8PathBuf),
    /// A zip that Terraform makes, of this folder, relative to the root, where that is known.
    Archive(Option<Utf8PathBuf>),
    /// Nothing on disk, but an object in S3, for one.
    Elsewhere,
    /// A container image, which no zip is made for.
    Image,
}

/// What a state, or Lambda, says of a function that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// What Terraform compares.
    pub(crate) source_code_hash: Option<String>,
    /// What Lambda said of the code at the last refresh, or says now: the SHA-256 of its zip, in
    /// base64. Providers before 5.51 have none.
    pub(crate) code_sha256: Option<String>,
    /// Why it may not run that code, as a clause: its last update failed, or goes on.
    pub(crate) unready: Option<String>,
}

/// What the apply of a plan does with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and created again, in either order.
    Replace,
    Delete,
    /// Terraform no longer knows it, and it stays.
    Forget,
    /// Nothing.
    Leave,
}
