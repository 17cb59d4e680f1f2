"""Links, options and settings in the documentation match the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from theresa_server.cli.table import EXPERT_SETTINGS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("server/theresa_server/models/*/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SETTING_ROW = re.compile(r"^\| `(\w+\.\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
INLINE_OPTION = re.compile(r"`(--[a-z-]+)")


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def prose(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_within_the_project_has_a_target(document: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(prose(document)) if "://" not in target]

    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    listed = set(LINK.findall(prose(ROOT / "docs" / "index.md")))

    assert {page.name for page in (ROOT / "docs").glob("*.md")} - listed == {"index.md"}


@pytest.mark.parametrize(
    ("page", "command"),
    [
        ("operations.md", ["theresa_server"]),
        ("replay.md", ["theresa_client", "replay"]),
        ("microphone.md", ["theresa_client", "listen"]),
    ],
)
def test_every_option_that_a_page_names_exists(page: str, command: list[str]) -> None:
    named = set(INLINE_OPTION.findall(prose(ROOT / "docs" / page)))

    known = subprocess.run(
        [sys.executable, "-m", *command, "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert named
    assert [option for option in sorted(named) if option not in known] == []


def test_the_table_of_expert_settings_matches_the_code() -> None:
    documented = SETTING_ROW.findall(prose(ROOT / "docs" / "operations.md"))

    assert documented == [(setting.target, setting.default_text, setting.type.allowed) for setting in EXPERT_SETTINGS]
