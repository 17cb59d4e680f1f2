/** Who and what was mentioned: the entities of many segments, each counted once. */
import type { Entity } from "./messages.js";
export type Mention = {
    /**
     * the server's: the same wherever the label and the text are
     */
    id: string;
    label: string;
    text: string;
    count: number;
    startMs: number;
};
/** @import {Entity} from "./messages.js" */
/**
 * @typedef {object} Mention an entity that was mentioned `count` times, for the first time at `startMs`, written like `text`
 * @property {string} id the server's: the same wherever the label and the text are
 * @property {string} label
 * @property {string} text
 * @property {number} count
 * @property {number} startMs
 */
/**
 * Each entity once, in the order in which they are first met.
 * @param {Iterable<Entity>} entities
 * @returns {Mention[]}
 */
export declare function mentions(entities: Iterable<Entity>): Mention[];
