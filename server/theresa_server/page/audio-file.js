/** An audio or video file, decoded by the browser. */

export const RATE_HZ = 16_000;

/** Decoding larger files may exhaust the browser's memory. */
const MAX_BYTES = 200 * 1024 * 1024;

export class AudioFileError extends Error {
  /** @param {"unreadable" | "large"} code @param {string} file */
  constructor(code, file) {
    super(`Could not read ${file}.`);
    this.name = "AudioFileError";
    this.code = code;
    this.file = file;
  }
}

export class AudioFile {
  #buffer;

  /** @param {AudioBuffer} buffer */
  constructor(buffer) {
    this.#buffer = buffer;
  }

  /**
   * Decode a file and resample it to `RATE_HZ`.
   * @param {File} file
   * @throws {AudioFileError} if the file is too large or cannot be decoded
   */
  static async open(file) {
    if (file.size > MAX_BYTES) throw new AudioFileError("large", file.name);
    const decoder = new OfflineAudioContext(1, 1, RATE_HZ);
    try {
      return new AudioFile(await decoder.decodeAudioData(await file.arrayBuffer()));
    } catch {
      throw new AudioFileError("unreadable", file.name);
    }
  }

  get durationMs() {
    return this.#buffer.duration * 1000;
  }

  /** Yield the audio as 16-bit PCM chunks, mixed down to mono. @param {number} chunkMs */
  *chunks(chunkMs) {
    const step = (RATE_HZ * chunkMs) / 1000;
    const channels = Array.from({ length: this.#buffer.numberOfChannels }, (_, n) => this.#buffer.getChannelData(n));
    for (let at = 0; at < this.#buffer.length; at += step) {
      const chunk = new Int16Array(Math.min(step, this.#buffer.length - at));
      for (let n = 0; n < chunk.length; n++) {
        const sum = channels.reduce((total, samples) => total + samples[at + n], 0);
        chunk[n] = Math.max(-1, Math.min(sum / channels.length, 1)) * 32_767;
      }
      yield chunk;
    }
  }
}
