//! Files that move while they are packaged: whatever another process swaps or rewrites, a package has
//! whole files of the lambda, or it is a failure.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::support::{Project, entries};

/// Bytes of each file: enough that a reader needs several calls, so that it can be torn.
const SIZE: usize = 1 << 20;

/// The contents of a file in one of its versions: each of its bytes tells which.
fn version(letter: u8) -> Vec<u8> {
    vec![letter; SIZE]
}

/// Changes the project, again and again, while it is packaged; what it is given is the project's folder
/// and a number that counts up. What it can't do, as others are in its way, it does the next time.
type Writer = fn(&Path, usize) -> std::io::Result<()>;

/// Ends the writer, also where a test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A path that every writer but those of whole folders leaves alone.
const LAMBDA: &str = "lambdas/api";

/// Swaps two paths by a third name, beside the other: among the lambdas it would be one more.
fn swap(one: &Path, other: &Path) -> std::io::Result<()> {
    let third = other.with_file_name("third");
    fs::rename(one, &third)?;
    fs::rename(other, one)?;
    fs::rename(&third, other)
}

/// A letter that changes from one call to the next.
fn letter(count: usize) -> u8 {
    [b'A', b'B'][count % 2]
}

const WRITERS: &[(&str, Writer)] = &[
    ("a file is written anew", |root, count| {
        fs::write(root.join(LAMBDA).join("sub/data.txt"), version(letter(count)))
    }),
    ("a file is written over, and its time set back", |root, count| {
        use std::os::unix::fs::FileExt as _;
        let path = root.join(LAMBDA).join("sub/data.txt");
        let file = fs::OpenOptions::new().write(true).open(path)?;
        file.write_all_at(&version(letter(count)), 0)?;
        file.set_modified(SystemTime::UNIX_EPOCH)
    }),
    ("a file is replaced", |root, count| {
        let next = root.join("next");
        fs::write(&next, version(letter(count)))?;
        fs::rename(next, root.join(LAMBDA).join("sub/data.txt"))
    }),
    ("a file shrinks and grows", |root, count| {
        let path = root.join(LAMBDA).join("sub/data.txt");
        match count % 2 {
            0 => fs::OpenOptions::new().write(true).open(path)?.set_len(SIZE as u64 / 2),
            _ => fs::write(path, version(b'A')),
        }
    }),
    ("a file is swapped for a link out of the lambda", |root, _| {
        swap(&root.join(LAMBDA).join("sub/data.txt"), &root.join("link-to-file"))
    }),
    ("a file is swapped for a FIFO", |root, _| {
        swap(&root.join(LAMBDA).join("sub/data.txt"), &root.join("fifo"))
    }),
    ("a folder is swapped for a link out of the lambda", |root, _| {
        swap(&root.join(LAMBDA).join("sub"), &root.join("link-to-folder"))
    }),
    ("a folder is swapped for another", |root, _| {
        swap(&root.join(LAMBDA).join("sub"), &root.join("other"))
    }),
    ("the lambda's folder is swapped for a link", |root, _| {
        swap(&root.join(LAMBDA), &root.join("link-to-lambda"))
    }),
    ("the folder of all lambdas is swapped for a link", |root, _| {
        swap(&root.join("lambdas"), &root.join("link-to-lambdas"))
    }),
    ("a folder comes and goes", |root, count| {
        let folder = root.join(LAMBDA).join("passing");
        if count % 2 == 0 {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("data.txt"), version(b'A'))
        } else {
            fs::remove_dir_all(folder)
        }
    }),
];

/// A project of one lambda, and what the writers put in the place of its parts.
fn project() -> Project {
    let project = Project::with(&[("lambdas/api/handler.py", "def lambda_handler(e, c): pass\n")]);
    let root = project.root();
    project.write("lambdas/api/sub/data.txt", version(b'A'));
    project.write("other/data.txt", version(b'B'));
    for place in ["outside/data.txt", "outside/sub/data.txt", "outside/api/sub/data.txt"] {
        project.write(place, version(b'S'));
        let handler = Path::new(place).with_file_name("handler.py");
        project.write(handler.to_str().expect("UTF-8"), "def lambda_handler(e, c): 'SSS'\n");
    }
    project.write("outside/api/handler.py", "def lambda_handler(e, c): 'SSS'\n");
    symlink(root.join("outside/data.txt"), root.join("link-to-file")).expect("a link");
    symlink(root.join("outside"), root.join("link-to-folder")).expect("a link");
    symlink(root.join("outside/api"), root.join("link-to-lambda")).expect("a link");
    symlink(root.join("outside"), root.join("link-to-lambdas")).expect("a link");
    crate::support::output(std::process::Command::new("mkfifo").arg(root.join("fifo")));
    project
}

/// Packages while a writer works, and returns the faults that are seen, and how often there was a package.
/// `is_swapped` says that the folder of all lambdas may be one outside.
fn try_writer(writer: Writer, is_swapped: bool, rounds: usize) -> (Vec<String>, usize) {
    let project = project();
    let (root, zip) = (project.root(), project.path("dist/api.zip"));
    let (is_over, mut faults, mut packaged) = (AtomicBool::new(false), Vec::new(), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                drop(writer(&root, count));
                count += 1;
            }
        });
        let _over = Over(&is_over);
        for _ in 0..rounds {
            let run = project.run(&["--out-dir", "dist", "-q"]);
            match run.code {
                0 => packaged += 1,
                3..=6 => continue,
                _ => faults.push(run.text()),
            }
            let members = entries(&zip);
            let is_foreign = |bytes: &[u8]| bytes.windows(3).any(|it| it == b"SSS");
            // All lambdas may lie behind a link, but then all of them do.
            let foreign = members.values().filter(|(bytes, _)| is_foreign(bytes)).count();
            if foreign > 0 && !(is_swapped && foreign == members.len()) {
                faults.push(format!("{foreign} of {} members are not the lambda's", members.len()));
            }
            for (name, (bytes, _)) in members.iter().filter(|(name, _)| name.ends_with(".txt")) {
                // One that is cut short or empty is what it is then.
                if bytes.iter().any(|byte| Some(byte) != bytes.first()) {
                    faults.push(format!("{name} is torn"));
                }
            }
        }
    });
    (faults, packaged)
}

fn try_all(rounds: usize) {
    for (what, writer) in WRITERS {
        let (faults, packaged) = try_writer(*writer, what.contains("all lambdas"), rounds);
        assert_eq!(faults, Vec::<String>::new(), "{what}: {packaged} of {rounds} packaged");
    }
}

#[test]
fn a_package_has_whole_files_of_the_lambda() {
    try_all(3);
}

#[test]
#[ignore = "takes minutes"]
fn a_package_has_whole_files_of_the_lambda_in_many_rounds() {
    try_all(150);
}
