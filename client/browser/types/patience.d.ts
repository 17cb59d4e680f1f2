/** When to connect again, and when to give up. Pure: the clock and the dice are handed in. */
import type { SessionError } from "./errors.js";
export type Reconnect = {
    limitMs: number;
    firstMs: number;
    mostMs: number;
};
/** @import {SessionError} from "./errors.js" */
/**
 * How a session comes back: for `limitMs` after a cut, after waits that double from `firstMs` to `mostMs`.
 *
 * Each wait is drawn at random from 0 to its length ("full jitter", Brooker, "Exponential Backoff And Jitter", 2015), so
 * that the clients of a server that was started anew do not all come at once.
 * @typedef {{limitMs: number, firstMs: number, mostMs: number}} Reconnect
 */
/** @type {Reconnect} */
export declare const RECONNECT: Reconnect;
/** One session's attempts to come back. */
export declare class Patience {
    #private;
    /** @type {SessionError | null} what the connection was lost by, while it is away */
    lost: SessionError | null;
    /**
     * @param {Reconnect} policy
     * @param {() => number} [random] from 0 to 1
     */
    constructor(policy: Reconnect, random?: () => number);
    /** An attempt begins. @param {number} nowMs */
    begin(nowMs: number): void;
    /** The session is open again. */
    back(): void;
    /**
     * The connection was lost, or an attempt to come back has failed.
     *
     * Returns how long to wait before the next attempt, or the error that ends the session.
     * @param {SessionError} error
     * @param {number} nowMs
     * @param {number} committed samples that are settled: the limit counts from the last progress
     * @returns {{waitMs: number} | {failure: SessionError}}
     */
    after(error: SessionError, nowMs: number, committed: number): {
        waitMs: number;
    } | {
        failure: SessionError;
    };
}
