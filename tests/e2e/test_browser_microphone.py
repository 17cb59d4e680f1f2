"""The browser client in a real browser: its microphone, and the page that docs/browser.md shows."""

import functools
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import Visit, microphone, visiting
from tests.serving import SAMPLES, serving
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig

SAID = "Good morning. 我很好，谢谢。"
"""How the recording of both languages begins."""
EMPTY = "<!doctype html><title>Empty</title><link rel='icon' href='data:,'>"
ELSEWHERE = ["--host-resolver-rules=MAP theresa.test 127.0.0.1"]
NATIVE_ONLY = """
    () => {
        const native = new AudioContext().sampleRate;
        const connect = AudioContext.prototype.createMediaStreamSource;
        AudioContext.prototype.createMediaStreamSource = function (stream) {
            if (this.sampleRate !== native) throw new DOMException("Not the device's rate.", "NotSupportedError");
            return connect.call(this, stream);
        };
        return native;
    }
"""
"""A browser that connects microphones at the rate of the device alone, as Firefox is."""

LISTEN = """
    async ({ options = {}, frames = 5, muted = false }) => {
        const { Microphone } = await import("/theresa/index.js");
        const microphone = await Microphone.open(options);
        microphone.muted = muted;
        const lengths = [];
        let loudest = 0;
        await new Promise((resolve) => {
            microphone.onFrame = (frame) => {
                lengths.push(frame.length);
                loudest = frame.reduce((most, value) => Math.max(most, Math.abs(value)), loudest);
                if (lengths.length === frames) resolve();
            };
        });
        const level = microphone.level;
        await Promise.all([microphone.close(), microphone.close()]);
        const { rate, label } = microphone;
        return { rate, label, level, loudest, whole: lengths.slice(0, frames), rest: lengths.slice(frames) };
    }
"""
REFUSED = """
    async (options) => {
        const { Microphone, MicrophoneError } = await import("/theresa/index.js");
        try {
            await Microphone.open(options);
        } catch (error) {
            return [error instanceof MicrophoneError, error.code, error.message];
        }
    }
"""
UNPLUGGED = """
    async () => {
        const { Microphone } = await import("/theresa/index.js");
        let stream;
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => (stream = await ask(wanted));
        const microphone = await Microphone.open();
        const ended = new Promise((resolve) => (microphone.onEnded = resolve));
        stream.getTracks()[0].dispatchEvent(new Event("ended"));
        const { code, message } = await ended;
        return [code, message, stream.getTracks()[0].readyState];
    }
"""


