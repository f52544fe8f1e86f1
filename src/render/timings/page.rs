//! The times of a run as a page: one file that needs no other, no network and no script.

use std::fmt::Write as _;

use super::axis::{step, ticks, time};
use crate::render::text::visible;
use crate::report::{Failure, LambdaTime, Span, Stage, Timings};
use crate::words;

/// How many lambdas have a row: a browser shows the page at once, and a person reads no more.
const MOST_ROWS: usize = 200;

/// How many failures are told at the top.
const MOST_FAILURES: usize = 50;

const STYLE: &str = include_str!("page.css");

/// Returns the page, as HTML.
///
/// The slowest lambdas come first, at most [`MOST_ROWS`]; those that failed are always among them, as
/// far as these go.
pub(crate) fn page(timings: &Timings) -> String {
    let mut page = Page { html: String::new(), total: timings.total.max(1) };
    page.head(timings);
    page.failures(&timings.failures);
    page.stages(timings);
    page.timeline(timings);
    page.html += "</body>\n</html>\n";
    page.html
}

struct Page {
    html: String,
    /// Microseconds, at least one.
    total: u64,
}

impl Page {
    fn add(&mut self, html: std::fmt::Arguments<'_>) {
        self.html.write_fmt(html).expect("a String takes all");
    }

    fn head(&mut self, timings: &Timings) {
        let Timings { command, started, total, threads, lambdas, failures, .. } = timings;
        let total = time(*total);
        // The icon keeps browsers from asking for one.
        self.add(format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <title>{command}, {total}: timings of cargo dofs-package</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n\
             <h1>Timings of <code>cargo dofs-package {command}</code></h1>\n\
             <p class=\"faint\"><time datetime=\"{started}\">{}</time></p>\n<dl>\n",
            started.replace('T', " ").replace('Z', " UTC"),
        ));
        self.fact("time", &total, "");
        self.fact("lambdas", &words::grouped(lambdas.len() as u64), "");
        self.fact("threads", &threads.to_string(), "");
        if !failures.is_empty() {
            self.fact("failures", &words::grouped(failures.len() as u64), "bad");
        }
        self.html += "</dl>\n";
    }

    fn fact(&mut self, name: &str, value: &str, class: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.add(format_args!("<div><dt>{name}</dt><dd{class}>{value}</dd></div>\n"));
    }

    fn failures(&mut self, failures: &[Failure]) {
        if failures.is_empty() {
            return;
        }
        self.html += "<h2>What failed</h2>\n<ul class=\"failures\">\n";
        for failure in failures.iter().take(MOST_FAILURES) {
            let who = failure.name.as_deref().unwrap_or("the run");
            self.add(format_args!(
                "<li><span class=\"bad\">{}</span>: {}",
                escaped(who),
                escaped(&failure.message)
            ));
            for cause in &failure.causes {
                self.add(format_args!("<p class=\"faint\">caused by: {}</p>", escaped(cause)));
            }
            if let Some(place) = &failure.place {
                self.add(format_args!(
                    "<p class=\"faint\"><code>{}</code></p>",
                    escaped(&place.to_string())
                ));
            }
            self.html += "</li>\n";
        }
        self.html += "</ul>\n";
        let more = failures.len().saturating_sub(MOST_FAILURES);
        if more > 0 {
            self.add(format_args!("<p class=\"faint\">{} more</p>\n", words::grouped(more as u64)));
        }
    }

    /// The stages, which are also the key to the colours.
    fn stages(&mut self, timings: &Timings) {
        let most = timings.stages.iter().map(|it| it.duration).max().unwrap_or(0).max(1);
        self.html += "<h2>Stages</h2>\n\
                      <p class=\"faint\">The times of all threads are added.</p>\n\
                      <table>\n<tr><th scope=\"col\">stage</th>\
                      <th scope=\"col\" class=\"number\">time</th>\
                      <th scope=\"col\" class=\"number\">times</th><td class=\"share\"></td></tr>\n";
        for it in &timings.stages {
            let class = class(it.stage);
            self.add(format_args!(
                "<tr><td><i class=\"key {class}\"></i>{}</td><td class=\"number\">{}</td>\
                 <td class=\"number\">{}</td><td class=\"share\">\
                 <i class=\"{class}\" style=\"width:{}%\"></i></td></tr>\n",
                it.stage.title(),
                time(it.duration),
                words::grouped(it.spans as u64),
                percent(it.duration, most),
            ));
        }
        self.html += "</table>\n";
    }

    fn timeline(&mut self, timings: &Timings) {
        let tick = percent(step(self.total), self.total);
        self.add(format_args!(
            "<h2>Timeline</h2>\n<div style=\"--tick:{tick}%\">\n<div class=\"axis\"><ol>"
        ));
        for (at, label) in ticks(self.total) {
            let class = if at * 100 > self.total * 92 { " class=\"end\"" } else { "" };
            let left = percent(at, self.total);
            self.add(format_args!("<li{class} style=\"left:{left}%\">{label}</li>"));
        }
        self.html += "</ol></div>\n<h3>The run</h3>\n";
        let mut stages: Vec<Stage> = Vec::new();
        for span in &timings.run {
            if !stages.contains(&span.stage) {
                stages.push(span.stage);
            }
        }
        for stage in stages {
            let spans = timings.run.iter().filter(|span| span.stage == stage);
            self.row(stage.title(), "", &spans.copied().collect::<Vec<_>>(), None);
        }
        if !timings.shared.is_empty() {
            self.html += "<h3>Requirements of several lambdas</h3>\n";
        }
        for it in &timings.shared {
            self.row(&it.requirements, "", &it.spans, None);
        }
        self.lambdas(timings);
        self.html += "</div>\n";
    }

    fn lambdas(&mut self, timings: &Timings) {
        if timings.lambdas.is_empty() {
            return;
        }
        let mut rows: Vec<&LambdaTime> = timings.lambdas.iter().collect();
        let has_failed = |it: &LambdaTime| it.status.as_deref() == Some("failed");
        let slowest = |it: &&LambdaTime| std::cmp::Reverse(sum(&it.spans));
        // These sorts are stable: equal ones stay in the order of names.
        rows.sort_by_cached_key(|it| (!has_failed(it), slowest(it)));
        rows.truncate(MOST_ROWS);
        rows.sort_by_cached_key(slowest);
        self.html += "<h3>Lambdas, the slowest first</h3>\n";
        for it in rows {
            let size = it.size.map(|size| format!(", {}", words::bytes(size))).unwrap_or_default();
            let status = it.status.as_ref().map(|status| format!("{status}{size}"));
            let is_its = |failure: &&Failure| failure.name.as_ref() == Some(&it.name);
            let failure = timings.failures.iter().find(is_its);
            self.row(&it.name, &status.unwrap_or_default(), &it.spans, failure);
        }
        let more = timings.lambdas.len().saturating_sub(MOST_ROWS);
        if more > 0 {
            self.add(format_args!(
                "<p class=\"faint\">{} more that went well; <code>--timings FILE.json</code> has \
                 all.</p>\n",
                words::grouped(more as u64)
            ));
        }
    }

    /// A name with its time, what became of it, and its bars.
    fn row(&mut self, name: &str, status: &str, spans: &[Span], failure: Option<&Failure>) {
        let status = if status.is_empty() { String::new() } else { format!("{status}, ") };
        self.add(format_args!(
            "<div class=\"row\"><p><span>{}</span><small>{}{}</small></p>\
             <div class=\"track\" role=\"img\" aria-label=\"{}\">",
            escaped(name),
            escaped(&status),
            time(sum(spans)),
            parts(spans)
        ));
        for bar in bars(spans, self.total) {
            self.add(format_args!(
                "<i class=\"{}\" style=\"--at:{}%;width:{}%\" title=\"{}: {}, from {}\"></i>",
                class(bar.stage),
                percent(bar.start, self.total),
                percent(bar.end - bar.start, self.total),
                bar.stage.title(),
                time(bar.duration),
                time(bar.start),
            ));
        }
        self.html += "</div>";
        if let Some(failure) = failure {
            self.add(format_args!("<p class=\"bad\">failed: {}</p>", escaped(&failure.message)));
        }
        self.html += "</div>\n";
    }
}

