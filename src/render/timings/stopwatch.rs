//! Notes when stages begin and end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::ThreadId;
use std::time::Instant;

use crate::event::{Event, Of, Reporter};
use crate::report::{Failure, LambdaTime, SharedTime, Span, Stage, StageTime, Timings};

/// A reporter that notes times, and passes all events on.
pub(crate) struct Stopwatch<'a> {
    reporter: &'a dyn Reporter,
    started: Instant,
    /// How many threads work.
    count: AtomicUsize,
    /// Those that were seen. Each writes to what is its own, so that none waits for another.
    threads: RwLock<Vec<(ThreadId, Mutex<Noted>)>>,
}

/// What became of a lambda.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As [`LambdaTime`] has it.
    pub(crate) status: String,
    pub(crate) size: Option<u64>,
}

/// What one thread did.
#[derive(Default)]
struct Noted {
    /// The stages that it has begun and not ended.
    open: Vec<Open>,
    spans: Vec<(Subject, Span)>,
}

/// A stage that has not ended.
struct Open {
    stage: Stage,
    subject: Subject,
    /// When its thread took it up, for the first time or again.
    since: u64,
    is_noted: bool,
}

/// What a stage was for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Run,
    Requirements(Arc<str>),
    Lambda(Arc<str>),
}

impl<'a> Stopwatch<'a> {
    /// The run begins now.
    pub(crate) fn started(reporter: &'a dyn Reporter) -> Self {
        let (count, threads) = (AtomicUsize::default(), RwLock::default());
        Self { reporter, started: Instant::now(), count, threads }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The times of a run that ends now; it began at `date`, in UTC.
    pub(crate) fn stopped(
        self,
        command: &'static str,
        date: String,
        mut outcomes: BTreeMap<String, Outcome>,
        failures: &[Failure],
    ) -> Timings {
        let total = self.now();
        let threads = self.threads.into_inner().unwrap_or_else(PoisonError::into_inner);
        let spans = threads.into_iter().flat_map(|(_, noted)| {
            noted.into_inner().unwrap_or_else(PoisonError::into_inner).spans
        });
        for name in failures.iter().filter_map(|failure| failure.name.as_ref()) {
            let size = outcomes.get(name).and_then(|outcome| outcome.size);
            outcomes.insert(name.clone(), Outcome { status: "failed".to_owned(), size });
        }
        let mut stages: BTreeMap<Stage, (u64, usize)> = BTreeMap::new();
        let mut rows: BTreeMap<Subject, Vec<Span>> = BTreeMap::new();
        for (subject, span) in spans {
            let (duration, spans) = stages.entry(span.stage).or_default();
            *duration += span.duration;
            *spans += 1;
            rows.entry(subject).or_default().push(span);
        }
        // One that stopped before anything of it was done has a row, too.
        for name in outcomes.keys() {
            rows.entry(Subject::Lambda(name.as_str().into())).or_default();
        }
        let stages = stages.into_iter();
        let stage = |(stage, (duration, spans))| StageTime { stage, duration, spans };
        let mut timings = Timings {
            command,
            started: date,
            total,
            threads: self.count.into_inner(),
            stages: stages.map(stage).collect(),
            run: Vec::new(),
            shared: Vec::new(),
            lambdas: Vec::new(),
            failures: failures.to_vec(),
        };
        timings.failures.sort_by(|one, other| one.name.cmp(&other.name));
        for (subject, mut spans) in rows {
            spans.sort();
            match subject {
                Subject::Run => timings.run = spans,
                Subject::Requirements(path) => {
                    timings.shared.push(SharedTime { requirements: path.to_string(), spans });
                }
                Subject::Lambda(name) => {
                    let (name, outcome) = (name.to_string(), outcomes.remove(&*name));
                    let size = outcome.as_ref().and_then(|outcome| outcome.size);
                    let status = outcome.map(|outcome| outcome.status);
                    timings.lambdas.push(LambdaTime { name, status, size, spans });
                }
            }
        }
        timings
    }

    /// Writes down what this thread does: `note` gets the number of the thread.
    fn note(&self, note: impl FnOnce(&mut Noted, usize)) {
        let id = std::thread::current().id();
        let threads = self.threads.read().unwrap_or_else(PoisonError::into_inner);
        // There are few.
        if let Some(index) = threads.iter().position(|(known, _)| *known == id) {
            return note(
                &mut threads[index].1.lock().unwrap_or_else(PoisonError::into_inner),
                index,
            );
        }
        drop(threads);
        let mut threads = self.threads.write().unwrap_or_else(PoisonError::into_inner);
        let mut noted = Noted::default();
        note(&mut noted, threads.len());
        threads.push((id, Mutex::new(noted)));
    }
}

impl Reporter for Stopwatch<'_> {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Threads(count) => self.count.store(*count, Ordering::Relaxed),
            Event::Began { stage, of } => {
                let now = self.now();
                self.note(|noted, thread| noted.begin(*stage, *of, now, thread));
            }
            Event::Ended => {
                let now = self.now();
                self.note(|noted, thread| noted.end(now, thread));
            }
            other => self.reporter.report(other),
        }
    }
}

impl Noted {
    fn begin(&mut self, stage: Stage, of: Of<'_>, now: u64, thread: usize) {
        let outer = self.open.last_mut();
        let subject = match (of, &outer) {
            (Of::Lambda(name), _) => Subject::Lambda(name.into()),
            (Of::Requirements(path), _) => Subject::Requirements(path.into()),
            (Of::Same, Some(outer)) => outer.subject.clone(),
            (Of::Run, _) | (Of::Same, None) => Subject::Run,
        };
        if let Some(outer) = outer.filter(|outer| outer.since < now) {
            self.spans.extend(outer.until(now, thread));
        }
        self.open.push(Open { stage, subject, since: now, is_noted: false });
    }

    fn end(&mut self, now: u64, thread: usize) {
        let mut ended = self.open.pop().expect("what ends has begun on this thread");
        self.spans.extend(ended.until(now, thread));
        if let Some(outer) = self.open.last_mut() {
            outer.since = now;
        }
    }
}

impl Open {
    /// Its span until now; none where that is of no length, and it has one already.
    fn until(&mut self, now: u64, thread: usize) -> Option<(Subject, Span)> {
        let (start, stage) = (self.since, self.stage);
        let span = Span { start, duration: now - start, stage, thread };
        let is_needed = span.duration > 0 || !self.is_noted;
        self.is_noted |= is_needed;
        is_needed.then(|| (self.subject.clone(), span))
    }
}
