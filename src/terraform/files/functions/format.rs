//! `format` and `formatlist`.

use super::codes::encoded;
use super::{bounded, ordered};
use crate::terraform::files::term::{Budget, Given, Stop, Term};

/// The largest width or precision in `format`: Rust takes 16 bits, and no name or path has more.
const WIDEST: usize = 1_000;

/// `format`, with the verbs that its documentation has.
pub(super) fn format(form: &str, given: &[Term], budget: &Budget) -> Result<String, Stop> {
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

pub(super) fn formatlist(form: &Term, given: &[Term], budget: &Budget) -> Given {
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
