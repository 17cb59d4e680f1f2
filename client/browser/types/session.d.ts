/** A session with a server: audio in, messages out, across reconnects. */
import { SessionError } from "./errors.js";
import type { Pcm } from "./audio.js";
import type { ReconnectOptions } from "./backoff.js";
import type { SocketClass } from "./connection.js";
import type { Ended, Flushed, ServerMessage, Start, Started, Update, Updated } from "./messages.js";
import type { Fetch } from "./refusal.js";
/** @import {Pcm} from "./audio.js" */
/** @import {ReconnectOptions} from "./backoff.js" */
/** @import {SocketClass} from "./connection.js" */
/** @import {Ended, Flushed, ServerMessage, Start, Started, Update, Updated} from "./messages.js" */
/** @import {Fetch} from "./refusal.js" */
export declare const CLIENT: {
    name: string;
    version: string;
};
export type State = "connecting" | "open" | "lost" | "ended" | "failed";
export type SessionOptions = {
    /**
     * the fields of the protocol's `start` message
     */
    start?: Start;
    apiKey?: string;
    WebSocket?: SocketClass;
    fetch?: Fetch;
    reconnect?: Partial<ReconnectOptions>;
    /**
     * timeout of each step of the handshake
     */
    openTimeoutMs?: number;
    /**
     * the connection counts as lost if the server owes a reply and sends nothing for this
     * long; 0 disables the timeout
     */
    replyTimeoutMs?: number;
    /**
     * receives every message in order; each final and its entities once
     */
    onMessage?: (message: ServerMessage) => void;
    /**
     * receives each new state: `open`
     * with `started`, `lost` and `failed` with the error, `ended` with the `ended` message, or `null` after `close()`
     */
    onState?: (state: State, detail: Started | Ended | SessionError | null) => void;
};
/** @typedef {"connecting" | "open" | "lost" | "ended" | "failed"} State */
/**
 * @typedef {object} SessionOptions
 * @property {Start} [start] the fields of the protocol's `start` message
 * @property {string} [apiKey]
 * @property {SocketClass} [WebSocket]
 * @property {Fetch} [fetch]
 * @property {Partial<ReconnectOptions>} [reconnect]
 * @property {number} [openTimeoutMs] timeout of each step of the handshake
 * @property {number} [replyTimeoutMs] the connection counts as lost if the server owes a reply and sends nothing for this
 *   long; 0 disables the timeout
 * @property {(message: ServerMessage) => void} [onMessage] receives every message in order; each final and its entities once
 * @property {(state: State, detail: Started | Ended | SessionError | null) => void} [onState] receives each new state: `open`
 *   with `started`, `lost` and `failed` with the error, `ended` with the `ended` message, or `null` after `close()`
 */
/**
 * One session. It connects when it is created, and reconnects when its connection is lost.
 *
 * Audio is buffered until the server has committed it, up to the server's limit, and sent again after a reconnect.
 */
export declare class Session {
    #private;
    /** The declared format of the audio. */
    audio: Readonly<import("./messages.js").AudioFormat>;
    /**
     * @param {string | URL} url `ws(s)://…`, `http(s)://…`, or a URL relative to the page
     * @param {SessionOptions} [options]
     * @throws {TypeError} if the URL, the API key or the audio encoding is invalid
     */
    constructor(url: string | URL, options?: SessionOptions);
    /** The current state. */
    get state(): State;
    /** The server's latest `started` message: session id, models, limits, configuration. */
    get started(): Started | null;
    /** Number of samples accepted by `send`, each counted once. */
    get sent(): number;
    /** The position before which all audio is final. It is never sent again. */
    get committed(): number;
    /** The first `started` message. Rejects with a `SessionError`. @returns {Promise<Started>} */
    get opened(): Promise<Started>;
    /** The `ended` message. Rejects with a `SessionError`, whose code is `closed` after `close()`. @returns {Promise<Ended>} */
    get ended(): Promise<Ended>;
    /**
     * Send audio: any number of whole samples in the declared format. The session does not have to be open. The data is copied.
     * @param {Pcm} pcm `Int16Array`, `Float32Array` (for `pcm_f32le`), or bytes
     * @returns {boolean} false if nothing was accepted: the buffer is full, or the session is finished or over
     * @throws {TypeError} if the array does not match the encoding
     * @throws {RangeError} if the array ends within a sample
     */
    send(pcm: Pcm): boolean;
    /**
     * Wait until the buffer has space for a number of samples. Use it to send files, which are faster than real time.
     * @param {number} samples
     * @returns {Promise<void>} rejects with a `SessionError` if the session is over
     */
    waitForSpace(samples: number): Promise<void>;
    /**
     * Make all audio sent so far final.
     * @returns {Promise<Flushed>} resolves after its last final
     */
    flush(): Promise<Flushed>;
    /**
     * Change the configuration for the audio that follows.
     * @param {Update} fields
     * @returns {Promise<Updated>} rejects with a non-fatal `SessionError` if the server rejects the update
     */
    update(fields: Update): Promise<Updated>;
    /**
     * End the audio.
     * @returns {Promise<Ended>} resolves after the last final
     */
    finish(): Promise<Ended>;
    /** Close the session immediately. Audio that is not final is lost. */
    close(): void;
}
