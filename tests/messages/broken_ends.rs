//! Broken ends: outputs, disks and signals.

use expect_test::expect;

use super::{API, python, requiring};
use crate::support::Project;

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let project = Project::with(&[API]);
    let run = |stdout: std::process::Stdio| {
        let mut command = project.tool().command(&["-q"]);
        let output = command.stdout(stdout).stderr(std::process::Stdio::piped());
        let output = output.spawn().and_then(|child| child.wait_with_output()).unwrap();
        format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr))
    };
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    expect![[r#"
        exit status: 5
        error: cannot write the answer to standard output
          caused by: no space left on device
    "#]]
    .assert_eq(&run(full.into()));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    expect![[r#"
        exit status: 5
        error: cannot write the answer to standard output
          caused by: broken pipe
    "#]]
    .assert_eq(&run(writer.into()));
}

#[cfg(target_os = "linux")]
#[test]
fn talk_that_nobody_can_read_stops_nothing() {
    let project = Project::with(&[API]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = project.tool().command(&[]).stderr(full).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), project.run(&["-n"]).stdout);
}

#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_costs_no_old_zip() {
    let project = Project::with(&[API, ("lambdas/big/big.zip", "old")]);
    // Noise does not deflate.
    let noise: String =
        (0..20_000_u32).map(|n| format!("{:x}", n.wrapping_mul(n * 7919))).collect();
    project.write("lambdas/big/noise", noise);
    let output = project.tool().run_on_full_disk("-q");
    expect![[r#"
        error: cannot write `lambdas/big/big.zip`
          --> lambdas/big
          caused by: file too large
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        project.run(&["build", "api", "-q"]).stdout
    );
    assert_eq!(project.read("lambdas/big/big.zip"), b"old");
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_and_nobody_behind() {
    use std::io::{ErrorKind, Read as _};
    use std::os::unix::fs::OpenOptionsExt as _;

    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let project = requiring(&[("api", "one\n")]);
        project.write("lambdas/api/api.zip", "old");
        let (gate, voice) = (project.home().join("gate"), project.home().join("voice"));
        crate::support::output(std::process::Command::new("mkfifo").args([&gate, &voice]));
        let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap();
        let mut ear =
            std::fs::File::options().read(true).custom_flags(nonblocking).open(&voice).unwrap();
        let hold = std::fs::File::options().read(true).write(true).open(&gate).unwrap();
        // pip's child waits at the gate, and would speak if it outlived the run.
        let pip = format!(
            "exec 3> '{}'; (read line < '{}'; echo alive >&3) & kill -{signal} $PPID; wait",
            voice.display(),
            gate.display()
        );
        let path = python(&project, "3.12", &pip);

        let run = project.tool().env("PATH", path).run(&["--python", "3.12"]);

        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{}", run.stderr);
        assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
        assert_eq!(project.read("lambdas/api/api.zip"), b"old");
        drop(hold);
        let mut heard = String::new();
        while let Err(error) = ear.read_to_string(&mut heard) {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            std::thread::yield_now();
        }
        assert_eq!(heard, "");
    }
}
