//! Fills the templates in; pure.
//!
//! `@NAME@` stands for a value. A line `#? NAME` begins lines that stay only where there is that
//! value, `#? !NAME` those that stay only where there is none, and `#? end` ends either.

use std::collections::BTreeMap;

/// The values for a template, by name, each quoted for its place there.
pub(super) type Filling = BTreeMap<&'static str, String>;

/// Fills a template in.
pub(super) fn fill(template: &str, filling: &Filling) -> String {
    let mut text = String::new();
    let mut stays = true;
    for line in template.lines() {
        if let Some(word) = line.strip_prefix("#? ") {
            stays = match word.strip_prefix('!') {
                Some(name) => !filling.contains_key(name),
                None => word == "end" || filling.contains_key(word),
            };
        } else if stays {
            text.push_str(&values(line, filling));
            text.push('\n');
        }
    }
    text
}

/// Puts values into a line, in one pass: a value may look like the name of another.
fn values(line: &str, filling: &Filling) -> String {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        let value = after.split_once('@');
        let value = value.and_then(|(name, behind)| Some((filling.get(name)?.as_str(), behind)));
        let (value, behind) = value.unwrap_or(("@", after));
        filled.push_str(value);
        rest = behind;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_where_their_condition_holds() {
        let template = "a\n#? yes\nb\n#? end\n#? !yes\nc\n#? end\n#? no\nd\n#? end\ne\n";
        let filling = Filling::from([("yes", String::new())]);
        assert_eq!(fill(template, &filling), "a\nb\ne\n");
        assert_eq!(fill(template, &Filling::default()), "a\nc\ne\n");
    }

    #[test]
    fn values_are_put_in_once_and_other_signs_stay() {
        let filling = Filling::from([("one", "@two@".to_owned()), ("two", "2".to_owned())]);
        let line = "uses: x/y@v4 @one@@two@ @three@\n";
        assert_eq!(fill(line, &filling), "uses: x/y@v4 @two@2 @three@\n");
    }
}
