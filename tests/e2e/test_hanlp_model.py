"""HanLP models in a worker process: a multi-task model with semantic roles, and directories that cannot be used."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doubles import Says
from tests.semantics import check_entities
from tests.serving import read, serving, skip_without, transcribe
from theresa_protocol.messages import Entities, EntitiesRequest, Start
from theresa_server.entities.graph import build_graph
from theresa_server.entities.models import resolve_entity_model
from theresa_server.entities.ports import Annotation
from theresa_server.entities.search import EntitySearch
from theresa_server.entities.service import EntityService, worker_command
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.recognition import ModelError

skip_without("hanlp")
pytestmark = pytest.mark.slow

TIMEOUT_S = 60

LOVE = "我爱中国"
COMPANY = "米哈游成立于2011年,致力于为用户提供美好的、超出预期的产品与内容。"
ALICE = "Alice  loves London."
PRODUCTS = "美好的、超出预期的产品与内容"


@pytest.fixture(scope="module")
def multi_task(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A directory with a multi-task model that was trained on the sentences above."""
    directory = tmp_path_factory.mktemp("models") / "multitask"
    command = [sys.executable, "-m", "tests.multitask", str(directory)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, timeout=2 * TIMEOUT_S)
    return directory


async def find(directory: Path, *texts: str, plain: str = "") -> list[Annotation]:
    """What a service with a model finds in texts, and in one more for which no relations are wanted."""
    service = EntityService(worker_command(directory))
    async with asyncio.timeout(TIMEOUT_S), asyncio.TaskGroup() as group:
        running = group.create_task(service.run())
        await service.ready()
        search = EntitySearch(relations=True)
        found = await asyncio.gather(
            *(service.find(owner, text, search=search) for owner, text in enumerate(texts)),
            service.find("plain", plain),
        )
        running.cancel()
    return list(found)


@pytest.fixture(scope="module")
def found(multi_task: Path) -> dict[str, Annotation]:
    """What the multi-task model finds, in one batch with texts that it cannot know."""
    texts = (LOVE, "\u200b", COMPANY, "👩‍👩‍👧 …", ALICE)
    *found, plain = asyncio.run(find(multi_task, *texts, plain=LOVE))
    return {**dict(zip(texts, found, strict=True)), "plain": plain}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (LOVE, [("中国", "LOCATION")]),
        (COMPANY, [("米哈游", "ORGANIZATION"), ("2011年", "DATE")]),
        (ALICE, [("Alice", "PERSON"), ("London", "LOCATION")]),
    ],
)
def test_a_multi_task_model_finds_entities(
    found: dict[str, Annotation], text: str, names: list[tuple[str, str]]
) -> None:
    assert [(text[span.begin : span.end], span.label) for span in found[text].spans] == names


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (LOVE, [[("ARG0", "我"), ("PRED", "爱"), ("ARG1", "中国")]]),
        (ALICE, [[("ARG0", "Alice"), ("PRED", "loves"), ("ARG1", "London")]]),
        (
            COMPANY,
            [
                [("ARG1", "米哈游"), ("PRED", "成立"), ("ARGM-TMP", "于2011年")],
                [("ARG0", "米哈游"), ("PRED", "致力于"), ("ARG1", f"为用户提供{PRODUCTS}")],
                [("ARG0", "米哈游"), ("ARG2", "为用户"), ("PRED", "提供"), ("ARG1", PRODUCTS)],
            ],
        ),
    ],
)
def test_a_multi_task_model_finds_who_did_what(
    found: dict[str, Annotation], text: str, frames: list[list[tuple[str, str]]]
) -> None:
    roles = [[(part.role, text[part.begin : part.end]) for part in frame] for frame in found[text].frames]

    assert roles == frames


def test_the_graph_of_what_it_finds_links_a_person_to_a_place(found: dict[str, Annotation]) -> None:
    graph = build_graph(ALICE, found[ALICE])

    assert [(node.fields.name, node.fields.type) for node in graph.nodes] == [
        ("Alice", "PERSON"),
        ("London", "LOCATION"),
    ]
    assert [link.fields.type for link in graph.links] == ["loves"]


@pytest.mark.parametrize(
    ("text", "triple"), [(LOVE, ("我", "爱", "中国")), ("Alice loves London.", ("Alice", "loves", "London"))]
)
async def test_a_session_is_told_who_did_what_to_whom(
    multi_task: Path, text: str, triple: tuple[str, str, str]
) -> None:
    start = Start(entities=EntitiesRequest(relations=True))
    with serving(ServerConfig(port=0, entities=str(multi_task)), lambda _: Says(text)) as server:
        peer = await transcribe(server, read("mandarin")[: 3 * 16_000], start)
    check_entities(peer.messages, "codepoint")
    graph = next(message.relations for message in peer.all(Entities) if message.final)
    names = {node.id: node.fields.name for node in graph.nodes}
    assert [(names[link.source], link.fields.type, names[link.target]) for link in graph.links] == [triple]


def test_roles_are_left_out_where_they_are_not_asked_for(found: dict[str, Annotation]) -> None:
    assert found["plain"].frames == ()
    assert found["plain"].spans == found[LOVE].spans


def demo_copy(tmp_path: Path) -> Path:
    """A copy of the demo model, to be broken."""
    return Path(shutil.copytree(resolve_entity_model("demo"), tmp_path / "broken"))


def test_damaged_weights_are_one_sentence(tmp_path: Path) -> None:
    broken = demo_copy(tmp_path)
    (broken / "model.pt").write_bytes(b"weights")

    with pytest.raises(ModelError, match=r"cannot be loaded \(model.pt is damaged or contains more than weights\)\.$"):
        asyncio.run(EntityService(worker_command(broken)).run())


def test_an_encoder_that_is_not_there_is_not_fetched(tmp_path: Path) -> None:
    broken = demo_copy(tmp_path)
    shutil.rmtree(broken / "transformer")
    configuration = json.loads((broken / "config.json").read_text(encoding="utf-8"))
    configuration["transformer"] = "hfl/chinese-electra-180g-small-discriminator"  # HanLP has a mirror for it
    (broken / "config.json").write_text(json.dumps(configuration), encoding="utf-8")

    with pytest.raises(ModelError, match=r"needs the encoder 'hfl/.*', which is missing: copy its config.json"):
        asyncio.run(EntityService(worker_command(broken)).run())
