//! Terraform's functions, as far as people use them for paths, names, maps and lists.
//!
//! Each is as "Functions" in Terraform's documentation has it; where that is silent, as Terraform
//! 1.11 was seen to do it. What only the machine or the moment determines (`timestamp`, `uuid`,
//! hashes of files that are built) is not known, nor is a function that is not here.

use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;
use regex::Regex;

use super::outside::{HERE, Outside, from_json, located};
use super::term::{Budget, Given, Stop, Term, distinct, number, unified};
use super::yaml;
use crate::tree::normal;

/// Functions that give a path another form, or only pass values on: they may see the folder in
/// which the project lies.
const OF_PATHS: [&str; 31] = [
    "abspath",
    "basename",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "dirname",
    "element",
    "file",
    "fileexists",
    "fileset",
    "flatten",
    "format",
    "formatlist",
    "join",
    "jsondecode",
    "keys",
    "lookup",
    "merge",
    "one",
    "pathexpand",
    "replace",
    "reverse",
    "tolist",
    "tomap",
    "tostring",
    "trimprefix",
    "trimsuffix",
    "values",
    "zipmap",
    "nonsensitive",
];

/// Calls a function; `folder` is that in which Terraform runs, relative to the root of the project.
pub(super) fn call(name: &str, given: &[Term], outside: &Outside<'_>, folder: &Utf8Path) -> Given {
    let budget = &outside.budget;
    for term in given {
        if let Term::Text(text) = term
            && text.contains(HERE)
            && !OF_PATHS.contains(&name)
        {
            return Err(here());
        }
    }
    match (name, given) {
        ("nonsensitive" | "sensitive" | "ephemeralasnull", [one]) => one.clone().open(),
        ("type" | "issensitive", _) => Err(computed(name)),
        _ => texts(name, given, budget)
            .or_else(|| paths(name, given, outside, folder))
            .or_else(|| numbers(name, given))
            .or_else(|| types(name, given, budget))
            .or_else(|| lists(name, given, budget))
            .or_else(|| maps(name, given, budget))
            .or_else(|| codes(name, given, outside))
            .unwrap_or_else(|| Err(unknown_call(name, given))),
    }
}

fn here() -> Stop {
    Stop::unknown("it depends on where the project lies")
}

fn computed(name: &str) -> Stop {
    Stop::unknown(&format!("`{name}(…)` is known to Terraform only"))
}

/// Why a call has no value: an argument that is not known, or the function.
fn unknown_call(name: &str, given: &[Term]) -> Stop {
    let unknown = given.iter().find_map(|term| term.known().err());
    unknown.unwrap_or_else(|| computed(name))
}

fn bounded(text: String, budget: &Budget) -> Given {
    budget.spend_text(text.len())?;
    Ok(Term::of(text))
}

fn all_texts(term: &Term) -> Result<Vec<Rc<str>>, Stop> {
    if term.is_in_unknown_order() {
        return Err(Stop::unknown("the order of a set is known to Terraform only"));
    }
    term.elements()?.iter().map(Term::text).collect()
}

fn text_list<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Term {
    Term::list(list.into_iter().map(Term::of).collect())
}

/// The elements of one list, of a set only where their order is known.
fn ordered(term: &Term) -> Result<&[Term], Stop> {
    if term.is_in_unknown_order() {
        return Err(Stop::unknown("the order of a set is known to Terraform only"));
    }
    term.elements()
}

