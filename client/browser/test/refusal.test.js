/** Refused handshakes. Browsers hide the response, so the client requests the same URL over HTTP. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, describe, test } from "node:test";

import { streamUrl } from "../address.js";
import { refusalError } from "../refusal.js";
import { Listener } from "./listener.js";
import { Server } from "./server.js";

const KEY = "secret+/?~key";
const server = await Server.start({ options: ["--entities", "off", "--api-keys", KEY], until: "listening on" });
after(() => server.kill());
const shown = server.url.replace("http", "ws");

/** Return the error that a session fails to open with. */
async function openError(url, options) {
  const { session } = new Listener(url, options);
  return session.opened.then(assert.fail, (error) => error);
}

describe("a session", { timeout: 30_000 }, () => {
  test("is refused with a retry delay while the server is loading", async () => {
    const error = await openError(server.url, { apiKey: KEY });
    assert.deepEqual([error.code, error.status, error.retryAfterMs], ["overloaded", 503, 5_000]);
    assert.ok(error.message.startsWith(`The server at ${shown} refused the session (HTTP 503): `), error.message);
    assert.match(error.message, /\. Try again in 5 s\.$/);
    await server.ready();
    const { session } = new Listener(server.url, { apiKey: KEY });
    assert.equal((await session.opened).next_sample, 0);
    session.close();
  });

  for (const apiKey of [undefined, "another"]) {
    test(`is refused ${apiKey ? "with a wrong API key" : "without the API key"}`, async () => {
      await server.ready();
      const error = await openError(server.url, { apiKey });
      assert.deepEqual([error.code, error.status, error.fatal], ["unauthorized", 401, true]);
      assert.match(error.message, /refused the session \(HTTP 401\): \S/);
    });
  }

  test("is refused for an unknown model before anything is sent", async () => {
    await server.ready();
    const error = await openError(server.url, { apiKey: KEY, start: { model: "大模型" } });
    assert.deepEqual([error.code, error.status, error.fatal], ["unknown_model", 404, true]);
    assert.match(error.message, /'大模型'.*demo/);
  });

  test("fails if there is no server", async () => {
    const error = await openError("http://127.0.0.1:9/v1/stream");
    assert.equal(error.code, "unreachable");
    assert.equal(error.message, "No response from ws://127.0.0.1:9/v1/stream. Check that theresa-server is running.");
  });

  test("fails on another path", async () => {
    const error = await openError(new URL("/v2/stream", server.url));
    assert.deepEqual([error.code, error.status], ["unreachable", 404]);
    assert.match(error.message, /^No stream at ws:.* \(HTTP 404\)\. The path is usually \/v1\/stream\.$/);
  });

  test("fails if the server is not a Theresa server", async (t) => {
    const other = createServer((_, response) => response.writeHead(500).end("oops")).listen(0, "127.0.0.1");
    t.after(() => other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const error = await openError(`ws://127.0.0.1:${other.address().port}/`);
    assert.match(error.message, /^The server at ws:\S+ does not accept WebSocket connections \(HTTP 500\)\.$/);
  });

  test("does not reconnect if it was never open", async () => {
    const listener = new Listener("http://127.0.0.1:9/v1/stream");
    await listener.waitForState("failed");
    assert.deepEqual(listener.states.map(([state]) => state), ["connecting", "failed"]);
  });
});

test("a handshake that fails although the server would accept it points to a proxy", () => {
  const error = refusalError(streamUrl("wss://example.org/v1/stream?session=7"), 426, null, "");
  assert.equal(
    error.message,
    "The server at wss://example.org/v1/stream responds, but the WebSocket handshake fails. A proxy in between may not support WebSockets.",
  );
});

test("a refusal is reported on one line", () => {
  const body = JSON.stringify({ error: { code: "overloaded", message: "满了。\n\u001b[31m请稍后。" } });
  const error = refusalError(streamUrl("ws://h/v1/stream"), 503, "soon", body);
  assert.equal(error.message, "The server at ws://h/v1/stream refused the session (HTTP 503): 满了。 [31m请稍后。");
  assert.equal(error.retryAfterMs, undefined);
});

test("an http URL becomes a WebSocket URL", () => {
  assert.equal(streamUrl("https://example.org/v1/stream#top").href, "wss://example.org/v1/stream");
});

test("a URL may be relative to the page", (t) => {
  globalThis.document = { baseURI: "https://example.org/speech/" };
  t.after(() => delete globalThis.document);
  assert.equal(streamUrl("v1/stream").href, "wss://example.org/speech/v1/stream");
});
