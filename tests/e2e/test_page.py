"""The live page in a real browser, with a microphone that plays a recording."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.chromium import Visit, microphone, visiting
from tests.demo_copy import demo_copy
from tests.serving import SAMPLES, RunningServer, process, sentences, serving
from theresa_server.engine.whisper.loading import EngineOptions
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig

ENGLISH = sentences("english")
BOTH = sentences("both")
ONE_EACH = {"begin_s": 5.0, "end_s": 14.0}
"""One sentence in each language."""
ENTITIES = ["Orion Systems", "Shanghai", "Friday", "陈静", "深圳", "华星科技"]
LISTED = [
    "Dates", "Friday ×1",
    "Places", "Shanghai ×1", "深圳 ×1",
    "Organisations", "Orion Systems ×1", "华星科技 ×1",
    "People", "陈静 ×1",
]  # fmt: skip
NO_GAP = 0.85
"""A browser on a busy machine may swallow a moment of its microphone, and a word with it; a sentence is more."""
FINALS = "#finals p > span"
STATE = "#connection"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def server(entity_server: RunningServer) -> RunningServer:
    return entity_server


def alike(heard: Sequence[str], expected: Sequence[str]) -> float:
    """How much of two sequences is the same: 1 for all of it."""
    return SequenceMatcher(None, heard, expected, autojunk=False).ratio()


async def state(visit: Visit, name: str) -> None:
    await visit.page.wait_for_selector(f"{STATE}[data-state={name}]")


async def finals(visit: Visit, count: int) -> list[str]:
    await visit.page.wait_for_function("count => document.querySelectorAll('#finals p').length >= count", arg=count)
    return await visit.text_of(FINALS)


async def test_what_is_said_appears_with_its_entities(server: RunningServer, tmp_path: Path, root: Path) -> None:
    async with visiting(server.http, microphone(tmp_path, "both", **ONE_EACH)) as visit:
        await state(visit, "ready")
        await visit.page.click("#start")
        await finals(visit, 1)
        await visit.page.wait_for_selector("#growing .stable:not(:empty) + .volatile:not(:empty)")
        await keep(visit, root, "live")
        heard = await finals(visit, 2)
        await visit.page.click("#start")
        await state(visit, "ready")
        marks = await visit.text_of("#finals mark")
        listed = await visit.text_of("#entities dt, #entities dd")

    assert len(heard) == 2
    assert alike("".join(heard), "".join(BOTH[2:4])) > NO_GAP
    assert alike(marks, ENTITIES) > NO_GAP
    assert alike(listed, LISTED) > NO_GAP
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(server.http)] == []


async def test_a_server_that_is_killed_and_started_again_leaves_no_gap(tmp_path: Path) -> None:
    with process() as (first, url):
        port = url.rpartition(":")[2]
        async with visiting(url, microphone(tmp_path, "english", end_s=8.0)) as visit:
            await state(visit, "ready")
            await visit.page.click("#start")
            await finals(visit, 1)
            await visit.page.wait_for_selector("#growing .volatile")
            first.kill()
            first.wait()
            await state(visit, "lost")
            with process("--port", port):
                await state(visit, "open")
                heard = await finals(visit, 3)

    assert len(heard) == 3
    assert alike(" ".join(heard).split(), " ".join(ENGLISH[:3]).split()) > NO_GAP
    told_by_the_browser = re.compile("Failed to load resource|WebSocket connection to .* failed")
    assert [complaint for complaint in visit.complaints if not told_by_the_browser.match(complaint)] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--use-fake-device-for-media-stream"],
            "The browser does not let this page use the microphone: allow it beside the address, then press Start.",
        ),
        ([], "No microphone was found: plug one in, then press Start."),
    ],
    ids=["refused", "absent"],
)
async def test_a_page_without_a_microphone_says_why(server: RunningServer, options: list[str], sentence: str) -> None:
    async with visiting(server.http, options) as visit:
        await state(visit, "ready")
        await visit.page.click("#start")
        await state(visit, "failed")

        assert await visit.text_of("#notice") == [sentence]
        assert await visit.page.is_enabled("#start")


async def test_a_recording_that_is_chosen_is_sent_at_once(server: RunningServer) -> None:
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        await visit.page.set_input_files("#file", SAMPLES / "mandarin.flac")
        await finals(visit, 1)
        await state(visit, "ready")
        heard = await visit.text_of(FINALS)

    assert heard == sentences("mandarin")


async def test_a_recording_may_be_dropped_anywhere(server: RunningServer) -> None:
    data = base64.b64encode((SAMPLES / "both.flac").read_bytes()).decode()
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        await visit.page.evaluate(
            """data => {
                const carried = new DataTransfer();
                carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], "both.flac"));
                for (const type of ["dragover", "drop"]) {
                    const options = { dataTransfer: carried, bubbles: true, cancelable: true };
                    document.querySelector("footer").dispatchEvent(new DragEvent(type, options));
                }
            }""",
            data,
        )
        heard = await finals(visit, len(BOTH))

    assert heard == BOTH


async def test_what_is_no_recording_is_named(server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "letter.mp3").write_text("no music", encoding="utf-8")
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        await visit.page.set_input_files("#file", tmp_path / "letter.mp3")
        await state(visit, "failed")
        notice = await visit.text_of("#notice")

    assert notice == ["letter.mp3 is not a recording that this browser can read."]


async def test_the_transcript_can_be_copied_saved_and_cleared(server: RunningServer) -> None:
    async with visiting(server.http, permissions=["clipboard-read", "clipboard-write"]) as visit:
        await state(visit, "ready")
        for times in (1, 2):  # a second recording goes on behind the first
            await visit.page.set_input_files("#file", SAMPLES / "both.flac")
            await finals(visit, times * len(BOTH))
            await state(visit, "ready")
        saved = {kind: await saved_as(visit, kind) for kind in ("txt", "srt", "json")}
        await visit.page.click("[data-export=copy]")
        await visit.page.wait_for_selector("#notice:not([hidden])")
        copied = await visit.page.evaluate("navigator.clipboard.readText()")
        await visit.page.click("[data-export=clear]")
        left = await visit.text_of(FINALS)

    assert saved["txt"].split("\n") == [*BOTH, *BOTH, ""]
    assert copied == saved["txt"]
    assert saved["srt"].count(" --> ") == 2 * len(BOTH)
    segments = json.loads(saved["json"])
    assert [segment["text"] for segment in segments] == [*BOTH, *BOTH]
    assert segments[len(BOTH)]["start_ms"] >= 20_000
    assert [entity["text"] for entity in segments[3]["entities"]] == ["陈静", "深圳", "华星科技"]
    assert left == []


async def test_the_page_speaks_chinese_to_who_reads_chinese(server: RunningServer) -> None:
    async with visiting(server.http, locale="zh-CN") as visit:
        await state(visit, "ready")
        chinese = [await visit.page.inner_text("#start"), await visit.page.get_attribute("html", "lang")]
        await visit.page.click("#interface")
        english = [await visit.page.inner_text("#start"), await visit.page.get_attribute("html", "lang")]
        await visit.page.reload()
        kept = await visit.page.inner_text("#start")

    assert chinese == ["开始", "zh-Hans"]
    assert english == ["Start", "en"]
    assert kept == "Start"


async def test_everything_is_said_in_both_languages(server: RunningServer) -> None:
    async with visiting(server.http) as visit:
        english, chinese = await visit.page.evaluate(
            "import('/page/words.js').then(({ TONGUES }) => [TONGUES.en, TONGUES.zh].map(Object.entries))"
        )

    assert [key for key, _ in chinese] == [key for key, _ in english]
    assert [re.findall(r"\{\w+\}", text) for _, text in chinese] == [
        re.findall(r"\{\w+\}", text) for _, text in english
    ]


async def test_a_server_with_keys_is_asked_with_one() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        async with visiting(server.http) as visit:
            await state(visit, "locked")
            await visit.page.fill("#key", "wrong")
            await visit.page.press("#key", "Enter")
            await visit.page.wait_for_selector("#notice:not([hidden])")
            notice = await visit.text_of("#notice")
            await visit.page.fill("#key", "secret")
            await visit.page.press("#key", "Enter")
            await state(visit, "ready")
            await visit.page.set_input_files("#file", SAMPLES / "both.flac")
            heard = await finals(visit, len(BOTH))

    assert notice == ["The server does not know this key."]
    assert heard == BOTH


@pytest.fixture
def wards(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with a second model, which knows Mandarin alone."""
    second = EngineOptions(model=str(demo_copy(tmp_path, "wards", languages=["zh"])))
    with serving(ServerConfig(port=0, engines=(EngineOptions(), second))) as running:
        yield running


