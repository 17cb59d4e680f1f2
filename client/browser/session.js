/** A session with a server: audio in, messages out, across reconnects. */

import { connectionUrl, keySubprotocols, streamUrl } from "./address.js";
import { audioFormat, sampleBytes, toBytes } from "./audio.js";
import { Backoff, DEFAULT_RECONNECT } from "./backoff.js";
import { Connection } from "./connection.js";
import { SessionError } from "./errors.js";
import { maySend, SpaceWaiters } from "./flow-control.js";
import { deferred, optional } from "./promises.js";
import { ResumeState } from "./resume-state.js";
import { SendQueue } from "./send-queue.js";

/** @import {Pcm} from "./audio.js" */
/** @import {ReconnectOptions} from "./backoff.js" */
/** @import {SocketClass} from "./connection.js" */
/** @import {Ended, Flushed, ServerMessage, Start, Started, Update, Updated} from "./messages.js" */
/** @import {Fetch} from "./refusal.js" */

export const CLIENT = { name: "@theresa/client", version: "0.1.0" };

const MAX_SOCKET_BUFFER_BYTES = 256 * 1024; // above it, audio stays in the send queue
const SOCKET_POLL_MS = 50; // browsers have no event for an empty socket buffer
// The protocol's defaults, until the server has sent its limits.
const FRAME_BYTES = 64 * 1024;
const MAX_AHEAD_MS = 60_000;

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
export class Session {
  /** @type {State} */
  #state = "connecting";
  #address;
  #options;
  #onMessage;
  #onState;
  #resume;
  #queue;
  #backoff;
  #spaceWaiters = new SpaceWaiters();
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Started | null} */
  #started = null;
  /** @type {SessionError | null} why the session is over */
  #endError = null;
  #opened = deferred();
  #ended = deferred();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reconnectTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #sendTimer;

  /**
   * @param {string | URL} url `ws(s)://…`, `http(s)://…`, or a URL relative to the page
   * @param {SessionOptions} [options]
   * @throws {TypeError} if the URL, the API key or the audio encoding is invalid
   */
  constructor(url, options = {}) {
    const { start = {}, apiKey, onMessage = () => {}, onState = () => {} } = options;
    const { WebSocket = globalThis.WebSocket, fetch = globalThis.fetch } = options;
    const { openTimeoutMs = 10_000, replyTimeoutMs = 15_000 } = options;
    keySubprotocols(apiKey); // throws for an invalid key
    this.#address = streamUrl(url);
    /** The declared format of the audio. */
    this.audio = audioFormat(start.audio);
    this.#resume = new ResumeState({ client: CLIENT, ...start, offset_unit: "utf16" }, this.audio);
    this.#queue = new SendQueue(this.#resume, this.audio);
    this.#backoff = new Backoff({ ...DEFAULT_RECONNECT, ...options.reconnect });
    this.#options = { WebSocket, fetch, apiKey, openTimeoutMs, replyTimeoutMs };
    this.#onMessage = onMessage;
    this.#onState = onState;
    queueMicrotask(() => this.#state === "connecting" && onState("connecting", null));
    this.#connect();
  }

  /** The current state. */
  get state() {
    return this.#state;
  }

  /** The server's latest `started` message: session id, models, limits, configuration. */
  get started() {
    return this.#started;
  }

  /** Number of samples accepted by `send`, each counted once. */
  get sent() {
    return this.#resume.buffer.end;
  }

  /** The position before which all audio is final. It is never sent again. */
  get committed() {
    return this.#resume.committed;
  }

  /** The first `started` message. Rejects with a `SessionError`. @returns {Promise<Started>} */
  get opened() {
    return this.#opened.promise;
  }

  /** The `ended` message. Rejects with a `SessionError`, whose code is `closed` after `close()`. @returns {Promise<Ended>} */
  get ended() {
    return this.#ended.promise;
  }

  /**
   * Send audio: any number of whole samples in the declared format. The session does not have to be open. The data is copied.
   * @param {Pcm} pcm `Int16Array`, `Float32Array` (for `pcm_f32le`), or bytes
   * @returns {boolean} false if nothing was accepted: the buffer is full, or the session is finished or over
   * @throws {TypeError} if the array does not match the encoding
   * @throws {RangeError} if the array ends within a sample
   */
  send(pcm) {
    const bytes = toBytes(pcm, this.audio);
    const closed = this.#endError !== null || this.#queue.finished;
    if (closed || !this.#hasSpace(bytes.length / sampleBytes(this.audio))) return false;
    this.#resume.buffer.append(bytes);
    this.#pump();
    return true;
  }

  /**
   * Wait until the buffer has space for a number of samples. Use it to send files, which are faster than real time.
   * @param {number} samples
   * @returns {Promise<void>} rejects with a `SessionError` if the session is over
   */
  waitForSpace(samples) {
    if (this.#endError !== null) return optional(Promise.reject(this.#endError));
    if (this.#hasSpace(samples)) return Promise.resolve();
    return optional(this.#spaceWaiters.wait(samples));
  }

  /**
   * Make all audio sent so far final.
   * @returns {Promise<Flushed>} resolves after its last final
   */
  flush() {
    return this.#request(() => this.#queue.flush());
  }

  /**
   * Change the configuration for the audio that follows.
   * @param {Update} fields
   * @returns {Promise<Updated>} rejects with a non-fatal `SessionError` if the server rejects the update
   */
  update(fields) {
    return this.#request(() => this.#queue.update(fields));
  }

  /**
   * End the audio.
   * @returns {Promise<Ended>} resolves after the last final
   */
  finish() {
    this.#queue.finish();
    this.#pump();
    return this.ended;
  }

  /** Close the session immediately. Audio that is not final is lost. */
  close() {
    if (this.#endError !== null) return;
    const connection = this.#connection;
    this.#end("ended", null, new SessionError("closed", "The session was closed by the client."));
    connection?.close(1000);
  }

  // --- connections ---------------------------------------------------------------------------------------------------

  #connect() {
    this.#backoff.attempt(performance.now());
    const start = this.#resume.startMessage();
    const url = connectionUrl(this.#address, { model: start.model, sessionId: this.#resume.sessionId });
    this.#connection = new Connection(url, start, this.#options, {
      onMessage: (message) => this.#receive(message),
      onClose: (error) => this.#handleClose(error),
      getPending: () => this.#queue,
    });
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    const isNew = this.#resume.apply(message);
    if (message.type === "started") {
      if (!this.#open(message)) return;
    } else {
      this.#queue.receive(message);
    }
    if (isNew && this.#endError === null) this.#call(() => this.#onMessage(message));
    if (this.#endError !== null) return; // the program has closed the session
    if (message.type === "ended") {
      this.#connection?.close(1000);
      this.#end("ended", message, new SessionError("closed", "The session has ended."));
    } else {
      this.#pump();
      this.#spaceWaiters.release((samples) => this.#hasSpace(samples));
    }
  }

  /** @param {Started} started @returns {boolean} false if the server violated the protocol */
  #open(started) {
    const { max_frame_bytes: frameBytes = FRAME_BYTES, max_ahead_ms: maxAheadMs = MAX_AHEAD_MS } = started.limits;
    try {
      this.#queue.connect(started.next_sample, { frameBytes, maxAheadSamples: this.#toSamples(maxAheadMs) });
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      this.#connection?.close(4400);
      this.#end("failed", error, error);
      return false;
    }
    this.#backoff.succeed();
    this.#started = started;
    this.#opened.resolve(started);
    this.#setState("open", started);
    return true;
  }

  /** Reconnect, or end the session. @param {SessionError} error */
  #handleClose(error) {
    if (this.#endError !== null) return;
    this.#connection = null;
    this.#queue.disconnect();
    const justLost = this.#backoff.cause === null;
    const now = performance.now();
    const next = this.#started ? this.#backoff.fail(error, now, this.committed) : { failure: error };
    if ("failure" in next) {
      const failure = this.#withProgress(next.failure);
      this.#end("failed", failure, failure);
      return;
    }
    this.#reconnectTimer = setTimeout(() => this.#connect(), next.delayMs);
    if (justLost) this.#setState("lost", error);
  }

  /** Add to a lost connection how much of the session is final. @param {SessionError} error */
  #withProgress(error) {
    const { finalCount, committed } = this.#resume;
    if (error.code !== "lost" || error.closeCode === 4409) return error;
    const seconds = (committed / this.audio.rate).toFixed(1);
    const segments = finalCount === 1 ? "1 segment is" : `${finalCount} segments are`;
    const progress = finalCount > 0 ? `${segments} final, up to ${seconds} s.` : "No segment is final.";
    return new SessionError("lost", `${error.message} ${progress}`, { closeCode: error.closeCode });
  }

  /**
   * @param {"ended" | "failed"} state
   * @param {Ended | SessionError | null} detail
   * @param {SessionError} error what pending promises are rejected with
   */
  #end(state, detail, error) {
    this.#endError = error;
    this.#connection = null;
    clearTimeout(this.#reconnectTimer);
    clearTimeout(this.#sendTimer);
    this.#opened.reject(error);
    if (detail !== null && "type" in detail) this.#ended.resolve(detail);
    else this.#ended.reject(error);
    this.#queue.rejectAll(error);
    this.#spaceWaiters.rejectAll(error);
    this.#setState(state, detail);
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /** Send everything that can be sent now. */
  #pump() {
    clearTimeout(this.#sendTimer);
    const connection = this.#connection;
    while (connection?.ready) {
      if (connection.bufferedBytes > MAX_SOCKET_BUFFER_BYTES) {
        this.#sendTimer = setTimeout(() => this.#pump(), SOCKET_POLL_MS);
        return;
      }
      const frame = this.#queue.next();
      if (frame === null) return;
      connection.send(frame);
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} enqueue
   * @returns {Promise<T>}
   */
  #request(enqueue) {
    if (this.#endError !== null) return optional(Promise.reject(this.#endError));
    if (this.#queue.finished) {
      const message = "flush() and update() cannot be called after finish().";
      return optional(Promise.reject(new SessionError("unexpected_message", message, { fatal: false })));
    }
    const reply = optional(enqueue());
    this.#pump();
    return reply;
  }

  /** @param {number} samples */
  #hasSpace(samples) {
    const maxAhead = this.#toSamples(this.#started?.limits.max_ahead_ms ?? MAX_AHEAD_MS);
    return maySend(samples, this.sent, this.committed, maxAhead);
  }

  /** @param {number} milliseconds */
  #toSamples(milliseconds) {
    return Math.floor((milliseconds * this.audio.rate) / 1000);
  }

  // --- callbacks -----------------------------------------------------------------------------------------------------

  /** @param {State} state @param {Started | Ended | SessionError | null} detail */
  #setState(state, detail) {
    this.#state = state;
    this.#call(() => this.#onState(state, detail));
  }

  /** Call the program. Its exceptions are reported as uncaught; they do not end the session. @param {() => void} callback */
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
