/** Sessions with the real server over connections that fail: nothing is lost, nothing is delivered twice. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import WebSocket from "ws";

import { FAILURES, FlakyProxy } from "./flaky-proxy.js";
import { Listener, stream } from "./listener.js";
import { generator, integer } from "./random.js";
import { lexicon, recording, sentences, Server, words } from "./server.js";

const START = { entities: {} };
const BOTH = recording("both");
const [first, second] = await Promise.all([Server.start({ options: lexicon() }), Server.start({ options: lexicon() })]);
after(() => Promise.all([first.kill(), second.kill()]));

/** Open a session through a proxy. */
async function openThroughProxy(t, ports, options = {}) {
  await Promise.all([first.admits(), second.admits()]);
  const proxy = await FlakyProxy.open(...ports);
  const listener = new Listener(proxy.url, { start: START, ...options });
  t.after(() => {
    listener.session.close();
    proxy.close();
  });
  return { proxy, listener, session: listener.session };
}

/** Take over a session as another client would, and stay connected. */
async function takeOver(t, { session_id, token }) {
  const resume = { session_id, token, committed: 0, next_segment: 0 };
  const socket = new WebSocket(`${first.url.replace("http", "ws")}?session=${session_id}`, ["theresa.v1"]);
  t.after(() => socket.terminate());
  await new Promise((resolve) => socket.once("open", resolve));
  const reply = new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(data))));
  socket.send(JSON.stringify({ type: "start", offset_unit: "utf16", entities: {}, resume }));
  return reply;
}

describe("after a connection failure", { timeout: 60_000 }, () => {
  for (const kind of FAILURES.filter((kind) => kind !== "freeze")) {
    test(`(${kind}) the session resumes without a gap`, async (t) => {
      const { proxy, listener, session } = await openThroughProxy(t, [first.port, second.port]);
      const streamed = stream(session, BOTH);
      await listener.waitUntil(({ transcript }) => transcript.finals.length === 2);
      proxy.fail(kind);
      await streamed;
      await session.finish();
      assert.deepEqual(words(listener.finals), words(sentences("both")));
      assert.deepEqual(listener.states.map(([state]) => state), ["connecting", "open", "lost", "open", "ended"]);
      assert.equal(session.started.resumed, kind !== "failover");
    });
  }

  test("(freeze) the failure is detected", async (t) => {
    const { proxy, listener, session } = await openThroughProxy(t, [first.port], { replyTimeoutMs: 1_500 });
    const streamed = stream(session, BOTH);
    await listener.waitUntil(({ transcript }) => transcript.finals.length === 2);
    proxy.fail("freeze");
    const error = await listener.waitForState("lost");
    assert.equal(error.message, "The connection to the server was lost (no reply for 1.5 s).");
    await streamed;
    await session.finish();
    assert.deepEqual(words(listener.finals), words(sentences("both")));
  });

  test("finish is repeated", async (t) => {
    const { proxy, listener, session } = await openThroughProxy(t, [first.port]);
    session.send(recording("mandarin"));
    await listener.waitUntil(({ transcript }) => transcript.finals.length === 1);
    proxy.fail("reset");
    const ended = session.finish();
    assert.equal(session.state, "open"); // the failure is not detected yet
    assert.equal((await ended).audio_ms, Math.floor(recording("mandarin").length / 16));
    assert.deepEqual(words(listener.finals), words(sentences("mandarin")));
  });

  test("a flush and an update are repeated", async (t) => {
    const { proxy, listener, session } = await openThroughProxy(t, [first.port]);
    session.send(BOTH.subarray(0, 16_000));
    await listener.waitForMessage("partial");
    proxy.fail("reset");
    const [flushed, updated] = await Promise.all([session.flush(), session.update({ words: true })]);
    assert.equal(flushed.through, 16_000);
    assert.equal(updated.configuration.words, true);
  });

  test("earlier updates are in effect on another server", async (t) => {
    const { proxy, listener, session } = await openThroughProxy(t, [first.port, second.port]);
    await session.update({ language: "zh", endpointing: { silence_ms: 900 } });
    proxy.fail("failover");
    await listener.waitUntil(({ states }) => states.at(-1)[0] === "open" && states.length > 3);
    assert.equal(session.started.configuration.language, "zh");
    assert.equal(session.started.configuration.endpointing.silence_ms, 900);
  });

  test("audio sent while disconnected is buffered", async (t) => {
    const { proxy, listener, session } = await openThroughProxy(t, [first.port]);
    await session.opened;
    proxy.fail("end");
    assert.ok(session.send(BOTH));
    await session.finish();
    assert.deepEqual(words(listener.finals), words(sentences("both")));
  });

  test("the session fails if the server does not come back within the timeout", async (t) => {
    const reconnect = { timeoutMs: 200, initialDelayMs: 5, maxDelayMs: 20 };
    const { proxy, listener, session } = await openThroughProxy(t, [first.port], { reconnect });
    await session.opened;
    session.send(BOTH.subarray(0, 1_600));
    proxy.fail("reset");
    proxy.close();
    const error = await listener.waitForState("failed");
    assert.match(error.message, /^The connection to the server was lost \(close code 1006\)\. No segment is final\.$/);
    assert.equal(session.send(BOTH), false);
    await assert.rejects(session.waitForSpace(1), error);
  });

  test("the session fails if another client has taken it over", async (t) => {
    const { listener, session } = await openThroughProxy(t, [first.port]);
    const answer = await takeOver(t, await session.opened);
    assert.equal(answer.resumed, true);
    const error = await listener.waitForState("failed");
    assert.deepEqual([error.code, error.closeCode], ["lost", 4409]);
    assert.equal(error.message, "Another client has taken over the session (close code 4409).");
  });

  test("the session fails if its token is outdated", async (t) => {
    const { proxy, listener, session } = await openThroughProxy(t, [first.port], { replyTimeoutMs: 300 });
    const started = await session.opened;
    proxy.fail("freeze");
    await takeOver(t, await takeOver(t, started));
    void session.flush(); // the server owes a reply from now on
    const error = await listener.waitForState("failed");
    assert.deepEqual([error.code, error.closeCode], ["resume_refused", 4401]);
  });
});

