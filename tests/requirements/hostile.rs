//! Texts of which the parsers of others panic, or without end: at no door does one stop the run.

use super::{MODULE, bare};
use crate::support::{Index, Project, Wheel};

/// Requirements; what stands behind the `;` is a marker.
fn requirements() -> Vec<String> {
    let deep = format!("one ; {}os_name == 'nt'", "(".repeat(100_000));
    let long = (0..20_000).map(|number| format!("'{number}' in os_name"));
    let long = format!("one ; {}", long.collect::<Vec<_>>().join(" or "));
    let texts = [
        "one.==1.0",
        "one[x.]",
        "\u{3000}",
        "one ; os_name == 'nt'é",
        "one ; os_name == 'nt' and\u{3000}os_name == 'x'",
        "one ; os_name == 'nt' x 'é'",
        "one @ https://h;\u{1}\u{3000}#x",
        &deep,
        &long,
    ];
    texts.map(str::to_owned).to_vec()
}

/// A text of TOML in which brackets nest without end, though most are closed.
fn nested() -> String {
    "d = [\"p\", { i]\nf = [\"o\"]\ns = [\"b\"]\n[g]\n".repeat(30_000)
}

/// Makes sure that the lambda `good` is packaged, whatever becomes of another one with this file.
fn goes_on(file: &str, text: &str, others: &[(&str, &str)]) {
    let project = Project::with(&[("dofs-package.toml", "python = \"3.12\"\n")]);
    for name in ["api", "good"] {
        project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
    }
    for (path, text) in others.iter().chain([&(file, text)]) {
        project.write(&format!("lambdas/api/{path}"), text);
    }
    let run = bare(&project).run(&["--format", "json", "-q"]);
    let start: String = text.chars().take(300).collect();
    assert!([0, 4, 5].contains(&run.code), "{} {file}: {start}\n{}", run.code, run.stderr);
    let packages = run.json()["packages"].to_string();
    assert!(packages.contains("\"good\""), "{file}: {start}\n{}", run.text());
}

#[test]
fn in_a_requirements_file() {
    for text in requirements() {
        goes_on("requirements.txt", &text, &[]);
        goes_on("requirements.txt", "-c limits.txt\none", &[("limits.txt", &text)]);
    }
}

#[test]
fn in_a_project() {
    for text in requirements() {
        let project = format!("[project]\nname = \"api\"\ndependencies = [\n  '''{text}'''\n]\n");
        goes_on("pyproject.toml", &project, &[]);
    }
    goes_on("pyproject.toml", &nested(), &[]);
}

#[test]
fn in_a_lock() {
    let wheel = Wheel::new("one", "1.0");
    let index = Index::serving(std::slice::from_ref(&wheel));
    let head = "version = 1\n[[package]]\nname = \"api\"\nsource = { virtual = \".\" }\n";
    let project = ("pyproject.toml", "[project]\nname = \"api\"\ndependencies = [\"one\"]\n");
    for text in requirements() {
        let marker = text.split_once(';').map_or(&*text, |(_, marker)| marker);
        let pylock = format!(
            "lock-version = \"1.0\"\ncreated-by = \"x\"\nenvironments = ['''{marker}''']\n\
             [[packages]]\nname = \"one\"\nmarker = '''{marker}'''\nversion = \"1.0\"\n\
             tool.pdm.dependencies = ['''{text}''']\n\
             wheels = [{{ url = \"http://{}/{}\", hashes = {{ sha256 = \"{}\" }} }}]\n",
            index.address(),
            wheel.file_name(),
            wheel.sha256()
        );
        goes_on("pylock.toml", &pylock, &[]);
        let uv = format!("{head}dependencies = [{{ name = \"one\", marker = '''{marker}''' }}]\n");
        goes_on("uv.lock", &uv, &[project]);
        let poetry = format!(
            "[[package]]\nname = \"one\"\nversion = \"1.0\"\nmarkers = '''{marker}'''\nfiles = []\n\
             [package.extras]\nx = ['''{text}''']\n\
             [metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"x\"\n"
        );
        goes_on("poetry.lock", &poetry, &[project]);
        let one = serde_json::json!({"one": {"version": "==1.0", "markers": marker}});
        let pipfile = serde_json::json!({"_meta": {}, "default": one}).to_string();
        goes_on("Pipfile.lock", &pipfile, &[("Pipfile", "[packages]\none = \"*\"\n")]);
    }
    for file in ["pylock.toml", "uv.lock", "poetry.lock"] {
        goes_on(file, &nested(), &[project]);
    }
    goes_on("Pipfile", &nested(), &[("Pipfile.lock", "{}")]);
}

#[test]
fn in_the_metadata_of_a_wheel() {
    for text in requirements() {
        let wheel = Wheel::new("one", "1.0").requires(&text);
        let index = Index::serving(std::slice::from_ref(&wheel));
        let pylock = format!(
            "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"one\"\n\
             wheels = [{{ url = \"http://{}/{}\", hashes = {{ sha256 = \"{}\" }} }}]\n",
            index.address(),
            wheel.file_name(),
            wheel.sha256()
        );
        goes_on("pylock.toml", &pylock, &[]);
    }
}

#[test]
fn in_a_script() {
    for text in requirements() {
        let script = format!("# /// script\n# dependencies = ['''{text}''']\n# ///\n{MODULE}");
        goes_on("api.py", &script, &[]);
    }
    let nested: String = nested().lines().map(|line| format!("# {line}\n")).collect();
    goes_on("api.py", &format!("# /// script\n{nested}# ///\n{MODULE}"), &[]);
}

#[test]
fn in_a_config_or_on_the_command_line() {
    for text in requirements() {
        let project = Project::with(&[("lambdas/api/api.py", MODULE)]);
        let config = format!("python = \"3.12\"\nexclude-packages = ['''{text}''']\n");
        project.write("dofs-package.toml", config);
        let run = bare(&project).run(&["-q"]);
        assert!([0, 3].contains(&run.code), "{}", run.text());
        let short: String = text.chars().take(10_000).collect();
        project.write("dofs-package.toml", "python = \"3.12\"\n");
        let run = bare(&project).run(&["lock", "--upgrade", &short]);
        assert!([0, 2].contains(&run.code), "{}", run.text());
    }
    let project =
        Project::with(&[("lambdas/api/api.py", MODULE), ("dofs-package.toml", &nested())]);
    assert_eq!(bare(&project).run(&["-q"]).code, 3);
}
