/** What a client keeps and what it has heard: without a connection. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { SessionError } from "../errors.js";
import { canResume, canTryAgain, maySend, Recovery, Tail } from "../recovery.js";
import { generator, whole } from "./random.js";
import { ack, AUDIO, final, found, partial, started } from "./said.js";

function begun(start = {}) {
  const recovery = new Recovery(start, AUDIO);
  recovery.hear(started());
  return recovery;
}

function asksFor(recovery) {
  const { committed, next_segment } = recovery.start().resume;
  return [committed, next_segment];
}

function all(tail, from) {
  const bytes = [];
  for (let at = from; at < tail.end; ) {
    const piece = tail.read(at, 7);
    assert.ok(piece.length > 0 && piece.length <= 14);
    bytes.push(...piece);
    at += piece.length / 2;
  }
  return bytes;
}

test("what is kept is what was sent, whatever the pieces and whatever was forgotten", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = generator(seed);
    const tail = new Tail(2);
    const said = [];
    for (let piece = whole(random, 0, 9); piece > 0; piece -= 1) {
      const bytes = Uint8Array.from({ length: 2 * whole(random, 0, 15) }, () => whole(random, 0, 255));
      tail.append(bytes);
      said.push(...bytes);
      tail.trim(whole(random, tail.begin, tail.end));
    }
    const from = whole(random, tail.begin, tail.end);
    assert.equal(tail.end, said.length / 2);
    assert.deepEqual(all(tail, from), said.slice(from * 2), `seed ${seed}`);
  }
});

test("what is not kept any more cannot be sent", () => {
  const tail = new Tail(2);
  tail.append(new Uint8Array(20));
  tail.trim(5);
  assert.throws(() => tail.read(4, 1), { name: "RangeError", message: "Sample 4 is not kept: [5, 10) is." });
});

test("the first connection resumes nothing", () => {
  assert.deepEqual(new Recovery({ language: "zh" }, AUDIO).start(), { language: "zh" });
});

test("it asks for what comes behind the last final", () => {
  const recovery = begun();
  recovery.hear(final(0, 900));
  assert.deepEqual(asksFor(recovery), [900, 1]);
  recovery.hear(ack(1_200));
  assert.deepEqual(asksFor(recovery), [1_200, 1]);
});

test("a lead-in is kept of what is settled", () => {
  const recovery = new Recovery({}, AUDIO);
  recovery.hear(started({ limits: { lead_in_ms: 1_000 } }));
  recovery.tail.append(new Uint8Array(2 * 40_000));
  recovery.hear(ack(30_000));
  const { committed, lead_in } = recovery.start().resume;
  assert.deepEqual([committed, lead_in, recovery.tail.begin], [30_000, 16_000, 14_000]);
});

test("it tells the language of the last final that is not asked for again", () => {
  const recovery = begun({ entities: {} });
  recovery.hear(final(0, 900));
  recovery.hear(found(0));
  recovery.hear({ ...final(1, 1_900), language: "en" });
  assert.equal(recovery.start().resume.language, "zh");
});

test("what was flushed is not asked for again", () => {
  const recovery = begun();
  recovery.hear({ type: "flushed", seq: 2, id: "f", through: 2_000 });
  assert.deepEqual(asksFor(recovery), [2_000, 0]);
});

test("a final without its entities is asked for again", () => {
  const recovery = begun({ entities: {} });
  recovery.hear(final(0, 900));
  recovery.hear(final(1, 1_900));
  assert.deepEqual(asksFor(recovery), [0, 0]);
  recovery.hear(found(0));
  assert.deepEqual(asksFor(recovery), [900, 1]);
});

test("entities that cannot be had are not waited for", () => {
  const recovery = begun({ entities: {} });
  recovery.hear(final(0, 900));
  recovery.hear({ type: "warning", seq: 3, code: "entities_unavailable", message: "…" });
  assert.deepEqual(asksFor(recovery), [900, 1]);
});

test("entities that are not enabled are not waited for", () => {
  const recovery = begun({ entities: { enabled: false } });
  recovery.hear(final(0, 900));
  assert.deepEqual(asksFor(recovery), [900, 1]);
});

test("each final and each list is news once", () => {
  const recovery = begun({ entities: {} });
  const said = [final(0, 900), found(0), final(1, 1_900)];
  assert.deepEqual(said.map((message) => recovery.hear(message)), [true, true, true]);
  assert.deepEqual([...said, found(1)].map((message) => recovery.hear(message)), [false, false, false, true]);
});

test("a partial and a list of what is final are no news", () => {
  const recovery = begun();
  recovery.hear(final(0, 900));
  assert.deepEqual([partial(0), found(0, false), partial(1), found(1, false)].map((one) => recovery.hear(one)), [
    false, false, true, true,
  ]);
});

test("a message of a type that is not known is news", () => {
  assert.equal(begun().hear({ type: "speaker", seq: 4 }), true);
});

test("what was changed holds for the next connection", () => {
  const recovery = begun({ language: "en", endpointing: { onset_ms: 80 }, prompt: "Hi." });
  recovery.change({ language: null, words: true, endpointing: { silence_ms: 700, onset_ms: null }, prompt: undefined });
  const { resume, ...start } = recovery.start();
  assert.deepEqual(start, { language: null, words: true, endpointing: { onset_ms: 80, silence_ms: 700 }, prompt: "Hi." });
});

test("repeated in any order of cuts, finals and lists come once, and what is committed only grows", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = generator(seed);
    const recovery = begun({ entities: {} });
    const said = Array.from({ length: 6 }, (_, segment) => ({ segment, text: random() < 0.8 ? "好" : "" }));
    const news = [];
    let before = 0;
    // A server says a final, later its list; a cut makes it begin again from what it is asked for.
    for (let cut = 0; cut < 4; cut += 1) {
      const [, from] = asksFor(recovery);
      const messages = said
        .filter(({ segment }) => segment >= from)
        .flatMap(({ segment, text }) => [final(segment, (segment + 1) * 100, text), ...(text ? [found(segment)] : [])]);
      const heard = cut === 3 ? messages.length : whole(random, 0, messages.length);
      for (const message of messages.slice(0, heard)) {
        if (recovery.hear(message)) news.push(`${message.type} ${message.segment}`);
        assert.ok(recovery.committed >= before);
        before = recovery.committed;
      }
    }
    const expected = said.flatMap(({ segment, text }) => [`final ${segment}`, ...(text ? [`entities ${segment}`] : [])]);
    assert.deepEqual(news, expected, `seed ${seed}`);
    assert.deepEqual(asksFor(recovery), [600, 6]);
    assert.equal(recovery.finals, 6);
  }
});

const lost = (closeCode) => new SessionError("lost", "…", { closeCode });

for (const [error, hope] of [
  [lost(1006), true],
  [lost(1005), true],
  [lost(1012), true],
  [lost(1000), false],
  [lost(4409), false],
  [lost(undefined), false],
  [new SessionError("going_away", "…", { closeCode: 1012 }), true],
  [new SessionError("bad_field", "…", { closeCode: 4400 }), false],
  [new SessionError("unknown_language", "…", { closeCode: 1006, fatal: false }), false],
]) {
  test(`${error.code} ${error.closeCode} leaves ${hope ? "" : "no "}hope`, () => assert.equal(canResume(error), hope));
}

test("a server that is away or full is asked again, one that refuses is not", () => {
  assert.ok(canTryAgain(new SessionError("unreachable", "…")));
  assert.ok(canTryAgain(new SessionError("unreachable", "…", { status: 404 })));
  assert.ok(canTryAgain(new SessionError("overloaded", "…", { status: 503 })));
  assert.ok(canTryAgain(lost(1006)));
  assert.ok(!canTryAgain(new SessionError("unauthorized", "…", { status: 401 })));
  assert.ok(!canTryAgain(new SessionError("resume_refused", "…", { closeCode: 4401 })));
});

test("a piece larger than the allowance passes when nothing is outstanding", () => {
  assert.deepEqual([maySend(9, 5, 5, 8), maySend(9, 6, 5, 8), maySend(7, 6, 5, 8)], [true, false, true]);
});
