/** One transcription, of a microphone or a file: its session, its transcript and its latency. */

import { Session, Transcript } from "./client/index.js";

const CHUNK_MS = 500;

/**
 * @typedef {object} TranscriptionEvents
 * @property {(segment: import("./client/transcript.js").Segment | null) => void} onChange
 * @property {(state: string, detail?: any) => void} onState
 * @property {(text: string) => void} onNotice
 */

export class Transcription {
  transcript = new Transcript();
  /** Microphone samples dropped while the server was unreachable. */
  droppedSamples = 0;
  /** Delay from the end of the newest transcribed audio to its text; `null` for a file, which is sent faster than real time. */
  latencyMs = /** @type {number | null} */ (null);
  /** When the first sample was captured, on the page's clock. */
  #startedAtMs = /** @type {number | null} */ (null);
  #finishing = false;

  /**
   * @param {{ start: object, apiKey?: string, offsetMs: number }} options `offsetMs`: total length of the transcriptions
   *   before this one
   * @param {TranscriptionEvents} events
   */
  constructor({ start, apiKey, offsetMs }, events) {
    this.offsetMs = offsetMs;
    this.session = new Session(new URL("v1/stream", document.baseURI).href, {
      start,
      apiKey,
      onState: events.onState,
      onMessage: (message) => {
        this.#measureLatency(message);
        if (message.type === "warning") events.onNotice(message.message);
        events.onChange(this.transcript.apply(message));
      },
    });
  }

  /** Length of the audio sent so far. */
  get durationMs() {
    return (this.session.sent * 1000) / this.session.audio.rate;
  }

  /** Send a frame just captured by the microphone. @param {Int16Array} pcm */
  sendFrame(pcm) {
    if (!this.session.send(pcm)) this.droppedSamples += pcm.length;
    this.#startedAtMs = performance.now() - this.durationMs;
  }

  /**
   * Send a file as fast as the server accepts it, and wait for the last final.
   * @param {import("./audio-file.js").AudioFile} file
   * @param {(fraction: number) => void} onProgress
   */
  async sendFile(file, onProgress) {
    for (const chunk of file.chunks(CHUNK_MS)) {
      await this.session.waitForSpace(chunk.length);
      if (this.#finishing) break;
      this.session.send(chunk);
      onProgress(this.durationMs / file.durationMs);
    }
    await this.finish();
  }

  /** End the audio and wait for the last final. */
  async finish() {
    this.#finishing = true;
    await this.session.finish();
  }

  /** @param {any} message */
  #measureLatency(message) {
    if (this.#startedAtMs !== null && (message.type === "partial" || message.type === "final")) {
      this.latencyMs = Math.max(performance.now() - this.#startedAtMs - message.end_ms, 0);
    }
  }
}
