/**
 * What is to be sent next: audio, questions (`flush`, `update`) and `end`, in the order in which the program gave them,
 * over the first connection and over each that follows. Pure: no clock, no socket.
 */
import { SessionError } from "./errors.js";
import type { AudioFormat, Flushed, ServerMessage, Update, Updated } from "./messages.js";
import type { Recovery } from "./recovery.js";
export type Question = {
    type: "flush" | "update";
    fields: {
        id: string;
    } | Update;
    /**
     * it comes behind the audio before this sample
     */
    position: number;
    /**
     * over the connection that stands
     */
    sent: boolean;
    resolve: (answer: any) => void;
    reject: (error: SessionError) => void;
};
/**
 * @typedef {object} Question
 * @property {"flush" | "update"} type
 * @property {{id: string} | Update} fields
 * @property {number} position it comes behind the audio before this sample
 * @property {boolean} sent over the connection that stands
 * @property {(answer: any) => void} resolve
 * @property {(error: SessionError) => void} reject
 */
/** One session's questions and how far its audio was sent. */
export declare class Outgoing {
    #private;
    /**
     * @param {Recovery} recovery
     * @param {AudioFormat} audio
     */
    constructor(recovery: Recovery, audio: AudioFormat);
    /** Whether the program has said that no more comes. */
    get ending(): boolean;
    /** Whether `end` was sent over the connection that stands. */
    get endSent(): boolean;
    /** Whether the server owes an answer. */
    get owed(): boolean;
    /**
     * A connection stands: what was not answered over the one before is sent again.
     * @param {number} position the first sample that the server wants
     * @param {{frameBytes: number, aheadSamples: number}} limits
     * @throws {SessionError} where that audio is not kept
     */
    begin(position: number, { frameBytes, aheadSamples }: {
        frameBytes: number;
        aheadSamples: number;
    }): void;
    /** The connection is gone. */
    stop(): void;
    /** No more audio and no more questions come. */
    finish(): void;
    /**
     * Have all audio so far made final.
     * @returns {Promise<Flushed>}
     */
    flush(): Promise<Flushed>;
    /**
     * Change the configuration for the audio that follows.
     * @param {Update} fields
     * @returns {Promise<Updated>}
     */
    update(fields: Update): Promise<Updated>;
    /**
     * The next frame, or null where there is nothing to send now.
     * @returns {string | Uint8Array | null}
     */
    next(): string | Uint8Array | null;
    /**
     * Hand an answer to the one who waits for it.
     * @param {ServerMessage} message
     */
    hear(message: ServerMessage): void;
    /** No answer will come any more. @param {SessionError} error */
    fail(error: SessionError): void;
}
