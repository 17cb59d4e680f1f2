"""What the server does, in figures."""

import re
import threading
from pathlib import Path

import httpx
import pytest

from tests.doubles import Gate
from tests.serving import SAMPLES, RunningServer, calling, denied, read, serving, transcribe
from theresa_protocol.messages import Final, Partial, Start
from theresa_server.endpoints.prometheus import MEDIA_TYPE
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.guards import GuardAction

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def answered(server: RunningServer) -> httpx.Response:
    return httpx.get(f"{server.http}/metrics", trust_env=False, timeout=60).raise_for_status()


def figures(server: RunningServer) -> dict[str, float]:
    """Each sample with its labels, and its value."""
    lines = (line for line in answered(server).text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.parametrize("name", ["english", "mandarin"])
async def test_a_session_is_counted(name: str) -> None:
    with serving() as server:
        peer = await transcribe(server, read(name))
        await server.emptied()
        told = figures(server)

    assert told['theresa_sessions{model="demo"}'] == 0
    assert told['theresa_sessions_opened_total{model="demo"}'] == 1
    assert told['theresa_finals_total{model="demo"}'] == len(peer.all(Final))
    assert told['theresa_jobs_total{model="demo",kind="final"}'] >= len(peer.all(Final))
    assert 1 < told['theresa_decoded_audio_seconds_total{model="demo",kind="final"}'] < 2 * read(name).size / 16_000
    assert told['theresa_decoding_seconds_total{model="demo",kind="final"}'] > 0


async def test_every_job_is_in_one_class_of_waits() -> None:
    with serving() as server:
        await transcribe(server, read("english"))
        told = figures(server)

    jobs = told['theresa_jobs_total{model="demo",kind="final"}']
    assert told['theresa_queue_wait_seconds_count{model="demo",kind="final"}'] == jobs
    assert told['theresa_queue_wait_seconds_bucket{model="demo",kind="final",le="+Inf"}'] == jobs


async def test_an_open_session_is_there_and_its_partials() -> None:
    with serving() as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("both")[:24_000])
            await peer.hear(Partial)
            told = figures(server)

    assert told['theresa_sessions{model="demo"}'] == 1
    assert told['theresa_jobs_total{model="demo",kind="partial"}'] >= 1


def test_recordings_are_work_in_the_background(server: RunningServer) -> None:
    before = figures(server)
    files = {"file": (SAMPLES / "english.flac").read_bytes()}
    httpx.post(
        f"{server.http}/v1/audio/transcriptions", files=files, data={"model": "demo"}, timeout=60, trust_env=False
    ).raise_for_status()

    jobs = 'theresa_jobs_total{model="demo",kind="background"}'
    assert figures(server)[jobs] > before[jobs]


def test_every_guard_is_told_of(server: RunningServer) -> None:
    assert {f'theresa_guard_acts_total{{model="demo",act="{act}"}}' for act in GuardAction} <= figures(server).keys()


def test_one_state_of_degradation_holds(server: RunningServer) -> None:
    told = figures(server)
    assert sum(value for name, value in told.items() if name.startswith("theresa_degraded")) == 1


async def test_a_handshake_that_is_refused_is_counted() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",))), lambda _: Gate()) as server:
        await denied(server)
        assert figures(server)['theresa_sessions_refused_total{code="unauthorized"}'] == 1


async def test_so_is_a_session_that_is_refused_behind_it(server: RunningServer) -> None:
    refused = 'theresa_sessions_refused_total{code="unknown_model"}'
    before = figures(server)[refused]
    async with calling(server) as peer:
        await peer.say(Start(model="nothing"))
        await peer.goodbye()

    assert figures(server)[refused] == before + 1


def test_it_is_answered_as_prometheus_expects(server: RunningServer) -> None:
    assert answered(server).headers["content-type"] == MEDIA_TYPE


def test_it_is_answered_while_the_model_loads() -> None:
    loading, gate = threading.Event(), Gate()

    def load_late(_: object) -> Gate:
        loading.wait(30)
        return gate

    running = RunningServer(ServerConfig(port=0), load_late)
    running.begin()
    try:
        assert figures(running)["theresa_ready"] == 0
        loading.set()
        running.wait_ready()
        assert figures(running)["theresa_ready"] == 1
    finally:
        loading.set()
        running.stop()
        running.join()


def test_all_metrics_are_in_the_documentation(server: RunningServer) -> None:
    told = re.findall(r"^# TYPE (\w+)", answered(server).text, re.MULTILINE)
    table = OPERATIONS.read_text(encoding="utf-8").partition("\n## Metrics\n")[2].partition("\n## ")[0]
    documented = [
        name for row in re.findall(r"^\| (`theresa_.*?) \|", table, re.MULTILINE) for name in re.findall(r"\w+", row)
    ]
    assert sorted(documented) == sorted(told)
