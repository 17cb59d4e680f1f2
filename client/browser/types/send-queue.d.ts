/**
 * What to send next: audio, requests (`flush`, `update`) and `end`, in the order in which the program issued them, on the
 * first connection and on each one after a reconnect. No clock, no socket.
 */
import { SessionError } from "./errors.js";
import type { AudioFormat, Flushed, ServerMessage, Update, Updated } from "./messages.js";
import type { ResumeState } from "./resume-state.js";
export type PendingRequest = {
    type: "flush" | "update";
    fields: {
        id: string;
    } | Update;
    /**
     * the request is sent after the audio before this sample
     */
    position: number;
    /**
     * whether it was sent on the current connection
     */
    sent: boolean;
    resolve: (reply: any) => void;
    reject: (error: SessionError) => void;
};
/**
 * @typedef {object} PendingRequest
 * @property {"flush" | "update"} type
 * @property {{id: string} | Update} fields
 * @property {number} position the request is sent after the audio before this sample
 * @property {boolean} sent whether it was sent on the current connection
 * @property {(reply: any) => void} resolve
 * @property {(error: SessionError) => void} reject
 */
/** The pending requests of a session and the position of its audio. */
export declare class SendQueue {
    #private;
    /**
     * @param {ResumeState} state
     * @param {AudioFormat} audio
     */
    constructor(state: ResumeState, audio: AudioFormat);
    /** Whether the program has ended the audio. */
    get finished(): boolean;
    /** Whether `end` was sent on the current connection. */
    get endSent(): boolean;
    /** Whether the server owes a reply. */
    get awaitingReply(): boolean;
    /**
     * Start sending on a new connection. Requests without a reply are sent again.
     * @param {number} position the first sample that the server wants
     * @param {{frameBytes: number, maxAheadSamples: number}} limits
     * @throws {SessionError} if that audio is not buffered
     */
    connect(position: number, { frameBytes, maxAheadSamples }: {
        frameBytes: number;
        maxAheadSamples: number;
    }): void;
    /** Stop sending until the next connection. */
    disconnect(): void;
    /** End the audio. */
    finish(): void;
    /**
     * Queue a `flush`.
     * @returns {Promise<Flushed>}
     */
    flush(): Promise<Flushed>;
    /**
     * Queue an `update`.
     * @param {Update} fields
     * @returns {Promise<Updated>}
     */
    update(fields: Update): Promise<Updated>;
    /**
     * Return the next frame to send; `null` if there is none now.
     * @returns {string | Uint8Array | null}
     */
    next(): string | Uint8Array | null;
    /**
     * Settle the request that a message replies to, if it is a reply.
     * @param {ServerMessage} message
     */
    receive(message: ServerMessage): void;
    /** Reject all requests: the session is over. @param {SessionError} error */
    rejectAll(error: SessionError): void;
}
