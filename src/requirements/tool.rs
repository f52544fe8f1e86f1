//! The files that say what is required, by their names, and the tools that they are of.

use camino::Utf8Path;

use crate::words;

/// The file of pip's lines.
pub(super) const LINES: &str = "requirements.txt";
/// The file of a project.
pub(super) const PROJECT: &str = "pyproject.toml";
/// A lock that every tool reads.
pub(super) const PYLOCK: &str = "pylock.toml";
/// What may stand in `[tool.uv]`, in a file of its own.
pub(super) const UV_SETTINGS: &str = "uv.toml";
/// The project file of pipenv.
pub(super) const PIPFILE: &str = "Pipfile";
/// The files of a folder that may say what is required.
pub(crate) const INPUTS: &[&str] =
    &[LINES, PROJECT, PIPFILE, "uv.lock", "poetry.lock", "Pipfile.lock", "setup.py", "setup.cfg"];
/// Whether a file of that name may say what is required, or is a lock of it.
pub(crate) fn is_input(name: &str) -> bool {
    name == PYLOCK || INPUTS.contains(&name)
}

/// Files of tools that install more than Python packages, and of pdm, whose lock only it reads.
pub(super) const OF_OTHERS: &[(&str, &str)] = &[
    ("pdm.lock", "pdm"),
    ("pixi.lock", "pixi"),
    ("pixi.toml", "pixi"),
    ("conda-lock.yml", "conda"),
    ("conda-lock.yaml", "conda"),
    ("environment.yml", "conda"),
    ("environment.yaml", "conda"),
    ("conda.yml", "conda"),
    ("conda.yaml", "conda"),
];

/// The tables of `[tool.pixi]` with dependencies, of conda and of pip.
pub(super) const PIXI: [&str; 2] = ["dependencies", "pypi-dependencies"];

/// The public index, which pip asks unless it is configured for another.
pub(crate) const PUBLIC_INDEX: &str = "https://pypi.org/simple";

/// A tool with a lock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Uv,
    Poetry,
    Pipenv,
}

impl Tool {
    const ALL: [Self; 3] = [Self::Uv, Self::Poetry, Self::Pipenv];

    /// The tool of a lock, by the name of the file.
    pub(crate) fn of(lock: &Utf8Path) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| Some(tool.lock()) == lock.file_name())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Pipenv => "pipenv",
        }
    }

    /// The name of its lock.
    pub(crate) fn lock(self) -> &'static str {
        match self {
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pipenv => "Pipfile.lock",
        }
    }

    /// The file that the lock is made from.
    pub(crate) fn project(self) -> &'static str {
        match self {
            Self::Uv | Self::Poetry => PROJECT,
            Self::Pipenv => PIPFILE,
        }
    }

    /// The command that makes the lock in a folder, to be run at the root.
    pub(crate) fn command(self, folder: &Utf8Path) -> String {
        let command = match self {
            Self::Uv => "uv lock",
            Self::Poetry => "poetry lock",
            Self::Pipenv => "pipenv lock",
        };
        match folder.as_str() {
            "" => command.to_owned(),
            folder => format!("(cd {} && {command})", words::shell(folder)),
        }
    }
}

/// Whether a file's name is that of a lock ("File Name" in the specification of `pylock.toml`).
pub(super) fn is_pylock(name: &str) -> bool {
    name == PYLOCK || (name.starts_with("pylock.") && name.ends_with(".toml"))
}

/// The tool that alone reads a file of a name.
pub(super) fn of_others(name: &str) -> Option<&'static str> {
    OF_OTHERS.iter().find(|(known, _)| *known == name).map(|(_, tool)| *tool)
}

/// What to do about a file that only another tool reads; none where it is not such a file.
pub(crate) fn way_out(path: &Utf8Path, directory: &Utf8Path) -> Option<String> {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let lines = directory.join(LINES);
    let name = path.file_name().unwrap_or_default();
    // Of its own project all is read but what pixi alone knows; of a module nothing is.
    let is_own = name == PROJECT && folder == directory || path.extension() == Some("py");
    let tool = of_others(name).or_else(|| is_own.then_some(name))?;
    Some(match tool {
        "pdm" => {
            let option = match folder.as_str() {
                "" => String::new(),
                folder => format!(" -p {}", words::shell(folder)),
            };
            let lines = words::shell(lines.as_str());
            format!("run `pdm export{option} --prod -o {lines}`, and commit that file")
        }
        _ => format!(
            "write what the lambda needs of it, as pip names it, into `{lines}`; or set \
             `requirements` to an empty text where none are wanted"
        ),
    })
}

/// The table of a Pipfile that a group is ("Package Categories" in pipenv's documentation).
pub(crate) fn category(group: &str) -> &str {
    match group {
        "dev" | "develop" => "dev-packages",
        other => other,
    }
}
