/**
 * The transcript: finals in a log that screen readers follow, and the segments still in progress below it.
 *
 * A final is added to the log together with its entities, because screen readers would read a changed entry twice.
 */

import { byId } from "./elements.js";

/** How long a final waits for its entities. */
const ENTITIES_TIMEOUT_MS = 1000;
/** The view follows new text while it is scrolled to within this distance of the end. */
const FOLLOW_PIXELS = 40;

/** @typedef {import("./client/transcript.js").Segment} Segment */
/** @typedef {import("./transcription.js").Transcription} Transcription */
/**
 * What is known of the finals of a transcription, by segment number: the paragraph of those in the log, and since when
 * the others wait for their entities.
 * @typedef {Map<number, any>} FinalStates
 */

/** Format a time as `01:02`, or `1:01:02` from one hour on. @param {number} ms */
export function formatTime(ms) {
  const seconds = Math.floor(ms / 1000);
  const twoDigits = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const minutesAndSeconds = `${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
  return seconds < 3600 ? minutesAndSeconds : `${Math.floor(seconds / 3600)}:${minutesAndSeconds}`;
}

export class TranscriptView {
  #log = byId("finals");
  #partials = byId("partials");
  #viewport = byId("text");
  /** @type {WeakMap<Transcription, FinalStates>} */
  #states = new WeakMap();

  /**
   * Show the current text of a transcription.
   * @param {Transcription} transcription
   * @param {{ entities: boolean, ended?: boolean }} options `entities`: whether finals are followed by their entities;
   *   `ended`: whether the session has ended, so that no more entities follow
   */
  render(transcription, { entities, ended = false }) {
    const { scrollHeight, scrollTop, clientHeight } = this.#viewport;
    const follow = scrollHeight - scrollTop - clientHeight < FOLLOW_PIXELS;
    const states = this.#states.get(transcription) ?? new Map();
    this.#states.set(transcription, states);
    const waiting = [];
    for (const segment of transcription.transcript.finals) {
      const shown = states.get(segment.number);
      const complete = () => segment.searched || !entities || ended || this.#timedOut(states, transcription, segment);
      if (shown instanceof HTMLElement) {
        if (shown.dataset.searched !== String(segment.searched)) {
          shown.replaceWith(this.#renderFinal(states, transcription, segment));
        }
      } else if (waiting.length === 0 && complete()) {
        this.#log.append(this.#renderFinal(states, transcription, segment));
      } else {
        waiting.push(segment);
      }
    }
    const open = [...waiting, ...transcription.transcript.open].filter((segment) => segment.text.trim());
    this.#partials.replaceChildren(...open.map((segment) => renderSegment(segment, transcription.offsetMs)));
    if (follow) this.#viewport.scrollTop = this.#viewport.scrollHeight;
  }

  /** Remove all text. */
  clear() {
    this.#log.replaceChildren();
    this.#partials.replaceChildren();
    this.#states = new WeakMap();
  }

  /** @param {FinalStates} states @param {Transcription} transcription @param {Segment} segment */
  #renderFinal(states, transcription, segment) {
    const shown = renderSegment(segment, transcription.offsetMs);
    shown.dataset.searched = String(segment.searched);
    states.set(segment.number, shown);
    return shown;
  }

  /**
   * Return whether a final has waited long enough for its entities; the first call starts the timer.
   * @param {FinalStates} states @param {Transcription} transcription @param {Segment} segment
   */
  #timedOut(states, transcription, segment) {
    const since = states.get(segment.number);
    if (since === undefined) {
      states.set(segment.number, performance.now());
      const retry = () => this.#states.has(transcription) && this.render(transcription, { entities: true }); // unless cleared
      setTimeout(retry, ENTITIES_TIMEOUT_MS);
    }
    return performance.now() - (since ?? Infinity) >= ENTITIES_TIMEOUT_MS;
  }
}

/** Render a segment as a paragraph: its start time, then its text. @param {Segment} segment @param {number} offsetMs */
function renderSegment(segment, offsetMs) {
  const time = document.createElement("time");
  time.textContent = formatTime(segment.startMs + offsetMs);
  const text = document.createElement("span");
  text.lang = segment.language;
  text.append(...renderText(segment));
  const paragraph = document.createElement("p");
  paragraph.append(time, text);
  return paragraph;
}

/** Render the stable prefix with its entities highlighted, then the volatile rest. @param {Segment} segment @returns {Node[]} */
function renderText(segment) {
  const stable = document.createElement("span");
  stable.className = "stable";
  let at = 0;
  for (const entity of segment.entities) {
    if (entity.from < at || segment.text.slice(entity.from, entity.to) !== entity.text) continue;
    const mark = document.createElement("mark");
    mark.dataset.label = entity.label;
    mark.title = entity.label;
    mark.textContent = entity.text;
    stable.append(segment.text.slice(at, entity.from), mark);
    at = entity.to;
  }
  stable.append(segment.text.slice(at, Math.max(at, segment.stable)));
  const volatile = document.createElement("span");
  volatile.className = "volatile";
  volatile.textContent = segment.text.slice(Math.max(at, segment.stable));
  return volatile.textContent ? [stable, volatile] : [stable];
}
