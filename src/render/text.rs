//! Answers for people and shells: lines of tab-separated values.

use std::collections::BTreeMap;

use super::TOOL;
use crate::address::redact;
use crate::report::{
    ChangeKind, Check, Content, ContentKind, ContentSide, Diagnosis, Diff, FORMAT, HookAnswer,
    LargestFile, LeftOut, ListedWheel, Listing, Listings, Locked, MemberChange, Report,
    RequirementChange, Side, Warning, WrittenFile, word,
};
use crate::words;

/// Stands for a value that does not exist.
const NOTHING: &str = "-";

/// From how many on the files that one rule leaves out are counted, and not listed.
const FEW: usize = 3;

/// `NAME<TAB>BASE64_SHA256<TAB>PATH`, a line per package, sorted by name.
pub(crate) fn report(report: &Report) -> String {
    report.packages.iter().map(|it| row([&it.name, &it.digest.to_base64(), &it.path])).collect()
}

/// `NAME<TAB>STATUS<TAB>PATH`, a line for each lambda with requirements.
pub(crate) fn locks(locks: &[Locked]) -> String {
    locks.iter().map(|it| row([&it.name, &word(&it.status), &it.path])).collect()
}

/// `STATUS<TAB>PATH`; empty where it failed.
pub(crate) fn hook(answer: &HookAnswer) -> String {
    let (Some(status), Some(path)) = (&answer.status, &answer.path) else { return String::new() };
    row([&word(status), path])
}

/// `PATH<TAB>STATUS`, a line for each file.
pub(crate) fn files(files: &[WrittenFile]) -> String {
    files.iter().map(|file| row([file.path.as_str(), file.status.as_str()])).collect()
}

/// `NAME<TAB>KIND<TAB>WHAT<TAB>WHERE FROM, THE RULE, OR SIZE`, with the kinds `target`, `own`,
/// `requirement`, `left out`, `warning` and, with the members, `kept`; the name of a function that is
/// left out is its address.
pub(crate) fn listings(listings: &Listings, with_members: bool) -> String {
    let mut text: String = listings.lambdas.iter().map(|it| listing(it, with_members)).collect();
    let functions = listings.functions.iter();
    text.extend(functions.map(|it| row([&it.address, "left out", &it.what, &it.from])));
    let lambdas = listings.left_out.iter();
    text.extend(lambdas.map(|it| row([&it.name, "left out", &it.path, &it.why])));
    text
}

fn listing(listing: &Listing, with_members: bool) -> String {
    let Listing { name, target, own, requirements, kept, left_out, warnings, .. } = listing;
    let mut text = String::new();
    let mut add = |kind, what: &str, why: &str| text += &row([name, kind, what, why]);
    target.iter().for_each(|it| add("target", &it.value, &it.from));
    if let Some(LargestFile { path, unpacked_size }) = &own.largest {
        let files = words::count(own.files, "file");
        let what = format!("{files}, {}", words::bytes(own.unpacked_size));
        let largest = format!("the largest is {path}, {}", words::bytes(*unpacked_size));
        add("own", &what, if own.files == 1 { path } else { &largest });
    }
    for ListedWheel { value, from, size, unpacked_size } in requirements {
        let (packed, unpacked) = (words::bytes(*size), words::bytes(*unpacked_size));
        add("requirement", value, &format!("{from} ({packed}, {unpacked} unpacked)"));
    }
    if with_members {
        for it in kept {
            let mark = if it.ignored { " (ignored by git)" } else { "" };
            add("kept", &it.path, &format!("{}{mark}", it.from));
        }
    }
    for it in &listing.requirements_left_out {
        add("left out", &format!("{} {}", it.name, it.version), &it.rule);
    }
    let mut by_rule: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for LeftOut { path, rule } in left_out {
        by_rule.entry(rule).or_default().push(path);
    }
    for (rule, paths) in by_rule {
        match &*paths {
            [first, others @ ..] if !with_members && others.len() >= FEW => {
                add("left out", &format!("{first}{}", words::and_more(others.len())), rule);
            }
            _ => paths.iter().for_each(|path| add("left out", path, rule)),
        }
    }
    for Warning { code, message, place, .. } in warnings {
        let place = place.as_ref().map_or_else(|| (*code).to_owned(), ToString::to_string);
        add("warning", message, &place);
    }
    text
}

/// The names of lambdas, one a line.
pub(crate) fn names(listings: &[Listing]) -> String {
    listings.iter().map(|listing| row([&listing.name])).collect()
}

/// `damaged<TAB>NAME`, a line for each damaged wheel, by its digest, or record, by its path in the store.
pub(crate) fn damaged(files: &[String]) -> String {
    files.iter().map(|name| row(["damaged", name.as_str()])).collect()
}

/// `NAME<TAB>CHECK<TAB>STATUS<TAB>DETAIL`, a line for each check.
pub(crate) fn checks(checks: &[Check]) -> String {
    let line = |Check { name, subject, status, address, message, .. }: &Check| {
        let detail = match address {
            Some(address) => format!("{address}: {message}"),
            None => message.clone(),
        };
        row([name, &word(subject), &word(status), &detail])
    };
    checks.iter().map(line).collect()
}

