/** The buffer of audio that may have to be sent again. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ReplayBuffer } from "../replay-buffer.js";
import { generator, integer } from "./random.js";

function readAll(buffer, from) {
  const bytes = [];
  for (let at = from; at < buffer.end; ) {
    const chunk = buffer.read(at, 7);
    assert.ok(chunk.length > 0 && chunk.length <= 14);
    bytes.push(...chunk);
    at += chunk.length / 2;
  }
  return bytes;
}

test("the buffer returns what was appended, for any chunks and any trimming", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = generator(seed);
    const buffer = new ReplayBuffer(2);
    const sent = [];
    for (let chunk = integer(random, 0, 9); chunk > 0; chunk -= 1) {
      const bytes = Uint8Array.from({ length: 2 * integer(random, 0, 15) }, () => integer(random, 0, 255));
      buffer.append(bytes);
      sent.push(...bytes);
      buffer.trim(integer(random, buffer.begin, buffer.end));
    }
    const from = integer(random, buffer.begin, buffer.end);
    assert.equal(buffer.end, sent.length / 2);
    assert.deepEqual(readAll(buffer, from), sent.slice(from * 2), `seed ${seed}`);
  }
});

test("trimmed audio cannot be read", () => {
  const buffer = new ReplayBuffer(2);
  buffer.append(new Uint8Array(20));
  buffer.trim(5);
  assert.throws(() => buffer.read(4, 1), { name: "RangeError", message: "Sample 4 is not buffered: the buffer holds [5, 10)." });
});
