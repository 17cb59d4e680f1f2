/**
 * The part of the microphone that runs on the browser's audio thread: samples from -1 to 1 become frames of signed 16 bits.
 *
 * It posts `{samples, peak}` for each frame, the buffer transferred. Told anything, it posts what it has begun and ends.
 */

const FULL_SCALE = 32_768;

class MicrophoneProcessor extends AudioWorkletProcessor {
  #frameSamples;
  #frame;
  #length = 0;
  #peak = 0;
  #ended = false;

  /** @param {{processorOptions: {frameSamples: number}}} options */
  constructor({ processorOptions }) {
    super();
    this.#frameSamples = processorOptions.frameSamples;
    this.#frame = new Int16Array(this.#frameSamples);
    this.port.onmessage = () => this.#end();
  }

  /** @param {Float32Array[][]} inputs @returns {boolean} whether more is wanted */
  process([input]) {
    const channel = input?.[0]; // there is none while nothing is connected
    if (channel !== undefined && !this.#ended) {
      for (const sample of channel) this.#take(sample);
    }
    return !this.#ended;
  }

  /** @param {number} sample */
  #take(sample) {
    const value = Math.round(sample * FULL_SCALE);
    this.#frame[this.#length] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, value)); // louder is clipped, not wrapped
    this.#peak = Math.max(this.#peak, Math.min(1, Math.abs(sample)));
    this.#length += 1;
    if (this.#length === this.#frameSamples) this.#post(this.#frame);
  }

  /** @param {Int16Array} samples */
  #post(samples) {
    this.port.postMessage({ samples, peak: this.#peak }, [samples.buffer]);
    this.#frame = new Int16Array(this.#frameSamples);
    this.#length = 0;
    this.#peak = 0;
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#length > 0) this.#post(this.#frame.slice(0, this.#length));
    this.port.postMessage(null);
  }
}

registerProcessor("theresa-microphone", MicrophoneProcessor);
