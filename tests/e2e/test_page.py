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
from theresa_server.engine.whisper.options import EngineOptions
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
MIN_SIMILARITY = 0.85
"""A browser on a busy machine may drop a moment of its microphone, and with it a word, but not a sentence."""
FINALS = "#finals p > span"
STATE = "#connection"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def server(entity_server: RunningServer) -> RunningServer:
    return entity_server


def similarity(actual: Sequence[str], expected: Sequence[str]) -> float:
    """Return how much two sequences have in common, from 0 to 1."""
    return SequenceMatcher(None, actual, expected, autojunk=False).ratio()


async def state(visit: Visit, name: str) -> None:
    await visit.page.wait_for_selector(f"{STATE}[data-state={name}]")


async def finals(visit: Visit, count: int) -> list[str]:
    await visit.page.wait_for_function("count => document.querySelectorAll('#finals p').length >= count", arg=count)
    return await visit.text_of(FINALS)


async def test_speech_appears_as_text_with_its_entities(server: RunningServer, tmp_path: Path, root: Path) -> None:
    async with visiting(server.http, microphone(tmp_path, "both", **ONE_EACH)) as visit:
        await state(visit, "ready")
        await visit.page.click("#start")
        await finals(visit, 1)
        await visit.page.wait_for_selector("#partials .stable:not(:empty) + .volatile:not(:empty)")
        await screenshot(visit, root, "live")
        texts = await finals(visit, 2)
        await visit.page.click("#start")
        await state(visit, "ready")
        marks = await visit.text_of("#finals mark")
        listed = await visit.text_of("#entities dt, #entities dd")

    assert len(texts) == 2
    assert similarity("".join(texts), "".join(BOTH[2:4])) > MIN_SIMILARITY
    assert similarity(marks, ENTITIES) > MIN_SIMILARITY
    assert similarity(listed, LISTED) > MIN_SIMILARITY
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith(server.http)] == []


async def test_a_killed_and_restarted_server_leaves_no_gap(tmp_path: Path) -> None:
    with process() as (first, url):
        port = url.rpartition(":")[2]
        async with visiting(url, microphone(tmp_path, "english", end_s=8.0)) as visit:
            await state(visit, "ready")
            await visit.page.click("#start")
            await finals(visit, 1)
            await visit.page.wait_for_selector("#partials .volatile")
            first.kill()
            first.wait()
            await state(visit, "lost")
            with process("--port", port):
                await state(visit, "open")
                texts = await finals(visit, 3)

    assert len(texts) == 3
    assert similarity(" ".join(texts).split(), " ".join(ENGLISH[:3]).split()) > MIN_SIMILARITY
    browser_message = re.compile("Failed to load resource|WebSocket connection to .* failed")
    assert [error for error in visit.errors if not browser_message.match(error)] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--use-fake-device-for-media-stream"],
            "Microphone access is blocked. Allow it in the browser's address bar, then press Start.",
        ),
        ([], "No microphone found. Connect one, then press Start."),
    ],
    ids=["refused", "absent"],
)
async def test_the_page_explains_why_it_cannot_use_a_microphone(
    server: RunningServer, options: list[str], sentence: str
) -> None:
    async with visiting(server.http, options) as visit:
        await state(visit, "ready")
        await visit.page.click("#start")
        await state(visit, "failed")

        assert await visit.text_of("#notice") == [sentence]
        assert await visit.page.is_enabled("#start")


async def test_an_opened_file_is_transcribed(server: RunningServer) -> None:
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        await visit.page.set_input_files("#file", SAMPLES / "mandarin.flac")
        await finals(visit, 1)
        await state(visit, "ready")
        texts = await visit.text_of(FINALS)

    assert texts == sentences("mandarin")


async def test_a_file_can_be_dropped_anywhere(server: RunningServer) -> None:
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
        texts = await finals(visit, len(BOTH))

    assert texts == BOTH


async def test_a_file_that_cannot_be_decoded_is_reported(server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "letter.mp3").write_text("no music", encoding="utf-8")
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        await visit.page.set_input_files("#file", tmp_path / "letter.mp3")
        await state(visit, "failed")
        notice = await visit.text_of("#notice")

    assert notice == ["Couldn't read letter.mp3. The file may be damaged, or this browser may not support its format."]


async def test_the_transcript_can_be_copied_downloaded_and_cleared(server: RunningServer) -> None:
    async with visiting(server.http, permissions=["clipboard-read", "clipboard-write"]) as visit:
        await state(visit, "ready")
        for times in (1, 2):  # the text of a second recording follows the first
            await visit.page.set_input_files("#file", SAMPLES / "both.flac")
            await finals(visit, times * len(BOTH))
            await state(visit, "ready")
        saved = {kind: await exported(visit, kind) for kind in ("txt", "srt", "json")}
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


