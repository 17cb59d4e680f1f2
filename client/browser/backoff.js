/** When to reconnect, and when to give up. No clock and no randomness of its own: both are passed in. */

/** @import {SessionError} from "./errors.js" */

/**
 * How a session reconnects: for `timeoutMs` after the connection was lost, with delays that double from `initialDelayMs`
 * to `maxDelayMs`.
 *
 * Each delay is drawn at random between 0 and its length ("full jitter": Brooker, "Exponential Backoff And Jitter", 2015),
 * so that the clients of a restarted server do not reconnect all at once.
 * @typedef {{timeoutMs: number, initialDelayMs: number, maxDelayMs: number}} ReconnectOptions
 */

/** @type {ReconnectOptions} */
export const DEFAULT_RECONNECT = { timeoutMs: 60_000, initialDelayMs: 250, maxDelayMs: 5_000 };

// Going away, no code, no close frame, internal error (also a missed ping), restart, overloaded.
const RESUMABLE_CLOSE_CODES = new Set([1001, 1005, 1006, 1011, 1012, 1013]);
const RETRYABLE_STATUSES = new Set([429, 500, 502, 503, 504]);

/**
 * Return whether a session can be resumed after its connection ended with this error.
 * @param {SessionError} error
 */
export function canResume(error) {
  return error.fatal && error.closeCode !== undefined && RESUMABLE_CLOSE_CODES.has(error.closeCode);
}

/**
 * Return whether to retry after a reconnect failed with this error.
 * @param {SessionError} error
 */
export function canRetry(error) {
  if (error.code === "unreachable") return true;
  return error.status === undefined ? canResume(error) : RETRYABLE_STATUSES.has(error.status);
}

/** The reconnects of one session. */
export class Backoff {
  /** @type {SessionError | null} the error that the connection was lost with; `null` while connected */
  cause = null;
  #options;
  #random;
  #lostAtMs = 0;
  #committed = -1;
  #attempts = 0;
  #attemptedAtMs = 0;

  /**
   * @param {ReconnectOptions} options
   * @param {() => number} [random] returns a number between 0 and 1
   */
  constructor(options, random = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Record the start of an attempt to connect. @param {number} nowMs */
  attempt(nowMs) {
    this.#attemptedAtMs = nowMs;
  }

  /** Record that the session is open. */
  succeed() {
    this.cause = null;
  }

  /**
   * Record that the connection was lost or that a reconnect failed.
   * @param {SessionError} error
   * @param {number} nowMs
   * @param {number} committed samples; the timeout starts at the last connection that committed some
   * @returns {{delayMs: number} | {failure: SessionError}} the delay before the next attempt, or the
   *   error that ends the session
   */
  fail(error, nowMs, committed) {
    const { timeoutMs, initialDelayMs, maxDelayMs } = this.#options;
    if (!(this.cause === null ? canResume(error) : canRetry(error))) return { failure: error };
    if (this.cause === null && committed > this.#committed) {
      this.#lostAtMs = nowMs; // without progress since the last loss, that one still counts
      this.#committed = committed;
    }
    if (nowMs - this.#attemptedAtMs > maxDelayMs) this.#attempts = 0;
    const jittered = this.#random() * Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(this.#attempts, 30));
    const delayMs = Math.max(jittered, error.retryAfterMs ?? 0);
    this.#attempts += 1;
    this.cause ??= error;
    return nowMs + delayMs - this.#lostAtMs > timeoutMs ? { failure: this.cause } : { delayMs };
  }
}
