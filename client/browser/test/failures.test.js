/** Servers that violate the protocol or close the connection, played by a scripted server. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";

import { fakeServer } from "./fake-server.js";
import { Listener } from "./listener.js";
import { ack, final, started } from "./messages.js";

const TIMEOUT = { timeout: 20_000 };

/** Run a session with a scripted server until it fails. */
async function runToFailure(onConnection, options) {
  const server = await fakeServer(onConnection);
  const listener = new Listener(server.url, options);
  const error = await listener.session.ended.then(assert.fail, (reason) => reason);
  server.close();
  return { error, listener, connections: server.connections };
}

for (const code of [1001, 1011, 1012, 1013]) {
  test(`close code ${code} is followed by a reconnect`, TIMEOUT, async () => {
    const server = await fakeServer((connection, number) => {
      connection.accept(() => number === 1 && connection.socket.close(code), { resumed: number > 1 });
    });
    const listener = new Listener(server.url);
    await listener.waitUntil(({ states }) => states.filter(([state]) => state === "open").length === 2);
    assert.deepEqual(listener.states.map(([state]) => state), ["connecting", "open", "lost", "open"]);
    assert.equal(listener.states[2][1].message, `The connection to the server was lost (close code ${code}).`);
    const { session_id, token, committed, next_segment } = server.connections[1].received[0].resume;
    assert.deepEqual([session_id, token, committed, next_segment], ["s", "t", 0, 0]);
    listener.session.close();
    server.close();
  });
}

test("a missing close code is followed by a reconnect", TIMEOUT, async () => {
  const server = await fakeServer((connection, number) => {
    connection.accept(() => number === 1 && connection.socket.close(), { resumed: number > 1 });
  });
  const listener = new Listener(server.url);
  const error = await listener.waitForState("lost");
  assert.equal(error.closeCode, 1005);
  await listener.waitUntil(({ states }) => states.at(-1)[0] === "open");
  listener.session.close();
  server.close();
});

for (const code of [1000, 1009, 4408, 4413]) {
  test(`close code ${code} ends the session`, TIMEOUT, async () => {
    const { error, connections } = await runToFailure((connection) => {
      connection.accept(() => connection.socket.close(code));
    });
    assert.equal(connections.length, 1);
    assert.deepEqual([error.code, error.closeCode, error.fatal], ["lost", code, true]);
    assert.equal(error.message, `The connection to the server was lost (close code ${code}). No segment is final.`);
  });
}

test("the error of a lost connection counts the final segments", TIMEOUT, async () => {
  const { error } = await runToFailure((connection) =>
    connection.accept(() => {
      connection.send(final(0, 16_000));
      connection.send(final(1, 40_000, "𠮷野家"));
      connection.socket.close(1000);
    }),
  );
  assert.match(error.message, / 2 segments are final, up to 2\.5 s\.$/);
});

test("a fatal error includes the close code", TIMEOUT, async () => {
  const { error, listener } = await runToFailure((connection) =>
    connection.accept(() => {
      connection.send({ type: "error", seq: 2, code: "session_too_long", message: "四小时已到。", fatal: true, param: "$.x" });
      connection.socket.close(4413, "session_too_long");
    }),
  );
  assert.deepEqual({ ...error }, {
    name: "SessionError", code: "session_too_long", status: undefined, closeCode: 4413, param: "$.x", fatal: true,
    retryAfterMs: undefined,
  });
  assert.equal(error.message, "四小时已到。");
  assert.equal(listener.messages.at(-1).type, "error");
});

test("the client honours the retry delay of a fatal error", TIMEOUT, async () => {
  const full = { type: "error", seq: 2, code: "overloaded", message: "Full.", fatal: true, retry_after_ms: 300 };
  const server = await fakeServer((connection, number) =>
    connection.accept(() => {
      if (number > 1) return;
      connection.send(full);
      connection.socket.close(1013, "overloaded");
    }, { resumed: number > 1 }),
  );
  const listener = new Listener(server.url);
  await listener.waitForState("lost");
  const lost = performance.now();
  await listener.waitUntil(({ states }) => states.at(-1)[0] === "open");
  assert.ok(performance.now() - lost >= 290);
  listener.session.close();
  server.close();
});

