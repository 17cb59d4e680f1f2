/** A session with a server: audio in, messages out, over as many connections as it takes. */

import { keyProtocol, placeOf, streamUrl } from "./address.js";
import { Connection } from "./connection.js";
import { SessionError } from "./errors.js";
import { Outgoing } from "./outgoing.js";
import { Patience, RECONNECT } from "./patience.js";
import { maySend, Recovery, sampleBytes } from "./recovery.js";

/** @import {Fetch} from "./address.js" */
/** @import {SocketClass} from "./connection.js" */
/** @import {AudioFormat, Ended, Flushed, ServerMessage, Start, Started, Update, Updated} from "./messages.js" */
/** @import {Reconnect} from "./patience.js" */

export { SessionError };

export const CLIENT = { name: "@theresa/client", version: "0.1.0" };

const MOST_BUFFERED_BYTES = 256 * 1024; // beyond it audio waits here, where it can still be taken back
const LOOK_AGAIN_MS = 50; // browsers do not tell when the socket's buffer gets empty
// The protocol's defaults, until the server has said how much it allows.
const FRAME_BYTES = 64 * 1024;
const AHEAD_MS = 60_000;
const VIEWS = { pcm_s16le: Int16Array, pcm_f32le: Float32Array, mulaw: Uint8Array, alaw: Uint8Array };

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
export class Session {
  /** @type {State} */
  #state = "connecting";
  #address;
  #options;
  #onMessage;
  #onState;
  #recovery;
  #outgoing;
  #patience;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Started | null} */
  #started = null;
  /** @type {{samples: number, resolve: () => void, reject: (error: SessionError) => void}[]} */
  #waiting = [];
  /** @type {SessionError | null} why nothing can be sent any more */
  #over = null;
  #opened = deferred();
  #ended = deferred();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lookAgain;

