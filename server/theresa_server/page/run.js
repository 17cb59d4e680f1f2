/** One recording: its session, what was said in it, and how far the text is behind the voice. */

import { Session, Transcript } from "./client/index.js";

const PIECE_MS = 500;

/** @typedef {import("./client/index.js").SessionError} SessionError */

export class Run {
  transcript = new Transcript();
  /** What the voice could not be kept of, while the server was away. */
  lostSamples = 0;
  /** How far the newest text is behind the voice; null in a recording that is sent as fast as it goes. */
  behindMs = /** @type {number | null} */ (null);
  /** On the page's clock, when the first sample was spoken. */
  #began = /** @type {number | null} */ (null);
  #finishing = false;

  /**
   * @param {{ start: object, apiKey?: string, offsetMs: number }} options `offsetMs`: how much was said before, in other
   *   recordings
   * @param {{ onChange: (segment: import("./client/transcript.js").Segment | null) => void,
   *   onState: (state: string, detail?: any) => void, onNotice: (sentence: string) => void }} events
   */
  constructor({ start, apiKey, offsetMs }, events) {
    this.offsetMs = offsetMs;
    this.session = new Session(new URL("v1/stream", document.baseURI).href, {
      start,
      apiKey,
      onState: events.onState,
      onMessage: (message) => {
        this.#measure(message);
        if (message.type === "warning") events.onNotice(message.message);
        events.onChange(this.transcript.apply(message));
      },
    });
  }

  /** The audio that was sent so far. */
  get spokenMs() {
    return (this.session.sent * 1000) / this.session.audio.rate;
  }

  /** Take what a microphone has just heard. @param {Int16Array} pcm */
  hear(pcm) {
    if (!this.session.send(pcm)) this.lostSamples += pcm.length;
    this.#began = performance.now() - this.spokenMs;
  }

  /**
   * Send a recording as fast as the server takes it, and wait for the last words.
   * @param {import("./recording.js").Recording} recording
   * @param {(share: number) => void} onProgress
   */
  async read(recording, onProgress) {
    for (const piece of recording.pieces(PIECE_MS)) {
      await this.session.room(piece.length);
      if (this.#finishing) break;
      this.session.send(piece);
      onProgress(this.spokenMs / recording.durationMs);
    }
    await this.finish();
  }

  /** No more is said: wait for the last words. */
  async finish() {
    this.#finishing = true;
    await this.session.finish();
  }

  /** @param {any} message */
  #measure(message) {
    if (this.#began !== null && (message.type === "partial" || message.type === "final")) {
      this.behindMs = Math.max(performance.now() - this.#began - message.end_ms, 0);
    }
  }
}
