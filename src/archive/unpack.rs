//! Unpacks a zip into a folder, as Lambda does before it starts a function.

use std::collections::BTreeSet;
use std::io::Write as _;

use camino::Utf8Path;
use rayon::prelude::*;

use super::read::{Member, Zip};
use super::unwritable;
use crate::fs;
use crate::report::Failure;

/// The mode of a member that has none.
const PLAIN: u32 = 0o644;

impl Zip {
    /// Writes every member into a folder, with its mode; the folder is empty. Only for a zip of
    /// ours, whose names lead nowhere else.
    pub(crate) fn unpack_into(&self, folder: &Utf8Path) -> Result<(), Failure> {
        let paths = self.members.iter().map(|member| folder.join(&member.name));
        let parents = paths.filter_map(|path| path.parent().map(Utf8Path::to_owned));
        for parent in parents.collect::<BTreeSet<_>>() {
            fs::create_directory(&parent).map_err(unwritable)?;
        }
        // The first failure by name is returned, whichever thread is faster.
        let written = self.members.par_iter().map(|member| self.write_to(folder, member));
        written.collect::<Vec<_>>().into_iter().collect()
    }

    fn write_to(&self, folder: &Utf8Path, member: &Member) -> Result<(), Failure> {
        let path = folder.join(&member.name);
        let mut file = fs::create(&path).map_err(unwritable)?;
        let mut written = Ok(());
        self.unpack(member, &mut |bytes| {
            if written.is_ok() {
                written = file.write_all(bytes);
            }
        })?;
        written
            .and_then(|()| file.flush())
            .map_err(fs::Error::at("write", &path))
            .map_err(unwritable)?;
        let mode = member.mode.map_or(PLAIN, |mode| u32::from(mode) & 0o777);
        fs::set_mode(&path, mode).map_err(unwritable)
    }
}
