//! What git says is pushed.

use super::Error;

/// A ref that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tip {
    /// What the ref is called here, or a revision if it is pushed by that.
    pub(crate) name: String,
    /// The object it leads to.
    pub(crate) object: String,
}

/// Reads the lines that git gives a pre-push hook:
/// `<local ref> SP <local object name> SP <remote ref> SP <remote object name>`.
///
/// A ref that is deleted has no object here, and is left out. Of refs that lead to one object, the
/// first one stands for all.
///
/// Source: "pre-push" in githooks(5).
///
/// # Errors
///
/// A line that is none.
pub(crate) fn read_tips(text: &str) -> Result<Vec<Tip>, Error> {
    let mut tips: Vec<Tip> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        // What is pushed may have been named by a revision with blanks: `HEAD^{/some words}`.
        let fields: Vec<&str> = line.rsplitn(4, ' ').collect();
        let is_object = |text: &str| {
            matches!(text.len(), 40 | 64) && text.chars().all(|digit| digit.is_ascii_hexdigit())
        };
        let [_, _, object, name] = fields[..] else {
            return Err(Error::Line { number, line: line.to_owned() });
        };
        if !is_object(object) {
            return Err(Error::Line { number, line: line.to_owned() });
        }
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
}
