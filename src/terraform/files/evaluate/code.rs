//! What code is made of: the ends of paths, archives and objects in S3.

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::expr::Expression;

use super::{Entries, Evaluator, Frame, Scope};
use crate::terraform::files::blocks::Block;
use crate::terraform::files::outside::located;
use crate::terraform::files::template::{Piece, pieces};
use crate::terraform::files::term::{Made, Stop, Term};

impl<'a> Evaluator<'a> {
    /// The end of a path whose beginning is not known, from the last segment on that is wholly
    /// known: `api/api.zip` of `${var.folder}/api/api.zip`.
    pub(in crate::terraform::files) fn end(
        &self,
        expression: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Option<Utf8PathBuf> {
        let mut expression = expression;
        while let Expression::Parenthesis(inner) = expression {
            expression = inner.inner();
        }
        let Expression::StringTemplate(template) = expression else { return None };
        let pieces = pieces(template.iter(), false);
        let text = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Value(expression) => {
                self.deep(expression, scope).ok()?.text().ok().map(|text| text.to_string())
            }
            Piece::If { .. } | Piece::For { .. } => None,
        };
        let mut parts: Vec<String> = pieces.iter().rev().map_while(text).collect();
        parts.reverse();
        // Up to the first slash the text may be the end of a longer name:
        // `${var.stage}api/api.zip`.
        let text = parts.concat();
        let (_, end) = text.split_once('/')?;
        let end = crate::tree::normal(Utf8Path::new(end));
        (!end.as_str().is_empty()).then_some(end)
    }

    /// The folders and files that an `archive_file` is made of, as far as they are known.
    pub(in crate::terraform::files) fn archived(
        &self,
        block: &Block,
        scope: &Scope<'_, 'a>,
    ) -> Vec<Utf8PathBuf> {
        let path = |expression: &Expression, scope: &Scope<'_, 'a>| {
            let text = self.deep(expression, scope).ok()?.text().ok()?;
            Some(located(&text, scope.root))
        };
        let own = ["source_dir", "source_file"].into_iter();
        let own = own.filter_map(|name| path(block.attribute(name)?.0, scope));
        let mut paths: Vec<Utf8PathBuf> = own.collect();
        // Of a `source` block, the content is mostly a file.
        let file = |block: &Block, scope: &Scope<'_, 'a>| match block.attribute("content")?.0 {
            Expression::FuncCall(call)
                if ["file", "templatefile"].contains(&call.name.name.as_str()) =>
            {
                path(call.args.get(0)?, scope)
            }
            _ => None,
        };
        for inner in &block.blocks {
            let is_dynamic = inner.kind == "dynamic" && inner.labels == ["source"];
            if inner.kind == "source" {
                paths.extend(file(inner, scope));
            } else if let Some((all, _)) = inner.attribute("for_each").filter(|_| is_dynamic)
                && let Ok(Entries { all, .. }) = self.keyed(all, scope)
                && let Some(content) = inner.blocks.iter().find(|block| block.kind == "content")
            {
                for (key, value) in all.into_iter().filter_map(|each| each.pair) {
                    let entry = [("key".to_owned(), key), ("value".to_owned(), value)];
                    let names = [("source".to_owned(), Term::map(entry.into()))];
                    let frame = Frame { names: &names, outer: scope.frame };
                    paths.extend(file(content, &Scope { frame: Some(&frame), ..*scope }));
                }
            }
        }
        paths
    }

    /// The file that an object in S3 is uploaded from.
    pub(in crate::terraform::files) fn uploaded(
        &self,
        block: &Block,
        scope: &Scope<'_, 'a>,
    ) -> Option<Made> {
        let (value, _) = block.attribute("source")?;
        match self.deep(value, scope) {
            Ok(term) => Some(Made::Object(Ok(term))),
            Err(Stop::Unknown(unknown)) => Some(Made::Object(Err(unknown))),
            Err(Stop::Fault(_)) => None,
        }
    }
}
