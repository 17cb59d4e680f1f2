/** Servers that break the protocol or close in one way or another: played by a peer, for the real one does not. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";

import { Listener } from "./listening.js";
import { peer } from "./peer.js";
import { ack, final, started } from "./said.js";

const TIMEOUT = { timeout: 20_000 };

/** A session with a peer, and how it ended. */
async function ending(connected, options) {
  const server = await peer(connected);
  const listener = new Listener(server.url, options);
  const error = await listener.session.ended.then(assert.fail, (reason) => reason);
  server.close();
  return { error, listener, peers: server.peers };
}

for (const code of [1001, 1011, 1012, 1013]) {
  test(`after close ${code} the session goes on`, TIMEOUT, async () => {
    const server = await peer((one, number) => one.begin(() => number === 1 && one.socket.close(code), { resumed: number > 1 }));
    const listener = new Listener(server.url);
    await listener.until(({ states }) => states.filter(([state]) => state === "open").length === 2);
    assert.deepEqual(listener.states.map(([state]) => state), ["connecting", "open", "lost", "open"]);
    assert.equal(listener.states[2][1].message, `The connection to the server was lost (close code ${code}).`);
    const { session_id, token, committed, next_segment } = server.peers[1].heard[0].resume;
    assert.deepEqual([session_id, token, committed, next_segment], ["s", "t", 0, 0]);
    listener.session.close();
    server.close();
  });
}

test("without a close code the session goes on", TIMEOUT, async () => {
  const server = await peer((one, number) => one.begin(() => number === 1 && one.socket.close(), { resumed: number > 1 }));
  const listener = new Listener(server.url);
  const error = await listener.came("lost");
  assert.equal(error.closeCode, 1005);
  await listener.until(({ states }) => states.at(-1)[0] === "open");
  listener.session.close();
  server.close();
});

for (const code of [1000, 1009, 4408, 4413]) {
  test(`after close ${code} there is no way on`, TIMEOUT, async () => {
    const { error, peers } = await ending((one) => one.begin(() => one.socket.close(code)));
    assert.equal(peers.length, 1);
    assert.deepEqual([error.code, error.closeCode, error.fatal], ["lost", code, true]);
    assert.equal(error.message, `The connection to the server was lost (close code ${code}): no segment had become final.`);
  });
}

test("what had become final is told with the loss", TIMEOUT, async () => {
  const { error } = await ending((one) =>
    one.begin(() => {
      one.say(final(0, 16_000));
      one.say(final(1, 40_000, "𠮷野家"));
      one.socket.close(1000);
    }),
  );
  assert.match(error.message, /: 2 segments had become final, up to 2\.5 s\.$/);
});

test("a fatal error comes with how the connection was closed", TIMEOUT, async () => {
  const { error, listener } = await ending((one) =>
    one.begin(() => {
      one.say({ type: "error", seq: 2, code: "session_too_long", message: "四小时已到。", fatal: true, param: "$.x" });
      one.socket.close(4413, "session_too_long");
    }),
  );
  assert.deepEqual({ ...error }, {
    name: "SessionError", code: "session_too_long", status: undefined, closeCode: 4413, param: "$.x", fatal: true,
    retryAfterMs: undefined,
  });
  assert.equal(error.message, "四小时已到。");
  assert.equal(listener.messages.at(-1).type, "error");
});

test("a fatal error that asks to come back later is followed after that time", TIMEOUT, async () => {
  const full = { type: "error", seq: 2, code: "overloaded", message: "Full.", fatal: true, retry_after_ms: 300 };
  const server = await peer((one, number) =>
    one.begin(() => {
      if (number > 1) return;
      one.say(full);
      one.socket.close(1013, "overloaded");
    }, { resumed: number > 1 }),
  );
  const listener = new Listener(server.url);
  await listener.came("lost");
  const lost = performance.now();
  await listener.until(({ states }) => states.at(-1)[0] === "open");
  assert.ok(performance.now() - lost >= 290);
  listener.session.close();
  server.close();
});

