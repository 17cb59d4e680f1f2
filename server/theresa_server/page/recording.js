/** A recording that somebody chose: decoded by the browser, in pieces that a session takes. */

export const RATE_HZ = 16_000;

/** More than this, and a browser may run out of memory while it decodes. */
const MAX_BYTES = 200 * 1024 * 1024;

export class RecordingError extends Error {
  /** @param {"unreadable" | "large"} code @param {string} file */
  constructor(code, file) {
    super(`${file} cannot be read.`);
    this.name = "RecordingError";
    this.code = code;
    this.file = file;
  }
}

export class Recording {
  #buffer;

  /** @param {AudioBuffer} buffer */
  constructor(buffer) {
    this.#buffer = buffer;
  }

  /** Decode a file, at the rate that the model works with. Throws `RecordingError`. @param {File} file */
  static async open(file) {
    if (file.size > MAX_BYTES) throw new RecordingError("large", file.name);
    const decoder = new OfflineAudioContext(1, 1, RATE_HZ);
    try {
      return new Recording(await decoder.decodeAudioData(await file.arrayBuffer()));
    } catch {
      throw new RecordingError("unreadable", file.name);
    }
  }

  get durationMs() {
    return this.#buffer.duration * 1000;
  }

  /** The audio as 16 bit PCM, all channels mixed down to one. @param {number} pieceMs */
  *pieces(pieceMs) {
    const step = (RATE_HZ * pieceMs) / 1000;
    const channels = Array.from({ length: this.#buffer.numberOfChannels }, (_, n) => this.#buffer.getChannelData(n));
    for (let at = 0; at < this.#buffer.length; at += step) {
      const piece = new Int16Array(Math.min(step, this.#buffer.length - at));
      for (let n = 0; n < piece.length; n++) {
        const sum = channels.reduce((total, samples) => total + samples[at + n], 0);
        piece[n] = Math.max(-1, Math.min(sum / channels.length, 1)) * 32_767;
      }
      yield piece;
    }
  }
}
