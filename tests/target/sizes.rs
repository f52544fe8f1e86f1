//! Lambda's limits: how many bytes unpacked, and how many in a zip that is sent directly.

use super::{HANDLER, OLD, requiring, warnings, write_sparse};
use crate::support::{Project, Wheel};

/// The most bytes that Lambda takes, unpacked.
const UNPACKED: u64 = 262_144_000;
/// The most bytes of a zip that it takes directly.
const DIRECT: u64 = 52_428_800;
/// Bytes in a megabyte.
const MEGABYTE: usize = 1_000_000;

/// Bytes that nothing deflates: xorshift64*, always the same.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend(state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A wheel with one file besides its module.
fn wheel(name: &str, bytes: Vec<u8>) -> Wheel {
    Wheel::new(name, "1.0").file(&format!("{name}/data.bin"), bytes)
}

#[test]
fn one_byte_more_than_lambda_unpacks_is_refused_and_the_limit_itself_is_not() {
    let project = Project::with(&[HANDLER, OLD]);
    let quarter = UNPACKED / 4;
    for name in ["a", "b", "c"] {
        write_sparse(&project.path(&format!("lambdas/api/{name}.bin")), quarter);
    }
    let last = project.path("lambdas/api/d.bin");
    write_sparse(&last, quarter - HANDLER.1.len() as u64 + 1);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the package unpacks to 262,144,001 bytes, more than the 262,144,000 that Lambda takes
          --> lambdas/api
          caused by: its own files: 262.1 MB
        hint: leave out what the lambda does not need, or deploy it as a container image
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
    assert_eq!(project.read(OLD.0), OLD.1.as_bytes());

    write_sparse(&last, quarter - HANDLER.1.len() as u64);
    let run = project.run(&["--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(run.json()["packages"][0]["unpacked_size"], UNPACKED);
    assert_eq!(warnings(&run.json()), [""; 0]);
}

#[test]
fn the_five_largest_packages_are_named() {
    let names = ["six", "five", "four", "three", "two", "one"];
    let sized = names.iter().enumerate().map(|(index, name)| (name, (40 + index) * MEGABYTE));
    let wheels: Vec<Wheel> = sized.map(|(name, size)| wheel(name, vec![0; size])).collect();
    let lines: String = names.iter().map(|name| format!("{name}==1.0\n")).collect();
    let project = requiring(&lines, &wheels);
    project.write(OLD.0, OLD.1);
    write_sparse(&project.path("lambdas/api/model.bin"), 42_500_000);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 6 wheels
        error: the package unpacks to 297,502,920 bytes, more than the 262,144,000 that Lambda takes
          --> lambdas/api
          caused by: `one 1.0`: 45.0 MB
          caused by: `two 1.0`: 44.0 MB
          caused by: `three 1.0`: 43.0 MB
          caused by: its own files: 42.5 MB
          caused by: `four 1.0`: 42.0 MB
        hint: leave out what the lambda does not need, or deploy it as a container image
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&["--python", "3.12"]).text());
    assert_eq!(project.read(OLD.0), OLD.1.as_bytes());
    assert_eq!(project.leftovers(), [""; 0].map(std::path::PathBuf::from));
    let run = project.run(&["--python", "3.12", "--format", "json", "-q", "-n"]);
    assert_eq!(run.code, 4, "{}", run.text());
    assert_eq!(run.json()["failures"][0]["code"], "package-too-large");
}

#[test]
fn another_lambda_is_packaged_beside_one_that_is_too_large() {
    let project =
        Project::with(&[HANDLER, ("lambdas/small/small.py", "def handler(e, c):\n    pass\n")]);
    write_sparse(&project.path("lambdas/api/model.bin"), UNPACKED);
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(run.code, 4, "{}", run.text());
    assert_eq!(run.json()["packages"][0]["name"], "small");
    assert_eq!(run.json()["failures"][0]["name"], "api");
}