async def test_a_model_can_be_chosen_where_there_are_several(wards: RunningServer) -> None:
    async with visiting(wards.http) as visit:
        await state(visit, "ready")
        models, before = await visit.text_of("#models option"), await visit.text_of("#language option")
        await visit.page.select_option("#models", "wards")
        after = await visit.text_of("#language option")
        await visit.page.set_input_files("#file", SAMPLES / "mandarin.flac")
        heard = await finals(visit, len(sentences("mandarin")))
        at_work = await visit.text_of("#model")

    assert (models, before, after) == (
        ["demo", "wards"],
        ["Detected", "Chinese", "English"],
        ["Detected", "Chinese"],
    )
    assert (heard, at_work) == (sentences("mandarin"), ["wards"])


async def test_where_there_is_one_model_there_is_no_choice(server: RunningServer) -> None:
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        shown = [await visit.page.is_visible(element) for element in ("#language", "#models")]

    assert shown == [True, False]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_can_be_used_by_everybody(server: RunningServer, scheme: str, root: Path) -> None:
    async with visiting(server.http, color_scheme=scheme, viewport=PHONE) as visit:
        await state(visit, "ready")
        await visit.page.set_input_files("#file", SAMPLES / "both.flac")
        await finals(visit, len(BOTH))
        await state(visit, "ready")
        report = await Axe().run(visit.page)
        too_wide = await visit.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        await keep(visit, root, f"phone-{scheme}")

    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in report.response["violations"]] == []
    assert not too_wide


