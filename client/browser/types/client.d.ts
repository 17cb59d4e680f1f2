/** A session with a server: audio in, messages out, over as many connections as it takes. */
import { SessionError } from "./errors.js";
import type { Fetch } from "./address.js";
import type { SocketClass } from "./connection.js";
import type { AudioFormat, Ended, Flushed, ServerMessage, Start, Started, Update, Updated } from "./messages.js";
import type { Reconnect } from "./patience.js";
/** @import {Fetch} from "./address.js" */
/** @import {SocketClass} from "./connection.js" */
/** @import {AudioFormat, Ended, Flushed, ServerMessage, Start, Started, Update, Updated} from "./messages.js" */
/** @import {Reconnect} from "./patience.js" */
export { SessionError };
export declare const CLIENT: {
    name: string;
    version: string;
};
export type State = "connecting" | "open" | "lost" | "ended" | "failed";
export type Pcm = Int16Array | Float32Array | Uint8Array;
export type SessionOptions = {
    /**
     * what is asked for: fields of the protocol's `start`
     */
    start?: Start;
    apiKey?: string;
    WebSocket?: SocketClass;
    fetch?: Fetch;
    /**
     * how the session comes back after a cut
     */
    reconnect?: Partial<Reconnect>;
    /**
     * how long each step of an opening may take
     */
    openMs?: number;
    /**
     * a connection is taken for dead when the server owes a word for so long; 0: never
     */
    silenceMs?: number;
    /**
     * every message in order, each final and its entities once
     */
    onMessage?: (message: ServerMessage) => void;
    /**
     * `open` comes with
     * `started`, `lost` and `failed` with an error, `ended` with the goodbye, or null after `close`
     */
    onState?: (state: State, detail: Started | Ended | SessionError | null) => void;
};
/** @typedef {"connecting" | "open" | "lost" | "ended" | "failed"} State */
/** @typedef {Int16Array | Float32Array | Uint8Array} Pcm */
/**
 * @typedef {object} SessionOptions
 * @property {Start} [start] what is asked for: fields of the protocol's `start`
 * @property {string} [apiKey]
 * @property {SocketClass} [WebSocket]
 * @property {Fetch} [fetch]
 * @property {Partial<Reconnect>} [reconnect] how the session comes back after a cut
 * @property {number} [openMs] how long each step of an opening may take
 * @property {number} [silenceMs] a connection is taken for dead when the server owes a word for so long; 0: never
 * @property {(message: ServerMessage) => void} [onMessage] every message in order, each final and its entities once
 * @property {(state: State, detail: Started | Ended | SessionError | null) => void} [onState] `open` comes with
 *   `started`, `lost` and `failed` with an error, `ended` with the goodbye, or null after `close`
 */
/**
 * One session. It begins to connect at once, and connects again when its connection breaks.
 *
 * Audio that is not committed is kept, at most as much as the server lets run ahead, and sent again where it was lost.
 */
export declare class Session {
    #private;
    /** The declared format of the audio to send. @type {Readonly<AudioFormat>} */
    audio: Readonly<AudioFormat>;
    /**
     * @param {string | URL} url `ws(s)://…`, `http(s)://…`, or in a page relative to it
     * @param {SessionOptions} [options]
     * @throws {TypeError} for an address, a key or an encoding that cannot be
     */
    constructor(url: string | URL, options?: SessionOptions);
    /** Where the session stands. */
    get state(): State;
    /** The server's newest answer to `start`: session id, models, limits, configuration. */
    get started(): Started | null;
    /** Samples taken by `send`, each counted once. */
    get sent(): number;
    /** Samples before which all is final: that audio will not be asked for again. */
    get committed(): number;
    /** The first answer to `start`. Rejects with a `SessionError`. @returns {Promise<Started>} */
    get opened(): Promise<Started>;
    /** The goodbye. Rejects with a `SessionError`, code `closed` after `close`. @returns {Promise<Ended>} */
    get ended(): Promise<Ended>;
    /**
     * Send audio: whole samples of the declared format, any amount, from the first moment on. It is copied.
     *
     * False: nothing was taken, because as much is kept as the server lets run ahead, or because the session takes no more.
     * @param {Pcm} pcm `Int16Array`, `Float32Array` (for `pcm_f32le`), or bytes
     * @returns {boolean}
     * @throws {TypeError} for another kind of array
     * @throws {RangeError} for a part of a sample
     */
    send(pcm: Pcm): boolean;
    /**
     * Wait until so many samples may be sent: for recordings, which come faster than they were spoken.
     * @param {number} samples
     * @returns {Promise<void>} rejects when the session is over
     */
    room(samples: number): Promise<void>;
    /**
     * Have all that was sent made final; resolves when those finals have come.
     * @returns {Promise<Flushed>}
     */
    flush(): Promise<Flushed>;
    /**
     * Change what may be changed during a session, for the audio that follows; resolves with what is now in force.
     * @param {Update} fields
     * @returns {Promise<Updated>} rejects with a `SessionError` that is not fatal where the server has not what is asked for
     */
    update(fields: Update): Promise<Updated>;
    /**
     * No more audio: the last words come, and then the goodbye, with which this resolves.
     * @returns {Promise<Ended>}
     */
    finish(): Promise<Ended>;
    /** Leave at once; what is not final is lost. */
    close(): void;
}
