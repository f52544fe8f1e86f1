//! Requirements that the config leaves out: `exclude-packages`.

use super::{MODULE, build, packaged, warnings};
use crate::support::{Project, Run, Wheel};

const LINES: &str = "lambdas/api/requirements.txt";
const CONFIG: &str = "dofs-package.toml";
/// What Lambda's runtime brings, as projects and what each requires.
const SDK: &[(&str, &[&str])] = &[
    ("boto3", &["botocore", "jmespath", "s3transfer"]),
    ("botocore", &["jmespath", "python-dateutil", "urllib3"]),
    ("s3transfer", &["botocore"]),
    ("python-dateutil", &["six"]),
    ("jmespath", &[]),
    ("six", &[]),
    ("urllib3", &[]),
];

/// A project with these requirements, this value of the key, and an index of these projects, each with what
/// it requires.
fn project(lines: &str, excluded: &str, index: &[(&str, &[&str])]) -> Project {
    let project = Project::with(&[("lambdas/api/api.py", MODULE), (LINES, lines)]);
    exclude(&project, excluded);
    for (name, requires) in index {
        let wheel = Wheel::new(name, "1.0");
        project.publish(&requires.iter().fold(wheel, |wheel, line| wheel.requires(line)));
    }
    project
}

fn exclude(project: &Project, list: &str) {
    project.write(CONFIG, format!("python = \"3.12\"\nexclude-packages = {list}\n"));
}

