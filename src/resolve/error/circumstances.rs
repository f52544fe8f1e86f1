//! Where requirements could not be resolved, and why.

use super::Error;
use crate::report::Place;

impl Error {
    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::NoFit { place, .. } => place.clone(),
            Self::Conflict { place, .. }
            | Self::Hashes { place, .. }
            | Self::Pip { place, .. }
            | Self::NoWheel { place, .. } => Some(place.clone()),
            Self::SourceRefused { place, .. }
            | Self::OtherProject { place, .. }
            | Self::Compiled { place, .. }
            | Self::CompiledForOther { place, .. }
            | Self::Git { place, .. }
            | Self::NoGit { place }
            | Self::Uv { place, .. }
            | Self::OfflineSource { place, .. }
            | Self::Repository { place, .. }
            | Self::OtherPython { place, .. } => Some(place.clone()),
            Self::Build { place, .. } | Self::NoSource { place, .. } => place.clone(),
            Self::Requirements(error) => error.place(),
            Self::Pylock(error) => error.place(),
            Self::NoTool { lock, .. }
            | Self::Tool { lock, .. }
            | Self::Stale { lock, .. }
            | Self::Unusable { lock, .. } => Some(Place { path: lock.clone(), line: None }),
            Self::Offline { requirements } => {
                Some(Place { path: requirements.clone(), line: None })
            }
            Self::Fs(_)
            | Self::Wheel(_)
            | Self::Process(_)
            | Self::NoPip { .. }
            | Self::NoHostPython
            | Self::HostVersion(_)
            | Self::Unreachable { .. }
            | Self::OfflineWheel { .. }
            | Self::Http(_)
            | Self::Tree(_)
            | Self::Threads(_)
            | Self::NoUv
            | Self::UvIgnores { .. }
            | Self::BuiltOtherwise { .. }
            | Self::NoWheelAgain { .. }
            | Self::OtherWheel { .. } => None,
        }
    }

    /// Why, beyond what `source` tells, outermost first.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::NoPip { tried } => tried.clone(),
            Self::Compiled { wheel, .. } | Self::CompiledForOther { wheel, .. } => {
                vec![format!("the build gave `{wheel}`")]
            }
            Self::Http(error) => error.causes(),
            Self::Requirements(error) => error.causes(),
            Self::Pylock(error) => error.causes(),
            Self::UvIgnores { index } => vec![index.clone()],
            Self::Stale { why, .. } | Self::Unusable { why, .. } => vec![why.clone()],
            Self::NoFit { causes, .. }
            | Self::Conflict { causes, .. }
            | Self::Hashes { causes, .. }
            | Self::Unreachable { causes }
            | Self::Build { causes, .. }
            | Self::Git { causes, .. }
            | Self::Uv { causes, .. }
            | Self::Tool { causes, .. }
            | Self::Pip { causes, .. } => causes.clone(),
            Self::Fs(_)
            | Self::Wheel(_)
            | Self::Process(_)
            | Self::NoHostPython
            | Self::HostVersion(_)
            | Self::NoWheel { .. }
            | Self::OtherWheel { .. }
            | Self::SourceRefused { .. }
            | Self::OtherProject { .. }
            | Self::NoSource { .. }
            | Self::NoGit { .. }
            | Self::BuiltOtherwise { .. }
            | Self::NoWheelAgain { .. }
            | Self::Repository { .. }
            | Self::OtherPython { .. }
            | Self::Tree(_)
            | Self::Threads(_)
            | Self::NoUv
            | Self::NoTool { .. }
            | Self::Offline { .. }
            | Self::OfflineSource { .. }
            | Self::OfflineWheel { .. } => Vec::new(),
        }
    }
}
