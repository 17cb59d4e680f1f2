/** The vectors in tests/protocol/vectors, which also test the Python codec, transcript and subtitles. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { SessionError } from "../errors.js";
import { plainText, srt, Transcript, vtt } from "../index.js";
import { decode, encode } from "../messages.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../tests/protocol/vectors/${name}.json`, import.meta.url)));
const text = (frame) => (typeof frame === "string" ? frame : JSON.stringify(frame));

/** Assert that all expected fields are there. Unknown fields are allowed; null stands for a missing field. */
function assertContains(actual, expected, path = "$") {
  if (expected === null) return assert.equal(actual ?? null, null, path);
  if (typeof expected !== "object") return assert.equal(actual, expected, path);
  if (Array.isArray(expected)) assert.equal(actual?.length, expected.length, path);
  for (const [name, value] of Object.entries(expected)) assertContains(actual?.[name], value, `${path}.${name}`);
}

describe("a server's message", () => {
  for (const { name, frame, message = frame, error } of vectors("server")) {
    test(name, () => {
      if (error === undefined) return assertContains(decode(text(frame)), message);
      assert.throws(
        () => decode(text(frame)),
        (thrown) => {
          assert.ok(thrown instanceof SessionError);
          assert.equal(thrown.code, error.code);
          if (error.param) assert.equal(thrown.param, error.param);
          return true;
        },
      );
    });
  }
});

describe("a client's message", () => {
  for (const { name, type, fields, frame, error } of vectors("client")) {
    if (error === undefined) test(name, () => assert.deepEqual(JSON.parse(encode(type, fields)), frame));
  }
});

describe("a transcript", () => {
  for (const { name, messages, segments, mentions, ...files } of vectors("transcripts")) {
    const transcript = new Transcript();
    for (const message of messages) transcript.apply(decode(text(message)));

    test(`${name}: its segments`, () => {
      const actual = transcript.segments.map(({ rev, ...segment }) => (segment.final ? segment : { rev, ...segment }));
      assert.deepEqual(actual, segments);
    });
    test(`${name}: its mentions`, () => assert.deepEqual(transcript.mentions, mentions));
    test(`${name}: its files`, () => {
      const found = [srt, vtt, plainText].map((render) => render(transcript.segments));
      assert.deepEqual(found, [files.srt, files.vtt, files.text]);
    });
  }
});
