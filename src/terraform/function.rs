//! A Lambda function, as Terraform or Lambda describes it.

use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;

use crate::report::Place;

/// Stands for a part of a text that is not known: no text of a file has this letter of the private use
/// area.
pub(super) const OPEN: char = '\u{f8fe}';

/// The functions of a state or a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    /// Every `aws_lambda_function` and `aws_lambda_layer_version`, sorted by address.
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
/// the old one, and not marked as unknown. So it is read of deployed functions only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Function {
    /// How messages call it: in a state or plan its whole address, with modules, `for_each` and
    /// `count`; in `*.tf` files its resource; else what Lambda calls it.
    pub(crate) address: String,
    /// Whether it is the version of a layer: then it has a name and code, and none of what makes a
    /// function run.
    pub(crate) is_layer: bool,
    /// Its block in a `*.tf` file.
    pub(crate) place: Option<Place>,
    /// The folder of the root module that reaches it, in `*.tf` files: what two roots say of one
    /// lambda may differ.
    pub(crate) root: Option<Utf8PathBuf>,
    /// Where that root module calls the module that has it, if it is not its own.
    pub(crate) call: Option<Place>,
    /// What Lambda calls it: `function_name`.
    pub(crate) name: Value,
    /// The same with [`OPEN`] for each part that is not known, where another is, in `*.tf` files.
    pub(crate) partial_name: Option<String>,
    pub(crate) code: Code,
    /// The hash that Terraform compares, to see whether the code has changed.
    pub(crate) source_code_hash: Value,
    pub(crate) handler: Value,
    /// `python3.12`, for one.
    pub(crate) runtime: Value,
    /// `x86_64` where none is set: that is Lambda's default (`Architectures` of `CreateFunction`).
    pub(crate) architecture: Value,
    /// How long it may take, in seconds.
    pub(crate) timeout: Value,
    /// In megabytes.
    pub(crate) memory_size: Value,
    pub(crate) environment: Variables,
    /// Whether it has layers, or may have some: its handler may be in one.
    pub(crate) has_layers: bool,
    /// The layers that it has, in `*.tf` files: the `id` of each that is a version of these files, and
    /// none for what may be another.
    pub(crate) layers: Vec<Option<String>>,
    /// What a layer says that it is for: runtimes, and architectures.
    pub(crate) compatible: [Vec<Value>; 2],
    /// What tells the version of a layer from others, in `*.tf` files.
    pub(crate) id: Option<String>,
    /// The region in its ARN; none before it is created.
    pub(crate) region: Option<String>,
    /// What is deployed; none before it is created, and in `*.tf` files.
    pub(crate) deployed: Option<Deployed>,
    /// Whether the next apply replaces it whatever has changed (`terraform taint`).
    pub(crate) tainted: bool,
    /// What the apply of a plan does with it.
    pub(crate) action: Option<Action>,
    /// The key of its `for_each`, in `*.tf` files.
    pub(crate) key: Option<String>,
    /// The entry of the package manifest that its hash is of, or else its file, in `*.tf` files; none
    /// where the file is known by its path.
    pub(crate) entry: Option<String>,
    /// Set where Terraform makes the zip itself, by `archive_file`: then it is not our package.
    pub(crate) archived: Option<Note>,
}

impl Function {
    /// Whether it is there after the apply, as far as Terraform knows.
    pub(crate) fn stays(&self) -> bool {
        !matches!(self.action, Some(Action::Delete | Action::Forget))
    }

    /// Whether it runs on something else than a Python.
    pub(crate) fn is_other(&self) -> bool {
        self.runtime.known().is_some_and(|runtime| !runtime.starts_with("python"))
    }

    /// What it is, where no package here is known to be its code.
    pub(crate) fn what(&self) -> String {
        match (&self.code, self.runtime.known()) {
            (Code::Image, _) => "container image".to_owned(),
            (_, Some(runtime)) if self.is_other() => format!("function of {runtime}"),
            (Code::Archive(_), _) => "zip that Terraform makes".to_owned(),
            (Code::Elsewhere, _) => "code in S3".to_owned(),
            (Code::ZipAt(path), _) => format!("`{path}`, which is not made here"),
            (Code::Unknown | Code::Zip(_) | Code::ZipEnd(_), _) => {
                "code that only Terraform knows".to_owned()
            }
        }
    }

    /// The SHA-256 of the zip that Lambda had of it at the last refresh, or has now, in base64.
    pub(crate) fn deployed_code(&self) -> Option<&str> {
        self.deployed.as_ref()?.code_sha256.as_deref()
    }

    /// The attributes that are checked and whose values are not known, with their names.
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

/// The variables that a function is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    pub(crate) named: BTreeMap<String, Value>,
    /// Why it may be given others, where that can't be told.
    pub(crate) open: Option<Note>,
}

impl Variables {
    /// Where Python looks for modules ("Command line and environment" in its documentation).
    pub(crate) const SEARCH_PATH: &str = "PYTHONPATH";

    /// Those of a function of which nothing else is read: some are secrets.
    pub(super) fn of_search_path(value: Value) -> Self {
        let named = match value {
            Value::Absent => BTreeMap::new(),
            value => BTreeMap::from([(Self::SEARCH_PATH.to_owned(), value)]),
        };
        Self { named, open: None }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Value {
    /// It is not set.
    #[default]
    Absent,
    /// It is set, and the note says why its value is not known.
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

    /// Why its value is not known, where it is set.
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
    /// Known after the apply only, or not set.
    #[default]
    Unknown,
    /// A zip: `filename` of a state or plan, relative to the folder in which Terraform runs.
    Zip(String),
    /// A zip, by its path relative to the root of the project.
    ZipAt(Utf8PathBuf),
    /// A zip, by the known end of its path: whole segments, and the folder they are in is not
    /// known.
    ZipEnd(Utf8PathBuf),
    /// A zip that Terraform makes.
    Archive(Archive),
    /// Not on disk: an object in S3, for one.
    Elsewhere,
    /// A container image, which no zip is made for.
    Image,
}

/// What a zip that Terraform makes is made of, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Archive {
    /// In the order of the file.
    pub(crate) parts: Vec<Part>,
    /// Globs of what is left out, relative to the folder that is a part.
    pub(crate) excludes: Vec<String>,
    /// What else is in it or decides on it, as the end of a sentence of it: no file of the project says
    /// so.
    pub(crate) made: Vec<String>,
}

/// A folder or file in a zip that Terraform makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Relative to the root.
    pub(crate) path: Utf8PathBuf,
    pub(crate) within: Within,
}

/// Where in a zip a folder or file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Within {
    /// In this folder: a folder's files, or the file, under their names.
    Folder(Utf8PathBuf),
    /// The file has this path.
    File(Utf8PathBuf),
}

/// What a state, or Lambda, says of a deployed function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// What Terraform compares.
    pub(crate) source_code_hash: Option<String>,
    /// The SHA-256 of the zip that Lambda had at the last refresh, or has now, in base64. Providers
    /// before 5.51 do not have it.
    pub(crate) code_sha256: Option<String>,
    /// Why it may not run that code, as a clause: its last update failed or is in progress.
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
    /// Terraform removes it from the state only, and it stays deployed.
    Forget,
    /// Nothing.
    Leave,
}