/// Spans of one stage that no eye can tell apart.
struct Bar {
    stage: Stage,
    start: u64,
    end: u64,
    /// Of the spans in it.
    duration: u64,
}

fn bars(spans: &[Span], total: u64) -> Vec<Bar> {
    // Half a pixel of a track of a thousand.
    let gap = total / 2_000;
    let mut bars: Vec<Bar> = Vec::new();
    for span in spans {
        let Span { start, duration, stage, .. } = *span;
        match bars.last_mut() {
            Some(last) if last.stage == stage && start <= last.end + gap => {
                last.end = last.end.max(span.end());
                last.duration += duration;
            }
            _ => bars.push(Bar { stage, start, end: span.end(), duration }),
        }
    }
    bars
}

/// `resolve 1.20 s, make the archive 30 ms`: the bars for those who can't see them.
fn parts(spans: &[Span]) -> String {
    let mut stages: Vec<(Stage, u64)> = Vec::new();
    for span in spans {
        match stages.iter_mut().find(|(stage, _)| *stage == span.stage) {
            Some((_, duration)) => *duration += span.duration,
            None => stages.push((span.stage, span.duration)),
        }
    }
    let parts =
        stages.iter().map(|(stage, duration)| format!("{} {}", stage.title(), time(*duration)));
    match stages.is_empty() {
        true => "nothing was done".to_owned(),
        false => parts.collect::<Vec<_>>().join(", "),
    }
}

fn sum(spans: &[Span]) -> u64 {
    spans.iter().map(|span| span.duration).sum()
}

/// A part of a whole in hundredths, with two decimals at most.
fn percent(part: u64, whole: u64) -> f64 {
    (part as f64 / whole as f64 * 10_000.0).round() / 100.0
}

/// The class that gives a stage its colour: its own for what is done for lambdas, where colours are
/// beside each other; one for all that the run does as a whole, where each stage has a row.
fn class(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "read",
        Stage::Resolve => "resolve",
        Stage::Fetch => "fetch",
        Stage::Build => "build",
        Stage::Open => "open",
        Stage::LayOut => "lay-out",
        Stage::Imports => "imports",
        Stage::Archive => "archive",
        Stage::Settings
        | Stage::Discover
        | Stage::Terraform
        | Stage::Revision
        | Stage::Python
        | Stage::Ignored
        | Stage::Hash
        | Stage::Sync
        | Stage::Rename
        | Stage::Manifest
        | Stage::Deployed
        | Stage::Compare => "run",
    }
}

/// A text as HTML has it, between tags and in quotes; as people see it elsewhere, too.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            letter => escaped.push(letter),
        }
    }
    escaped
}
