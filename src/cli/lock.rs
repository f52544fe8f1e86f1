//! `lock`: what was typed, and what is answered.

use super::arguments::{Format, Global, MakeOptions, ResolveOptions, UpgradeOption};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::Locks;

/// What was typed behind `lock`.
pub(super) struct Typed {
    /// Names or globs of lambdas.
    pub(super) names: Vec<String>,
    /// Whether locks are only looked at.
    pub(super) check: bool,
    /// What may have another version; everything where the text is empty.
    pub(super) upgrade: Vec<String>,
}

impl Run {
    /// Writes locks, or looks at them.
    pub(super) fn lock(
        &self,
        global: Global,
        typed: Typed,
        resolve: &ResolveOptions,
        upgrade: UpgradeOption,
    ) -> (String, u8) {
        let Typed { names, check, upgrade: packages } = typed;
        let check = check || resolve.locked || resolve.frozen;
        // Without a value it comes as an empty one.
        let package = |name: String| (!name.is_empty()).then_some(name);
        let mut packages: Vec<_> = packages.into_iter().map(package).collect();
        packages.extend(upgrade.upgrade.then_some(None));
        let request = command::Lock { names, check, upgrade: packages };
        // Locks are what is made or looked at here: none has to be there before.
        let resolve = ResolveOptions {
            locked: false,
            frozen: false,
            offline: resolve.offline || resolve.frozen,
            ..resolve.clone()
        };
        let make = MakeOptions { resolve, ..MakeOptions::default() };
        let locked = self.with_context(global, &make, Places::default(), |context| {
            command::lock(&request, context)
        });
        let answer = locked.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            Locks { locks: Vec::new(), failures: vec![failure] }
        });
        let text = match self.format {
            Some(Format::Json) => json::answer(&answer),
            Some(Format::Text) | None => text::locks(&answer.locks),
        };
        let differs = answer.locks.iter().any(|locked| !locked.status.is_locked());
        let code = match exit::code(&answer.failures) {
            exit::DONE if differs => exit::DIFFERS,
            code => code,
        };
        (text, code)
    }
}
