/** Counts the mentions of each entity. */
import type { Entity } from "./messages.js";
export type MentionedEntity = {
    /**
     * the server's id, which depends on the label and the text alone
     */
    id: string;
    label: string;
    /**
     * as written in the first mention
     */
    text: string;
    /**
     * number of mentions
     */
    count: number;
    /**
     * time of the first mention
     */
    startMs: number;
};
/** @import {Entity} from "./messages.js" */
/**
 * @typedef {object} MentionedEntity
 * @property {string} id the server's id, which depends on the label and the text alone
 * @property {string} label
 * @property {string} text as written in the first mention
 * @property {number} count number of mentions
 * @property {number} startMs time of the first mention
 */
/**
 * Return each entity once, in the order of their first mentions.
 * @param {Iterable<Entity>} entities
 * @returns {MentionedEntity[]}
 */
export declare function countMentions(entities: Iterable<Entity>): MentionedEntity[];
