//! Tries what is read of strangers: the files of `tests/corpus`, and those files changed by chance.
//!
//! For tests alone. A folder of the corpus is a reader's: each file is a form that it knows, or a case
//! that once stopped it. [`try_all()`] hands each to the reader twice, which must give the same answer
//! and not panic, and then some changes of them, the same in every run. With [`SECONDS`] in the
//! environment it goes on for so long, with other changes each time; a case that panics is made small
//! and put into the corpus. (A stack that overflows ends the process: the case is then the file `LAST`
//! of the folder.)

use std::env;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use camino::Utf8Path;

use crate::digest::Sha256Digest;
use crate::fs;

/// The variable that says for how long each reader is tried.
const SECONDS: &str = "DOFS_TRY_SECONDS";

/// How many changes are tried where nobody says for how long.
const CASES: u32 = 300;

/// No case is longer: a reader is to be tried often, not with much.
const LONGEST: usize = 1 << 14;

/// What parsers trip over: where a character, a text, a list or a number begins or ends.
const ODD: &[&[u8]] = &[
    "é".as_bytes(),
    "\u{3000}".as_bytes(),
    "\u{a0}".as_bytes(),
    "\u{feff}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{1f600}".as_bytes(),
    "\u{301}".as_bytes(),
    b"\xff",
    b"\xc3",
    b"\0",
    b"\r",
    b"\n",
    b"\n\n",
    b"\t",
    b" ",
    b"\\",
    b"'",
    b"\"",
    b"'''",
    b"\"\"\"",
    b"(",
    b")",
    b"[",
    b"]",
    b"{",
    b"}",
    b"<",
    b">",
    b"${",
    b"%{",
    b"<<EOT\n",
    b"@",
    b"://",
    b"/",
    b"..",
    b".",
    b",",
    b";",
    b":",
    b"#",
    b"=",
    b"==",
    b"===",
    b"~=",
    b"!",
    b"*",
    b"**",
    b"&",
    b"-",
    b"--",
    b"_",
    b"+",
    b"|",
    b"^",
    b"?",
    b"%",
    b" and ",
    b" not in ",
    b"0",
    b"-1",
    b"0x",
    b"1e999",
    b"NaN",
    b"18446744073709551616",
    b"4294967296",
];

/// Hands all files of a folder of the corpus to a reader, and changes of them.
#[expect(clippy::print_stdout, reason = "who asks for a long trial wants to know how long it was")]
#[expect(clippy::disallowed_methods, reason = "no run of the program reads this variable")]
pub(crate) fn try_all(reader: &str, read: impl Fn(&[u8]) -> String) {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(reader);
    let mut seeds = Vec::new();
    for name in fs::names(&folder).unwrap() {
        let bytes = fs::read(&folder.join(&name)).unwrap().unwrap();
        let answer = attempt(&read, &bytes);
        assert!(answer.is_some(), "`{reader}/{name}` stops the reader");
        assert_eq!(answer, attempt(&read, &bytes), "`{reader}/{name}`");
        seeds.push(bytes);
    }
    let last = folder.join("LAST");
    let seconds = env::var(SECONDS).ok().map(|text| text.parse().unwrap());
    let time = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let mut chance = Chance(if seconds.is_some() { time } else { 1 });
    let (start, mut cases, mut slowest) = (Instant::now(), 0, (Duration::ZERO, Vec::new()));
    loop {
        match seconds {
            Some(seconds) if start.elapsed() >= Duration::from_secs(seconds) => break,
            None if cases == CASES => break,
            _ => cases += 1,
        }
        let bytes = chance.changed(&seeds);
        if seconds.is_some() {
            fs::write(&last, &bytes).unwrap();
        }
        let before = start.elapsed();
        if attempt(&read, &bytes).is_none() {
            let bytes = shrunk(&read, bytes);
            let name = Sha256Digest::of(&bytes).to_hex();
            let path = folder.join(format!("found-{}", &name[..12]));
            fs::write(&path, &bytes).unwrap();
            panic!("case {cases} stops the reader: `{path}`\n{}", bytes.escape_ascii());
        }
        let took = start.elapsed() - before;
        if took > slowest.0 {
            slowest = (took, bytes);
        }
    }
    if seconds.is_some() {
        fs::remove(&last).unwrap();
        let mut said = format!("{reader}: {cases} cases, the slowest in {:?}", slowest.0);
        if slowest.0 > Duration::from_secs(1) {
            write!(said, ": {}", slowest.1.escape_ascii()).unwrap();
        }
        println!("{said}");
    }
}

/// The answer of a reader, if it does not panic.
fn attempt(read: &impl Fn(&[u8]) -> String, bytes: &[u8]) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| read(bytes))).ok()
}

/// The same fault in fewer bytes: whatever can be left out is.
fn shrunk(read: &impl Fn(&[u8]) -> String, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut length = bytes.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at < bytes.len() {
            let end = (at + length).min(bytes.len());
            let fewer = [&bytes[..at], &bytes[end..]].concat();
            match attempt(read, &fewer) {
                Some(_) => at += length,
                None => bytes = fewer,
            }
        }
        length /= 2;
    }
    bytes
}

/// Numbers that look like chance (Marsaglia's xorshift), the same from the same beginning.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// Two places in this order, near each other more often than not.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let longest = [4, 16, 64, length][self.below(4)];
        start..(start + self.below(longest + 1)).min(length)
    }

    /// One of the files, with one to four changes.
    fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, seeds);
            bytes.truncate(LONGEST);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let range = self.range(bytes.len());
        let part = bytes[range.clone()].to_vec();
        let new = match self.below(9) {
            0 => return bytes.truncate(range.start),
            1 => Vec::new(),
            2 => part.repeat(1 + self.below(3)),
            3 => part.repeat(1 << self.below(13)),
            4 => [self.of(ODD), &part].concat(),
            5 => self.of(ODD).to_vec(),
            6 => {
                let other = &seeds[self.below(seeds.len())];
                other[self.range(other.len())].to_vec()
            }
            7 => part.iter().map(|byte| byte ^ (1 << self.below(8))).collect(),
            // Lines that are there once more, elsewhere.
            _ => {
                let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                let at: usize =
                    lines[..self.below(lines.len() + 1)].iter().map(|it| it.len()).sum();
                let line = lines.get(self.below(lines.len())).copied().unwrap_or_default().to_vec();
                bytes.splice(at..at, line);
                return;
            }
        };
        bytes.splice(range, new);
    }
}
