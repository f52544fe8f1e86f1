//! What is run is the package: its members, its modes, and nothing else that could be imported.

use std::path::PathBuf;

use super::{handler, invoke, project, returned};
use crate::support::{Project, Wheel};

#[test]
fn only_the_package_and_the_standard_library_can_be_imported() {
    let project = handler(
        "import json, sys\n\
         task, runtime, *others = sys.path\n\
         assert task.endswith('/task') and runtime.endswith('/runtime'), sys.path\n\
         assert not any('site-packages' in path for path in others), others\n\
         return 1",
    );
    // Neither of these may have a say.
    project.write("pytest.py", "raise Exception\n");
    project.write("json.py", "raise Exception\n");
    let tool = project.tool().env("PYTHONPATH", project.root());
    let run = tool.run(&super::with_python(&["-q"]));
    assert_eq!(run.stdout, "1\n", "{}", run.stderr);
    let run = invoke(&handler("import pytest"), &[]);
    assert!(run.stderr.contains("No module named 'pytest'"), "{}", run.stderr);
}

#[test]
fn requirements_are_imported_from_the_package() {
    let body = "import thing\nreturn [thing.VERSION, thing.__file__.split('/')[-3]]";
    let project = handler(body);
    project.publish(&Wheel::new("thing", "1.5"));
    project.write("lambdas/api/requirements.txt", "thing==1.5\n");
    let run = invoke(&project, &["-q"]);
    assert_eq!(run.stdout, "[\"1.5\", \"task\"]\n", "{}", run.stderr);
}

#[test]
fn what_is_left_out_of_the_package_is_not_there() {
    let project = handler("import os\nreturn sorted(os.listdir())");
    project.write("lambdas/api/.env", "SECRET=1\n");
    project.write("lambdas/api/old.zip", "");
    project.write("lambdas/api/data.json", "{}");
    let run = invoke(&project, &["-q"]);
    assert_eq!(run.stdout, "[\"api.py\", \"data.json\"]\n");
}

#[test]
fn files_have_the_modes_of_the_package_whatever_the_umask_is() {
    let project =
        handler("import os\nreturn [oct(os.stat(name).st_mode) for name in ('api.py', 'bin/run')]");
    project.write("lambdas/api/bin/run", "#!/bin/sh\n");
    let run = project.path("lambdas/api/bin/run");
    std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let tool = project.tool().command(&super::with_python(&["-q"]));
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", r#"umask 077; exec "$0" "$@""#]).arg(tool.get_program());
    limited.args(tool.get_args()).current_dir(project.root()).env_clear();
    limited.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "[\"0o100644\", \"0o100755\"]\n", "{output:?}");
}

#[test]
fn nothing_is_published_and_nothing_is_left_behind() {
    let project = handler("open('written', 'w').close()\nimport other\nreturn 1");
    project.write("lambdas/api/other.py", "A = 1\n");
    project.write("lambdas/api/api.zip", "of before");
    let run = invoke(&project, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "1\n"), "{}", run.stderr);
    assert_eq!(project.read("lambdas/api/api.zip"), b"of before");
    let mut files: Vec<_> = std::fs::read_dir(project.path("lambdas/api"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["api.py", "api.zip", "other.py"]);
    assert_eq!(project.leftovers(), Vec::<PathBuf>::new());
}

#[test]
fn no_bytecode_is_written_beside_modules() {
    let project = handler("import other, os\nreturn sorted(os.listdir())");
    project.write("lambdas/api/other.py", "A = 1\n");
    assert_eq!(invoke(&project, &[]).stdout, "[\"api.py\", \"other.py\"]\n");
}

#[test]
fn path_files_of_a_package_are_read_as_the_bootstrap_reads_them() {
    let project = handler("import deep\nreturn deep.A");
    project.write("lambdas/api/own.pth", "lib\n");
    project.write("lambdas/api/lib/deep.py", "A = 1\n");
    assert_eq!(invoke(&project, &[]).stdout, "1\n");
}

#[test]
fn a_handler_may_be_in_a_folder_of_either_spelling() {
    for handler in ["src.deep.api.run", "src/deep/api.run"] {
        let project = Project::with(&[
            ("dofs-package.toml", &format!("[lambda.api]\nhandler = \"{handler}\"\n")),
            ("lambdas/api/src/deep/api.py", "def run(event, context): return __name__\n"),
        ]);
        assert_eq!(invoke(&project, &[]).stdout, "\"src.deep.api\"\n", "{handler}");
    }
}

