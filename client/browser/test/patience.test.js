/** When a session connects again and when it gives up: with a clock and dice of the test's own. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { SessionError } from "../errors.js";
import { Patience, RECONNECT } from "../patience.js";

const LOST = new SessionError("lost", "lost", { closeCode: 1006 });
const AWAY = new SessionError("unreachable", "away");

test("waits double up to the longest", () => {
  const patience = new Patience(RECONNECT, () => 1);
  const waits = Array.from({ length: 7 }, () => patience.after(LOST, 0, 0).waitMs);
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

test("each wait is drawn from 0 on", () => {
  assert.equal(new Patience(RECONNECT, () => 0).after(LOST, 0, 0).waitMs, 0);
});

test("a server that asks for more time gets it", () => {
  const patience = new Patience(RECONNECT, () => 1);
  patience.after(LOST, 0, 0);
  const full = new SessionError("overloaded", "…", { status: 503, retryAfterMs: 5_000 });
  assert.equal(patience.after(full, 0, 0).waitMs, 5_000);
});

test("a connection that stood for a while makes the next wait short again", () => {
  const patience = new Patience(RECONNECT, () => 1);
  for (const now of [0, 1, 2]) patience.after(LOST, now, 0);
  patience.begin(10);
  patience.back();
  assert.equal(patience.after(LOST, 10 + RECONNECT.mostMs + 1, 0).waitMs, 250);
});

test("it gives up after the limit, with what the connection was lost by", () => {
  const patience = new Patience(RECONNECT, () => 0);
  patience.after(LOST, 0, 0);
  assert.equal(patience.after(AWAY, 60_000, 0).waitMs, 0);
  assert.equal(patience.after(AWAY, 60_001, 0).failure, LOST);
});

test("a cut after which nothing was settled is the same cut", () => {
  const patience = new Patience(RECONNECT, () => 0);
  patience.after(LOST, 0, 100);
  patience.back();
  assert.equal(patience.after(LOST, 60_001, 100).failure, LOST);
});

test("the limit counts from the last progress", () => {
  const patience = new Patience(RECONNECT, () => 0);
  patience.after(LOST, 0, 100);
  patience.back();
  assert.equal(patience.after(LOST, 60_001, 101).waitMs, 0);
});

test("what is no cut ends it at once", () => {
  const taken = new SessionError("lost", "…", { closeCode: 4409 });
  assert.equal(new Patience(RECONNECT).after(taken, 0, 0).failure, taken);
});

test("away is a reason to try again only once the session was lost", () => {
  assert.equal(new Patience(RECONNECT).after(AWAY, 0, 0).failure, AWAY);
});

test("a refusal ends the attempts", () => {
  const patience = new Patience(RECONNECT);
  patience.after(LOST, 0, 0);
  const refused = new SessionError("unauthorized", "…", { status: 401 });
  assert.equal(patience.after(refused, 1, 0).failure, refused);
});
