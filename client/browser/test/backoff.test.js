/** The delays between reconnects, and the timeout, with an injected clock and random numbers. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { SessionError } from "../errors.js";
import { Backoff, canResume, canRetry, DEFAULT_RECONNECT } from "../backoff.js";

const LOST = new SessionError("lost", "lost", { closeCode: 1006 });
const AWAY = new SessionError("unreachable", "away");

test("delays double up to the maximum", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT, () => 1);
  const delays = Array.from({ length: 7 }, () => backoff.fail(LOST, 0, 0).delayMs);
  assert.deepEqual(delays, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

test("each delay is drawn from 0", () => {
  assert.equal(new Backoff(DEFAULT_RECONNECT, () => 0).fail(LOST, 0, 0).delayMs, 0);
});

test("the delay is at least what the server requests", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT, () => 1);
  backoff.fail(LOST, 0, 0);
  const full = new SessionError("overloaded", "…", { status: 503, retryAfterMs: 5_000 });
  assert.equal(backoff.fail(full, 0, 0).delayMs, 5_000);
});

test("a lasting connection resets the delay", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT, () => 1);
  for (const now of [0, 1, 2]) backoff.fail(LOST, now, 0);
  backoff.attempt(10);
  backoff.succeed();
  assert.equal(backoff.fail(LOST, 10 + DEFAULT_RECONNECT.maxDelayMs + 1, 0).delayMs, 250);
});

test("the session fails after the timeout, with the error that the connection was lost with", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT, () => 0);
  backoff.fail(LOST, 0, 0);
  assert.equal(backoff.fail(AWAY, 60_000, 0).delayMs, 0);
  assert.equal(backoff.fail(AWAY, 60_001, 0).failure, LOST);
});

test("a second loss without progress does not restart the timeout", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT, () => 0);
  backoff.fail(LOST, 0, 100);
  backoff.succeed();
  assert.equal(backoff.fail(LOST, 60_001, 100).failure, LOST);
});

test("progress restarts the timeout", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT, () => 0);
  backoff.fail(LOST, 0, 100);
  backoff.succeed();
  assert.equal(backoff.fail(LOST, 60_001, 101).delayMs, 0);
});

test("an error that cannot be resumed ends the session at once", () => {
  const taken = new SessionError("lost", "…", { closeCode: 4409 });
  assert.equal(new Backoff(DEFAULT_RECONNECT).fail(taken, 0, 0).failure, taken);
});

test("an unreachable server is retried only after the session was open", () => {
  assert.equal(new Backoff(DEFAULT_RECONNECT).fail(AWAY, 0, 0).failure, AWAY);
});

test("a refusal ends the session", () => {
  const backoff = new Backoff(DEFAULT_RECONNECT);
  backoff.fail(LOST, 0, 0);
  const refused = new SessionError("unauthorized", "…", { status: 401 });
  assert.equal(backoff.fail(refused, 1, 0).failure, refused);
});

const lost = (closeCode) => new SessionError("lost", "…", { closeCode });

for (const [error, expected] of [
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
  test(`${error.code} ${error.closeCode} ${expected ? "can" : "cannot"} be resumed`, () => {
    assert.equal(canResume(error), expected);
  });
}

test("an unreachable or overloaded server is retried, a refusal is not", () => {
  assert.ok(canRetry(new SessionError("unreachable", "…")));
  assert.ok(canRetry(new SessionError("unreachable", "…", { status: 404 })));
  assert.ok(canRetry(new SessionError("overloaded", "…", { status: 503 })));
  assert.ok(canRetry(lost(1006)));
  assert.ok(!canRetry(new SessionError("unauthorized", "…", { status: 401 })));
  assert.ok(!canRetry(new SessionError("resume_refused", "…", { closeCode: 4401 })));
});
