//! Where else than at the top of the package Lambda looks: `.pth` files, and `PYTHONPATH`.

use super::{lambda, said};
use crate::support::{Project, Wheel};

const HANDLER: &str = "import inner\nimport nowhere\ndef run(event, context): pass\n";

/// Whether each of the two imports of the handler is told, and the other is not.
fn told(files: &[(&str, &str)], wheels: &[Wheel]) -> [bool; 2] {
    let files = [files, &[("handler.py", HANDLER)]].concat();
    of_project(&lambda("3.12", &files, wheels))
}

fn of_project(project: &Project) -> [bool; 2] {
    let said = said(project);
    ["`inner`", "`nowhere`"].map(|name| said.iter().any(|text| text.contains(name)))
}

#[test]
fn a_path_file_at_the_top_adds_folders() {
    let module = ("lib/inner.py", "");
    assert_eq!(told(&[module], &[]), [true, true]);
    for text in ["lib\n", "./lib/\n", "# all\n\n/var/task/lib", "\u{feff}lib\r\n", "other\nlib\n"] {
        assert_eq!(told(&[module, ("own.pth", text)], &[]), [false, true], "{text}");
    }
    let wheel = Wheel::new("extra", "1.0").file("extra.pth", "lib\n").file("lib/inner.py", "");
    assert_eq!(told(&[], &[wheel]), [false, true]);
    for (path, text) in [("deep/own.pth", "lib\n"), (".own.pth", "lib\n"), ("own.pth", "lib/inner")]
    {
        assert_eq!(told(&[module, (path, text)], &[]), [true, true], "{path} {text}");
    }
}

#[test]
fn what_is_below_such_a_folder_is_looked_into() {
    let files = [
        ("own.pth", "lib\n"),
        ("lib/inner/__init__.py", "from .part import thing, nothing\n"),
        ("lib/inner/part.py", "thing = 1\nimport gone\n"),
        ("handler.py", "from inner import part\nimport inner.part, inner.lost\n"),
    ];
    let said = said(&lambda("3.12", &files, &[]));
    let all = said.concat();
    for name in ["`inner.part` has no `nothing`", "`gone`", "`inner` has no `lost`"] {
        assert!(all.contains(name), "{name} {all}");
    }
    assert_eq!(said.len(), 3, "{all}");
}

#[test]
fn parts_of_a_namespace_package_lie_in_several_folders() {
    let files = [
        ("own.pth", "lib\nmore\n"),
        ("space/one.py", ""),
        ("lib/space/two.py", ""),
        ("more/space/three/four.py", ""),
        (
            "handler.py",
            "import space.one, space.two\nfrom space.three import four\nimport space.five\n",
        ),
    ];
    let said = said(&lambda("3.12", &files, &[]));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("`space` has no `five`"), "{said:?}");
}

#[test]
fn code_in_a_path_file_may_change_everything() {
    for text in ["import made\n", "import\tmade", "lib\nimport os; os.x()\n"] {
        assert_eq!(told(&[("own.pth", text)], &[]), [false, false], "{text}");
    }
    let nspkg = "import sys, types, os;has_mfs = sys.version_info > (3, 5);m = has_mfs and \
                 sys.modules.setdefault('space', 1)\n";
    let wheel = Wheel::bare("space-one", "1.0")
        .file("space_one-nspkg.pth", nspkg)
        .file("space/one/__init__.py", "");
    assert_eq!(told(&[], std::slice::from_ref(&wheel)), [true, true]);
    let files = [("handler.py", "import space.one\nfrom space import one\n")];
    assert_eq!(said(&lambda("3.12", &files, &[wheel])), [""; 0]);
}

/// A function of Terraform with these arguments, and a module in `lib`.
fn function(arguments: &str) -> Project {
    let files = [("handler.py", HANDLER), ("lib/inner.py", "")];
    let project = lambda("3.12", &files, &[]);
    project.write(
        "main.tf",
        format!(
            "variable \"path\" {{}}\nvariable \"more\" {{ default = \"lib\" }}\n\
             resource \"aws_lambda_function\" \"api\" {{\n  function_name = \"api\"\n  \
             filename = \"lambdas/api/api.zip\"\n  handler = \"handler.run\"\n  \
             runtime = \"python3.12\"\n{arguments}\n}}\n"
        ),
    );
    project
}

#[test]
fn a_functions_search_path_adds_folders() {
    let with = |variables: &str| {
        of_project(&function(&format!("environment {{\n variables = {variables}\n}}")))
    };
    assert_eq!(with("{ A = 1 }"), [true, true]);
    for value in ["\"/var/task/lib\"", "\"/opt/python:lib\"", "\"./${var.more}\"", "var.more"] {
        assert_eq!(with(&format!("{{ PYTHONPATH = {value} }}")), [false, true], "{value}");
    }
    assert_eq!(with("merge({ A = 1 }, { PYTHONPATH = \"lib\" })"), [false, true]);
    assert_eq!(with("{ A = var.path, PYTHONPATH = \"lib\" }"), [false, true]);
    // What can't be told may be anything.
    for value in ["var.path", "\"lib:${var.path}\"", "\"/mnt/efs\""] {
        assert_eq!(with(&format!("{{ PYTHONPATH = {value} }}")), [false, false], "{value}");
    }
    assert_eq!(with("merge(var.path, { PYTHONPATH = \"lib\" })"), [false, false]);
    assert_eq!(with("var.path"), [true, true]);
}

