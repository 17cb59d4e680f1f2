/** Counts the mentions of each entity. */

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
export function countMentions(entities) {
  /** @type {Map<string, MentionedEntity>} */
  const found = new Map();
  for (const { id, label, text, start_ms } of entities) {
    const known = found.get(id) ?? { id, label, text, count: 0, startMs: start_ms };
    found.set(id, { ...known, count: known.count + 1 });
  }
  return [...found.values()];
}