fn texts(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let given = match (name, given) {
        ("lower", [one]) => one.text().map(|text| Term::of(each_letter(&text, char::to_lowercase))),
        ("upper", [one]) => one.text().map(|text| Term::of(each_letter(&text, char::to_uppercase))),
        ("title", [one]) => one.text().map(|text| Term::of(title(&text))),
        ("strrev", [one]) => {
            one.text().map(|text| Term::of(text.chars().rev().collect::<String>()))
        }
        ("trimspace", [one]) => one.text().map(|text| Term::of(text.trim())),
        ("chomp", [one]) => one.text().map(|text| Term::of(text.trim_end_matches(['\n', '\r']))),
        ("trim", [one, letters]) => two(one, letters, |text, letters| {
            Term::of(text.trim_matches(|letter| letters.contains(letter)))
        }),
        ("trimprefix", [one, end]) => {
            two(one, end, |text, end| Term::of(text.strip_prefix(end).unwrap_or(text)))
        }
        ("trimsuffix", [one, end]) => {
            two(one, end, |text, end| Term::of(text.strip_suffix(end).unwrap_or(text)))
        }
        ("startswith", [one, end]) => two(one, end, |text, end| Term::Bool(text.starts_with(end))),
        ("endswith", [one, end]) => two(one, end, |text, end| Term::Bool(text.ends_with(end))),
        ("strcontains", [one, part]) => {
            two(one, part, |text, part| Term::Bool(text.contains(part)))
        }
        ("split", [separator, one]) => split(separator, one),
        ("join", [separator, lists @ ..]) => join(separator, lists, budget),
        ("substr", [one, offset, length]) => substr(one, offset, length),
        ("replace", [one, old, new]) => replace(one, old, new, budget),
        ("regex", [pattern, one]) => regex(pattern, one),
        ("regexall", [pattern, one]) => regexall(pattern, one, budget),
        ("format", [form, rest @ ..]) => {
            form.text().and_then(|form| bounded(format(&form, rest, budget)?, budget))
        }
        ("formatlist", [form, rest @ ..]) => formatlist(form, rest, budget),
        ("indent", [spaces, one]) => indent(spaces, one, budget),
        _ => return None,
    };
    Some(given)
}

fn two(one: &Term, other: &Term, of: impl Fn(&str, &str) -> Term) -> Given {
    Ok(of(&one.text()?, &other.text()?))
}

/// Letter by letter, as Go does it: `ß` stays one letter.
fn each_letter<I: Iterator<Item = char>>(text: &str, of: impl Fn(char) -> I) -> String {
    let one = |letter: char| {
        let mut letters = of(letter);
        match (letters.next(), letters.next()) {
            (Some(other), None) => other,
            _ => letter,
        }
    };
    text.chars().map(one).collect()
}

/// Each letter that follows none becomes a capital one.
fn title(text: &str) -> String {
    let mut is_start = true;
    let mut letter = |letter: char| {
        let is_first = std::mem::replace(&mut is_start, false) && letter.is_alphabetic();
        is_start = !(letter.is_alphanumeric() || letter == '_');
        if is_first { each_letter(&letter.to_string(), char::to_uppercase) } else { letter.into() }
    };
    text.chars().map(&mut letter).collect()
}

fn split(separator: &Term, one: &Term) -> Given {
    let (separator, text) = (separator.text()?, one.text()?);
    Ok(match separator.is_empty() {
        true => text_list(text.chars().map(String::from)),
        false => text_list(text.split(&*separator)),
    })
}

fn join(separator: &Term, lists: &[Term], budget: &Budget) -> Given {
    let separator = separator.text()?;
    let mut texts = Vec::new();
    for list in lists {
        texts.extend(all_texts(list)?);
    }
    let length = texts.iter().map(|text| text.len() + separator.len()).sum();
    budget.spend_text(length)?;
    Ok(Term::of(texts.iter().map(|text| &**text).collect::<Vec<_>>().join(&separator)))
}

fn substr(one: &Term, offset: &Term, length: &Term) -> Given {
    let (text, offset, length) = (one.text()?, offset.whole()?, length.whole()?);
    // Terraform counts clusters of letters; without marks that combine, each is one letter.
    if !text.is_ascii() {
        return Err(Stop::unknown("a part of a text that is not ASCII is not told"));
    }
    let count = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { offset + count } else { offset };
    if start < 0 || length < -1 {
        return Err(Stop::unknown("`substr(…)` begins before its text"));
    }
    let letters = text.chars().skip(usize::try_from(start).unwrap_or_default());
    Ok(Term::of(match usize::try_from(length) {
        Ok(length) => letters.take(length).collect::<String>(),
        Err(_) => letters.collect(),
    }))
}

fn compiled(pattern: &str) -> Result<Regex, Stop> {
    let compiled = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
    // Go and Rust have the same language but for a few classes.
    compiled.map_err(|_| Stop::unknown("a regular expression has another form"))
}

