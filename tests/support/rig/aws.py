"""An AWS on the loopback interface: moto, and what it lacks for the order system.

    python aws.py

Prints its address once it answers, and ends when its standard input does, so that it can't
outlive the test that started it. Everything is in memory.

What is put in front of moto (5.2, seen by the provider hashicorp/aws 5.100):

- CodeStar Connections: moto has no such service.
- CodeBuild: projects of a pipeline are refused, and can't be updated. Here they are kept as given.
- Step Functions: two actions end with a 500, which the provider repeats for minutes. The
  definition of a state machine is not checked.
- CodePipeline: times come as text, where the protocol wants numbers.
- SQS: the redrive policy comes back with spaces in it, a change in every later plan.
"""

import json
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from moto.core.config import default_user_config
from moto.awslambda import models as awslambda
from moto.awslambda_simple.models import lambda_simple_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

ACCOUNT = "123456789012"  # moto's own
CONNECTIONS: dict[str, dict[str, Any]] = {}
PROJECTS: dict[str, dict[str, Any]] = {}


class Refusal(Exception):
    """What the service answers with status 400."""


def codestar(action: str, body: dict[str, Any], region: str) -> dict[str, Any]:
    """Answers for CodeStar Connections."""
    if action == "CreateConnection":
        arn = f"arn:aws:codestar-connections:{region}:{ACCOUNT}:connection/{uuid.uuid4()}"
        tags = body.get("Tags", [])
        CONNECTIONS[arn] = {
            "tags": tags,
            "connection": {
                "ConnectionArn": arn,
                "ConnectionName": body["ConnectionName"],
                "ConnectionStatus": "PENDING",
                "OwnerAccountId": ACCOUNT,
                "ProviderType": body["ProviderType"],
            },
        }
        return {"ConnectionArn": arn, "Tags": tags}
    arn = body.get("ConnectionArn") or body["ResourceArn"]
    if arn not in CONNECTIONS:
        raise Refusal("ResourceNotFoundException")
    if action == "GetConnection":
        return {"Connection": CONNECTIONS[arn]["connection"]}
    if action == "ListTagsForResource":
        return {"Tags": CONNECTIONS[arn]["tags"]}
    raise Refusal(f"UnknownOperationException: {action}")


def codebuild(action: str, body: dict[str, Any], region: str) -> dict[str, Any]:
    """Answers for CodeBuild; a project is asked for by its name or its ARN."""
    if action == "BatchGetProjects":
        names = [name.rpartition("/")[2] for name in body["names"]]
        return {
            "projects": [PROJECTS[name] for name in names if name in PROJECTS],
            "projectsNotFound": [name for name in names if name not in PROJECTS],
        }
    if action not in ("CreateProject", "UpdateProject"):
        raise Refusal(f"InvalidInputException: {action}")
    name = body["name"].rpartition("/")[2]
    project = PROJECTS.setdefault(
        name,
        {
            "arn": f"arn:aws:codebuild:{region}:{ACCOUNT}:project/{name}",
            "badge": {"badgeEnabled": False},
            "created": time.time(),
            "encryptionKey": f"arn:aws:kms:{region}:{ACCOUNT}:alias/aws/s3",
            "projectVisibility": "PRIVATE",
            "queuedTimeoutInMinutes": 480,
        },
    )
    project.update(body, name=name, lastModified=time.time())
    return {"project": project}


def step_functions(action: str, body: dict[str, Any], region: str) -> dict[str, Any]:
    """Answers the two actions that moto doesn't know."""
    if action == "ListStateMachineVersions":
        return {"stateMachineVersions": []}
    return {"result": "OK", "diagnostics": [], "truncated": False}


def service(target: str) -> Callable[[str, dict[str, Any], str], dict[str, Any]] | None:
    """Finds who answers in moto's place, if anybody does."""
    if target.startswith("CodeBuild_"):
        return codebuild
    if "CodeStar_connections" in target or "codestar-connections" in target.lower():
        return codestar
    if target.endswith((".ValidateStateMachineDefinition", ".ListStateMachineVersions")):
        return step_functions
    return None


def mend(action: str, reply: dict[str, Any]) -> None:
    """Sets right, in place, what moto answers otherwise than AWS."""
    if action == "GetPipeline":
        metadata = reply.get("metadata", {})
        for key in ("created", "updated"):
            if isinstance(metadata.get(key), str):
                metadata[key] = datetime.fromisoformat(metadata[key]).timestamp()
    policy = reply.get("Attributes", {}).get("RedrivePolicy")
    if action == "GetQueueAttributes" and policy:
        compact = json.dumps(json.loads(policy), separators=(",", ":"))
        reply["Attributes"]["RedrivePolicy"] = compact


class Front:
    """The application in front of moto's: answers, mends, or passes on."""

    def __init__(self) -> None:
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        action = target.rpartition(".")[2]
        answer = service(target)
        if answer:
            response = self.answer(answer, action, Request(environ))
        elif action in ("GetPipeline", "GetQueueAttributes"):
            body, status, headers = run_wsgi_app(self.moto, environ, buffered=True)
            response = Response(b"".join(body), status, headers)
            if response.status_code == 200:
                reply = json.loads(response.data)
                mend(action, reply)
                response.data = json.dumps(reply)
        else:
            return self.moto(environ, start_response)
        return response(environ, start_response)

    def answer(self, service: Any, action: str, request: Request) -> Response:
        """Answers in the place of moto."""
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", request.headers["Authorization"])
        region = scope[1] if scope else "us-east-1"
        try:
            status, reply = 200, service(action, json.loads(request.data or b"{}"), region)
        except Refusal as refusal:
            status, reply = 400, {"__type": str(refusal), "message": str(refusal)}
        return Response(json.dumps(reply), status, content_type="application/x-amz-json-1.1")


def main() -> None:
    """Serves until nobody holds the other end of standard input any more."""
    # Messages that are sent start functions; the tests start them themselves, without Docker.
    default_user_config["lambda"] = {"use_docker": False}
    # Without Docker, functions look for their layers in the backend that has it, and is empty.
    awslambda.lambda_backends = lambda_simple_backends
    server = make_server("127.0.0.1", 0, Front(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
