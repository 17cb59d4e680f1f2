/** Sessions with the real server over lines that break: nothing is lost, nothing comes twice. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import WebSocket from "ws";

import { Line, KINDS } from "./line.js";
import { Listener, speak } from "./listening.js";
import { generator, whole } from "./random.js";
import { lexicon, recording, sentences, Server, words } from "./serving.js";

const START = { entities: {} };
const BOTH = recording("both");
const [first, second] = await Promise.all([Server.start({ options: lexicon() }), Server.start({ options: lexicon() })]);
after(() => Promise.all([first.kill(), second.kill()]));

/** A session over a line of its own. */
async function over(t, ports, options = {}) {
  const line = await Line.open(...ports);
  const listener = new Listener(line.url, { start: START, ...options });
  t.after(() => {
    listener.session.close();
    line.close();
  });
  return { line, listener, session: listener.session };
}

/** Takes over a session as another client would, and stays. */
async function takeOver(t, { session_id, token }) {
  const resume = { session_id, token, committed: 0, next_segment: 0 };
  const socket = new WebSocket(first.url.replace("http", "ws"), ["theresa.v1"]);
  t.after(() => socket.terminate());
  await new Promise((resolve) => socket.once("open", resolve));
  const answer = new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(data))));
  socket.send(JSON.stringify({ type: "start", offset_unit: "utf16", entities: {}, resume }));
  return answer;
}

describe("after a cut", { timeout: 60_000 }, () => {
  for (const kind of KINDS.filter((kind) => kind !== "freeze")) {
    test(`(${kind}) the session goes on, and all is heard`, async (t) => {
      const { line, listener, session } = await over(t, [first.port, second.port]);
      const spoken = speak(session, BOTH);
      await listener.until(({ transcript }) => transcript.finals.length === 2);
      line.break(kind);
      await spoken;
      await session.finish();
      assert.deepEqual(words(listener.finals), words(sentences("both")));
      assert.deepEqual(listener.states.map(([state]) => state), ["connecting", "open", "lost", "open", "ended"]);
      assert.equal(session.started.resumed, kind !== "elsewhere");
    });
  }

  test("a line that has died without a word is noticed", async (t) => {
    const { line, listener, session } = await over(t, [first.port], { silenceMs: 1_500 });
    const spoken = speak(session, BOTH);
    await listener.until(({ transcript }) => transcript.finals.length === 2);
    line.break("freeze");
    const error = await listener.came("lost");
    assert.equal(error.message, "The connection to the server was lost (nothing was heard for 1.5 s).");
    await spoken;
    await session.finish();
    assert.deepEqual(words(listener.finals), words(sentences("both")));
  });

  test("finish is said again", async (t) => {
    const { line, listener, session } = await over(t, [first.port]);
    session.send(recording("mandarin"));
    await listener.until(({ transcript }) => transcript.finals.length === 1);
    line.break("reset");
    const ended = session.finish();
    assert.equal(session.state, "open"); // it does not know yet
    assert.equal((await ended).audio_ms, Math.floor(recording("mandarin").length / 16));
    assert.deepEqual(words(listener.finals), words(sentences("mandarin")));
  });

  test("a flush and an update are asked again", async (t) => {
    const { line, listener, session } = await over(t, [first.port]);
    session.send(BOTH.subarray(0, 16_000));
    await listener.heard("partial");
    line.break("reset");
    const [flushed, updated] = await Promise.all([session.flush(), session.update({ words: true })]);
    assert.equal(flushed.through, 16_000);
    assert.equal(updated.configuration.words, true);
  });

  test("what was changed before is in force on another server", async (t) => {
    const { line, listener, session } = await over(t, [first.port, second.port]);
    await session.update({ language: "zh", endpointing: { silence_ms: 900 } });
    line.break("elsewhere");
    await listener.until(({ states }) => states.at(-1)[0] === "open" && states.length > 3);
    assert.equal(session.started.configuration.language, "zh");
    assert.equal(session.started.configuration.endpointing.silence_ms, 900);
  });

  test("what is sent while the line is away is kept", async (t) => {
    const { line, listener, session } = await over(t, [first.port]);
    await session.opened;
    line.break("end");
    assert.ok(session.send(BOTH));
    await session.finish();
    assert.deepEqual(words(listener.finals), words(sentences("both")));
  });

  test("a server that does not come back within the limit ends the session", async (t) => {
    const { line, listener, session } = await over(t, [first.port], { reconnect: { limitMs: 200, firstMs: 5, mostMs: 20 } });
    await session.opened;
    session.send(BOTH.subarray(0, 1_600));
    line.break("reset");
    line.close();
    const error = await listener.came("failed");
    assert.match(error.message, /^The connection to the server was lost \(close code 1006\): no segment had become final\.$/);
    assert.equal(session.send(BOTH), false);
    await assert.rejects(session.room(1), error);
  });

  test("another client that takes the session over keeps it", async (t) => {
    const { listener, session } = await over(t, [first.port]);
    const answer = await takeOver(t, await session.opened);
    assert.equal(answer.resumed, true);
    const error = await listener.came("failed");
    assert.deepEqual([error.code, error.closeCode], ["lost", 4409]);
    assert.equal(error.message, "The session goes on over another connection (close code 4409).");
  });

  test("a token that is too old is refused, and that is the end", async (t) => {
    const { line, listener, session } = await over(t, [first.port], { silenceMs: 300 });
    const started = await session.opened;
    line.break("freeze");
    await takeOver(t, await takeOver(t, started));
    void session.flush(); // now the server owes an answer
    const error = await listener.came("failed");
    assert.deepEqual([error.code, error.closeCode], ["resume_refused", 4401]);
    assert.equal(error.message, "This session cannot be resumed with that token: start a new one.");
  });
});

