//! Which zips the commands write that Terraform runs (`local-exec`): as far as the words of a shell tell
//! it, for nothing is run.

use camino::{Utf8Path, Utf8PathBuf};

use super::outside::located;
use crate::report::Place;

/// A resource that runs a command which writes a zip.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Builder {
    /// The block of the command.
    pub(crate) place: Place,
    /// `null_resource.api`.
    pub(crate) address: String,
    /// The zip, relative to the root.
    pub(crate) zip: Utf8PathBuf,
}

/// The zips that a command writes by name, relative to the root of the project; it is run in `folder`.
pub(super) fn zips_of(command: &str, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut folder = folder.to_owned();
    let mut zips = Vec::new();
    let command = command.replace("\\\n", " ");
    for part in command.split([';', '&', '|', '\n', '(', ')']) {
        // A quote that is not closed has a separator in it.
        let Some(words) = shlex::split(part) else { continue };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [program, rest @ ..] = &words[..] else { continue };
        if let ("cd" | "pushd", [to, ..]) = (*program, rest) {
            folder = located(to, &folder);
        }
        zips.extend(written(program, rest).map(|zip| located(&zip, &folder)));
    }
    zips
}

/// The zip that a program writes, as its arguments name it.
fn written(program: &str, words: &[&str]) -> Option<String> {
    let is_zip = |word: &&&str| word.ends_with(".zip");
    let program = program.rsplit('/').next().unwrap_or(program);
    match program {
        "7z" | "7za" | "7zz" => words.iter().find(is_zip).map(|word| (*word).to_owned()),
        // It gives a name without an ending that one ("zip(1)").
        "zip" => words.iter().find(is_zip).map(|word| (*word).to_owned()).or_else(|| {
            let name = words.iter().find(|word| !word.starts_with('-'))?;
            (!name.contains('.')).then(|| format!("{name}.zip"))
        }),
        "cp" | "mv" => {
            let [.., from, to] = words else { return None };
            let name = from.rsplit('/').next().filter(|name| name.ends_with(".zip"))?;
            match to.ends_with(".zip") {
                true => Some((*to).to_owned()),
                // Into a folder, or what is meant to be one.
                false => Some(format!("{to}/{name}")),
            }
        }
        // `python -m zipfile -c ZIP …`.
        _ if program.starts_with("python") && words.contains(&"zipfile") => {
            let at = words.iter().position(|word| ["-c", "--create"].contains(word))?;
            words.get(at + 1).map(|word| (*word).to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_writes_is_told_by_its_words() {
        for (command, expected) in [
            ("zip -r etl.zip src", "terraform/etl.zip"),
            ("zip -qr ../build/etl.zip . -x '*.pyc'", "build/etl.zip"),
            ("cd ../src && pip install -t . -r requirements.txt && zip -r ../etl.zip .", "etl.zip"),
            ("cd '../my src'; /usr/bin/zip \\\n  -r etl .", "my src/etl.zip"),
            ("(cd ../src\nzip -r9 etl.zip .)", "src/etl.zip"),
            ("rm -f etl.zip; 7z a etl.zip ../src/*", "terraform/etl.zip"),
            ("mv /tmp/x.zip ../etl.zip", "etl.zip"),
            ("cp x.zip ../dist/", "dist/x.zip"),
            ("python3 -m zipfile -c etl.zip ../src", "terraform/etl.zip"),
            // These read it, or say nothing.
            ("aws s3 cp etl.zip s3://bucket/", ""),
            ("unzip etl.zip", ""),
            ("rm etl.zip", ""),
            ("cp etl.py dist/", ""),
            ("bash build.sh etl.zip", ""),
            ("zip -r x.y.z src", ""),
            ("echo 'it", ""),
            ("", ""),
        ] {
            let zips = zips_of(command, Utf8Path::new("terraform"));
            let zips: Vec<&str> = zips.iter().map(|zip| zip.as_str()).collect();
            assert_eq!(zips.join(" "), expected, "{command}");
        }
    }
}
