/** The list of entities, grouped by label, each with its number of mentions. */

import { countMentions } from "./client/mentions.js";
import { byId } from "./elements.js";

/** @typedef {import("./client/mentions.js").MentionedEntity} MentionedEntity */
/** @typedef {import("./translator.js").Translator} Translator */

export class EntitiesView {
  #list = byId("entities");
  #placeholder = byId("no-entities");

  /**
   * Show the entities of all transcriptions, the most frequent first.
   * @param {import("./transcription.js").Transcription[]} transcriptions
   * @param {Translator} translator
   */
  render(transcriptions, translator) {
    const found = countMentions(transcriptions.flatMap(({ transcript }) => transcript.entities));
    const labels = [...new Set(found.map(({ label }) => label))].sort();
    this.#placeholder.hidden = found.length > 0;
    this.#list.replaceChildren(
      ...labels.flatMap((label) => {
        const heading = document.createElement("dt");
        heading.textContent = translator.labelName(label);
        heading.dataset.label = label;
        const group = found.filter((entity) => entity.label === label).sort((one, other) => other.count - one.count);
        return [heading, ...group.map((entity) => renderEntity(entity, translator))];
      }),
    );
  }
}

/** @param {MentionedEntity} entity @param {Translator} translator */
function renderEntity(entity, translator) {
  const item = document.createElement("dd");
  const count = document.createElement("span");
  count.className = "count";
  count.textContent = `×${entity.count}`;
  count.setAttribute("aria-label", translator.text("mentionCount", { count: entity.count }));
  count.setAttribute("role", "img");
  item.append(entity.text, " ", count);
  return item;
}