#[test]
fn a_handler_may_be_in_a_folder_of_the_search_path() {
    let project = function("environment {\n variables = { PYTHONPATH = \"/var/task/src\" }\n}");
    project.write("lambdas/api/src/app.py", "import nowhere\ndef run(event, context): pass\n");
    let text = String::from_utf8(project.read("main.tf")).expect("it is text");
    project.write("main.tf", text.replace("handler.run", "app.run"));
    let found = said(&project);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("src/app.py:1 "), "{found:?}");
    let run = project.run(&["verify"]);
    assert!(run.stdout.contains("api\thandler\tok\t"), "{}", run.text());
    project.write("main.tf", text.replace("handler.run", "app.walk"));
    assert!(said(&project).concat().contains("`app.walk` needs `walk`"));
}

#[test]
fn verify_finds_a_handler_in_a_folder_of_a_path_file() {
    let project = function("");
    let text = String::from_utf8(project.read("main.tf")).expect("it is text");
    project.write("main.tf", text.replace("handler.run", "app.run"));
    project.write("lambdas/api/src/app.py", "def run(event, context): pass\n");
    assert!(verified(&project, &["verify"]).contains("api\thandler\tdiffers\t"));
    project.write("lambdas/api/own.pth", "src\n");
    assert!(verified(&project, &["verify"]).contains("api\thandler\tok\t"));
}

#[test]
fn the_search_path_of_a_function_of_a_state_is_its_own() {
    let project = lambda("3.12", &[("src/app.py", "def run(event, context): pass\n")], &[]);
    let state = |variables: serde_json::Value| {
        let values = serde_json::json!({
            "function_name": "api", "filename": "lambdas/api/api.zip", "handler": "app.run",
            "runtime": "python3.12", "environment": [{ "variables": variables }],
        });
        let resource = serde_json::json!({
            "address": "f.api", "mode": "managed", "type": "aws_lambda_function", "values": values,
        });
        let root = serde_json::json!({ "root_module": { "resources": [resource] } });
        let state = serde_json::json!({ "format_version": "1.0", "values": root });
        project.write("state.json", state.to_string());
        verified(&project, &["verify", "--state", "state.json"])
    };
    assert!(state(serde_json::json!({ "A": "src" })).contains("api\thandler\tdiffers\t"));
    let own = serde_json::json!({ "PYTHONPATH": "/var/task/src" });
    assert!(state(own).contains("api\thandler\tok\t"));
    // What a layer's folder may have is not known.
    let foreign = serde_json::json!({ "PYTHONPATH": "/opt/mine" });
    assert!(!state(foreign).contains("api\thandler\tdiffers\t"));
}

/// What `verify` prints.
fn verified(project: &Project, arguments: &[&str]) -> String {
    let run = project.run(arguments);
    assert!(run.code <= 1, "{}", run.text());
    run.stdout
}

/// A finder as that of `six`, in short.
const FINDER: &str = "import sys\n__path__ = []\nclass Finder:\n    def load_module(self, name):\n        \
                      sys.modules[name] = 1\n\
                      finder = Finder(__name__)\nif sys.meta_path:\n    for it in sys.meta_path:\n        \
                      print(it)\nsys.meta_path.append(finder)\n";

#[test]
fn a_line_that_leads_nowhere_new_leaves_the_rest_judged() {
    for line in [
        "sys.path.insert(0, os.environ['LAMBDA_TASK_ROOT'] + '/lib')",
        "sys.path.append('/var/task/lib')",
        "sys.path = sys.path + ['lib']",
        "sys.path[:0] = ['lib', './more']",
        "for folder in ('lib', 'more'):\n    sys.path.append(folder)",
        "sys.path.append('/home/me/src'); sys.path.append('lib')",
    ] {
        let text = format!("import os, sys\n{line}\n{HANDLER}");
        let project = lambda("3.12", &[("handler.py", &*text), ("lib/inner.py", "")], &[]);
        assert_eq!(of_project(&project), [false, true], "{line}");
    }
    for line in ["sys.path.append('/opt/extra')", "sys.path.append(os.environ['X'] + '/lib')"] {
        let text = format!("import os, sys\n{line}\n{HANDLER}");
        let project = lambda("3.12", &[("handler.py", &*text)], &[]);
        assert_eq!(of_project(&project), [false, false], "{line}");
    }
}

#[test]
fn one_module_that_may_give_everything_gives_no_other() {
    let deep = format!("x = {}1\n", "-".repeat(5_000));
    for (text, import) in [
        (FINDER, "import helper.moves.urllib, helper.anything"),
        (&*deep, "from helper import anything"),
        ("# -*- coding: gbk -*-\n", "from helper import anything"),
    ] {
        let handler = format!("{import}\n{HANDLER}");
        let files = [("handler.py", &*handler), ("helper.py", text), ("inner.py", "")];
        let project = lambda("3.12", &files, &[]);
        let said = said(&project);
        assert_eq!(said.len(), 1, "{text:.40} {said:?}");
        assert_eq!(of_project(&project), [false, true], "{text:.40}");
    }
}
