//! The walls of the house, as `src/lib.rs` draws them.
//!
//! Rust's modules would let any room use any other; here each room's uses are read from its
//! source and compared with the table below. Where a wall is in the way, think about it, then
//! move it here and in `src/lib.rs`, in one commit of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may use besides itself.
const WALLS: &[(&str, &[&str])] = &[
    ("address", &[]),
    ("digest", &[]),
    ("name", &[]),
    ("nesting", &[]),
    ("path", &[]),
    ("patience", &[]),
    ("environment", &["patience"]),
    ("pep508", &[]),
    ("elf", &[]),
    ("encoding", &[]),
    ("report", &["digest"]),
    ("event", &["report"]),
    ("words", &[]),
    ("fs", &["digest", "report"]),
    ("process", &["address", "fs", "environment", "patience", "report"]),
    ("http", &["address", "fs", "environment", "patience", "digest", "process", "report"]),
    ("tree", &["fs", "process", "environment", "report", "words"]),
    ("store", &["fs", "digest", "report"]),
    ("lambda", &["tree", "report", "words"]),
    ("source", &["lambda", "store", "tree", "digest", "path", "report", "words"]),
    ("origin", &["digest"]),
    (
        "requirements",
        &[
            "nesting",
            "pep508",
            "name",
            "tree",
            "address",
            "digest",
            "encoding",
            "environment",
            "origin",
            "report",
            "process",
            "words",
        ],
    ),
    ("pack", &["path"]),
    (
        "wheel",
        &["pep508", "name", "store", "fs", "pack", "elf", "digest", "path", "report", "words"],
    ),
    ("tags", &["lambda", "wheel"]),
    (
        "pylock",
        &[
            "nesting", "pep508", "name", "tags", "wheel", "lambda", "address", "digest", "origin",
            "report",
        ],
    ),
    (
        "foreign",
        &[
            "nesting",
            "pep508",
            "name",
            "pylock",
            "tags",
            "wheel",
            "requirements",
            "lambda",
            "tree",
            "address",
            "digest",
            "origin",
            "report",
            "words",
        ],
    ),
    (
        "resolve",
        &[
            "nesting",
            "name",
            "pylock",
            "tags",
            "wheel",
            "requirements",
            "lambda",
            "tree",
            "store",
            "http",
            "fs",
            "process",
            "address",
            "digest",
            "environment",
            "patience",
            "event",
            "origin",
            "report",
        ],
    ),
    ("contents", &["source", "wheel", "path", "report", "words"]),
    ("python", &["lambda", "encoding", "report"]),
    (
        "checks",
        &["name", "contents", "python", "wheel", "source", "lambda", "elf", "report", "words"],
    ),
    ("archive", &["contents", "wheel", "pack", "tree", "fs", "digest", "path", "report"]),
    ("manifest", &["digest", "report"]),
    ("invoke", &["python", "lambda", "fs", "process", "environment", "report"]),
    ("terraform", &["lambda", "tree", "process", "environment", "report", "words"]),
    (
        "adopt",
        &[
            "requirements",
            "terraform",
            "lambda",
            "python",
            "tree",
            "environment",
            "report",
            "words",
        ],
    ),
    (
        "verify",
        &[
            "terraform",
            "manifest",
            "archive",
            "checks",
            "contents",
            "python",
            "lambda",
            "tree",
            "fs",
            "digest",
            "report",
            "words",
        ],
    ),
    (
        "pipeline",
        &[
            "name",
            "archive",
            "checks",
            "contents",
            "python",
            "foreign",
            "resolve",
            "pylock",
            "tags",
            "wheel",
            "requirements",
            "source",
            "lambda",
            "origin",
            "store",
            "tree",
            "elf",
            "fs",
            "digest",
            "path",
            "environment",
            "event",
            "report",
            "words",
        ],
    ),
    (
        "settings",
        &[
            "nesting",
            "resolve",
            "requirements",
            "source",
            "lambda",
            "tree",
            "fs",
            "process",
            "environment",
            "patience",
            "path",
            "report",
            "words",
        ],
    ),
    (
        "command",
        &[
            "adopt",
            "pipeline",
            "verify",
            "invoke",
            "settings",
            "manifest",
            "terraform",
            "archive",
            "words",
            "lambda",
            "store",
            "tree",
            "fs",
            "process",
            "digest",
            "environment",
            "patience",
            "event",
            "report",
        ],
    ),
    ("render", &["address", "event", "manifest", "report", "words"]),
];

