//! An index that asks for a password: wheels come, and the password goes nowhere else.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use base64::Engine as _;

use super::requiring;
use crate::support::{Project, Run, Tool, Wheel};

/// Who may ask.
const USER: &str = "reader";
/// What must be seen nowhere.
const PASSWORD: &str = "hunter2-5f3a";

/// Serves one project's wheel to whoever knows the password, and returns its address.
///
/// The thread ends with the process.
fn serve(wheel: &Wheel) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let name = wheel.file_name();
    let page = format!("<!DOCTYPE html><html><body><a href=\"/{name}\">{name}</a></body></html>");
    let pages = BTreeMap::from([
        ("/simple/one/".to_owned(), ("text/html", page.into_bytes())),
        (format!("/{name}"), ("application/octet-stream", wheel.bytes())),
    ]);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that hangs up is its own business.
            drop(answer(connection, &pages));
        }
    });
    address
}

/// Answers one request, then hangs up.
fn answer(connection: TcpStream, pages: &BTreeMap<String, (&str, Vec<u8>)>) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut is_known = false;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        is_known |= line.to_ascii_lowercase().starts_with("authorization:")
            && line.ends_with(&format!("Basic {basic}"));
    }
    let page = pages.get(request.split(' ').nth(1).unwrap_or_default());
    let (status, kind, body) = match page {
        _ if !is_known => ("401 Unauthorized", "text/plain", &b"who are you?"[..]),
        Some((kind, body)) => ("200 OK", *kind, body.as_slice()),
        None => ("404 Not Found", "text/plain", &b"no such page"[..]),
    };
    let mut connection = connection;
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         WWW-Authenticate: Basic realm=\"wheels\"\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(body)
}

/// The tool with that index within reach, and no other.
fn tool(project: &Project) -> Tool<'_> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PIP_RETRIES", "0")
}

/// Makes sure that the password is nowhere in what was said, nor in the store, nor in a zip.
fn is_silent(project: &Project, run: &Run) {
    assert!(!run.text().contains(PASSWORD), "{}", run.text());
    for entry in walkdir::WalkDir::new(project.root().parent().expect("a folder above")) {
        let entry = entry.expect("it can be listed");
        let is_users_own = entry.path().starts_with(project.home())
            || entry.path().file_name().is_some_and(|name| name == "requirements.txt");
        if is_users_own || !entry.file_type().is_file() {
            continue;
        }
        let bytes = std::fs::read(entry.path()).expect("it can be read");
        let is_there = |bytes: &[u8]| {
            bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes())
        };
        assert!(!is_there(&bytes), "{:?}", entry.path());
        if entry.path().extension().is_some_and(|ending| ending == "zip") {
            for (name, (bytes, _)) in crate::support::entries(entry.path()) {
                assert!(!is_there(&bytes), "{name} in {:?}", entry.path());
            }
        }
    }
}

/// Packages `one`, then asks for what is not there, each in text and in JSON: both are silent
/// about the password.
fn works_silently(project: &Project, tool: &Tool<'_>) {
    for arguments in [&["-v"][..], &["--format", "json", "--upgrade"]] {
        let run = tool.run(&[&["--python", "3.12"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.text());
        is_silent(project, &run);
    }
    assert!(project.entries("lambdas/api/api.zip").contains_key("one/__init__.py"));
    let path = "lambdas/api/requirements.txt";
    let lines = String::from_utf8(project.read(path)).expect("UTF-8").replace("one", "two");
    project.write(path, lines);
    for arguments in [&["-vv"][..], &["--format", "json"]] {
        let run = tool.run(&[&["--python", "3.12"], arguments].concat());
        assert_eq!(run.code, 4, "{}", run.text());
        is_silent(project, &run);
    }
}

#[test]
fn a_password_in_a_line_goes_to_pip_only() {
    let address = serve(&Wheel::new("one", "1.0"));
    let lines = format!("--index-url http://{USER}:${{INDEX_PASSWORD}}@{address}/simple\none\n");
    let project = requiring(&lines, &[]);
    works_silently(&project, &tool(&project).env("INDEX_PASSWORD", PASSWORD));
}

#[test]
fn a_password_written_out_in_a_line_is_not_repeated() {
    let address = serve(&Wheel::new("one", "1.0"));
    let lines = format!("--extra-index-url http://{USER}:{PASSWORD}@{address}/simple\none\n");
    let project = requiring(&lines, &[]);
    // The file itself is the lambda's own, and would be in its package.
    project.write("dofs-package.toml", "exclude = [\"requirements.txt\"]\n");
    let index = format!("http://{USER}:{PASSWORD}@{address}/simple");
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index));
}

#[test]
fn a_password_in_a_variable_of_pip_is_not_repeated() {
    let address = serve(&Wheel::new("one", "1.0"));
    let project = requiring("one\n", &[]);
    let index = format!("http://{USER}:{PASSWORD}@{address}/simple");
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index));
}

#[test]
fn a_password_in_pips_configuration_is_not_repeated() {
    let address = serve(&Wheel::new("one", "1.0"));
    let project = requiring("one\n", &[]);
    let folder = project.home().join(".config/pip");
    std::fs::create_dir_all(&folder).unwrap();
    let config = format!("[global]\nindex-url = http://{USER}:{PASSWORD}@{address}/simple\n");
    std::fs::write(folder.join("pip.conf"), config).unwrap();
    works_silently(&project, &tool(&project));
}

#[test]
fn a_password_in_netrc_is_found_by_pip() {
    let address = serve(&Wheel::new("one", "1.0"));
    let project = requiring("one\n", &[]);
    let netrc = format!("machine 127.0.0.1 login {USER} password {PASSWORD}\n");
    std::fs::write(project.home().join(".netrc"), netrc).unwrap();
    let index = format!("http://{address}/simple");
    works_silently(&project, &tool(&project).env("PIP_INDEX_URL", index));
}

#[test]
fn a_wrong_password_is_not_repeated_either() {
    let address = serve(&Wheel::new("one", "1.0"));
    let project = requiring("one\n", &[]);
    let index = format!("http://somebody:{PASSWORD}@{address}/simple");
    let run = tool(&project).env("PIP_INDEX_URL", index).run(&["--python", "3.12", "-vv"]);
    assert!([4, 5].contains(&run.code), "{}", run.text());
    is_silent(&project, &run);
}
