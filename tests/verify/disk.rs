//! Zips and package manifest against the sources.

use expect_test::expect;

use super::{lines, packaged, project};
use crate::support::{Project, Wheel, output, python3};

#[test]
fn what_was_just_packaged_is_as_it_should_be() {
    let run = packaged().run(&["verify"]);
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	manifest	ok	it is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	manifest	ok	it is what the sources give
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
            Verified 6 checks in [TIME]
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn nothing_is_written() {
    let project = project();
    let run = project.run(&["verify"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        lines(&run),
        ["a zip missing", "a manifest missing", "b zip missing", "b manifest missing"]
    );
    assert!(!project.path("terraform/packages.json").exists());
    assert!(!project.path("lambdas/a/a.zip").exists());
}

#[test]
fn an_edit_is_seen_in_zip_and_manifest() {
    let project = packaged();
    project.write("lambdas/a/a.py", "A = 2\n");
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	differs	1 member of `lambdas/a/a.zip` differs: see `cargo dofs-package diff a`
        a	manifest	differs	it is of other contents: run `cargo dofs-package build a` and commit it
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	manifest	ok	it is what the sources give
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&project.run(&["verify", "-q"]).text());
}

#[test]
fn a_zip_need_not_be_there_where_the_manifest_stands_for_it() {
    let project = packaged();
    std::fs::remove_file(project.path("lambdas/a/a.zip")).expect("a zip");
    let run = project.run(&["verify"]);
    assert_eq!(
        (run.code, lines(&run)),
        (0, vec!["a manifest ok".into(), "b zip ok".into(), "b manifest ok".into()])
    );
}

#[test]
fn without_a_manifest_a_zip_must_be_there() {
    let project = Project::with(&[("lambdas/a/a.py", "")]);
    let run = project.run(&["verify"]);
    assert_eq!((run.code, lines(&run)), (1, vec!["a zip missing".to_owned()]));
}

#[test]
fn the_same_members_packed_by_another_tool_are_told_apart_from_other_contents() {
    let project = packaged();
    repack(&project, "a");
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	same content	the members of `lambdas/a/a.zip` are equal, its bytes are not (times)
        a	manifest	ok	it is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&project.run(&["verify", "a", "-q"]).text());
}

#[test]
fn a_manifest_of_such_a_zip_is_the_same_content_too() {
    let project = packaged();
    let ours = project.run(&["-q"]).digests()["a"].clone();
    repack(&project, "a");
    let zip = project.path("lambdas/a/a.zip").display().to_string();
    let script = "import base64,hashlib,sys\n\
                  print(base64.b64encode(hashlib.sha256(open(sys.argv[1],'rb').read()).digest()).decode())";
    let theirs = output(python3().args(["-c", script, &zip]));
    let text = String::from_utf8(project.read("terraform/packages.json")).expect("text");
    project.write("terraform/packages.json", text.replace(&ours, theirs.trim()));

    let run = project.run(&["verify", "a", "-q"]);

    assert_eq!(
        (run.code, lines(&run)),
        (1, vec!["a zip same content".into(), "a manifest same content".into()])
    );
}

#[test]
fn what_is_no_zip_differs_and_says_so() {
    let project = packaged();
    project.write("lambdas/a/a.zip", "PK nothing");
    std::fs::write(project.path("lambdas/b/b.zip"), &project.read("lambdas/b/b.zip")[..60])
        .expect("a zip");
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	differs	`lambdas/a/a.zip` is no zip, or a broken one
        a	manifest	ok	it is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	differs	`lambdas/b/b.zip` is no zip, or a broken one
        b	manifest	ok	it is what the sources give
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&project.run(&["verify", "-q"]).text());
}

