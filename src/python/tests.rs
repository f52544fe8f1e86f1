//! What source says, in many forms.

use super::*;
use crate::corpus::try_all;
use crate::lambda::PythonVersion;

fn of(text: &str, minor: u8) -> Module {
    parse(text.as_bytes(), Some(PythonVersion { minor }))
}

/// The imports of a text, each with when it runs.
fn imports(text: &str) -> String {
    let module = of(text, 12);
    assert_eq!(module.fault, None, "{text}");
    let mut lines = Vec::new();
    for Import { line, level, module, form, when, caught_by, after } in module.imports {
        let names = match form {
            Form::Module => String::new(),
            Form::Names(names) => format!(" ({})", names.join(" ")),
            Form::Called => " called".to_owned(),
        };
        let caught = caught_by.map(|it| format!(" in {it}")).unwrap_or_default();
        let after = after.map(|it| format!(" after {it}")).unwrap_or_default();
        let dots = ".".repeat(level as usize);
        lines.push(format!("{line} {dots}{module}{names} {when:?}{caught}{after}"));
    }
    lines.join("; ")
}

#[test]
fn every_form_of_import_is_read() {
    let table = [
        ("import a", "1 a Always"),
        ("import a.b.c as d, e", "1 a.b.c Always; 1 e Always"),
        ("from a import b, c as d", "1 a (b c) Always"),
        ("from . import b", "1 . (b) Always"),
        ("from ..a.b import *", "1 ..a.b () Always"),
        ("x = 1; import a", "1 a Always"),
        ("from a import (\n  b,\n  c)", "1 a (b c) Always"),
        ("import a, \\\n  b", "1 a Always; 2 b Always"),
        ("class A:\n  import a", "2 a Always"),
        (
            "import importlib\nimportlib.import_module('a.b')",
            "1 importlib Always; 2 a.b called Always",
        ),
        ("__import__('a')", "1 a called Always"),
        ("importlib.import_module('.a', __package__)", ""),
        ("importlib.import_module(name)", ""),
        ("'import a'\n# import b", ""),
    ];
    for (text, expected) in table {
        assert_eq!(imports(text), expected, "{text}");
    }
}

#[test]
fn an_import_that_may_not_run_is_none_that_always_runs() {
    let table = [
        ("def f():\n  import a", "2 a Perhaps"),
        ("async def f():\n  from a import b", "2 a (b) Perhaps"),
        ("if DEBUG:\n  import a\nelse:\n  import b", "2 a Perhaps; 4 b Perhaps"),
        ("for x in y:\n  import a", "2 a Perhaps"),
        ("while x:\n  import a", "2 a Perhaps"),
        ("match x:\n  case 1:\n    import a", "3 a Perhaps"),
        ("with suppress(ImportError):\n  import a", "2 a Caught"),
        ("with warnings.catch_warnings():\n  import a", "2 a Always"),
        ("try:\n  import a\nexcept ImportError:\n  a = None", "2 a Caught in 0"),
        (
            "try:\n  import a\nexcept ModuleNotFoundError:\n  import b",
            "2 a Caught in 0; 4 b Always after 0",
        ),
        ("try:\n  import a\nexcept (OSError, ImportError) as e:\n  pass", "2 a Caught in 0"),
        ("try:\n  import a\nexcept:\n  pass", "2 a Caught in 0"),
        (
            "try:\n  import a\nexcept Exception:\n  pass\nelse:\n  import b\nfinally:\n  import c",
            "2 a Caught in 0; 6 b Perhaps; 8 c Always",
        ),
        ("try:\n  import a\nexcept OSError:\n  import b", "2 a Always; 4 b Perhaps"),
        ("try:\n  import a\nfinally:\n  pass", "2 a Always"),
        ("try:\n  def f():\n    import a\nexcept ImportError:\n  pass", "3 a Caught"),
        ("if __name__ == '__main__':\n  import a", ""),
    ];
    for (text, expected) in table {
        assert_eq!(imports(text), expected, "{text}");
    }
}

