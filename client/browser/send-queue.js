/**
 * What to send next: audio, requests (`flush`, `update`) and `end`, in the order in which the program issued them, on the
 * first connection and on each one after a reconnect. No clock, no socket.
 */

import { sampleBytes } from "./audio.js";
import { protocolError, SessionError } from "./errors.js";
import { maySend } from "./flow-control.js";
import { encode } from "./messages.js";

/** @import {AudioFormat, Flushed, ServerMessage, Update, Updated} from "./messages.js" */
/** @import {ResumeState} from "./resume-state.js" */

const MAX_PENDING_REQUESTS = 64;

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
export class SendQueue {
  #state;
  #sampleBytes;
  /** @type {PendingRequest[]} */
  #requests = [];
  #flushCount = 0;
  /** @type {number | null} the next sample to send; `null` while disconnected */
  #position = null;
  #frameSamples = 0;
  #maxAheadSamples = 0;
  #finished = false;
  #endSent = false;

  /**
   * @param {ResumeState} state
   * @param {AudioFormat} audio
   */
  constructor(state, audio) {
    this.#state = state;
    this.#sampleBytes = sampleBytes(audio);
  }

  /** Whether the program has ended the audio. */
  get finished() {
    return this.#finished;
  }

  /** Whether `end` was sent on the current connection. */
  get endSent() {
    return this.#endSent;
  }

  /** Whether the server owes a reply. */
  get awaitingReply() {
    return this.#endSent || this.#requests.some(({ sent }) => sent);
  }

  /**
   * Start sending on a new connection. Requests without a reply are sent again.
   * @param {number} position the first sample that the server wants
   * @param {{frameBytes: number, maxAheadSamples: number}} limits
   * @throws {SessionError} if that audio is not buffered
   */
  connect(position, { frameBytes, maxAheadSamples }) {
    const { begin, end } = this.#state.buffer;
    if (position < begin || position > end) {
      const violation = `it requested audio from sample ${position}, but the client buffers samples ${begin} to ${end}`;
      throw protocolError("bad_field", violation, "$.next_sample");
    }
    this.#position = position;
    this.#frameSamples = Math.max(1, Math.floor(frameBytes / this.#sampleBytes));
    this.#maxAheadSamples = maxAheadSamples;
    this.#endSent = false;
    for (const request of this.#requests) request.sent = false;
  }

  /** Stop sending until the next connection. */
  disconnect() {
    this.#position = null;
    this.#endSent = false;
  }

  /** End the audio. */
  finish() {
    this.#finished = true;
  }

  /**
   * Queue a `flush`.
   * @returns {Promise<Flushed>}
   */
  flush() {
    this.#flushCount += 1;
    return this.#request("flush", { id: `flush-${this.#flushCount}` });
  }

  /**
   * Queue an `update`.
   * @param {Update} fields
   * @returns {Promise<Updated>}
   */
  update(fields) {
    return this.#request("update", fields);
  }

  /**
   * Return the next frame to send; `null` if there is none now.
   * @returns {string | Uint8Array | null}
   */
  next() {
    if (this.#position === null) return null;
    const { buffer, committed } = this.#state;
    const position = Math.max(this.#position, buffer.begin);
    const request = this.#requests.find(({ sent }) => !sent);
    if (request !== undefined && request.position <= position) {
      request.sent = true;
      return encode(request.type, request.fields);
    }
    const samples = Math.min((request?.position ?? buffer.end) - position, this.#frameSamples);
    if (samples > 0) {
      if (!maySend(samples, position, committed, this.#maxAheadSamples)) return null;
      const audio = buffer.read(position, samples);
      this.#position = position + audio.length / this.#sampleBytes;
      return audio;
    }
    if (!this.#finished || this.#endSent) return null;
    this.#endSent = true;
    return encode("end");
  }

  /**
   * Settle the request that a message replies to, if it is a reply.
   * @param {ServerMessage} message
   */
  receive(message) {
    if (message.type === "flushed") {
      this.#takeRequest(({ fields }) => "id" in fields && fields.id === message.id)?.resolve(message);
    } else if (message.type === "updated") {
      const request = this.#takeRequest(isUpdate); // the server replies to updates in order
      if (request === undefined) return;
      this.#state.applyUpdate(/** @type {Update} */ (request.fields));
      request.resolve(message);
    } else if (message.type === "error" && !message.fatal) {
      const { code, param } = message;
      this.#takeRequest(isUpdate)?.reject(new SessionError(code, message.message, { param, fatal: false }));
    }
  }

  /** Reject all requests: the session is over. @param {SessionError} error */
  rejectAll(error) {
    this.disconnect();
    for (const request of this.#requests.splice(0)) request.reject(error);
  }

  /**
   * @param {"flush" | "update"} type
   * @param {PendingRequest["fields"]} fields
   * @returns {Promise<any>}
   */
  #request(type, fields) {
    if (this.#requests.length >= MAX_PENDING_REQUESTS) {
      const message = `Too many requests: ${MAX_PENDING_REQUESTS} are already waiting for a reply.`;
      return Promise.reject(new SessionError("too_many", message, { fatal: false }));
    }
    const position = this.#state.buffer.end;
    return new Promise((resolve, reject) => {
      this.#requests.push({ type, fields, position, sent: false, resolve, reject });
    });
  }

  /** Remove and return the first sent request that matches. @param {(request: PendingRequest) => boolean} matches */
  #takeRequest(matches) {
    const index = this.#requests.findIndex((request) => request.sent && matches(request));
    return index < 0 ? undefined : this.#requests.splice(index, 1)[0];
  }
}

/** @param {PendingRequest} request */
function isUpdate({ type }) {
  return type === "update";
}
