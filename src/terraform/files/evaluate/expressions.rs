//! Expressions: what each of HCL's forms gives.

use std::collections::BTreeMap;

use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, UnaryOperator,
};

use super::names::bound;
use super::{Evaluator, Frame, Scope};
use crate::terraform::files::functions;
use crate::terraform::files::outside::{HERE, located};
use crate::terraform::files::template::{Piece, pieces};
use crate::terraform::files::term::{Given, Stop, Term, number, part};

impl<'a> Evaluator<'a> {
    pub(super) fn deep(&self, expression: &Expression, scope: &Scope<'_, 'a>) -> Given {
        self.outside.budget.spend(1)?;
        self.reach(scope.depth)?;
        let scope = &Scope { depth: scope.depth + 1, ..*scope };
        match expression {
            Expression::Null(_) => Ok(Term::Null),
            Expression::Bool(truth) => Ok(Term::Bool(*truth.value())),
            Expression::Number(value) => number(value.value().as_f64().unwrap_or(f64::NAN)),
            Expression::String(text) => Ok(Term::of(text.as_str())),
            Expression::Array(list) => {
                let list = list.iter().map(|one| part(self.deep(one, scope)));
                Ok(Term::list(list.collect::<Result<_, _>>()?))
            }
            Expression::Parenthesis(inner) => self.deep(inner.inner(), scope),
            Expression::Object(object) => self.object(object, scope),
            Expression::StringTemplate(template) => {
                self.template(&pieces(template.iter(), false), scope)
            }
            // hcl-edit takes the indentation from what is not in a directive only.
            Expression::HeredocTemplate(heredoc)
                if heredoc.indent().is_some()
                    && heredoc.template.iter().any(|element| element.is_directive()) =>
            {
                Err(Stop::unknown("an indented text has directives"))
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(&pieces(heredoc.template.iter(), true), scope)
            }
            Expression::Variable(name) => match bound(name.as_str(), scope.frame) {
                Some(term) => term.clone().open(),
                None => Err(Stop::unknown(&format!("`{name}` is no value"))),
            },
            Expression::Traversal(traversal) => self.traversal(traversal, scope),
            Expression::FuncCall(call) => self.call(call, scope),
            Expression::Conditional(conditional) => {
                let (then, other) = (&conditional.true_expr, &conditional.false_expr);
                self.conditional(&conditional.cond_expr, then, other, scope)
            }
            Expression::UnaryOp(operation) => {
                let term = self.deep(&operation.expr, scope)?;
                match operation.operator.value() {
                    UnaryOperator::Neg => number(-term.number()?),
                    UnaryOperator::Not => Ok(Term::Bool(!term.truth()?)),
                }
            }
            Expression::BinaryOp(operation) => {
                let (one, other) = (&operation.lhs_expr, &operation.rhs_expr);
                self.binary(*operation.operator.value(), one, other, scope)
            }
            Expression::ForExpr(all) => self.all(all, scope),
        }
    }