fn replace(one: &Term, old: &Term, new: &Term, budget: &Budget) -> Given {
    let (text, old, new) = (one.text()?, old.text()?, new.text()?);
    // A text between slashes is a regular expression ("replace Function").
    if let Some(pattern) = old.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        let pattern = compiled(pattern)?;
        let count = pattern.find_iter(&text).count();
        budget.spend_text(text.len() + (count + 1) * (new.len() + text.len() / 8))?;
        return Ok(Term::of(pattern.replace_all(&text, &*new)));
    }
    let count = text.matches(&*old).count();
    budget.spend_text(text.len() + count * new.len())?;
    Ok(Term::of(text.replace(&*old, &new)))
}

/// What one match of a regular expression gives: its groups, by name where they have names, or
/// itself where there are none.
fn captured(pattern: &Regex, groups: &regex::Captures<'_>) -> Term {
    let text =
        |group: Option<regex::Match<'_>>| group.map_or(Term::Null, |it| Term::of(it.as_str()));
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    match groups.len() {
        1 => text(groups.get(0)),
        _ if names.is_empty() => Term::list(groups.iter().skip(1).map(text).collect()),
        _ => {
            let entry = |name: &&str| ((*name).to_owned(), text(groups.name(name)));
            Term::map(names.iter().map(entry).collect())
        }
    }
}

fn regex(pattern: &Term, one: &Term) -> Given {
    let (pattern, text) = (compiled(&pattern.text()?)?, one.text()?);
    match pattern.captures(&text) {
        Some(groups) => Ok(captured(&pattern, &groups)),
        None => Err(Stop::fault("a regular expression does not match")),
    }
}

fn regexall(pattern: &Term, one: &Term, budget: &Budget) -> Given {
    let (pattern, text) = (compiled(&pattern.text()?)?, one.text()?);
    budget.spend_text(text.len())?;
    Ok(Term::list(pattern.captures_iter(&text).map(|groups| captured(&pattern, &groups)).collect()))
}

fn indent(spaces: &Term, one: &Term, budget: &Budget) -> Given {
    let (spaces, text) = (usize::try_from(spaces.whole()?).unwrap_or_default(), one.text()?);
    let count = text.matches('\n').count();
    budget.spend_text(text.len().saturating_add(spaces.saturating_mul(count)))?;
    // What no line needs is not even made: it may be larger than the memory.
    let indented = |text: &str| text.replace('\n', &format!("\n{}", " ".repeat(spaces)));
    Ok(Term::of(if count == 0 { text.to_string() } else { indented(&text) }))
}

/// The largest width or precision in `format`: Rust takes 16 bits, and no name or path has more.
const WIDEST: usize = 1_000;

/// `format`, with the verbs that its documentation has.
fn format(form: &str, given: &[Term], budget: &Budget) -> Result<String, Stop> {
    let mut text = String::new();
    let mut letters = form.chars().peekable();
    let mut rest = given.iter();
    let other = || Stop::unknown("`format(…)` has another form");
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut take = |is: &dyn Fn(char) -> bool| {
            let mut taken = String::new();
            while let Some(letter) = letters.next_if(|letter| is(*letter)) {
                taken.push(letter);
            }
            taken
        };
        let flags = take(&|letter| " +-0".contains(letter));
        let width = take(&|letter| letter.is_ascii_digit());
        let is_precise = !take(&|letter| letter == '.').is_empty();
        let precision = take(&|letter| letter.is_ascii_digit());
        let verb = letters.next().ok_or_else(other)?;
        if verb == '%' {
            text.push('%');
            continue;
        }
        let size = |digits: &str| digits.parse::<usize>().unwrap_or_default();
        let (width, precision) = (size(&width), is_precise.then(|| size(&precision)));
        if width.max(precision.unwrap_or_default()) > WIDEST {
            return Err(other());
        }
        budget.spend_text(width.saturating_add(precision.unwrap_or_default()))?;
        // A position (`%[1]s`) and other flags are rare.
        let term = match verb {
            's' | 'q' | 'v' | 'd' | 't' | 'f' | 'x' | 'X' | 'b' | 'o' => rest.next(),
            _ => return Err(other()),
        };
        let term = term.ok_or_else(|| Stop::fault("`format(…)` has too few arguments"))?;
        let shown = shown(verb, term.known()?, precision, budget)?;
        let is_signed = flags.contains(['+', ' ']) && "dfv".contains(verb);
        let shown = match is_signed && !shown.starts_with('-') {
            true => format!("{}{shown}", if flags.contains('+') { '+' } else { ' ' }),
            false => shown,
        };
        let missing = width.saturating_sub(shown.chars().count());
        if flags.contains('-') {
            text.push_str(&shown);
            text.extend(std::iter::repeat_n(' ', missing));
        } else if flags.contains('0') && verb != 's' && verb != 'q' {
            let (sign, digits) = shown.split_at(usize::from(shown.starts_with(['-', '+', ' '])));
            text.push_str(sign);
            text.extend(std::iter::repeat_n('0', missing));
            text.push_str(digits);
        } else {
            text.extend(std::iter::repeat_n(' ', missing));
            text.push_str(&shown);
        }
    }
    match rest.next() {
        Some(_) if form.contains('%') || !given.is_empty() => {
            Err(Stop::fault("`format(…)` has too many arguments"))
        }
        _ => Ok(text),
    }
}