test("many failures of all kinds change neither the words nor the names", { timeout: 120_000 }, async (t) => {
  const speech = new Int16Array([...recording("english"), ...new Int16Array(16_000), ...recording("mandarin"), ...BOTH]);
  await first.admits();
  const undisturbed = new Listener(first.url, { start: START });
  await stream(undisturbed.session, speech);
  await undisturbed.session.finish();

  const random = generator(4);
  const { proxy, listener, session } = await openThroughProxy(t, [first.port, second.port], {
    replyTimeoutMs: 1_000,
    reconnect: { initialDelayMs: 5, maxDelayMs: 20 },
  });
  proxy.failBy(() => ({
    bytes: proxy.failures.length < 12 ? -Math.log(1 - random()) * (speech.byteLength / 14) : Infinity,
    kind: FAILURES[integer(random, 0, 3)],
  }));
  await stream(session, speech);
  await session.finish();

  t.diagnostic(`${proxy.failures.length} failures: ${proxy.failures.join(", ")}`);
  assert.ok(proxy.failures.length >= 8);
  assert.deepEqual(new Set(proxy.failures), new Set(FAILURES));
  assert.deepEqual(words(listener.finals), words(undisturbed.finals));
  assert.deepEqual(listener.mentions.toSorted(), undisturbed.mentions.toSorted());
  const finals = listener.messages.filter(({ type }) => type === "final").map(({ segment }) => segment);
  assert.equal(new Set(finals).size, finals.length);
});

test("the session continues after the server was killed and restarted", { timeout: 60_000 }, async (t) => {
  const options = lexicon();
  const before = await Server.start({ options });
  const listener = new Listener(before.url, { start: START });
  t.after(() => listener.session.close());
  const streamed = stream(listener.session, BOTH);
  await listener.waitUntil(({ transcript }) => transcript.finals.length === 3);
  await before.kill();
  const again = await Server.start({ options, port: before.port });
  await streamed;
  await listener.session.finish();
  assert.equal(listener.session.started.resumed, false);
  assert.deepEqual(words(listener.finals), words(sentences("both")));
  await again.kill();
});
