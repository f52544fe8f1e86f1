//! An AWS on this machine, and the environment in which Terraform, the AWS CLI and the tool find
//! it and nothing else: no account, no network.
//!
//! The servers and emulators beside this file are Python; each says at its head what it emulates,
//! and what not.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::{output, path};

/// Where everything is deployed: the region of the environment `dev`.
pub(crate) const REGION: &str = "eu-central-1";
/// The bucket of Terraform's state.
pub(crate) const STATE_BUCKET: &str = "dofs-terraform-state";

/// An emulated AWS; it ends when this is dropped, or when the test's process does.
pub(crate) struct Rig {
    /// What Terraform and the emulators write.
    folder: tempfile::TempDir,
    /// The Python that has moto.
    python: PathBuf,
    /// The environment of everything that is run here.
    variables: BTreeMap<OsString, OsString>,
    /// The server.
    aws: Child,
}

impl Rig {
    /// Starts it, with a bucket for Terraform's state.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let python = python().clone();
        let log = std::fs::File::create(folder.path().join("aws.log")).expect("a log");
        let mut server = Command::new(&python);
        server.arg(script("aws.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut aws = server.spawn().expect("the emulated AWS can be started");
        let mut address = String::new();
        let stdout = aws.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut address).expect("its address");
        let log = std::fs::read_to_string(folder.path().join("aws.log")).expect("its log");
        assert!(address.starts_with("http://127.0.0.1:"), "the emulated AWS has failed: {log}");

        let variables = variables(folder.path(), &python, address.trim());
        let rig = Self { folder, python, variables, aws };
        rig.aws(
            &["s3api", "create-bucket", "--bucket", STATE_BUCKET, "--create-bucket-configuration"]
                .into_iter()
                .chain([format!("LocationConstraint={REGION}").as_str()])
                .collect::<Vec<_>>(),
        );
        rig
    }

    /// A folder of its own, by name, which may not be there yet.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The environment in which this AWS is found.
    pub(crate) fn variables(&self) -> &BTreeMap<OsString, OsString> {
        &self.variables
    }

    /// A program, to be run in that environment and no other.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.variables);
        command
    }

    /// The requests that came so far, each as `METHOD PATH`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder("aws.log")).expect("its log");
        let quoted = log.lines().filter_map(|line| line.split('"').nth(1));
        quoted.map(|request| request.trim_end_matches(" HTTP/1.1").to_owned()).collect()
    }

    /// One of the emulators, to be run by the Python that has what they need.
    pub(crate) fn emulator(&self, name: &str) -> Command {
        let mut command = self.command(&self.python);
        command.arg(script(name));
        command
    }

    /// What the AWS CLI answers.
    pub(crate) fn aws(&self, arguments: &[&str]) -> serde_json::Value {
        let answer = output(self.command("aws").args(arguments).args(["--output", "json"]));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // Killed at the latest by the end of its standard input; waited for, so that nothing is
        // left of it.
        drop(self.aws.kill());
        drop(self.aws.wait());
    }
}

/// A file beside this one.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/rig").join(name)
}

/// The Python that has moto and what the emulators need: `DOFS_TEST_PYTHON`, else python3.
fn python() -> &'static PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let python = std::env::var_os("DOFS_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let ask = "import sys, boto3, moto.server, yaml; print(sys.executable)";
        let answer = Command::new(&python).args(["-c", ask]).output();
        let answer = answer.expect("python3 can be started");
        assert!(
            answer.status.success(),
            "this test needs a Python with moto[server], boto3, PyYAML and awscli; it is not \
             skipped without. Name one in DOFS_TEST_PYTHON, or run .ci/run, which makes one.\n{}",
            String::from_utf8_lossy(&answer.stderr)
        );
        String::from_utf8(answer.stdout).expect("UTF-8").trim().into()
    })
}

/// The folders that hold the provider, as `REGISTRY/hashicorp/aws`: `TF_PLUGIN_MIRROR`, else where
/// Terraform itself looks.
fn mirrors() -> Vec<PathBuf> {
    let given = std::env::var_os("TF_PLUGIN_MIRROR").unwrap_or_default();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let implied = [
        home.join(".terraform.d/plugins"),
        "/usr/local/share/terraform/plugins".into(),
        "/usr/share/terraform/plugins".into(),
    ];
    let all = std::env::split_paths(&given).chain(implied);
    let holds = |mirror: &PathBuf| {
        let registries = std::fs::read_dir(mirror).into_iter().flatten();
        registries.flatten().any(|registry| registry.path().join("hashicorp/aws").is_dir())
    };
    let mirrors: Vec<PathBuf> = all.filter(holds).collect();
    assert!(
        !mirrors.is_empty(),
        "this test needs a mirror of the provider hashicorp/aws, and is not skipped without: set \
         TF_PLUGIN_MIRROR to a folder that `terraform providers mirror` wrote, or run .ci/run"
    );
    mirrors
}

/// The whole environment: what leads to the emulated AWS, and nothing that leads elsewhere.
fn variables(folder: &Path, python: &Path, address: &str) -> BTreeMap<OsString, OsString> {
    let mut config = "disable_checkpoint = true\nprovider_installation {\n".to_owned();
    for mirror in mirrors() {
        config += &format!("  filesystem_mirror {{ path = {mirror:?} }}\n");
    }
    let home = folder.join("home");
    std::fs::create_dir(&home).expect("a folder");
    std::fs::write(folder.join("terraform.rc"), config + "}\n").expect("Terraform's config");
    // Behind everything else: for the `aws` that is installed beside moto.
    let beside = python.parent().expect("a program is in a folder").to_owned();
    let path = std::env::join_paths(std::env::split_paths(path()).chain([beside]));

    let mut variables = BTreeMap::new();
    for (name, value) in [
        ("PATH", path.expect("folders of a PATH")),
        ("HOME", home.into()),
        ("AWS_ACCESS_KEY_ID", "nobody".into()),
        ("AWS_SECRET_ACCESS_KEY", "nothing".into()),
        ("AWS_REGION", REGION.into()),
        ("AWS_DEFAULT_REGION", REGION.into()),
        ("AWS_CONFIG_FILE", folder.join("no-config").into()),
        ("AWS_SHARED_CREDENTIALS_FILE", folder.join("no-credentials").into()),
        // An address and no name, so that buckets are in the path and not in the host.
        ("AWS_ENDPOINT_URL", address.into()),
        // The provider would repeat what failed for minutes.
        ("AWS_MAX_ATTEMPTS", "2".into()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ("AWS_PAGER", "".into()),
        ("NO_PROXY", "127.0.0.1".into()),
        ("TF_CLI_CONFIG_FILE", folder.join("terraform.rc").into()),
        ("TF_DATA_DIR", folder.join("terraform-data").into()),
        ("TF_IN_AUTOMATION", "1".into()),
        ("TF_INPUT", "0".into()),
        // Both are Go, and a fifth of a plan is collecting the garbage of the provider's schema.
        ("GOGC", "400".into()),
    ] {
        variables.insert(name.into(), value);
    }
    // pyenv's shims need to know where pyenv is, and which versions to answer for.
    for name in ["PYENV_ROOT", "PYENV_VERSION"] {
        variables.extend(std::env::var_os(name).map(|value| (name.into(), value)));
    }
    variables
}
