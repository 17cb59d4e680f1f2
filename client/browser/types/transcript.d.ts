/** What a session has said so far, from the server's messages in whatever order they are applied. */
import type { Entity, Graph, ServerMessage, Word } from "./messages.js";
export type Segment = {
    number: number;
    /**
     * infinite when `final`
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
export declare class Transcript {
    #private;
    /**
     * Take in a message; returns the segment if that changed it.
     * @param {ServerMessage} message
     * @returns {Segment | null}
     */
    apply(message: ServerMessage): Segment | null;
    /** All segments by number, empty ones included. */
    get segments(): readonly Segment[];
    /** The final segments that say something, by number. */
    get finals(): Segment[];
    /** The segments that may still change, by number. */
    get open(): Segment[];
    /** The entities of the finals, in the order of the text: what is in it stays. */
    get entities(): Entity[];
    /** Who and what the finals mention, each once, with how often and first when; by first mention. */
    get mentions(): import("./mentions.js").Mention[];
}
