"""What the documentation tells people to run works as it is written there, and prints what is shown."""

import contextlib
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.documents.blocks import PAGES, ROOT, Step, steps, unlabelled
from tests.documents.elsewhere import ELSEWHERE
from tests.documents.workplace import Workplace
from tests.serving import RunningServer, skip_without

skip_without("hanlp")

STEPS = list(steps())
WRITES = re.compile(r">|--(save|srt|vtt|text) ")
"""A command that leaves a file for those after it."""


def elsewhere(step: Step) -> str | None:
    """Why a step is not run here."""
    return next((reason for begin, reason in ELSEWHERE.items() if step.text.startswith(begin)), None)


@pytest.fixture(scope="module")
def server(entity_server: RunningServer) -> RunningServer:
    return entity_server


@pytest.fixture(scope="module")
def workplaces(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Workplace]]:
    """The folder of each page: what is done there builds on what was done before."""
    opened: dict[str, Workplace] = {}

    class Workplaces(dict[str, Workplace]):
        def __missing__(self, page: str) -> Workplace:
            opened[page] = self[page] = Workplace(tmp_path_factory.mktemp("workplace"), server)
            return self[page]

    yield Workplaces()
    for workplace in opened.values():
        workplace.close()


def once(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, each server and each microphone only once: what starts them in the same words does the same."""
    seen: set[str] = set()
    for step in steps:
        if step.text.startswith(("theresa-server", "theresa listen")) and not WRITES.search(step.text):
            command = shlex.join(shlex.split(step.text, comments=True))
            if command in seen:
                continue
            seen.add(command)
        yield step


@pytest.mark.parametrize("step", [step for step in once(STEPS) if elsewhere(step) is None], ids=str)
def test_it_works_as_written(step: Step, workplaces: dict[str, Workplace]) -> None:
    printed = workplaces[step.page].run(step)

    assert '"error"' not in printed  # what is asked for with curl may fail in this way
    if step.shown is not None:
        assert re.fullmatch(pattern(step.shown), plain(printed)), printed
    elif step.text.startswith("theresa ") and "> " not in step.text:
        assert printed  # it has heard something


def pattern(shown: str) -> str:
    """What matches an output: ``…`` stands for anything."""
    return re.escape("".join(shown.split())).replace("…", ".*")


def plain(printed: str) -> str:
    """An output without its white space, JSON as it is written in pages."""
    with contextlib.suppress(ValueError):
        printed = json.dumps(json.loads(printed), ensure_ascii=False)
    return "".join(printed.split())


@pytest.mark.parametrize("begin", ELSEWHERE)
def test_what_is_not_run_is_still_in_the_documentation(begin: str) -> None:
    assert any(step.text.startswith(begin) for step in STEPS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_says_that_it_is_one(page: Path) -> None:
    assert unlabelled(page) == []
