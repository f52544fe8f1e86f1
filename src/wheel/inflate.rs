//! Inflates members to check and read them; packages get the compressed bytes.

use flate2::{Decompress, FlushDecompress, Status};

use super::directory::{Fault, shown};
use super::{Member, Method};
use crate::fs;

/// Bytes that are read, and bytes that are inflated, at a time.
const CHUNK: usize = 64 << 10;

/// Hands the unpacked bytes of a member to `sink`, piece by piece.
///
/// The stream must end where the member's bytes end, and have the size and the CRC of the
/// directory.
pub(super) fn inflate(
    file: &fs::File,
    member: &Member,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), Fault> {
    let refuse = |what: &str| Fault::from(format!("{} {what}", shown(&member.name)));
    let mut crc = crc32fast::Hasher::new();
    let mut unpacked = 0;
    let mut take = |bytes: &[u8]| {
        unpacked += bytes.len() as u64;
        crc.update(bytes);
        sink(bytes);
        // Stops a zip bomb: no more bytes are inflated than the directory says, whose sum has a
        // limit.
        unpacked <= member.size
    };
    let mut packed = vec![0; CHUNK];
    let mut out = vec![0; CHUNK];
    // `false`: a zip has raw streams (RFC 1951), without the header of zlib (RFC 1950).
    let mut inflater = Decompress::new(false);
    let mut ended = member.method == Method::Stored;
    let mut read = 0;
    while read < member.compressed_size {
        let length = (member.compressed_size - read).min(CHUNK as u64);
        let chunk = &mut packed[..usize::try_from(length).expect("at most a chunk")];
        file.read_exact_at(chunk, member.offset + read)?;
        read += length;
        if member.method == Method::Stored {
            take(chunk);
            continue;
        }
        let mut rest = &*chunk;
        loop {
            let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
            let status = inflater
                .decompress(rest, &mut out, FlushDecompress::None)
                .map_err(|_| refuse("does not inflate"))?;
            let consumed = inflater.total_in() - before_in;
            let made = inflater.total_out() - before_out;
            rest = &rest[usize::try_from(consumed).expect("at most a chunk")..];
            let bytes = &out[..usize::try_from(made).expect("at most a chunk")];
            if !take(bytes) {
                return Err(refuse("unpacks to more than it claims"));
            }
            if status == Status::StreamEnd {
                ended = true;
                break;
            }
            let is_stuck = consumed == 0 && made == 0;
            if is_stuck || (rest.is_empty() && bytes.len() < CHUNK) {
                break;
            }
        }
        // Bytes after the end of the stream would be copied into packages, and no reader would ever
        // see them.
        if !rest.is_empty() || (ended && read < member.compressed_size) {
            return Err(refuse("has bytes behind its end"));
        }
    }
    if !ended {
        return Err(refuse("is cut short"));
    }
    if unpacked != member.size {
        return Err(refuse("unpacks to another size than it claims"));
    }
    if crc.finalize() != member.crc {
        return Err(refuse("has another CRC than it claims"));
    }
    Ok(())
}

/// Inflates a small member whole; what is no UTF-8 in it becomes U+FFFD.
pub(super) fn text(file: &fs::File, member: &Member) -> Result<String, Fault> {
    /// More bytes than any real METADATA or RECORD has.
    const LARGEST: u64 = 64 << 20;
    if member.size > LARGEST {
        return Err(format!("{} is too large", shown(&member.name)).into());
    }
    let mut bytes = Vec::new();
    inflate(file, member, &mut |piece| bytes.extend_from_slice(piece))?;
    // What counts here is ASCII; an author's name in Latin-1 need not stop anybody.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
