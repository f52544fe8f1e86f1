//! What is known of a text in parts, and what code is made of: the ends of paths, archives and objects in
//! S3.

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::names::bound;
use super::{Each, Entries, Evaluator, Frame, Scope};
use crate::terraform::files::blocks::Block;
use crate::terraform::files::outside::located;
use crate::terraform::files::template::{Piece, pieces};
use crate::terraform::files::term::{Made, Stop, Term};
use crate::terraform::function::OPEN;
use crate::terraform::{Archive, Part, Within};
use crate::tree::normal;

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
        let end = normal(Utf8Path::new(end));
        (!end.as_str().is_empty()).then_some(end)
    }

    /// A text with [`OPEN`] for each part of it that is not known; none where that is all, or what becomes
    /// of the parts can't be told.
    pub(in crate::terraform::files) fn partly(
        &self,
        expression: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Option<String> {
        if let Ok(text) = self.deep(expression, scope).and_then(|term| term.text()) {
            return Some(text.to_string());
        }
        self.outside.budget.spend(1).ok()?;
        self.reach(scope.depth).ok()?;
        let scope = &Scope { depth: scope.depth + 1, ..*scope };
        let part = |one: &Expression| self.partly(one, scope).unwrap_or(OPEN.to_string());
        let piece = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(value) => part(value),
            Piece::If { .. } | Piece::For { .. } => OPEN.to_string(),
        };
        let text = match expression {
            Expression::Parenthesis(inner) => self.partly(inner.inner(), scope)?,
            Expression::StringTemplate(template) => {
                pieces(template.iter(), false).iter().map(piece).collect()
            }
            Expression::HeredocTemplate(heredoc) => {
                pieces(heredoc.template.iter(), true).iter().map(piece).collect()
            }
            Expression::Traversal(traversal) => self.partly_named(traversal, scope)?,
            Expression::FuncCall(call) => {
                let given: Vec<&Expression> = call.args.iter().collect();
                match (call.name.name.as_str(), &given[..]) {
                    ("join", [separator, Expression::Array(list)]) => {
                        list.iter().map(part).collect::<Vec<_>>().join(&part(separator))
                    }
                    ("format", [pattern, values @ ..]) => {
                        let pattern = self.deep(pattern, scope).ok()?.text().ok()?;
                        let texts: Vec<&str> = pattern.split("%s").collect();
                        let is_plain = !texts.iter().any(|text| text.contains('%'));
                        let values = values.iter().map(|value| part(value));
                        let values = values.chain([String::new()]);
                        let fits = is_plain && texts.len() == given.len();
                        fits.then(|| {
                            texts.iter().zip(values).map(|(text, value)| [*text, &value].concat())
                        })?
                        .collect()
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        self.outside.budget.spend_text(text.len()).ok()?;
        Some(text)
    }

    /// The same of a local value, or of a variable where the module is called.
    fn partly_named(&self, traversal: &Traversal, scope: &Scope<'_, 'a>) -> Option<String> {
        let Expression::Variable(first) = &traversal.expr else { return None };
        let operators: Vec<_> = traversal.operators.iter().map(|it| it.value()).collect();
        let [TraversalOperator::GetAttr(name)] = operators[..] else { return None };
        let instance = scope.instance.filter(|_| bound(first.as_str(), scope.frame).is_none())?;
        let (none, depth) = (Each::default(), scope.depth + 1);
        match first.as_str() {
            "local" => {
                let value = &instance.module.local(name.as_str())?.value;
                self.partly(value, &Scope { depth, ..instance.scope(&none) })
            }
            "var" => {
                let call = instance.call.as_ref()?;
                let (value, _) = call.block.attribute(name.as_str())?;
                let parent = self.instances.borrow().get(call.parent).cloned()?;
                self.partly(value, &Scope { depth, ..parent.scope(&call.each) })
            }
            _ => None,
        }
    }

    /// What an `archive_file` is made of, as far as it is known.
    pub(in crate::terraform::files) fn archived(
        &self,
        block: &Block,
        scope: &Scope<'_, 'a>,
    ) -> Archive {
        let mut archive = Archive::default();
        let own = ["source_dir", "source_file"].into_iter();
        for path in own.filter_map(|name| self.path(block.attribute(name)?.0, scope)) {
            archive.parts.push(Part { path, within: Within::Folder(Utf8PathBuf::new()) });
        }
        let excludes = block.attribute("excludes").map(|(list, _)| self.deep(list, scope));
        if let Some(Ok(list)) = excludes {
            let texts = list.elements().unwrap_or_default().iter();
            archive.excludes.extend(texts.filter_map(|it| it.text().ok()).map(|it| it.to_string()));
        }
        self.content(block, ["source_content", "source_content_filename"], scope, &mut archive);
        for inner in &block.blocks {
            let names = ["content", "filename"];
            let is_dynamic = inner.kind == "dynamic" && inner.labels == ["source"];
            if inner.kind == "source" {
                self.content(inner, names, scope, &mut archive);
            } else if let Some((all, _)) = inner.attribute("for_each").filter(|_| is_dynamic)
                && let Ok(Entries { all, .. }) = self.keyed(all, scope)
                && let Some(content) = inner.blocks.iter().find(|block| block.kind == "content")
            {
                for (key, value) in all.into_iter().filter_map(|each| each.pair) {
                    let entry = [("key".to_owned(), key), ("value".to_owned(), value)];
                    let entry = [("source".to_owned(), Term::map(entry.into()))];
                    let frame = Frame { names: &entry, outer: scope.frame };
                    let scope = Scope { frame: Some(&frame), ..*scope };
                    self.content(content, names, &scope, &mut archive);
                }
            }
        }
        archive
    }

    /// Adds a text to an archive: mostly it is that of a file.
    fn content(
        &self,
        block: &Block,
        [content, filename]: [&str; 2],
        scope: &Scope<'_, 'a>,
        archive: &mut Archive,
    ) {
        let Some((content, _)) = block.attribute(content) else { return };
        let filename = block.attribute(filename).map(|(name, _)| self.deep(name, scope));
        let filename = filename.and_then(|name| name.ok()?.text().ok());
        let shown = filename.as_deref().map_or("a file".to_owned(), |name| format!("`{name}`"));
        let call = match content {
            Expression::FuncCall(call) => Some(call),
            _ => None,
        };
        let call = call.map(|call| (call.name.name.as_str(), call.args.get(0)));
        let file = match call {
            Some(("file" | "templatefile", Some(path))) => self.path(path, scope),
            _ => None,
        };
        archive.made.extend(match (&file, call) {
            (Some(path), Some(("templatefile", _))) => {
                Some(format!("has {shown}, which Terraform makes of the template `{path}`"))
            }
            (Some(_), _) => None,
            (None, _) => Some(format!("has {shown}, whose text is in Terraform's files alone")),
        });
        archive.parts.extend(file.map(|path| Part {
            path,
            within: match filename {
                Some(name) => Within::File(normal(Utf8Path::new(&*name))),
                None => Within::Folder(Utf8PathBuf::new()),
            },
        }));
    }

    /// A path, relative to the root of the project.
    fn path(&self, expression: &Expression, scope: &Scope<'_, 'a>) -> Option<Utf8PathBuf> {
        let text = self.deep(expression, scope).ok()?.text().ok()?;
        Some(located(&text, scope.root))
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
