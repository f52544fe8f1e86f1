//! Fills the templates in; pure.
//!
//! A line `#? NAME` begins lines that stay only where that is so, `#? !NAME` those that stay only
//! where it is not, and `#? end` ends either. `@NAME@` stands for a value.

/// What a template is filled in with.
#[derive(Debug, Default)]
pub(super) struct Filling {
    /// What is so.
    pub(super) conditions: Vec<&'static str>,
    /// Values by name, each written as the place in the template wants it.
    pub(super) values: Vec<(&'static str, String)>,
}

/// Fills a template in.
pub(super) fn fill(template: &str, filling: &Filling) -> String {
    let mut text = String::new();
    let mut stays = true;
    for line in template.lines() {
        if let Some(word) = line.strip_prefix("#? ") {
            let holds = |name: &str| filling.conditions.contains(&name);
            stays = match word.strip_prefix('!') {
                Some(name) => !holds(name),
                None => word == "end" || holds(word),
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
        let value = after.split_once('@').and_then(|(name, behind)| {
            let (_, value) = filling.values.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        match value {
            Some((value, behind)) => {
                filled.push_str(value);
                rest = behind;
            }
            None => {
                filled.push('@');
                rest = after;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_where_their_condition_holds() {
        let template = "a\n#? yes\nb\n#? end\n#? !yes\nc\n#? end\n#? no\nd\n#? end\ne\n";
        let filling = Filling { conditions: vec!["yes"], values: Vec::new() };
        assert_eq!(fill(template, &filling), "a\nb\ne\n");
        assert_eq!(fill(template, &Filling::default()), "a\nc\ne\n");
    }

    #[test]
    fn values_are_put_in_once_and_other_signs_stay() {
        let values = vec![("one", "@two@".to_owned()), ("two", "2".to_owned())];
        let filling = Filling { conditions: Vec::new(), values };
        let line = "uses: x/y@v4 @one@@two@ @three@\n";
        assert_eq!(fill(line, &filling), "uses: x/y@v4 @two@2 @three@\n");
    }
}