    pub(super) fn object(&self, object: &Object, scope: &Scope<'_, 'a>) -> Given {
        let mut map = BTreeMap::new();
        for (key, value) in object.iter() {
            let key = match key {
                ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                    name.as_str().into()
                }
                ObjectKey::Expression(key) => self.deep(key, scope)?.text()?,
            };
            map.insert(key.to_string(), part(self.deep(value.expr(), scope))?);
        }
        Ok(Term::map(map))
    }

    pub(super) fn conditional(
        &self,
        condition: &Expression,
        then: &Expression,
        other: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let truth = self.deep(condition, scope).and_then(|term| term.truth());
        let (chosen, other) = match truth {
            Ok(true) => (self.deep(then, scope)?, other),
            Ok(false) => (self.deep(other, scope)?, then),
            Err(stop @ Stop::Fault(_)) => return Err(stop),
            Err(stop) => {
                let one = self.deep(then, scope).map_err(|_| stop.clone())?;
                let other = self.deep(other, scope).map_err(|_| stop.clone())?;
                // A text and a number become texts; see below.
                let is_same = one.same(&other, &self.outside.budget) == Ok(true);
                return if is_same { Ok(one) } else { Err(stop) };
            }
        };
        // Both branches have one type: beside a text, a number or bool becomes one, too.
        if matches!(chosen, Term::Number(_) | Term::Bool(_))
            && matches!(self.deep(other, scope), Ok(Term::Text(_)))
        {
            return chosen.text().map(Term::Text);
        }
        Ok(chosen)
    }

    pub(super) fn binary(
        &self,
        operator: BinaryOperator,
        one: &Expression,
        other: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let one = self.deep(one, scope);
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            let one = one.and_then(|term| term.truth());
            let other = self.deep(other, scope).and_then(|term| term.truth());
            // One that decides, whatever the other is.
            let deciding = operator == BinaryOperator::Or;
            return match (one, other) {
                (Err(stop @ Stop::Fault(_)), _) => Err(stop),
                (_, Err(stop @ Stop::Fault(_))) => {
                    // Terraform 1.12 does not look at it where the first decides, and those before
                    // do.
                    Err(Stop::unknown(&stop.to_string()))
                }
                (Ok(truth), _) | (_, Ok(truth)) if truth == deciding => Ok(Term::Bool(deciding)),
                (Ok(_), Ok(_)) => Ok(Term::Bool(!deciding)),
                (Err(stop), _) | (_, Err(stop)) => Err(stop),
            };
        }
        let (one, other) = (one?, self.deep(other, scope)?);
        let numbers = || Ok::<_, Stop>((one.number()?, other.number()?));
        let equals = || one.equals(&other, &self.outside.budget);
        match operator {
            BinaryOperator::Eq | BinaryOperator::NotEq if one.has(HERE) || other.has(HERE) => {
                Err(Stop::unknown("it depends on where the project lies"))
            }
            BinaryOperator::Eq => Ok(Term::Bool(equals()?)),
            BinaryOperator::NotEq => Ok(Term::Bool(!equals()?)),
            BinaryOperator::LessEq => numbers().map(|(one, other)| Term::Bool(one <= other)),
            BinaryOperator::GreaterEq => numbers().map(|(one, other)| Term::Bool(one >= other)),
            BinaryOperator::Less => numbers().map(|(one, other)| Term::Bool(one < other)),
            BinaryOperator::Greater => numbers().map(|(one, other)| Term::Bool(one > other)),
            BinaryOperator::Plus => numbers().and_then(|(one, other)| number(one + other)),
            BinaryOperator::Minus => numbers().and_then(|(one, other)| number(one - other)),
            BinaryOperator::Mul => numbers().and_then(|(one, other)| number(one * other)),
            BinaryOperator::Div | BinaryOperator::Mod if numbers()?.1 == 0.0 => {
                Err(Stop::fault("it divides by zero"))
            }
            BinaryOperator::Div => numbers().and_then(|(one, other)| number(one / other)),
            BinaryOperator::Mod => numbers().and_then(|(one, other)| number(one % other)),
            BinaryOperator::And | BinaryOperator::Or => Err(Stop::unknown("it is computed")),
        }
    }

    /// `[for …]` and `{for …}`.
    pub(super) fn all(&self, expression: &ForExpr, scope: &Scope<'_, 'a>) -> Given {
        let intro = &expression.intro;
        let collection = self.deep(&intro.collection_expr, scope)?;
        if expression.key_expr.is_none() {
            collection.in_order()?;
        }
        let key_name = intro.key_var.as_ref().map(|name| name.as_str());
        let (mut list, mut groups) = (Vec::new(), BTreeMap::<String, Vec<Term>>::new());
        self.each(&collection, key_name, intro.value_var.as_str(), scope, &mut |scope| {
            if let Some(condition) = &expression.cond
                && !self.deep(&condition.expr, scope)?.truth()?
            {
                return Ok(());
            }
            let value = part(self.deep(&expression.value_expr, scope))?;
            match &expression.key_expr {
                None => list.push(value),
                Some(key) => {
                    let key = self.deep(key, scope)?.text()?.to_string();
                    let group = groups.entry(key).or_default();
                    if !expression.grouping && !group.is_empty() {
                        return Err(Stop::fault("`for` gives one key twice"));
                    }
                    group.push(value);
                }
            }
            Ok(())
        })?;
        if expression.key_expr.is_none() {
            return Ok(Term::list(list));
        }
        let entry = |(key, mut group): (String, Vec<Term>)| match expression.grouping {
            true => (key, Term::list(group)),
            false => (key, group.remove(0)),
        };
        Ok(Term::map(groups.into_iter().map(entry).collect()))
    }

    /// Does something for each element of a collection, with its names bound.
    pub(super) fn each(
        &self,
        collection: &Term,
        key_name: Option<&str>,
        value_name: &str,
        scope: &Scope<'_, 'a>,
        visit: &mut dyn FnMut(&Scope<'_, 'a>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let pairs: Vec<(Term, Term)> = match collection.known()? {
            Term::Map(map) => {
                map.iter().map(|(key, value)| (Term::of(key), value.clone())).collect()
            }
            Term::Set(set) => set.iter().map(|value| (value.clone(), value.clone())).collect(),
            list => {
                let numbers = (0_u32..).map(|index| Term::Number(f64::from(index)));
                numbers.zip(list.elements()?.iter().cloned()).collect()
            }
        };
        for (key, value) in pairs {
            self.outside.budget.spend(1)?;
            let mut names = vec![(value_name.to_owned(), value)];
            names.extend(key_name.map(|name| (name.to_owned(), key)));
            let frame = Frame { names: &names, outer: scope.frame };
            visit(&Scope { frame: Some(&frame), ..*scope })?;
        }
        Ok(())
    }

    /// A template of one value is that value; any other is a text.
    pub(super) fn template(&self, pieces: &[Piece<'_>], scope: &Scope<'_, 'a>) -> Given {
        if let [Piece::Value(expression)] = pieces {
            return self.deep(expression, scope);
        }
        let mut text = String::new();
        self.render(pieces, scope, &mut text)?;
        Ok(Term::of(text))
    }

    pub(super) fn render(
        &self,
        pieces: &[Piece<'_>],
        scope: &Scope<'_, 'a>,
        text: &mut String,
    ) -> Result<(), Stop> {
        let scope = &Scope { depth: scope.depth + 1, ..*scope };
        self.reach(scope.depth)?;
        for piece in pieces {
            match piece {
                Piece::Text(literal) => {
                    self.outside.budget.spend_text(literal.len())?;
                    text.push_str(literal);
                }
                Piece::Value(expression) => {
                    let value = self.deep(expression, scope)?.text()?;
                    self.outside.budget.spend_text(value.len())?;
                    text.push_str(&value);
                }
                Piece::If { condition, then, other } => {
                    let truth = self.deep(condition, scope)?.truth()?;
                    self.render(if truth { then } else { other }, scope, text)?;
                }
                Piece::For { key, value, collection, body } => {
                    let collection = self.deep(collection, scope)?;
                    let collection = collection.in_order()?;
                    self.each(collection, *key, value, scope, &mut |scope| {
                        self.render(body, scope, text)
                    })?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn call(&self, call: &FuncCall, scope: &Scope<'_, 'a>) -> Given {
        let name = call.name.name.as_str();
        if call.name.is_namespaced() {
            return Err(Stop::unknown(&format!("`{name}(…)` is a provider's function")));
        }
        let given = || call.args.iter().map(|given| self.deep(given, scope));
        match name {
            // These are the only ones that see a fault of their arguments.
            "try" => {
                for given in given() {
                    match given {
                        Err(Stop::Fault(_)) => {}
                        given => return given,
                    }
                }
                return Err(Stop::fault("no argument of `try(…)` has a value"));
            }
            "can" => {
                return match given().next() {
                    Some(Err(Stop::Fault(_))) => Ok(Term::Bool(false)),
                    Some(Err(stop)) => Err(stop),
                    _ => Ok(Term::Bool(true)),
                };
            }
            _ => {}
        }
        let mut given = given().map(part).collect::<Result<Vec<_>, _>>()?;
        if call.args.expand_final()
            && let Some(last) = given.pop()
        {
            given.extend(last.elements()?.iter().cloned());
        }
        if let ("templatefile", [path, names]) = (name, &given[..]) {
            let path = located(&path.text()?, scope.root);
            let text = self.outside.file(&path)?.text()?;
            let template = hcl_edit::parser::parse_template(&text);
            let template =
                template.map_err(|_| Stop::unknown(&format!("`{path}` is no template")))?;
            let names = names.entries()?.iter().map(|(name, term)| (name.clone(), term.clone()));
            let names: Vec<_> = names.collect();
            let frame = Frame { names: &names, outer: None };
            let scope = Scope { instance: None, frame: Some(&frame), ..*scope };
            let mut text = String::new();
            self.render(&pieces(template.iter(), true), &scope, &mut text)?;
            return Ok(Term::of(text));
        }
        functions::call(name, &given, &self.outside, scope.root)
    }
}
