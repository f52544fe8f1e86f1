//! Says where in the project a module lies that a lambda imports and its package has not got: nothing
//! is looked for where no import fails.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Job, Pipeline};
use crate::checks::ImportFindings;
use crate::lambda::{Copied, elsewhere};
use crate::report::Failure;
use crate::tree::{Kind, Step};

impl Pipeline<'_> {
    /// Gives what is missing and lies elsewhere in the project the hint that copies it in.
    pub(super) fn point_elsewhere(
        &self,
        job: &Job,
        found: &mut ImportFindings,
    ) -> Result<(), Failure> {
        if !found.may_lie_elsewhere() {
            return Ok(());
        }
        let modules = match self.modules.get() {
            Some(modules) => modules,
            None => {
                let modules = self.find_modules()?;
                self.modules.get_or_init(|| modules)
            }
        };
        let own = job.lambda.path();
        found.point_elsewhere(&|module| {
            let places = elsewhere(module, &own, modules.iter().map(Utf8PathBuf::as_path));
            let sources: Vec<Utf8PathBuf> = places.iter().map(|it| it.source.clone()).collect();
            // What a build makes is not there in another clone.
            let ignored: BTreeSet<Utf8PathBuf> = self.tree.ignored(&sources, self.environment);
            let is_kept = |it: &&Copied| !ignored.contains(&it.source);
            let entries = places.iter().filter(is_kept).map(Copied::entry).collect::<Vec<_>>();
            let entry = match &entries[..] {
                [] => return None,
                [one] if job.elsewhere.is_empty() => format!("`files = {{ {one} }}`"),
                [one] => format!("`{one}` in `files`"),
                [one, other, ..] => format!("`{one}` or `{other}` in `files`"),
            };
            Some(format!("write {entry}, at the top of dofs-package.toml or in the lambda's table"))
        });
        Ok(())
    }

    /// The modules of the project, by path.
    fn find_modules(&self) -> Result<Vec<Utf8PathBuf>, Failure> {
        let mut modules = Vec::new();
        self.tree.survey::<Failure>(Utf8Path::new(""), &mut |path, kind| {
            let name = path.file_name().unwrap_or_default();
            match kind {
                Kind::Directory if name.starts_with('.') || name == "node_modules" => {
                    return Ok(Step::Past);
                }
                Kind::File { .. } if path.extension() == Some("py") => {
                    modules.push(path.to_owned());
                }
                Kind::Directory | Kind::File { .. } | Kind::Symlink | Kind::Special => {}
            }
            Ok(Step::On)
        })?;
        Ok(modules)
    }
}
