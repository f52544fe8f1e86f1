//! Opens zips of any make, to look at them.
//!
//! Packages come from many programs: `zip`, Python, macOS and Lambda itself write zips with data
//! descriptors, zip64 records, comments or members for folders. So this reader trusts the central
//! directory, as programs that unpack a zip do, and leaves it to the zip crate; the parser of
//! [`crate::wheel`] refuses most of that, and must go on refusing it. Size and CRC are checked
//! where bytes are read. Nothing that is read here goes into a package.
//!
//! A zip that can be read in two ways is refused: a name that occurs twice, an encrypted member, a
//! method that Lambda does not unpack.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use camino::Utf8Path;
use zip::result::ZipError;
use zip::{CompressionMethod, System, ZipArchive};

use crate::digest::{Hasher, Sha256Digest};
use crate::fs;
use crate::report::Failure;
use crate::report::code;
use crate::wheel::Method;

/// Bytes unpacked at a time.
const CHUNK: usize = 64 << 10;

#[derive(Debug)]
pub(crate) struct Zip {
    /// Its path, as errors have it.
    shown: String,
    /// Of its bytes.
    pub(crate) digest: Sha256Digest,
    /// Its bytes.
    pub(crate) size: u64,
    /// Whether this program has just written it, so that each member is known to unpack.
    pub(super) is_ours: bool,
    /// The central directory. A clone shares it, and has a read position of its own.
    archive: ZipArchive<Reader>,
    /// Its members but the folders, sorted by the bytes of their names.
    pub(crate) members: Vec<Member>,
    /// The folders that have a member of their own, sorted by the bytes of their names.
    pub(super) folders: Vec<String>,
}

/// A file inside a zip, as the central directory has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name without a `./` at the start; it is not checked.
    pub(crate) name: String,
    pub(crate) method: Method,
    /// CRC-32 of its bytes, unpacked.
    pub(crate) crc: u32,
    /// Compressed size in bytes.
    pub(crate) compressed_size: u64,
    /// Uncompressed size in bytes.
    pub(crate) size: u64,
    /// Unix file type and permissions; `None` where the zip has none.
    pub(crate) mode: Option<u16>,
    /// Date and time in the format of MS-DOS; `None` where they are not valid.
    pub(crate) modified: Option<(u16, u16)>,
    pub(crate) comment: Vec<u8>,
    /// Its position in the central directory, from 0.
    pub(crate) index: usize,
}

/// Opens a file that may be a zip, following links, as Terraform's `filebase64sha256` does.
pub(crate) fn open_file(path: &Utf8Path) -> Result<fs::File, fs::Error> {
    fs::open(&fs::canonical(path)?)
}

/// Opens a zip, hashes it and reads its central directory; `shown` is what errors call it.
///
/// # Errors
///
/// What the disk says; a file that is no zip, or a broken one; a member that is encrypted, kept by
/// a method that Lambda does not unpack, or there twice.
pub(crate) fn open(path: &Utf8Path, shown: &str) -> Result<Zip, Failure> {
    let disk = |error: fs::Error| match error.source.kind() {
        io::ErrorKind::NotFound => {
            Failure::input("no-such-zip", format!("there is no zip `{shown}`"))
        }
        _ => unreadable(shown, &error.source),
    };
    let file = open_file(path).map_err(disk)?;
    let digest = file.digest().map_err(disk)?;
    read(file, digest, shown)
}

