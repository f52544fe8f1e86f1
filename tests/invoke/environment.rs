//! What a handler finds in its environment: what Lambda sets, what `--env` gives, and nothing of
//! the caller's.

use expect_test::expect;

use super::{handler, invoke, returned, version, with_python};

#[test]
fn the_environment_is_lambdas() {
    let project = handler(
        "import os\n\
         task = os.environ['LAMBDA_TASK_ROOT']\n\
         return {name: value.replace(task, 'TASK') for name, value in sorted(os.environ.items())}",
    );
    let run = invoke(&project, &[]);
    let mut variables = run.json();
    let variables = variables.as_object_mut().unwrap();
    // Others in each run, or on each machine.
    for name in ["AWS_LAMBDA_LOG_STREAM_NAME", "_X_AMZN_TRACE_ID", "HOME", "PATH"] {
        assert!(variables.remove(name).is_some(), "{name}");
    }
    for name in ["LAMBDA_RUNTIME_DIR", "PYTHONPATH", "LD_LIBRARY_PATH"] {
        assert!(variables.remove(name).is_some(), "{name}");
    }
    // Python itself sets it, where the machine has not got the locale.
    variables.remove("LC_CTYPE");
    let runtime = variables.remove("AWS_EXECUTION_ENV").unwrap();
    assert_eq!(runtime, format!("AWS_Lambda_python{}", version()));
    expect![[r#"
        {
          "AWS_DEFAULT_REGION": "us-east-1",
          "AWS_EC2_METADATA_DISABLED": "true",
          "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
          "AWS_LAMBDA_FUNCTION_NAME": "api",
          "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
          "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
          "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/api",
          "AWS_REGION": "us-east-1",
          "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
          "LAMBDA_TASK_ROOT": "TASK",
          "LANG": "en_US.UTF-8",
          "TZ": ":UTC",
          "_HANDLER": "api.handler"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(variables).unwrap());
}

#[test]
fn of_the_callers_credentials_there_is_nothing() {
    let project = handler(
        "import os\n\
         home = os.path.expanduser('~')\n\
         return [os.listdir(home), sorted(name for name in os.environ if 'SECRET' in name)]",
    );
    std::fs::create_dir_all(project.home().join(".aws")).unwrap();
    std::fs::write(project.home().join(".aws/credentials"), "[default]\n").unwrap();
    let tool = project
        .tool()
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_PROFILE", "production")
        .env("MY_SECRET", "secret");
    assert_eq!(tool.run(&with_python(&["-q"])).stdout, "[[], []]\n");
    let given = with_python(&["-q", "--env", "AWS_SECRET_ACCESS_KEY", "--env", "MY_SECRET=other"]);
    assert_eq!(tool.run(&given).stdout, "[[], [\"AWS_SECRET_ACCESS_KEY\", \"MY_SECRET\"]]\n");
}

#[test]
fn what_env_gives_wins() {
    let project = handler(
        "import os\nreturn [os.environ[name] for name in ('A', 'B', 'AWS_REGION', 'EMPTY')]",
    );
    let tool = project.tool().env("B", "of the caller");
    let arguments = with_python(&[
        "--env",
        "A=1=2",
        "--env",
        "B",
        "--env",
        "AWS_REGION=eu-central-1",
        "--env",
        "EMPTY=",
    ]);
    let run = tool.run(&arguments);
    assert_eq!(run.stdout, "[\"1=2\", \"of the caller\", \"eu-central-1\", \"\"]\n");
}

#[test]
fn a_variable_without_a_value_is_refused() {
    let project = handler("return 1");
    for (text, why) in [
        ("NOT_SET_HERE", "has no value, and no variable of that name is set here"),
        ("=value", "has no name"),
        ("", "has no name"),
    ] {
        let run = invoke(&project, &["--env", text]);
        assert_eq!((run.code, run.stderr), (2, format!("error: `--env {text}` {why}\n")));
    }
}

#[test]
fn the_context_has_what_handlers_ask_for() {
    let project = handler(
        "assert 0 < context.get_remaining_time_in_millis() <= 20_000\n\
         assert context.client_context is None\n\
         assert context.log_stream_name.count('/') == 3\n\
         return [\n    \
             context.function_name, context.function_version, context.memory_limit_in_mb,\n    \
             context.invoked_function_arn, context.log_group_name,\n    \
             context.identity.cognito_identity_id, len(context.aws_request_id),\n    \
             type(context).__name__,\n\
         ]",
    );
    let run = invoke(&project, &["--timeout", "20", "--env", "AWS_REGION=eu-west-1"]);
    expect![[r#"
        [
          "api",
          "$LATEST",
          "128",
          "arn:aws:lambda:eu-west-1:123456789012:function:api",
          "/aws/lambda/api",
          null,
          36,
          "LambdaContext"
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&run.json()).unwrap());
}

#[test]
fn the_working_directory_is_the_package() {
    let body = "import os\nreturn [os.getcwd() == os.environ['LAMBDA_TASK_ROOT'], os.listdir()]";
    assert_eq!(returned(body), "[true, [\"api.py\"]]\n");
}

#[test]
fn a_python_path_of_the_function_is_in_the_package() {
    let project = handler("import deep\nreturn deep.A");
    project.write("lambdas/api/lib/deep.py", "A = 1\n");
    let run = invoke(&project, &["--env", "PYTHONPATH=/var/task/lib"]);
    assert_eq!(run.stdout, "1\n", "{}", run.stderr);
}
