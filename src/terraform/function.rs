//! A function as Terraform knows it.

/// The functions of a state or a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Which of the two.
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
    /// In one word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Plan => "plan",
        }
    }
}

/// An `aws_lambda_function`. Of a plan, its attributes are those after the apply; of a function
/// that the apply deletes, those before it.
///
/// Measured with provider 5.100: in the update of a plan, `code_sha256` after the apply is still
/// the old one, and not said to be unknown. So it is told of what is deployed only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its whole address, with modules, `for_each` and `count`.
    pub(crate) address: String,
    /// What Lambda calls it: `function_name`.
    pub(crate) name: Value,
    /// Where its code comes from.
    pub(crate) code: Code,
    /// What Terraform compares.
    pub(crate) source_code_hash: Value,
    /// The function that Lambda calls.
    pub(crate) handler: Value,
    /// `python3.12`, for one.
    pub(crate) runtime: Value,
    /// `x86_64` where nobody says another, as Lambda has it.
    pub(crate) architecture: String,
    /// Whether it has layers, in which its handler may be.
    pub(crate) has_layers: bool,
    /// The region in its ARN; none before it is created.
    pub(crate) region: Option<String>,
    /// What is deployed; none before it is created.
    pub(crate) deployed: Option<Deployed>,
    /// Whether the next apply replaces it, come what may.
    pub(crate) tainted: bool,
    /// What the apply of a plan does with it; none in a state.
    pub(crate) action: Option<Action>,
}

impl Function {
    /// Whether it is there after the apply, as far as Terraform knows.
    pub(crate) fn stays(&self) -> bool {
        !matches!(self.action, Some(Action::Delete | Action::Forget))
    }
}

/// An attribute, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nobody set it.
    Absent,
    /// Only the apply will tell.
    Unknown,
    /// It is known.
    Known(String),
}

impl Value {
    /// The text, where it is known.
    pub(crate) fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// Where the code of a function comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    /// A zip: `filename`, relative to the folder in which Terraform runs.
    Zip(String),
    /// An object in S3.
    S3 {
        /// Its bucket.
        bucket: Value,
        /// Its key.
        key: Value,
    },
    /// A container image, which no zip is made for.
    Image,
    /// Only the apply will tell, or nobody set it.
    Unknown,
}

/// What the state says of a function that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// What Terraform compares.
    pub(crate) source_code_hash: Option<String>,
    /// What Lambda said of the code at the last refresh; providers before 5.51 have none.
    pub(crate) code_sha256: Option<String>,
}

/// What the apply of a plan does with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is new.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and created again, in either order.
    Replace,
    /// It is deleted.
    Delete,
    /// Terraform no longer knows it, and it stays.
    Forget,
    /// Nothing.
    Leave,
}
