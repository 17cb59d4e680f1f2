/** The audio that a session sends: its format, and samples as bytes. */
import type { AudioFormat } from "./messages.js";
export type Pcm = Int16Array | Float32Array | Uint8Array;
/**
 * Return the declared format, completed with the protocol's defaults.
 * @param {Partial<AudioFormat>} [declared]
 * @returns {Readonly<AudioFormat>}
 * @throws {TypeError} if the encoding is unknown
 */
export declare function audioFormat(declared?: Partial<AudioFormat>): Readonly<AudioFormat>;
/**
 * Return the size of one sample, which holds one value per channel.
 * @param {AudioFormat} audio
 */
export declare function sampleBytes(audio: AudioFormat): number;
/**
 * Copy samples to bytes. Typed arrays are little-endian on every browser, as the protocol requires.
 * @param {Pcm} pcm
 * @param {AudioFormat} audio
 * @throws {TypeError} if the array does not match the encoding
 * @throws {RangeError} if the array ends within a sample
 */
export declare function toBytes(pcm: Pcm, audio: AudioFormat): Uint8Array<ArrayBuffer>;
