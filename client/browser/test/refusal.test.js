/** Openings that are refused: a browser hides why, so the same address is asked over HTTP. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, describe, test } from "node:test";

import { refusal, streamUrl } from "../address.js";
import { Listener } from "./listening.js";
import { Server } from "./serving.js";

const KEY = "geheim+/?~key";
const server = await Server.start({ options: ["--entities", "off", "--api-keys", KEY], until: "listening on" });
after(() => server.kill());
const shown = server.url.replace("http", "ws");

/** What an opening fails with. */
async function refused(url, options) {
  const { session } = new Listener(url, options);
  return session.opened.then(assert.fail, (error) => error);
}

describe("a server", { timeout: 30_000 }, () => {
  test("that is still loading says when to come back, and then lets in", async () => {
    const error = await refused(server.url, { apiKey: KEY });
    assert.deepEqual([error.code, error.status, error.retryAfterMs], ["overloaded", 503, 5_000]);
    assert.equal(
      error.message,
      `The server at ${shown} refused the session (HTTP 503): The server is still loading its models. Try again in 5 s.`,
    );
    await server.ready();
    const { session } = new Listener(server.url, { apiKey: KEY });
    assert.equal((await session.opened).next_sample, 0);
    session.close();
  });

  for (const apiKey of [undefined, "another"]) {
    test(`that wants a key refuses ${apiKey ? "a wrong one" : "one who has none"}`, async () => {
      await server.ready();
      const error = await refused(server.url, { apiKey });
      assert.deepEqual([error.code, error.status, error.fatal], ["unauthorized", 401, true]);
      assert.match(error.message, /refused the session \(HTTP 401\): A valid API key is required/);
    });
  }

  test("that has no such model says which it has, before anything is sent", async () => {
    await server.ready();
    const error = await refused(server.url, { apiKey: KEY, start: { model: "大模型" } });
    assert.deepEqual([error.code, error.status, error.fatal], ["unknown_model", 404, true]);
    assert.match(error.message, /Unknown model '大模型'; available models: 'demo'\.$/);
  });

  test("that has gone away for good is told from one that refuses", async () => {
    const error = await refused("http://127.0.0.1:9/v1/stream");
    assert.equal(error.code, "unreachable");
    assert.equal(error.message, "Nothing answers at ws://127.0.0.1:9/v1/stream: is theresa-server running?");
  });

  test("has no stream at another path", async () => {
    const error = await refused(new URL("/v2/stream", server.url));
    assert.deepEqual([error.code, error.status], ["unreachable", 404]);
    assert.match(error.message, /^There is no stream at ws:.* \(HTTP 404\): the path is usually \/v1\/stream\.$/);
  });

  test("of another make that opens no WebSocket is told so", async (t) => {
    const other = createServer((_, response) => response.writeHead(500).end("oops")).listen(0, "127.0.0.1");
    t.after(() => other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const error = await refused(`ws://127.0.0.1:${other.address().port}/`);
    assert.match(error.message, /^What answers at ws:\S+ does not open a WebSocket \(HTTP 500\)\.$/);
  });

  test("is not asked again by a session that never was open", async () => {
    const listener = new Listener("http://127.0.0.1:9/v1/stream");
    await listener.came("failed");
    assert.deepEqual(listener.states.map(([state]) => state), ["connecting", "failed"]);
  });
});

test("a WebSocket that does not open though the server lets in was stopped on the way", () => {
  const error = refusal(streamUrl("wss://example.org/v1/stream?session=7"), 426, null, "");
  assert.equal(
    error.message,
    "The server at wss://example.org/v1/stream answers, but no WebSocket opens: does something on the way not let WebSockets through?",
  );
});

test("a refusal is one line, however the server writes it", () => {
  const body = JSON.stringify({ error: { code: "overloaded", message: "满了。\n\u001b[31m请稍后。" } });
  const error = refusal(streamUrl("ws://h/v1/stream"), 503, "soon", body);
  assert.equal(error.message, "The server at ws://h/v1/stream refused the session (HTTP 503): 满了。 [31m请稍后。");
  assert.equal(error.retryAfterMs, undefined);
});

test("an address may be written for HTTP", () => {
  assert.equal(streamUrl("https://example.org/v1/stream#top").href, "wss://example.org/v1/stream");
});

test("in a page an address may be relative to it", (t) => {
  globalThis.document = { baseURI: "https://example.org/speech/" };
  t.after(() => delete globalThis.document);
  assert.equal(streamUrl("v1/stream").href, "wss://example.org/speech/v1/stream");
});
