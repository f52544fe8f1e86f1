"""Has AWS's own runtime client run the handler of a package, as the managed runtime does.

    python runtime.py PYTHON CLIENT SDK PACKAGE.zip HANDLER EVENT.json

Unpacks the zip into a task root with the zip's permissions and nothing writable, serves the
Runtime API on the loopback interface, and starts the client `awslambdaric`, which the folder
CLIENT holds, with PYTHON. The folder SDK stands for the boto3 of the managed runtime. The
function's environment is this program's own. Prints one JSON document: `answer`, or `error` as the
client reported it; exits with 1 unless there is an answer.

What is not emulated: Amazon Linux and its glibc, layers, limits of memory and time.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:under-test"
# In seconds; a function that takes longer hangs.
PATIENCE = 60


class RuntimeApi(BaseHTTPRequestHandler):
    """Version 2018-06-01 of the Runtime API, for a single event."""

    protocol_version = "HTTP/1.1"
    event = b""
    outcome: "dict[str, object]" = {}
    taken, finished = threading.Event(), threading.Event()

    def do_GET(self) -> None:
        """Hands out the event; a second time there is nothing more to do."""
        if self.taken.is_set():
            self.finished.wait()
            return
        self.taken.set()
        self.reply(
            200,
            self.event,
            {
                "Lambda-Runtime-Aws-Request-Id": "6f9b3c1e-4f7a-4f0e-9a1f-0d2c5b7e8a90",
                # The year 2100.
                "Lambda-Runtime-Deadline-Ms": "4102444800000",
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000",
            },
        )

    def do_POST(self) -> None:
        """Takes the answer, or the error: of the event, or of the import of the module."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"null")
        kind = "answer" if self.path.endswith("/response") else "error"
        self.outcome.setdefault(kind, body)
        self.reply(202, b"{}", {})
        self.finished.set()

    def reply(self, status: int, data: bytes, headers: "dict[str, str]") -> None:
        """Sends JSON."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def unpack(package: str, root: Path) -> None:
    """Unpacks as Lambda does: with the zip's permissions, and nothing writable."""
    with zipfile.ZipFile(package) as archive:
        for member in archive.infolist():
            path = archive.extract(member, root)
            os.chmod(path, (member.external_attr >> 16) & 0o555)


def run(python: str, client: str, sdk: str, root: Path, handler: str) -> str:
    """Runs the client until there is an outcome; returns what it printed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "AWS_LAMBDA_FUNCTION_NAME": "under-test",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_address[1]}",
        "LAMBDA_TASK_ROOT": str(root),
        "_HANDLER": handler,
        # The task root comes first; the managed runtime has its SDK and client behind it.
        "PYTHONPATH": os.pathsep.join([str(root), sdk, client]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            [python, "-s", "-m", "awslambdaric", handler],
            cwd=root,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        for _ in range(PATIENCE * 20):
            if RuntimeApi.finished.wait(0.05) or child.poll() is not None:
                break
        child.kill()
        child.wait()
        log.seek(0)
        return log.read().decode(errors="replace")


def main(python: str, client: str, sdk: str, package: str, handler: str, event: str) -> None:
    """Prints what came of it."""
    RuntimeApi.event = Path(event).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "task")
        root.mkdir()
        unpack(package, root)
        log = run(python, client, sdk, root, handler)
    if not RuntimeApi.outcome:
        RuntimeApi.outcome["error"] = {"errorMessage": f"nothing came of it: {log[-800:]}"}
    print(json.dumps(RuntimeApi.outcome))
    sys.exit(0 if "answer" in RuntimeApi.outcome else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
