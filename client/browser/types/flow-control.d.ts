/** Limits how far audio runs ahead of what the server has committed. No clock, no socket. */
import type { SessionError } from "./errors.js";
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
export declare function maySend(samples: number, sent: number, committed: number, maxAhead: number): boolean;
/** Promises that wait until the buffer has space. */
export declare class SpaceWaiters {
    #private;
    /**
     * Wait for space for a number of samples.
     * @param {number} samples
     * @returns {Promise<void>}
     */
    wait(samples: number): Promise<void>;
    /** Resolve the promises for which there is space now. @param {(samples: number) => boolean} hasSpace */
    release(hasSpace: (samples: number) => boolean): void;
    /** Reject all promises: the session is over. @param {SessionError} error */
    rejectAll(error: SessionError): void;
}
