/** What a session has said so far, from the server's messages in whatever order they are applied. */

import { mentions } from "./mentions.js";
import { line } from "./text.js";

/** @import {Entities, Entity, Final, Graph, PartialMessage, ServerMessage, Word} from "./messages.js" */

/**
 * One utterance. `text.slice(0, stable)` stays as it is; all of it does when `final`. Times are those of the audio.
 *
 * `entities` are those of a final's whole text, or of a stable part of a growing one. They are the last word on it when
 * `searched`, which a segment is only where the session asked for entities and the server has found them.
 * @typedef {object} Segment
 * @property {number} number
 * @property {number} rev infinite when `final`
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
 * The segments of a session in order.
 *
 * Apply every message; those that say nothing new (an older revision, anything after the final) change nothing, so that
 * the result does not depend on order or repetition.
 */
export class Transcript {
  /** @type {Map<number, Segment>} */
  #texts = new Map();
  /** @type {{growing: Map<number, Entities>, final: Map<number, Entities>}} a growing segment's says nothing of its final */
  #lists = { growing: new Map(), final: new Map() };
  /** @type {readonly Segment[] | null} made when asked for: a page asks many times between two changes */
  #segments = null;

  /**
   * Take in a message; returns the segment if that changed it.
   * @param {ServerMessage} message
   * @returns {Segment | null}
   */
  apply(message) {
    switch (message.type) {
      case "partial":
        return this.#tell(fromPartial(message));
      case "final":
        return this.#tell(fromFinal(message));
      case "entities":
        return this.#annotate(message);
      case "started":
        if (!message.resumed) this.#beginAnew();
        return null;
      default:
        return null;
    }
  }

  /** All segments by number, empty ones included. */
  get segments() {
    this.#segments ??= [...this.#texts.keys()].sort((a, b) => a - b).map((number) => this.#complete(number));
    return this.#segments;
  }

  /** The final segments that say something, by number. */
  get finals() {
    return this.segments.filter((segment) => segment.final && line(segment.text) !== "");
  }

  /** The segments that may still change, by number. */
  get open() {
    return this.segments.filter((segment) => !segment.final);
  }

  /** The entities of the finals, in the order of the text: what is in it stays. */
  get entities() {
    return this.finals.flatMap((segment) => segment.entities);
  }

  /** Who and what the finals mention, each once, with how often and first when; by first mention. */
  get mentions() {
    return mentions(this.entities);
  }

  /** Another server goes on: it knows nothing of what had not become final. */
  #beginAnew() {
    for (const { number } of this.open) {
      this.#texts.delete(number);
      this.#lists.growing.delete(number);
    }
    this.#segments = null;
  }

  /** @param {Segment} segment */
  #tell(segment) {
    const known = this.#texts.get(segment.number);
    if (known !== undefined && known.rev >= segment.rev) return null;
    this.#texts.set(segment.number, segment);
    this.#segments = null;
    return this.#complete(segment.number);
  }

  /** @param {Entities} message */
  #annotate(message) {
    const lists = message.final ? this.#lists.final : this.#lists.growing;
    const known = lists.get(message.segment);
    if (known !== undefined && known.rev >= message.rev) return null;
    const told = this.#texts.has(message.segment);
    const before = told ? this.#complete(message.segment) : null;
    lists.set(message.segment, message);
    this.#segments = null;
    const after = told ? this.#complete(message.segment) : null;
    return JSON.stringify(after) === JSON.stringify(before) ? null : after;
  }

  /** A segment with its entities. @param {number} number */
  #complete(number) {
    const segment = /** @type {Segment} */ (this.#texts.get(number));
    const found = (segment.final ? this.#lists.final : this.#lists.growing).get(number);
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
  const nothing = { entities: [], searched: false, relations: null };
  return { number: segment, text, startMs: start_ms, endMs: end_ms, language, words: words ?? [], ...nothing };
}
