//! Times that are noted, axes, and the page.

use std::collections::BTreeMap;

use expect_test::expect;

use super::axis::{ticks, time};
use super::*;
use crate::event::{Event, Of, Reporter};
use crate::report::{Failure, LambdaTime, SharedTime, Span, Stage, StageTime, Timings, code};

struct Silent;

impl Reporter for Silent {
    fn report(&self, event: &Event<'_>) {
        assert!(!matches!(event, Event::Began { .. } | Event::Ended), "nobody else looks at it");
    }
}

fn span(stage: Stage, start: u64, end: u64, thread: usize) -> Span {
    Span { stage, start, duration: end - start, thread }
}

fn timings() -> Timings {
    let failure = Failure::lambda(code::REQUIRES_PYTHON, "no wheel of `<b>&` fits")
        .cause("it is for https://me:secret@host/\u{1b}[1m only")
        .at("lambdas/b/requirements.txt", 3)
        .of_lambda("b", "lambdas/b");
    let lambda = |name: &str, status: Option<&str>, size, spans| LambdaTime {
        name: name.to_owned(),
        status: status.map(str::to_owned),
        size,
        spans,
    };
    Timings {
        command: "build",
        started: "2026-01-31T23:59:59Z".to_owned(),
        total: 1_240_000,
        threads: 2,
        stages: vec![
            StageTime { stage: Stage::Discover, duration: 5_000, spans: 1 },
            StageTime { stage: Stage::Resolve, duration: 1_003_000, spans: 1 },
            StageTime { stage: Stage::Archive, duration: 200_400, spans: 1_234 },
        ],
        run: vec![span(Stage::Discover, 0, 5_000, 1)],
        shared: vec![SharedTime {
            requirements: "requirements.txt".to_owned(),
            spans: vec![span(Stage::Resolve, 5_000, 1_008_000, 1)],
        }],
        lambdas: vec![
            lambda(
                "a",
                Some("built"),
                Some(1_234_567),
                vec![
                    span(Stage::Read, 5_000, 5_100, 2),
                    // These are one bar.
                    span(Stage::Archive, 1_010_000, 1_100_000, 1),
                    span(Stage::Archive, 1_100_010, 1_210_410, 1),
                ],
            ),
            lambda("b", Some("failed"), None, vec![span(Stage::Read, 5_200, 5_600, 2)]),
            lambda("c", None, None, vec![]),
        ],
        failures: vec![failure],
    }
}

/// The page without its style.
fn body(page: &str) -> &str {
    page.split_once("</style>").expect("a page has its style").1
}

