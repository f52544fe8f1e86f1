//! The packages that Lambda's runtime brings: laid out where they are imported, and not before.

use expect_test::expect;

use super::{handler, invoke, version};
use crate::support::{Project, Wheel};

/// The table of `src/python/runtime.rs`, with the name that each is imported by.
const PACKAGES: [(&str, &str, &str); 12] = [
    ("awslambdaric", "3.1.1", "awslambdaric"),
    ("boto3", "1.40.4", "boto3"),
    ("botocore", "1.40.4", "botocore"),
    ("jmespath", "1.0.1", "jmespath"),
    ("pip", "23.2.1", "pip"),
    ("python-dateutil", "2.9.0.post0", "dateutil"),
    ("s3transfer", "0.13.1", "s3transfer"),
    ("setuptools", "65.5.0", "setuptools"),
    ("simplejson", "3.20.1", "simplejson"),
    ("six", "1.17.0", "six"),
    ("snapshot-restore-py", "1.0.0", "snapshot_restore_py"),
    ("urllib3", "1.26.20", "urllib3"),
];

/// A project whose index has stand-ins of the runtime's packages, and whose handler has this body.
fn project(body: &str) -> Project {
    let project = handler(body);
    for (name, version, import) in PACKAGES {
        let text = format!("VERSION = '{version}'\n");
        let wheel = Wheel::bare(name, version).file(&format!("{import}/__init__.py"), text);
        project.publish(&wheel);
    }
    project
}

#[test]
fn boto3_is_there_without_being_packaged() {
    let project = project(
        "import boto3, dateutil\n\
         return [boto3.VERSION, dateutil.VERSION, boto3.__file__.split('/')[-3]]",
    );
    let run = invoke(&project, &[]);
    expect![[r#"
        ["1.40.4", "2.9.0.post0", "runtime"]
    "#]]
    .assert_eq(&run.stdout);
    // From the store from now on.
    let again = invoke(&project, &["--offline"]);
    assert_eq!((again.code, again.stdout), (0, run.stdout));
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_handler_that_needs_none_of_them_needs_no_network() {
    for body in [
        "return 1",
        "try:\n    import no_such_module\nexcept ImportError:\n    return 1",
        "import importlib.util\nreturn 1 if importlib.util.find_spec('requests') is None else 2",
    ] {
        let run = invoke(&handler(body), &["--offline", "-q"]);
        assert_eq!(run.text(), "exit code: 0\n--- stdout\n1\n--- stderr\n", "{body}");
    }
}

#[test]
fn a_handler_that_needs_one_can_not_go_on_offline() {
    let project = project("try:\n    import boto3\nexcept Exception:\n    return 1");
    let run = invoke(&project, &["--offline"]);
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the handler imports what Lambda's runtime brings, and the store has not got it
        hint: run once without `--offline`
    "#]]
    .assert_eq(&run.text());
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_is_packaged_comes_before_what_the_runtime_brings() {
    let project = project("import boto3, botocore\nreturn [boto3.VERSION, botocore.VERSION]");
    project.publish(&Wheel::new("botocore", "1.0"));
    project.write("lambdas/api/requirements.txt", "botocore==1.0\n");
    let run = invoke(&project, &["-q"]);
    assert_eq!(run.stdout, "[\"1.40.4\", \"1.0\"]\n", "{}", run.stderr);
}

#[test]
fn every_way_to_ask_for_a_package_finds_it() {
    for body in [
        "import six\nreturn six.VERSION",
        "from six import VERSION\nreturn VERSION",
        "import importlib\nreturn importlib.import_module('six').VERSION",
        "import importlib.util\nimportlib.util.find_spec('six')\nimport six\nreturn six.VERSION",
        "import importlib.metadata\nreturn importlib.metadata.version('six')",
        "import threading\nfound = []\n\
         def ask(name):\n    found.append(__import__(name).VERSION)\n\
         names = ['six', 'boto3', 'botocore', 'urllib3', 'jmespath', 'dateutil']\n\
         threads = [threading.Thread(target=ask, args=(name,)) for name in names]\n\
         [thread.start() for thread in threads]\n\
         [thread.join() for thread in threads]\n\
         return [version for version in found if version == '1.17.0'][len(found) - 6]",
    ] {
        let run = invoke(&project(body), &["-q"]);
        assert_eq!(run.stdout, "\"1.17.0\"\n", "{body}: {}", run.stderr);
    }
}

#[test]
fn importing_them_at_the_top_of_a_module_is_the_same() {
    let project = project("return boto3.VERSION");
    let code = project.read("lambdas/api/api.py");
    project.write("lambdas/api/api.py", [b"import boto3\n".as_slice(), &code].concat());
    assert_eq!(invoke(&project, &["-q"]).stdout, "\"1.40.4\"\n");
    assert_eq!(invoke(&project, &["-q", "--import"]).code, 0);
}

#[test]
fn time_that_goes_into_laying_them_out_is_not_the_handlers() {
    let project = project("import boto3\nreturn boto3.VERSION");
    let run = invoke(&project, &["-q", "--timeout", "1"]);
    assert_eq!(run.stdout, "\"1.40.4\"\n", "{}", run.stderr);
}

#[test]
fn a_package_that_the_index_has_not_got_is_said() {
    let project = handler("import boto3");
    let run = invoke(&project, &["-q"]);
    assert!(run.code == 4 || run.code == 5, "{}", run.text());
    assert_eq!(run.stdout, "");
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
#[ignore = "needs the package index"]
fn the_real_packages_of_the_table_make_clients_and_find_no_credentials() {
    let project = handler("");
    project.write(
        "lambdas/api/api.py",
        "import awslambdaric, boto3, botocore, dateutil, jmespath, s3transfer, simplejson, six, urllib3\n\
         from botocore.exceptions import NoCredentialsError\n\
         def handler(event, context):\n    \
             try:\n        \
                 boto3.client('s3').list_buckets()\n    \
             except NoCredentialsError as error:\n        \
                 return [boto3.__version__, botocore.__version__, urllib3.__version__, str(error)]\n",
    );
    let run = project.tool().online().run(&["invoke", "api", "--python", version(), "-q"]);
    expect![[r#"
        ["1.40.4", "1.40.4", "1.26.20", "Unable to locate credentials"]
    "#]]
    .assert_eq(&run.stdout);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn pip_is_there_and_setuptools_as_in_the_runtime_of_the_version() {
    let project = project("import pip\nreturn pip.VERSION");
    assert_eq!(invoke(&project, &[]).stdout, "\"23.2.1\"\n");
    let has_setuptools = ["3.9", "3.10", "3.11"].contains(&version());
    project.write(
        "lambdas/api/api.py",
        "def handler(event, context):\n    import setuptools\n    return setuptools.VERSION\n",
    );
    let run = invoke(&project, &[]);
    assert_eq!(run.code == 0, has_setuptools, "{}", run.text());
    // The check says the same.
    project.write(
        "lambdas/api/api.py",
        "import pip, setuptools\ndef handler(event, context):\n    return 1\n",
    );
    let run = project.run(&["build", "-n", "--python", version()]);
    assert_eq!(run.stderr.contains("`setuptools`"), !has_setuptools, "{}", run.text());
    assert!(!run.stderr.contains("`pip`"), "{}", run.text());
}
