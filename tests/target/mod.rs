//! What a package would not do in Lambda is found out before it is there: native code for other
//! machines, wheels for other Pythons, more bytes than are taken.

#[cfg(unix)]
mod agree;
pub(crate) mod elf;
mod natives;
mod out_dir;
mod python;
#[cfg(unix)]
mod said;
mod server;
#[cfg(unix)]
mod shapes;
mod sizes;
#[cfg(unix)]
mod uv;

use std::path::Path;

use server::Server;

use crate::support::{Project, Wheel, sha256};

/// A lambda's own module.
const HANDLER: (&str, &str) =
    ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n");
/// A zip of an earlier run.
const OLD: (&str, &str) = ("lambdas/api/api.zip", "the last good one");

/// A project with one lambda of these requirements, and wheels in its index.
fn requiring(requirements: &str, wheels: &[Wheel]) -> Project {
    let project = Project::with(&[HANDLER, ("lambdas/api/requirements.txt", requirements)]);
    for wheel in wheels {
        project.publish(wheel);
    }
    project
}

/// The codes of the warnings of the first package.
fn warnings(json: &serde_json::Value) -> Vec<String> {
    let warnings = json["packages"][0]["warnings"].as_array().expect("a list").iter();
    warnings.map(|warning| warning["code"].as_str().expect("a code").to_owned()).collect()
}

/// Writes a file of zeros that takes no room.
fn write_sparse(path: &Path, bytes: u64) {
    std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders");
    let file = std::fs::File::create(path).expect("a file");
    file.set_len(bytes).expect("a size");
}

/// A server of these wheels.
fn serve(wheels: &[Wheel]) -> Server {
    Server::of(wheels.iter().map(|wheel| (wheel.file_name(), wheel.bytes())))
}

/// A lock of these wheels as uv writes it, with the addresses that a server has of them.
fn locked(wheels: &[Wheel], server: &Server) -> String {
    let mut lock = "lock-version = \"1.0\"\ncreated-by = \"uv\"\n".to_owned();
    for wheel in wheels {
        let (name, version) = (wheel.project(), wheel.version());
        let (url, bytes) = (server.url(&wheel.file_name()), wheel.bytes());
        let (size, digest) = (bytes.len(), sha256(&bytes));
        lock += &format!(
            "\n[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             wheels = [{{ url = \"{url}\", size = {size}, hashes = {{ sha256 = \"{digest}\" }} }}]\n"
        );
    }
    lock
}
