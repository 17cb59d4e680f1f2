/** When to reconnect, and when to give up. No clock and no randomness of its own: both are passed in. */
import type { SessionError } from "./errors.js";
export type ReconnectOptions = {
    timeoutMs: number;
    initialDelayMs: number;
    maxDelayMs: number;
};
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
export declare const DEFAULT_RECONNECT: ReconnectOptions;
/**
 * Return whether a session can be resumed after its connection ended with this error.
 * @param {SessionError} error
 */
export declare function canResume(error: SessionError): boolean;
/**
 * Return whether to retry after a reconnect failed with this error.
 * @param {SessionError} error
 */
export declare function canRetry(error: SessionError): boolean;
/** The reconnects of one session. */
export declare class Backoff {
    #private;
    /** @type {SessionError | null} the error that the connection was lost with; `null` while connected */
    cause: SessionError | null;
    /**
     * @param {ReconnectOptions} options
     * @param {() => number} [random] returns a number between 0 and 1
     */
    constructor(options: ReconnectOptions, random?: () => number);
    /** Record the start of an attempt to connect. @param {number} nowMs */
    attempt(nowMs: number): void;
    /** Record that the session is open. */
    succeed(): void;
    /**
     * Record that the connection was lost or that a reconnect failed.
     * @param {SessionError} error
     * @param {number} nowMs
     * @param {number} committed samples; the timeout starts at the last connection that committed some
     * @returns {{delayMs: number} | {failure: SessionError}} the delay before the next attempt, or the
     *   error that ends the session
     */
    fail(error: SessionError, nowMs: number, committed: number): {
        delayMs: number;
    } | {
        failure: SessionError;
    };
}
