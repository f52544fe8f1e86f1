//! The refs that are pushed.

use crate::environment::Environment;
use crate::report::{Failure, Warning};

/// Variables of the framework pre-commit, which reads git's lines itself and does not pass them on:
/// the commit; or, where the remote does not have the branch yet, the name of the local one.
const PRE_COMMIT: [&str; 2] = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"];

/// A ref that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    /// The local ref, or the revision that was pushed in place of one (`git push origin
    /// HEAD~:main`).
    pub(super) name: String,
    /// The object it points to.
    pub(super) object: String,
}

/// Returns the tips of the pushed refs: from git's lines, else from the variables of pre-commit,
/// else HEAD. `remote` has the arguments that git passes to the hook.
pub(super) fn tips(
    stdin: &[u8],
    remote: &[String],
    environment: &Environment,
) -> Result<(Vec<Tip>, Option<Warning>), Failure> {
    // A ref's name need not be UTF-8, and is only shown.
    let lines = String::from_utf8_lossy(stdin);
    if !lines.trim().is_empty() {
        return Ok((read_tips(&lines)?, None));
    }
    let revision = PRE_COMMIT.iter().find_map(|name| environment.text(name));
    // Another line of the hook may have read standard input before.
    let warning = (revision.is_none() && !remote.is_empty()).then(|| {
        let message = "standard input names nothing that is pushed, so HEAD is verified";
        Warning::new("nothing-named", message)
            .hint("run this before any other command of the hook that reads standard input")
    });
    let name = revision.unwrap_or("HEAD").to_owned();
    Ok((vec![Tip { object: name.clone(), name }], warning))
}

/// Reads the lines that git gives a pre-push hook:
/// `<local ref> SP <local object name> SP <remote ref> SP <remote object name>`.
///
/// A ref that is deleted has no object here, and is left out. Of refs that lead to one object, the
/// first one stands for all.
///
/// Source: "pre-push" in githooks(5).
fn read_tips(text: &str) -> Result<Vec<Tip>, Failure> {
    let mut tips: Vec<Tip> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        // The local ref may be a revision with blanks, as it was typed: `HEAD^{/some words}`
        // (gitrevisions(7)). The other three fields have none.
        let fields: Vec<&str> = line.rsplitn(4, ' ').collect();
        let is_object = |text: &str| {
            matches!(text.len(), 40 | 64) && text.chars().all(|digit| digit.is_ascii_hexdigit())
        };
        let (object, name) = match fields[..] {
            [_, _, object, name] if is_object(object) => (object, name),
            _ => {
                let line = line.escape_debug();
                let message =
                    format!("line {number} of what git says is pushed can't be read: `{line}`");
                return Err(Failure::input("invalid-push", message)
                    .hint("let git run it: `cargo dofs-package hook install`"));
            }
        };
        let is_deleted = object.chars().all(|digit| digit == '0');
        if !is_deleted && !tips.iter().any(|tip| tip.object == object) {
            tips.push(Tip { name: name.to_owned(), object: object.to_owned() });
        }
    }
    Ok(tips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn each_object_is_looked_at_once_and_what_is_deleted_is_not() {
        let text = format!(
            "refs/heads/a {ONE} refs/heads/a {NONE}\n\
             refs/tags/v {ONE} refs/tags/v {NONE}\n\
             (delete) {NONE} refs/heads/b {ONE}\n\
             HEAD^{{/some words}} {TWO} refs/heads/c {NONE}\n"
        );
        let tip =
            |name: &str, object: &str| Tip { name: name.to_owned(), object: object.to_owned() };
        let tips = [tip("refs/heads/a", ONE), tip("HEAD^{/some words}", TWO)];
        assert_eq!(read_tips(&text).unwrap(), tips);
        assert_eq!(read_tips("").unwrap(), []);
    }

    #[test]
    fn what_git_would_not_say_is_refused() {
        for text in
            ["a b c", "a b c d e", "a b HEAD d e", "refs/heads/a HEAD refs/heads/a HEAD", " "]
        {
            assert!(read_tips(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_git_says_is_read_however_it_is_broken() {
        let environment = Environment::new([]);
        try_all("hook", |bytes| format!("{:?}", tips(bytes, &[], &environment)));
    }
}
