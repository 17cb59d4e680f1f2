/** Limits how far audio runs ahead of what the server has committed. No clock, no socket. */

/** @import {SessionError} from "./errors.js" */

/**
 * Return whether `samples` more may be sent, given that at most `maxAhead` samples may be uncommitted.
 *
 * With nothing uncommitted any number of samples may be sent; a chunk above the limit would otherwise never be sent.
 * @param {number} samples
 * @param {number} sent
 * @param {number} committed
 * @param {number} maxAhead
 */
export function maySend(samples, sent, committed, maxAhead) {
  const ahead = sent - committed;
  return ahead <= 0 || ahead + samples <= maxAhead;
}

/** Promises that wait until the buffer has space. */
export class SpaceWaiters {
  /** @type {{samples: number, resolve: () => void, reject: (error: SessionError) => void}[]} */
  #waiters = [];

  /**
   * Wait for space for a number of samples.
   * @param {number} samples
   * @returns {Promise<void>}
   */
  wait(samples) {
    return new Promise((resolve, reject) => this.#waiters.push({ samples, resolve, reject }));
  }

  /** Resolve the promises for which there is space now. @param {(samples: number) => boolean} hasSpace */
  release(hasSpace) {
    this.#waiters = this.#waiters.filter(({ samples, resolve }) => {
      if (!hasSpace(samples)) return true;
      resolve();
      return false;
    });
  }

  /** Reject all promises: the session is over. @param {SessionError} error */
  rejectAll(error) {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}