@contextmanager
def site(folder: Path, root: Path, page: str = EMPTY) -> Iterator[str]:
    """A page with a copy of the client beside it, on a server that knows nothing of Theresa; its origin."""
    (folder / "index.html").write_text(page, encoding="utf-8")
    (folder / "theresa").mkdir()
    for module in (root / "client" / "browser").glob("*.js"):
        shutil.copy(module, folder / "theresa")
    shutil.copy(SAMPLES / "english.flac", folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


def block(root: Path, language: str, containing: str = "") -> str:
    """A block of code in docs/browser.md."""
    text = (root / "docs" / "browser.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return next(found for found in blocks if containing in found)


async def listen(visit: Visit, **what: Any) -> dict[str, Any]:
    heard: dict[str, Any] = await visit.page.evaluate(LISTEN, what)
    return heard


async def test_the_microphone_gives_frames_of_the_length_and_rate_wanted(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "mandarin")) as visit:
            heard = await listen(visit, frames=30)

            assert (heard["rate"], heard["whole"]) == (16_000, [640] * 30)
            assert 0 < heard["level"] <= 1
            assert heard["loudest"] > 1_000
            assert heard["label"]
            assert visit.complaints == []


async def test_what_was_begun_of_a_frame_is_delivered_at_the_end(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            heard = await listen(visit, options={"frameMs": 500}, frames=1)

            assert len(heard["rest"]) == 1
            assert 0 < heard["rest"][0] < 8_000


async def test_a_muted_microphone_gives_silence(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            heard = await listen(visit, muted=True, frames=30)

            assert (heard["loudest"], heard["level"]) == (0, 0)


async def test_a_rate_that_no_server_takes_becomes_one_that_it_does(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            heard = await listen(visit, options={"rate": 96_000})

            assert (heard["rate"], heard["whole"]) == (48_000, [1_920] * 5)


async def test_where_the_browser_does_not_convert_the_rate_is_the_devices_own(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            native = await visit.page.evaluate(NATIVE_ONLY)
            heard = await listen(visit)

            assert native != 16_000
            assert (heard["rate"], heard["whole"]) == (native, [native // 25] * 5)


async def test_the_microphones_are_listed_with_their_names(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            await listen(visit, frames=1)
            found = await visit.page.evaluate("import('/theresa/index.js').then((all) => all.Microphone.devices())")

            assert len(found) >= 1
            assert all(device["id"] and device["label"] for device in found)


@pytest.mark.parametrize(
    ("options", "host", "wanted", "code", "says"),
    [
        (["--use-fake-device-for-media-stream", "--deny-permission-prompts"], "localhost", {}, "denied", "allow it"),
        (None, "localhost", {"deviceId": "none"}, "absent", "is one connected"),
        (None, "localhost", {"workletUrl": "/nowhere.js"}, "failed", "could not be loaded from /nowhere.js"),
        (ELSEWHERE, "theresa.test", {}, "insecure", "https"),
    ],
    ids=["denied", "absent", "no worklet", "insecure"],
)
async def test_a_microphone_that_cannot_be_had_is_told_in_one_sentence(
    tmp_path: Path, root: Path, options: list[str] | None, host: str, wanted: dict[str, str], code: str, says: str
) -> None:
    with site(tmp_path, root) as origin:
        address = origin.replace("localhost", host)
        async with visiting(address, options or microphone(tmp_path, "english")) as visit:
            ours, kind, message = await visit.page.evaluate(REFUSED, wanted)

    assert (ours, kind) == (True, code)
    assert says in message
    assert message.endswith((".", "?"))


async def test_a_device_that_goes_away_is_told_and_let_go(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            code, message, state = await visit.page.evaluate(UNPLUGGED)

    assert (code, state) == ("lost", "ended")
    assert message == "The microphone is gone: was it unplugged, or the permission withdrawn?"


async def test_the_page_in_the_documentation_shows_what_is_said(tmp_path: Path, root: Path) -> None:
    page = block(root, "html")
    with site(tmp_path, root) as origin, serving(_allowing(origin)) as server:
        address = "ws://127.0.0.1:8080/v1/stream"
        assert address in page
        (tmp_path / "index.html").write_text(page.replace(address, server.url), encoding="utf-8")
        async with visiting(origin, microphone(tmp_path, "both")) as visit:
            await visit.page.click("button")
            await visit.page.wait_for_function(
                "said => document.querySelector('p').textContent.startsWith(said)", arg=SAID
            )


async def test_a_page_whose_origin_is_not_allowed_is_told_what_to_look_at(tmp_path: Path, root: Path) -> None:
    page = block(root, "html")
    with site(tmp_path, root) as origin, serving() as server:
        (tmp_path / "index.html").write_text(
            page.replace("ws://127.0.0.1:8080/v1/stream", server.url), encoding="utf-8"
        )
        async with visiting(origin, microphone(tmp_path, "both")) as visit:
            await visit.page.click("button")
            told = f"and may pages of {origin} connect to it (--allow-origin)?"
            await visit.page.wait_for_function(
                "told => document.querySelector('p').textContent.endsWith(told)", arg=told
            )


async def test_the_recording_in_the_documentation_becomes_subtitles(tmp_path: Path, root: Path) -> None:
    module = block(root, "js", "OfflineAudioContext").replace("@theresa/client", "./theresa/index.js")
    with site(tmp_path, root) as origin, serving(_allowing(origin)) as server:
        (tmp_path / "subtitles.js").write_text(module, encoding="utf-8")
        async with visiting(origin) as visit:
            made = await visit.page.evaluate(
                """async (url) => {
                    const { subtitles } = await import("/subtitles.js");
                    return await subtitles(await (await fetch("/english.flac")).blob(), url);
                }""",
                server.url,
            )

    assert made.startswith("1\n00:00:00,")
    assert "\nMy name is Alice Johnson.\n" in made


async def test_a_session_in_the_documentation_comes_to_its_end(tmp_path: Path, root: Path) -> None:
    module = block(root, "js", "session.flush").replace("@theresa/client", "./theresa/index.js")
    names = tmp_path / "names.txt"
    names.write_text("北京\tLOCATION\n", encoding="utf-8")  # so that entities may be asked for
    with site(tmp_path, root) as origin, serving(_allowing(origin, lexicon=names)) as server:
        assert "wss://example.org/v1/stream" in module
        (tmp_path / "session.js").write_text(
            module.replace("wss://example.org/v1/stream", server.url), encoding="utf-8"
        )
        async with visiting(origin) as visit:
            said: list[str] = []
            visit.page.on("console", lambda line: said.append(line.text.partition(" ")[0]))
            await visit.page.evaluate("import('/session.js').then(() => null)")

    assert [word for word in said if word in ("open", "flushed", "updated", "ended")] == [
        "open", "flushed", "updated", "ended", "ended",
    ]  # fmt: skip


def _allowing(origin: str, lexicon: Path | None = None) -> ServerConfig:
    return ServerConfig(port=0, entities="off", lexicon=lexicon, policy=Policy(allowed_origins=(origin,)))
