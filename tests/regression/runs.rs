//! Runs beside each other, large runs, and where their zips go.

use super::{MODULE, run_after};
use crate::support::Project;

/// A project with so many lambdas.
fn many(count: usize) -> Project {
    let project = Project::new();
    for number in 0..count {
        project.write(&format!("lambdas/l{number:03}/app.py"), format!("N = {number}\n"));
    }
    project
}

#[test]
fn runs_side_by_side_do_not_hurt_each_other() {
    let project = many(6);
    let rounds = [["--out-dir", "dist"], ["--out-dir", "dist"], ["-j", "2"], ["-j", "4"]];
    for arguments in rounds.into_iter().cycle().take(8) {
        let tool = project.tool();
        let start = |_| {
            let mut command = tool.command(&arguments);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        };
        let children: Vec<_> = (0..4).map(start).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {said}");
        }
    }
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_killed_runs_left_is_removed_by_one_of_many_lambdas() {
    let project = many(60);
    for number in 0..40 {
        project.write(&format!("dist/.dofs-tmp-{number}"), "half a zip");
    }
    for arguments in [["--out-dir", "dist", "-j", "8"], ["--out-dir", "dist", "-j", "1"]] {
        let run = project.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn many_lambdas_need_few_open_files() {
    let project = many(300);
    let output = run_after("ulimit -n 128", &project.tool(), &["-q", "-j4"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 300);
    assert!(project.path("lambdas/l299/l299.zip").exists());
}

#[test]
fn a_zip_below_the_root_is_shown_relative_to_it_whichever_way_one_comes() {
    let project = Project::with(&[("lambdas/api/api.py", MODULE)]);
    let link = project.home().join("link");
    std::os::unix::fs::symlink(project.root(), &link).unwrap();
    let out_dir = link.join("dist");
    let run = project.run(&["-q", "--out-dir", out_dir.to_str().unwrap()]);
    assert!(run.stdout.ends_with("\tdist/api.zip\n"), "{}", run.text());
    let run = project.tool().directory(project.home()).run(&[
        "-q",
        "--root",
        link.to_str().unwrap(),
        "--out-dir",
        "link/new/dist",
    ]);
    assert!(run.stdout.ends_with("\tnew/dist/api.zip\n"), "{}", run.text());
    assert!(project.path("new/dist/api.zip").exists());
}
