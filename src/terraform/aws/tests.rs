//! What is asked of Lambda, with a script in place of the AWS CLI.

use camino::Utf8Path;
use expect_test::expect;

use std::time::Duration;

use super::*;
use crate::environment::Environment;
use crate::patience::Limits;
use crate::report::Failure;

/// A script in place of the AWS CLI, and the environment that finds it. The script is asked with
/// all arguments in `$*`.
#[cfg(unix)]
struct Script(crate::fs::TemporaryDirectory);

#[cfg(unix)]
impl Script {
    fn new(cases: &str) -> Self {
        let folder = crate::fs::TemporaryDirectory::new().unwrap();
        let path = folder.path().join("aws");
        let text = format!(
            "#!/bin/sh\necho \"$*\" >> \"$CALLS\"\n[ \"$AWS_PAGER$AWS_CLI_AUTO_PROMPT\" = off ] \
             || exit 9\ncase \"$*\" in\n{cases}\nesac\n"
        );
        // Written by another process: a child of another test could inherit it open for
        // writing, and then it can't be run.
        let write = format!("cat > '{path}' && chmod 755 '{path}'");
        let feed = format!("cat <<'END' | ({write})\n{text}END\n");
        let output = Program::new("sh", ["-c", &feed], Self::path()).run();
        assert!(output.unwrap().success);
        Self(folder)
    }

    fn path() -> Environment {
        Environment::new([("PATH".into(), "/usr/bin:/bin".into())])
    }

    fn calls(&self) -> std::path::PathBuf {
        self.0.path().join("calls").into()
    }

    fn environment(&self) -> Environment {
        let path = format!("{}:/usr/bin:/bin", self.0.path());
        Environment::new([
            ("PATH".into(), path.into()),
            ("CALLS".into(), self.calls().into()),
            ("AWS_PAGER".into(), "less".into()),
        ])
    }

    /// What was run, sorted.
    fn asked(&self) -> Vec<String> {
        let path = self.calls();
        let bytes = crate::fs::read(Utf8Path::from_path(&path).unwrap()).unwrap().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

fn question(lambda: &str, function_name: &str, region: Option<&str>) -> Question {
    Question {
        lambda: lambda.to_owned(),
        is_layer: false,
        function_name: function_name.to_owned(),
        region: region.map(str::to_owned),
    }
}

/// What Lambda says of each function, a line each.
fn shown(answers: &[Answer]) -> String {
    let mut lines = String::new();
    for Answer { question, functions } in answers {
        if functions.is_empty() {
            lines += &format!("{} has none like {}\n", question.lambda, question.function_name);
        }
        for function in functions {
            let deployed = function.deployed.as_ref().unwrap();
            let values = [&function.runtime, &function.architecture, &function.handler];
            let values = values.map(|value| value.known().unwrap_or("-"));
            let code = deployed.code_sha256.as_deref().unwrap();
            let unready = deployed.unready.as_deref().unwrap_or("-");
            lines += &format!(
                "{}|{}|{}|{code}|{unready}{}\n",
                question.lambda,
                function.address,
                values.join("|"),
                if function.code == Code::Image { "|image" } else { "" }
            );
        }
    }
    lines
}

#[cfg(unix)]
#[test]
fn each_function_is_asked_for_and_names_with_a_star_are_listed_once() {
    let hash = "new=";
    let script = Script::new(&format!(
        r#"
*list-functions*) echo '{{"Functions": [{{"FunctionName": "api-prod"}}, {{"FunctionName": "api-dev"}},
  {{"FunctionName": "other"}}]}}' ;;
*api-dev*) echo '{{"FunctionName": "api-dev", "CodeSha256": "{hash}", "Runtime": "python3.12",
  "Handler": "api.handler", "Architectures": ["x86_64"], "PackageType": "Zip",
  "LastUpdateStatus": "Successful", "Unknown": {{}}}}' ;;
*api-prod*) echo '{{"FunctionName": "api-prod", "CodeSha256": "old=", "Runtime": "python3.9",
  "Handler": "api.handler", "LastUpdateStatus": "Failed", "Layers": [{{"Arn": "a"}}],
  "Environment": {{"Variables": {{"KEY": "secret", "PYTHONPATH": "src"}}}}}}' ;;
*failed-update*) echo '{{"FunctionName": "failed-update", "CodeSha256": "{hash}",
  "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "the role is gone"}}' ;;