#[test]
fn a_requirement_of_another_version_is_counted() {
    let project = project();
    project.publish(&Wheel::new("one", "1.0"));
    project.write("lambdas/a/requirements.txt", "one\n");
    project.digests();
    project.publish(&Wheel::new("one", "2.0"));
    let run = project.run(&["verify", "a", "-q", "--upgrade"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	differs	7 members of `lambdas/a/a.zip` differ, 1 requirement of another version: see `cargo dofs-package diff a`
        a	manifest	differs	it is of other contents: run `cargo dofs-package build a` and commit it
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn an_entry_of_a_lambda_that_is_gone_differs_only_where_all_are_compared() {
    let project = packaged();
    std::fs::remove_dir_all(project.path("lambdas/b")).expect("a folder");
    let run = project.run(&["verify", "-q"]);
    assert_eq!(
        (run.code, lines(&run)),
        (1, vec!["a zip ok".into(), "a manifest ok".into(), "b manifest differs".into()])
    );
    assert_eq!(project.run(&["verify", "a"]).code, 0);
}

#[test]
fn an_entry_that_leads_elsewhere_or_has_another_format_differs() {
    let project = packaged();
    let text = String::from_utf8(project.read("terraform/packages.json")).expect("text");
    let text = text.replace("../lambdas/a/a.zip", "../elsewhere/a.zip");
    let (first, last) = text.split_at(text.find("\"b\"").expect("b's line"));
    project.write(
        "terraform/packages.json",
        format!("{first}{}", last.replace("\"format\": 1", "\"format\": 99")),
    );
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	manifest	differs	its filename is `../elsewhere/a.zip`, not `../lambdas/a/a.zip`: run `cargo dofs-package build a` and commit it
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	manifest	differs	its entry has format 99, and this tool writes 1: run `cargo dofs-package build b` and commit it, or install the tool that wrote it
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
    "#]]
    .assert_eq(&project.run(&["verify", "-q"]).text());
}

#[test]
fn a_manifest_that_is_none_stops_the_run() {
    let project = packaged();
    project.write("terraform/packages.json", "[1,");
    let run = project.run(&["verify"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
}

#[test]
fn a_lambda_that_can_not_be_packaged_is_a_failure_and_the_others_are_compared() {
    let project = packaged();
    project.write("lambdas/a/requirements.txt", "nothing-there==1\n");
    let run = project.run(&["verify", "-q"]);
    assert_eq!((run.code, lines(&run)), (4, vec!["b zip ok".into(), "b manifest ok".into()]));
}

#[test]
fn a_revision_is_compared_with_the_manifest_of_that_revision() {
    let project = packaged();
    project.write(".gitignore", "*.zip\n");
    crate::support::git(&project.root(), &["init", "--quiet"]);
    crate::support::git(&project.root(), &["add", "--all"]);
    crate::support::git(&project.root(), &["commit", "--quiet", "--message", "one"]);
    project.write("lambdas/a/a.py", "A = 2\n");
    project.digests();

    let run = project.run(&["verify", "a", "-q", "--rev", "HEAD"]);

    // The zip is that of the worktree.
    assert_eq!(lines(&run), ["a zip differs", "a manifest ok"]);
}

/// Packs a lambda's zip again, as Python does it, at another time.
fn repack(project: &Project, name: &str) {
    let script = "\
import sys, zipfile
path = sys.argv[1]
with zipfile.ZipFile(path) as old:
    members = [(member, old.read(member)) for member in old.infolist()]
with zipfile.ZipFile(path, 'w') as new:
    for member, data in members:
        member.date_time = (2020, 2, 2, 2, 2, 2)
        new.writestr(member, data)
";
    let zip = project.path(&format!("lambdas/{name}/{name}.zip"));
    output(python3().args(["-c", script]).arg(zip));
}

#[test]
fn a_manifest_that_is_not_there_is_told_once() {
    let project = packaged();
    std::fs::remove_file(project.path("terraform/packages.json")).expect("a manifest");
    expect_test::expect![[r#"
        exit code: 1
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	manifest	missing	it has no entry: run `cargo dofs-package build a` and commit it
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	manifest	missing	it has no entry: run `cargo dofs-package build b` and commit it
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: there is no package manifest `terraform/packages.json`
        hint: run `cargo dofs-package`, and commit it
           Different 2 of 6 checks in [TIME], with 1 warning
    "#]]
    .assert_eq(&project.run(&["verify"]).text());
}

#[test]
fn a_folder_in_place_of_a_state_is_no_matter_of_the_store() {
    let project = packaged();
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: cannot read `[ROOT]/terraform`
          caused by: not a regular file
    "#]]
    .assert_eq(&project.run(&["verify", "--state", "terraform"]).text());
}

#[cfg(unix)]
#[test]
fn a_package_that_can_not_be_written_to_be_compared_still_differs() {
    let project = packaged();
    // Noise does not deflate.
    let noise: String =
        (0..40_000_u32).map(|n| format!("{:x}", n.wrapping_mul(n * 7919))).collect();
    project.write("lambdas/a/noise", noise);
    let run = project.tool().run_on_full_disk("verify");
    expect![[r#"
        a	zip	differs	`lambdas/a/a.zip` is not what the sources give
        a	manifest	differs	it is of other contents: run `cargo dofs-package build a` and commit it
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	manifest	ok	it is what the sources give
        b	imports	ok	every import is given, of 1 module that the handler reaches
    "#]]
    .assert_eq(&String::from_utf8(run.stdout).unwrap());
}
