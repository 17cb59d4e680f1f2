/** When to connect again, and when to give up. Pure: the clock and the dice are handed in. */

import { canResume, canTryAgain } from "./recovery.js";

/** @import {SessionError} from "./errors.js" */

/**
 * How a session comes back: for `limitMs` after a cut, after waits that double from `firstMs` to `mostMs`.
 *
 * Each wait is drawn at random from 0 to its length ("full jitter", Brooker, "Exponential Backoff And Jitter", 2015), so
 * that the clients of a server that was started anew do not all come at once.
 * @typedef {{limitMs: number, firstMs: number, mostMs: number}} Reconnect
 */

/** @type {Reconnect} */
export const RECONNECT = { limitMs: 60_000, firstMs: 250, mostMs: 5_000 };

/** One session's attempts to come back. */
export class Patience {
  /** @type {SessionError | null} what the connection was lost by, while it is away */
  lost = null;
  #policy;
  #random;
  #lostAt = 0;
  #settled = -1;
  #attempt = 0;
  #began = 0;

  /**
   * @param {Reconnect} policy
   * @param {() => number} [random] from 0 to 1
   */
  constructor(policy, random = Math.random) {
    this.#policy = policy;
    this.#random = random;
  }

  /** An attempt begins. @param {number} nowMs */
  begin(nowMs) {
    this.#began = nowMs;
  }

  /** The session is open again. */
  back() {
    this.lost = null;
  }

  /**
   * The connection was lost, or an attempt to come back has failed.
   *
   * Returns how long to wait before the next attempt, or the error that ends the session.
   * @param {SessionError} error
   * @param {number} nowMs
   * @param {number} committed samples that are settled: the limit counts from the last progress
   * @returns {{waitMs: number} | {failure: SessionError}}
   */
  after(error, nowMs, committed) {
    const { limitMs, firstMs, mostMs } = this.#policy;
    if (!(this.lost === null ? canResume(error) : canTryAgain(error))) return { failure: error };
    if (this.lost === null && committed > this.#settled) {
      this.#lostAt = nowMs; // a cut after which nothing was settled is the same cut
      this.#settled = committed;
    }
    if (nowMs - this.#began > mostMs) this.#attempt = 0;
    const drawn = this.#random() * Math.min(mostMs, firstMs * 2 ** Math.min(this.#attempt, 30));
    const waitMs = Math.max(drawn, error.retryAfterMs ?? 0);
    this.#attempt += 1;
    this.lost ??= error;
    return nowMs + waitMs - this.#lostAt > limitMs ? { failure: this.lost } : { waitMs };
  }
}
