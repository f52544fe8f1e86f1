//! Starts programs: the one place that says where, with what environment, and in which group.
//!
//! A checkout may have files that a program takes from its working directory: modules that Python
//! would import, the settings of rustup, cargo, uv, pyenv and git, programs that a relative folder in
//! PATH leads to. So a program runs in an empty folder of ours, unless its work is in another one,
//! and finds programs in absolute folders only.

use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};

use super::children::Living;
use super::{Error, Program};
use crate::fs::{self, TemporaryDirectory};

impl Program {
    /// Starts it with standard streams; what it is given of them is a pipe.
    pub(super) fn start(&self, stdin: Stdio, stderr: Stdio) -> Result<Living, Error> {
        let mut environment = self.environment.clone();
        let (folder, own) = match &self.folder {
            Some(folder) => (folder.clone(), None),
            None => {
                let own = TemporaryDirectory::new().map_err(|error| self.no_folder(error))?;
                let folder = fs::canonical(own.path()).map_err(|error| self.no_folder(error))?;
                // The folder for temporary files may lie in a repository.
                environment = environment.with_ceiling(folder.parent().unwrap_or(&folder));
                (folder, Some(own))
            }
        };
        // One that is empty is the working directory, too.
        let path = environment.all().find(|(name, _)| *name == "PATH");
        if let Some(path) = path.map(|(_, path)| absolute(path)) {
            environment = environment.with("PATH", path);
        }
        let mut command = Command::new(&self.name);
        command.args(&self.arguments).current_dir(folder);
        // Not what this process inherited: rooms leave variables out on purpose, such as those of a
        // git hook.
        command.env_clear().envs(environment.all());
        command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr);
        // A group of its own, which can be killed as a whole: pip starts build backends, and these
        // start compilers, which would go on.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Living::start(&mut command, own)
            .map_err(|source| Error::Start { name: self.name.clone(), source })
    }

    fn no_folder(&self, source: fs::Error) -> Error {
        Error::Folder { name: self.name.clone(), source }
    }
}

/// The absolute folders of a PATH: an empty or relative one is one of the working directory's
/// (POSIX, "PATH" in section 8.3).
fn absolute(path: &OsStr) -> OsString {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let kept = std::env::join_paths(folders).expect("they were split from one");
    // An empty PATH would be the working directory, and none would be the system's default.
    if kept.is_empty() { NOWHERE.into() } else { kept }
}

/// A PATH that leads to no program.
const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_absolute_folders_only() {
        let table = [
            ("/usr/bin:/bin", "/usr/bin:/bin"),
            (".:/usr/bin", "/usr/bin"),
            (":/usr/bin:", "/usr/bin"),
            ("bin:/usr/bin:../x:node_modules/.bin", "/usr/bin"),
            (".", NOWHERE),
            ("", NOWHERE),
            ("~/bin", NOWHERE),
        ];
        for (path, expected) in table {
            assert_eq!(absolute(OsStr::new(path)), expected, "{path:?}");
        }
    }
}
