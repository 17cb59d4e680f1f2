/** What the page reports: the connection state, notices, the upload progress, the input level and the figures. */

import { byId } from "./elements.js";

/** @typedef {import("./translator.js").TextKey} TextKey */

/** The range of the level meter. */
const METER_DB = 60;

export class StatusView {
  #translator;
  #state = "loading";

  /** @param {import("./translator.js").Translator} translator */
  constructor(translator) {
    this.#translator = translator;
  }

  /** Show the texts in the language of the page. */
  translate() {
    this.setState(this.#state);
  }

  /** Show the connection state. @param {string} state */
  setState(state) {
    this.#state = state;
    byId("connection").dataset.state = state;
    byId("connection").textContent = this.#translator.text(/** @type {TextKey} */ (`state.${state}`));
  }

  /** Show a notice, which stays until the next one; without a text, remove it. */
  setNotice(text = "") {
    const notice = byId("notice");
    if (notice.textContent !== text) notice.textContent = text;
    notice.hidden = !text;
  }

  /** Show how much of a file has been sent, from 0 to 1; `null` hides the progress bar. @param {number | null} fraction */
  setProgress(fraction) {
    byId("progress").hidden = fraction === null;
    byId("progress").value = fraction ?? 0;
  }

  /** Show the input level on a logarithmic scale. @param {number} peak from 0 to 1 */
  setLevel(peak) {
    byId("level").value = peak > 0 ? Math.max(0, 1 + (20 * Math.log10(peak)) / METER_DB) : 0;
  }

  /** @param {string} duration @param {string} latency */
  setFigures(duration, latency) {
    byId("duration").textContent = duration;
    byId("latency").textContent = latency;
  }
}