for (const [what, message, code] of [
  ["invalid JSON", "你好", "bad_json"],
  ["a binary frame", Buffer.from([1, 2]), "unexpected_message"],
  ["an invalid field", { ...final(0, 1), text: 7 }, "bad_field"],
  ["'started' twice", started(), "unexpected_message"],
  ["'ended' before 'end'", { type: "ended", seq: 2, audio_ms: 0, segments: 0 }, "unexpected_message"],
]) {
  test(`the session fails if the server sends ${what}`, TIMEOUT, async () => {
    const { error, connections } = await runToFailure((connection) => {
      connection.accept(() => connection.send(message));
    });
    assert.equal(error.code, code);
    assert.match(error.message, /^The server violated the protocol: /);
    assert.equal(connections.length, 1);
  });
}

test("the session fails if the server sends a final before 'started'", TIMEOUT, async () => {
  const { error } = await runToFailure((connection) => connection.send(final(0, 1)));
  assert.equal(error.message, "The server violated the protocol: it sent 'final' before 'started'.");
});

test("the session fails if the server requests audio that was never sent", TIMEOUT, async () => {
  const { error } = await runToFailure((connection) => connection.accept(() => {}, { next_sample: 5 }));
  assert.deepEqual([error.code, error.param], ["bad_field", "$.next_sample"]);
});

test("messages of unknown types are delivered", TIMEOUT, async () => {
  const unknown = { type: "speaker", seq: 2, name: "王芳" };
  const server = await fakeServer((connection) => connection.accept(() => connection.send(unknown)));
  const listener = new Listener(server.url);
  assert.deepEqual(await listener.waitForMessage("speaker"), unknown);
  listener.session.close();
  server.close();
});

test("the session fails if the server does not answer 'start'", TIMEOUT, async () => {
  const { error } = await runToFailure(() => {}, { openTimeoutMs: 100 });
  assert.equal(error.message, "The server did not answer 'start' within 0.1 s.");
});

test("the session fails if the WebSocket handshake times out", TIMEOUT, async () => {
  const server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { session } = new Listener(`ws://127.0.0.1:${server.address().port}/v1/stream`, { openTimeoutMs: 100 });
  await assert.rejects(session.opened, { code: "unreachable", message: /^No response from / });
  server.close();
});

test("the session fails if the server does not support the subprotocol", TIMEOUT, async () => {
  const server = await fakeServer(() => {}, { handleProtocols: () => false });
  const { session } = new Listener(server.url);
  await assert.rejects(session.opened, { code: "unreachable" });
  server.close();
});

test("a server that owes no reply may be silent", TIMEOUT, async () => {
  const server = await fakeServer((connection) =>
    connection.accept(() => connection.socket.on("message", (data, binary) => binary && connection.send(ack(data.length / 2)))),
  );
  const listener = new Listener(server.url, { replyTimeoutMs: 50 });
  listener.session.send(new Int16Array(100));
  await listener.waitForMessage("ack");
  const other = new Listener(server.url, { replyTimeoutMs: 200 }); // times out after the first session would have
  void other.session.flush();
  await other.waitForState("lost");
  assert.equal(listener.session.state, "open");
  for (const { session } of [listener, other]) session.close();
  server.close();
});

test("the connection counts as lost if the server owes a reply and is silent", TIMEOUT, async () => {
  const server = await fakeServer((connection, number) => connection.accept(() => {}, { resumed: number > 1 }));
  const listener = new Listener(server.url, { replyTimeoutMs: 100 });
  void listener.session.flush();
  const error = await listener.waitForState("lost");
  assert.equal(error.message, "The connection to the server was lost (no reply for 0.1 s).");
  await listener.waitUntil(({ states }) => states.at(-1)[0] === "open");
  assert.deepEqual(server.connections[0].received.at(-1), { type: "flush", id: "flush-1" });
  listener.session.close();
  server.close();
});

test("after a reconnect, audio resumes where the server says, and requests are repeated in place", TIMEOUT, async () => {
  const server = await fakeServer((connection, number) => {
    connection.accept(() => {}, number > 1 ? { resumed: true, next_sample: 150 } : {});
    connection.socket.on("message", () => number === 1 && connection.received.length === 4 && connection.socket.terminate());
  });
  const listener = new Listener(server.url);
  await listener.session.opened;
  listener.session.send(new Int16Array(100));
  listener.session.send(new Int16Array(100));
  void listener.session.flush();
  await listener.waitForState("lost");
  listener.session.send(new Int16Array(30));
  await listener.waitUntil(({ states }) => states.at(-1)[0] === "open");
  const [, second] = server.connections;
  if (second.received.length < 4) {
    await new Promise((resolve) => second.socket.on("message", () => second.received.length === 4 && resolve()));
  }
  assert.deepEqual(second.received.slice(1), [100, { type: "flush", id: "flush-1" }, 60]);
  listener.session.close();
  server.close();
});