async def test_hands_on_the_keyboard_are_enough(server: RunningServer, tmp_path: Path) -> None:
    async with visiting(server.http, microphone(tmp_path, "english")) as visit:
        await state(visit, "ready")
        await reach(visit, "start")
        await visit.page.keyboard.press("Enter")
        await state(visit, "open")
        await reach(visit, "mute")
        await visit.page.keyboard.press("Space")
        await visit.page.wait_for_selector("#mute[aria-pressed=true]")
        await reach(visit, "start", back=True)
        await visit.page.keyboard.press("Enter")
        await state(visit, "ready")


async def reach(visit: Visit, name: str, *, back: bool = False) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(20):
        if await visit.page.evaluate("document.activeElement.id") == name:
            return
        await visit.page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"the keyboard does not lead to {name}")


async def saved_as(visit: Visit, kind: str) -> str:
    """What the page has the browser save."""
    async with visit.page.expect_download() as saving:
        await visit.page.click(f"[data-export={kind}]")
    path = await (await saving.value).path()
    return await asyncio.to_thread(path.read_text, encoding="utf-8")


async def keep(visit: Visit, root: Path, name: str) -> None:
    """A picture of the page, kept as an artefact of the test run."""
    await visit.page.screenshot(path=root / "build" / "screenshots" / f"{name}.png")