/// An argument of `format` as a verb shows it.
fn shown(
    verb: char,
    term: &Term,
    precision: Option<usize>,
    budget: &Budget,
) -> Result<String, Stop> {
    Ok(match verb {
        's' | 'q' => {
            let text = match (verb, term) {
                (_, Term::Null) => return Err(Stop::unknown("`format(…)` shows null")),
                (_, term) => term.text()?,
            };
            let cut: String = text.chars().take(precision.unwrap_or(usize::MAX)).collect();
            if verb == 'q' { encoded(&Term::of(cut), budget)? } else { cut }
        }
        'v' => match term {
            Term::Text(text) => text.to_string(),
            term => encoded(term, budget)?,
        },
        't' => term.truth()?.to_string(),
        'f' => {
            let value = term.number()?;
            let precision = precision.unwrap_or(6);
            // Halves: Go's decimals are exact, and so are those of this.
            format!("{value:.precision$}")
        }
        'd' => term.whole()?.to_string(),
        'x' => format!("{:x}", positive(term)?),
        'X' => format!("{:X}", positive(term)?),
        'b' => format!("{:b}", positive(term)?),
        _ => format!("{:o}", positive(term)?),
    })
}

fn positive(term: &Term) -> Result<u64, Stop> {
    u64::try_from(term.whole()?).map_err(|_| Stop::unknown("`format(…)` shows a negative number"))
}

fn formatlist(form: &Term, given: &[Term], budget: &Budget) -> Given {
    let form = form.text()?;
    let lengths = given.iter().filter_map(|term| match term {
        Term::List(list) | Term::Set(list) => Some(list.len()),
        _ => None,
    });
    let lengths: Vec<usize> = lengths.collect();
    let length = lengths.first().copied().unwrap_or(1);
    if lengths.iter().any(|other| *other != length) {
        return Err(Stop::fault("`formatlist(…)` has lists of several lengths"));
    }
    let mut list = Vec::new();
    for index in 0..length {
        budget.spend(given.len())?;
        let own = given.iter().map(|term| match term {
            Term::List(_) | Term::Set(_) => Ok(ordered(term)?[index].clone()),
            other => Ok(other.clone()),
        });
        let own: Vec<Term> = own.collect::<Result<_, Stop>>()?;
        list.push(bounded(format(&form, &own, budget)?, budget)?);
    }
    Ok(Term::list(list))
}

fn paths(name: &str, given: &[Term], outside: &Outside<'_>, folder: &Utf8Path) -> Option<Given> {
    let path = |term: &Term| Ok::<_, Stop>(located(&term.text()?, folder));
    let given = match (name, given) {
        ("basename", [one]) => one.text().and_then(|text| base(&text)),
        ("dirname", [one]) => one.text().map(|text| Term::of(parent(&text))),
        ("abspath", [one]) => one.text().map(|text| match text.starts_with('/') {
            true => Term::of(clean(&text)),
            false => Term::of(clean(&format!("{HERE}/{folder}/{text}"))),
        }),
        ("pathexpand", [one]) => one.text().and_then(|text| match text.starts_with('~') {
            true => Err(Stop::unknown("a home folder is another one for each user")),
            false => Ok(Term::Text(text)),
        }),
        ("file", [one]) => path(one).and_then(|path| outside.file(&path)),
        ("fileexists", [one]) => path(one).and_then(|path| {
            let is_built = path.extension() == Some("zip");
            let is_there = outside.file(&path)? == Term::Manifest || !is_built;
            if is_there { Ok(Term::Bool(true)) } else { Err(computed(name)) }
        }),
        ("fileset", [one, pattern]) => path(one).and_then(|path| {
            let pattern = pattern.text()?;
            outside.fileset(&path, &pattern)
        }),
        _ => return None,
    };
    Some(given)
}

