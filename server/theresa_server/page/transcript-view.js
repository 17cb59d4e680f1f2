/**
 * The transcript on the page: finals in a log that screen readers follow, below them what is being said right now.
 *
 * A final is moved to the log together with its entities: a text that changed there would be read out twice.
 */

/** How long a final waits for its entities. */
const HOLD_MS = 1000;

/** @typedef {import("./client/transcript.js").Segment} Segment */
/** @typedef {import("./run.js").Run} Run */

/** `01:02`, or `1:01:02` from an hour on. @param {number} ms */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const pair = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const rest = `${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
}

export class TranscriptView {
  #log;
  #growing;
  #window;
  /** Finals that are in the log, and since when others wait, by segment. @type {WeakMap<Run, Map<number, any>>} */
  #settled = new WeakMap();

  /** @param {Document} document */
  constructor(document) {
    this.#log = /** @type {HTMLElement} */ (document.getElementById("finals"));
    this.#growing = /** @type {HTMLElement} */ (document.getElementById("growing"));
    this.#window = /** @type {HTMLElement} */ (document.getElementById("text"));
  }

  /**
   * Show what a run has come to say. `hurry`: entities that are still missing will not come.
   * @param {Run} run @param {{ entities: boolean, hurry?: boolean }} how
   */
  show(run, { entities, hurry = false }) {
    const follows = this.#window.scrollHeight - this.#window.scrollTop - this.#window.clientHeight < 40;
    const known = this.#settled.get(run) ?? new Map();
    this.#settled.set(run, known);
    const waiting = [];
    for (const segment of run.transcript.finals) {
      const shown = known.get(segment.number);
      if (shown instanceof HTMLElement) {
        if (shown.dataset.searched !== String(segment.searched)) shown.replaceWith(this.#keep(known, run, segment));
      } else if (waiting.length === 0 && (segment.searched || !entities || hurry || this.#late(known, run, segment))) {
        this.#log.append(this.#keep(known, run, segment));
      } else {
        waiting.push(segment);
      }
    }
    const open = [...waiting, ...run.transcript.open].filter((segment) => segment.text.trim());
    this.#growing.replaceChildren(...open.map((segment) => paragraph(segment, run.offsetMs)));
    if (follows) this.#window.scrollTop = this.#window.scrollHeight;
  }

  /** Forget it all. */
  clear() {
    this.#log.replaceChildren();
    this.#growing.replaceChildren();
    this.#settled = new WeakMap();
  }

  /** @param {Map<number, any>} known @param {Run} run @param {Segment} segment */
  #keep(known, run, segment) {
    const shown = paragraph(segment, run.offsetMs);
    shown.dataset.searched = String(segment.searched);
    known.set(segment.number, shown);
    return shown;
  }

  /** Whether a final has waited long enough; the first question sets the clock. */
  #late(/** @type {Map<number, any>} */ known, /** @type {Run} */ run, /** @type {Segment} */ segment) {
    const since = known.get(segment.number);
    if (since === undefined) {
      known.set(segment.number, performance.now());
      setTimeout(() => this.show(run, { entities: true }), HOLD_MS);
    }
    return performance.now() - (since ?? Infinity) >= HOLD_MS;
  }
}

/** A segment as a paragraph: when, then the text; solid up to `stable`, dim behind it, entities marked. */
function paragraph(/** @type {Segment} */ segment, /** @type {number} */ offsetMs) {
  const time = document.createElement("time");
  time.textContent = clock(segment.startMs + offsetMs);
  const text = document.createElement("span");
  text.lang = segment.language;
  text.append(...marked(segment));
  const shown = document.createElement("p");
  shown.append(time, text);
  return shown;
}

/** @param {Segment} segment @returns {Node[]} */
function marked(segment) {
  const solid = document.createElement("span");
  solid.className = "stable";
  let at = 0;
  for (const entity of segment.entities) {
    if (entity.from < at || segment.text.slice(entity.from, entity.to) !== entity.text) continue;
    const mark = document.createElement("mark");
    mark.dataset.label = entity.label;
    mark.title = entity.label;
    mark.textContent = entity.text;
    solid.append(segment.text.slice(at, entity.from), mark);
    at = entity.to;
  }
  solid.append(segment.text.slice(at, Math.max(at, segment.stable)));
  const dim = document.createElement("span");
  dim.className = "volatile";
  dim.textContent = segment.text.slice(Math.max(at, segment.stable));
  return dim.textContent ? [solid, dim] : [solid];
}
