//! Projects of odd kinds: nothing is told of the right ones, and something of each wrong one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::Project;

/// Modules of a lambda, by path; the first one has the handler.
type Files = &'static [(&'static str, &'static str)];

const RIGHT: &[(&str, Files)] = &[
    (
        "path",
        &[
            ("app.py", "import pkg.hidden\n"),
            ("pkg/__init__.py", "import os\n__path__ = [os.path.dirname(__file__) + '/sub']\n"),
            ("pkg/sub/hidden.py", ""),
        ],
    ),
    (
        "lazy",
        &[
            ("app.py", "from pkg import Thing\n"),
            (
                "pkg/__init__.py",
                "import loader\n__getattr__, __dir__, __all__ = loader.attach(__name__)\n",
            ),
            ("loader.py", "def attach(name): return 1, 2, 3\n"),
        ],
    ),
    (
        "lazily",
        &[
            ("app.py", "from pkg import Thing\n"),
            ("pkg/__init__.py", "from loader import get as __getattr__\n"),
            ("loader.py", "def get(name): return 1\n"),
        ],
    ),
    (
        "class",
        &[
            ("app.py", "from pkg import Thing\n"),
            ("pkg/__init__.py", "import sys\nsys.modules[__name__].__class__ = type(sys)\n"),
        ],
    ),
    (
        "extended",
        &[
            ("app.py", "import pkg.far\n"),
            (
                "pkg/__init__.py",
                "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
            ),
        ],
    ),
    (
        "declared",
        &[
            ("app.py", "import pkg.far\n"),
            ("pkg/__init__.py", "__import__('pkg_resources').declare_namespace(__name__)\n"),
        ],
    ),
    (
        "members",
        &[
            ("app.py", "from conf import RED, BLUE\n"),
            (
                "conf.py",
                "import enum\n@enum.global_enum\nclass C(enum.Enum):\n    RED = 1\n    BLUE = 2\n",
            ),
        ],
    ),
    (
        "converted",
        &[
            ("app.py", "from conf import RED\n"),
            ("conf.py", "import enum\nenum.IntEnum._convert_('E', __name__, str.isupper)\n"),
        ],
    ),
    (
        "several",
        &[(
            "app.py",
            "MISSING = (ImportError, OSError)\ntry:\n    import a1\nexcept MISSING:\n    pass\n",
        )],
    ),
    (
        "several-below",
        &[
            ("app.py", "from e import missing\ntry:\n    import a1\nexcept missing:\n    pass\n"),
            ("e.py", "missing = ImportError\n"),
        ],
    ),
    ("zip", &[("app.py", "import sys\nsys.path.insert(0, '/var/task/lib.zip')\nimport inner\n")]),
    ("egg", &[("app.py", "import sys\nsys.path += ['lib/x.egg']\nimport inner\n")]),
    (
        "boot",
        &[
            ("app.py", "from boot import add\nadd('lib')\nimport inner\n"),
            ("boot.py", "import sys\ndef add(path):\n    sys.path.insert(0, path)\n"),
            ("lib/inner.py", ""),
        ],
    ),
    (
        "spec",
        &[("app.py", "import importlib.util\nif importlib.util.find_spec('a1'):\n    import a1\n")],
    ),
    (
        "else",
        &[(
            "app.py",
            "try:\n    import a1\nexcept ImportError:\n    pass\nelse:\n    import a1.b\n",
        )],
    ),
    (
        "flag",
        &[(
            "app.py",
            "try:\n    import a1\n    HAS = True\nexcept ImportError:\n    HAS = False\nif HAS:\n    import a1.b\n",
        )],
    ),
    ("star-try", &[("app.py", "try:\n    import a1\nexcept* ImportError:\n    pass\n")]),
    (
        "deep",
        &[
            ("app.py", "from pkg.a.b import c\n"),
            ("pkg/a/b/c.py", "from ...x import y\nfrom .. import z\n"),
            ("pkg/x.py", "y = 1\n"),
            ("pkg/a/z.py", ""),
        ],
    ),
    (
        "package-wins",
        &[("app.py", "from a import x\n"), ("a.py", ""), ("a/__init__.py", "x = 1\n")],
    ),
    (
        "bare",
        &[
            ("app.py", "from a import T, L\n"),
            ("a.py", "T: int\nL = []\nL += [1]\ndef f():\n    global T\n    T = 1\n"),
        ],
    ),
];

const WRONG: &[(&str, Files)] = &[
    ("raised", &[("app.py", "try:\n    import a1\nexcept ImportError:\n    raise\n")]),
    (
        "raised-anew",
        &[(
            "app.py",
            "try:\n    import a1\nexcept ImportError as e:\n    raise RuntimeError('no') from e\n",
        )],
    ),
    (
        "other",
        &[(
            "app.py",
            "class Fault(Exception): pass\ntry:\n    import a1\nexcept Fault:\n    pass\n",
        )],
    ),
    ("key", &[("app.py", "try:\n    import a1\nexcept (KeyError, ValueError):\n    pass\n")]),
    ("finally", &[("app.py", "try:\n    pass\nfinally:\n    import a1\n")]),
    ("with", &[("app.py", "with open('x') as f:\n    import a1\n")]),
    ("class", &[("app.py", "class C:\n    import a1\n")]),
    ("star", &[("app.py", "from a1 import *\n")]),
    (
        "beyond",
        &[
            ("app.py", "import pkg.a\n"),
            ("pkg/__init__.py", ""),
            ("pkg/a.py", "from ..x import y\n"),
            ("x.py", "y = 1\n"),
        ],
    ),
    ("stub", &[("app.py", "import fast\n"), ("fast.pyi", "")]),
    ("cached", &[("app.py", "import fast\n"), ("__pycache__/fast.cpython-312.pyc", "")]),
    (
        "elsewhere",
        &[("app.py", "import sys\nsys.path.append('lib')\nimport six3\n"), ("lib/six2.py", "")],
    ),
    ("returns", &[("app.py", "import json\rimport a1\r")]),
    ("loop", &[("app.py", "while True:\n    import a1\n    break\n")]),
];

#[test]
fn odd_projects_are_judged_rightly() {
    let project = Project::new();
    let mut config = "python = \"3.12\"\n".to_owned();
    let all = || RIGHT.iter().map(|it| ("right", it)).chain(WRONG.iter().map(|it| ("wrong", it)));
    for (kind, (name, files)) in all() {
        let name = format!("{kind}-{name}");
        writeln!(config, "[lambda.{name}]\nhandler = \"app.run\"").expect("a text takes all");
        for (index, (path, text)) in files.iter().enumerate() {
            let run = if index == 0 { "\ndef run(event, context): pass\n" } else { "" };
            project.write(&format!("lambdas/{name}/{path}"), format!("{text}{run}"));
        }
    }
    project.write("dofs-package.toml", config);
    let report = project.run(&["build", "-n", "--format", "json"]).json();
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(0), "{report}");
    let ours = ["missing-import", "syntax-error", "missing-handler"];
    let mut told = BTreeSet::new();
    for package in report["packages"].as_array().expect("packages") {
        for warning in package["warnings"].as_array().expect("warnings") {
            if ours.contains(&warning["code"].as_str().expect("a code")) {
                told.insert(package["name"].as_str().expect("a name").to_owned());
            }
        }
    }
    let wrong: BTreeSet<String> = WRONG.iter().map(|(name, _)| format!("wrong-{name}")).collect();
    assert_eq!(told, wrong);
}
