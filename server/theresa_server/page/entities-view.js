/** Who and what was mentioned, by kind, each with how often. */

import { mentions } from "./client/mentions.js";

export class EntitiesView {
  #list;
  #nothing;

  /** @param {Document} document */
  constructor(document) {
    this.#list = /** @type {HTMLElement} */ (document.getElementById("entities"));
    this.#nothing = /** @type {HTMLElement} */ (document.getElementById("no-entities"));
  }

  /**
   * Show the entities of all runs; the most frequent first.
   * @param {import("./run.js").Run[]} runs @param {import("./words.js").Words} words
   */
  show(runs, words) {
    const found = mentions(runs.flatMap((run) => run.transcript.entities));
    const labels = [...new Set(found.map((mention) => mention.label))].sort();
    this.#nothing.hidden = found.length > 0;
    this.#list.replaceChildren(
      ...labels.flatMap((label) => {
        const term = document.createElement("dt");
        term.textContent = words.kind(label);
        term.dataset.label = label;
        const these = found.filter((mention) => mention.label === label).sort((one, other) => other.count - one.count);
        return [term, ...these.map((mention) => described(mention, words))];
      }),
    );
  }
}

/** @param {import("./client/mentions.js").Mention} mention @param {import("./words.js").Words} words */
function described(mention, words) {
  const shown = document.createElement("dd");
  const count = document.createElement("span");
  count.className = "count";
  count.textContent = `×${mention.count}`;
  count.setAttribute("aria-label", words.say("times", { count: mention.count }));
  count.setAttribute("role", "img");
  shown.append(mention.text, " ", count);
  return shown;
}
