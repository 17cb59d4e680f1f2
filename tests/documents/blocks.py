"""The commands and programs of the documentation, as they stand in it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANSWER = "json answer"
"""What a block is labelled that holds the answer to the last command of the block before it."""
CONTINUES = re.compile(r"(\\|\||&&)\s*(#.*)?$")


@dataclass(frozen=True)
class Step:
    """Something to be run: a command or a Python program.

    ``shown`` is what the page says that it prints: exactly so where it is text, but for ``…``.
    """

    page: str
    line: int
    language: str
    text: str
    shown: str | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.text.splitlines()[0][:60]}"


def steps() -> Iterator[Step]:
    """All that the pages tell people to run, page by page, from top to bottom."""
    for page in PAGES:
        name, text = str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")
        last: Step | None = None
        for block in FENCE.finditer(text):
            label, body = block[1].strip(), block[2]
            line = text.count("\n", 0, block.start()) + 2
            if label == ANSWER:
                assert last is not None, f"{name}:{line} answers no command"
                last = replace(last, shown=body)
                continue
            if last is not None:
                yield last
            *before, last = [*_steps(name, line, label, body), None]
            if before:
                last = before.pop()
            yield from before
        if last is not None:
            yield last


def unlabelled(page: Path) -> list[str]:
    """Lines of blocks without a language that look like commands: nobody would run them."""
    text = page.read_text(encoding="utf-8")
    bodies = [block[2] for block in FENCE.finditer(text) if not block[1].strip()]
    return [
        line for body in bodies for line in body.splitlines() if re.match(r"(\$|pip|theresa\S*|make|docker) ", line)
    ]


def _steps(page: str, line: int, label: str, body: str) -> Iterator[Step]:
    if label == "python":
        yield Step(page, line, label, body)
    elif label == "sh":
        for offset, command in _commands(body):
            yield Step(page, line + offset, label, command)
    elif label == "console":
        yield from _session(page, line, body)


def _commands(body: str) -> Iterator[tuple[int, str]]:
    """Each command with the number of its first line; comments alone are none."""
    begun: list[str] = []
    for number, line in enumerate(body.splitlines()):
        begun.append(line)
        command = "\n".join(begun)
        if CONTINUES.search(line) or not _complete(command):
            continue
        if shlex.split(command, comments=True):
            yield number + 1 - len(begun), command
        begun = []
    assert not begun, f"a command has no end: {begun}"


def _complete(command: str) -> bool:
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def _session(page: str, line: int, body: str) -> Iterator[Step]:
    """Commands behind ``$``, each with what it prints below it."""
    for said in re.finditer(r"^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
        yield Step(page, line + body.count("\n", 0, said.start()), "sh", said[1], said[2])