/// `GROUP<TAB>NAME<TAB>VALUE<TAB>WHERE FROM`, a line for each thing.
pub(crate) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = row(["tool", TOOL.name, TOOL.version, &format!("format {FORMAT}")]);
    for program in &diagnosis.programs {
        let (value, path) = match (&program.path, &program.version) {
            (None, _) => ("not found", "PATH"),
            (Some(path), None) => ("does not tell its version", path.as_str()),
            (Some(path), Some(version)) => (version.as_str(), path.as_str()),
        };
        text += &row(["program", program.name, value, path]);
    }
    if let Some(store) = &diagnosis.store {
        text += &row(["store", "bytes", &store.bytes.to_string(), &store.directory]);
        text += &row(["store", "files", &store.files.to_string(), &store.directory]);
    }
    if let Some(project) = &diagnosis.project {
        text += &row(["project", "config", project.config.unwrap_or("none"), &project.root]);
        for lambda in &project.lambdas {
            for part in lambda.python.iter().chain(&lambda.architecture) {
                text += &row(["lambda", &lambda.name, &part.value, &part.from]);
            }
            for doubt in &lambda.doubts {
                text += &row(["lambda", &lambda.name, "not known", doubt]);
            }
        }
    }
    for problem in &diagnosis.problems {
        let advice = problem.hint.as_deref().unwrap_or_default();
        let causes = problem.causes.iter().map(|cause| format!(": {cause}"));
        let message = format!("{}{}", problem.message, causes.collect::<String>());
        text += &row(["problem", problem.code, &message, advice]);
    }
    text
}

/// `requirement|member|zip<TAB>HOW<TAB>WHAT<TAB>BEFORE<TAB>AFTER`, and for a requirement the
/// count of its members; of one member, a unified diff.
pub(crate) fn diff(diff: &Diff) -> String {
    if let Some(content) = &diff.content {
        return one_member(content);
    }
    let mut text = String::new();
    let difference = &diff.difference;
    for RequirementChange { name, before, after } in &difference.requirements {
        let how = match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(_), Some(_)) => "changed",
        };
        let [before, after] = [before, after].map(|it| it.as_deref().unwrap_or(NOTHING));
        let counts = counts(name, &difference.members);
        text += &row(["requirement", how, name, before, after, &counts]);
    }
    for change in difference.members.iter().filter(|change| change.requirement.is_none()) {
        let side = |side: Option<Side>| match (side, change.change) {
            (None, _) => NOTHING.to_owned(),
            (Some(side), ChangeKind::Mode) => mode(side.mode),
            (Some(side), _) => side.size.to_string(),
        };
        let (before, after) = (side(change.before), side(change.after));
        text += &row(["member", &word(&change.change), &change.path, &before, &after]);
    }
    if let ([_, ..], Some(before), Some(after)) = (&*difference.reasons, &diff.before, &diff.after)
    {
        let words: Vec<String> = difference.reasons.iter().map(word).collect();
        let path = before.path.as_deref().unwrap_or(NOTHING);
        let [old, new] = [before, after].map(|zip| zip.digest.to_base64());
        text += &row(["zip", "same content", path, &old, &new, &words.join(", ")]);
    }
    text
}

/// How many members of a requirement are other, by what became of them.
fn counts(requirement: &str, members: &[MemberChange]) -> String {
    let kinds = [ChangeKind::Added, ChangeKind::Removed, ChangeKind::Changed, ChangeKind::Mode];
    let counts = kinds.map(|kind| {
        let is_its = |change: &&MemberChange| {
            change.change == kind && change.requirement.as_deref() == Some(requirement)
        };
        (members.iter().filter(is_its).count(), word(&kind))
    });
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    format!("members: {}", counts.join(", "))
}

/// A mode as `chmod` takes it; with its type (inode(7)), where that is not a regular file.
fn mode(mode: Option<u16>) -> String {
    match mode {
        None => NOTHING.to_owned(),
        Some(mode) if matches!(mode & 0o170_000, 0 | 0o100_000) => format!("{:04o}", mode & 0o7777),
        Some(mode) => format!("{mode:06o}"),
    }
}

fn one_member(content: &Content) -> String {
    if content.kind == ContentKind::Same {
        return String::new();
    }
    if let Some(lines) = &content.diff {
        let name = visible(&content.path);
        let side = |side: Option<ContentSide>, letter: char| match side {
            None => "/dev/null".to_owned(),
            Some(_) => format!("{letter}/{name}"),
        };
        let (before, after) = (side(content.before, 'a'), side(content.after, 'b'));
        return format!("--- {before}\n+++ {after}\n{lines}");
    }
    let side = |side: Option<ContentSide>| match side {
        None => NOTHING.to_owned(),
        Some(side) => format!("{} {}", side.size, side.digest.to_hex()),
    };
    let (before, after) = (side(content.before), side(content.after));
    row(["member", &word(&content.kind), &content.path, &before, &after])
}

/// A line of fields. A name may have a tab or a line break in it, which would make more fields or
/// lines of one.
fn row<const FIELDS: usize>(fields: [&str; FIELDS]) -> String {
    fields.map(visible).join("\t") + "\n"
}

/// A text as people see it: secrets of addresses blanked out, control characters as escapes. In a
/// name they could move the cursor or change colours of the terminal, or show another name than the
/// one that is meant.
pub(super) fn visible(text: &str) -> String {
    let escape = |letter: char| match letter.is_control() || turns(letter) {
        true => letter.escape_debug().to_string(),
        false => letter.to_string(),
    };
    redact(text).chars().map(escape).collect()
}

/// Whether a character turns the direction of a text. Source: UAX #9, sections 2.1 to 2.6.
pub(super) fn turns(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Failure, hold};

    #[test]
    fn the_words_of_a_panic_have_no_credentials() {
        for text in ["https://me:secret@host/é", "//me:s/ecret#x@host", "https://h/x?token=secret"]
        {
            let failure =
                hold(|| -> Result<(), Failure> { panic!("it is inside `é` of `{text}`") });
            let failure = failure.unwrap_err();
            let shown = visible(&failure.causes[0]);
            assert!(
                shown.starts_with("it is inside `é` of `") && !shown.contains("ecret"),
                "{shown}"
            );
        }
    }
}
