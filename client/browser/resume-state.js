/**
 * What a client must know to resume a session: the audio to replay, the request to send, the messages already received.
 *
 * No clock, no socket: `Session` drives it. docs/protocol.md defines the rules.
 */

import { sampleBytes } from "./audio.js";
import { ReplayBuffer } from "./replay-buffer.js";

/** @import {AudioFormat, Final, ServerMessage, Started, StartMessage, Update} from "./messages.js" */

/** The state of a session across its connections. */
export class ResumeState {
  #start;
  /** @type {Started | null} */
  #started = null;
  #nextSegment = 0;
  /** @type {Map<number, Final>} finals that are not complete yet, because entities are missing up to their segment */
  #finals = new Map();
  /** @type {Final | null} the last complete final with text */
  #previous = null;
  #rate;
  /** @type {Set<number>} segments whose final list of entities has not arrived */
  #awaitingEntities = new Set();

  /**
   * @param {StartMessage} start
   * @param {AudioFormat} audio
   */
  constructor(start, audio) {
    this.#start = start;
    this.#rate = audio.rate;
    this.buffer = new ReplayBuffer(sampleBytes(audio));
    /** The position before which all audio is final, including its entities if they were requested. */
    this.committed = 0;
    /** Number of finals received. */
    this.finalCount = 0;
  }

  /** The session id; `null` before the first `started`. */
  get sessionId() {
    return this.#started?.session_id ?? null;
  }

  /**
   * Return the `start` message for the next connection.
   * @returns {StartMessage}
   */
  startMessage() {
    if (this.#started === null) return this.#start;
    const { session_id, token } = this.#started;
    const next_segment = this.#firstIncomplete();
    const lead_in = this.committed - this.buffer.begin;
    const language = this.#previous?.language ?? null;
    const previous = excerpt(this.#previous);
    const { committed } = this;
    return { ...this.#start, resume: { session_id, token, committed, next_segment, lead_in, language, previous } };
  }

  /**
   * Apply an update that the server has accepted, so that the next connections start with it.
   * @param {Update} update
   */
  applyUpdate(update) {
    const { endpointing, ...changes } = withoutValue(update, undefined);
    this.#start = { ...this.#start, ...changes };
    if (endpointing) this.#start.endpointing = { ...this.#start.endpointing, ...withoutValue(endpointing, null) };
  }

  /**
   * Apply a message.
   * @param {ServerMessage} message
   * @returns {boolean} false if the message repeats something already received, so that the program must not see it
   */
  apply(message) {
    switch (message.type) {
      case "started":
        this.#started = message;
        return true;
      case "ack":
        this.#commit(message.committed);
        return true;
      case "flushed":
        if (this.#awaitingEntities.size === 0) this.#commit(message.through);
        return true;
      case "final":
        return this.#applyFinal(message);
      case "entities":
        return message.final ? this.#applyEntities(message.segment) : message.segment >= this.#nextSegment;
      case "partial":
        return message.segment >= this.#nextSegment;
      case "warning":
        if (message.code === "entities_unavailable") {
          this.#awaitingEntities.clear(); // their entities will not arrive
          this.#completeFinals();
        }
        return true;
      default:
        return true;
    }
  }

  /** @param {Final} message */
  #applyFinal(message) {
    const { segment, text } = message;
    if (segment < this.#nextSegment) return false;
    this.finalCount += 1;
    this.#nextSegment = segment + 1;
    this.#finals.set(segment, message);
    const { entities } = this.#start;
    if (text !== "" && entities && entities.enabled !== false) this.#awaitingEntities.add(segment);
    this.#completeFinals();
    return true;
  }

  /** @param {number} segment */
  #applyEntities(segment) {
    const isNew = this.#awaitingEntities.has(segment);
    for (const waiting of this.#awaitingEntities) {
      if (waiting <= segment) this.#awaitingEntities.delete(waiting); // entities arrive in order
    }
    this.#completeFinals();
    return isNew;
  }

  /** Commit the audio of the finals that are complete now. */
  #completeFinals() {
    const first = this.#firstIncomplete();
    for (const [segment, final] of this.#finals) {
      if (segment < first) {
        this.#finals.delete(segment);
        if (final.text !== "") this.#previous = final;
        this.#commit(final.through);
      }
    }
  }

  /** The first segment whose final or entities have not arrived. */
  #firstIncomplete() {
    return Math.min(this.#nextSegment, ...this.#awaitingEntities);
  }

  /** @param {number} position */
  #commit(position) {
    this.committed = Math.max(this.committed, position);
    const leadInMs = this.#started?.limits.lead_in_ms ?? 0;
    this.buffer.trim(this.committed - Math.floor((leadInMs * this.#rate) / 1000));
  }
}

/**
 * Return what another server needs to know of the last final.
 * @param {Final | null} final
 */
function excerpt(final) {
  if (final === null) return null;
  const { text, end_ms, confidence } = final;
  return { text: [...text].slice(-2_000).join(""), end_ms, confidence };
}

/**
 * Return the fields of an object without those that are undefined or have an ignored value.
 * @template {object} T
 * @param {T} object
 * @param {null | undefined} ignored
 * @returns {T}
 */
function withoutValue(object, ignored) {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined && value !== ignored);
  return /** @type {T} */ (Object.fromEntries(fields));
}
