//! Archives, and source distributions of an index.

use std::io::{BufRead as _, Write as _};
use std::net::TcpListener;

use super::{Library, builds, modules, requiring, succeed, wheels};
use crate::support::{Project, Wheel, sha256};

/// The hash of a file, as a line has it.
pub(super) fn hash(path: &std::path::Path) -> String {
    format!("--hash=sha256:{}", sha256(std::fs::read(path).expect("a file")))
}

/// Packages, and returns the wheels.
fn packaged_wheels(project: &Project, requirements: &str) -> Vec<String> {
    project.write("lambdas/api/requirements.txt", requirements);
    let run = project.run(&["-q", "--format", "json"]);
    assert_eq!(run.code, 0, "{requirements}: {}", run.text());
    wheels(&run)
}

/// What is said of requirements that can't be packaged.
fn refusal(project: &Project, requirements: &str) -> String {
    project.write("lambdas/api/requirements.txt", requirements);
    let run = project.run(&["-q"]);
    assert_eq!(run.code, 4, "{requirements}: {}", run.text());
    run.stderr
}

/// A server on the loopback that answers every request alike; returns its port.
fn serve(status: &'static str, body: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = std::io::BufReader::new(stream.try_clone().expect("a stream")).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let head = format!(
                "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
                 Content-Type: application/gzip\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            // The other end may have gone.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    port
}

#[test]
fn archives_are_built_wherever_they_are() {
    let project = requiring(&[("api", "")]);
    let own = Library::new("own", "1.0").archive(&project.path("lambdas/api/sdists"));
    let far = Library::new("far", "1.0").archive(project.home().as_path());
    let port = serve("200 OK", std::fs::read(&far).unwrap());
    let file = format!("file://{}", far.display());
    let address = format!("http://127.0.0.1:{port}/far-1.0.tar.gz");
    let (own_hash, far_hash) = (hash(&own), hash(&far));
    let table = [
        ("./sdists/own-1.0.tar.gz".to_owned(), "own"),
        (format!("./sdists/own-1.0.tar.gz {own_hash}"), "own"),
        (format!("far @ {file}"), "far"),
        (format!("far @ {file} {far_hash}"), "far"),
        (file.clone(), "far"),
        (address.clone(), "far"),
        (format!("{address} {far_hash}"), "far"),
        (format!("far @ {address} \\\n  {far_hash}"), "far"),
    ];
    for (line, name) in table {
        let found = packaged_wheels(&project, &line);
        assert_eq!(found, [format!("{name}-1.0-py3-none-any.whl")], "{line}");
    }
}

#[test]
fn an_archive_with_another_hash_is_refused_though_it_was_built_before() {
    let project = requiring(&[("api", "")]);
    let own = Library::new("own", "1.0").archive(&project.path("lambdas/api/sdists"));
    let port = serve("200 OK", std::fs::read(&own).unwrap());
    packaged_wheels(&project, "./sdists/own-1.0.tar.gz\n");
    let wrong = format!("--hash=sha256:{}", "0".repeat(64));
    let address = format!("http://127.0.0.1:{port}/own-1.0.tar.gz");
    for place in ["./sdists/own-1.0.tar.gz", &address, &format!("own @ {address}")] {
        let said = refusal(&project, &format!("{place} {wrong}\n"));
        let first = said.lines().next().unwrap();
        let expected = "error: a wheel has another hash than the requirements demand";
        assert_eq!(first, expected, "{said}");
    }
}

#[test]
fn hashed_lines_may_stand_beside_what_is_built() {
    let project = requiring(&[("api", "")]);
    Library::new("shared", "1.0").write(&project.path("shared"));
    let sdist = Library::new("only-sdist", "1.0").archive(&project.index());
    let one = project.publish(&Wheel::new("one", "1.0"));
    let lines =
        format!("one==1.0 {}\nonly-sdist==1.0 {}\n../../shared\n", hash(&one), hash(&sdist));
    let expected = ["one-1.0", "only_sdist-1.0", "shared-1.0"];
    let expected = expected.map(|name| format!("{name}-py3-none-any.whl"));
    assert_eq!(packaged_wheels(&project, &lines), expected);
}

#[test]
fn a_source_distribution_is_built_where_the_index_has_no_wheel() {
    let project = requiring(&[("api", "")]);
    let index = project.index();
    Library::new("deep", "1.0").archive(&index);
    Library::new("middle", "1.0").requires("deep").requires("with-wheel").archive(&index);
    Library::new("with-wheel", "1.0").archive(&index);
    project.publish(&Wheel::new("with-wheel", "1.0"));
    project.publish(&Wheel::new("outer", "1.0").requires("middle>=1"));
    let log = project.home().join("builds");
    project.write("lambdas/api/requirements.txt", "outer\n");
    succeed(project.tool().env("BUILD_LOG", &log).run(&["-q"]));
    let mut built = builds(&log);
    built.sort();
    assert_eq!(built, ["deep", "middle"]);
    let expected = ["deep", "middle", "outer", "with_wheel"].map(|it| format!("{it}/__init__.py"));
    assert_eq!(modules(&project), expected);
}

