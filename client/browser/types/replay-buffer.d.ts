/** The audio that may have to be sent again after a reconnect. */
export type Chunk = {
    at: number;
    bytes: Uint8Array;
};
/** @typedef {{at: number, bytes: Uint8Array}} Chunk */
/** Buffers audio by sample position, until the server has committed it. */
export declare class ReplayBuffer {
    #private;
    /** Position of the first buffered sample. */
    begin: number;
    /** Position after the last sample. */
    end: number;
    /** @param {number} sampleBytes */
    constructor(sampleBytes: number);
    /**
     * Append whole samples. The bytes are not copied and must not be changed afterwards.
     * @param {Uint8Array} bytes
     */
    append(bytes: Uint8Array): void;
    /**
     * Drop the samples before a position.
     * @param {number} position
     */
    trim(position: number): void;
    /**
     * Return samples from a position on: at least one, unless the position is the end, and at most `samples`.
     * @param {number} position
     * @param {number} samples
     * @throws {RangeError} if the position is not buffered
     */
    read(position: number, samples: number): Uint8Array<ArrayBufferLike>;
}
