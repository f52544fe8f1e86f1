//! A lambda's zip against its sources.

use expect_test::expect;

use super::{MODULE, check, diff, packaged, python_zip};
use crate::support::{Project, Wheel, git};

/// The zip that [`packaged`] leaves.
const ZIP: &str = "lambdas/api/api.zip";

#[test]
fn a_zip_that_is_what_the_sources_give_has_no_difference() {
    let project = packaged();
    check(
        &diff(&project, &["api"]),
        expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
    "#]],
    );
}

#[test]
fn what_was_added_removed_and_changed_is_listed() {
    let project = packaged();
    let before = project.read(ZIP);
    project.write("lambdas/api/api.py", format!("{MODULE}# more\n"));
    project.write("lambdas/api/new.py", "");
    std::fs::remove_file(project.path("lambdas/api/lib/text.py")).unwrap();

    check(
        &diff(&project, &["api"]),
        expect![[r#"
        exit code: 1
        --- stdout
        member	added	new.py	-	0
        member	removed	lib/text.py	47	-
        member	changed	api.py	42	49
        --- stderr
    "#]],
    );
    check(
        &diff(&project, &["api", "--format", "json"]),
        expect![[r#"
            exit code: 1
            --- stdout
            {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"name":"api","status":"differs","before":{"path":"lambdas/api/api.zip","source_code_hash":"[BASE64]","sha256":"[HEX]","size":412,"entries":3},"after":{"path":null,"source_code_hash":"[BASE64]","sha256":"[HEX]","size":375,"entries":3},"reasons":[],"requirements":[],"members":[{"path":"new.py","change":"added","before":null,"after":{"size":0,"mode":"100644"},"requirement":null},{"path":"lib/text.py","change":"removed","before":{"size":47,"mode":"100644"},"after":null,"requirement":null},{"path":"api.py","change":"changed","before":{"size":42,"mode":"100644"},"after":{"size":49,"mode":"100644"},"requirement":null}],"failures":[]}
            --- stderr
        "#]],
    );

    assert_eq!(project.read(ZIP), before, "nothing is written");
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    let below = std::fs::read_dir(project.path("lambdas/api")).unwrap().count();
    assert_eq!(below, 4, "api.py, lib, new.py and the zip");
}

#[cfg(unix)]
#[test]
fn another_mode_is_a_difference() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = packaged();
    let module = project.path("lambdas/api/api.py");
    std::fs::set_permissions(module, std::fs::Permissions::from_mode(0o755)).unwrap();
    check(
        &diff(&project, &["api"]),
        expect![[r#"
        exit code: 1
        --- stdout
        member	mode	api.py	0644	0755
        --- stderr
    "#]],
    );
}

/// A project whose package has `one` of version 1 and `other`.
fn requiring() -> Project {
    let project = Project::with(&[
        ("lambdas/api/api.py", MODULE),
        ("lambdas/api/requirements.txt", "one\nother\n"),
        ("dofs-package.toml", "python = \"3.12\"\n"),
    ]);
    let one = Wheel::bare("one", "1.0").file("one/a.py", "A = 1\n").file("one/old.py", "");
    let one = one.file("one-1.0.data/purelib/one_top.py", "VERSION = 1\n");
    project.publish(&one);
    project.publish(&Wheel::new("other", "3.0"));
    project.digests();
    project
}

#[test]
fn members_of_an_upgraded_requirement_are_one_line() {
    let project = requiring();
    let two = Wheel::bare("one", "2.0").file("one/a.py", "A = 2\n").file("one/new.py", "");
    project.publish(&two.file("one_top.py", "VERSION = 2\n").requires("third"));
    project.publish(&Wheel::new("third", "0.1"));
    project.write("lambdas/api/api.py", "# less\n");

    check(
        &diff(&project, &["api", "--upgrade"]),
        expect![[r#"
            exit code: 1
            --- stdout
            requirement	changed	one	1.0	2.0	members: 4 added, 4 removed, 2 changed
            requirement	added	third	-	0.1	members: 4 added
            member	changed	api.py	42	7
            --- stderr
               Resolving lambdas/api/requirements.txt for python3.12 on x86_64
                Resolved lambdas/api/requirements.txt: 3 wheels
        "#]],
    );
    check(
        &diff(&project, &["api", "--upgrade", "--format", "json"]),
        expect![[r#"
            exit code: 1
            --- stdout
            {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"name":"api","status":"differs","before":{"path":"lambdas/api/api.zip","source_code_hash":"[BASE64]","sha256":"[HEX]","size":2200,"entries":12},"after":{"path":null,"source_code_hash":"[BASE64]","sha256":"[HEX]","size":3011,"entries":16},"reasons":[],"requirements":[{"name":"one","before":"1.0","after":"2.0"},{"name":"third","before":null,"after":"0.1"}],"members":[{"path":"one-2.0.dist-info/METADATA","change":"added","before":null,"after":{"size":66,"mode":"100644"},"requirement":"one"},{"path":"one-2.0.dist-info/RECORD","change":"added","before":null,"after":{"size":377,"mode":"100644"},"requirement":"one"},{"path":"one-2.0.dist-info/WHEEL","change":"added","before":null,"after":{"size":76,"mode":"100644"},"requirement":"one"},{"path":"one/new.py","change":"added","before":null,"after":{"size":0,"mode":"100644"},"requirement":"one"},{"path":"third-0.1.dist-info/METADATA","change":"added","before":null,"after":{"size":47,"mode":"100644"},"requirement":"third"},{"path":"third-0.1.dist-info/RECORD","change":"added","before":null,"after":{"size":264,"mode":"100644"},"requirement":"third"},{"path":"third-0.1.dist-info/WHEEL","change":"added","before":null,"after":{"size":76,"mode":"100644"},"requirement":"third"},{"path":"third/__init__.py","change":"added","before":null,"after":{"size":16,"mode":"100644"},"requirement":"third"},{"path":"one-1.0.dist-info/METADATA","change":"removed","before":{"size":45,"mode":"100644"},"after":null,"requirement":"one"},{"path":"one-1.0.dist-info/RECORD","change":"removed","before":{"size":398,"mode":"100644"},"after":null,"requirement":"one"},{"path":"one-1.0.dist-info/WHEEL","change":"removed","before":{"size":76,"mode":"100644"},"after":null,"requirement":"one"},{"path":"one/old.py","change":"removed","before":{"size":0,"mode":"100644"},"after":null,"requirement":"one"},{"path":"api.py","change":"changed","before":{"size":42,"mode":"100644"},"after":{"size":7,"mode":"100644"},"requirement":null},{"path":"one/a.py","change":"changed","before":{"size":6,"mode":"100644"},"after":{"size":6,"mode":"100644"},"requirement":"one"},{"path":"one_top.py","change":"changed","before":{"size":12,"mode":"100644"},"after":{"size":12,"mode":"100644"},"requirement":"one"}],"failures":[]}
            --- stderr
               Resolving lambdas/api/requirements.txt for python3.12 on x86_64
                Resolved lambdas/api/requirements.txt: 3 wheels
        "#]],
    );
}

#[test]
fn a_requirement_that_is_gone_takes_its_members_along() {
    let project = requiring();
    project.write("lambdas/api/requirements.txt", "other\n");
    check(
        &diff(&project, &["api"]),
        expect![[r#"
            exit code: 1
            --- stdout
            requirement	removed	one	1.0	-	members: 6 removed
            member	changed	requirements.txt	10	6
            --- stderr
               Resolving lambdas/api/requirements.txt for python3.12 on x86_64
                Resolved lambdas/api/requirements.txt: 1 wheel
        "#]],
    );
}

#[test]
fn a_lambda_that_fails_is_no_difference() {
    let project = requiring();
    project.write("lambdas/api/requirements.txt", "absent\n");
    let run = diff(&project, &["api", "--offline"]);
    check(
        &run,
        expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the store has no answer for `lambdas/api/requirements.txt`
          --> lambdas/api/requirements.txt
        hint: run once without `--offline`
    "#]],
    );
}

#[test]
fn a_zip_of_another_tool_has_the_same_content() {
    let project = requiring();
    let foreign = project.path("foreign.zip");
    python_zip(
        &foreign,
        &project.path(ZIP),
        "for name in reversed(source.namelist()):\n    zip.writestr(name, source.read(name), \
         zipfile.ZIP_STORED)\n    zip.infolist()[-1].external_attr = 0o100664 << 16",
    );
    std::fs::rename(&foreign, project.path(ZIP)).unwrap();
    check(
        &diff(&project, &["api"]),
        expect![[r#"
            exit code: 1
            --- stdout
            zip	same content	lambdas/api/api.zip	[BASE64]	[BASE64]	order, times, compression, modes
            --- stderr
        "#]],
    );
    let json = diff(&project, &["api", "--format", "json"]).json();
    assert_eq!(json["status"], "same content");
    assert_eq!(json["reasons"], serde_json::json!(["order", "times", "compression", "modes"]));
    assert_eq!(json["members"], serde_json::json!([]));
}

#[test]
fn what_can_not_be_compared_says_why() {
    let project = Project::with(&[("lambdas/api/api.py", MODULE), ("lambdas/apo/apo.py", MODULE)]);
    check(
        &diff(&project, &["apy"]),
        expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: no lambda is called `apy`
        hint: did you mean `apo`?
    "#]],
    );
    check(
        &diff(&project, &["ap*"]),
        expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `ap*` names 2 lambdas, and `diff` takes one
    "#]],
    );
    check(
        &diff(&project, &["api"]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `api` has no zip at `lambdas/api/api.zip`
        hint: run `cargo dofs-package build api`
    "#]],
    );
    check(
        &diff(&project, &["lambdas/api/api.zip"]),
        expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: there is nothing to compare `lambdas/api/api.zip` with
        hint: name another zip, or in its place a lambda
    "#]],
    );
    check(
        &diff(&project, &["api", "-n"]),
        expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: unexpected argument '-n' found

          tip: to pass '-n' as a value, use '-- -n'

        Usage: cargo dofs-package diff [OPTIONS] <A> [B]

        For more information, try '--help'.
    "#]],
    );
    check(
        &diff(&project, &["apy", "--format", "json"]),
        expect![[r#"
        exit code: 2
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"name":null,"status":null,"before":null,"after":null,"reasons":[],"requirements":[],"members":[],"failures":[{"name":null,"code":"unknown-lambda","message":"no lambda is called `apy`","causes":[],"hint":"did you mean `apo`?","path":null,"line":null}]}
        --- stderr
        error: no lambda is called `apy`
        hint: did you mean `apo`?
    "#]],
    );
    project.write("lambdas/api/api.zip", "PK, but no more");
    check(
        &diff(&project, &["api"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `lambdas/api/api.zip` is no zip, or a broken one
        "#]],
    );
}

#[test]
fn a_revision_comes_before_the_zip() {
    let project = packaged();
    project.write(".gitignore", "*.zip\n");
    let root = project.root();
    git(&root, &["init", "--quiet"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "all"]);
    project.write("lambdas/api/api.py", format!("{MODULE}# more\n"));
    project.write("lambdas/api/new.py", "");
    std::fs::remove_file(project.path("lambdas/api/lib/text.py")).unwrap();
    project.digests();

    check(
        &diff(&project, &["api", "--rev", "HEAD"]),
        expect![[r#"
        exit code: 1
        --- stdout
        member	added	new.py	-	0
        member	removed	lib/text.py	47	-
        member	changed	api.py	42	49
        --- stderr
    "#]],
    );
    let json = diff(&project, &["api", "--rev", "HEAD", "--format", "json"]).json();
    let zip = serde_json::json!(ZIP);
    assert_eq!((&json["before"]["path"], &json["after"]["path"]), (&serde_json::Value::Null, &zip));
    let members = json["members"].as_array().expect("members").iter();
    let members: Vec<_> = members.map(|it| (it["change"].as_str(), it["path"].as_str())).collect();
    let [added, removed, changed] = ["added", "removed", "changed"].map(Some);
    let expected =
        [(added, Some("new.py")), (removed, Some("lib/text.py")), (changed, Some("api.py"))];
    assert_eq!(members, expected);
    let content = diff(&project, &["api", "--rev", "HEAD", "--content", "api.py"]);
    assert!(content.stdout.contains("\n+# more\n"), "{}", content.text());
}
