"""Saved models, served by MLflow itself, answer what the server answers."""

import base64
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import SAMPLES, RunningServer, skip_without, wait_for_port

skip_without("hanlp", "pandas", "mlflow")

START_S = 150
"""How long MLflow may take to get ready; it is a matter of seconds for each process."""

MEMORY_MB = 4_000
WORKERS = 4

SEED = (
    '{"dataframe_split": {"columns":["text"], "data":[["我爱中国"], '
    '["米哈游成立于2011年,致力于为用户提供美好的、超出预期的产品与内容。"]]}}'
)
ENGLISH = "Alice Johnson works for Acme Corporation in London."
MANDARIN = "陈静在深圳的华星科技工作。"


class ScoringServer:
    """`mlflow models serve` on a port of its own."""

    def __init__(self, model: Path, workers: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self._log: list[str] = []
        self._started: queue.Queue[str | None] = queue.Queue()
        arguments = ["serve", "-m", str(model), "--env-manager", "local", "-h", "127.0.0.1", "-w", str(workers)]
        self.process = mlflow(model.parent, *arguments, "-p", self.url.rpartition(":")[2])
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            for _ in range(workers):
                if self._started.get(timeout=START_S) is None:
                    pytest.fail("MLflow ended:\n" + "".join(self._log[-20:]))
            wait_for_port(int(self.url.rpartition(":")[2]))
        except BaseException:
            self.end()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._log.append(line)
                if "Application startup complete" in line:
                    self._started.put(line)
        self._started.put(None)

    def post(self, content: str, content_type: str = "application/json") -> httpx.Response:
        headers = {"Content-Type": content_type}
        return httpx.post(f"{self.url}/invocations", content=content.encode(), headers=headers, timeout=60)

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()

    def memory_mb(self) -> float:
        """What all its processes take, a page that several share counted once (PSS)."""
        total_kb = 0
        for status in Path("/proc").glob("[0-9]*/stat"):
            group = int(status.read_text().rpartition(")")[2].split()[2])
            if group == self.process.pid:
                lines = status.with_name("smaps_rollup").read_text().splitlines()
                total_kb += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total_kb * 1024 / 1e6


def mlflow(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """An `mlflow models` command, in a process group of its own."""
    binaries = Path(sys.executable).parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "COVERAGE_"))}
    environment |= {"MLFLOW_DISABLE_TELEMETRY": "true", "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.Popen(
        [str(binaries / "mlflow"), "models", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def served(model: Path, workers: int = 1) -> Iterator[ScoringServer]:
    server = ScoringServer(model, workers)
    try:
        yield server
    finally:
        server.end()


def save(folder: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "theresa_server", "mlflow", "save", "model", *options]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return folder / "model"


@pytest.fixture(scope="module")
def entities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("entities"), "--kind", "entities")


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("whisper"), "--kind", "whisper", "--entities", "demo")


@pytest.fixture(scope="module")
def scoring(entities: Path) -> Iterator[ScoringServer]:
    with served(entities) as server:
        yield server


@pytest.fixture(scope="module")
def theresa(entity_server: RunningServer) -> str:
    return entity_server.http


