/** Helpers for promises that the program may ignore. */

/**
 * Suppress the warning about an unhandled rejection: the program does not have to await this promise.
 * @template T
 * @param {Promise<T>} promise
 */
export function optional(promise) {
  promise.catch(() => {});
  return promise;
}

/**
 * Return a promise with the functions that settle it.
 * @returns {{promise: Promise<any>, resolve: (value: any) => void, reject: (error: unknown) => void}}
 */
export function deferred() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  /** @type {(error: unknown) => void} */
  let reject = () => {};
  const promise = new Promise((onResolve, onReject) => {
    [resolve, reject] = [onResolve, onReject];
  });
  return { promise: optional(promise), resolve, reject };
}
