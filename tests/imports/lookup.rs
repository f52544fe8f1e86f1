//! Where imports are looked up.

use expect_test::expect;

use super::{lambda, of, of_text, said};
use crate::support::{Project, Wheel};

/// Asserts that nothing is said of a lambda.
#[track_caller]
fn right(files: &[(&str, &str)]) {
    assert_eq!(of(files), [""; 0]);
}

#[test]
fn a_module_that_nothing_gives_is_told_with_its_line() {
    expect![[r#"
        [
            "handler.py:2 nothing in the package gives `yaml` (require `PyYAML`)",
        ]
    "#]]
    .assert_debug_eq(&of_text("import json\nimport yaml\n"));
}

#[test]
fn lambda_has_the_standard_library_and_its_sdk() {
    right(&[(
        "handler.py",
        "from __future__ import annotations\nimport os, sys, xml.etree.ElementTree, os.path\n\
         import concurrent.futures\nimport boto3\n\
         from botocore.exceptions import ClientError\nimport urllib3, dateutil.parser, six.moves\n\
         import __main__, _thread\n",
    )]);
}

#[test]
fn the_standard_library_is_that_of_the_target() {
    let of = |python: &str, text: &str| said(&lambda(python, &[("handler.py", text)], &[]));
    expect![[r#"
        [
            "handler.py:1 nothing in the package gives `tomllib`, which Python has since 3.11 (require `tomli`)",
        ]
    "#]]
    .assert_debug_eq(&of("3.9", "import tomllib"));
    assert_eq!(of("3.11", "import tomllib"), [""; 0]);
    assert_eq!(of("3.11", "import distutils.util, pkg_resources"), [""; 0]);
    expect![[r#"
        [
            "handler.py:1 nothing in the package gives `distutils.util`, which Python had up to 3.11 (require `setuptools`)",
        ]
    "#]]
    .assert_debug_eq(&of("3.12", "import distutils.util"));
    expect![[r#"
        [
            "handler.py:1 `concurrent` of the standard library has no `future` (write `futures`, if that is meant)",
        ]
    "#]]
    .assert_debug_eq(&of("3.12", "import concurrent.future"));
}

#[test]
fn own_modules_are_found_in_every_way_that_python_finds_them() {
    right(
        &[
            (
                "handler.py",
                "import util\nimport pkg\nimport pkg.sub\nfrom pkg import sub, name\n\
             from pkg.deep import far\nimport space.inner\nfrom space import inner\n\
             from pkg.sub import thing\nimport native\nimport bytecode\nfrom util import *\n",
            ),
            ("util.py", "import os\n"),
            ("pkg/__init__.py", "from .sub import thing as name\n"),
            ("pkg/sub.py", "from . import deep\nfrom .deep.far import x\nthing = 1\n"),
            ("pkg/deep/__init__.py", ""),
            ("pkg/deep/far.py", "from ..sub import thing\nfrom ... import nothing_that_runs\n"),
            ("space/inner.py", ""),
            ("native.cpython-312-x86_64-linux-gnu.so", ""),
            ("bytecode.so", ""),
        ]
        .map(|(path, text)| match path {
            "pkg/deep/far.py" => (path, "from ..sub import thing\nx = 1\n"),
            _ => (path, text),
        }),
    );
}

#[test]
fn what_an_own_package_has_not_got_is_told() {
    let files = [
        ("handler.py", "from pkg import helprs\nimport pkg.modles\nfrom pkg.models import Usr\n"),
        ("pkg/__init__.py", ""),
        ("pkg/helpers.py", ""),
        ("pkg/models.py", "class User: pass\n"),
    ];
    expect![[r#"
        [
            "handler.py:1 `pkg` has no `helprs` (write `helpers`, if that is meant)",
            "handler.py:2 `pkg` has no `modles` (write `models`, if that is meant)",
            "handler.py:3 `pkg.models` has no `Usr` (write `User`, if that is meant)",
        ]
    "#]]
    .assert_debug_eq(&of(&files));
}

#[test]
fn a_module_below_the_top_is_not_at_the_top() {
    let files = [("handler.py", "import util\n"), ("lib/util.py", ""), ("lib/__init__.py", "")];
    expect![[r#"
        [
            "handler.py:1 nothing in the package gives `util` (import it as `lib.util`, or move it to the top)",
        ]
    "#]]
    .assert_debug_eq(&of(&files));
    let files = [
        ("handler.py", "from app import main\n"),
        ("app/main.py", "import db\n"),
        ("app/db.py", ""),
    ];
    expect![[r#"
        [
            "app/main.py:1 nothing in the package gives `db` (write `app.db`: Python looks at the package's top)",
        ]
    "#]]
    .assert_debug_eq(&of(&files));
}

#[test]
fn linux_tells_capital_letters_from_small_ones() {
    let files = [
        ("handler.py", "import Util\nimport pkg.Sub\nimport JSON\n"),
        ("util.py", ""),
        ("pkg/sub.py", ""),
    ];
    expect![[r#"
        [
            "handler.py:1 nothing in the package gives `Util` (write `util`: Linux tells capital letters from small ones)",
            "handler.py:2 `pkg` has no `Sub` (write `sub`: Linux tells capital letters from small ones)",
            "handler.py:3 nothing in the package gives `JSON` (write `json`: Linux tells capital letters from small ones)",
        ]
    "#]]
    .assert_debug_eq(&of(&files));
}

#[test]
fn a_relative_import_at_the_top_has_no_package() {
    let files = [("handler.py", "from .util import x\n"), ("util.py", "x = 1\n")];
    expect![[r#"
        [
            "handler.py:1 `.util` is imported relatively, and `handler.py` is in no package (write `util` without the dots)",
        ]
    "#]]
    .assert_debug_eq(&of(&files));
}

#[test]
fn wheels_give_their_modules_by_their_names_alone() {
    let wheels = [
        Wheel::bare("pyyaml", "6.0").file("yaml/__init__.py", "").file("_yaml.so", ""),
        Wheel::bare("google-cloud-storage", "2.0").file("google/cloud/storage/__init__.py", ""),
        Wheel::bare("pillow", "10.0").file("PIL/__init__.py", "").file("PIL/Image.py", ""),
    ];
    let text = "import yaml, yaml.cyaml, _yaml\nfrom yaml import nobody_knows\n\
                from google.cloud import storage\nimport google.cloud.storage.blob\n\
                import PIL.Image\nfrom PIL import ImageX\nimport PIL.plugins\n";
    assert_eq!(said(&lambda("3.12", &[("handler.py", text)], &wheels)), [""; 0]);
    let text = "import Yaml\nfrom google.cloud import bigquery\nimport PIL.image\n";
    expect![[r#"
        [
            "handler.py:1 nothing in the package gives `Yaml` (write `yaml`: Linux tells capital letters from small ones)",
            "handler.py:2 `google.cloud` has no `bigquery` (require `google-cloud-bigquery`)",
            "handler.py:3 `PIL` has no `image` (write `Image`: Linux tells capital letters from small ones)",
        ]
    "#]]
    .assert_debug_eq(&said(&lambda("3.12", &[("handler.py", text)], &wheels)));
}

#[test]
fn what_nothing_reaches_is_not_judged() {
    right(&[
        ("handler.py", "import util\ndef handler(event, context): pass\n"),
        ("util.py", ""),
        ("deploy.py", "import fabric\n"),
        ("scripts/seed.py", "import faker\ndef f(:\n"),
        ("conftest.py", "import pytest\n"),
        ("test_api.py", "import pytest\n"),
    ]);
}

#[test]
fn imports_that_may_fail_are_not_counted() {
    right(&[(
        "handler.py",
        "try:\n    import ujson as json\nexcept ImportError:\n    import json\n\
         try:\n    import a\nexcept Exception:\n    a = None\n\
         if TYPE_CHECKING:\n    import mypy_boto3_s3\n\
         def f():\n    import lazily\n\
         if sys.platform == 'win32':\n    import winreg\n\
         if __name__ == '__main__':\n    import dotenv\n\
         if DEBUG:\n    import debugpy\n\
         with contextlib.suppress(ImportError):\n    import b\n",
    )]);
}

#[test]
fn what_stands_in_for_a_missing_module_is_looked_for() {
    let text = "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n";
    assert_eq!(said(&lambda("3.12", &[("handler.py", text)], &[])), [""; 0]);
    expect![[r#"
        [
            "handler.py:4 nothing in the package gives `tomli` (require what has `tomli`, or name it in `allow-imports`)",
        ]
    "#]]
    .assert_debug_eq(&said(&lambda("3.9", &[("handler.py", text)], &[])));
}

#[test]
fn a_module_that_is_reached_only_now_and_then_is_not_judged_as_one_that_always_is() {
    right(&[
        (
            "handler.py",
            "try:\n    import fast\nexcept ImportError:\n    fast = None\ndef f():\n    import slow\n",
        ),
        ("fast.py", "import numba\n"),
        ("slow.py", "import pandas\n"),
    ]);
    let both = of(&[
        ("handler.py", "import util\ndef f():\n    import util\n"),
        ("util.py", "import pandas\n"),
    ]);
    assert_eq!(both.len(), 1);
}

#[test]
fn code_that_changes_the_search_may_find_more() {
    let vendored = [
        (
            "handler.py",
            "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib'))\nimport util\nimport nowhere\n",
        ),
        ("lib/util.py", ""),
    ];
    assert_eq!(of(&vendored).len(), 1, "{:?}", of(&vendored));
    right(&[("handler.py", "import sys\nsys.path.append('/mnt/efs/lib')\nimport torch\n")]);
    right(&[
        ("handler.py", "import sys, x\nsys.modules['fake.mod'] = x\nimport fake.mod\n"),
        ("x.py", ""),
    ]);
    right(&[
        ("handler.py", "import pkg.made\nfrom pkg import anything\n"),
        ("pkg/__init__.py", "__path__.append('elsewhere')\n"),
    ]);
    right(&[
        ("handler.py", "from pkg import anything\n"),
        ("pkg/__init__.py", "def __getattr__(name): return 1\n"),
    ]);
    right(&[
        ("handler.py", "import settings, patch\nfrom settings import ADDED\n"),
        ("settings.py", ""),
        ("patch.py", "import settings\nsettings.ADDED = 1\n"),
    ]);
}

#[test]
fn an_own_module_may_stand_in_for_another() {
    right(&[
        (
            "handler.py",
            "import calendar, calendar.mine\nfrom email import message\nimport secrets\n",
        ),
        ("calendar/__init__.py", ""),
        ("calendar/mine.py", ""),
        ("email/template.txt", ""),
        ("secrets.py", ""),
    ]);
}

#[test]
fn layers_of_terraform_may_give_anything() {
    let project = lambda("3.12", &[("handler.py", "import pandas\n")], &[]);
    let function = |layers: &str| {
        format!(
            "resource \"aws_lambda_function\" \"api\" {{\n  function_name = \"api\"\n  \
             filename = \"lambdas/api/api.zip\"\n  handler = \"handler.run\"\n  \
             runtime = \"python3.12\"\n{layers}}}\n"
        )
    };
    project.write("lambdas/api/handler.py", "import pandas\ndef run(event, context): pass\n");
    project.write("main.tf", function(""));
    assert_eq!(said(&project).len(), 1);
    project
        .write("main.tf", function("  layers = [\"arn:aws:lambda:eu-west-1:1:layer:pandas:1\"]\n"));
    assert_eq!(said(&project), [""; 0]);
    let talk = project.run(&["build", "-n", "-v"]).stderr;
    assert!(
        talk.contains(
            "handler.py:1: nothing in the package gives `pandas`, perhaps: a layer may have it"
        ),
        "{talk}"
    );
}

#[test]
fn a_target_that_nobody_said_is_no_reason_to_guess() {
    let project = Project::with(&[(
        "lambdas/api/handler.py",
        "import sys, cgi, tomllib\nif sys.version_info < (3, 11):\n    import tomli\nmatch sys:\n    case 1: pass\n",
    )]);
    assert_eq!(said(&project), [""; 0]);
}

#[test]
fn many_missing_modules_are_one_warning() {
    let found = of_text("import aa1\nimport bb2\nimport cc3\nimport dd4\n");
    expect![[r#"
        [
            "handler.py:1 4 modules that its modules import are nowhere: `aa1`, `bb2`, `cc3`, `dd4` (require what has them, or name them in `allow-imports`)",
        ]
    "#]]
    .assert_debug_eq(&found);
}

#[test]
fn the_standard_library_hides_own_folders_and_what_is_loaded() {
    for (import, own, name) in [
        ("from types.models import User", "types/models.py", "models"),
        ("import calendar.x", "calendar/x.py", "x"),
        ("from queue import worker", "queue/worker.py", "worker"),
        ("from secrets import store", "secrets/store/__init__.py", "store"),
        ("from email.sender import send", "email/sender.py", "sender"),
    ] {
        let said = of(&[("handler.py", &*format!("{import}\n")), (own, "User = send = 1\n")]);
        let top = own.split('/').next().expect("a folder");
        let expected = format!(
            "handler.py:1 `{top}` of the standard library has no `{name}` (rename `{top}`: Python \
             has a module of that name, and takes it)"
        );
        assert_eq!(said, [expected], "{import}");
        // With `__init__`, it comes before what is not loaded.
        let package = format!("{top}/__init__.py");
        let said = of(&[
            ("handler.py", &*format!("{import}\n")),
            (own, "User = send = 1\n"),
            (&package, ""),
        ]);
        assert_eq!(said.len(), usize::from(top == "types"), "{import} {said:?}");
    }
    for import in ["from logging.setup import x", "from logging import setup", "import json.own.x"]
    {
        let files = [
            ("handler.py", &*format!("{import}\n")),
            ("logging/__init__.py", "import nowhere\n"),
            ("logging/setup.py", "x = 1\n"),
            ("json/__init__.py", ""),
            ("json/own/x.py", ""),
        ];
        let said = of(&files);
        assert!(said.len() == 1 && said[0].contains("of the standard library has no"), "{said:?}");
    }
    right(&[
        (
            "handler.py",
            "import json, typing.io, lib2to3.pgen2, test.support\nfrom calendar import month\n\
             from queue import Queue\nfrom logging import handlers\nfrom email import message\n",
        ),
        ("json/__init__.py", "import nowhere\n"),
        ("calendar/month/data.txt", ""),
        ("queue/Queue.py", ""),
        ("logging/handlers.py", ""),
        ("email/message.py", ""),
    ]);
}

#[test]
fn a_module_may_get_names_that_are_computed() {
    const EACH: &str = "for name in ('anything', 'other'): ";
    for line in [
        "setattr(helper, name, 1)",
        "vars(helper)[name] = 1",
        "helper.__dict__[name] = 1",
        "setattr(__import__('helper'), name, 1)",
        "setattr(sys.modules['helper'], name, 1)",
        "module = sys.modules[name]; setattr(module, name, 1)",
        "vars(sys.modules.get('helper')).update(x)",
        "setattr(same, name, 1)",
    ] {
        let text = format!(
            "import sys, helper, helper as same\n{EACH}{line}\nfrom helper import anything\n"
        );
        right(&[("handler.py", &text), ("helper.py", "")]);
    }
    for line in [
        "from sys import modules\nmodules[__name__] = M()",
        "import sys\nsetattr(sys.modules[__name__], name, 1)",
        "import importlib\nme = importlib.import_module(__name__)\nsetattr(me, name, 1)",
        "import helper\nfor name in 'ab': setattr(helper, name, 1)",
    ] {
        right(&[("handler.py", "from helper import anything\n"), ("helper.py", line)]);
    }
    for line in ["setattr(self, name, 1)", "setattr(other, name, 1)", "vars(other)"] {
        let text = format!("import other\nfrom helper import anything\n{EACH}{line}\n");
        let files = [("handler.py", &*text), ("helper.py", ""), ("other.py", "")];
        assert_eq!(of(&files).len(), 1, "{line}");
    }
}

#[test]
fn a_name_that_only_dead_code_binds_is_missing() {
    for text in [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from json import Bar\n",
        "if __name__ == '__main__':\n    Bar = 1\n",
        "import sys\nif sys.version_info < (3, 8):\n    class Bar: pass\n",
        "DEBUG = False\nif DEBUG:\n    def Bar(): pass\n",
        "import os\nif os.name == 'nt':\n    from x import *\n",
    ] {
        let said = of(&[("handler.py", "from helper import Bar\n"), ("helper.py", text)]);
        assert_eq!(said.len(), 1, "{text} {said:?}");
        assert!(said[0].contains("`helper` has no `Bar`"), "{said:?}");
    }
    right(&[
        ("handler.py", "from typing import TYPE_CHECKING\nfrom helper import Bar\n"),
        (
            "helper.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from x import Bar\nelse:\n    \
             Bar = 1\n",
        ),
    ]);
}

#[test]
fn an_extension_module_for_another_version_gives_nothing() {
    let with = |python: &str, file: &str| {
        let files = [("handler.py", "import fast\nimport pack.part\n"), ("pack/__init__.py", "")];
        let (top, part) = (format!("fast{file}"), format!("pack/part{file}"));
        let own = [(top.as_str(), ""), (part.as_str(), "")];
        said(&lambda(python, &[&files[..], &own].concat(), &[])).len()
    };
    for file in [".so", ".abi3.so", ".cpython-312-x86_64-linux-gnu.so"] {
        assert_eq!(with("3.12", file), 0, "{file}");
    }
    for file in [
        ".cpython-311-x86_64-linux-gnu.so",
        ".cpython-31-x86_64-linux-gnu.so",
        ".cpython-312t-x86_64-linux-gnu.so",
    ] {
        assert_eq!(with("3.12", file), 2, "{file}");
    }
    assert_eq!(with("3.13", ".cpython-312-x86_64-linux-gnu.so"), 2);
}

#[test]
fn a_path_from_the_root_of_the_project_is_told_with_where_the_package_begins() {
    expect![[r#"
        [
            "handler.py:1 nothing in the package gives `lambdas.api.util` (write `util`: the package begins at `lambdas/api`)",
            "handler.py:2 nothing in the package gives `lambdas.shared` (import nothing from `lambdas`: the package begins at `lambdas/api`)",
        ]
    "#]]
    .assert_debug_eq(&of(&[
        ("handler.py", "from lambdas.api.util import x\nimport lambdas.shared\n"),
        ("util.py", "x = 1\n"),
    ]));
}
