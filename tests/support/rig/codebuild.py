"""Runs a buildspec as AWS CodeBuild does, in a folder of this computer.

    python codebuild.py SOURCE PYTHON_FOLDER

What is emulated (version 0.2 of the buildspec): the phases in their order, each with its
`finally`; a command that fails ends its phase, and after `install` or `pre_build` also the build,
while `post_build` follows a failed `build`; one shell for everything, so that folder and exported
variables pass on from command to command; the usual variables; and `runtime-versions`, for which
PYTHON_FOLDER goes to the front of PATH. Of `cache` and `reports` the shape is checked, and that
each report's files are there at the end.

What is not: the image and its programs, IAM, secrets, artifacts. Functions, variables that are not
exported, and options of the shell don't pass on.
"""

import glob
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")

# Takes over what the last command left, and leaves it to the next.
AROUND = """\
. "{memory}/variables"
cd "$(cat "{memory}/folder")" || exit 97
export CODEBUILD_BUILD_SUCCEEDING={succeeding}
{command}
__status=$?
pwd > "{memory}/folder"
export -p > "{memory}/variables"
exit $__status
"""


class Build:
    """A build under way."""

    def __init__(self, spec: dict[str, Any], source: Path, python: str, memory: str) -> None:
        self.spec, self.memory, self.succeeding = spec, memory, 1
        settings = spec.get("env") or {}
        self.shell = settings.get("shell", "sh")
        self.environment = {
            **os.environ,
            **{name: str(value) for name, value in (settings.get("variables") or {}).items()},
            "CODEBUILD_BUILD_ID": "dofs-dev-deploy:1",
            "CODEBUILD_BUILD_IMAGE": "aws/codebuild/standard:7.0",
            "CODEBUILD_CI": "true",
            "CODEBUILD_SRC_DIR": str(source),
        }
        if (spec["phases"].get("install") or {}).get("runtime-versions", {}).get("python"):
            self.environment["PATH"] = python + os.pathsep + self.environment["PATH"]
        Path(memory, "folder").write_text(str(source), encoding="utf-8")
        Path(memory, "variables").write_text("", encoding="utf-8")

    def run(self) -> bool:
        """Runs the phases; tells whether all went well."""
        failed: list[str] = []
        for name in PHASES:
            if not failed or (name == "post_build" and failed == ["build"]):
                if not self.phase(name, self.spec["phases"].get(name) or {}):
                    failed.append(name)
                    self.succeeding = 0
        return not failed

    def phase(self, name: str, phase: dict[str, Any]) -> bool:
        """Runs a phase; tells whether all its commands went well."""
        say(f"Entering phase {name.upper()}")
        good = all(self.command(command) for command in phase.get("commands") or [])
        for command in phase.get("finally") or []:
            good = self.command(command) and good
        say(f"Phase complete: {name.upper()} State: {'SUCCEEDED' if good else 'FAILED'}")
        return good

    def command(self, command: str) -> bool:
        """Runs a command; tells whether it went well."""
        say(f"Running command {command.rstrip()}")
        script = AROUND.format(command=command, memory=self.memory, succeeding=self.succeeding)
        status = subprocess.run([self.shell, "-c", script], env=self.environment).returncode
        if status:
            say(f"Command did not exit successfully, exit status {status}")
        return status == 0


def say(line: str) -> None:
    """Says a line as CodeBuild's agent does."""
    print(f"[Container] {line}", flush=True)


def missing_reports(spec: dict[str, Any], source: Path) -> list[str]:
    """Returns the patterns of reports that match no file."""
    missing = []
    for group in (spec.get("reports") or {}).values():
        assert group["file-format"] in ("JUNITXML", "CUCUMBERJSON", "TESTNGXML"), group
        folder = source / group.get("base-directory", ".")
        missing += [p for p in group["files"] if not glob.glob(p, root_dir=folder, recursive=True)]
    return missing


def main(source: str, python: str) -> None:
    """Runs the build in SOURCE, and exits with 1 where it fails."""
    folder = Path(source).resolve()
    spec = yaml.safe_load((folder / "buildspec.yml").read_text(encoding="utf-8"))
    assert spec["version"] == 0.2, "only version 0.2 of the buildspec is emulated"
    assert all(isinstance(path, str) for path in (spec.get("cache") or {}).get("paths", []))
    with tempfile.TemporaryDirectory() as memory:
        good = Build(spec, folder, python, memory).run()
    missing = missing_reports(spec, folder)
    if missing:
        say(f"No report files for {missing}")
    sys.exit(0 if good and not missing else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