#[test]
fn a_condition_that_lambda_decides_is_decided() {
    let holds = |condition: &str| {
        let text =
            format!("import sys, os, typing\nif {condition}:\n  import a\nelse:\n  import b");
        let all = imports(&text);
        match (all.contains("3 a Always"), all.contains("5 b Always")) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    };
    for condition in [
        "True",
        "not TYPE_CHECKING",
        "sys.version_info >= (3, 8)",
        "sys.version_info >= (3, 12)",
        "sys.version_info[:2] == (3, 12)",
        "sys.version_info[0] == 3",
        "sys.version_info[0] > 2",
        "sys.version_info.minor >= 11",
        "sys.version_info > (3,)",
        "(3, 8) <= sys.version_info < (4,)",
        "sys.platform == 'linux'",
        "sys.platform.startswith('linux')",
        "sys.platform in ('linux', 'darwin')",
        "os.name != 'nt'",
        "platform.system() == 'Linux'",
        "sys.platform != 'win32' and sys.version_info >= (3, 9)",
        "six.PY3",
        "__name__ != '__main__'",
    ] {
        assert_eq!(holds(condition), Some(true), "{condition}");
    }
    for condition in [
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
        "sys.version_info < (3, 12)",
        "sys.version_info[0] < 3",
        "sys.version_info >= (3, 13)",
        "sys.platform == 'win32'",
        "'win32' == sys.platform",
        "sys.platform.startswith(('win', 'cygwin'))",
        "os.name == 'nt' or sys.platform == 'darwin'",
        "False",
        "0",
        "'__main__' == __name__",
        "PY2",
    ] {
        assert_eq!(holds(condition), Some(false), "{condition}");
    }
    for condition in [
        "DEBUG",
        "os.environ.get('X')",
        "sys.version_info >= (3, 12, 1)",
        "TYPE_CHECKING or DEBUG",
        "sys.byteorder == 'little'",
    ] {
        assert_eq!(holds(condition), None, "{condition}");
    }
    assert_eq!(
        imports("W = sys.platform == 'win32'\nif W:\n  import a\nelse:\n  import b"),
        "5 b Always"
    );
    let any = parse(b"import sys\nif sys.version_info >= (3, 11):\n  import a", None);
    assert_eq!(any.imports[1].when, When::Perhaps);
}

#[test]
fn what_a_version_cannot_parse_is_told_with_its_line() {
    let table = [
        ("\nmatch x:\n  case 1: pass", 9, Some(2)),
        ("\nmatch x:\n  case 1: pass", 10, None),
        ("try: pass\nexcept* OSError: pass", 10, Some(2)),
        ("try: pass\nexcept* OSError: pass", 11, None),
        ("type X = int", 11, Some(1)),
        ("type X = int", 12, None),
        ("def f[T](x: T): pass", 11, Some(1)),
        ("def f[T](x: T): pass", 12, None),
        ("def f[T = int](x: T): pass", 12, Some(1)),
        ("def f[T = int](x: T): pass", 13, None),
        ("x = f'{a['b']}'", 11, Some(1)),
        ("x = f'{a['b']}'", 12, None),
        ("x = f\"{a['b']}\"", 9, None),
        ("x = f'''\n{\n 1}'''", 9, None),
        ("try: pass\nexcept A, B: pass", 13, Some(2)),
        ("try: pass\nexcept A, B: pass", 14, None),
        ("x = t'{a}'", 13, Some(1)),
        ("x = t'{a}'", 14, None),
        ("if (x := 1): pass", 9, None),
        ("with (a as b, c as d): pass", 9, None),
        ("def f(*args: *T): pass", 10, Some(1)),
        ("a[*b]", 10, Some(1)),
        ("a[*b]", 11, None),
        ("def f(a, /, b): pass", 9, None),
        ("print 'x'", 12, Some(1)),
        ("def f()\n  pass", 12, Some(1)),
        ("x = 1\n  y = 2", 12, Some(2)),
        ("x = (\n", 12, Some(2)),
        ("async = 1", 12, Some(1)),
        ("if 1: raise;", 12, None),
        ("try: f()\nexcept A: raise ; g()\nexcept B: raise;", 12, None),
        ("try: f()\nexcept A: raise; g()\nx = = 1", 12, Some(3)),
        ("praise;", 12, None),
        ("raise from x;", 12, Some(1)),
        ("match = 1; case = 2; type = 3", 9, None),
        ("x = 1\r\ry = = 2", 12, Some(3)),
        ("x = 1\r\n\r\ny = = 2", 12, Some(3)),
    ];
    for (text, minor, line) in table {
        let module = of(text, minor);
        assert_eq!(
            module.fault.as_ref().map(|it| it.line),
            line,
            "{text} {minor} {:?}",
            module.fault
        );
    }
    assert_eq!(parse(b"match x:\n  case 1: pass", None).fault, None);
    assert!(parse(b"def f(:", None).fault.is_some());
}