/// Without `.`, doubled slashes and `..`, as Go's `filepath.Clean` has it.
fn clean(path: &str) -> String {
    match normal(Utf8Path::new(path)).into_string() {
        empty if empty.is_empty() => ".".to_owned(),
        path => path,
    }
}

fn base(path: &str) -> Given {
    let short = path.trim_end_matches('/');
    let last = short.rsplit('/').next().unwrap_or_default();
    match (path, last) {
        _ if format!("/{last}") == HERE => Err(here()),
        ("", _) => Ok(Term::of(".")),
        (_, "") => Ok(Term::of("/")),
        (_, last) => Ok(Term::of(last)),
    }
}

fn parent(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(&path[..=at]),
        None => ".".to_owned(),
    }
}

fn numbers(name: &str, given: &[Term]) -> Option<Given> {
    let all = || given.iter().map(Term::number).collect::<Result<Vec<_>, _>>();
    let extreme = |of: fn(f64, f64) -> f64| {
        let none = || Stop::fault("there is no number");
        all().and_then(|all| all.into_iter().reduce(of).ok_or_else(none)).and_then(number)
    };
    let given = match (name, given) {
        ("max", _) => extreme(f64::max),
        ("min", _) => extreme(f64::min),
        ("abs", [one]) => one.number().map(f64::abs).and_then(number),
        ("ceil", [one]) => one.number().map(f64::ceil).and_then(number),
        ("floor", [one]) => one.number().map(f64::floor).and_then(number),
        ("signum", [one]) => {
            one.number().map(|it| if it == 0.0 { 0.0 } else { it.signum() }).and_then(number)
        }
        ("pow", [one, other]) => one.number().and_then(|one| number(one.powf(other.number()?))),
        ("parseint", [one, base]) => one.text().and_then(|text| {
            let base = u32::try_from(base.whole()?).ok().filter(|base| (2..=36).contains(base));
            let base = base.ok_or_else(|| Stop::unknown("`parseint(…)` has another base"))?;
            let parsed = i64::from_str_radix(&text, base);
            let parsed = parsed.map_err(|_| Stop::fault("a text is no number"))?;
            #[expect(clippy::cast_precision_loss, reason = "`number` refuses what is too large")]
            number(parsed as f64)
        }),
        _ => return None,
    };
    Some(given)
}

