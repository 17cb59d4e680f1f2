"""The instructions of the Dockerfile, and its health check, run as Docker would run it."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from theresa_server.cli import options

Instruction = tuple[str, str]
TARGETS = ("cpu", "cuda")


def instructions(text: str) -> list[Instruction]:
    """Instructions with their arguments, without comments and line continuations."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[Instruction]:
    return instructions((root / "Dockerfile").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stages(dockerfile: list[Instruction]) -> dict[str, list[Instruction]]:
    """The instructions of each stage, after those of its base stage."""
    found: dict[str, list[Instruction]] = {}
    for word, rest in dockerfile:
        if word == "FROM":
            origin, _, name = rest.split()
            current = found[name] = [*found.get(origin, [(word, origin)])]
        else:
            current.append((word, rest))
    return found


def last(stage: list[Instruction], word: str) -> str:
    return [rest for name, rest in stage if name == word][-1]


def environment(stage: list[Instruction]) -> dict[str, str]:
    pairs = (pair for word, rest in stage if word == "ENV" for pair in rest.split())
    return dict(pair.split("=", 1) for pair in pairs)


def health_check(stage: list[Instruction]) -> list[str]:
    return list(json.loads(last(stage, "HEALTHCHECK").partition("CMD ")[2]))


def test_the_default_target_is_cpu(stages: dict[str, list[Instruction]]) -> None:
    assert list(stages)[-1] == "cpu"


@pytest.mark.parametrize("target", TARGETS)
class TestImage:
    def test_the_server_is_started_without_a_shell(self, stages: dict[str, list[Instruction]], target: str) -> None:
        assert json.loads(last(stages[target], "ENTRYPOINT")) == ["theresa-server"]

    def test_it_does_not_run_as_root(self, stages: dict[str, list[Instruction]], target: str) -> None:
        assert last(stages[target], "USER") not in {"root", "0"}

    def test_the_environment_configures_the_server(self, stages: dict[str, list[Instruction]], target: str) -> None:
        settings = options.parse([], environment(stages[target]))

        assert settings.host == "0.0.0.0"  # noqa: S104 - a container is reached from outside
        assert str(settings.port) == last(stages[target], "EXPOSE")


def test_every_package_is_installed_with_the_pins(dockerfile: list[Instruction]) -> None:
    installs = [rest for word, rest in dockerfile if word == "RUN" and "pip install" in rest]

    assert installs
    assert [rest for rest in installs if "-c constraints.txt" not in rest] == []


def test_every_copied_file_is_in_the_build_context(dockerfile: list[Instruction], root: Path) -> None:
    context = set((root / ".dockerignore").read_text(encoding="utf-8").splitlines())
    sources = [rest.split()[0] for word, rest in dockerfile if word == "COPY" and not rest.startswith("--from")]

    assert [name for name in sources if name != "." and f"!{name}" not in context] == []


def test_the_build_context_is_complete(root: Path) -> None:
    allowed = {line[1:] for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}

    assert allowed == {
        "LICENSE",
        "README.md",
        "constraints.txt",
        "pyproject.toml",
        "protocol",
        "client",
        "server",
        "training",
    }
    assert [name for name in allowed if not (root / name).exists()] == []


class Answering(HTTPServer):
    """Responds to /readyz with one status."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Answering)
        self.send_response(self.server.status if self.path == "/readyz" else HTTPStatus.NOT_FOUND)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[Answering]:
    with Answering(request.param) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def check_health(stage: list[Instruction], port: int) -> int:
    program, *arguments = health_check(stage)
    assert program == "python"
    variables = {"THERESA_PORT": str(port)}
    return subprocess.run(
        [sys.executable, *arguments], env=variables, stderr=subprocess.DEVNULL, check=False, timeout=60
    ).returncode


@pytest.mark.parametrize(
    ("answering", "healthy"),
    [(HTTPStatus.OK, True), (HTTPStatus.SERVICE_UNAVAILABLE, False)],
    indirect=["answering"],
)
def test_the_image_is_healthy_when_the_server_is_ready(
    stages: dict[str, list[Instruction]], answering: Answering, healthy: bool
) -> None:
    assert (check_health(stages["cpu"], answering.server_port) == 0) is healthy


def test_the_image_is_not_healthy_when_nothing_listens(stages: dict[str, list[Instruction]]) -> None:
    assert check_health(stages["cpu"], 1) != 0
