/** The transcript of a session, assembled from the server's messages. */

import { countMentions } from "./mentions.js";
import { singleLine } from "./text.js";

/** @import {Entities, Entity, Final, Graph, PartialMessage, ServerMessage, Word} from "./messages.js" */

/**
 * One utterance. `text.slice(0, stable)` does not change any more; with `final`, nothing does. Times are positions in the
 * audio.
 *
 * The entities of a final cover its whole text, those of an open segment its stable prefix. They are complete once
 * `searched` is true, which requires a session with entities.
 * @typedef {object} Segment
 * @property {number} number
 * @property {number} rev the revision; infinite for a final
 * @property {string} text
 * @property {number} stable
 * @property {number} startMs
 * @property {number} endMs
 * @property {string} language
 * @property {number | null} confidence
 * @property {readonly Word[]} words
 * @property {readonly Entity[]} entities
 * @property {boolean} searched
 * @property {Graph | null} relations
 * @property {boolean} final
 */

/**
 * The segments of a session, in order.
 *
 * Apply every message. Messages without news (an older revision, or any after the final) have no effect, so the result
 * does not depend on their order or repetition.
 */
export class Transcript {
  /** @type {Map<number, Segment>} */
  #texts = new Map();
  /**
   * The entities of open segments are kept apart, because they do not apply to the final.
   * @type {Record<"open" | "final", Map<number, Entities>>}
   */
  #entities = { open: new Map(), final: new Map() };
  /** @type {readonly Segment[] | null} cached until the next change */
  #segments = null;

  /**
   * Apply a message.
   * @param {ServerMessage} message
   * @returns {Segment | null} the segment that changed
   */
  apply(message) {
    switch (message.type) {
      case "partial":
        return this.#update(fromPartial(message));
      case "final":
        return this.#update(fromFinal(message));
      case "entities":
        return this.#annotate(message);
      case "started":
        if (!message.resumed) this.#dropOpen();
        return null;
      default:
        return null;
    }
  }

  /** All segments, including empty ones. */
  get segments() {
    this.#segments ??= [...this.#texts.keys()].sort((a, b) => a - b).map((number) => this.#complete(number));
    return this.#segments;
  }

  /** The final segments that have text. */
  get finals() {
    return this.segments.filter((segment) => segment.final && singleLine(segment.text) !== "");
  }

  /** The segments that may still change. */
  get open() {
    return this.segments.filter((segment) => !segment.final);
  }

  /** The entities of the finals, in the order of the text. The list only grows. */
  get entities() {
    return this.finals.flatMap((segment) => segment.entities);
  }

  /** Each entity of the finals once, with its number of mentions, in the order of the first mentions. */
  get mentions() {
    return countMentions(this.entities);
  }

  /** Drop the open segments: another server continues the session and knows only the finals. */
  #dropOpen() {
    for (const { number } of this.open) {
      this.#texts.delete(number);
      this.#entities.open.delete(number);
    }
    this.#segments = null;
  }

  /** @param {Segment} segment */
  #update(segment) {
    const known = this.#texts.get(segment.number);
    if (known !== undefined && known.rev >= segment.rev) return null;
    this.#texts.set(segment.number, segment);
    this.#segments = null;
    return this.#complete(segment.number);
  }

  /** @param {Entities} message */
  #annotate(message) {
    const entities = message.final ? this.#entities.final : this.#entities.open;
    const known = entities.get(message.segment);
    if (known !== undefined && known.rev >= message.rev) return null;
    const hasText = this.#texts.has(message.segment);
    const before = hasText ? this.#complete(message.segment) : null;
    entities.set(message.segment, message);
    this.#segments = null;
    const after = hasText ? this.#complete(message.segment) : null;
    return JSON.stringify(after) === JSON.stringify(before) ? null : after;
  }

  /** Return a segment with its entities. @param {number} number */
  #complete(number) {
    const segment = /** @type {Segment} */ (this.#texts.get(number));
    const found = (segment.final ? this.#entities.final : this.#entities.open).get(number);
    if (found === undefined) return segment;
    return { ...segment, entities: found.items, searched: found.final, relations: found.relations ?? null };
  }
}

/** @param {PartialMessage} message @returns {Segment} */
function fromPartial(message) {
  const stable = Math.min(message.stable, message.text.length);
  return { ...common(message), rev: message.rev, stable, confidence: null, final: false };
}

/** @param {Final} message @returns {Segment} */
function fromFinal(message) {
  const { text, confidence } = message;
  return { ...common(message), rev: Infinity, stable: text.length, confidence, final: true };
}

/** @param {PartialMessage | Final} message */
function common({ segment, text, start_ms, end_ms, language, words }) {
  const noEntities = { entities: [], searched: false, relations: null };
  return { number: segment, text, startMs: start_ms, endMs: end_ms, language, words: words ?? [], ...noEntities };
}
