//! What a handler returns goes to standard output, what it prints to standard error.

use expect_test::expect;

use super::{handler, invoke, project, returned, version};

#[test]
fn the_answer_is_the_json_of_what_is_returned_and_prints_are_talk() {
    let project = project(
        "import os\n\
         print('importing')\n\
         def handler(event, context):\n    \
             print('printing')\n    \
             os.system('echo of a program')\n    \
             os.write(1, b'of a system call\\n')\n    \
             return {'statusCode': 200}\n",
    );
    expect![[r#"
        exit code: 0
        --- stdout
        {"statusCode": 200}
        --- stderr
        importing
        printing
        of a program
        of a system call
            Returned api in [TIME]
    "#]]
    .assert_eq(&invoke(&project, &[]).text());
}

#[test]
fn an_answer_is_written_as_lambda_writes_it() {
    // What the runtime's client makes of each value, by simplejson 3.20.1.
    let table = [
        ("None", "null"),
        ("True", "true"),
        ("[1, -2.5, 1e22]", "[1, -2.5, 1e+22]"),
        ("(1, 2)", "[1, 2]"),
        ("[[], {}, [{}]]", "[[], {}, [{}]]"),
        ("{'b': 1, 'a': 2}", r#"{"b": 1, "a": 2}"#),
        ("{1: 1, 2.5: 2, None: 3, False: 4}", r#"{"1": 1, "2.5": 2, "null": 3, "false": 4}"#),
        ("{'text': b'bytes'}", r#"{"text": "bytes"}"#),
        ("b'[\"bytes\", 1]'", r#"["bytes", 1]"#),
        ("float('nan')", "NaN"),
        ("-float('inf')", "-Infinity"),
        ("__import__('decimal').Decimal('1.10')", "1.10"),
        ("[__import__('decimal').Decimal('NaN')]", "[NaN]"),
        ("__import__('collections').namedtuple('N', 'a b')(1, 2)", r#"{"a": 1, "b": 2}"#),
        ("__import__('enum').IntEnum('E', 'A').A", "1"),
        (r#"'"\\\n\x7f'"#, if is_ascii() { r#""\"\\\n\u007f""# } else { "\"\\\"\\\\\\n\x7f\"" }),
        ("'é'", if is_ascii() { r#""\u00e9""# } else { "\"é\"" }),
    ];
    let values: Vec<&str> = table.iter().map(|(value, _)| *value).collect();
    let body = format!("return [{}][event['index']]", values.join(", "));
    let project = handler(&body);
    for (index, (value, json)) in table.iter().enumerate() {
        project.write("event.json", format!("{{\"index\": {index}}}"));
        let run = invoke(&project, &["--event", "event.json"]);
        assert_eq!(run.stdout, format!("{json}\n"), "{value}: {}", run.stderr);
    }
}

#[test]
fn what_is_no_json_is_a_text_of_it_where_json_is_asked_for() {
    for (body, text) in [
        ("return float('nan')", r#""NaN""#),
        ("return [float('inf')]", r#""[Infinity]""#),
        ("return {'a': -float('inf')}", r#""{\"a\": -Infinity}""#),
        ("return b'a\\nb'", r#""a\nb""#),
        ("return b''", r#""""#),
        ("return __import__('decimal').Decimal('NaN')", r#""NaN""#),
    ] {
        let run = invoke(&handler(body), &["--format", "json"]);
        assert_eq!((run.code, run.stdout.as_str()), (0, &*format!("{text}\n")), "{body}");
        assert!(
            run.stderr.contains("warning: `api`: it returns what is no JSON"),
            "{}",
            run.text()
        );
    }
    for body in ["return b'[1]'", "return 'NaN'", "return 1e300", "return '\\ud800'[:0]"] {
        let run = invoke(&handler(body), &["--format", "json"]);
        assert!(!run.stderr.contains("warning"), "{body}: {}", run.text());
        run.json();
    }
    let run = invoke(&handler("return 1"), &["--import", "--format", "json"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "null\n"), "{}", run.text());
}

/// Lambda writes beyond ASCII as it is since Python 3.12.
fn is_ascii() -> bool {
    ["3.9", "3.10", "3.11"].contains(&version())
}

#[test]
fn a_large_answer_is_whole_and_warned_of_where_lambda_would_refuse_it() {
    let run = invoke(&handler("return 'x' * 7_000_000"), &[]);
    assert_eq!(run.stdout.len(), 7_000_003);
    expect![[r#"
            Returned api in [TIME]
        warning: `api`: it returns 7,000,002 bytes, and Lambda hands on 6,291,556 at most
    "#]]
    .assert_eq(&run.stderr);
    let run = invoke(&handler("return ['x'] * 1_000_000"), &["-q"]);
    assert_eq!(run.stdout.len(), 5_000_001);
}

#[test]
fn an_answer_may_be_as_deep_as_python_calls() {
    let body = "deep = 1\nfor _ in range(900):\n    deep = [deep]\nreturn deep";
    assert_eq!(returned(body).len(), 2 * 900 + 2);
}

#[test]
fn much_that_is_printed_does_not_stop_the_handler() {
    let run = invoke(&handler("print('x' * 3_000_000)\nreturn 1"), &["-q"]);
    assert_eq!((run.stdout.as_str(), run.stderr.len()), ("1\n", 3_000_001));
}

#[test]
fn quiet_twice_the_handler_is_not_heard() {
    let project = handler("print('printing')\nreturn 1");
    let quiet = invoke(&project, &["-q"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("1\n", "printing\n"));
    let silent = invoke(&project, &["-qq"]);
    assert_eq!((silent.code, silent.stdout.as_str(), silent.stderr.as_str()), (0, "", ""));
}

#[test]
fn bytes_that_are_no_text_are_printed_as_they_are() {
    let body = "import sys\nsys.stdout.buffer.write(b'\\xff\\n')\nprint('é')\nreturn 1";
    let output = super::invoke_with_input(&handler(body), &["-q"], "");
    assert_eq!(output.stderr, b"\xff\n\xc3\xa9\n");
    assert_eq!(output.stdout, b"1\n");
}

#[test]
fn logging_has_lambdas_format_and_level() {
    let body = "import logging\n\
                logging.info('too low')\n\
                logging.warning('high %s', 'enough')\n\
                logging.getLogger().setLevel('INFO')\n\
                logging.getLogger('a').info('now')\n\
                context.log('by the context\\n')\n\
                return context.aws_request_id";
    let run = invoke(&handler(body), &[]);
    let id = run.stdout.trim().trim_matches('"').to_owned();
    assert_eq!(id.len(), 36);
    let lines: Vec<_> = run.stderr.replace(&id, "ID").lines().map(without_time).collect();
    let said = ["[WARNING]\tTIME\tID\thigh enough", "[INFO]\tTIME\tID\tnow", "by the context"];
    assert_eq!(lines[..3], said);
}

#[test]
fn a_logged_traceback_is_a_record_of_its_own() {
    let body = "import logging\n\
                try:\n    {}['a']\n\
                except KeyError:\n    logging.exception('not there')\n\
                print('next')\n\
                return 1";
    let run = invoke(&handler(body), &["-q"]);
    let said = "  File \"/var/task/api.py\", line 4, in handler\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert!(run.stderr.ends_with("\nKeyError: 'a'\nnext\n"), "{}", run.stderr);
}

/// A line of a log with its second field blanked out.
fn without_time(line: &str) -> String {
    match line.split('\t').collect::<Vec<_>>()[..] {
        [level, time, id, text] if time.ends_with('Z') => format!("{level}\tTIME\t{id}\t{text}"),
        _ => line.to_owned(),
    }
}

#[test]
fn what_c_code_has_printed_is_not_lost() {
    let body = "import ctypes\nctypes.CDLL(None).puts(b'of C code')\nreturn 1";
    let run = invoke(&handler(body), &["-q"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("1\n", "of C code\n"));
}

#[test]
fn what_goes_on_after_the_answer_is_ended_and_not_waited_for() {
    let body = "import atexit, subprocess, threading, time\n\
                atexit.register(print, 'at the end')\n\
                threading.Thread(target=time.sleep, args=(1000,)).start()\n\
                subprocess.Popen(['sleep', '1000'])\n\
                return 1";
    let run = invoke(&handler(body), &["-q"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "1\n", ""));
}

#[test]
fn a_handler_has_nothing_to_read() {
    assert_eq!(returned("import sys\nreturn [sys.stdin.read(), sys.argv[1:]]"), "[\"\", []]\n");
}

#[test]
fn an_import_alone_calls_nothing() {
    let project = project("print('importing')\ndef handler(event, context):\n    1 / 0\n");
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
        importing
            Imported the module of api.handler in [TIME]
    "#]]
    .assert_eq(&invoke(&project, &["--import"]).text());
}

#[test]
fn a_handler_may_close_its_outputs() {
    let body = "import os, sys\nsys.stdout.close()\nos.close(1)\nos.close(2)\nreturn 1";
    let run = invoke(&handler(body), &["-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "1\n"), "{}", run.stderr);
}

#[test]
fn the_answer_is_the_handlers_in_every_format() {
    let project = handler("return {'a': 1}");
    for format in ["text", "json"] {
        assert_eq!(invoke(&project, &["-q", "--format", format]).stdout, "{\"a\": 1}\n");
    }
}

#[test]
fn an_answer_that_nobody_reads_is_a_failure() {
    let project = handler("return 'x' * 1_000_000");
    let mut command = project.tool().command(&super::with_python(&["-q"]));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}

#[test]
fn a_line_that_the_handler_does_not_end_is_ended() {
    let print = "print('half', end='')";
    for (body, code) in [
        (format!("{print}\nreturn 1"), 0),
        (format!("{print}\nraise SystemExit(3)"), 1),
        ("import sys\nsys.stderr.write('half')\nreturn 1".to_owned(), 0),
        ("import os\nos.write(1, b'half')\nreturn 1".to_owned(), 0),
        ("import subprocess\nsubprocess.run(['printf', 'half'])\nreturn 1".to_owned(), 0),
        ("import os\nos.write(2, b'half')\nos._exit(3)".to_owned(), 1),
        ("import time\nprint('half', end='')\ntime.sleep(60)".to_owned(), 1),
    ] {
        let run = invoke(&handler(&body), &["--timeout", "2"]);
        let next = if code == 0 { "    Returned api" } else { "error: " };
        let expected = format!("half\n{next}");
        assert!(run.code == code && run.stderr.contains(&expected), "{body} {}", run.text());
    }
    let run = invoke(&handler("print('whole')\nreturn 1"), &[]);
    assert!(run.stderr.starts_with("whole\n    Returned api"), "{}", run.text());
    assert_eq!(invoke(&handler("print('half', end='')\nreturn 1"), &["-qq"]).stderr, "");
}

#[test]
fn the_answer_comes_before_the_package_is_removed() {
    use std::io::Read as _;
    let project = handler("return 'x' * 4_000_000");
    let mut command = project.tool().command(&super::with_python(&[]));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().expect("the tool can be started");
    let mut answer = child.stdout.take().expect("it was asked for");
    // The pipe does not hold all of it, so whoever writes it waits for us.
    answer.read_exact(&mut [0]).expect("a byte");
    assert!(!project.leftovers().is_empty());
    answer.read_to_end(&mut Vec::new()).expect("the rest");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_failure_has_a_document_where_one_is_asked_for() {
    for (project, arguments, code, kind) in [
        (handler("raise ValueError('no')"), &[][..], 1, "handler-raised"),
        (project("def handler(:\n"), &[], 1, "handler-not-loaded"),
        (project("handler = 1\n"), &["--event", "none.json"], 3, "no-such-file"),
        (handler("return {1, 2}"), &[], 1, "handler-answer"),
        (handler("return 1"), &["--event", "{\"a\": 1}"], 2, "invalid-event"),
        (handler("return 1"), &["--env", "=x"], 2, "invalid-variable"),
    ] {
        let run = invoke(&project, &[arguments, &["--format", "json"]].concat());
        assert_eq!(run.code, code, "{}", run.text());
        let json = run.json();
        assert_eq!(json["failures"][0]["code"], kind, "{json}");
        assert_eq!(json["schema"], 1);
        assert!(run.stderr.contains("error: "), "{}", run.text());
        assert_eq!(invoke(&project, arguments).stdout, "");
    }
    let run = invoke(&handler("return {'a': 1}"), &["--format", "json"]);
    assert_eq!(run.stdout, "{\"a\": 1}\n");
}