/// Reads the central directory of an open zip, whose digest is known; `shown` is what errors call
/// it.
pub(crate) fn read(file: fs::File, digest: Sha256Digest, shown: &str) -> Result<Zip, Failure> {
    let file = Arc::new(file);
    let reader = Reader { file: Arc::clone(&file), at: 0 };
    let unread = |error| match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            unreadable(shown, &error)
        }
        // The zip crate words its other errors for programmers, with the names of its types.
        _ => broken(format!("`{shown}` is no zip, or a broken one")),
    };
    let archive = ZipArchive::new(reader).map_err(unread)?;
    let (mut members, mut folders) = (Vec::with_capacity(archive.len()), Vec::new());
    for index in 0..archive.len() {
        let data = archive.by_index_data(index).map_err(unread)?;
        let written = data.name().map_err(unread)?;
        let name = plain(&written).to_owned();
        if data.encrypted() {
            return Err(broken_member(shown, &name, "is encrypted"));
        }
        let method = match data.compression() {
            CompressionMethod::Stored => Method::Stored,
            CompressionMethod::Deflated => Method::Deflated,
            other => {
                let fault = format!("is packed by {other}, which Lambda does not unpack");
                return Err(broken_member(shown, &name, &fault));
            }
        };
        // A name that ends in a slash is that of a folder, as for Python's `ZipInfo.is_dir`.
        if written.ends_with('/') {
            folders.push(name);
            continue;
        }
        // The upper half of the external attributes is a mode only where a system of that kind made
        // the member (APPNOTE.TXT 6.3.10, section 4.4.2).
        let is_unix = matches!(data.system(), System::Unix | System::OsDarwin);
        let mode = u16::try_from(data.external_attributes() >> 16).expect("half of 32 bits are 16");
        members.push(Member {
            method,
            crc: data.crc32(),
            compressed_size: data.compressed_size(),
            size: data.size(),
            mode: (is_unix && mode != 0).then_some(mode),
            modified: data.last_modified().map(|time| (time.datepart(), time.timepart())),
            comment: data.comment_raw().to_vec(),
            name,
            index,
        });
    }
    let twice = |member: String| broken(format!("`{shown}` has two members `{member}`"));
    if archive.has_duplicate_names() {
        let name = repeated(&file, archive.central_directory_start())
            .map_err(|error| unreadable(shown, &error.source))?;
        return Err(twice(name.unwrap_or_default()));
    }
    members.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(pair) = members.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(twice(pair[0].name.escape_debug().to_string()));
    }
    folders.sort();
    let (shown, size) = (shown.to_owned(), file.size());
    Ok(Zip { shown, digest, size, is_ours: false, archive, members, folders })
}

