/**
 * The audio worklet of the microphone: converts samples from -1 to 1 to frames of 16-bit PCM.
 *
 * It posts `{samples, peak}` for each frame and transfers the buffer. Any message to it makes it post the incomplete frame,
 * then `null`, and stop.
 */

const FULL_SCALE = 32_768;

class MicrophoneProcessor extends AudioWorkletProcessor {
  #frameSamples;
  #frame;
  #length = 0;
  #peak = 0;
  #stopped = false;

  /** @param {{processorOptions: {frameSamples: number}}} options */
  constructor({ processorOptions }) {
    super();
    this.#frameSamples = processorOptions.frameSamples;
    this.#frame = new Int16Array(this.#frameSamples);
    this.port.onmessage = () => this.#stop();
  }

  /** @param {Float32Array[][]} inputs @returns {boolean} whether to keep running */
  process([input]) {
    const channel = input?.[0]; // undefined while no source is connected
    if (channel !== undefined && !this.#stopped) {
      for (const sample of channel) this.#append(sample);
    }
    return !this.#stopped;
  }

  /** @param {number} sample */
  #append(sample) {
    const value = Math.round(sample * FULL_SCALE);
    this.#frame[this.#length] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, value)); // clip, do not wrap around
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

  #stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#length > 0) this.#post(this.#frame.slice(0, this.#length));
    this.port.postMessage(null);
  }
}

registerProcessor("theresa-microphone", MicrophoneProcessor);