#[test]
fn what_changes_the_search_is_noticed() {
    let table = [
        ("import sys\nsys.path.append('lib')", Search::Package),
        ("sys.path.insert(0, os.path.dirname(__file__))", Search::Package),
        ("here = Path(__file__).parent\nsys.path.insert(0, str(here / 'lib'))", Search::Package),
        (
            "here = os.path.abspath(__file__)\nlib = os.path.join(here, 'x')\nsys.path += [lib]",
            Search::Package,
        ),
        ("sys.path.append('/opt/python')", Search::Nowhere),
        ("sys.path.append('/opt/extra')", Search::Anywhere),
        ("sys.path.insert(0, os.environ['LAMBDA_TASK_ROOT'] + '/lib')", Search::Package),
        ("sys.path.insert(0, f\"{os.environ['LAMBDA_TASK_ROOT']}/lib\")", Search::Package),
        (
            "sys.path.insert(0, os.getenv('LAMBDA_TASK_ROOT', '/var/task') + '/lib')",
            Search::Package,
        ),
        ("root = os.environ['LAMBDA_TASK_ROOT']\nsys.path.append(root + '/lib')", Search::Package),
        ("here = os.path.dirname(__file__)\nsys.path.append(here + '/lib')", Search::Package),
        ("here = os.path.dirname(__file__)\nsys.path.append(f'{here}/tmp')", Search::Package),
        (
            "here = os.path.dirname(__file__)\nsys.path.append(join(here, '/tmp/x'))",
            Search::Anywhere,
        ),
        ("sys.path.append('/home/me/src')", Search::Nowhere),
        ("sys.path.append(os.path.abspath('/home/me/src'))", Search::Nowhere),
        ("sys.path.append(str(Path('/home/me').parent))", Search::Nowhere),
        ("SRC = '/home/me/src'\nsys.path.append(SRC)", Search::Nowhere),
        ("sys.path.append(os.path.join('/home', user, 'src'))", Search::Anywhere),
        ("sys.path.append(BASE + '/lib')", Search::Anywhere),
        ("sys.path = sys.path + ['lib']", Search::Package),
        ("sys.path = ['lib', *sys.path]", Search::Package),
        ("sys.path[:0] = ['/tmp/x']", Search::Anywhere),
        ("sys.path[0] = '/home/me'", Search::Nowhere),
        ("sys.path = list(dict.fromkeys(sys.path))", Search::Nowhere),
        ("sys.path[:] = [p for p in sys.path if not p.startswith('/usr')]", Search::Nowhere),
        ("sys.path = [os.path.abspath(p) for p in sys.path]", Search::Nowhere),
        ("sys.path = [p for p in others()]", Search::Anywhere),
        ("sys.path = sys.path + others()", Search::Anywhere),
        ("sys.path, x = a, b", Search::Anywhere),
        ("for p in ('lib', 'more'):\n  sys.path.append(p)", Search::Package),
        ("for p in others():\n  sys.path.append(p)", Search::Anywhere),
        ("sys.path.insert(0, sys.argv[1])", Search::Anywhere),
        ("sys.path.append('lib.zip')", Search::Anywhere),
        ("sys.path.remove('/tmp/x')", Search::Nowhere),
        ("sys.path.append(os.environ['LAMBDA_TASK_ROOT'])", Search::Package),
        ("sys.path.append('/mnt/efs/lib')", Search::Anywhere),
        ("sys.path.insert(0, '/tmp/x')", Search::Anywhere),
        ("sys.path.append(os.environ['LIBS'])", Search::Anywhere),
        ("sys.path = [x]", Search::Anywhere),
        ("sys.path[0:0] = ['x']", Search::Package),
        ("site.addsitedir('lib')", Search::Package),
        ("sys.meta_path.append(Finder())", Search::Anywhere),
        ("def f():\n  sys.path.append('/tmp/x')", Search::Anywhere),
        ("if __name__ == '__main__':\n  sys.path.append('/tmp/x')", Search::Nowhere),
        ("from sys import path\npath.append('lib')", Search::Package),
        ("from sys import path as p\np.insert(0, '/tmp/x')", Search::Anywhere),
        ("from sys import *\npath += ['lib']", Search::Package),
        ("import sys as s\ns.path.append('/tmp/x')", Search::Anywhere),
        ("import os\nos.sys.path.append('/tmp/x')", Search::Anywhere),
        ("from os import sys as s\ns.path[:0] = ['/tmp/x']", Search::Anywhere),
        ("p = sys.path\np.append('/tmp/x')", Search::Anywhere),
        ("getattr(sys, 'path').append('/tmp/x')", Search::Anywhere),
        ("__import__('sys').path.append('/tmp/x')", Search::Anywhere),
        ("list.insert(sys.path, 0, '/tmp/x')", Search::Anywhere),
        ("from site import addsitedir as add\nadd('/tmp/x')", Search::Anywhere),
        ("from sys import meta_path\nmeta_path.append(Finder())", Search::Anywhere),
        ("sys.meta_path = [Finder()]", Search::Anywhere),
        ("sys.meta_path += [Finder()]", Search::Anywhere),
        ("sys.meta_path[0] = Finder()", Search::Anywhere),
        ("finders = sys.meta_path\nfinders.insert(0, Finder())", Search::Anywhere),
        ("sys.path_hooks.append(hook)", Search::Anywhere),
        ("print(len(sys.meta_path))", Search::Nowhere),
        ("for finder in sys.meta_path:\n  print(finder)", Search::Nowhere),
        ("if sys.meta_path:\n  del sys.meta_path[0]", Search::Nowhere),
        ("it = Importer(__name__)\nsys.meta_path.append(it)", Search::Nowhere),
        ("from os import path\npath.append('/tmp/x')", Search::Nowhere),
        ("from sys import path\nprint(path)", Search::Nowhere),
        ("print(sys.path)", Search::Nowhere),
        ("os.path.append('x')", Search::Nowhere),
        ("sys.modules['a.b'] = x", Search::Nowhere),
        ("sys.modules[__name__] = x", Search::Nowhere),
        ("sys.modules[name] = x", Search::Anywhere),
        ("class A:\n  def load_module(self, name):\n    sys.modules[name] = x", Search::Nowhere),
    ];
    for (text, search) in table {
        assert_eq!(of(text, 12).search, search, "{text}");
    }
    assert_eq!(of("sys.modules['a.b'] = x", 12).made, ["a.b"]);
    assert!(of("sys.modules[__name__] = x", 12).is_open);
    assert!(of("__path__ = extend_path(__path__, __name__)", 12).is_open);
    assert!(!of("import sys\nx = sys.path", 12).is_open);
}

