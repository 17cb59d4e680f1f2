"""``theresa-server models``: many processes share one cache, and some are killed."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fileserver import FileServer, serving
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.entities.models import resolve_entity_model

pytestmark = pytest.mark.slow

REPOSITORY, ENCODER, NER = "someone/their-whisper", "someone/their-encoder", "MSRA_NER_ELECTRA_SMALL_ZH"
COMMAND = [sys.executable, "-m", "theresa_server", "models"]
KILLED, PROCESSES = 2, 5


def contents(directory: Path) -> dict[str, bytes]:
    """The files of a folder by relative path."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A hub with a Whisper and an encoder, and HanLP's file server with a recogniser that names this encoder."""
    pretrained = pytest.importorskip("hanlp.pretrained", reason="needs HanLP (the extra 'entities')")
    with serving() as running:
        running.repositories[REPOSITORY] = contents(resolve_model("demo"))
        model = contents(resolve_entity_model("demo"))
        encoder = {name.removeprefix("transformer/"): model.pop(name) for name in list(model) if "/" in name}
        running.repositories[ENCODER] = encoder | {"model.safetensors": b"not wanted"}
        model["config.json"] = json.dumps(json.loads(model["config.json"]) | {"transformer": ENCODER}).encode()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in model.items():
                archive.writestr(f"msra_ner_electra_small/{name}", data)
        address = getattr(pretrained.ner, NER).removeprefix(pretrained.ner.HANLP_URL)
        running.files[f"/hanlp/{address}"] = packed.getvalue()
        running.files["/hanlp/"] = b""
        yield running


@pytest.fixture
def environment(server: FileServer, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HF_ENDPOINT": server.url,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path / "huggingface"),
        "HANLP_URL": f"{server.url}/hanlp/",
        "THERESA_CACHE": str(tmp_path / "cache"),
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("name", "kind", "size"), [(REPOSITORY, "whisper", 4_000_000), (NER, "hanlp", 3_500_000)])
def test_concurrent_and_killed_downloads_leave_one_complete_copy(
    server: FileServer, environment: dict[str, str], tmp_path: Path, name: str, kind: str, size: int
) -> None:
    server.pause_s = 0.02
    place = tmp_path / "cache" / kind / name.replace("/", "--")
    seen: list[set[str]] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.005):
            if place.exists():
                seen.append(set(contents(place)))

    watching = threading.Thread(target=look)
    watching.start()
    pulling = [*COMMAND, "pull", name]
    running = [
        subprocess.Popen(pulling, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    try:
        for share in range(1, KILLED + 1):
            server.wait_until_sent(size * share // (KILLED + 1))
            holder = holding(tmp_path / "cache" / ".locks", {process.pid for process in running})
            os.kill(holder, signal.SIGKILL)
            assert not place.exists()
        outcomes = [(process.communicate(timeout=60), process.returncode) for process in running]
    finally:
        ended.set()
        watching.join()

    assert sorted(status for _, status in outcomes) == [-signal.SIGKILL] * KILLED + [0] * (PROCESSES - KILLED)
    assert {out for (out, _), status in outcomes if status == 0} == {f"{place}\n"}
    complete = set(contents(place))
    assert all(files == complete for files in seen)
    assert len(server.ranges) >= KILLED
    assert server.sent < size * 1.5
    assert [path.name for path in (tmp_path / "cache").glob("*/*") if path.is_dir()] == [place.name]


def holding(locks: Path, processes: set[int]) -> int:
    """The process that holds the only lock, according to the kernel."""
    (lock,) = locks.iterdir()
    inode = str(lock.stat().st_ino)
    held = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    (process,) = {int(pid) for _, _, _, _, pid, place, *_ in held if place.rpartition(":")[2] == inode} & processes
    return process


def test_a_published_entity_model_includes_its_tokenizer(
    server: FileServer, environment: dict[str, str], tmp_path: Path
) -> None:
    done = run(environment, "pull", NER)

    directory = Path(done.stdout.strip())
    assert directory == tmp_path / "cache" / "hanlp" / NER
    assert "for research and teaching" in done.stderr
    assert {"config.json", "tokenizer.json", "vocab.txt"} <= {
        path.name for path in (directory / "transformer").iterdir()
    }
    assert not (directory / "transformer" / "model.safetensors").exists()


def test_a_downloaded_entity_model_works(server: FileServer, environment: dict[str, str]) -> None:
    from theresa_server.entities.hanlp.model import HanlpRecogniser

    directory = Path(run(environment, "pull", NER).stdout.strip())

    (annotation,) = HanlpRecogniser.load(directory).annotate(["陈静在深圳的华星科技工作。"])

    assert [span.label for span in annotation.spans] == ["PERSON", "LOCATION", "ORGANIZATION"]


def test_a_downloaded_model_is_listed_and_located(
    server: FileServer, environment: dict[str, str], tmp_path: Path
) -> None:
    pulled = run(environment, "pull", REPOSITORY).stdout

    listing = json.loads(run(environment, "list", "--json").stdout)

    assert run(environment, "path", REPOSITORY).stdout == pulled
    assert [(model["kind"], model["name"]) for model in listing["models"]] == [
        ("whisper", "demo"),
        ("hanlp", "demo-entities"),
        ("whisper", REPOSITORY),
    ]
    assert listing["cache"] == str(tmp_path / "cache")
    assert NER in listing["names"]["hanlp"]
    assert "small" in listing["names"]["whisper"]


def test_the_path_of_a_missing_model_is_an_error(environment: dict[str, str]) -> None:
    done = run(environment, "path", "small")

    assert done.returncode == 1
    assert done.stderr == "theresa-server models: small is not downloaded. Run: theresa-server models pull small\n"


@pytest.mark.parametrize(("name", "server_name"), [("small", "the model hub at"), (NER, "HanLP's file server")])
def test_an_unreachable_server_is_reported_in_one_line(
    server: FileServer, environment: dict[str, str], name: str, server_name: str
) -> None:
    server.shutdown()
    server.server_close()

    done = run(environment, "pull", name)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert server_name in done.stderr
    assert "cannot be reached" in done.stderr


def test_for_a_misspelt_name_the_error_suggests_the_closest(environment: dict[str, str]) -> None:
    assert f"did you mean {NER}?" in run(environment, "pull", NER.removesuffix("H")).stderr


def test_a_damaged_archive_is_downloaded_again(server: FileServer, environment: dict[str, str]) -> None:
    (path,) = [path for path in server.files if path.endswith(".zip")]
    good = server.files[path]
    server.files[path] = good[: len(good) // 2]

    refused = run(environment, "pull", NER)
    server.files[path] = good
    again = run(environment, "pull", NER)

    assert "cannot be used, it is damaged" in refused.stderr
    assert again.returncode == 0
