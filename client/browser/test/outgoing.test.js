/** In which order audio and questions are sent, over connections that break: without a connection. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Outgoing } from "../outgoing.js";
import { Recovery } from "../recovery.js";
import { generator, whole } from "./random.js";
import { ack, AUDIO, started } from "./said.js";

const LIMITS = { frameBytes: 8, aheadSamples: 1_000 };
const pcm = (samples) => new Uint8Array(samples * 2).fill(7);

function outgoing(start = {}) {
  const recovery = new Recovery(start, AUDIO);
  recovery.hear(started());
  return { recovery, out: new Outgoing(recovery, AUDIO) };
}

/** All that can be sent now: samples as numbers, messages as they are. */
function sent(out) {
  const frames = [];
  for (let frame = out.next(); frame !== null; frame = out.next()) {
    frames.push(typeof frame === "string" ? JSON.parse(frame).type : frame.length / 2);
  }
  return frames;
}

test("nothing is sent while there is nobody to send to", () => {
  const { recovery, out } = outgoing();
  recovery.tail.append(pcm(3));
  assert.deepEqual(sent(out), []);
});

test("audio is cut into frames that the server takes", () => {
  const { recovery, out } = outgoing();
  recovery.tail.append(pcm(9));
  out.begin(0, LIMITS);
  assert.deepEqual(sent(out), [4, 4, 1]);
});

test("a question comes behind the audio before it and before the audio behind it", () => {
  const { recovery, out } = outgoing();
  out.begin(0, LIMITS);
  recovery.tail.append(pcm(3));
  void out.flush();
  recovery.tail.append(pcm(2));
  void out.update({ words: true });
  out.finish();
  assert.deepEqual(sent(out), [3, "flush", 2, "update", "end"]);
});

test("what was not answered is sent again over the next connection, and audio from where the server says", async () => {
  const { recovery, out } = outgoing();
  out.begin(0, LIMITS);
  recovery.tail.append(pcm(3));
  const flushed = out.flush();
  recovery.tail.append(pcm(2));
  const updated = out.update({ language: "zh" });
  out.finish();
  sent(out);
  out.hear({ type: "flushed", seq: 9, id: "flush-1", through: 3 });
  assert.equal((await flushed).through, 3);

  out.stop();
  out.begin(4, LIMITS);
  assert.deepEqual(sent(out), [1, "update", "end"]);

  out.hear({ type: "updated", seq: 10, configuration: started().configuration });
  assert.equal((await updated).type, "updated");
  assert.equal(recovery.start().language, "zh");
});

test("an update that is refused changes nothing", async () => {
  const { recovery, out } = outgoing({ language: "en" });
  out.begin(0, LIMITS);
  const updated = out.update({ language: "fr" });
  sent(out);
  out.hear({ type: "error", seq: 2, code: "unknown_language", message: "No.", fatal: false, param: "$.language" });
  await assert.rejects(updated, { code: "unknown_language", message: "No.", fatal: false, param: "$.language" });
  assert.equal(recovery.start().language, "en");
});

test("updates are answered in their order", async () => {
  const { out } = outgoing();
  out.begin(0, LIMITS);
  const refused = out.update({ language: "fr" });
  const updated = out.update({ words: true });
  sent(out);
  out.hear({ type: "error", seq: 2, code: "unknown_language", message: "No.", fatal: false });
  out.hear({ type: "updated", seq: 3, configuration: started().configuration });
  await assert.rejects(refused, { code: "unknown_language" });
  assert.equal((await updated).seq, 3);
});

test("audio does not run further ahead of what is committed than the server allows", () => {
  const { recovery, out } = outgoing();
  recovery.tail.append(pcm(20));
  out.begin(0, { frameBytes: 8, aheadSamples: 10 });
  assert.deepEqual(sent(out), [4, 4]);
  recovery.hear(ack(4));
  assert.deepEqual(sent(out), [4]);
});

test("a server that asks for audio which is not kept breaks the protocol", () => {
  const { recovery, out } = outgoing();
  recovery.tail.append(pcm(20));
  recovery.hear(ack(10));
  for (const position of [9, 21]) {
    assert.throws(() => out.begin(position, LIMITS), { name: "SessionError", code: "bad_field", param: "$.next_sample" });
  }
});

test("the number of questions that wait is bounded", async () => {
  const { out } = outgoing();
  const asked = Array.from({ length: 65 }, () => out.flush());
  await assert.rejects(asked[64], { code: "too_many", fatal: false });
  assert.ok(!out.owed);
});

test("over any cuts the server hears all audio once and in order, and each question at its place", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = generator(seed);
    const { recovery, out } = outgoing();
    /** What a server that keeps what it has received knows: samples, and at which of them each question came. */
    const server = { received: [], flushes: new Map(), ended: -1 };
    const places = new Map();
    let value = 0;
    for (let cut = 0; cut < 5; cut += 1) {
      for (let piece = whole(random, 0, 3); piece > 0; piece -= 1) {
        const samples = whole(random, 0, 6);
        recovery.tail.append(new Uint8Array(Array.from({ length: samples }, () => [(value += 1) % 256, 0]).flat()));
        if (random() < 0.3) {
          out.flush().catch(() => {});
          places.set(`flush-${places.size + 1}`, recovery.tail.end);
        }
      }
      if (cut === 4) out.finish();
      out.begin(server.received.length, LIMITS);
      for (let frames = cut === 4 ? Infinity : whole(random, 0, 6); frames > 0; frames -= 1) {
        const frame = out.next();
        if (frame === null) break;
        const arrives = cut === 4 || random() < 0.9; // what is sent last may be lost
        if (!arrives) break;
        if (typeof frame !== "string") {
          server.received.push(...frame.filter((_, index) => index % 2 === 0));
          continue;
        }
        const { type, id } = JSON.parse(frame);
        if (type === "end") server.ended = server.received.length;
        else if (!server.flushes.has(id)) server.flushes.set(id, server.received.length); // asked again, it is late
      }
      out.stop();
    }
    assert.deepEqual(server.received, Array.from({ length: value }, (_, index) => (index + 1) % 256), `seed ${seed}`);
    assert.deepEqual(server.flushes, places, `seed ${seed}`);
    assert.equal(server.ended, value);
  }
});