#[test]
fn a_name_is_bound_where_something_runs() {
    for (text, expected) in [
        ("if TYPE_CHECKING:\n  from x import Bar", ""),
        ("if typing.TYPE_CHECKING:\n  import x.y as Bar\nelse:\n  Baz = 1", "Baz"),
        ("if not TYPE_CHECKING:\n  Bar = 1", "Bar"),
        ("if __name__ == '__main__':\n  def run(event, context): pass", ""),
        ("if __name__ == '__main__':\n  global Bar\n  Bar: int = 1", ""),
        ("if sys.platform == 'win32':\n  class Bar: pass\nelif x:\n  Baz = 1", "Baz"),
        ("if sys.version_info < (3, 8):\n  from x import *\n  (Bar := 1)", ""),
        ("while False:\n  for Bar in x: pass", ""),
        ("ON = False\nif ON:\n  Bar = 1", "ON"),
        ("ON = False\nON = x()\nif ON:\n  Bar = 1", "Bar ON"),
        ("ON = False\nON |= x()\nif ON:\n  Bar = 1", "Bar ON"),
        ("ON = False\nON, y = x()\nif ON:\n  Bar = 1", "Bar ON y"),
        ("ON = False\nfrom x import ON\nif ON:\n  Bar = 1", "Bar ON"),
        ("ON = False\ndef f():\n  global ON\n  ON = 1\nif ON:\n  Bar = 1", "Bar ON f"),
    ] {
        let module = of(text, 12);
        let names: Vec<&str> = module.names.iter().map(String::as_str).collect();
        assert_eq!(names.join(" "), expected, "{text}");
        assert!(module.handler.is_none() && !module.is_open, "{text}");
    }
}

#[test]
fn a_handler_is_known_by_its_shape() {
    for text in [
        "def lambda_handler(event, context): pass",
        "def run(event, context=None): pass",
        "async def run(e, _context): pass",
        "def handler(a, b): pass",
        "@logged\ndef run(event, ctx): pass",
        "if True:\n  def run(event, _): pass",
    ] {
        assert!(of(text, 12).handler.is_some(), "{text}");
    }
    for text in [
        "def main(): pass",
        "def run(a, b): pass",
        "def run(event, context, more): pass",
        "class A:\n  def run(event, context): pass",
        "def outer():\n  def run(event, context): pass",
        "def handler(event): pass",
    ] {
        assert!(of(text, 12).handler.is_none(), "{text}");
    }
}

