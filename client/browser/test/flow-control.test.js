/** How far audio may run ahead of what is committed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { maySend } from "../flow-control.js";

test("a chunk above the limit may be sent if nothing is uncommitted", () => {
  assert.deepEqual([maySend(9, 5, 5, 8), maySend(9, 6, 5, 8), maySend(7, 6, 5, 8)], [true, false, true]);
});
