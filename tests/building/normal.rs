//! A pure wheel that is built here has the same bytes everywhere.

use std::process::Command;

use super::{Library, packaged, requiring, succeed};
use crate::support::{Project, output, python_folder, python3};

/// A library with all that a wheel can say of itself.
fn rich() -> Library {
    Library::new("my-library", "1.0")
        .metadata("Requires-Python: >=3.8")
        .metadata("Provides-Extra: more")
        .requires("always >=1,<2 ; python_version < \"3.0\"")
        .requires("other[some] ; extra == \"more\"")
        .info("LICENSE", "do what you want\n")
        .info("entry_points.txt", "[a.group]\nname = my_library:VERSION\n")
        .file("src/my_library/données.txt", "é\n")
        .file("src/my_library/with, comma.txt", "a\n")
}

/// Packages, and returns the digest of the one wheel.
fn digest(project: &Project, path: Option<std::path::PathBuf>) -> String {
    let mut tool = project.tool();
    if let Some(path) = path {
        // With its pip, and nothing of pyenv's to lead it to another.
        tool = tool.env("PATH", path).env_remove("PYENV_ROOT").env_remove("PYENV_VERSION");
    }
    let json = succeed(tool.run(&["--format", "json", "--force", "--no-cache"])).json();
    json["packages"][0]["requirements"][0]["sha256"].as_str().expect("a digest").to_owned()
}

#[test]
fn two_dialects_of_a_backend_give_one_wheel() {
    let project = requiring(&[("api", "../../library\n")]);
    rich().write(&project.path("library"));
    let before = digest(&project, None);
    rich().dialect("new").write(&project.path("library"));
    let text = packaged(&project);
    assert_eq!(digest(&project, None), before, "{text:?} {:?}", packaged(&project));
}

#[test]
fn two_umasks_and_zones_give_one_wheel() {
    let project = requiring(&[("api", "../../library\n")]);
    rich().write(&project.path("library"));
    let mut digests = Vec::new();
    for (umask, zone) in [("022", "UTC"), ("077", "Asia/Tokyo")] {
        let tool = project.tool().env("TZ", zone);
        let inner = tool.command(&["--format", "json", "--force", "--no-cache"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]);
        shell.arg(inner.get_program()).args(inner.get_args()).env_clear();
        shell.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(project.root());
        let json: serde_json::Value = serde_json::from_str(&output(&mut shell)).unwrap();
        digests.push(json["packages"][0]["sha256"].clone());
    }
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn two_pythons_of_the_host_give_one_wheel() {
    let project = requiring(&[("api", "../../library\n")]);
    rich().write(&project.path("library"));
    let [old, new] = ["3.9", "3.12"].map(|version| digest(&project, Some(python_folder(version))));
    assert_eq!(old, new);
}

#[test]
fn python_reads_what_a_built_wheel_says_of_itself() {
    let project = requiring(&[("api", "../../library\n")]);
    rich().write(&project.path("library"));
    succeed(project.run(&["-q"]));
    let script = r#"
import importlib.metadata as m, sys
sys.path.insert(0, sys.argv[1])
d = m.distribution("my-library")
print(d.metadata["Name"], d.version, d.metadata["Requires-Python"])
print(d.metadata.get_all("Provides-Extra"), d.requires)
print([(e.group, e.name, e.load()) for e in d.entry_points])
print(sorted(str(f) for f in d.files if d.locate_file(f).exists() is False))
print(len(d.files), d.read_text("licenses/LICENSE"))
"#;
    let folder = project.home().join("unpacked");
    let zip = project.path("lambdas/api/api.zip");
    output(python3().args(["-m", "zipfile", "-e"]).arg(zip).arg(&folder));
    let said = output(python3().args(["-c", script]).arg(&folder));
    expect_test::expect![[r#"
        my_library 1.0 >=3.8
        ['more'] ["always>=1,<2 ; python_full_version < '3.0'", "other[some] ; extra == 'more'"]
        [('a.group', 'name', '1.0')]
        []
        8 do what you want

    "#]]
    .assert_eq(&said);
    expect_test::expect![[r#"
        Metadata-Version: 2.1
        Name: my_library
        Version: 1.0
        Requires-Python: >=3.8
        Provides-Extra: more
        Requires-Dist: always>=1,<2 ; python_full_version < '3.0'
        Requires-Dist: other[some] ; extra == 'more'
    "#]]
    .assert_eq(&packaged(&project)["my_library-1.0.dist-info/METADATA"]);
}

#[test]
fn the_digest_of_a_built_wheel_is_a_promise() {
    let project = requiring(&[("api", "../../library\n")]);
    rich().write(&project.path("library"));
    // Changes only with the normal form itself (`VERSION` of kept.rs then changes, too), or with
    // the text of this library.
    expect_test::expect!["dd5a91639a682ca99112d423b78796f0457b6e8efc71dded0f0b2967fdad2317"]
        .assert_eq(&digest(&project, None));
}