/// Modules that are nested so many times, in every way in which Python nests.
fn nested(times: usize) -> Vec<(&'static str, String)> {
    let many = |before: &str, inner: &str, after: &str| {
        format!("{}{inner}{}", before.repeat(times), after.repeat(times))
    };
    let blocks = |head: &str, foot: &str| {
        let line = |level: usize, text: &str| format!("{}{text}\n", " ".repeat(level));
        let heads: String = (0..times).map(|level| line(level, head)).collect();
        let feet = (0..times).rev().filter(|_| !foot.is_empty());
        let feet: String = feet.map(|level| line(level, foot)).collect();
        heads + &line(times, "pass") + &feet
    };
    let expressions = [
        ("not", many("not ", "x", "")),
        ("parentheses", many("(", "x", ")")),
        ("lists", many("[", "x", "]")),
        ("dictionaries", many("{1:", "x", "}")),
        ("attributes", many("", "x", ".a")),
        ("calls", many("", "x", "()")),
        ("calls in calls", many("f(", "x", ")")),
        ("subscripts", many("", "x", "[0]")),
        ("sums", many("", "1", "+1")),
        ("powers", many("", "1", "**1")),
        ("signs", many("-~", "1", "")),
        ("lambdas", many("lambda:", "1", "")),
        ("choices", many("1 if x else ", "1", "")),
        ("walruses", many("(a:=", "1", ")")),
        ("texts", many("f'{", "x", "}'")),
        ("named arguments", many("f(a=", "x", ")")),
        ("comprehensions", many("[x for x in ", "x", "]")),
        ("and in or", many("(x and y or ", "x", ")")),
    ];
    let mut all = Vec::new();
    for (name, expression) in expressions {
        all.push((name, format!("x = {expression}\nif {expression}:\n    import a\n")));
        all.push((name, format!("sys.path.append({expression})\nimport a\n")));
    }
    all.push(("targets", format!("for {} in y:\n    import a\n", many("(", "x,", ")"))));
    let caught = many("(", "ImportError,", ")");
    all.push(("exceptions", format!("try:\n    import a\nexcept {caught}:\n    pass\n")));
    let pattern = many("[", "x", "]");
    all.push(("patterns", format!("match y:\n    case {pattern}:\n        import a\n")));
    // The text of blocks grows with the square of their number.
    if times <= 5_000 {
        all.push(("if", blocks("if x:", "")));
        all.push(("def", blocks("def f():", "")));
        all.push(("try", blocks("try:", "finally: pass")));
    }
    all
}

#[test]
fn no_nesting_ends_the_run() {
    // The threads of the pool have so much.
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let run = || {
        for times in [50, 150, 240, 490, 990, 2_000, 5_000, 100_000] {
            for (name, text) in nested(times) {
                let module = of(&text, 12);
                assert!(module.unread.is_none() || times > 200, "{name} {times}");
                assert!(module.unread.is_some() || times < 2_000, "{name} {times}");
            }
        }
    };
    thread.spawn(run).expect("a thread").join().expect("it ends");
}

#[test]
fn much_that_is_not_nested_is_looked_at() {
    for part in ["-1, ", "(1), ", "'a.b', ", "{'a': -x.y()}, ", "f'{a}-{b}', "] {
        let text = format!("x = [{}]\nimport a\n", part.repeat(5_000));
        assert_eq!(of(&text, 12).imports.len(), 1, "{part}");
    }
    for line in ["x.y(1)\n", "x = -1; y = 2\n", "\"\"\"((\"\"\"\n", "x = 'a' 'b'\n"] {
        let text = format!("{}import a\n", line.repeat(5_000));
        assert_eq!(of(&text, 12).imports.len(), 1, "{line}");
    }
    let text = format!("if x: pass\n{}import a\n", "elif x: pass\n".repeat(5_000));
    assert_eq!(of(&text, 12).imports.len(), 1);
}

#[test]
fn a_module_is_read_however_it_is_broken() {
    try_all("python", |bytes| {
        let versions = [Some(PythonVersion { minor: 9 }), Some(PythonVersion { minor: 13 }), None];
        format!("{:?}", versions.map(|python| parse(bytes, python)))
    });
}