/// Rooms that may use every other one.
const ABOVE_ALL: &[&str] = &["cli", "lib", "main", FOR_TESTS];

/// The room that is there in tests alone, for every other one.
const FOR_TESTS: &str = "corpus";

/// Every source file with its room and its text.
fn sources() -> Vec<(PathBuf, String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&source).sort_by_file_name() {
        let path = entry.expect("src can be listed").into_path();
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let relative = path.strip_prefix(&source).expect("it is below");
        let room = relative.components().next().expect("it has a name");
        let room = room.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).expect("a source is text");
        files.push((Path::new("src").join(relative), room, text));
    }
    files
}

/// The code of a file: what stands before its tests, less comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let own = lines.take_while(|(_, line)| *line != "#[cfg(test)]" || text.contains("mod tests;"));
    own.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The rooms that a line names behind `crate::`.
fn named_rooms(line: &str) -> Vec<String> {
    let after = line.split("crate::").skip(1);
    let mut rooms = Vec::new();
    for rest in after {
        let list = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(""));
        let items: Vec<&str> =
            if rest.starts_with('{') { list.split(',').collect() } else { vec![rest] };
        for item in items {
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let name: String = item.trim().chars().take_while(|c| is_name(*c)).collect();
            if !name.is_empty() {
                rooms.push(name);
            }
        }
    }
    rooms
}