  /**
   * @param {string | URL} url `ws(s)://…`, `http(s)://…`, or in a page relative to it
   * @param {SessionOptions} [options]
   * @throws {TypeError} for an address, a key or an encoding that cannot be
   */
  constructor(url, options = {}) {
    const { start = {}, apiKey, onMessage = () => {}, onState = () => {} } = options;
    const { WebSocket = globalThis.WebSocket, fetch = globalThis.fetch, openMs = 10_000, silenceMs = 15_000 } = options;
    keyProtocol(apiKey); // a key that cannot be sent is found here
    this.#address = streamUrl(url);
    /** The declared format of the audio to send. @type {Readonly<AudioFormat>} */
    this.audio = Object.freeze({ encoding: "pcm_s16le", rate: 16_000, channels: 1, ...start.audio });
    if (!Object.hasOwn(VIEWS, this.audio.encoding)) throw new TypeError(`'${this.audio.encoding}' is no encoding.`);
    this.#recovery = new Recovery({ client: CLIENT, ...start, offset_unit: "utf16" }, this.audio);
    this.#outgoing = new Outgoing(this.#recovery, this.audio);
    this.#patience = new Patience({ ...RECONNECT, ...options.reconnect });
    this.#options = { WebSocket, fetch, apiKey, openMs, silenceMs };
    this.#onMessage = onMessage;
    this.#onState = onState;
    queueMicrotask(() => this.#state === "connecting" && onState("connecting", null));
    this.#connect();
  }

  /** Where the session stands. */
  get state() {
    return this.#state;
  }

  /** The server's newest answer to `start`: session id, models, limits, configuration. */
  get started() {
    return this.#started;
  }

  /** Samples taken by `send`, each counted once. */
  get sent() {
    return this.#recovery.tail.end;
  }

  /** Samples before which all is final: that audio will not be asked for again. */
  get committed() {
    return this.#recovery.committed;
  }

  /** The first answer to `start`. Rejects with a `SessionError`. @returns {Promise<Started>} */
  get opened() {
    return this.#opened.promise;
  }

  /** The goodbye. Rejects with a `SessionError`, code `closed` after `close`. @returns {Promise<Ended>} */
  get ended() {
    return this.#ended.promise;
  }

  /**
   * Send audio: whole samples of the declared format, any amount, from the first moment on. It is copied.
   *
   * False: nothing was taken, because as much is kept as the server lets run ahead, or because the session takes no more.
   * @param {Pcm} pcm `Int16Array`, `Float32Array` (for `pcm_f32le`), or bytes
   * @returns {boolean}
   * @throws {TypeError} for another kind of array
   * @throws {RangeError} for a part of a sample
   */
  send(pcm) {
    const size = sampleBytes(this.audio);
    if (!(pcm instanceof Uint8Array || pcm instanceof VIEWS[this.audio.encoding])) {
      throw new TypeError(`Audio in ${this.audio.encoding} is ${VIEWS[this.audio.encoding].name} or Uint8Array.`);
    }
    if (pcm.byteLength % size !== 0) {
      throw new RangeError(`${pcm.byteLength} bytes are no whole number of samples of ${size} bytes.`);
    }
    if (this.#over !== null || this.#outgoing.ending || !this.#hasRoom(pcm.byteLength / size)) return false;
    // Little-endian, as the protocol wants it: browsers run on nothing else.
    this.#recovery.tail.append(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength).slice());
    this.#pump();
    return true;
  }

  /**
   * Wait until so many samples may be sent: for recordings, which come faster than they were spoken.
   * @param {number} samples
   * @returns {Promise<void>} rejects when the session is over
   */
  room(samples) {
    if (this.#over !== null) return quiet(Promise.reject(this.#over));
    if (this.#hasRoom(samples)) return Promise.resolve();
    return quiet(new Promise((resolve, reject) => this.#waiting.push({ samples, resolve, reject })));
  }

  /**
   * Have all that was sent made final; resolves when those finals have come.
   * @returns {Promise<Flushed>}
   */
  flush() {
    return this.#ask(() => this.#outgoing.flush());
  }

  /**
   * Change what may be changed during a session, for the audio that follows; resolves with what is now in force.
   * @param {Update} fields
   * @returns {Promise<Updated>} rejects with a `SessionError` that is not fatal where the server has not what is asked for
   */
  update(fields) {
    return this.#ask(() => this.#outgoing.update(fields));
  }

  /**
   * No more audio: the last words come, and then the goodbye, with which this resolves.
   * @returns {Promise<Ended>}
   */
  finish() {
    this.#outgoing.finish();
    this.#pump();
    return this.ended;
  }

  /** Leave at once; what is not final is lost. */
  close() {
    if (this.#over !== null) return;
    const connection = this.#connection;
    this.#end("ended", null, new SessionError("closed", "The session was closed by this side."));
    connection?.leave(1000);
  }

  // --- the connections -----------------------------------------------------------------------------------------------

  #connect() {
    this.#patience.begin(performance.now());
    const start = this.#recovery.start();
    const address = placeOf(this.#address, { model: start.model, sessionId: this.#recovery.sessionId });
    this.#connection = new Connection(address, start, this.#options, {
      hear: (message) => this.#hear(message),
      gone: (error) => this.#lose(error),
      expects: () => this.#outgoing,
    });
  }

  /** @param {ServerMessage} message */
  #hear(message) {
    const news = this.#recovery.hear(message);
    if (message.type === "started") {
      if (!this.#begin(message)) return;
    } else {
      this.#outgoing.hear(message);
    }
    if (news && this.#over === null) this.#call(() => this.#onMessage(message));
    if (this.#over !== null) return; // the program has left
    if (message.type === "ended") {
      this.#connection?.leave(1000);
      this.#end("ended", message, new SessionError("closed", "The session has ended."));
    } else {
      this.#pump();
      this.#makeRoom();
    }
  }

  /** @param {Started} started */
  #begin(started) {
    const { max_frame_bytes: frameBytes = FRAME_BYTES, max_ahead_ms: aheadMs = AHEAD_MS } = started.limits;
    try {
      this.#outgoing.begin(started.next_sample, { frameBytes, aheadSamples: this.#samples(aheadMs) });
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      this.#connection?.leave(4400);
      this.#end("failed", error, error);
      return false;
    }
    this.#patience.back();
    this.#started = started;
    this.#opened.resolve(started);
    this.#turn("open", started);
    return true;
  }

  /** @param {SessionError} error */
  #lose(error) {
    if (this.#over !== null) return;
    this.#connection = null;
    this.#outgoing.stop();
    const first = this.#patience.lost === null;
    const now = performance.now();
    const next = this.#started ? this.#patience.after(error, now, this.committed) : { failure: error };
    if ("failure" in next) {
      const failure = this.#accounted(next.failure);
      this.#end("failed", failure, failure);
      return;
    }
    this.#retry = setTimeout(() => this.#connect(), next.waitMs);
    if (first) this.#turn("lost", error);
  }

  /** A lost connection counts what came over all of them. @param {SessionError} error */
  #accounted(error) {
    const { finals, committed } = this.#recovery;
    if (error.code !== "lost" || error.closeCode === 4409) return error;
    const segments = `${finals} segment${finals === 1 ? "" : "s"} had become final`;
    const kept = finals > 0 ? `${segments}, up to ${(committed / this.audio.rate).toFixed(1)} s` : "no segment had become final";
    return new SessionError("lost", `${error.message.slice(0, -1)}: ${kept}.`, { closeCode: error.closeCode });
  }

  /**
   * There will be no other connection.
   * @param {"ended" | "failed"} state
   * @param {Ended | SessionError | null} detail
   * @param {SessionError} error what those meet who wait
   */
  #end(state, detail, error) {
    this.#over = error;
    this.#connection = null;
    clearTimeout(this.#retry);
    clearTimeout(this.#lookAgain);
    this.#opened.reject(error);
    if (detail !== null && "type" in detail) this.#ended.resolve(detail);
    else this.#ended.reject(error);
    this.#outgoing.fail(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#turn(state, detail);
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /** Send what can be sent now. */
  #pump() {
    clearTimeout(this.#lookAgain);
    const connection = this.#connection;
    while (connection?.ready) {
      if (connection.buffered > MOST_BUFFERED_BYTES) {
        this.#lookAgain = setTimeout(() => this.#pump(), LOOK_AGAIN_MS);
        return;
      }
      const frame = this.#outgoing.next();
      if (frame === null) return;
      connection.send(frame);
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} ask
   * @returns {Promise<T>}
   */
  #ask(ask) {
    if (this.#over !== null) return quiet(Promise.reject(this.#over));
    if (this.#outgoing.ending) {
      const message = "Nothing can be asked for after finish().";
      return quiet(Promise.reject(new SessionError("unexpected_message", message, { fatal: false })));
    }
    const answer = quiet(ask());
    this.#pump();
    return answer;
  }

  #makeRoom() {
    this.#waiting = this.#waiting.filter(({ samples, resolve }) => {
      if (!this.#hasRoom(samples)) return true;
      resolve();
      return false;
    });
  }

  /** @param {number} samples */
  #hasRoom(samples) {
    const most = this.#samples(this.#started?.limits.max_ahead_ms ?? AHEAD_MS);
    return maySend(samples, this.sent, this.committed, most);
  }

  /** @param {number} milliseconds */
  #samples(milliseconds) {
    return Math.floor((milliseconds * this.audio.rate) / 1000);
  }

  // --- telling the program -------------------------------------------------------------------------------------------

  /** @param {State} state @param {Started | Ended | SessionError | null} detail */
  #turn(state, detail) {
    this.#state = state;
    this.#call(() => this.#onState(state, detail));
  }

  /** The program's mistakes are its own: they are reported, and the session goes on. @param {() => void} callback */
  #call(callback) {
    try {
      callback();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** A promise that may be left alone: one that nobody awaits is nothing to warn about. @template T @param {Promise<T>} promise */
function quiet(promise) {
  promise.catch(() => {});
  return promise;
}

/** @returns {{promise: Promise<any>, resolve: (value: any) => void, reject: (error: unknown) => void}} */
function deferred() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  /** @type {(error: unknown) => void} */
  let reject = () => {};
  const promise = new Promise((keep, refuse) => {
    [resolve, reject] = [keep, refuse];
  });
  return { promise: quiet(promise), resolve, reject };
}
