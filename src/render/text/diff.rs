//! The answer of `diff`.

use std::fmt::Write as _;

use super::visible;
use crate::archive::{
    ChangeKind, Content, ContentSide, Difference, Lines, MemberChange, RequirementChange, Side,
};
use crate::command::{Diff, Found};

/// What stands for what is not there.
const NOTHING: &str = "-";

/// `requirement|member|zip<TAB>HOW<TAB>WHAT<TAB>BEFORE<TAB>AFTER`, and for a requirement the
/// count of its members; of one member, a unified diff.
pub(crate) fn diff(diff: &Diff) -> String {
    match &diff.found {
        Found::Whole(difference) => whole(diff, difference),
        Found::Member(content) => member(content),
    }
}

fn whole(diff: &Diff, difference: &Difference) -> String {
    let mut text = String::new();
    for requirement in &difference.requirements {
        let RequirementChange { name, before, after } = requirement;
        let how = match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(_), Some(_)) => "changed",
        };
        let counts = counts(name, &difference.members);
        let [name, before, after] =
            [Some(name), before.as_ref(), after.as_ref()].map(|text| text.map_or(NOTHING, |it| it));
        let (name, before, after) = (visible(name), visible(before), visible(after));
        line(&mut text, &["requirement", how, &name, &before, &after, &counts]);
    }
    for change in difference.members.iter().filter(|change| change.requirement.is_none()) {
        let side = |side: Option<Side>| match (side, change.kind) {
            (None, _) => NOTHING.to_owned(),
            (Some(side), ChangeKind::Mode) => mode(side.mode),
            (Some(side), _) => side.size.to_string(),
        };
        let (before, after) = (side(change.before), side(change.after));
        line(&mut text, &["member", change.kind.word(), &visible(&change.name), &before, &after]);
    }
    if !difference.reasons.is_empty() {
        let words: Vec<&str> = difference.reasons.iter().map(|reason| reason.word()).collect();
        let path = diff.before.path.as_deref().unwrap_or(NOTHING);
        let [before, after] = [&diff.before, &diff.after].map(|zip| zip.digest.to_base64());
        let words = words.join(", ");
        line(&mut text, &["zip", "same content", &visible(path), &before, &after, &words]);
    }
    text
}

/// How many members of a requirement are other, by what became of them.
fn counts(requirement: &str, members: &[MemberChange]) -> String {
    let kinds = [ChangeKind::Added, ChangeKind::Removed, ChangeKind::Changed, ChangeKind::Mode];
    let counts = kinds.map(|kind| {
        let is_its = |change: &&MemberChange| {
            change.kind == kind && change.requirement.as_deref() == Some(requirement)
        };
        (members.iter().filter(is_its).count(), kind.word())
    });
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    format!("members: {}", counts.join(", "))
}

/// A mode as `chmod` takes it; with its type, where it is that of no regular file.
fn mode(mode: Option<u16>) -> String {
    match mode {
        None => NOTHING.to_owned(),
        Some(mode) if matches!(mode & 0o170_000, 0 | 0o100_000) => format!("{:04o}", mode & 0o7777),
        Some(mode) => format!("{mode:06o}"),
    }
}

fn member(content: &Content) -> String {
    let name = visible(&content.member);
    let side = |side: Option<ContentSide>| match side {
        None => NOTHING.to_owned(),
        Some(side) => format!("{} {}", side.size, side.digest.to_hex()),
    };
    let mut text = String::new();
    let how = match &content.lines {
        Lines::Same => return text,
        Lines::Text(lines) => {
            let side = |side: Option<ContentSide>, letter: char| match side {
                None => "/dev/null".to_owned(),
                Some(_) => format!("{letter}/{name}"),
            };
            let (before, after) = (side(content.before, 'a'), side(content.after, 'b'));
            return format!("--- {before}\n+++ {after}\n{lines}");
        }
        Lines::Binary => "binary",
        Lines::Large => "large",
    };
    line(&mut text, &["member", how, &name, &side(content.before), &side(content.after)]);
    text
}

fn line(text: &mut String, fields: &[&str]) {
    writeln!(text, "{}", fields.join("\t")).expect("a String takes all");
}
