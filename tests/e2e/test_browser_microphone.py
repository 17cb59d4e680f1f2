"""The browser client in a real browser: its microphone, and the examples in docs/browser.md."""

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

FIRST_WORDS = "Good morning. 我很好，谢谢。"
"""The first words of the bilingual recording."""
EMPTY = "<!doctype html><title>Empty</title><link rel='icon' href='data:,'>"
REMOTE_HOST = ["--host-resolver-rules=MAP theresa.test 127.0.0.1"]
NATIVE_ONLY = """
    () => {
        const native = new AudioContext().sampleRate;
        const connect = AudioContext.prototype.createMediaStreamSource;
        AudioContext.prototype.createMediaStreamSource = function (stream) {
            if (this.sampleRate !== native) throw new DOMException("Not the rate of the device.", "NotSupportedError");
            return connect.call(this, stream);
        };
        return native;
    }
"""
"""Makes the browser accept only the rate of the device, as Firefox does."""

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
OPEN_ERROR = """
    async (options) => {
        const { Microphone, MicrophoneError } = await import("/theresa/index.js");
        try {
            await Microphone.open(options);
        } catch (error) {
            return [error instanceof MicrophoneError, error.code, error.message];
        }
    }
"""
UNPLUG = """
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
    """Serve a page with a copy of the client on a plain web server, and yield its origin."""
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
    """Return a code block of docs/browser.md."""
    text = (root / "docs" / "browser.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return next(found for found in blocks if containing in found)


async def listen(visit: Visit, **what: Any) -> dict[str, Any]:
    result: dict[str, Any] = await visit.page.evaluate(LISTEN, what)
    return result


async def test_frames_have_the_requested_length_and_rate(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "mandarin")) as visit:
            result = await listen(visit, frames=30)

            assert (result["rate"], result["whole"]) == (16_000, [640] * 30)
            assert 0 < result["level"] <= 1
            assert result["loudest"] > 1_000
            assert result["label"]
            assert visit.errors == []


async def test_the_incomplete_last_frame_is_delivered(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            result = await listen(visit, options={"frameMs": 500}, frames=1)

            assert len(result["rest"]) == 1
            assert 0 < result["rest"][0] < 8_000


async def test_a_muted_microphone_delivers_silence(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            result = await listen(visit, muted=True, frames=30)

            assert (result["loudest"], result["level"]) == (0, 0)


async def test_a_rate_above_the_limit_is_reduced(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            result = await listen(visit, options={"rate": 96_000})

            assert (result["rate"], result["whole"]) == (48_000, [1_920] * 5)


async def test_the_rate_of_the_device_is_used_if_the_browser_cannot_convert(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            native = await visit.page.evaluate(NATIVE_ONLY)
            result = await listen(visit)

            assert native != 16_000
            assert (result["rate"], result["whole"]) == (native, [native // 25] * 5)


async def test_microphones_are_listed_by_name(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            await listen(visit, frames=1)
            found = await visit.page.evaluate("import('/theresa/index.js').then((all) => all.Microphone.devices())")

            assert len(found) >= 1
            assert all(device["id"] and device["label"] for device in found)


@pytest.mark.parametrize(
    ("options", "host", "wanted", "code", "fragment"),
    [
        (["--use-fake-device-for-media-stream", "--deny-permission-prompts"], "localhost", {}, "denied", "Allow it"),
        (None, "localhost", {"deviceId": "none"}, "absent", "Check that it is connected"),
        (None, "localhost", {"workletUrl": "/nowhere.js"}, "failed", "could not be loaded from /nowhere.js"),
        (REMOTE_HOST, "theresa.test", {}, "insecure", "HTTPS"),
    ],
    ids=["denied", "absent", "no worklet", "insecure"],
)
async def test_a_microphone_that_cannot_be_opened_is_reported(
    tmp_path: Path, root: Path, options: list[str] | None, host: str, wanted: dict[str, str], code: str, fragment: str
) -> None:
    with site(tmp_path, root) as origin:
        address = origin.replace("localhost", host)
        async with visiting(address, options or microphone(tmp_path, "english")) as visit:
            ours, kind, message = await visit.page.evaluate(OPEN_ERROR, wanted)

    assert (ours, kind) == (True, code)
    assert fragment in message
    assert message.endswith(".")


async def test_a_disconnected_device_is_reported_and_released(tmp_path: Path, root: Path) -> None:
    with site(tmp_path, root) as origin:
        async with visiting(origin, microphone(tmp_path, "english")) as visit:
            code, message, state = await visit.page.evaluate(UNPLUG)

    assert (code, state) == ("lost", "ended")
    assert message == "The microphone was disconnected, or its permission was withdrawn."


async def test_the_page_in_the_documentation_shows_the_transcript(tmp_path: Path, root: Path) -> None:
    page = block(root, "html")
    with site(tmp_path, root) as origin, serving(_allowing(origin)) as server:
        address = "ws://127.0.0.1:8080/v1/stream"
        assert address in page
        (tmp_path / "index.html").write_text(page.replace(address, server.url), encoding="utf-8")
        async with visiting(origin, microphone(tmp_path, "both")) as visit:
            await visit.page.click("button")
            await visit.page.wait_for_function(
                "words => document.querySelector('p').textContent.startsWith(words)", arg=FIRST_WORDS
            )


async def test_a_page_of_another_origin_gets_a_hint_about_allow_origin(tmp_path: Path, root: Path) -> None:
    page = block(root, "html")
    with site(tmp_path, root) as origin, serving() as server:
        (tmp_path / "index.html").write_text(
            page.replace("ws://127.0.0.1:8080/v1/stream", server.url), encoding="utf-8"
        )
        async with visiting(origin, microphone(tmp_path, "both")) as visit:
            await visit.page.click("button")
            hint = f"and that it allows pages from {origin} (--allow-origin)."
            await visit.page.wait_for_function(
                "hint => document.querySelector('p').textContent.endsWith(hint)", arg=hint
            )


async def test_the_example_for_recordings_renders_subtitles(tmp_path: Path, root: Path) -> None:
    module = block(root, "js", "OfflineAudioContext").replace("@theresa/client", "./theresa/index.js")
    with site(tmp_path, root) as origin, serving(_allowing(origin)) as server:
        (tmp_path / "subtitles.js").write_text(module, encoding="utf-8")
        async with visiting(origin) as visit:
            subtitles = await visit.page.evaluate(
                """async (url) => {
                    const { subtitles } = await import("/subtitles.js");
                    return await subtitles(await (await fetch("/english.flac")).blob(), url);
                }""",
                server.url,
            )

    assert subtitles.startswith("1\n00:00:00,")
    assert "\nMy name is Alice Johnson.\n" in subtitles


async def test_the_example_for_sessions_runs_to_its_end(tmp_path: Path, root: Path) -> None:
    module = block(root, "js", "session.flush").replace("@theresa/client", "./theresa/index.js")
    names = tmp_path / "names.txt"
    names.write_text("北京\tLOCATION\n", encoding="utf-8")  # enables entities
    with site(tmp_path, root) as origin, serving(_allowing(origin, lexicon=names)) as server:
        assert "wss://example.org/v1/stream" in module
        (tmp_path / "session.js").write_text(
            module.replace("wss://example.org/v1/stream", server.url), encoding="utf-8"
        )
        async with visiting(origin) as visit:
            logged: list[str] = []
            visit.page.on("console", lambda line: logged.append(line.text.partition(" ")[0]))
            await visit.page.evaluate("import('/session.js').then(() => null)")

    assert [word for word in logged if word in ("open", "flushed", "updated", "ended")] == [
        "open", "flushed", "updated", "ended", "ended",
    ]  # fmt: skip


def _allowing(origin: str, lexicon: Path | None = None) -> ServerConfig:
    return ServerConfig(port=0, entities="off", lexicon=lexicon, policy=Policy(allowed_origins=(origin,)))