impl Zip {
    /// The member of that name, where there is one.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        let name = plain(name);
        let found = self.members.binary_search_by(|member| member.name.as_str().cmp(name));
        found.ok().map(|index| &self.members[index])
    }

    pub(super) fn comment(&self) -> &[u8] {
        self.archive.comment()
    }

    /// Whether a member has the same compressed bytes as one of another zip. One that can't be read
    /// has not: the error is reported when it is unpacked.
    pub(super) fn packs_alike(&self, own: &Member, other: &Self, others: &Member) -> bool {
        if (own.method, own.compressed_size) != (others.method, others.compressed_size) {
            return false;
        }
        let (mut one, mut two) = (self.archive.clone(), other.archive.clone());
        let (Ok(mut one), Ok(mut two)) =
            (one.by_index_raw(own.index), two.by_index_raw(others.index))
        else {
            return false;
        };
        let mut left = own.compressed_size;
        let next = |left: u64| usize::try_from(left.min(CHUNK as u64)).expect("at most a chunk");
        // Most members are smaller than a chunk.
        let mut chunks = [vec![0; next(left)], vec![0; next(left)]];
        while left > 0 {
            let length = next(left);
            let [chunk, others] = chunks.each_mut().map(|chunk| &mut chunk[..length]);
            let read = one.read_exact(chunk).and_then(|()| two.read_exact(others));
            if read.is_err() || chunk != others {
                return false;
            }
            left -= length as u64;
        }
        true
    }

    /// Hashes the bytes of a member, unpacked.
    pub(crate) fn digest_of(&self, member: &Member) -> Result<Sha256Digest, Failure> {
        let mut hasher = Hasher::default();
        self.unpack(member, &mut |bytes| hasher.update(bytes))?;
        Ok(hasher.finish())
    }

    /// Unpacks a member that claims no more bytes than `limit`.
    pub(crate) fn read(&self, member: &Member, limit: u64) -> Result<Vec<u8>, Failure> {
        if member.size > limit {
            return Err(broken_member(&self.shown, &member.name, "is too large to be looked at"));
        }
        let mut bytes = Vec::new();
        self.unpack(member, &mut |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }

    /// Hands the unpacked bytes of a member to `sink`, piece by piece.
    pub(super) fn unpack(
        &self,
        member: &Member,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Failure> {
        let refuse = |fault| broken_member(&self.shown, &member.name, fault);
        let unread = |error: io::Error| refuse("can't be unpacked").because(&error);
        let mut archive = self.archive.clone();
        let mut file = archive.by_index(member.index).map_err(|error| unread(error.into()))?;
        let (mut chunk, mut unpacked) = (vec![0; CHUNK], 0);
        loop {
            // At the end the zip crate compares the CRC; before, that no more comes than is
            // claimed.
            let length = file.read(&mut chunk).map_err(unread)?;
            if length == 0 {
                break;
            }
            unpacked += length as u64;
            sink(&chunk[..length]);
        }
        if unpacked == member.size {
            Ok(())
        } else {
            Err(refuse("unpacks to another size than it claims"))
        }
    }
}

/// A name without the `./` that some tools write at its start: `./a` and `a` unpack to one path.
fn plain(name: &str) -> &str {
    name.trim_start_matches("./")
}

/// The first name that the central directory has twice, control characters escaped: the zip crate
/// keeps the last member of a name only. Source: APPNOTE.TXT 6.3.10, section 4.3.12.
fn repeated(file: &fs::File, start: u64) -> Result<Option<String>, fs::Error> {
    let (mut at, mut known) = (start, BTreeSet::new());
    let mut fixed = [0; 46];
    while at + (fixed.len() as u64) <= file.size() {
        file.read_exact_at(&mut fixed, at)?;
        if !fixed.starts_with(b"PK\x01\x02") {
            break;
        }
        let lengths =
            // The lengths of name, extra field and comment, which follow the 46 bytes.
            [28, 30, 32].map(|field| u16::from_le_bytes([fixed[field], fixed[field + 1]]));
        let mut name = vec![0; usize::from(lengths[0])];
        file.read_exact_at(&mut name, at + fixed.len() as u64)?;
        let shown = String::from_utf8_lossy(&name).escape_debug().to_string();
        if !known.insert(name) {
            return Ok(Some(shown));
        }
        at += fixed.len() as u64 + lengths.into_iter().map(u64::from).sum::<u64>();
    }
    Ok(None)
}

fn unreadable(zip: &str, error: &io::Error) -> Failure {
    Failure::input(code::UNREADABLE, format!("cannot read the zip `{zip}`")).because(error)
}

fn broken(message: String) -> Failure {
    Failure::input("broken-zip", message)
}

/// What is wrong with a member, as the end of a sentence.
fn broken_member(zip: &str, member: &str, fault: &str) -> Failure {
    broken(format!("member `{}` of `{zip}` {fault}", member.escape_debug()))
}

/// A place in the open file, as the zip crate wants it.
#[derive(Debug, Clone)]
struct Reader {
    file: Arc<fs::File>,
    /// Where the next byte is read.
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.file.size().saturating_sub(self.at);
        let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        self.file.read_exact_at(&mut buffer[..length], self.at).map_err(|error| error.source)?;
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    #[test]
    fn a_zip_is_read_however_it_is_broken() {
        let folder = fs::TemporaryDirectory::new().unwrap();
        let path = folder.path().join("a.zip");
        try_all("wheel", |bytes| {
            fs::write(&path, bytes).unwrap();
            let Ok(zip) = open(&path, "a.zip") else { return String::new() };
            let digests = zip.members.iter().map(|member| zip.digest_of(member).ok());
            format!("{:?} {:?}", zip.members, digests.collect::<Vec<_>>())
        });
    }
}
