/** The order in which audio and requests are sent, across reconnects. No socket. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ResumeState } from "../resume-state.js";
import { SendQueue } from "../send-queue.js";
import { ack, AUDIO, started } from "./messages.js";
import { generator, integer } from "./random.js";

const LIMITS = { frameBytes: 8, maxAheadSamples: 1_000 };
const pcm = (samples) => new Uint8Array(samples * 2).fill(7);

function setUp(start = {}) {
  const state = new ResumeState(start, AUDIO);
  state.apply(started());
  return { state, queue: new SendQueue(state, AUDIO) };
}

/** Drain the queue: audio as numbers of samples, messages as types. */
function drain(queue) {
  const frames = [];
  for (let frame = queue.next(); frame !== null; frame = queue.next()) {
    frames.push(typeof frame === "string" ? JSON.parse(frame).type : frame.length / 2);
  }
  return frames;
}

test("nothing is sent while disconnected", () => {
  const { state, queue } = setUp();
  state.buffer.append(pcm(3));
  assert.deepEqual(drain(queue), []);
});

test("audio is split into frames of the allowed size", () => {
  const { state, queue } = setUp();
  state.buffer.append(pcm(9));
  queue.connect(0, LIMITS);
  assert.deepEqual(drain(queue), [4, 4, 1]);
});

test("requests keep their place between the audio before and after them", () => {
  const { state, queue } = setUp();
  queue.connect(0, LIMITS);
  state.buffer.append(pcm(3));
  void queue.flush();
  state.buffer.append(pcm(2));
  void queue.update({ words: true });
  queue.finish();
  assert.deepEqual(drain(queue), [3, "flush", 2, "update", "end"]);
});

test("a reconnect repeats unanswered requests, and audio from where the server says", async () => {
  const { state, queue } = setUp();
  queue.connect(0, LIMITS);
  state.buffer.append(pcm(3));
  const flushed = queue.flush();
  state.buffer.append(pcm(2));
  const updated = queue.update({ language: "zh" });
  queue.finish();
  drain(queue);
  queue.receive({ type: "flushed", seq: 9, id: "flush-1", through: 3 });
  assert.equal((await flushed).through, 3);

  queue.disconnect();
  queue.connect(4, LIMITS);
  assert.deepEqual(drain(queue), [1, "update", "end"]);

  queue.receive({ type: "updated", seq: 10, configuration: started().configuration });
  assert.equal((await updated).type, "updated");
  assert.equal(state.startMessage().language, "zh");
});

test("a rejected update changes nothing", async () => {
  const { state, queue } = setUp({ language: "en" });
  queue.connect(0, LIMITS);
  const updated = queue.update({ language: "fr" });
  drain(queue);
  queue.receive({ type: "error", seq: 2, code: "unknown_language", message: "No.", fatal: false, param: "$.language" });
  await assert.rejects(updated, { code: "unknown_language", message: "No.", fatal: false, param: "$.language" });
  assert.equal(state.startMessage().language, "en");
});

test("replies to updates are matched in order", async () => {
  const { queue } = setUp();
  queue.connect(0, LIMITS);
  const refused = queue.update({ language: "fr" });
  const updated = queue.update({ words: true });
  drain(queue);
  queue.receive({ type: "error", seq: 2, code: "unknown_language", message: "No.", fatal: false });
  queue.receive({ type: "updated", seq: 3, configuration: started().configuration });
  await assert.rejects(refused, { code: "unknown_language" });
  assert.equal((await updated).seq, 3);
});

test("uncommitted audio stays within the server's limit", () => {
  const { state, queue } = setUp();
  state.buffer.append(pcm(20));
  queue.connect(0, { frameBytes: 8, maxAheadSamples: 10 });
  assert.deepEqual(drain(queue), [4, 4]);
  state.apply(ack(4));
  assert.deepEqual(drain(queue), [4]);
});

test("a server that requests audio outside the buffer violates the protocol", () => {
  const { state, queue } = setUp();
  state.buffer.append(pcm(20));
  state.apply(ack(10));
  for (const position of [9, 21]) {
    assert.throws(() => queue.connect(position, LIMITS), { name: "SessionError", code: "bad_field", param: "$.next_sample" });
  }
});

test("the number of pending requests is limited", async () => {
  const { queue } = setUp();
  const replies = Array.from({ length: 65 }, () => queue.flush());
  await assert.rejects(replies[64], { code: "too_many", fatal: false });
  assert.ok(!queue.awaitingReply);
});

test("across any reconnects the server receives all audio once and in order, and each request in place", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = generator(seed);
    const { state, queue } = setUp();
    /** A server that resumes: the samples it has received, and the position of each request. */
    const server = { received: [], flushes: new Map(), ended: -1 };
    const positions = new Map();
    let value = 0;
    for (let round = 0; round < 5; round += 1) {
      for (let chunk = integer(random, 0, 3); chunk > 0; chunk -= 1) {
        const samples = integer(random, 0, 6);
        state.buffer.append(new Uint8Array(Array.from({ length: samples }, () => [(value += 1) % 256, 0]).flat()));
        if (random() < 0.3) {
          queue.flush().catch(() => {});
          positions.set(`flush-${positions.size + 1}`, state.buffer.end);
        }
      }
      if (round === 4) queue.finish();
      queue.connect(server.received.length, LIMITS);
      for (let frames = round === 4 ? Infinity : integer(random, 0, 6); frames > 0; frames -= 1) {
        const frame = queue.next();
        if (frame === null) break;
        const arrives = round === 4 || random() < 0.9; // the last frames before a failure may be lost
        if (!arrives) break;
        if (typeof frame !== "string") {
          server.received.push(...frame.filter((_, index) => index % 2 === 0));
          continue;
        }
        const { type, id } = JSON.parse(frame);
        if (type === "end") server.ended = server.received.length;
        else if (!server.flushes.has(id)) server.flushes.set(id, server.received.length); // repeated after the audio
      }
      queue.disconnect();
    }
    assert.deepEqual(server.received, Array.from({ length: value }, (_, index) => (index + 1) % 256), `seed ${seed}`);
    assert.deepEqual(server.flushes, positions, `seed ${seed}`);
    assert.equal(server.ended, value);
  }
});
