/** Sessions with the real server over a stable connection. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import WebSocket from "ws";

import { CLIENT, Session } from "../session.js";
import { Listener } from "./listener.js";
import { HAS_ENTITY_MODEL, lexicon, recording, sentences, Server, words } from "./server.js";

const read = (name) => JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8"));
const SECOND = new Int16Array(16_000);
const NO_MODEL = HAS_ENTITY_MODEL ? false : "needs HanLP and torch";

const MENTIONED = {
  english: ["Alice Johnson", "London", "Acme Corporation", "David Miller"],
  mandarin: ["王小明", "北京", "李华", "上海"],
  both: ["Orion Systems", "Shanghai", "陈静", "深圳"],
};

const { url } = await Server.start({ options: HAS_ENTITY_MODEL ? ["--entities", "demo"] : lexicon() });

describe("a session", { timeout: 60_000 }, () => {
  for (const name of ["english", "mandarin", "both"]) {
    test(`transcribes ${name}`, async () => {
      const listener = new Listener(url);
      assert.ok(listener.session.send(recording(name))); // before the session is open
      const ended = await listener.session.finish();
      assert.deepEqual(words(listener.finals), words(sentences(name)));
      assert.equal(ended.segments, listener.finals.length);
    });

    test(`finds the entities in ${name}`, { skip: NO_MODEL }, async () => {
      const listener = new Listener(url, { start: { entities: {} } });
      listener.session.send(recording(name));
      await listener.session.finish();
      const found = listener.transcript.mentions.map(({ text }) => text);
      assert.deepEqual(MENTIONED[name].filter((text) => !found.includes(text)), []);
    });
  }

  test("counts offsets in UTF-16 code units", async () => {
    const listener = new Listener(url, { start: { words: true } });
    listener.session.send(recording("mandarin"));
    await listener.session.finish();
    assert.equal(listener.session.started.configuration.offset_unit, "utf16");
    for (const { text, words: timed } of listener.transcript.finals) {
      assert.ok(timed.length > 0);
      assert.deepEqual(timed.map((word) => text.slice(word.from, word.to)), timed.map((word) => word.text));
    }
  });

  test("reports its states in order, each with its detail", async () => {
    const listener = new Listener(url);
    const started = await listener.session.opened;
    const ended = await listener.session.finish();
    assert.deepEqual(listener.states, [["connecting", null], ["open", started], ["ended", ended]]);
    assert.deepEqual([listener.messages.at(0), listener.messages.at(-1)], [started, ended]);
  });

  test("a flush makes the audio before it final, and the session continues", async () => {
    const listener = new Listener(url);
    listener.session.send(recording("both").subarray(0, 16_000));
    const flushed = await listener.session.flush();
    assert.equal(flushed.through, 16_000);
    assert.equal(listener.finals.length, 1);
    listener.session.send(recording("both").subarray(16_000));
    await listener.session.finish();
    assert.deepEqual(words(listener.finals).slice(-4), words(["请等一下"]));
  });

  test("an update takes effect", async () => {
    const { session } = new Listener(url);
    const updated = await session.update({ language: "zh", endpointing: { silence_ms: 700 } });
    assert.equal(updated.configuration.language, "zh");
    assert.equal(updated.configuration.endpointing.silence_ms, 700);
    session.close();
  });

  test("a rejected update does not end the session", async () => {
    const { session } = new Listener(url, { start: { language: "en" } });
    await assert.rejects(session.update({ language: "fr" }), {
      name: "SessionError", code: "unknown_language", param: "$.language", fatal: false,
    });
    assert.equal((await session.finish()).segments, 0);
  });

  for (const { name, frame, error } of read("tests/protocol/vectors/client.json")) {
    if (error === undefined || frame.type !== "start" || frame.audio) continue;
    test(`${name}: rejected with the server's error`, async () => {
      const { type, ...start } = frame;
      const { session } = new Listener(url, { start });
      await assert.rejects(session.ended, { ...error, closeCode: 4400, fatal: true });
      assert.equal(session.state, "failed");
    });
  }

  test("accepts stereo audio in 32-bit floats", async () => {
    const mono = recording("english").subarray(0, 32_000);
    const stereo = Float32Array.from({ length: mono.length * 2 }, (_, index) => mono[index >> 1] / 32_768);
    const listener = new Listener(url, { start: { audio: { encoding: "pcm_f32le", channels: 2 } } });
    assert.ok(listener.session.send(stereo));
    assert.equal(listener.session.sent, 32_000);
    await listener.session.finish();
    assert.deepEqual(words(listener.finals), words(["Good morning."]));
  });

  test("rejects arrays of another type and incomplete samples", () => {
    const { session } = new Listener(url);
    assert.throws(() => session.send(new Float32Array(4)), {
      name: "TypeError", message: "Audio in pcm_s16le must be of type Int16Array or Uint8Array.",
    });
    assert.throws(() => session.send(new Uint8Array(3)), {
      name: "RangeError", message: "Audio must consist of whole samples: 3 bytes is not a multiple of 2.",
    });
    session.close();
  });

  test("accepts audio up to the server's limit, and again when there is space", async () => {
    const { session } = new Listener(url);
    for (let second = 0; second < 60; second += 1) assert.ok(session.send(SECOND));
    assert.equal(session.send(SECOND), false);
    assert.equal(session.sent, 60 * 16_000);
    await session.waitForSpace(SECOND.length);
    assert.ok(session.send(SECOND));
    assert.equal((await session.finish()).audio_ms, 61_000);
  });

  test("accepts no audio and no requests after finish", async () => {
    const { session } = new Listener(url);
    const ended = session.finish();
    assert.equal(session.send(SECOND), false);
    await assert.rejects(session.flush(), { code: "unexpected_message", fatal: false });
    assert.equal((await ended).audio_ms, 0);
    assert.equal(session.send(SECOND), false);
    await assert.rejects(session.update({}), { code: "closed" });
  });

  test("close takes effect immediately, and the session cannot be resumed", async () => {
    const listener = new Listener(url);
    const { session_id, token } = await listener.session.opened;
    listener.session.close();
    assert.deepEqual(listener.states.at(-1), ["ended", null]);
    await assert.rejects(listener.session.ended, { code: "closed" });

    const resume = { session_id, token, committed: 0, next_segment: 0 };
    const other = new Listener(url, { start: { resume } });
    assert.equal((await other.session.opened).resumed, false);
    other.session.close();
  });

  test("can be closed before it is open", async () => {
    const { session } = new Listener(url);
    session.close();
    await assert.rejects(session.opened, { code: "closed", message: "The session was closed by the client." });
  });

  test("an exception in a callback is reported and does not end the session", async (t) => {
    const exceptions = [];
    const runners = process.rawListeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", ({ message }) => exceptions.push(message));
    t.after(() => {
      process.removeAllListeners("uncaughtException");
      for (const runner of runners) process.on("uncaughtException", runner);
    });
    const session = new Session(url, {
      WebSocket,
      onMessage({ type }) {
        if (type === "started") throw new Error("an exception");
      },
    });
    session.send(SECOND);
    assert.equal((await session.finish()).audio_ms, 1_000);
    assert.deepEqual(exceptions, ["an exception"]);
  });

  test("audio waits while the socket buffer is full", async () => {
    /** A socket whose buffer stays full until the test empties it. */
    class SlowSocket extends WebSocket {
      static full = true;
      static sentBytes = 0;
      get bufferedAmount() {
        return SlowSocket.full ? SlowSocket.sentBytes : 0;
      }
      send(data, ...more) {
        SlowSocket.sentBytes += data.length;
        super.send(data, ...more);
      }
    }
    const { session } = new Listener(url, { WebSocket: SlowSocket });
    await session.opened;
    for (let second = 0; second < 30; second += 1) assert.ok(session.send(SECOND));
    assert.ok(SlowSocket.sentBytes > 256 * 1024 && SlowSocket.sentBytes < 256 * 1024 + 65_536, `${SlowSocket.sentBytes} bytes`);
    SlowSocket.full = false;
    assert.equal((await session.finish()).audio_ms, 30_000);
  });
});

test("the client reports its package name and version", () => {
  const { name, version } = read("client/browser/package.json");
  assert.deepEqual(CLIENT, { name, version });
});

for (const url of ["", "ftp://127.0.0.1/v1/stream", "/v1/stream"]) {
  test(`'${url}' is not a valid URL outside a page`, () => {
    assert.throws(() => new Session(url, { WebSocket }), { name: "TypeError", message: /^Invalid stream URL: / });
  });
}

test("an API key that is not a valid header value is rejected", () => {
  assert.throws(() => new Session("ws://127.0.0.1:1", { WebSocket, apiKey: "密钥" }), { name: "TypeError" });
});

test("an unknown encoding is rejected", () => {
  assert.throws(() => new Session("ws://127.0.0.1:1", { WebSocket, start: { audio: { encoding: "mp3" } } }), {
    name: "TypeError", message: "Unknown audio encoding: 'mp3'.",
  });
});