async def test_the_page_follows_the_browsers_language_until_the_user_switches(server: RunningServer) -> None:
    async with visiting(server.http, locale="zh-CN") as visit:
        await state(visit, "ready")
        chinese = [await visit.page.inner_text("#start"), await visit.page.get_attribute("html", "lang")]
        await visit.page.click("#page-language")
        english = [await visit.page.inner_text("#start"), await visit.page.get_attribute("html", "lang")]
        await visit.page.reload()
        kept = await visit.page.inner_text("#start")

    assert chinese == ["开始", "zh-Hans"]
    assert english == ["Start", "en"]
    assert kept == "Start"


async def test_every_text_is_translated(server: RunningServer) -> None:
    async with visiting(server.http) as visit:
        english, chinese = await visit.page.evaluate(
            "import('/page/translations.js').then(({ TRANSLATIONS: { en, zh } }) => [en, zh].map(Object.entries))"
        )

    assert [key for key, _ in chinese] == [key for key, _ in english]
    assert [re.findall(r"\{\w+\}", text) for _, text in chinese] == [
        re.findall(r"\{\w+\}", text) for _, text in english
    ]


async def test_the_page_asks_for_the_api_key() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        async with visiting(server.http) as visit:
            await state(visit, "locked")
            await visit.page.fill("#api-key", "wrong")
            await visit.page.press("#api-key", "Enter")
            await visit.page.wait_for_selector("#notice:not([hidden])")
            notice = await visit.text_of("#notice")
            await visit.page.fill("#api-key", "secret")
            await visit.page.press("#api-key", "Enter")
            await state(visit, "ready")
            await visit.page.set_input_files("#file", SAMPLES / "both.flac")
            texts = await finals(visit, len(BOTH))

    assert notice == ["Invalid API key."]
    assert texts == BOTH


@pytest.fixture
def mandarin_only(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with a second model, which supports Mandarin only."""
    second = EngineOptions(model=str(demo_copy(tmp_path, "mandarin_only", languages=["zh"])))
    with serving(ServerConfig(port=0, engines=(EngineOptions(model="demo"), second))) as running:
        yield running


async def test_the_user_can_choose_between_several_models(mandarin_only: RunningServer) -> None:
    async with visiting(mandarin_only.http) as visit:
        await state(visit, "ready")
        models, before = await visit.text_of("#model option"), await visit.text_of("#language option")
        await visit.page.select_option("#model", "mandarin_only")
        after = await visit.text_of("#language option")
        await visit.page.set_input_files("#file", SAMPLES / "mandarin.flac")
        texts = await finals(visit, len(sentences("mandarin")))
        in_use = await visit.text_of("#current-model")

    assert (models, before, after) == (
        ["demo", "mandarin_only"],
        ["Auto-detect", "Chinese", "English"],
        ["Auto-detect", "Chinese"],
    )
    assert (texts, in_use) == (sentences("mandarin"), ["mandarin_only"])


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en-GB", "It understands only its own small vocabulary"), ("zh-CN", "只能识别少量固定词句")],
    ids=["English", "Chinese"],
)
async def test_the_page_says_that_the_demo_model_understands_little(
    server: RunningServer, language: str, sentence: str
) -> None:
    async with visiting(server.http, locale=language) as visit:
        await state(visit, "ready")
        (note,) = await visit.text_of("#demo-note")

    assert sentence in note


async def test_the_page_says_nothing_like_it_about_another_model(mandarin_only: RunningServer) -> None:
    async with visiting(mandarin_only.http) as visit:
        await state(visit, "ready")
        before = await visit.page.is_visible("#demo-note")
        await visit.page.select_option("#model", "mandarin_only")
        after = await visit.page.is_visible("#demo-note")

    assert (before, after) == (True, False)


async def test_a_single_model_is_not_offered_for_choice(server: RunningServer) -> None:
    async with visiting(server.http) as visit:
        await state(visit, "ready")
        shown = [await visit.page.is_visible(element) for element in ("#language", "#model-choice")]

    assert shown == [True, False]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_is_accessible_and_fits_a_phone(server: RunningServer, scheme: str, root: Path) -> None:
    async with visiting(server.http, color_scheme=scheme, viewport=PHONE) as visit:
        await state(visit, "ready")
        await visit.page.set_input_files("#file", SAMPLES / "both.flac")
        await finals(visit, len(BOTH))
        await state(visit, "ready")
        report = await Axe().run(visit.page)
        overflows = await visit.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        await screenshot(visit, root, f"phone-{scheme}")

    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in report.response["violations"]] == []
    assert not overflows


async def test_the_page_can_be_operated_by_keyboard(server: RunningServer, tmp_path: Path) -> None:
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
    """Press Tab until an element has focus."""
    for _ in range(20):
        if await visit.page.evaluate("document.activeElement.id") == name:
            return
        await visit.page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"Tab does not reach #{name}")


async def exported(visit: Visit, kind: str) -> str:
    """Download an export and return its text."""
    async with visit.page.expect_download() as saving:
        await visit.page.click(f"[data-export={kind}]")
    path = await (await saving.value).path()
    return await asyncio.to_thread(path.read_text, encoding="utf-8")


async def screenshot(visit: Visit, root: Path, name: str) -> None:
    """Save a screenshot as an artefact of the test run."""
    await visit.page.screenshot(path=root / "build" / "screenshots" / f"{name}.png")