*updating*) echo '{{"FunctionName": "updating", "CodeSha256": "{hash}", "LastUpdateStatus": "InProgress",
  "Environment": {{"Error": {{"ErrorCode": "KMSAccessDenied"}}}}}}' ;;
*dead*) echo '{{"FunctionName": "dead", "CodeSha256": "{hash}", "State": "Failed"}}' ;;
*image*) echo '{{"FunctionName": "image", "CodeSha256": "abc", "PackageType": "Image"}}' ;;
*) echo "An error occurred (ResourceNotFoundException) when calling it" >&2; exit 254 ;;
"#
    ));
    let questions = [
        question("api", "api-*", Some("eu-west-1")),
        question("jobs", "jobs-*", Some("eu-west-1")),
        question("gone", "gone", None),
        question("image", "image", None),
        question("failed", "api-dev", None),
        question("api", "failed-update", None),
        question("api", "updating", None),
        question("api", "dead", None),
    ];
    let answers = ask(&questions, &script.environment()).unwrap();
    expect![[r#"
        api|api-dev|python3.12|x86_64|api.handler|new=|-
        api|api-prod|python3.9|x86_64|api.handler|old=|its last update failed
        jobs has none like jobs-*
        gone has none like gone
        image|image|-|x86_64|-|abc|-|image
        failed|api-dev|python3.12|x86_64|api.handler|new=|-
        api|failed-update|-|x86_64|-|new=|its last update failed (the role is gone)
        api|updating|-|x86_64|-|new=|its last update is in progress
        api|dead|-|x86_64|-|new=|its creation failed
    "#]]
    .assert_eq(&shown(&answers));
    expect![[r#"
        lambda get-function-configuration --function-name api-dev --output json
        lambda get-function-configuration --function-name api-dev --region eu-west-1 --output json
        lambda get-function-configuration --function-name api-prod --region eu-west-1 --output json
        lambda get-function-configuration --function-name dead --output json
        lambda get-function-configuration --function-name failed-update --output json
        lambda get-function-configuration --function-name gone --output json
        lambda get-function-configuration --function-name image --output json
        lambda get-function-configuration --function-name updating --output json
        lambda list-functions --region eu-west-1 --output json"#]]
    .assert_eq(&script.asked().join("\n"));
    assert_eq!(answers[0].functions[0].handler.known(), Some("api.handler"));
    let layers: Vec<bool> = answers[0].functions.iter().map(|live| live.has_layers).collect();
    assert_eq!(layers, [false, true]);
    let variables = &answers[0].functions[1].environment.named;
    assert_eq!(variables.keys().collect::<Vec<_>>(), ["PYTHONPATH"]);
    assert_eq!(variables["PYTHONPATH"].known(), Some("src"));
}

/// What a user sees of the error that a script leads to.
#[cfg(unix)]
fn refusal(cases: &str) -> String {
    let script = Script::new(cases);
    let questions = [question("api", "api dev", Some("eu-west-1"))];
    shown_error(ask(&questions, &script.environment()).unwrap_err())
}

fn shown_error(failure: Failure) -> String {
    let Failure { code, message, causes, hint, .. } = failure;
    let causes: String = causes.iter().map(|cause| format!("\n  caused by: {cause}")).collect();
    let hint = hint.map_or(String::new(), |hint| format!("\nhint: {hint}"));
    format!("error[{code}]: {message}{causes}{hint}\n")
}

#[cfg(unix)]
#[test]
fn what_stops_the_cli_is_told_in_its_own_words_without_secrets() {
    let said = [
        refusal("*) echo 'Unable to locate credentials. You can configure them.' >&2; exit 253 ;;"),
        refusal("*) echo 'You must specify a region.' >&2; exit 253 ;;"),
        refusal("*) echo '(AccessDeniedException) when calling' >&2; exit 254 ;;"),
        refusal("*) echo 'Could not connect to https://me:secret@proxy:1/' >&2; exit 255 ;;"),
        refusal("*) echo 'not json' ;;"),
    ];
    expect![[r#"
        error[aws-failed]: `aws lambda get-function-configuration --function-name 'api dev' --region eu-west-1 --output json` failed (exit status: 253)
          caused by: Unable to locate credentials. You can configure them.
        hint: sign in (`aws sts get-caller-identity` shows as whom)
        error[aws-failed]: `aws lambda get-function-configuration --function-name 'api dev' --region eu-west-1 --output json` failed (exit status: 253)
          caused by: You must specify a region.
        hint: set `AWS_DEFAULT_REGION`, which versions 1 and 2 of the CLI read, or `region` in the profile
        error[aws-failed]: `aws lambda get-function-configuration --function-name 'api dev' --region eu-west-1 --output json` failed (exit status: 254)
          caused by: (AccessDeniedException) when calling
        hint: allow `lambda:GetFunctionConfiguration`, for layers `lambda:ListLayerVersions` and `lambda:GetLayerVersion`, and `lambda:ListFunctions` or `lambda:ListLayers` where a `function-name` has a `*`
        error[aws-failed]: `aws lambda get-function-configuration --function-name 'api dev' --region eu-west-1 --output json` failed (exit status: 255)
          caused by: Could not connect to https://****@proxy:1/
        error[aws-answer]: `aws lambda get-function-configuration --function-name 'api dev' --region eu-west-1 --output json` says what is not known here
          caused by: expected ident at line 1 column 2
        hint: look whether `aws` is the AWS CLI
    "#]].assert_eq(&said.concat());
}

/// That would send who has the CLI to install it.
#[cfg(unix)]
#[test]
fn a_cli_that_does_not_end_is_not_said_to_be_missing() {
    let script = Script::new("*) sleep 60 ;;");
    let limits = Limits { silence: Duration::from_millis(500), ..Limits::default() };
    let questions = [question("api", "api", None)];
    let error = ask(&questions, &script.environment().limited(limits)).unwrap_err();
    expect![[r#"
        error[timed-out]: `aws lambda get-function-configuration --function-name api --output json` said nothing for 0.5 s, and was ended
        hint: raise `quiet-timeout` in dofs-package.toml, if it only needs more time
    "#]].assert_eq(&shown_error(error));
    let killed = refusal("*) kill -9 $$ ;;");
    expect![[r#"
        error[aws-failed]: `aws lambda get-function-configuration --function-name 'api dev' --region eu-west-1 --output json` failed (signal: 9 (SIGKILL))
    "#]].assert_eq(&killed);
}

#[test]
fn a_machine_without_the_cli_is_told_so() {
    let error = ask(&[question("api", "api", None)], &Environment::default()).unwrap_err();
    expect![[r#"
        error[no-aws]: Lambda can't be asked without the AWS CLI
          caused by: cannot run `aws`
          caused by: no such file or directory
        hint: install the AWS CLI, or leave `--deployed` out
    "#]]
    .assert_eq(&shown_error(error));
}

#[test]
#[cfg(unix)]
fn of_a_layer_the_latest_version_is_asked_for() {
    let script = Script::new(
        "*list-layers*) echo '{\"Layers\": [{\"LayerName\": \"deps-dev\"}, {\"LayerName\": \"--x\"}, \
         {\"LayerName\": \"other\"}]}';;\n\
         *list-layer-versions*none*) echo '{\"LayerVersions\": []}';;\n\
         *list-layer-versions*gone*) echo ResourceNotFoundException >&2; exit 254;;\n\
         *list-layer-versions*) echo '{\"LayerVersions\": [{\"Version\": 9}, {\"Version\": 10}]}';;\n\
         *get-layer-version*10*) echo '{\"Content\": {\"CodeSha256\": \"ten\"}, \"Version\": 10}';;\n\
         *) exit 9;;",
    );
    let layer = |name: &str, region| Question { is_layer: true, ..question("deps", name, region) };
    let questions = [
        layer("deps", None),
        layer("deps", Some("eu-west-1")),
        layer("deps-*", None),
        layer("none", None),
        layer("gone", None),
    ];
    let answers = ask(&questions, &script.environment()).unwrap();
    let found = |answer: &Answer| {
        let one = |it: &Function| format!("{} {}", it.address, it.deployed_code().unwrap());
        answer.functions.iter().map(one).collect::<Vec<_>>()
    };
    let found: Vec<Vec<String>> = answers.iter().map(found).collect();
    assert_eq!(found, [&["deps:10 ten"][..], &["deps:10 ten"], &["deps-dev:10 ten"], &[], &[]]);
    let asked = script.asked();
    assert_eq!(asked.iter().filter(|line| line.contains("list-layers")).count(), 1, "{asked:?}");
    assert!(asked.iter().all(|line| line.ends_with("--output json")), "{asked:?}");
    let named = layer("--x", None).check().unwrap_err();
    assert_eq!(named.message, "`--x` is no name of a layer in Lambda");
}