fn types(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let [one] = given else { return None };
    let given = match (name, one) {
        ("tostring" | "tonumber" | "tobool" | "tolist" | "toset" | "tomap", Term::Null) => {
            Ok(Term::Null)
        }
        ("tostring", one) => one.text().map(Term::Text),
        ("tonumber", one) => one.number().and_then(number),
        ("tobool", one) => one.truth().map(Term::Bool),
        ("tolist", one) => ordered(one).map(|list| Term::list(unified(list))),
        ("toset", one) => one.elements().and_then(|list| Term::set(list, budget)),
        ("tomap", one) => one.entries().map(|map| {
            let values: Vec<Term> = map.values().cloned().collect();
            Term::map(map.keys().cloned().zip(unified(&values)).collect())
        }),
        _ => return None,
    };
    Some(given)
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn lists(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let given = match (name, given) {
        ("length", [one]) => length(one),
        ("element", [list, index]) => ordered(list).and_then(|list| {
            let index = index.whole()?;
            match (i64::try_from(list.len()), usize::try_from(index)) {
                (Ok(0), _) => Err(Stop::fault("a list is empty")),
                (_, Ok(index)) => list[index % list.len()].clone().open(),
                _ => Err(Stop::unknown("`element(…)` has a negative index")),
            }
        }),
        ("one", [list]) => list.elements().and_then(|list| match list {
            [] => Ok(Term::Null),
            [one] => one.clone().open(),
            _ => Err(Stop::fault("a list has more than one element")),
        }),
        ("concat", lists) => {
            let mut all = Vec::new();
            for list in lists {
                match ordered(list) {
                    Ok(list) => all.extend(list.iter().cloned()),
                    Err(stop) => return Some(Err(stop)),
                }
            }
            budget.spend(all.len()).map(|()| Term::list(all))
        }
        ("flatten", [one]) => {
            let mut all = Vec::new();
            flatten(one, &mut all, budget).map(|()| Term::list(all))
        }
        ("distinct", [one]) => ordered(one).and_then(|list| {
            let list = unified(list);
            budget.spend(list.len())?;
            Ok(Term::list(distinct(&list, budget)?))
        }),
        ("reverse", [one]) => {
            ordered(one).map(|list| Term::list(list.iter().rev().cloned().collect()))
        }
        ("sort", [one]) => all_texts(one).map(|mut texts| {
            texts.sort();
            text_list(texts)
        }),
        ("compact", [one]) => one.elements().and_then(|list| {
            let mut kept = Vec::new();
            for term in list {
                match term.known()? {
                    Term::Null => {}
                    term => kept.push(term.text()?),
                }
            }
            kept.retain(|text| !text.is_empty());
            Ok(text_list(kept))
        }),
        ("contains", [list, one]) => contains(list, one, budget).map(Term::Bool),
        ("index", [list, one]) => ordered(list).and_then(|list| {
            for (index, term) in list.iter().enumerate() {
                if term.same(one, budget)? {
                    return of_count(index);
                }
            }
            Err(Stop::fault("a list has no such element"))
        }),
        ("slice", [list, from, to]) => ordered(list).and_then(|list| {
            let (from, to) = (usize::try_from(from.whole()?), usize::try_from(to.whole()?));
            let part = from.ok().zip(to.ok()).and_then(|(from, to)| list.get(from..to));
            part.map(|part| Term::list(part.to_vec()))
                .ok_or_else(|| Stop::fault("`slice(…)` is past the end of its list"))
        }),
        ("range", numbers) => range(numbers, budget),
        ("chunklist", [list, size]) => {
            ordered(list).and_then(|list| match usize::try_from(size.whole()?) {
                Ok(0) | Err(_) => Err(Stop::unknown("`chunklist(…)` has another form")),
                Ok(size) => Ok(Term::list(
                    list.chunks(size).map(|part| Term::list(part.to_vec())).collect(),
                )),
            })
        }
        ("setproduct", lists) => setproduct(lists, budget),
        ("setunion", sets) => {
            let all = sets.iter().map(Term::elements).collect::<Result<Vec<_>, _>>();
            all.and_then(|all| {
                let all = all.concat();
                budget.spend(all.len())?;
                Term::set(&all, budget)
            })
        }
        ("setintersection" | "setsubtract", [first, others @ ..]) => {
            first.elements().and_then(|list| {
                let mut kept = Vec::new();
                for term in list {
                    let mut is_kept = true;
                    for other in others {
                        let is_there = contains(other, term, budget)?;
                        is_kept &= is_there == (name == "setintersection");
                    }
                    if is_kept {
                        kept.push(term.clone());
                    }
                }
                Term::set(&kept, budget)
            })
        }
        ("alltrue", [one]) => one.elements().and_then(|list| decided(list, false)),
        ("anytrue", [one]) => one.elements().and_then(|list| decided(list, true)),
        ("sum", [one]) => one.elements().and_then(|list| {
            if list.is_empty() {
                return Err(Stop::fault("there is no number"));
            }
            number(list.iter().map(Term::number).sum::<Result<f64, _>>()?)
        }),
        ("coalesce", terms) => {
            // The first that is neither null nor an empty text ("coalesce Function").
            let none = || Err(Stop::fault("`coalesce(…)` has no value"));
            let first = terms.iter().find(|term| {
                **term != Term::Null && !matches!(term, Term::Text(text) if text.is_empty())
            });
            first.map_or_else(none, |term| term.clone().open())
        }
        ("coalescelist", lists) => {
            let none = || Err(Stop::fault("`coalescelist(…)` has no value"));
            let empty = |term: &&Term| term.elements().is_ok_and(<[Term]>::is_empty);
            let first = lists.iter().find(|term| !empty(term));
            first.map_or_else(none, |term| term.clone().open())
        }
        ("matchkeys", [values, keys, wanted]) => ordered(values).and_then(|values| {
            let mut kept = Vec::new();
            for (value, key) in values.iter().zip(ordered(keys)?) {
                if contains(wanted, key, budget)? {
                    kept.push(value.clone());
                }
            }
            Ok(Term::list(kept))
        }),
        _ => return None,
    };
    Some(given)
}

fn of_count(count: usize) -> Given {
    number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn length(one: &Term) -> Given {
    match one.known()? {
        Term::Text(text) if text.is_ascii() => of_count(text.len()),
        // What one letter is, marks and pictures decide.
        Term::Text(_) | Term::Manifest => {
            Err(Stop::unknown("the length of a text that is not ASCII is not told"))
        }
        Term::Map(map) => of_count(map.len()),
        Term::Set(list) if list.iter().any(|term| term.known().is_err()) => {
            Err(Stop::unknown("elements of a set that are not known may be the same"))
        }
        other => of_count(other.elements()?.len()),
    }
}

fn flatten(one: &Term, all: &mut Vec<Term>, budget: &Budget) -> Result<(), Stop> {
    for term in ordered(one)? {
        budget.spend(1)?;
        match term {
            Term::List(_) | Term::Set(_) => flatten(term, all, budget)?,
            // It may be a list of any length.
            Term::Unknown(unknown) => return Err(Stop::Unknown(unknown.clone())),
            other => all.push(other.clone()),
        }
    }
    Ok(())
}

fn contains(list: &Term, one: &Term, budget: &Budget) -> Result<bool, Stop> {
    let one = one.known()?;
    let mut open = None;
    for term in list.elements()? {
        match term.same(one, budget) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(stop) => open = Some(stop),
        }
    }
    open.map_or(Ok(false), Err)
}

/// Whether one of a list of bools is `deciding`, which decides whatever the others are.
fn decided(list: &[Term], deciding: bool) -> Given {
    let mut open = None;
    for term in list {
        match term.truth() {
            Ok(truth) if truth == deciding => return Ok(Term::Bool(deciding)),
            Ok(_) => {}
            Err(stop) => open = Some(stop),
        }
    }
    open.map_or(Ok(Term::Bool(!deciding)), Err)
}

fn range(given: &[Term], budget: &Budget) -> Given {
    let numbers = given.iter().map(Term::number).collect::<Result<Vec<_>, _>>()?;
    let (from, to, step) = match numbers[..] {
        [to] => (0.0, to, if to < 0.0 { -1.0 } else { 1.0 }),
        [from, to] => (from, to, if to < from { -1.0 } else { 1.0 }),
        [from, to, step] => (from, to, step),
        _ => return Err(Stop::fault("`range(…)` has one to three arguments")),
    };
    if step == 0.0 || (to - from) * step < 0.0 {
        return Err(Stop::fault("`range(…)` goes nowhere"));
    }
    let (mut list, mut next) = (Vec::new(), from);
    while if step > 0.0 { next < to } else { next > to } {
        budget.spend(1)?;
        list.push(number(next)?);
        next += step;
    }
    Ok(Term::list(list))
}

fn setproduct(lists: &[Term], budget: &Budget) -> Given {
    let mut rows: Vec<Vec<Term>> = vec![Vec::new()];
    for list in lists {
        let list = ordered(list)?;
        budget.spend(rows.len().saturating_mul(list.len()).saturating_mul(lists.len()))?;
        let longer = |row: &Vec<Term>| {
            let with = |term: &Term| row.iter().chain([term]).cloned().collect();
            list.iter().map(with).collect::<Vec<Vec<Term>>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let is_set = lists.iter().any(|list| matches!(list, Term::Set(_)));
    let rows: Vec<Term> = rows.into_iter().map(Term::list).collect();
    Ok(if is_set { Term::Set(Rc::new(rows)) } else { Term::list(rows) })
}

fn maps(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let given = match (name, given) {
        ("keys", [one]) => one.entries().map(|map| text_list(map.keys())),
        ("values", [one]) => one.entries().map(|map| Term::list(map.values().cloned().collect())),
        ("lookup", [map, key, rest @ ..]) => map.entries().and_then(|map| {
            let key = key.text()?;
            match (map.get(&*key), rest) {
                (Some(term), _) => term.clone().open(),
                (None, [default]) => default.clone().open(),
                (None, _) => Err(Stop::fault(&format!("there is no key `{key}`"))),
            }
        }),
        ("merge", maps) => merge(maps, budget),
        ("zipmap", [keys, values]) => all_texts(keys).and_then(|keys| {
            let values = ordered(values)?;
            if keys.len() != values.len() {
                return Err(Stop::fault("`zipmap(…)` has lists of two lengths"));
            }
            let keys = keys.iter().map(ToString::to_string);
            Ok(Term::map(keys.zip(values.iter().cloned()).collect()))
        }),
        ("transpose", [one]) => one.entries().and_then(|map| {
            let mut turned: BTreeMap<String, Vec<Term>> = BTreeMap::new();
            for (key, list) in map {
                for text in all_texts(list)? {
                    budget.spend(1)?;
                    turned.entry(text.to_string()).or_default().push(Term::of(key));
                }
            }
            let list = |(key, list): (String, Vec<Term>)| (key, Term::list(list));
            Ok(Term::map(turned.into_iter().map(list).collect()))
        }),
        _ => return None,
    };
    Some(given)
}

fn merge(maps: &[Term], budget: &Budget) -> Given {
    let mut merged = BTreeMap::new();
    for map in maps {
        match map.known()? {
            Term::Null => {}
            map => {
                let map = map.entries()?;
                budget.spend(map.len())?;
                merged.extend(map.iter().map(|(key, term)| (key.clone(), term.clone())));
            }
        }
    }
    Ok(Term::map(merged))
}

fn codes(name: &str, given: &[Term], outside: &Outside<'_>) -> Option<Given> {
    let budget = &outside.budget;
    let [one] = given else { return None };
    let given = match name {
        "jsondecode" => match one {
            Term::Manifest => outside.entries(),
            one => one.text().and_then(|text| {
                budget.spend_text(text.len())?;
                let json = serde_json::from_str(&text);
                from_json(json.map_err(|_| Stop::fault("it is no JSON"))?)
            }),
        },
        "jsonencode" => encoded(one, budget).map(Term::of),
        "yamldecode" => one.text().and_then(|text| yaml::decode(&text, budget)),
        "base64encode" => one.text().map(|text| Term::of(STANDARD.encode(text.as_bytes()))),
        "base64decode" => one.text().and_then(|text| {
            let bytes = STANDARD.decode(text.as_bytes()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            text.map(Term::of).ok_or_else(|| Stop::fault("it is no text in base64"))
        }),
        _ => return None,
    };
    Some(given)
}

/// JSON as Go's encoder writes it.
fn encoded(term: &Term, budget: &Budget) -> Result<String, Stop> {
    let list = |list: &[Term]| {
        let texts = list.iter().map(|term| encoded(term, budget));
        Ok(format!("[{}]", texts.collect::<Result<Vec<_>, Stop>>()?.join(",")))
    };
    let text = match term.known()? {
        Term::Null => "null".to_owned(),
        Term::Bool(truth) => truth.to_string(),
        Term::Number(number) => number.to_string(),
        Term::Text(text) if text.contains(HERE) => return Err(here()),
        Term::Text(text) => quoted(text),
        Term::List(all) => list(all)?,
        set @ Term::Set(_) => list(ordered(set)?)?,
        Term::Map(map) => {
            let entry = |(key, value): (&String, &Term)| {
                Ok(format!("{}:{}", quoted(key), encoded(value, budget)?))
            };
            format!("{{{}}}", map.iter().map(entry).collect::<Result<Vec<_>, Stop>>()?.join(","))
        }
        Term::Manifest | Term::Unknown(_) => return Err(computed("jsonencode")),
    };
    budget.spend_text(text.len())?;
    Ok(text)
}

fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