#[test]
fn a_module_hides_one_of_the_standard_library_as_in_lambda() {
    let project = handler("import queue\nreturn queue.OWN");
    project.write("lambdas/api/queue.py", "OWN = True\n");
    assert_eq!(invoke(&project, &[]).stdout, "true\n");
}

#[test]
fn processes_of_the_handlers_find_the_package() {
    let body = "import multiprocessing, other\n\
                method = multiprocessing.get_context(event.get('by', 'spawn'))\n\
                queue = method.Queue()\n\
                child = method.Process(target=other.put, args=(queue,))\n\
                child.start()\n\
                answer = queue.get()\n\
                child.join()\n\
                return answer";
    let project = handler(body);
    project.write("lambdas/api/other.py", "def put(queue): queue.put('done')\n");
    assert_eq!(invoke(&project, &["-q"]).stdout, "\"done\"\n");
    project.write("event.json", r#"{"by": "fork"}"#);
    assert_eq!(invoke(&project, &["-q", "--event", "event.json"]).stdout, "\"done\"\n");
}

#[test]
fn names_that_site_gives_are_there() {
    assert_eq!(
        returned("return [callable(exit), callable(quit), callable(help)]"),
        "[true, true, true]\n"
    );
}

#[test]
fn two_calls_of_one_package_do_not_meet() {
    let project = project("import os\ndef handler(event, context): return os.getcwd()\n");
    let [one, other] = [(); 2].map(|()| invoke(&project, &["-q"]).stdout);
    assert_ne!(one, other);
}

#[test]
fn layers_are_unpacked_and_searched_as_in_lambda() {
    let version = super::version();
    let site = format!("python/lib/python{version}/site-packages");
    for (config, files, body, expected) in [
        (
            "\"deps\"",
            &[("layers/deps/shared.py", "A = 1\n")][..],
            "import shared\nreturn shared.A",
            "1",
        ),
        (
            "\"deps\", \"more\"",
            &[("layers/deps/shared.py", "A = 1\n"), ("layers/more/shared.py", "A = 2\n")],
            "import shared\nreturn shared.A",
            "2",
        ),
        (
            "\"more\", \"deps\"",
            &[("layers/deps/shared.py", "A = 1\n"), ("layers/more/shared.py", "A = 2\n")],
            "import shared\nreturn shared.A",
            "1",
        ),
        (
            "\"deps\"",
            &[("layers/deps/shared.py", "A = 1\n"), ("lambdas/api/shared.py", "A = 3\n")],
            "import shared\nreturn shared.A",
            "3",
        ),
        (
            "\"deps\"",
            &[
                ("layers/deps/python/shared.py", "A = 1\n"),
                (&*format!("layers/deps/{site}/shared.py"), "A = 4\n"),
            ],
            "import shared\nreturn shared.A",
            "4",
        ),
        (
            "\"deps\"",
            &[
                ("layers/deps/requirements.txt", "thing==1.5\n"),
                ("lambdas/api/requirements.txt", "thing==1.5\n"),
            ],
            "import thing\nreturn [thing.VERSION, thing.__file__.split('/')[-4:-2]]",
            "[\"1.5\", [\"opt\", \"python\"]]",
        ),
        (
            "\"deps\"",
            &[("layers/deps/python/x.py", ""), ("layers/deps/bin/tool", "")],
            "import os\nreturn os.environ['PATH'].endswith('/opt/bin')",
            "true",
        ),
    ] {
        let project = handler(body);
        project.publish(&Wheel::new("thing", "1.5"));
        for (path, text) in files {
            project.write(path, text);
        }
        let config = format!("layers = [\"layers/*\"]\n{}layers = [{config}]\n", super::CONFIG);
        project.write("dofs-package.toml", config);
        let run = invoke(&project, &["-q"]);
        assert_eq!(run.stdout, format!("{expected}\n"), "{files:?}: {}", run.stderr);
    }
}

/// The bootstrap adds no layers where a function has the variable.
#[test]
fn a_search_path_of_the_functions_own_hides_layers() {
    for (path, code) in [("/opt/python", 0), ("/var/task/lib", 1), ("/var/task/lib:/opt/python", 0)]
    {
        let project = handler("import shared\nreturn 1");
        project.write("layers/deps/shared.py", "A = 1\n");
        project.write("lambdas/api/lib/x.py", "");
        let config = format!("layers = [\"layers/*\"]\n{}layers = [\"deps\"]\n", super::CONFIG);
        project.write("dofs-package.toml", config);
        let run = invoke(&project, &["-q", "--env", &format!("PYTHONPATH={path}")]);
        assert_eq!(run.code, code, "{path}: {}", run.text());
    }
}
