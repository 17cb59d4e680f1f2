/**
 * What a client has to know to go on after a cut: which audio to keep, what to ask for, what it has heard already.
 *
 * Pure: no clock, no socket. `client` puts it to work. The rules are those of docs/protocol.md, "Going on after a cut".
 */

/** @import {SessionError} from "./errors.js" */
/** @import {AudioFormat, Encoding, Final, ServerMessage, Started, StartMessage, Update} from "./messages.js" */

/** @type {Record<Encoding, number>} */
const VALUE_BYTES = { pcm_s16le: 2, pcm_f32le: 4, mulaw: 1, alaw: 1 };

// Left, no code, no close, failed or unanswered ping, restart, no room.
const RESUMABLE = new Set([1001, 1005, 1006, 1011, 1012, 1013]);
const TRY_AGAIN_STATUS = new Set([429, 500, 502, 503, 504]);

/**
 * Whether what ended a connection leaves hope that the session goes on over another one.
 * @param {SessionError} error
 */
export function canResume(error) {
  return error.fatal && error.closeCode !== undefined && RESUMABLE.has(error.closeCode);
}

/**
 * Whether an attempt to come back may be followed by another one.
 * @param {SessionError} error
 */
export function canTryAgain(error) {
  if (error.code === "unreachable") return true;
  return error.status === undefined ? canResume(error) : TRY_AGAIN_STATUS.has(error.status);
}

/**
 * Bytes of one sample: of all its channels.
 * @param {AudioFormat} audio
 */
export function sampleBytes(audio) {
  return VALUE_BYTES[audio.encoding] * audio.channels;
}

/**
 * Whether `samples` more keep what is sent within `most` samples of what is committed.
 *
 * A piece larger than that passes when nothing is outstanding: otherwise it never could.
 * @param {number} samples
 * @param {number} sent
 * @param {number} committed
 * @param {number} most
 */
export function maySend(samples, sent, committed, most) {
  const ahead = sent - committed;
  return ahead <= 0 || ahead + samples <= most;
}

/**
 * The fields of an object that have a value.
 * @template {object} T
 * @param {T} object
 * @param {null} [nothing] a value that is none either
 * @returns {T}
 */
function said(object, nothing) {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined && value !== nothing);
  return /** @type {T} */ (Object.fromEntries(fields));
}

/** The audio that may be asked for again: what was taken and is not committed, by position in samples. */
export class Tail {
  /** @type {{at: number, bytes: Uint8Array}[]} */
  #pieces = [];
  #sampleBytes;

  /** @param {number} sampleBytes */
  constructor(sampleBytes) {
    this.#sampleBytes = sampleBytes;
    /** The first sample that is kept. */
    this.begin = 0;
    /** Behind the last sample. */
    this.end = 0;
  }

  /**
   * Keep whole samples that follow. The bytes are not copied: they must not change any more.
   * @param {Uint8Array} bytes
   */
  append(bytes) {
    if (bytes.length === 0) return;
    this.#pieces.push({ at: this.end, bytes });
    this.end += bytes.length / this.#sampleBytes;
  }