#[test]
fn a_lambda_that_is_too_large_is_listed() {
    let project = Project::with(&[HANDLER]);
    write_sparse(&project.path("lambdas/api/model.bin"), UNPACKED);
    let run = project.run(&["list"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(run.stdout.contains("model.bin"), "{}", run.stdout);
    let warning = "warning: `api`: the package unpacks to 262,144,0";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
}

#[test]
fn a_wheel_that_alone_is_too_large_is_named() {
    let large = wheel("large", vec![0; 262_144_001]);
    let project = requiring("large\n", &[large]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: the wheel `large-1.0-py3-none-any.whl` unpacks to 262,144,480 bytes, more than the 262,144,000 that Lambda takes
          --> lambdas/api
        hint: require a smaller build or part of it
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.run(&["--python", "3.12"]).text());
    assert_eq!(project.run(&["cache", "size"]).stdout, "0\n");
}

#[test]
fn a_zip_of_one_byte_more_than_lambda_takes_directly_is_warned_of() {
    let project = Project::with(&[HANDLER]);
    let path = "lambdas/api/model.bin";
    let mut bytes = noise(usize::try_from(DIRECT).unwrap(), 1);
    let small = bytes.len() - 1_000_000;
    project.write(path, &bytes[..small]);
    let size = |run: &crate::support::Run| run.json()["packages"][0]["size"].as_u64().unwrap();
    let overhead = size(&project.run(&["-n", "--format", "json"])) - small as u64;
    bytes.truncate(usize::try_from(DIRECT - overhead).unwrap());
    project.write(path, &bytes);
    let run = project.run(&["--format", "json"]);
    assert_eq!((size(&run), warnings(&run.json())), (DIRECT, Vec::new()));

    bytes.push(b'x');
    project.write(path, &bytes);
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!((size(&run), warnings(&run.json())), (DIRECT + 1, vec!["package-needs-s3".into()]));
    let stderr = project.run(&[]).stderr;
    expect_test::expect![[r#"
        warning: `api`: the zip has 52,428,801 bytes, more than the 52,428,800 that Lambda takes by direct upload (its own files: 52.4 MB)
        hint: deploy it through S3: in Terraform, by `s3_bucket` and `s3_key`
            Finished 1 package, unchanged in [TIME]
    "#]].assert_eq(&stderr);
}

#[test]
fn the_warning_names_the_five_largest_packages() {
    let names = ["six", "five", "four", "three", "two", "one"];
    let sized = names.iter().enumerate().map(|(index, name)| (index, name, 8 * MEGABYTE + index));
    let wheels: Vec<Wheel> = sized
        .map(|(index, name, size)| wheel(name, noise(size + index * 100_000, index as u64)))
        .collect();
    let lines: String = names.iter().map(|name| format!("{name}==1.0\n")).collect();
    let project = requiring(&lines, &wheels);
    project.write("lambdas/api/model.bin", noise(8 * MEGABYTE, 9));
    expect_test::expect![[r#"
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 6 wheels
        warning: `api`: the zip has 57,514,051 bytes, more than the 52,428,800 that Lambda takes by direct upload (`one 1.0`: 8.5 MB, `two 1.0`: 8.4 MB, `three 1.0`: 8.3 MB, `four 1.0`: 8.2 MB, `five 1.0`: 8.1 MB)
        hint: deploy it through S3: in Terraform, by `s3_bucket` and `s3_key`
            Packaged api (57.5 MB, 33 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&project.run(&["--python", "3.12"]).stderr);
}

#[test]
fn a_function_is_counted_with_its_layers() {
    let project = Project::with(&[
        ("lambdas/api/handler.py", HANDLER.1),
        ("lambdas/jobs/handler.py", HANDLER.1),
        ("layers/model/tools.py", "X = 1\n"),
        (
            "dofs-package.toml",
            "python = \"3.12\"\nlayers = [\"layers/*\"]\n[lambda.api]\nlayers = [\"model\"]\n",
        ),
    ]);
    write_sparse(&project.path("layers/model/model.bin"), UNPACKED / 2);
    for name in ["api", "jobs"] {
        write_sparse(&project.path(&format!("lambdas/{name}/model.bin")), UNPACKED / 2);
    }
    let run = project.run(&["build", "-n", "-q"]);
    assert_eq!(run.code, 4, "{}", run.text());
    let names: Vec<&str> = run.stdout.lines().filter_map(|it| it.split('\t').next()).collect();
    assert_eq!(names, ["jobs", "model"], "{}", run.text());
    assert!(run.stderr.contains("  caused by: the layer `model`: 131.0 MB\n"), "{}", run.text());
    // Its layers are read with it, packaged or not.
    assert_eq!(project.run(&["build", "-n", "-q", "api"]).code, 4);
}
