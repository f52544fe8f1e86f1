//! Locks of other tools: `uv.lock`, `poetry.lock`, `Pipfile.lock`.
//!
//! Each has a format of its own that only its tool knows for sure, so the tool is asked to export
//! it: names, versions, hashes and markers, as lines of a requirements file. What it said is kept,
//! and it is not asked again until the lock changes.

use camino::{Utf8Path, Utf8PathBuf};

use super::error::without_answer;
use super::{Error, Source};
use crate::digest::Sha256Digest;
use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs;
use crate::process::{Program, last_lines, redact};
use crate::report::Failure;
use crate::store::{RecordKind, Store};
use crate::tree::Tree;

/// Changes when tools are asked in another way.
const VERSION: &[u8] = b"export 1";

/// A tool with a lock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tool {
    lock: &'static str,
    /// The file that the lock was made from.
    project: &'static str,
    program: &'static str,
    /// The arguments that export the lock, with blanks between them.
    arguments: &'static str,
}

/// In the order in which they are looked for.
const TOOLS: &[Tool] = &[
    Tool {
        lock: "uv.lock",
        project: "pyproject.toml",
        program: "uv",
        arguments: "export --locked --no-dev --no-emit-project --no-header --no-annotate \
                    --format=requirements-txt",
    },
    Tool {
        lock: "poetry.lock",
        project: "pyproject.toml",
        program: "poetry",
        arguments: "export --only=main --format=requirements.txt --no-interaction",
    },
    Tool {
        lock: "Pipfile.lock",
        project: "Pipfile",
        program: "pipenv",
        arguments: "requirements --hash",
    },
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignLock {
    tool: Tool,
    /// Its path, relative to the root.
    pub(crate) path: Utf8PathBuf,
}

/// Finds the lock of another tool in a folder; `has` tells whether a name is there.
pub(crate) fn foreign_lock(folder: &Utf8Path, has: &dyn Fn(&str) -> bool) -> Option<ForeignLock> {
    let tool = TOOLS.iter().find(|tool| has(tool.lock))?;
    Some(ForeignLock { tool: *tool, path: folder.join(tool.lock) })
}

/// Returns what a lock of another tool exports, as the text of a requirements file.
pub(crate) fn export(
    lock: &ForeignLock,
    tree: &Tree,
    store: &Store,
    environment: &Environment,
    source: Source,
    reporter: &dyn Reporter,
) -> Result<Vec<u8>, Error> {
    let ForeignLock { tool: Tool { lock, program, arguments, project }, path } = lock;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    // A lock may lie alone; whether that is an error is for its tool to say.
    let project = tree.read(&folder.join(project))?.unwrap_or_default();
    let locked = tree.read_found(path)?;
    let key = Sha256Digest::of_fields([VERSION, lock.as_bytes(), &locked, &project]);
    if let Some((text, _)) = store.record(RecordKind::EXPORTS, key)? {
        return Ok(text);
    }
    if source == Source::StoreOnly {
        return Err(without_answer(path).into());
    }
    let mut arguments = (*arguments).to_owned();
    if *program == "uv" && names_index(&project) {
        arguments += " --emit-index-url --emit-find-links";
    }
    let command = format!("{program} {arguments} > requirements.txt");
    let found = fs::find(program, environment.raw("PATH").unwrap_or_default());
    let found = found.ok_or_else(|| {
        let message = format!("`{path}` can only be read by `{program}`, which is not on PATH");
        let hint = format!(
            "install `{program}`, or run `{command}` beside the lock where it is installed"
        );
        Failure::program("no-tool", message).at(path, None).hint(hint)
    })?;
    let note = format!("{path}: asking {program} to export it");
    reporter.report(&Event::Noted(&note));
    // A workspace of the tool may begin further up.
    tree.bring(Utf8Path::new(""))?;
    let mut tool = Program::new(found.as_str(), arguments.split(' '), environment.for_git());
    tool.folder = Some(tree.absolute(folder));
    let output = tool.run(&mut |_| {})?;
    if !output.success {
        let said = last_lines(&output.stderr, 6);
        // poetry has `export` as a plugin, which it no longer installs by itself.
        let lacks_plugin = said.iter().any(|line| line.contains("export does not exist"));
        let hint = match *program {
            "poetry" if lacks_plugin => {
                "install poetry's plugin for it (`poetry self add poetry-plugin-export`)".to_owned()
            }
            _ => format!("try `{command}` in that folder"),
        };
        return Err(Failure::program("tool-failed", format!("`{program}` can't export `{path}`"))
            .said([format!("{program} {arguments}")])
            .said(said)
            .at(path, None)
            .hint(hint)
            .into());
    }
    let text = output.stdout;
    // A text with a password in it is not kept, for the store must not have any: the next run
    // exports it again.
    let said = String::from_utf8_lossy(&text);
    if redact(&said) == said {
        store.write_record(RecordKind::EXPORTS, key, &text)?;
    }
    Ok(text)
}

/// Whether a pyproject.toml names an index for uv. Only then is uv asked for it: `--emit-index-url`
/// also writes the public one, and that line would win over an index in pip's configuration.
fn names_index(project: &[u8]) -> bool {
    let names = [&b"tool.uv.index"[..], b"index-url", b"find-links"];
    names.iter().any(|name| memchr::memmem::find(project, name).is_some())
}
