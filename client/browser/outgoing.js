/**
 * What is to be sent next: audio, questions (`flush`, `update`) and `end`, in the order in which the program gave them,
 * over the first connection and over each that follows. Pure: no clock, no socket.
 */

import { SessionError } from "./errors.js";
import { encode } from "./messages.js";
import { maySend, sampleBytes } from "./recovery.js";

/** @import {AudioFormat, Flushed, ServerMessage, Update, Updated} from "./messages.js" */
/** @import {Recovery} from "./recovery.js" */

const MAX_QUESTIONS = 64;

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
export class Outgoing {
  #recovery;
  #sampleBytes;
  /** @type {Question[]} those without an answer */
  #questions = [];
  #flushes = 0;
  /** @type {number | null} the next sample to send; null while there is nobody to send to */
  #at = null;
  #frameSamples = 0;
  #aheadSamples = 0;
  #ending = false;
  #endSent = false;

  /**
   * @param {Recovery} recovery
   * @param {AudioFormat} audio
   */
  constructor(recovery, audio) {
    this.#recovery = recovery;
    this.#sampleBytes = sampleBytes(audio);
  }

  /** Whether the program has said that no more comes. */
  get ending() {
    return this.#ending;
  }

  /** Whether `end` was sent over the connection that stands. */
  get endSent() {
    return this.#endSent;
  }

  /** Whether the server owes an answer. */
  get owed() {
    return this.#endSent || this.#questions.some((question) => question.sent);
  }

  /**
   * A connection stands: what was not answered over the one before is sent again.
   * @param {number} position the first sample that the server wants
   * @param {{frameBytes: number, aheadSamples: number}} limits
   * @throws {SessionError} where that audio is not kept
   */
  begin(position, { frameBytes, aheadSamples }) {
    const { begin, end } = this.#recovery.tail;
    if (position < begin || position > end) {
      const kept = `what is kept are those from ${begin} to ${end}`;
      const message = `The server broke the protocol: it asks for the samples from ${position} on, and ${kept}.`;
      throw new SessionError("bad_field", message, { param: "$.next_sample" });
    }
    this.#at = position;
    this.#frameSamples = Math.max(1, Math.floor(frameBytes / this.#sampleBytes));
    this.#aheadSamples = aheadSamples;
    this.#endSent = false;
    for (const question of this.#questions) question.sent = false;
  }

  /** The connection is gone. */
  stop() {
    this.#at = null;
    this.#endSent = false;
  }

  /** No more audio and no more questions come. */
  finish() {
    this.#ending = true;
  }

  /**
   * Have all audio so far made final.
   * @returns {Promise<Flushed>}
   */
  flush() {
    this.#flushes += 1;
    return this.#ask("flush", { id: `flush-${this.#flushes}` });
  }

  /**
   * Change the configuration for the audio that follows.
   * @param {Update} fields
   * @returns {Promise<Updated>}
   */
  update(fields) {
    return this.#ask("update", fields);
  }

  /**
   * The next frame, or null where there is nothing to send now.
   * @returns {string | Uint8Array | null}
   */
  next() {
    if (this.#at === null) return null;
    const { tail, committed } = this.#recovery;
    const at = Math.max(this.#at, tail.begin);
    const question = this.#questions.find(({ sent }) => !sent);
    if (question !== undefined && question.position <= at) {
      question.sent = true;
      return encode(question.type, question.fields);
    }
    const samples = Math.min((question?.position ?? tail.end) - at, this.#frameSamples);
    if (samples > 0) {
      if (!maySend(samples, at, committed, this.#aheadSamples)) return null;
      const audio = tail.read(at, samples);
      this.#at = at + audio.length / this.#sampleBytes;
      return audio;
    }
    if (!this.#ending || this.#endSent) return null;
    this.#endSent = true;
    return encode("end");
  }

  /**
   * Hand an answer to the one who waits for it.
   * @param {ServerMessage} message
   */
  hear(message) {
    if (message.type === "flushed") {
      this.#take((question) => "id" in question.fields && question.fields.id === message.id)?.resolve(message);
    } else if (message.type === "updated") {
      const update = this.#take(isUpdate); // they are answered in order
      if (update === undefined) return;
      this.#recovery.change(/** @type {Update} */ (update.fields));
      update.resolve(message);
    } else if (message.type === "error" && !message.fatal) {
      const { code, param } = message;
      this.#take(isUpdate)?.reject(new SessionError(code, message.message, { param, fatal: false }));
    }
  }

  /** No answer will come any more. @param {SessionError} error */
  fail(error) {
    this.stop();
    for (const question of this.#questions.splice(0)) question.reject(error);
  }

  /**
   * @param {"flush" | "update"} type
   * @param {Question["fields"]} fields
   * @returns {Promise<any>}
   */
  #ask(type, fields) {
    if (this.#questions.length >= MAX_QUESTIONS) {
      const message = `${MAX_QUESTIONS} questions wait for their answer already.`;
      return Promise.reject(new SessionError("too_many", message, { fatal: false }));
    }
    const position = this.#recovery.tail.end;
    return new Promise((resolve, reject) => {
      this.#questions.push({ type, fields, position, sent: false, resolve, reject });
    });
  }

  /** @param {(question: Question) => boolean} wanted */
  #take(wanted) {
    const index = this.#questions.findIndex((question) => question.sent && wanted(question));
    return index < 0 ? undefined : this.#questions.splice(index, 1)[0];
  }
}

/** @param {Question} question */
function isUpdate({ type }) {
  return type === "update";
}
