/** Who and what was mentioned: the entities of many segments, each counted once. */

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
export function mentions(entities) {
  /** @type {Map<string, Mention>} */
  const found = new Map();
  for (const { id, label, text, start_ms } of entities) {
    const known = found.get(id) ?? { id, label, text, count: 0, startMs: start_ms };
    found.set(id, { ...known, count: known.count + 1 });
  }
  return [...found.values()];
}
