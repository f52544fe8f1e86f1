//! README and docs: the commands they show are run, the links they have are followed, and what
//! they list is all that there is.
//!
//! A fence says what happens to its block:
//!
//! - `sh`: each is run by a shell at the root of the example project, and must succeed;
//! - `console`: a line that begins with `$ ` is run, and must print the lines below it;
//! - `sh not run: WHY`: it is not run here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::Project;

/// A fenced block of a page.
struct Block {
    /// The page and the line of the fence.
    place: String,
    /// What stands behind the fence.
    info: String,
    /// What is in it.
    text: String,
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every page, relative to the top.
fn pages() -> Vec<String> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
    let folders = [".", "docs", "fixtures"].map(|folder| top().join(folder));
    let listed = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
    let paths = listed.map(|entry| entry.expect("it can be looked at").path()).filter(is_page);
    let relative = paths.map(|path| {
        let relative = path.strip_prefix(top()).expect("it is below").components();
        relative.as_path().to_string_lossy().trim_start_matches("./").to_owned()
    });
    let mut pages: Vec<String> = relative.collect();
    pages.sort();
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

/// The blocks of a page, and its other lines with their numbers.
fn parts(page: &str) -> (Vec<Block>, Vec<(usize, String)>) {
    let (mut blocks, mut prose): (Vec<Block>, _) = (Vec::new(), Vec::new());
    let mut is_inside = false;
    for (line, number) in read(page).lines().zip(1..) {
        match line.strip_prefix("```") {
            Some(info) if !is_inside => {
                let (place, info) = (format!("{page}:{number}"), info.to_owned());
                blocks.push(Block { place, info, text: String::new() });
                is_inside = true;
            }
            Some(_) => is_inside = false,
            None if is_inside => {
                let block = blocks.last_mut().expect("a fence began it");
                block.text.extend([line, "\n"]);
            }
            None => prose.push((number, line.to_owned())),
        }
    }
    assert!(!is_inside, "{page}: the last fence is not closed");
    (blocks, prose)
}

/// The anchors of a page, as GitHub makes them of its headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let (_, prose) = parts(page);
    let headings = prose.iter().filter(|(_, line)| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(|(_, line)| anchor(line)).collect()
}

#[test]
fn every_fence_says_what_happens_to_its_block() {
    let shown = ["hcl", "json", "rust", "text", "toml", "yaml"];
    for block in pages().iter().flat_map(|page| parts(page).0) {
        let Block { place, info, .. } = &block;
        let is_run = info == "sh" || info == "console";
        let has_reason = info.strip_prefix("sh not run: ").is_some_and(|why| !why.is_empty());
        let is_known = is_run || has_reason || shown.contains(&info.as_str());
        assert!(is_known, "{place}: `{info}` is no kind of block (see tests/docs.rs)");
    }
}

#[test]
fn every_link_inside_the_repository_leads_somewhere() {
    let mut dead = Vec::new();
    for page in pages() {
        for (number, line) in parts(&page).1 {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                if link.contains("://") {
                    continue;
                }
                let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
                let target = match path {
                    "" => page.clone(),
                    _ => {
                        let folder = Path::new(&page).parent().expect("a page is in a folder");
                        let joined = folder.join(path).to_string_lossy().into_owned();
                        joined.replace("docs/../", "")
                    }
                };
                let is_there = top().join(&target).exists();
                if !is_there || !anchor.is_empty() && !anchors(&target).contains(anchor) {
                    dead.push(format!("{page}:{number}: {link}"));
                }
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn the_readme_is_a_door() {
    let readme = read("README.md");
    let words = readme.split_whitespace().count();
    assert!(words <= 1200, "{words} words: what is more belongs into docs/");
    let rust = format!("With Rust {},", env!("CARGO_PKG_RUST_VERSION"));
    assert!(readme.contains(&rust), "Cargo.toml wants another Rust than README.md says");
    // Its hashes are those of the example.
    let manifest = read("fixtures/dofs/terraform/packages.json");
    for line in readme.lines().filter(|line| line.contains("=\tlambdas/")) {
        let hash = line.split('\t').nth(1).expect("a hash");
        assert!(manifest.contains(hash), "{line}");
    }
}

/// The text of each item of a list in the source: `const NAME: &[&str] = &["a", "b"];`.
fn listed(source: &str, name: &str) -> BTreeSet<String> {
    let source = read(source);
    let (_, list) = source.split_once(&format!("const {name}: &[&str] =")).expect("the list");
    let (list, _) = list.split_once("];").expect("its end");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The keys of `docs/config.md`: each with the lines of its section.
fn documented_keys() -> Vec<(String, String)> {
    let page = read("docs/config.md");
    let sections = page.split("\n### `").skip(1);
    let sections = sections.map(|section| section.split("\n## ").next().expect("some text"));
    let keys = sections.filter_map(|section| section.split_once('`'));
    keys.map(|(key, text)| (key.to_owned(), text.to_owned())).collect()
}

#[test]
fn every_key_of_the_config_stands_in_its_page_and_no_other() {
    let documented: BTreeSet<String> = documented_keys().into_iter().map(|(key, _)| key).collect();
    let top = listed("src/settings/file.rs", "TOP_KEYS");
    let of_lambda = listed("src/settings/file.rs", "LAMBDA_KEYS");
    let mut known: BTreeSet<String> = top.union(&of_lambda).cloned().collect();
    // The tables of one lambda, which the page is about.
    assert!(known.remove("lambda") && known.remove("layer"));
    assert_eq!(documented, known);

    let help = Project::new().run(&["build", "--help"]);
    for (key, text) in documented_keys() {
        // Tables have none.
        let variable = match top.contains(&key) && !["files", "versions"].contains(&&*key) {
            true => format!("`DOFS_PACKAGE_{}`", key.to_uppercase().replace('-', "_")),
            false => "none".to_owned(),
        };
        assert!(text.contains(&format!("\n- variable: {variable}\n")), "{key} has {variable}");
        assert!(text.contains("\n- default: "), "{key}");
        let (_, flag) = text.split_once("\n- flag: ").expect("a flag, or `none`");
        let flag = flag.strip_prefix('`').and_then(|flag| flag.split('`').next());
        let is_option = |flag: &str| help.stdout.contains(&format!(" {flag} <"));
        assert!(flag.is_none_or(is_option), "{key}: {flag:?} is no option of `build`");
    }
}

#[test]
fn every_example_of_a_key_is_a_config() {
    let top = listed("src/settings/file.rs", "TOP_KEYS");
    for (key, text) in documented_keys() {
        let (_, example) = text.split_once("\n- example: `").expect("an example");
        let (example, _) = example.split_once('`').expect("its end");
        let table = if top.contains(&key) { "" } else { "[lambda.hello]\n" };
        let project = Project::with(&[
            ("dofs-package.toml", &format!("{table}{example}\n")),
            ("lambdas/hello/hello.py", "def lambda_handler(event, context):\n    return 1\n"),
            ("lambdas/other/other.py", "def lambda_handler(event, context):\n    return 1\n"),
            ("lambdas/requirements.txt", "# none\n"),
            ("layers/deps/shared.py", "A = 1\n"),
            ("libs/common/text.py", "A = 1\n"),
            ("config/prod.json", "{}\n"),
        ]);

        let run = project.run(&["build", "-n", "-q"]);

        assert!(example.starts_with(&format!("{key} = ")), "{example}");
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{example}");
    }
}

/// The keys of all objects in an answer.
#[cfg(unix)]
fn fields(json: &serde_json::Value, found: &mut BTreeSet<String>) {
    if let Some(object) = json.as_object() {
        found.extend(object.keys().cloned());
        object.values().for_each(|value| fields(value, found));
    }
    json.as_array().into_iter().flatten().for_each(|value| fields(value, found));
}

#[cfg(unix)]
mod run {
    use std::process::Command;

    use super::*;
    use crate::support::{Wheel, git, output};

    /// The example, with a requirement that needs no network, packaged, locked and committed: as
    /// whoever reads the pages has it.
    fn example() -> Project {
        let project = Project::from_fixture("dofs");
        project.publish(&Wheel::new("boto3", "1.34.0"));
        project.write("lambdas/api_handler/requirements.txt", "boto3\n");
        for file in ["lambdas/api_handler/requirements.in", "buildspec.yml"] {
            std::fs::remove_file(project.path(file)).expect("the example has it");
        }
        for arguments in [&["lock"][..], &["build"]] {
            let run = project.run(arguments);
            assert_eq!(run.code, 0, "{}", run.stderr);
        }
        for arguments in [
            &["init", "--quiet"][..],
            &["add", "--all"],
            &["commit", "--quiet", "--message", "the example"],
            &["tag", "v1.4"],
            &["update-ref", "refs/remotes/origin/main", "HEAD"],
        ] {
            git(&project.root(), arguments);
        }
        project
    }

    /// Runs a line of a shell, which finds the tool by both of its names.
    fn shell(project: &Project, text: &str) -> std::process::Output {
        let tool = env!("CARGO_BIN_EXE_cargo-dofs-package");
        let path = project.program("cargo", &format!("shift; exec '{tool}' \"$@\""));
        project.program("cargo-dofs-package", &format!("exec '{tool}' \"$@\""));
        let mut command = Command::new("sh");
        command.args(["-e", "-c", text]).env_clear().current_dir(project.root());
        let like_the_tool = project.tool().command(&[]);
        for (name, value) in like_the_tool.get_envs() {
            command.env(name, value.expect("variables are set"));
        }
        command.env("PATH", path).output().expect("there is a shell")
    }

    /// The commands of a block, each with what it prints where the block says so.
    fn steps(block: &Block) -> Vec<(String, Option<String>)> {
        if block.info == "sh" {
            return vec![(block.text.clone(), None)];
        }
        let mut steps: Vec<(String, Option<String>)> = Vec::new();
        for line in block.text.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push((command.to_owned(), Some(String::new()))),
                None => {
                    let last = steps.last_mut().expect("a command stands above what it prints");
                    last.1.get_or_insert_default().extend([line, "\n"]);
                }
            }
        }
        steps
    }

    /// One test for all: an example is made once, and each block has a copy of it.
    #[test]
    fn every_command_succeeds_and_prints_what_its_page_says() {
        let example = example();
        let from = example.root().parent().expect("it is in a folder").join(".");
        let blocks = pages().into_iter().flat_map(|page| parts(&page).0);
        let blocks: Vec<Block> =
            blocks.filter(|block| block.info == "sh" || block.info == "console").collect();
        assert!(blocks.len() >= 20, "{} blocks", blocks.len());
        let mut wrong = Vec::new();
        for block in &blocks {
            let project = Project::new();
            output(Command::new("cp").arg("-a").arg(&from).arg(project.root().join("..")));
            for (command, expected) in steps(block) {
                let run = shell(&project, &command);
                let stdout = String::from_utf8_lossy(&run.stdout);
                let is_right = match &expected {
                    Some(expected) => *expected == stdout,
                    None => run.status.success(),
                };
                if !is_right {
                    let (place, status) = (&block.place, run.status);
                    let stderr = String::from_utf8_lossy(&run.stderr);
                    wrong.push(format!("{place}: {command}\n{status}\n{stdout}{stderr}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_field_of_an_answer_stands_in_its_page() {
        let page = read("docs/json.md");
        let project = example();
        let other = project.path("lambdas/validator/validator.zip");
        let other = other.to_str().expect("UTF-8");
        let mut missing = BTreeSet::new();
        for arguments in [
            &["build", "api_handler", "-n"][..],
            &["build", "nobody"],
            &["list", "validator"],
            &["verify", "validator"],
            &["lock"],
            &["diff", "validator"],
            &["diff", other, "lambdas/api_handler/api_handler.zip"],
            &["diff", "validator", "--content", "rules.py"],
            &["cache", "dir"],
            &["cache", "size"],
            &["cache", "verify"],
            &["hook", "run"],
            &["hook", "install"],
            &["man", "man"],
            &["init", "--ci", "codebuild"],
            &["doctor"],
        ] {
            let run = project.run(&[arguments, &["--format", "json"]].concat());
            let mut found = BTreeSet::new();
            fields(&run.json(), &mut found);
            assert!(found.len() > 1, "{arguments:?}");
            missing.extend(found.into_iter().filter(|field| !page.contains(&format!("`{field}`"))));
        }
        assert_eq!(missing, BTreeSet::new());
    }
}
