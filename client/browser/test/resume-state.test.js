/** What a client requests when it resumes a session. No socket. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ResumeState } from "../resume-state.js";
import { ack, AUDIO, entities, final, partial, started } from "./messages.js";
import { generator, integer } from "./random.js";

function resumable(start = {}) {
  const state = new ResumeState(start, AUDIO);
  state.apply(started());
  return state;
}

function requested(state) {
  const { committed, next_segment } = state.startMessage().resume;
  return [committed, next_segment];
}

test("the first connection resumes nothing", () => {
  assert.deepEqual(new ResumeState({ language: "zh" }, AUDIO).startMessage(), { language: "zh" });
});

test("it requests what follows the last final", () => {
  const state = resumable();
  state.apply(final(0, 900));
  assert.deepEqual(requested(state), [900, 1]);
  state.apply(ack(1_200));
  assert.deepEqual(requested(state), [1_200, 1]);
});

test("a lead-in of committed audio stays buffered", () => {
  const state = new ResumeState({}, AUDIO);
  state.apply(started({ limits: { lead_in_ms: 1_000 } }));
  state.buffer.append(new Uint8Array(2 * 40_000));
  state.apply(ack(30_000));
  const { committed, lead_in } = state.startMessage().resume;
  assert.deepEqual([committed, lead_in, state.buffer.begin], [30_000, 16_000, 14_000]);
});

test("it sends the language of the last final that is not requested again", () => {
  const state = resumable({ entities: {} });
  state.apply(final(0, 900));
  state.apply(entities(0));
  state.apply({ ...final(1, 1_900), language: "en" });
  assert.equal(state.startMessage().resume.language, "zh");
});

test("it sends the text of the last final that has one", () => {
  const state = resumable();
  state.apply({ ...final(0, 900), text: "你好", end_ms: 80, confidence: 0.9 });
  state.apply({ ...final(1, 1_900), text: "" });
  assert.deepEqual(state.startMessage().resume.previous, { text: "你好", end_ms: 80, confidence: 0.9 });
});

test("flushed audio is not requested again", () => {
  const state = resumable();
  state.apply({ type: "flushed", seq: 2, id: "f", through: 2_000 });
  assert.deepEqual(requested(state), [2_000, 0]);
});

test("a final without its entities is requested again", () => {
  const state = resumable({ entities: {} });
  state.apply(final(0, 900));
  state.apply(final(1, 1_900));
  assert.deepEqual(requested(state), [0, 0]);
  state.apply(entities(0));
  assert.deepEqual(requested(state), [900, 1]);
});

test("unavailable entities are not waited for", () => {
  const state = resumable({ entities: {} });
  state.apply(final(0, 900));
  state.apply({ type: "warning", seq: 3, code: "entities_unavailable", message: "…" });
  assert.deepEqual(requested(state), [900, 1]);
});

test("disabled entities are not waited for", () => {
  const state = resumable({ entities: { enabled: false } });
  state.apply(final(0, 900));
  assert.deepEqual(requested(state), [900, 1]);
});

test("each final and each list of entities is delivered once", () => {
  const state = resumable({ entities: {} });
  const messages = [final(0, 900), entities(0), final(1, 1_900)];
  assert.deepEqual(messages.map((message) => state.apply(message)), [true, true, true]);
  assert.deepEqual([...messages, entities(1)].map((message) => state.apply(message)), [false, false, false, true]);
});

test("partials and entities of a final segment are not delivered", () => {
  const state = resumable();
  state.apply(final(0, 900));
  assert.deepEqual([partial(0), entities(0, false), partial(1), entities(1, false)].map((message) => state.apply(message)), [
    false, false, true, true,
  ]);
});

test("messages of unknown types are delivered", () => {
  assert.equal(resumable().apply({ type: "speaker", seq: 4 }), true);
});

test("updates apply to the next connection", () => {
  const state = resumable({ language: "en", endpointing: { onset_ms: 80 }, prompt: "Hi." });
  state.applyUpdate({ language: null, words: true, endpointing: { silence_ms: 700, onset_ms: null }, prompt: undefined });
  const { resume, ...start } = state.startMessage();
  assert.deepEqual(start, { language: null, words: true, endpointing: { onset_ms: 80, silence_ms: 700 }, prompt: "Hi." });
});

test("across any reconnects, finals and entities are delivered once, and the committed position only grows", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = generator(seed);
    const state = resumable({ entities: {} });
    const segments = Array.from({ length: 6 }, (_, segment) => ({ segment, text: random() < 0.8 ? "好" : "" }));
    const delivered = [];
    let before = 0;
    // A server sends a final, later its entities. After a reconnect it starts again from the requested segment.
    for (let round = 0; round < 4; round += 1) {
      const [, from] = requested(state);
      const messages = segments
        .filter(({ segment }) => segment >= from)
        .flatMap(({ segment, text }) => [final(segment, (segment + 1) * 100, text), ...(text ? [entities(segment)] : [])]);
      const count = round === 3 ? messages.length : integer(random, 0, messages.length);
      for (const message of messages.slice(0, count)) {
        if (state.apply(message)) delivered.push(`${message.type} ${message.segment}`);
        assert.ok(state.committed >= before);
        before = state.committed;
      }
    }
    const expected = segments.flatMap(({ segment, text }) => [`final ${segment}`, ...(text ? [`entities ${segment}`] : [])]);
    assert.deepEqual(delivered, expected, `seed ${seed}`);
    assert.deepEqual(requested(state), [600, 6]);
    assert.equal(state.finalCount, 6);
  }
});