/// The rows of `list` about what is left out.
fn left_out(project: &Project) -> Vec<String> {
    let run = project.run(&["list", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let rows = run.stdout.lines().filter_map(|line| line.split_once("\tleft out\t"));
    let rows = rows.filter(|(_, rest)| rest.contains("exclude-packages"));
    rows.map(|(_, rest)| rest.replace('\t', ": ")).collect()
}

/// The warnings of a run about names that leave nothing out.
fn idle(run: &Run) -> String {
    let lines: Vec<&str> = run.stderr.lines().map(str::trim).collect();
    let is_it = |it: &&&str| it.contains("names no requirement") || it.contains("leaves nothing");
    lines.iter().filter(is_it).copied().collect::<Vec<_>>().join(" | ")
}

const FAMILY: &[(&str, &[&str])] = &[
    ("foo-bar", &["only", "shared"]),
    ("only", &["deep"]),
    ("deep", &[]),
    ("shared", &[]),
    ("stays", &["shared"]),
];

#[test]
fn a_name_leaves_with_what_only_it_required() {
    let project = project("foo-bar\nstays\n", "[]", FAMILY);
    assert_eq!(build(&project).len(), 5);
    let whole = project.digests();
    for list in
        ["[\"foo-bar\"]", "[\"Foo_Bar\"]", "[\"foo*\"]", "[\"{x,foo.bar}\"]", "['*-b[a-c]r']"]
    {
        exclude(&project, list);
        assert_eq!(build(&project), ["shared 1.0", "stays 1.0"], "{list}");
    }
    exclude(&project, "[\"none\"]\n[lambda.api]\nexclude-packages = [\"foo-bar\"]");
    assert_eq!(build(&project), ["shared 1.0", "stays 1.0"]);
    let tool = project.tool().env("DOFS_PACKAGE_EXCLUDE_PACKAGES", "stays, foo-bar");
    assert_eq!(packaged(&tool.run(&["--format", "json", "-q"])), [""; 0]);
    exclude(&project, "[]");
    build(&project);
    assert_eq!(project.digests(), whole);
}

#[test]
fn what_lambda_brings_leaves_but_for_what_others_require() {
    let mut index = SDK.to_vec();
    index.push(("requests", &["urllib3"]));
    index.push(("powertools", &["jmespath"]));
    for (lines, expected) in [
        ("boto3\n", &[][..]),
        ("botocore\n", &[]),
        ("boto3\nrequests\n", &["requests 1.0", "urllib3 1.0"]),
        ("boto3\npowertools\n", &["jmespath 1.0", "powertools 1.0"]),
        ("boto3\nbotocore\njmespath\ns3transfer\nsix\nurllib3\npython-dateutil\n", &[]),
    ] {
        let project = project(lines, "[\"runtime\"]", &index);
        assert_eq!(build(&project), expected, "{lines}");
    }
}

#[test]
fn markers_and_extras_decide_what_requires_what() {
    let index: &[(&str, &[&str])] = &[
        ("foo", &["shared"]),
        ("shared", &[]),
        ("plain", &["shared"]),
        ("old", &["shared; python_version < '3.8'"]),
        ("new", &["shared; python_version >= '3.8'"]),
        ("windows", &["shared; sys_platform == 'win32'"]),
        ("rich", &["shared; extra == 'fast'"]),
    ];
    for (line, stays) in [
        ("plain", true),
        ("old", false),
        ("new", true),
        ("windows", false),
        ("rich", false),
        ("rich[fast]", true),
        ("shared", true),
        ("shared; python_version < '3.8'", false),
    ] {
        let project = project(&format!("foo\n{line}\n"), "[\"foo\"]", index);
        let has = build(&project).contains(&"shared 1.0".to_owned());
        assert_eq!(has, stays, "{line}");
    }
}

#[test]
fn what_is_left_out_is_said_with_its_rule() {
    let project = project("foo-bar\nstays\n", "[\"foo*\"]", FAMILY);
    assert_eq!(
        left_out(&project),
        [
            "deep 1.0: exclude-packages = \"foo*\"",
            "foo-bar 1.0: exclude-packages = \"foo*\"",
            "only 1.0: exclude-packages = \"foo*\"",
        ]
    );
    for (arguments, all) in [
        (&["list", "--format", "json", "-q"][..], "lambdas"),
        (&["--format", "json", "-q"], "packages"),
    ] {
        let json = project.run(arguments).json();
        let first = &json[all][0]["requirements_left_out"][1];
        assert_eq!(first["name"], "foo-bar", "{json}");
        assert_eq!(first["version"], "1.0");
        assert_eq!(first["rule"], "exclude-packages = \"foo*\"");
    }
    exclude(&project, "[]");
    let json = project.run(&["--format", "json", "-q"]).json();
    assert!(json["packages"][0].get("requirements_left_out").is_none());
}

#[test]
fn an_import_of_what_is_left_out_is_missing_unless_lambda_has_it() {
    let mut index = SDK.to_vec();
    index.extend(FAMILY);
    let project = project("boto3\nonly\n", "[\"runtime\", \"only\"]", &index);
    project.write("lambdas/api/api.py", format!("import boto3\nimport only\n{MODULE}"));
    let run = project.run(&["build"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(run.stderr.contains("nothing in the package gives `only`"), "{}", run.text());
    assert!(run.stderr.contains("hint: package `only`, which `exclude-packages` leaves out"));
    assert!(!run.stderr.contains("boto3"), "{}", run.text());
    project.write(
        CONFIG,
        "python = \"3.12\"\nexclude-packages = [\"runtime\", \"only\"]\nallow-imports = [\"only\"]\n",
    );
    assert_eq!(warnings(&project.run(&["--format", "json", "-q"])), [""; 0]);
}

#[test]
fn a_lock_stays_whole_and_fresh() {
    let project = project("foo-bar\nstays\n", "[]", FAMILY);
    assert_eq!(project.run(&["lock", "-q"]).code, 0);
    let lock = project.read("lambdas/api/pylock.toml");
    exclude(&project, "[\"foo-bar\"]");
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["shared 1.0", "stays 1.0"]);
    assert_eq!(warnings(&run), [""; 0]);
    assert_eq!(project.run(&["lock", "--check", "-q"]).code, 0);
    assert_eq!(project.run(&["lock", "-q"]).code, 0);
    assert_eq!(project.read("lambdas/api/pylock.toml"), lock);
}

#[test]
fn a_lock_without_requirements_asks_for_what_nothing_in_it_requires() {
    let project = project("foo-bar\nstays\n", "[\"foo-bar\"]", FAMILY);
    assert_eq!(project.run(&["lock", "-q"]).code, 0);
    std::fs::remove_file(project.path(LINES)).expect("it was there");
    assert_eq!(build(&project), ["shared 1.0", "stays 1.0"]);
    exclude(&project, "[\"stays\"]");
    assert_eq!(build(&project), ["deep 1.0", "foo-bar 1.0", "only 1.0", "shared 1.0"]);
}

#[test]
fn lines_with_hashes_are_a_lock_whose_own_lines_ask_for_nothing() {
    let project = project("", "[\"foo-bar\"]", FAMILY);
    let line = |(name, requires): &(&str, &[&str])| {
        let wheel = requires.iter().fold(Wheel::new(name, "1.0"), |it, line| it.requires(line));
        format!("{name}==1.0 --hash=sha256:{}\n", wheel.sha256())
    };
    project.write(LINES, FAMILY.iter().map(line).collect::<String>());
    assert_eq!(build(&project), ["shared 1.0", "stays 1.0"]);
}

#[test]
fn projects_that_require_each_other_leave_together() {
    let index: &[(&str, &[&str])] =
        &[("one", &["two"]), ("two", &["one", "end"]), ("end", &[]), ("stays", &[])];
    let project = project("one\nstays\n", "[\"one\"]", index);
    assert_eq!(build(&project), ["stays 1.0"]);
}

#[test]
fn a_name_that_leaves_nothing_out_is_warned_of() {
    let project = project("foo-bar\nstays\n", "[\"fo-bar\"]", FAMILY);
    for (list, said) in [
        ("[\"fo-bar\"]", "warning: `fo-bar` names no requirement of any lambda"),
        ("[\"x*\", \"stays\"]", "warning: `x*` names no requirement of any lambda"),
        ("[\"shared\"]", "warning: `shared` leaves nothing out: `foo-bar` requires `shared`"),
        ("[\"runtime\"]", ""),
        ("[\"foo-bar\", \"deep\"]", ""),
    ] {
        exclude(&project, list);
        for command in ["build", "list"] {
            assert_eq!(idle(&project.run(&[command])), said, "{list}");
        }
        assert_eq!(idle(&project.run(&["build", "api"])), "", "{list}");
    }
    exclude(&project, "[\"fo-bar\"]");
    let run = project.run(&["build", "-n"]);
    assert!(run.stderr.contains("--> dofs-package.toml:2\n"), "{}", run.text());
}

#[test]
fn what_is_no_glob_of_names_is_refused_with_its_line() {
    let project = project("stays\n", "[]", FAMILY);
    for text in ["a[", "{a", "", "boto3==1.34.0", "a b", "../x"] {
        exclude(&project, &format!("[\"{text}\"]"));
        let run = project.run(&["build"]);
        assert_eq!(run.code, 3, "{text}: {}", run.text());
        assert!(
            run.stderr.contains("is no glob of names\n  --> dofs-package.toml:2"),
            "{}",
            run.text()
        );
    }
}

/// A file as `pip-compile` writes it: all that is installed, with comments on whose account.
fn compiled(style: &str) -> String {
    let head = "#\n# This file is autogenerated by pip-compile with Python 3.12\n#\n";
    let own = ["-r requirements.in", "foo-bar", "only", "foo-bar, stays", "-r requirements.in"];
    let names = ["foo-bar", "only", "deep", "shared", "stays"];
    let line = |(name, via): (&str, &str)| match style {
        "line" => format!("{name}==1.0    # via {via}\n"),
        "none" => format!("{name}==1.0\n"),
        _ => format!("{name}==1.0\n    # via\n    #   {}\n", via.replace(", ", "\n    #   ")),
    };
    head.to_owned() + &names.into_iter().zip(own).map(line).collect::<String>()
}

#[test]
fn lines_that_a_compiler_wrote_ask_for_what_their_comments_say() {
    for style in ["split", "line", "none"] {
        let project = project(&compiled(style), "[\"foo-bar\"]", FAMILY);
        assert_eq!(build(&project), ["shared 1.0", "stays 1.0"], "{style}");
        assert_eq!(left_out(&project).len(), 3, "{style}");
    }
    // The source asks for it, whatever requires it, too.
    for style in ["split", "line"] {
        let text = compiled(style).replacen("foo-bar", "-r requirements.in", 4);
        let text = text.replacen("-r requirements.in==1.0", "foo-bar==1.0", 1);
        let project = project(&text, "[\"foo-bar\"]", FAMILY);
        assert_eq!(build(&project), ["deep 1.0", "only 1.0", "shared 1.0", "stays 1.0"], "{text}");
    }
    // Without the head the lines are somebody's own.
    let own = compiled("split").replace("autogenerated", "made");
    let project = project(&own, "[\"foo-bar\"]", FAMILY);
    assert_eq!(build(&project), ["deep 1.0", "only 1.0", "shared 1.0", "stays 1.0"]);
}

#[test]
fn a_lock_that_lacks_a_line_that_is_left_out_is_as_good_as_one_that_has_it() {
    let project = project("foo-bar\nstays\n", "[]", FAMILY);
    assert_eq!(project.run(&["lock", "-q"]).code, 0);
    let whole = String::from_utf8(project.read("lambdas/api/pylock.toml")).expect("text");
    exclude(&project, "[\"foo-bar\"]");
    let expected = project.run(&["--locked", "-q"]).digests();
    let without = |text: String, name: &&str| {
        let begin = text.find(&format!("[[packages]]\nname = \"{name}\"")).expect("a package");
        let end = text[begin + 1..].find("[[packages]]").map(|at| begin + 1 + at);
        let end = end.or_else(|| text.find("[tool")).expect("an end");
        text[..begin].to_owned() + &text[end..]
    };
    for (gone, excluded, code) in [
        (&["foo-bar"][..], "[\"foo-bar\"]", 0),
        (&["foo-bar", "only", "deep"], "[\"foo-bar\"]", 0),
        (&["foo-bar", "only", "deep"], "[\"foo*\"]", 0),
        (&["foo-bar", "only", "deep"], "[]", 6),
        (&["foo-bar"], "[\"only\"]", 6),
        // It would be packaged, as `stays` requires it.
        (&["shared"], "[\"foo-bar\", \"shared\"]", 6),
    ] {
        project.write("lambdas/api/pylock.toml", gone.iter().fold(whole.clone(), without));
        exclude(&project, excluded);
        let run = project.run(&["--locked", "-q"]);
        assert_eq!(run.code, code, "{gone:?} {excluded}: {}", run.text());
        if code == 0 && gone.len() > 1 {
            assert_eq!(run.digests(), expected, "{gone:?}");
        }
    }
}