  /**
   * Forget what lies before a position.
   * @param {number} position
   */
  trim(position) {
    this.begin = Math.max(this.begin, Math.min(position, this.end));
    let gone = 0;
    while (gone < this.#pieces.length && this.#endOf(gone) <= this.begin) gone += 1;
    this.#pieces.splice(0, gone);
  }

  /**
   * Audio from a position on: at least one sample, at most `samples`, none at the end.
   * @param {number} position
   * @param {number} samples
   * @throws {RangeError} where the position is not kept
   */
  read(position, samples) {
    if (!(this.begin <= position && position <= this.end)) {
      throw new RangeError(`Sample ${position} is not kept: [${this.begin}, ${this.end}) is.`);
    }
    const { at, bytes } = this.#pieces[this.#indexOf(position)] ?? { at: this.end, bytes: new Uint8Array() };
    const from = (position - at) * this.#sampleBytes;
    return bytes.subarray(from, from + samples * this.#sampleBytes);
  }

  /** @param {number} index */
  #endOf(index) {
    const { at, bytes } = /** @type {{at: number, bytes: Uint8Array}} */ (this.#pieces[index]);
    return at + bytes.length / this.#sampleBytes;
  }

  /** Where the piece with a sample is, by halves: a minute may be kept in thousands of pieces. @param {number} position */
  #indexOf(position) {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#endOf(middle) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The state of a session as its client knows it, over all its connections. */
export class Recovery {
  #start;
  /** @type {Started | null} */
  #started = null;
  #nextSegment = 0;
  /** @type {Map<number, Final>} those that wait until the ones before them have all that belongs to them */
  #finals = new Map();
  /** @type {string | null} of the last that did not wait any more */
  #language = null;
  #leadIn;
  /** @type {Set<number>} those whose entities are still to come */
  #unsearched = new Set();

  /**
   * @param {StartMessage} start
   * @param {AudioFormat} audio
   */
  constructor(start, audio) {
    this.#start = start;
    this.#leadIn = (/** @type {number} */ ms) => Math.floor((ms * audio.rate) / 1000);
    this.tail = new Tail(sampleBytes(audio));
    /** Samples before which all is final, and whose entities have come where some were asked for. */
    this.committed = 0;
    /** Finals that have come. */
    this.finals = 0;
  }

  /** The session's id, once there is one. */
  get sessionId() {
    return this.#started?.session_id ?? null;
  }

  /**
   * How the next connection begins.
   * @returns {StartMessage}
   */
  start() {
    if (this.#started === null) return this.#start;
    const { session_id, token } = this.#started;
    const next_segment = Math.min(this.#nextSegment, ...this.#unsearched);
    const lead_in = this.committed - this.tail.begin;
    const language = this.#language;
    return { ...this.#start, resume: { session_id, token, committed: this.committed, next_segment, lead_in, language } };
  }

  /**
   * An update is in force: it holds for the connections to come.
   * @param {Update} update
   */
  change(update) {
    const { endpointing, ...changes } = said(update);
    this.#start = { ...this.#start, ...changes };
    if (endpointing) this.#start.endpointing = { ...this.#start.endpointing, ...said(endpointing, null) };
  }

  /**
   * Take in a message; false where it says nothing new and is to be kept from the program.
   * @param {ServerMessage} message
   */
  hear(message) {
    switch (message.type) {
      case "started":
        this.#started = message;
        return true;
      case "ack":
        this.#commit(message.committed);
        return true;
      case "flushed":
        if (this.#unsearched.size === 0) this.#commit(message.through);
        return true;
      case "final":
        return this.#final(message);
      case "entities":
        return message.final ? this.#searched(message.segment) : message.segment >= this.#nextSegment;
      case "partial":
        return message.segment >= this.#nextSegment;
      case "warning":
        if (message.code === "entities_unavailable") {
          this.#unsearched.clear(); // no list will come for those that wait
          this.#settle();
        }
        return true;
      default:
        return true;
    }
  }

  /** @param {Final} message */
  #final(message) {
    const { segment, text } = message;
    if (segment < this.#nextSegment) return false;
    this.finals += 1;
    this.#nextSegment = segment + 1;
    this.#finals.set(segment, message);
    const { entities } = this.#start;
    if (text !== "" && entities && entities.enabled !== false) this.#unsearched.add(segment);
    this.#settle();
    return true;
  }

  /** @param {number} segment */
  #searched(segment) {
    const news = this.#unsearched.has(segment);
    for (const waiting of this.#unsearched) {
      if (waiting <= segment) this.#unsearched.delete(waiting); // lists come in order
    }
    this.#settle();
    return news;
  }

  #settle() {
    const first = Math.min(this.#nextSegment, ...this.#unsearched);
    for (const [segment, { text, language, through }] of this.#finals) {
      if (segment < first) {
        this.#finals.delete(segment);
        if (text !== "") this.#language = language;
        this.#commit(through);
      }
    }
  }

  /** @param {number} position */
  #commit(position) {
    this.committed = Math.max(this.committed, position);
    this.tail.trim(this.committed - this.#leadIn(this.#started?.limits.lead_in_ms ?? 0));
  }
}