test("over many cuts of all kinds the words and the names are those of an uncut session", { timeout: 120_000 }, async (t) => {
  const speech = new Int16Array([...recording("english"), ...new Int16Array(16_000), ...recording("mandarin"), ...BOTH]);
  const uncut = new Listener(first.url, { start: START });
  await speak(uncut.session, speech);
  await uncut.session.finish();

  const random = generator(4);
  const { line, listener, session } = await over(t, [first.port, second.port], {
    silenceMs: 1_000,
    reconnect: { firstMs: 5, mostMs: 20 },
  });
  line.breakBy(() => ({
    bytes: line.cuts.length < 12 ? -Math.log(1 - random()) * (speech.byteLength / 14) : Infinity,
    kind: KINDS[whole(random, 0, 3)],
  }));
  await speak(session, speech);
  await session.finish();

  t.diagnostic(`${line.cuts.length} cuts: ${line.cuts.join(", ")}`);
  assert.ok(line.cuts.length >= 8);
  assert.deepEqual(new Set(line.cuts), new Set(KINDS));
  assert.deepEqual(words(listener.finals), words(uncut.finals));
  assert.deepEqual(listener.mentions.toSorted(), uncut.mentions.toSorted());
  const finals = listener.messages.filter(({ type }) => type === "final").map(({ segment }) => segment);
  assert.equal(new Set(finals).size, finals.length);
});

test("killed and started again in the middle of a speech, a server goes on", { timeout: 60_000 }, async (t) => {
  const options = lexicon();
  const before = await Server.start({ options });
  const listener = new Listener(before.url, { start: START });
  t.after(() => listener.session.close());
  const spoken = speak(listener.session, BOTH);
  await listener.until(({ transcript }) => transcript.finals.length === 3);
  await before.kill();
  const again = await Server.start({ options, port: before.port });
  await spoken;
  await listener.session.finish();
  assert.equal(listener.session.started.resumed, false);
  assert.deepEqual(words(listener.finals), words(sentences("both")));
  await again.kill();
});