for (const [what, message, code] of [
  ["no JSON", "你好", "bad_json"],
  ["a binary frame", Buffer.from([1, 2]), "unexpected_message"],
  ["a wrong field", { ...final(0, 1), text: 7 }, "bad_field"],
  ["'started' twice", started(), "unexpected_message"],
  ["'ended' before 'end'", { type: "ended", seq: 2, audio_ms: 0, segments: 0 }, "unexpected_message"],
]) {
  test(`a server that sends ${what} is left`, TIMEOUT, async () => {
    const { error, peers } = await ending((one) => one.begin(() => one.say(message)));
    assert.equal(error.code, code);
    assert.match(error.message, /^The server broke the protocol: /);
    assert.equal(peers.length, 1);
  });
}

test("a server that sends a final before 'started' is left", TIMEOUT, async () => {
  const { error } = await ending((one) => one.say(final(0, 1)));
  assert.equal(error.message, "The server broke the protocol: it sent 'final' before 'started'.");
});

test("a server that asks for audio which was never sent is left", TIMEOUT, async () => {
  const { error } = await ending((one) => one.begin(() => {}, { next_sample: 5 }));
  assert.deepEqual([error.code, error.param], ["bad_field", "$.next_sample"]);
});

test("a message of a type that is not known is handed on", TIMEOUT, async () => {
  const server = await peer((one) => one.begin(() => one.say({ type: "speaker", seq: 2, name: "王芳" })));
  const listener = new Listener(server.url);
  assert.deepEqual(await listener.heard("speaker"), { type: "speaker", seq: 2, name: "王芳" });
  listener.session.close();
  server.close();
});

test("a server that does not answer 'start' is given up", TIMEOUT, async () => {
  const { error } = await ending(() => {}, { openMs: 100 });
  assert.equal(error.message, "The server did not answer 'start' within 0.1 s.");
});

test("a server that takes no connection is given up", TIMEOUT, async () => {
  const server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { session } = new Listener(`ws://127.0.0.1:${server.address().port}/v1/stream`, { openMs: 100 });
  await assert.rejects(session.opened, { code: "unreachable", message: /^Nothing answers at / });
  server.close();
});

test("a server of another protocol is given up", TIMEOUT, async () => {
  const server = await peer(() => {}, { handleProtocols: () => false });
  const { session } = new Listener(server.url);
  await assert.rejects(session.opened, { code: "unreachable" });
  server.close();
});

test("one that owes no answer may be silent for as long as it likes", TIMEOUT, async () => {
  const server = await peer((one) =>
    one.begin(() => one.socket.on("message", (data, binary) => binary && one.say(ack(data.length / 2)))),
  );
  const listener = new Listener(server.url, { silenceMs: 50 });
  listener.session.send(new Int16Array(100));
  await listener.heard("ack");
  const other = new Listener(server.url, { silenceMs: 200 }); // gives up later than the first one would
  void other.session.flush();
  await other.came("lost");
  assert.equal(listener.session.state, "open");
  for (const { session } of [listener, other]) session.close();
  server.close();
});

test("one that owes an answer and is silent is taken for dead", TIMEOUT, async () => {
  const server = await peer((one, number) => one.begin(() => {}, { resumed: number > 1 }));
  const listener = new Listener(server.url, { silenceMs: 100 });
  void listener.session.flush();
  const error = await listener.came("lost");
  assert.equal(error.message, "The connection to the server was lost (nothing was heard for 0.1 s).");
  await listener.until(({ states }) => states.at(-1)[0] === "open");
  assert.deepEqual(server.peers[0].heard.at(-1), { type: "flush", id: "flush-1" });
  listener.session.close();
  server.close();
});

test("audio behind a cut begins where the server says, and questions are asked again at their place", TIMEOUT, async () => {
  const server = await peer((one, number) => {
    one.begin(() => {}, number > 1 ? { resumed: true, next_sample: 150 } : {});
    one.socket.on("message", () => number === 1 && one.heard.length === 4 && one.socket.terminate());
  });
  const listener = new Listener(server.url);
  await listener.session.opened;
  listener.session.send(new Int16Array(100));
  listener.session.send(new Int16Array(100));
  void listener.session.flush();
  await listener.came("lost");
  listener.session.send(new Int16Array(30));
  await listener.until(({ states }) => states.at(-1)[0] === "open");
  const [, second] = server.peers;
  if (second.heard.length < 4) await new Promise((resolve) => second.socket.on("message", () => second.heard.length === 4 && resolve()));
  assert.deepEqual(second.heard.slice(1), [100, { type: "flush", id: "flush-1" }, 60]);
  listener.session.close();
  server.close();
});