#[test]
fn a_wheel_is_preferred_unless_the_lines_say_otherwise() {
    let project = requiring(&[("api", "")]);
    Library::new("one", "1.0").file("src/built.py", "").archive(&project.index());
    project.publish(&Wheel::new("one", "1.0"));
    let table = [
        ("one\n", false),
        ("--no-binary one\none\n", true),
        ("--no-binary=ONE\none==1.0\n", true),
        ("--no-binary :all:\none\n", true),
        ("--no-binary :all:\n--no-binary :none:\none\n", false),
        ("--no-binary :all:\n--only-binary one\none\n", true),
        ("--no-binary one\n--only-binary one\none\n", false),
        ("--only-binary :all:\n--no-binary one\none\n", true),
        ("--only-binary :all:\none\n", false),
    ];
    for (lines, is_built) in table {
        packaged_wheels(&project, lines);
        let has = modules(&project).contains(&"built.py".to_owned());
        assert_eq!(has, is_built, "{lines}");
    }
}

#[test]
fn what_must_not_be_built_is_not_and_what_must_be_is_or_fails() {
    let project = requiring(&[("api", "")]);
    Library::new("only-sdist", "1.0").archive(&project.index());
    project.publish(&Wheel::new("only-wheel", "1.0"));
    let table = [
        (
            "--only-binary only-sdist\nonly-sdist\n",
            expect_test::expect![[r#"
            error: no wheel of `only-sdist` fits python3.12 on x86_64
              --> lambdas/api/requirements.txt:2
              caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "--only-binary :all:\nonly-sdist\n",
            expect_test::expect![[r#"
            error: no wheel of `only-sdist` fits python3.12 on x86_64
              --> lambdas/api/requirements.txt:2
              caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "--no-binary only-wheel\nonly-wheel\n",
            expect_test::expect![[r#"
            error: `only-wheel==1.0` has no source distribution, and `--no-binary` demands to build it
              --> lambdas/api/requirements.txt:2
            hint: require a version that has one, or exclude the project from `--no-binary`
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "nowhere\n",
            expect_test::expect![[r#"
            error: no wheel of `nowhere` fits python3.12 on x86_64
              --> lambdas/api/requirements.txt:1
              caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "only-sdist==2\n",
            expect_test::expect![[r#"
            error: no wheel of `only-sdist==2` fits python3.12 on x86_64
              --> lambdas/api/requirements.txt:1
              caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
            hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
    ];
    for (lines, expected) in table {
        expected.assert_eq(&refusal(&project, lines));
    }
    let wheel = Wheel::new("only-wheel", "1.0");
    project.write(&format!("lambdas/api/{}", wheel.file_name()), wheel.bytes());
    let lines = format!("--no-binary :all:\n./{}\n", wheel.file_name());
    assert_eq!(packaged_wheels(&project, &lines), [wheel.file_name()]);
}

#[test]
fn constraints_choose_among_source_distributions() {
    let project = requiring(&[("api", "")]);
    project.write("lambdas/api/limits.txt", "one<2\ntwo==1.0\n");
    for version in ["1.0", "2.0"] {
        Library::new("one", version).requires("two").archive(&project.index());
        Library::new("two", version).archive(&project.index());
    }
    let expected = ["one-1.0", "two-1.0"].map(|it| format!("{it}-py3-none-any.whl"));
    assert_eq!(packaged_wheels(&project, "-c limits.txt\none\n"), expected);
    let expected = ["one-2.0", "two-1.0"].map(|it| format!("{it}-py3-none-any.whl"));
    assert_eq!(packaged_wheels(&project, "one\ntwo<2\n"), expected);
}

#[test]
fn a_password_of_an_address_is_neither_said_nor_stored() {
    let project = requiring(&[("api", "")]);
    let port = serve("401 Unauthorized", Vec::new());
    let lines = [
        format!("git+http://user:hunter2@127.0.0.1:{port}/a.git\n"),
        format!("git+http://user:${{SECRET}}@127.0.0.1:{port}/a.git@{}\n", "0".repeat(40)),
        format!("-e git+http://user:hunter2@127.0.0.1:{port}/a.git@main#egg=a\n"),
        format!("a @ http://user:hunter2@127.0.0.1:{port}/a-1.0.tar.gz\n"),
        format!("http://127.0.0.1:{port}/a-1.0.tar.gz?token=${{SECRET}}\n"),
    ];
    for line in lines {
        project.write("lambdas/api/requirements.txt", &line);
        for arguments in [&["-vv"][..], &["-q", "--format", "json"], &["list"], &["lock"]] {
            let run = project.tool().env("SECRET", "hunter2").run(arguments);
            assert_ne!(run.code, 70, "{line}");
            assert!(!run.text().contains("hunter2"), "{line}: {}", run.text());
        }
    }
    for path in super::files_below(&project.store()).iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(path).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "{path:?}");
    }
}
