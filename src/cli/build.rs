//! `build`: what was typed, and what is answered.

use super::arguments::{BuildOptions, ChangedOption, Format, Global, MakeOptions, TypedFormat};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command::{self, Build, Digests};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::manifest::Manifest;
use crate::pipeline::Effect;
use crate::render::{json, text, tfvars};
use crate::report::{Report, Warning};

impl Run {
    /// Packages lambdas.
    pub(super) fn build(
        &self,
        global: Global,
        names: Vec<String>,
        build: BuildOptions,
        changed: ChangedOption,
        make: &MakeOptions,
    ) -> (String, u8) {
        let is_tfvars = global.format == TypedFormat::Tfvars;
        let is_partial =
            !names.is_empty() || build.partition.is_some() || changed.changed_since.is_some();
        if is_partial && is_tfvars {
            self.human.report(&Event::Warned { lambda: None, warning: &partial_variables() });
        }
        let packaged = self.packaged(global, names, build, changed, make);
        let (report, manifest) = packaged.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            let report = Report { packages: Vec::new(), failures: vec![failure] };
            (report, Manifest::default())
        });
        let answer = match self.format {
            // Terraform would destroy what the map no longer has.
            _ if is_tfvars && !report.failures.is_empty() => String::new(),
            _ if is_tfvars => tfvars::manifest(&manifest),
            Some(Format::Json) => json::answer(&report),
            Some(Format::Text) | None => text::report(&report),
        };
        (answer, exit::code(&report.failures))
    }

    fn packaged(
        &self,
        global: Global,
        names: Vec<String>,
        build: BuildOptions,
        changed: ChangedOption,
        make: &MakeOptions,
    ) -> Result<(Report, Manifest), Error> {
        let before = self.before(&global, changed, make)?;
        let effect = if build.dry_run { Effect::HashOnly } else { Effect::Publish };
        let request = Build { names, before, partition: build.partition, effect };
        let places = Places { out_dir: build.out_dir, manifest: build.manifest };
        self.with_context(global, make, places, |context| {
            let report = command::build(&request, context)?;
            let manifest = command::entries(&report.packages, context.settings);
            Ok((report, manifest))
        })
    }

    /// The packages of the revision that those of now are compared with, where one is named.
    pub(super) fn before(
        &self,
        global: &Global,
        changed: ChangedOption,
        make: &MakeOptions,
    ) -> Result<Option<Digests>, Error> {
        let before = |revision: String| {
            let then = make.at(&revision);
            self.with_context(global.clone(), &then, Places::default(), command::digests)
        };
        changed.changed_since.map(before).transpose()
    }
}

/// What a `for_each` goes over is all that there is to Terraform.
fn partial_variables() -> Warning {
    Warning {
        code: "partial-variables",
        message: "the variable has only the lambdas that were asked for".to_owned(),
        place: None,
        hint: Some(
            "package every lambda, or Terraform destroys what it makes of the others".to_owned(),
        ),
    }
}
