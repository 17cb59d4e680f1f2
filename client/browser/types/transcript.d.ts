/** The transcript of a session, assembled from the server's messages. */
import type { Entity, Graph, ServerMessage, Word } from "./messages.js";
export type Segment = {
    number: number;
    /**
     * the revision; infinite for a final
     */
    rev: number;
    text: string;
    stable: number;
    startMs: number;
    endMs: number;
    language: string;
    confidence: number | null;
    words: readonly Word[];
    entities: readonly Entity[];
    searched: boolean;
    relations: Graph | null;
    final: boolean;
};
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
export declare class Transcript {
    #private;
    /**
     * Apply a message.
     * @param {ServerMessage} message
     * @returns {Segment | null} the segment that changed
     */
    apply(message: ServerMessage): Segment | null;
    /** All segments, including empty ones. */
    get segments(): readonly Segment[];
    /** The final segments that have text. */
    get finals(): Segment[];
    /** The segments that may still change. */
    get open(): Segment[];
    /** The entities of the finals, in the order of the text. The list only grows. */
    get entities(): Entity[];
    /** Each entity of the finals once, with its number of mentions, in the order of the first mentions. */
    get mentions(): import("./mentions.js").MentionedEntity[];
}