#[test]
fn the_page_has_all_that_took_time() {
    expect![[r#"

        </head>
        <body>
        <h1>Timings of <code>cargo dofs-package build</code></h1>
        <p class="faint"><time datetime="2026-01-31T23:59:59Z">2026-01-31 23:59:59 UTC</time></p>
        <dl>
        <div><dt>time</dt><dd>1.24 s</dd></div>
        <div><dt>lambdas</dt><dd>3</dd></div>
        <div><dt>threads</dt><dd>2</dd></div>
        <div><dt>failures</dt><dd class="bad">1</dd></div>
        </dl>
        <h2>What failed</h2>
        <ul class="failures">
        <li><span class="bad">b</span>: no wheel of `&lt;b&gt;&amp;` fits<p class="faint">caused by: it is for https://****@host/\u{1b}[1m only</p><p class="faint"><code>lambdas/b/requirements.txt:3</code></p></li>
        </ul>
        <h2>Stages</h2>
        <p class="faint">The times of all threads are added.</p>
        <table>
        <tr><th scope="col">stage</th><th scope="col" class="number">time</th><th scope="col" class="number">times</th><td class="share"></td></tr>
        <tr><td><i class="key run"></i>find lambdas</td><td class="number">5.0 ms</td><td class="number">1</td><td class="share"><i class="run" style="width:0.5%"></i></td></tr>
        <tr><td><i class="key resolve"></i>resolve</td><td class="number">1.00 s</td><td class="number">1</td><td class="share"><i class="resolve" style="width:100%"></i></td></tr>
        <tr><td><i class="key archive"></i>make the archive</td><td class="number">200 ms</td><td class="number">1,234</td><td class="share"><i class="archive" style="width:19.98%"></i></td></tr>
        </table>
        <h2>Timeline</h2>
        <div style="--tick:40.32%">
        <div class="axis"><ol><li style="left:0%">0</li><li style="left:40.32%">0.5 s</li><li style="left:80.65%">1.0 s</li></ol></div>
        <h3>The run</h3>
        <div class="row"><p><span>find lambdas</span><small>5.0 ms</small></p><div class="track" role="img" aria-label="find lambdas 5.0 ms"><i class="run" style="--at:0%;width:0.4%" title="find lambdas: 5.0 ms, from 0 ms"></i></div></div>
        <h3>Requirements of several lambdas</h3>
        <div class="row"><p><span>requirements.txt</span><small>1.00 s</small></p><div class="track" role="img" aria-label="resolve 1.00 s"><i class="resolve" style="--at:0.4%;width:80.89%" title="resolve: 1.00 s, from 5.0 ms"></i></div></div>
        <h3>Lambdas, the slowest first</h3>
        <div class="row"><p><span>a</span><small>built, 1.2 MB, 200 ms</small></p><div class="track" role="img" aria-label="read files 0.10 ms, make the archive 200 ms"><i class="read" style="--at:0.4%;width:0.01%" title="read files: 0.10 ms, from 5.0 ms"></i><i class="archive" style="--at:81.45%;width:16.16%" title="make the archive: 200 ms, from 1.01 s"></i></div></div>
        <div class="row"><p><span>b</span><small>failed, 0.40 ms</small></p><div class="track" role="img" aria-label="read files 0.40 ms"><i class="read" style="--at:0.42%;width:0.03%" title="read files: 0.40 ms, from 5.2 ms"></i></div><p class="bad">failed: no wheel of `&lt;b&gt;&amp;` fits</p></div>
        <div class="row"><p><span>c</span><small>0 ms</small></p><div class="track" role="img" aria-label="nothing was done"></div></div>
        </div>
        </body>
        </html>
    "#]].assert_eq(body(&page(&timings())));
}

#[test]
fn a_page_of_many_lambdas_has_the_slowest_and_those_that_failed() {
    let mut timings = timings();
    timings.lambdas.truncate(2);
    timings.lambdas.extend((0..1_000).map(|number| LambdaTime {
        name: format!("lambda-{number:04}"),
        status: Some("built".to_owned()),
        size: None,
        spans: vec![span(Stage::Read, 10_000, 11_000 + number, 1)],
    }));
    let page = page(&timings);
    let rows: Vec<&str> = page.split("<div class=\"row\"><p><span>").skip(1).collect();
    let names: Vec<&str> = rows.iter().map(|row| row.split('<').next().expect("a name")).collect();
    // One of the run, one of requirements, and 200.
    assert_eq!(names.len(), 202, "{names:?}");
    assert_eq!(names[2..5], ["a", "lambda-0999", "lambda-0998"]);
    assert_eq!(names[200..], ["lambda-0802", "b"]);
    assert!(page.contains("802 more"), "{page}");
    assert!(page.len() < 100_000, "{}", page.len());
}

#[test]
fn axes_have_a_few_round_numbers() {
    let shown = |total| {
        let labels: Vec<String> = ticks(total).into_iter().map(|(_, label)| label).collect();
        format!("{total}: {}", labels.join(", "))
    };
    let totals =
        [1, 7, 99, 1_000, 4_300, 99_999, 100_000, 999_999, 1_000_000, 2_600_000, 75_000_000];
    expect![[r#"
        1: 0, 0.001 ms
        7: 0, 0.002 ms, 0.004 ms, 0.006 ms
        99: 0, 0.02 ms, 0.04 ms, 0.06 ms, 0.08 ms
        1000: 0, 0.2 ms, 0.4 ms, 0.6 ms, 0.8 ms, 1.0 ms
        4300: 0, 1 ms, 2 ms, 3 ms, 4 ms
        99999: 0, 20 ms, 40 ms, 60 ms, 80 ms
        100000: 0, 20 ms, 40 ms, 60 ms, 80 ms, 100 ms
        999999: 0, 200 ms, 400 ms, 600 ms, 800 ms
        1000000: 0, 0.2 s, 0.4 s, 0.6 s, 0.8 s, 1.0 s
        2600000: 0, 0.5 s, 1.0 s, 1.5 s, 2.0 s, 2.5 s
        75000000: 0, 20 s, 40 s, 60 s"#]]
    .assert_eq(&totals.map(shown).join("\n"));
    for power in 0..12 {
        for total in [1, 3, 9].map(|digit| digit * 10_u64.pow(power)) {
            let count = ticks(total).len();
            assert!((1..=6).contains(&count) && (total < 10 || count > 2), "{total}: {count}");
        }
    }
    let times =
        [0, 1, 420, 4_200, 9_999, 123_456, 999_400, 999_600, 1_234_000, 59_999_000, 75_000_000];
    expect![
        "0 ms, 0.00 ms, 0.42 ms, 4.2 ms, 10.0 ms, 123 ms, 999 ms, 1.00 s, 1.23 s, 60.00 s, 75 s"
    ]
    .assert_eq(&times.map(time).join(", "));
}

#[test]
fn a_stage_within_another_interrupts_it() {
    let stopwatch = Stopwatch::started(&Silent);
    let wait = || {
        let now = std::time::Instant::now();
        while now.elapsed().as_micros() < 10 {}
    };
    let reporter: &dyn Reporter = &stopwatch;
    reporter.report(&Event::Threads(3));
    reporter.during(Stage::Settings, Of::Run, || {});
    reporter.during(Stage::Resolve, Of::Lambda("a"), || {
        wait();
        reporter.during(Stage::Fetch, Of::Same, wait);
        wait();
        // Its thread has taken up another one meanwhile.
        reporter.during(Stage::Read, Of::Lambda("b"), wait);
    });
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        reporter.during(Stage::Open, Of::Requirements("r.txt"), || panic!("it ends all the same"));
    }));
    assert!(panicked.is_err());
    reporter.during(Stage::Fetch, Of::Same, || {});
    let outcome = Outcome { status: "built".to_owned(), size: Some(1) };
    let outcomes = BTreeMap::from([("c".to_owned(), outcome)]);
    let failure = Failure::lambda(code::REQUIRES_PYTHON, "").of_lambda("d", "d");
    let timings = stopwatch.stopped("build", String::new(), outcomes, &[failure]);

    let stages = |spans: &[Span]| spans.iter().map(|span| span.stage).collect::<Vec<_>>();
    let lambdas = timings.lambdas.iter();
    let lambdas: Vec<_> =
        lambdas.map(|it| (it.name.as_str(), it.status.as_deref(), stages(&it.spans))).collect();
    // The last part of the resolving may be shorter than a microsecond.
    let parts = lambdas[0].2.len().clamp(3, 4);
    assert_eq!(
        lambdas,
        [
            (
                "a",
                None,
                [Stage::Resolve, Stage::Fetch, Stage::Resolve, Stage::Resolve][..parts].to_vec()
            ),
            ("b", None, vec![Stage::Read]),
            ("c", Some("built"), vec![]),
            ("d", Some("failed"), vec![]),
        ]
    );
    assert_eq!(stages(&timings.run), [Stage::Settings, Stage::Fetch]);
    assert_eq!(stages(&timings.shared[0].spans), [Stage::Open]);
    assert_eq!(timings.threads, 3);
    let all = timings.lambdas.iter().flat_map(|it| &it.spans);
    let mut all: Vec<&Span> = all.chain(&timings.run).chain(&timings.shared[0].spans).collect();
    all.sort();
    assert!(all.windows(2).all(|two| two[0].end() <= two[1].start), "{all:?}");
    assert!(all.iter().all(|span| span.end() <= timings.total && span.thread == 0), "{all:?}");
    let sum: u64 = timings.stages.iter().map(|stage| stage.duration).sum();
    assert_eq!(sum, all.iter().map(|span| span.duration).sum::<u64>());
}

/// The colours of a scheme, by name, as red, green and blue.
fn colours(style: &str) -> BTreeMap<&str, [f64; 3]> {
    let declared = style.split(';').filter_map(|it| it.split_once("--")?.1.split_once(": #"));
    let channel = |text: &str, at: usize| {
        f64::from(u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")) / 255.0
    };
    declared.map(|(name, it)| (name, [0, 2, 4].map(|at| channel(it, at)))).collect()
}

/// The contrast of two colours. Source: WCAG 2.2, "contrast ratio" and "relative luminance".
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let linear =
        |it: f64| if it <= 0.04045 { it / 12.92 } else { ((it + 0.055) / 1.055).powf(2.4) };
    let luminance = |[red, green, blue]: [f64; 3]| {
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn text_and_bars_can_be_told_from_what_is_behind_them() {
    let style = include_str!("page.css");
    let mut schemes =
        style.split(":root {").skip(1).map(|it| it.split('}').next().expect("a block"));
    let schemes = [(); 2].map(|()| colours(schemes.next().expect("one for light, one for dark")));
    for colours in schemes {
        assert_eq!(colours.len(), 15, "{:?}", colours.keys());
        for (name, colour) in &colours {
            let (behind, least) = match *name {
                "page" | "track" | "rule" => continue,
                // Sources: WCAG 2.2, 1.4.3 for text and 1.4.11 for graphics.
                "text" | "faint" | "bad" => ("page", 4.5),
                _ => ("track", 3.0),
            };
            let contrast = contrast(*colour, colours[behind]);
            assert!(contrast >= least, "{name}: {contrast:.2}");
        }
    }
}
