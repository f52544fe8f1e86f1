//! What is a name to Lambda: nothing else is put into an argument of the AWS CLI.
//!
//! The CLI reads a value that begins with `file://` from that file, and version 1 fetches one that
//! begins with `http://` ("Loading a parameter from a file" in its user guide); one that begins with a
//! dash is an option to it. Names come from a state, a plan, `*.tf` files and the config.

use super::Question;
use crate::report::Failure;

impl Question {
    /// Refuses a question that Lambda can't be asked.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Self { function_name, region, is_layer, .. } = self;
        // One with a `*` is compared with names, and is none itself.
        if !function_name.contains('*') && !is_function_name(function_name) {
            let what = if *is_layer { "layer" } else { "function" };
            let message = format!("`{function_name}` is no name of a {what} in Lambda");
            return Err(Failure::lambda("function-name", message).hint(
                "give its name (letters, digits, `-` and `_`, not a dash at first) or its ARN in \
                 `function-name`, or where Terraform has it",
            ));
        }
        match region.as_deref().filter(|region| !is_region(region)) {
            Some(region) => {
                let message =
                    format!("`{region}`, where `{function_name}` is, is no region of AWS");
                Err(Failure::lambda("function-name", message)
                    .hint("look at the function's ARN in the state or plan"))
            }
            None => Ok(()),
        }
    }
}

/// Whether a text is a function's name, a partial ARN or an ARN, with a version or an alias or without
/// (`FunctionName` of `GetFunctionConfiguration` in Lambda's API reference).
pub(super) fn is_function_name(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split(':').collect();
    if let ["arn", partition, "lambda", rest @ ..] = &parts[..] {
        if !is_label(partition) {
            return false;
        }
        parts = rest.to_vec();
    }
    let is_account = |part: &str| part.len() == 12 && part.bytes().all(|it| it.is_ascii_digit());
    let name = match &parts[..] {
        [region, account, "function", name @ ..] if is_region(region) && is_account(account) => {
            name
        }
        [account, "function", name @ ..] if is_account(account) => name,
        name => name,
    };
    match name {
        [name] => is_word(name),
        [name, version] => is_word(name) && (*version == "$LATEST" || is_word(version)),
        _ => false,
    }
}

/// The CLI makes a part of a host's name of it.
fn is_region(text: &str) -> bool {
    is_label(text) && text.contains(|letter: char| letter.is_ascii_alphabetic())
}

fn is_label(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(is_letter)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_word(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    (1..=140).contains(&text.len()) && text.chars().all(is_letter) && !text.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_names() {
        for name in [
            "api",
            "dofs-dev_api2",
            "api:live",
            "api:$LATEST",
            "123456789012:function:api",
            "eu-west-1:123456789012:function:api",
            "arn:aws:lambda:eu-west-1:123456789012:function:api",
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:api:7",
        ] {
            assert!(is_function_name(name), "{name}");
        }
    }

    #[test]
    fn what_the_cli_would_read_or_fetch_is_none() {
        let long = "a".repeat(141);
        for name in [
            "",
            "-api",
            "--debug",
            "--endpoint-url=http://host",
            "file:///etc/passwd",
            "file://x",
            "fileb://x",
            "http://169.254.169.254/latest",
            "https://host/x",
            "@x",
            "a b",
            "a\nb",
            "a/b",
            "a;b",
            "$(x)",
            "ä",
            "a:b:c",
            "arn:aws:s3:::bucket",
            "arn:aws:lambda:-x:123456789012:function:api",
            "arn:file://x:lambda:eu-west-1:123456789012:function:api",
            "arn:aws:lambda:eu-west-1:123456789012:layer:api",
            "api:-x",
            &long,
        ] {
            assert!(!is_function_name(name), "{name}");
        }
    }

    #[test]
    fn a_region_is_a_part_of_a_hosts_name() {
        for region in ["eu-west-1", "us-gov-east-1", "cn-north-1", "local"] {
            assert!(is_region(region), "{region}");
        }
        for region in
            ["", "-x", "--debug", "eu-west-1.evil", "file://x", "http://h", "a/b", "1", "a b"]
        {
            assert!(!is_region(region), "{region}");
        }
    }
}