#[test]
fn no_room_uses_what_it_may_not_know() {
    let walls: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    let mut broken = Vec::new();
    for (path, room, text) in sources() {
        if ABOVE_ALL.contains(&room.as_str()) || path.ends_with("tests.rs") {
            continue;
        }
        let may = walls.get(room.as_str());
        let may = may.unwrap_or_else(|| panic!("the room `{room}` has no row (see src/lib.rs)"));
        // A list of `use crate::{…}` may go over several lines.
        let text = text.replace("use crate::{\n    ", "use crate::{");
        for (number, line) in code(&text) {
            for named in named_rooms(line) {
                if named != room && named != FOR_TESTS && !may.contains(&named.as_str()) {
                    let place = format!("{}:{number}", path.display());
                    broken.push(format!(
                        "{place} uses `crate::{named}`, which `{room}` may not know (see src/lib.rs)"
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn rooms_stand_in_one_order() {
    let order: Vec<&str> = WALLS.iter().map(|(room, _)| *room).collect();
    let place = |room: &str| order.iter().position(|known| *known == room);
    for (room, uses) in WALLS {
        for used in *uses {
            assert!(place(used) < place(room), "`{room}` uses `{used}`, which comes after it");
        }
    }
}

#[test]
fn only_the_doors_reach_outside() {
    let doors: &[(&str, &[&str])] = &[
        ("std::fs", &["fs"]),
        ("process::Command", &["process"]),
        ("std::net", &["http"]),
        ("ureq", &["http"]),
        ("println!", &["render"]),
        ("print!", &["render"]),
        ("io::stdout()", &["render"]),
        ("io::stderr()", &["render"]),
        ("env::var", &["main"]),
    ];
    for (path, room, text) in sources() {
        for (number, line) in code(&text) {
            for (word, rooms) in doors {
                let is_door = rooms.contains(&room.as_str()) || room == FOR_TESTS;
                let place = format!("{}:{number}", path.display());
                assert!(is_door || !line.contains(word), "{place} has `{word}` (see src/lib.rs)");
            }
        }
    }
}

/// Where programs are made, and the row of each in the table of docs/how-it-works.md.
const PROGRAMS: &[(&str, &str)] = &[
    ("src/command/doctor.rs", "terraform and the others"),
    ("src/invoke/interpreter.rs", "the target's Python"),
    ("src/invoke/mod.rs", "the target's Python"),
    ("src/resolve/building/git.rs", "git, elsewhere"),
    ("src/resolve/pip/interpreter.rs", "pip, by a Python 3 on PATH"),
    ("src/resolve/pip/mod.rs", "pip, by a Python 3 on PATH"),
    ("src/resolve/uv/mod.rs", "uv, in a folder with those lines alone"),
    ("src/settings/file.rs", "cargo, at the root of the file system"),
    ("src/terraform/aws/mod.rs", "the AWS CLI"),
    ("src/tree/git.rs", "git, in the project"),
];

/// A new program needs a thought of what the project can put into its arguments.
#[test]
fn every_program_has_a_row_that_says_how_its_arguments_are_checked() {
    let makes = |text: &str| {
        let words = ["Program::new(", "Program::python(", "Program::cargo("];
        code(text).any(|(_, line)| words.iter().any(|word| line.contains(word)))
    };
    let all = sources().into_iter().filter(|(path, room, text)| {
        room != "process" && !path.ends_with("tests.rs") && makes(text)
    });
    let mut found: Vec<String> = all.map(|(path, ..)| path.display().to_string()).collect();
    found.sort();
    let known: Vec<&str> = PROGRAMS.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, known);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/how-it-works.md");
    let page = fs::read_to_string(page).expect("a page");
    let (_, table) = page.split_once("## Programs that it runs").expect("a heading");
    for (_, row) in PROGRAMS {
        assert!(table.contains(&format!("\n| {row} | ")), "no row `{row}`");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, _, text) in sources() {
        assert!(text.starts_with("//! "), "{} does not begin with a `//!` line", path.display());
    }
}

/// The codes of `docs/codes.md`, in their order.
fn table_of_codes() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    let text = fs::read_to_string(page).expect("the table of codes");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(code, _)| code.to_owned()).collect()
}

/// What stands in `text` behind each `before`: the code, or the constant that has it.
fn behind<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    let rest = text.split(before).skip(1).map(str::trim_start);
    let word = |c: char| !(c.is_ascii_alphanumeric() || "_-\"".contains(c));
    rest.map(|rest| rest.split(word).next().unwrap_or("")).collect()
}

/// What a code stands behind.
const MAKERS: &[&str] = &[
    "Failure::usage(",
    "Failure::input(",
    "Failure::lambda(",
    "Failure::program(",
    "Failure::network(",
    "Warning::new(",
    " code: ",
];

/// A code that two files spell drifts apart in one of them: those are in `report/code.rs`.
#[test]
fn no_code_is_spelt_in_two_files() {
    let table = table_of_codes();
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, _, text) in sources() {
        let is_test = path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
        if path.ends_with("codes.rs") || is_test {
            continue;
        }
        let lines: Vec<&str> = code(&text).map(|(_, line)| line).collect();
        let text = lines.join("\n");
        let makers = MAKERS.iter().chain(&[": &str ="]);
        for named in makers.flat_map(|maker| behind(&text, maker)) {
            let spelt = named.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            if let Some(code) = table.iter().find(|row| Some(row.as_str()) == spelt) {
                places.entry(code).or_default().insert(path.display().to_string());
            }
        }
    }
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

/// What a failure or a warning is made with is a literal or a constant; where it is a variable, the
/// maker itself holds that the code stands in the table.
#[test]
fn every_code_stands_in_the_table_and_every_row_is_used() {
    let table = table_of_codes();
    assert!(table.len() > 100, "the table of codes could not be read: {table:?}");
    let rooms: Vec<_> = sources()
        .into_iter()
        .filter(|(path, _, _)| !path.ends_with("codes.rs") && !path.ends_with("tests.rs"))
        .map(|(path, _, text)| {
            let lines: Vec<&str> = code(&text).map(|(_, line)| line).collect();
            (path, lines.join("\n"))
        })
        .collect();
    let all: String = rooms.iter().map(|(_, text)| text.as_str()).collect();

    let mut unknown = Vec::new();
    for (path, text) in &rooms {
        for named in MAKERS.iter().flat_map(|maker| behind(text, maker)) {
            let is_constant =
                named.len() > 1 && named.chars().all(|c| c == '_' || c.is_uppercase());
            let declared = format!("const {named}: &str =");
            let value = if is_constant { behind(&all, &declared) } else { vec![named] };
            let codes = value.iter().filter_map(|value| value.strip_prefix('"')?.strip_suffix('"'));
            for code in codes.filter(|code| !table.iter().any(|row| row == code)) {
                unknown.push(format!("{}: `{code}` has no row", path.display()));
            }
        }
    }
    let unused = table.iter().filter(|code| !all.contains(&format!("\"{code}\"")));
    unknown.extend(unused.map(|code| format!("the row `{code}` is used nowhere")));
    assert!(unknown.is_empty(), "docs/codes.md: {}", unknown.join("\n"));
}

/// The modules that a file names by a path from `crate`, `super` or `self`, each with its parts.
fn named_paths(text: &str, own: &[String]) -> Vec<Vec<String>> {
    let code: String = code(text).map(|(_, line)| line.to_owned() + "\n").collect();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut paths = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (index, _) in code.match_indices(start) {
            if code[..index].ends_with(|c: char| is_name(c) || c == ':') {
                continue;
            }
            let mut base: Vec<String> = match start {
                "crate::" => Vec::new(),
                "super::" => own[..own.len().saturating_sub(1)].to_vec(),
                _ => own.to_vec(),
            };
            let mut rest = &code[index + start.len()..];
            while let Some(further) = rest.strip_prefix("super::") {
                base.pop();
                rest = further;
            }
            loop {
                let name: String = rest.chars().take_while(|c| is_name(*c)).collect();
                rest = &rest[name.len()..];
                if !name.is_empty() {
                    base.push(name);
                }
                match rest.strip_prefix("::") {
                    Some(further) => rest = further,
                    None => break,
                }
            }
            match rest.strip_prefix('{') {
                // Of a list that has lists the outer names are enough: those inside lie deeper.
                Some(list) => paths.extend(
                    list.split(['}', ';']).next().unwrap_or_default().split(',').map(|item| {
                        let parts = item.trim().split("::").map(str::to_owned);
                        base.iter().cloned().chain(parts).collect()
                    }),
                ),
                None => paths.push(base),
            }
        }
    }
    paths
}

#[test]
fn no_two_files_know_each_other() {
    let module = |path: &Path| {
        let inside = path.strip_prefix("src").expect("it is in src").with_extension("");
        let parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let mut parts: Vec<String> = parts.collect();
        parts.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
        parts
    };
    let files: BTreeMap<Vec<String>, (PathBuf, String)> = sources()
        .into_iter()
        .filter(|(path, _, _)| !path.components().any(|part| part.as_os_str() == "tests"))
        .map(|(path, _, text)| (module(&path), (path, text)))
        .collect();
    let mut uses: BTreeMap<&[String], Vec<&[String]>> = BTreeMap::new();
    for (own, (_, text)) in &files {
        let used = uses.entry(own).or_default();
        for path in named_paths(text, own) {
            // The longest beginning that is a file; a folder's `mod.rs` and its own files may know
            // each other.
            let file =
                (1..=path.len()).rev().find_map(|length| files.get_key_value(&path[..length]));
            let Some((other, _)) = file else { continue };
            let is_folder_of_own = own.len() == other.len() + 1 && own.starts_with(other);
            if !other.starts_with(own) && !is_folder_of_own {
                used.push(other);
            }
        }
    }
    // Whoever uses none of those left, or is used by none of them, is in no circle.
    loop {
        let is_used = |own: &[String]| uses.values().any(|used| used.contains(&own));
        let is_free = |own: &&[String]| {
            !uses[own].iter().any(|other| uses.contains_key(other)) || !is_used(own)
        };
        let free: Vec<_> = uses.keys().copied().filter(|own| is_free(own)).collect();
        if free.is_empty() {
            break;
        }
        uses.retain(|own, _| !free.contains(own));
    }
    let shown = |module: &[String]| files[module].0.display().to_string();
    let row = |(own, used): (&&[String], &Vec<&[String]>)| {
        let still = used.iter().filter(|other| uses.contains_key(*other));
        let still: BTreeSet<String> = still.map(|other| shown(other)).collect();
        format!("{} uses {}", shown(own), still.into_iter().collect::<Vec<_>>().join(", "))
    };
    let left: Vec<String> = uses.iter().map(row).collect();
    assert!(left.is_empty(), "files that know each other (see src/lib.rs):\n{}", left.join("\n"));
}

/// What is remembered of imports is kept under a number that stands for these sources.
#[test]
fn all_that_decides_about_imports_is_in_the_number_of_its_rules() {
    let folder = Path::new("src/checks/imports");
    let rules = fs::read_to_string(folder.join("rules.rs")).expect("a file");
    let included = rules.split("include_bytes!(\"").skip(1).filter_map(|it| it.split('"').next());
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| panic!("no {path:?}"));
    let included: BTreeSet<PathBuf> = included.map(|path| real(&folder.join(path))).collect();
    let files = ["src/python", "src/checks/imports"].into_iter().flat_map(|folder| {
        fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path())
    });
    let decides = |path: &PathBuf| !path.ends_with("tests.rs") && !path.ends_with("rules.rs");
    let mut left_out = files.filter(decides).filter(|path| !included.contains(&real(path)));
    assert_eq!(left_out.next(), None, "add it to src/checks/imports/rules.rs");
}
