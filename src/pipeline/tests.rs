//! One lambda's panic is that lambda's failure.

use camino::Utf8Path;

use super::*;
use crate::event::Event;
use crate::fs;
use crate::lambda::{Form, Kind, LambdaName, Origin};
use crate::report::FailureKind;

struct Silent;

impl Reporter for Silent {
    fn report(&self, _: &Event<'_>) {}
}

fn job(name: &str, root: &Utf8Path) -> Job {
    let directory = Utf8PathBuf::from(format!("lambdas/{name}"));
    let folder = root.join(&directory);
    fs::create_directory(&folder).unwrap();
    fs::write(&folder.join("index.py"), b"def handler(event, context): pass\n").unwrap();
    Job {
        lambda: Lambda::new(Kind::Function, LambdaName::new(name), &directory, Form::Directory),
        layers: Vec::new(),
        given_layers: Vec::new(),
        compatible: Vec::new(),
        is_beside: false,
        prefix: String::new(),
        elsewhere: Vec::new(),
        selection: Selection::new(&[], &[]).unwrap(),
        requirements: Choice::default(),
        python: None,
        architecture: Settled { value: Architecture::X86_64, origin: Origin::Default },
        function_name: None,
        handler: None,
        other_runtime: None,
        imports: Imports::default(),
        is_run: false,
        doubts: Doubts::default(),
        backend: Backend::default(),
        policy: SourceDistributions::default(),
        versions: Arc::default(),
        written: BTreeMap::new(),
        output: folder.join(format!("{name}.zip")),
        shown_output: String::new(),
    }
}

/// Runs something on a pipeline of three lambdas.
fn with_three<T>(
    open_store: &(dyn Fn() -> Result<Store, store::Error> + Sync),
    run: impl FnOnce(&Pipeline<'_>, Vec<Job>) -> T,
) -> T {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let jobs = ["a", "b", "c"].map(|name| job(name, root)).to_vec();
    let (tree, environment) = (Tree::new(root).unwrap(), Environment::new([]));
    let resolving = Resolving {
        source: Source::StoreOnly(crate::resolve::Offline::Alone),
        locking: Locking::Optional,
        cache: Cache::None,
    };
    run(&Pipeline::new(&tree, &environment, resolving, open_store, &Silent), jobs)
}

#[test]
fn a_panic_in_the_writing_of_one_package_leaves_the_others() {
    let (made, failures) = with_three(&Store::temporary, |pipeline, jobs| {
        let hash = |Assembled { job, contents, .. }: &Assembled| {
            assert!(job.lambda.name.as_str() != "b", "planted");
            Ok((crate::archive::hash(pipeline.tree, contents)?, ()))
        };
        pipeline.hash_with(jobs, &hash).unwrap()
    });

    let made: Vec<_> = made.iter().map(|made| made.package.name.as_str()).collect();
    assert_eq!(made, ["a", "c"]);
    let [failure] = &failures[..] else { panic!("{failures:?}") };
    assert_eq!((failure.code, failure.kind), ("internal", FailureKind::Bug));
    assert_eq!(failure.name.as_deref(), Some("b"));
    assert_eq!(failure.place, Some(Place::new("lambdas/b", None)));
    assert!(failure.causes[0].starts_with("planted"), "{failure:?}");
}

#[test]
fn a_panic_in_a_look_at_imports_is_a_failure_of_each_lambda() {
    let failures = with_three(&|| panic!("planted"), |pipeline, jobs| {
        let (assembled, _) = pipeline.survey(jobs).unwrap();
        pipeline.build(assembled, Effect::Hash).unwrap().failures
    });

    let names: Vec<_> = failures.iter().filter_map(|failure| failure.name.as_deref()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(failures.iter().all(|failure| failure.code == "internal"), "{failures:?}");
}
