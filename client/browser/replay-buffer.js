/** The audio that may have to be sent again after a reconnect. */

/** @typedef {{at: number, bytes: Uint8Array}} Chunk */

/** Buffers audio by sample position, until the server has committed it. */
export class ReplayBuffer {
  /** @type {Chunk[]} */
  #chunks = [];
  #sampleBytes;

  /** @param {number} sampleBytes */
  constructor(sampleBytes) {
    this.#sampleBytes = sampleBytes;
    /** Position of the first buffered sample. */
    this.begin = 0;
    /** Position after the last sample. */
    this.end = 0;
  }

  /**
   * Append whole samples. The bytes are not copied and must not be changed afterwards.
   * @param {Uint8Array} bytes
   */
  append(bytes) {
    if (bytes.length === 0) return;
    this.#chunks.push({ at: this.end, bytes });
    this.end += bytes.length / this.#sampleBytes;
  }

  /**
   * Drop the samples before a position.
   * @param {number} position
   */
  trim(position) {
    this.begin = Math.max(this.begin, Math.min(position, this.end));
    let dropped = 0;
    while (dropped < this.#chunks.length && this.#endOf(dropped) <= this.begin) dropped += 1;
    this.#chunks.splice(0, dropped);
  }

  /**
   * Return samples from a position on: at least one, unless the position is the end, and at most `samples`.
   * @param {number} position
   * @param {number} samples
   * @throws {RangeError} if the position is not buffered
   */
  read(position, samples) {
    if (!(this.begin <= position && position <= this.end)) {
      throw new RangeError(`Sample ${position} is not buffered: the buffer holds [${this.begin}, ${this.end}).`);
    }
    const { at, bytes } = this.#chunks[this.#indexOf(position)] ?? { at: this.end, bytes: new Uint8Array() };
    const from = (position - at) * this.#sampleBytes;
    return bytes.subarray(from, from + samples * this.#sampleBytes);
  }

  /** @param {number} index */
  #endOf(index) {
    const { at, bytes } = /** @type {Chunk} */ (this.#chunks[index]);
    return at + bytes.length / this.#sampleBytes;
  }

  /**
   * Find the chunk of a sample by binary search: one minute may be buffered in thousands of chunks.
   * @param {number} position
   */
  #indexOf(position) {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#endOf(middle) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
