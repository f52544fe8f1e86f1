//! `--timings`: how long each stage of each lambda took, as a page and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use expect_test::expect;
use serde_json::Value;

use crate::support::{Project, Wheel, git};

const HANDLER: &str = "def handler(event, context):\n    return 1\n";

/// Two lambdas that require the same, one that requires nothing, and one with its own requirements.
fn project() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\nmanifest = \"packages.json\"\n"),
        ("lambdas/a/a.py", HANDLER),
        ("lambdas/a/requirements.txt", "one==1.0\n"),
        ("lambdas/b/b.py", HANDLER),
        ("lambdas/b/requirements.txt", "one==1.0\n"),
        ("lambdas/c/c.py", HANDLER),
        ("lambdas/d/d.py", HANDLER),
        ("lambdas/d/requirements.txt", "two==1.0\n"),
    ]);
    project.publish(&Wheel::new("one", "1.0"));
    project.publish(&Wheel::new("two", "1.0"));
    project
}

fn json(project: &Project, path: &str) -> Value {
    serde_json::from_slice(&project.read(path)).expect("JSON")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("`{key}` of {value} is no whole number"))
}

/// The stages of spans, each once, in the order of the run.
fn stages(spans: &Value) -> String {
    let mut stages: Vec<&str> = Vec::new();
    for stage in list(spans).iter().map(|span| span["stage"].as_str().expect("a word")) {
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages.join(" ")
}

/// A line for each row; and what holds of all times is checked.
fn rows(timings: &Value) -> String {
    let mut lines = vec![format!("run: {}", stages(&timings["run"]))];
    let mut all = vec![&timings["run"]];
    for it in list(&timings["shared"]) {
        all.push(&it["spans"]);
        let name = it["requirements"].as_str().expect("a path");
        lines.push(format!("{name}: {}", stages(&it["spans"])));
    }
    for it in list(&timings["lambdas"]) {
        assert_eq!(keys(it), ["name", "size", "spans", "status"]);
        all.push(&it["spans"]);
        let (name, status) = (it["name"].as_str().expect("a name"), &it["status"]);
        let has_size = if it["size"].is_u64() { ", with its size" } else { "" };
        lines.push(format!("{name}: {status}{has_size}: {}", stages(&it["spans"])));
    }
    let (mut by_thread, mut by_stage) = (BTreeMap::new(), BTreeMap::new());
    for span in all.into_iter().flat_map(list) {
        assert_eq!(keys(span), ["duration", "stage", "start", "thread"]);
        let (start, duration) = (number(span, "start"), number(span, "duration"));
        let stage = span["stage"].as_str().expect("a word");
        let own: &mut Vec<_> = by_thread.entry(number(span, "thread")).or_default();
        own.push((start, start + duration));
        let (sum, count) = by_stage.entry(stage).or_insert((0, 0));
        (*sum, *count) = (*sum + duration, *count + 1);
    }
    let total = number(timings, "total");
    for spans in by_thread.values_mut() {
        spans.sort_unstable();
        assert!(
            spans.windows(2).all(|two| two[0].1 <= two[1].0),
            "a thread does one thing at a time"
        );
        assert!(spans.iter().all(|(_, end)| *end <= total), "nothing ends after the run");
    }
    let told: BTreeMap<&str, (u64, u64)> = list(&timings["stages"])
        .iter()
        .map(|it| {
            assert_eq!(keys(it), ["duration", "spans", "stage"]);
            let stage = it["stage"].as_str().expect("a word");
            (stage, (number(it, "duration"), number(it, "spans")))
        })
        .collect();
    assert_eq!(told, by_stage);
    lines.join("\n")
}

#[test]
fn the_json_has_the_stages_of_each_lambda_and_of_the_run() {
    let project = project();
    assert_eq!(project.run(&["--timings", "out/new/timings.json", "-j", "2"]).code, 0);
    let timings = json(&project, "out/new/timings.json");
    let expected = [
        "command", "failures", "lambdas", "run", "schema", "shared", "stages", "started",
        "threads", "tool", "total",
    ];
    assert_eq!(keys(&timings), expected);
    assert_eq!((number(&timings, "schema"), number(&timings, "threads")), (1, 2));
    assert_eq!(timings["command"], "build");
    let started = timings["started"].as_str().expect("a date");
    let shape: String =
        started.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z");
    expect![[r#"
        run: settings discover terraform ignored hash sync rename manifest
        lambdas/a/requirements.txt: resolve open
        a: "built", with its size: read lay-out imports archive
        b: "built", with its size: read lay-out imports archive
        c: "built", with its size: read lay-out imports archive
        d: "built", with its size: read resolve open lay-out imports archive"#]]
    .assert_eq(&rows(&timings));

    let run = project.run(&["verify", "--timings", "verify.json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    project.write("lambdas/c/c.py", "");
    assert_eq!(project.run(&["verify", "--timings", "differs.json"]).code, 1);
    let [same, differs] = ["verify.json", "differs.json"].map(|path| json(&project, path));
    assert_eq!(same["command"], "verify");
    expect![[r#"
        run: settings discover terraform ignored hash compare
        lambdas/a/requirements.txt: resolve open
        a: "ok": read lay-out archive imports
        b: "ok": read lay-out archive imports
        c: "ok": read lay-out archive imports
        d: "ok": read resolve open lay-out archive imports"#]]
    .assert_eq(&rows(&same));
    let status = |timings: &Value| list(&timings["lambdas"])[2]["status"].clone();
    assert_eq!([status(&same), status(&differs)], ["ok", "differs"]);
}

#[test]
fn what_is_compared_with_a_revision_is_a_stage_of_its_own() {
    let project = Project::with(&[("lambdas/a/a.py", HANDLER), ("lambdas/b/b.py", HANDLER)]);
    for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "one"]] {
        git(&project.root(), arguments);
    }
    project.write("lambdas/b/b.py", "");
    let run = project.run(&["--changed-since", "HEAD", "--timings", "timings.json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    expect![[r#"
        run: revision settings discover terraform ignored hash sync rename
        a: null: read lay-out archive
        b: "built", with its size: read lay-out archive imports"#]]
    .assert_eq(&rows(&json(&project, "timings.json")));
}

#[test]
fn a_run_that_fails_has_its_times() {
    let project = project();
    project.write("lambdas/d/requirements.txt", "three\n");
    project.write("lambdas/e/tests/x.py", "");
    for path in ["timings.json", "timings.html"] {
        assert_eq!(project.run(&["--timings", path]).code, 4);
    }
    let timings = json(&project, "timings.json");
    let failures = list(&timings["failures"]).iter();
    let failures: Vec<_> = failures.map(|it| (&it["name"], &it["code"])).collect();
    let failures = format!("{failures:?}");
    expect![[r#"
        [(String("d"), String("no-wheel-fits")), (String("e"), String("empty-lambda"))]
        run: settings discover terraform ignored hash sync rename manifest
        lambdas/a/requirements.txt: resolve open
        a: "built", with its size: read lay-out imports archive
        b: "built", with its size: read lay-out imports archive
        c: "built", with its size: read lay-out imports archive
        d: "failed": read resolve
        e: "failed": read lay-out"#]]
    .assert_eq(&format!("{failures}\n{}", rows(&timings)));
    let page = String::from_utf8(project.read("timings.html")).expect("a page is text");
    let marks = page.matches("<p class=\"bad\">failed: ").count();
    assert_eq!(marks, 2, "{page}");

    // Before anything is packaged.
    project.write("packages.json", "[");
    assert_eq!(project.run(&["build", "a", "--timings", "timings.json"]).code, 3);
    let timings = json(&project, "timings.json");
    assert_eq!(list(&timings["failures"])[0]["code"], "invalid-manifest");
    expect!["run: settings discover terraform"].assert_eq(&rows(&timings));
}

#[test]
fn a_file_whose_name_asks_for_no_form_is_refused() {
    let project = Project::with(&[("lambdas/a/a.py", HANDLER)]);
    let run = project.run(&["build", "--timings", "timings.txt"]);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: invalid value 'timings.txt' for '--timings <FILE>': name a file that ends in `.html`, for a page, or in `.json`

        For more information, try '--help'.
    "#]].assert_eq(&run.text());
    for path in ["timings", ".json", "a.HTML", ""] {
        assert_eq!(project.run(&["verify", "--timings", path]).code, 2, "{path}");
    }
    assert_eq!(project.run(&["list", "--timings", "timings.json"]).code, 2);
    assert!(!project.path("lambdas/a/a.zip").exists());
}

#[test]
fn times_that_can_not_be_written_are_a_failure_beside_the_answer() {
    let project = Project::with(&[("lambdas/a/a.py", HANDLER), ("reports", "a file")]);
    let run = project.run(&["-q", "--timings", "reports/timings.html"]);
    expect![[r#"
        exit code: 3
        --- stdout
        a	yMI0PPL6bMiCQhOF2lRsbENEwD0OSyHjc/Nx8HKpkG4=	lambdas/a/a.zip
        --- stderr
        error: cannot write the report `reports/timings.html`
          caused by: cannot create the directory `[ROOT]/reports`
          caused by: file exists
    "#]]
    .assert_eq(&run.text());
    assert!(project.path("lambdas/a/a.zip").exists());
}

#[test]
fn times_are_in_no_package_and_change_none() {
    let project = project();
    let before = project.digests();
    for path in ["lambdas/a/timings.html", "lambdas/a/sub/../timings.json", "lambdas/c/new/t.json"]
    {
        std::fs::create_dir_all(project.path("lambdas/a/sub")).expect("a folder");
        for _ in 0..2 {
            let run = project.run(&["-q", "--timings", path]);
            assert_eq!((run.code, run.digests()), (0, before.clone()), "{path}: {}", run.text());
        }
        assert_eq!(project.run(&["verify", "-q", "--timings", path]).code, 0, "{path}");
        // Another run packages whatever is there.
        assert_ne!(project.digests(), before, "{path}");
        std::fs::remove_file(project.path(path)).expect("a file");
    }
    assert_eq!(project.digests(), before);
    let with = project.run(&["--format", "json", "--timings", "timings.json"]).stdout;
    assert_eq!(with, project.run(&["--format", "json"]).stdout);
}

/// Measures the page where it is shown, and leaves what it found in the page around it.
const MEASURE: &str = r##"<script>
addEventListener("load", () => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const meet = (one, other) => one.left < other.right - .5 && other.left < one.right - .5
    && one.top < other.bottom - .5 && other.top < one.bottom - .5;
  const root = document.documentElement;
  const faults = [];
  const check = (is, what) => { if (!is) faults.push(what); };
  check(root.scrollWidth <= root.clientWidth, `scrolls to ${root.scrollWidth}`);
  for (const track of all(".track")) for (const bar of track.children) {
    const [inner, outer] = [box(bar), box(track)];
    check(inner.left >= outer.left - .5 && inner.right <= outer.right + .5, `outside: ${bar.title}`);
    check(inner.width >= 1 && inner.height >= 8, `not seen: ${bar.title}`);
    check(getComputedStyle(bar).backgroundColor !== "rgba(0, 0, 0, 0)", `no colour: ${bar.title}`);
  }
  for (const line of all(".row > p")) {
    const [name, time] = [...line.children].map(box);
    check(!time || !meet(name, time), `on each other: ${line.textContent}`);
  }
  const texts = all(".axis li, .row span, .row small, dd, td, th, li, p");
  for (const text of texts.filter((it) => it.textContent && box(it).height > 0)) {
    const it = box(text);
    check(it.left >= 0 && it.right <= innerWidth + .5, `cut off: ${text.textContent}`);
    check(text.scrollWidth <= text.clientWidth + 1 || getComputedStyle(text).display === "inline",
      `too long: ${text.textContent}`);
  }
  const ticks = all(".axis li").map(box);
  ticks.forEach((one, index) => ticks.slice(index + 1).forEach((other) =>
    check(!meet(one, other), "ticks on each other")));
  const style = getComputedStyle(document.body);
  const rows = all(".row").map(box);
  const seen = { width: innerWidth, page: style.backgroundColor, text: style.color, bars: all(".track i").length,
    beside: box(document.querySelector(".row .track")).top < box(document.querySelector(".row > p")).bottom,
    rows: rows.length, faults: faults.slice(0, 9) };
  parent.document.querySelector("#seen").textContent = JSON.stringify(seen);
});
</script>"##;

/// Opens a page in a browser, and returns what [`MEASURE`] has seen. It is in a frame, since a window of
/// chromium is 500 pixels wide at least.
fn seen(project: &Project, page: &str, width: u32, is_dark: bool) -> Value {
    let page = page.replace("</body>", &format!("{MEASURE}</body>"));
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    let around = format!(
        "<!doctype html><style>:root {{ color-scheme: light dark }} iframe {{ border: 0 }}</style>\
         <pre id=seen></pre><iframe width={width} height=900 srcdoc=\"{page}\"></iframe>"
    );
    project.write("around.html", around);
    let scheme = if is_dark { 0 } else { 1 };
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut chromium = Command::new("chromium");
    chromium.env("HOME", home.path()).current_dir(project.root()).args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--dump-dom",
    ]);
    chromium.arg(format!("--user-data-dir={}", home.path().join("profile").display()));
    chromium.arg("--window-size=1500,1000");
    chromium.arg(format!("--blink-settings=preferredColorScheme={scheme}"));
    chromium.arg(format!("file://{}", project.path("around.html").display()));
    let shown =
        chromium.output().unwrap_or_else(|error| panic!("this test needs chromium: {error}"));
    let shown = String::from_utf8(shown.stdout).expect("a page is text");
    let seen =
        shown.split_once("<pre id=\"seen\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (seen, _) = seen.unwrap_or_else(|| panic!("the page was not measured: {shown}"));
    let seen = seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&seen).expect("JSON")
}

#[test]
#[ignore = "needs chromium"]
fn a_browser_shows_the_page_on_telephones_and_wide_screens_by_day_and_night() {
    let few = project();
    let long = "a-name-that-is-as-long-as-a-name-of-a-function-of-lambda-may-be-64";
    few.write(&format!("lambdas/{long}/index.py"), HANDLER);
    few.write(
        &format!("lambdas/{long}/requirements.txt"),
        format!("{}==1\n", "no-such".repeat(30)),
    );
    let many = Project::new();
    for number in 0..1_000 {
        many.write(&format!("lambdas/service-{number}/index.py"), HANDLER);
    }
    let lone = Project::with(&[("lambdas/only/only.py", HANDLER)]);
    for (project, code, lambdas) in [(&few, 4, 5), (&many, 0, 200), (&lone, 0, 1)] {
        assert_eq!(project.run(&["-n", "--timings", "timings.html"]).code, code);
        let page = String::from_utf8(project.read("timings.html")).expect("a page is text");
        // It needs nothing else.
        assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("url("));
        assert_eq!(page.matches("href=").count(), 1, "the empty icon");
        let mut pages = BTreeSet::new();
        for (width, is_wide) in [(400, false), (1_400, true)] {
            for is_dark in [false, true] {
                let seen = seen(project, &page, width, is_dark);
                let place = format!("{width}, dark: {is_dark}: {seen}");
                assert_eq!(seen["faults"], serde_json::json!([]), "{place}");
                assert_eq!(
                    (number(&seen, "width"), &seen["beside"]),
                    (width.into(), &is_wide.into())
                );
                assert!(number(&seen, "rows") > lambdas, "{place}");
                assert!(number(&seen, "bars") > lambdas, "{place}");
                pages.insert((is_dark, seen["page"].to_string(), seen["text"].to_string()));
            }
        }
        let expected = [
            (false, "\"rgb(255, 255, 255)\"".to_owned(), "\"rgb(27, 31, 36)\"".to_owned()),
            (true, "\"rgb(21, 24, 28)\"".to_owned(), "\"rgb(230, 233, 237)\"".to_owned()),
        ];
        assert_eq!(pages, BTreeSet::from(expected));
    }
}
