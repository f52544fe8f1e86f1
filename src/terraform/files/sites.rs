//! Where in the files functions are made, for those who would edit them: the block of each, what the
//! expressions there give, and the calls on the way to it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::Utf8PathBuf;
use hcl_edit::expr::Expression;
use hcl_edit::visit::{Visit, visit_expr};

use super::blocks::Block;
use super::evaluate::{Evaluator, Scope};
use super::term::Term;

/// How long an expression may be that is written a second time.
const LONGEST: usize = 60;

/// A block, as one instance of its module sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// Its file, relative to the root.
    pub(crate) path: Utf8PathBuf,
    pub(crate) line: Option<u32>,
    /// `aws_lambda_function.api`, or `module.api`.
    pub(crate) address: String,
    /// The texts in its scope, by the expressions that give them.
    pub(crate) texts: BTreeMap<String, String>,
    /// Whether it stands for entries that only Terraform knows.
    pub(crate) is_open: bool,
    /// The call of its module; none in one that Terraform runs in.
    pub(crate) caller: Option<Rc<Site>>,
}

/// The site of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionSite {
    pub(crate) site: Rc<Site>,
    /// The source of the module from elsewhere whose call makes it.
    pub(crate) source: Option<String>,
    /// The entry of the package manifest that gives its file.
    pub(crate) file_entry: Option<String>,
    /// The same of its hash.
    pub(crate) hash_entry: Option<String>,
    /// Whether an override file sets what it is made of.
    pub(crate) is_overridden: bool,
}

/// Collects expressions that may say what something is called.
#[derive(Default)]
struct Names {
    found: BTreeSet<String>,
    expressions: Vec<Expression>,
}

impl Names {
    fn add(&mut self, expression: &Expression) {
        let text = expression.to_string().trim().to_owned();
        if text.len() <= LONGEST && !text.contains('\n') && self.found.insert(text) {
            self.expressions.push(expression.clone());
        }
    }

    fn parse(&mut self, text: &str) {
        if let Ok(expression) = hcl_edit::parser::parse_expr(text) {
            self.add(&expression);
        }
    }

    fn block(&mut self, block: &Block) {
        block.attributes.values().for_each(|attribute| self.visit_expr(&attribute.value));
        block.blocks.iter().for_each(|block| self.block(block));
    }
}

impl Visit for Names {
    fn visit_expr(&mut self, expression: &Expression) {
        let is_name = matches!(
            expression,
            Expression::Traversal(_) | Expression::StringTemplate(_) | Expression::FuncCall(_)
        );
        if is_name {
            self.add(expression);
        }
        visit_expr(self, expression);
    }
}

/// The texts that a block can name, by expression.
pub(super) fn texts<'a>(
    evaluator: &Evaluator<'a>,
    block: &Block,
    scope: &Scope<'_, 'a>,
    (variables, locals): (impl Iterator<Item = &'a str>, impl Iterator<Item = &'a str>),
) -> BTreeMap<String, String> {
    let mut names = Names::default();
    ["each.key", "each.value"].iter().for_each(|text| names.parse(text));
    names.block(block);
    variables.for_each(|name| names.parse(&format!("var.{name}")));
    locals.for_each(|name| names.parse(&format!("local.{name}")));
    let text = |expression: Expression| match evaluator.term(&expression, scope) {
        Ok(Term::Text(text)) => Some((expression.to_string().trim().to_owned(), text.to_string())),
        _ => None,
    };
    names.expressions.into_iter().filter_map(text).collect()
}