def answer(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def found(response: httpx.Response) -> list[list[tuple[str, str]]]:
    return [[(item["text"], item["label"]) for item in row] for row in answer(response)["predictions"]]


def test_the_first_request_of_all_is_answered(scoring: ScoringServer) -> None:
    assert found(scoring.post(SEED)) == [
        [("中国", "LOCATION")],
        [("米哈游", "ORGANIZATION"), ("2011年", "DATE")],
    ]


@pytest.mark.parametrize(
    "body",
    [
        SEED,
        json.dumps({"inputs": [ENGLISH, MANDARIN]}),
        json.dumps({"inputs": [{"text": ENGLISH}, {"text": MANDARIN}]}),
        json.dumps({"inputs": {"text": [ENGLISH, MANDARIN]}}),
        json.dumps({"instances": [ENGLISH, MANDARIN]}),
        json.dumps({"instances": [{"text": ENGLISH}, {"text": MANDARIN}]}),
        json.dumps({"dataframe_records": [{"text": ENGLISH}, {"text": None}, {"text": "👍🏽 陈静 in London"}]}),
        json.dumps({"inputs": [ENGLISH, MANDARIN], "params": {"labels": ["PERSON"]}}),
        json.dumps({"inputs": [ENGLISH, MANDARIN], "params": {"output": "tokens"}}),
        json.dumps({"inputs": [f"{ENGLISH} {MANDARIN}" * 40]}),
    ],
)
def test_it_answers_what_the_server_answers(scoring: ScoringServer, theresa: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    expected = httpx.post(f"{theresa}/invocations", content=body.encode(), headers=headers, timeout=60)

    assert answer(scoring.post(body)) == answer(expected)


def test_csv_is_taken(scoring: ScoringServer) -> None:
    assert found(scoring.post("text\n我爱中国\n", "text/csv")) == [[("中国", "LOCATION")]]


def test_requests_at_once_get_each_its_own_answer(scoring: ScoringServer) -> None:
    bodies = [json.dumps({"inputs": [text] * rows}) for rows in (1, 3) for text in (ENGLISH, MANDARIN, "", "Hello.")]
    alone = [answer(scoring.post(body)) for body in bodies]

    with ThreadPoolExecutor(len(bodies)) as threads:
        together = list(threads.map(scoring.post, bodies))

    assert [answer(response) for response in together] == alone


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"inputs": [ENGLISH], "params": {"output": "graph"}}, "semantic role labelling"),
        (
            {"inputs": [ENGLISH], "params": {"output": "poem"}},
            "params.output must be one of entities, graph, tokens, not 'poem'.",
        ),
        ({"inputs": [["a", "b"], ["c", "d"]]}, "Row 1 is not text."),
        ({"inputs": [{"wrong": ENGLISH}]}, "Model is missing inputs ['text']"),
        ({"inputs": [ENGLISH], "params": {"labels": 5}}, "labels"),
    ],
    ids=["graph", "output", "type", "column", "labels"],
)
def test_a_bad_request_is_answered_with_a_sentence_and_no_stack(
    scoring: ScoringServer, body: dict[str, Any], sentence: str
) -> None:
    response = scoring.post(json.dumps(body))

    assert response.status_code == 400
    assert sentence in response.json()["message"]
    assert "stack_trace" not in response.json()
    assert "Traceback" not in response.text


@pytest.fixture(scope="module")
def recordings(whisper: Path) -> Iterator[ScoringServer]:
    """Four workers of the larger of the two kinds: it has the entity model and the speech model."""
    with served(whisper, WORKERS) as server:
        yield server


def test_recordings_are_answered_as_by_the_server(recordings: ScoringServer, theresa: str) -> None:
    encoded = [base64.b64encode((SAMPLES / f"{name}.flac").read_bytes()).decode() for name in ("english", "mandarin")]
    body = json.dumps({"inputs": [{"audio": one} for one in encoded], "params": {"words": True}})
    headers = {"Content-Type": "application/json"}
    expected = answer(httpx.post(f"{theresa}/invocations", content=body, headers=headers, timeout=60))

    assert answer(recordings.post(body)) == expected


def test_a_dockerfile_can_be_made(entities: Path, tmp_path: Path) -> None:
    command = mlflow(tmp_path, "generate-dockerfile", "-m", str(entities), "-d", "image")
    log, _ = command.communicate(timeout=60)
    assert command.returncode == 0, log

    assert "COPY model_dir/model /opt/ml/model" in (tmp_path / "image" / "Dockerfile").read_text(encoding="utf-8")
    packed = tmp_path / "image" / "model_dir" / "model"
    assert sorted(path.name for path in packed.iterdir()) == sorted(path.name for path in entities.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is measured by Linux's smaps_rollup")
def test_four_workers_fit_in_4000_mb(recordings: ScoringServer, whisper: Path) -> None:
    body = (whisper / "serving_input_example.json").read_text(encoding="utf-8")

    with ThreadPoolExecutor(WORKERS) as threads:
        for response in threads.map(recordings.post, [body] * 20):
            answer(response)

    assert recordings.memory_mb() < MEMORY_MB
