//! Wheels with every field of their zip in reach, to be broken one by one.

use std::io::Write as _;

use base64::Engine as _;
use sha2::Digest as _;

/// What a header says of a member.
#[derive(Clone)]
pub(super) struct Header {
    /// Its name.
    pub(super) name: Vec<u8>,
    /// Its flags.
    pub(super) flags: u16,
    /// How its bytes are kept.
    pub(super) method: u16,
    /// The CRC of its bytes.
    pub(super) crc: u32,
    /// Bytes as kept.
    pub(super) packed: u32,
    /// Bytes, unpacked.
    pub(super) size: u32,
    /// The extra field.
    pub(super) extra: Vec<u8>,
}

/// A member, as both of its headers tell of it.
#[derive(Clone)]
pub(super) struct Member {
    /// The local header.
    pub(super) local: Header,
    /// Its entry in the central directory.
    pub(super) central: Header,
    /// Its bytes as kept.
    pub(super) data: Vec<u8>,
    /// What follows them.
    pub(super) behind: Vec<u8>,
    /// Unix type and permissions.
    pub(super) mode: u32,
    /// Where the directory says that it begins, if it lies.
    pub(super) at: Option<u32>,
    /// Whether it has a local header and bytes.
    pub(super) is_written: bool,
    /// Whether the directory tells of it.
    pub(super) is_listed: bool,
}

/// A zip about to be written.
pub(super) struct Zip {
    /// What stands before the first member.
    pub(super) before: Vec<u8>,
    /// Its members.
    pub(super) members: Vec<Member>,
    /// How many members the end record counts too many.
    pub(super) miscount: i32,
    /// How far behind its directory the end record points.
    pub(super) misplaced: u32,
    /// The disk that the end record speaks of.
    pub(super) disk: u16,
    /// Whether it has the end record of a zip64, too, and by how much its count is wrong.
    pub(super) large: Option<u64>,
    /// Whether its offsets are counted from the first byte of the file, not from the zip's.
    pub(super) is_shifted: bool,
    /// A comment in the end record.
    pub(super) comment: Vec<u8>,
    /// What follows the end record.
    pub(super) after: Vec<u8>,
}

impl Member {
    /// A deflated member with right headers.
    pub(super) fn new(name: &str, bytes: &[u8], mode: u32) -> Self {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory takes it");
        let data = encoder.finish().expect("memory takes it");
        let header = Header {
            name: name.as_bytes().to_vec(),
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            method: 8,
            crc: crc32fast::hash(bytes),
            packed: data.len() as u32,
            size: bytes.len() as u32,
            extra: Vec::new(),
        };
        Self {
            local: header.clone(),
            central: header,
            data,
            behind: Vec::new(),
            mode,
            at: None,
            is_written: true,
            is_listed: true,
        }
    }

    /// Changes both headers alike.
    pub(super) fn both(&mut self, change: impl Fn(&mut Header)) {
        change(&mut self.local);
        change(&mut self.central);
    }
}

impl Zip {
    /// A good wheel of that project, version 1.0, with more files (path, bytes, mode); its first
    /// member is its module. `STEM` in a path stands for what is before `.dist-info`; RECORD is
    /// right before `record` has changed it.
    pub(super) fn wheel(
        project: &str,
        files: &[(&str, &[u8], u32)],
        record: impl Fn(String) -> String,
    ) -> Self {
        let stem = format!("{project}-1.0");
        let metadata = format!("Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n");
        let wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
        let mut members = vec![
            Member::new(&format!("{project}/__init__.py"), b"x = 1\n", 0o100_644),
            Member::new(&format!("{stem}.dist-info/METADATA"), metadata.as_bytes(), 0o100_644),
            Member::new(&format!("{stem}.dist-info/WHEEL"), wheel.as_bytes(), 0o100_644),
        ];
        let mut rows = format!("{project}/__init__.py,{}\n", row(b"x = 1\n"));
        rows += &format!("{stem}.dist-info/METADATA,{}\n", row(metadata.as_bytes()));
        rows += &format!("{stem}.dist-info/WHEEL,{}\n", row(wheel.as_bytes()));
        for (path, bytes, mode) in files {
            let path = path.replace("STEM", &stem);
            members.push(Member::new(&path, bytes, *mode));
            if !path.ends_with('/') {
                rows += &format!("\"{path}\",{}\n", row(bytes));
            }
        }
        let own = format!("{stem}.dist-info/RECORD");
        rows += &format!("{own},,\n");
        members.push(Member::new(&own, record(rows).as_bytes(), 0o100_644));
        Self {
            before: Vec::new(),
            members,
            miscount: 0,
            misplaced: 0,
            disk: 0,
            large: None,
            is_shifted: true,
            comment: Vec::new(),
            after: Vec::new(),
        }
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = self.before.clone();
        let mut directory = Vec::new();
        let mut count = 0;
        for member in &self.members {
            let before = if self.is_shifted { 0 } else { self.before.len() as u32 };
            let at = member.at.unwrap_or(out.len() as u32 - before);
            if member.is_listed {
                directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
                write_header(&mut directory, &member.central);
                directory.extend([0; 6]);
                directory.extend((member.mode << 16).to_le_bytes());
                directory.extend(at.to_le_bytes());
                directory.extend(&member.central.name);
                directory.extend(&member.central.extra);
                count += 1;
            }
            if member.is_written {
                out.extend(b"PK\x03\x04\x14\x00");
                write_header(&mut out, &member.local);
                out.extend(&member.local.name);
                out.extend(&member.local.extra);
                out.extend(&member.data);
                out.extend(&member.behind);
            }
        }
        let before = if self.is_shifted { 0 } else { self.before.len() as u32 };
        let mut start = out.len() as u32 + self.misplaced - before;
        let mut length = directory.len() as u32;
        let mut count = (count + self.miscount) as u16;
        out.extend(directory);
        if let Some(wrong) = self.large {
            let end = out.len() as u64;
            out.extend(b"PK\x06\x06");
            out.extend(44_u64.to_le_bytes());
            out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            let count = u64::from(count);
            for number in [count, count + wrong, u64::from(length), u64::from(start)] {
                out.extend(number.to_le_bytes());
            }
            out.extend(b"PK\x06\x07\0\0\0\0");
            out.extend(end.to_le_bytes());
            out.extend(1_u32.to_le_bytes());
            (start, length) = (u32::MAX, u32::MAX);
        }
        if self.large == Some(0) {
            count = u16::MAX;
        }
        out.extend(b"PK\x05\x06");
        out.extend(self.disk.to_le_bytes());
        out.extend([0; 2]);
        out.extend(count.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.after);
        out
    }
}

/// Writes what both kinds of header have in common, from the flags to the extra field's length.
fn write_header(out: &mut Vec<u8>, header: &Header) {
    let Header { name, flags, method, crc, packed, size, extra } = header;
    out.extend(flags.to_le_bytes());
    out.extend(method.to_le_bytes());
    // Midnight of 1980-01-01.
    out.extend([0, 0, 0x21, 0]);
    out.extend(crc.to_le_bytes());
    out.extend(packed.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend((name.len() as u16).to_le_bytes());
    out.extend((extra.len() as u16).to_le_bytes());
}

/// Digest and size as RECORD has them.
fn row(bytes: &[u8]) -> String {
    let digest = sha2::Sha256::digest(bytes);
    let digest = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    format!("sha256={digest},{}", bytes.len())
}
