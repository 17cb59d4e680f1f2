/** The audio that a session sends: its format, and samples as bytes. */

/** @import {AudioFormat, Encoding} from "./messages.js" */

/** @typedef {Int16Array | Float32Array | Uint8Array} Pcm */

/** @type {Record<Encoding, {bytes: number, array: typeof Int16Array | typeof Float32Array | typeof Uint8Array}>} */
const ENCODINGS = {
  pcm_s16le: { bytes: 2, array: Int16Array },
  pcm_f32le: { bytes: 4, array: Float32Array },
  mulaw: { bytes: 1, array: Uint8Array },
  alaw: { bytes: 1, array: Uint8Array },
};

/**
 * Return the declared format, completed with the protocol's defaults.
 * @param {Partial<AudioFormat>} [declared]
 * @returns {Readonly<AudioFormat>}
 * @throws {TypeError} if the encoding is unknown
 */
export function audioFormat(declared) {
  const audio = Object.freeze({ encoding: /** @type {Encoding} */ ("pcm_s16le"), rate: 16_000, channels: 1, ...declared });
  if (!Object.hasOwn(ENCODINGS, audio.encoding)) throw new TypeError(`Unknown audio encoding: '${audio.encoding}'.`);
  return audio;
}

/**
 * Return the size of one sample, which holds one value per channel.
 * @param {AudioFormat} audio
 */
export function sampleBytes(audio) {
  return ENCODINGS[audio.encoding].bytes * audio.channels;
}

/**
 * Copy samples to bytes. Typed arrays are little-endian on every browser, as the protocol requires.
 * @param {Pcm} pcm
 * @param {AudioFormat} audio
 * @throws {TypeError} if the array does not match the encoding
 * @throws {RangeError} if the array ends within a sample
 */
export function toBytes(pcm, audio) {
  const { array } = ENCODINGS[audio.encoding];
  if (!(pcm instanceof Uint8Array || pcm instanceof array)) {
    const types = [...new Set([array.name, Uint8Array.name])].join(" or ");
    throw new TypeError(`Audio in ${audio.encoding} must be of type ${types}.`);
  }
  const size = sampleBytes(audio);
  if (pcm.byteLength % size !== 0) {
    throw new RangeError(`Audio must consist of whole samples: ${pcm.byteLength} bytes is not a multiple of ${size}.`);
  }
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength).slice();
}
