/** The microphone of a page, as frames of signed 16 bits at a rate that a server takes. */
export type MicrophoneTrouble = "denied" | "absent" | "busy" | "insecure" | "lost" | "failed";
export type MicrophoneOptions = {
    /**
     * one of `Microphone.devices()`; the browser's default when left out
     */
    deviceId?: string;
    /**
     * samples per second wanted
     */
    rate?: number;
    /**
     * length of a frame
     */
    frameMs?: number;
    /**
     * echo cancellation and the like, where the browser's own choice will not do
     */
    constraints?: MediaTrackConstraints;
    /**
     * where `worklet.js` is, if a bundler has moved it
     */
    workletUrl?: string | URL;
};
/** @typedef {"denied" | "absent" | "busy" | "insecure" | "lost" | "failed"} MicrophoneTrouble */
/**
 * @typedef {object} MicrophoneOptions
 * @property {string} [deviceId] one of `Microphone.devices()`; the browser's default when left out
 * @property {number} [rate] samples per second wanted
 * @property {number} [frameMs] length of a frame
 * @property {MediaTrackConstraints} [constraints] echo cancellation and the like, where the browser's own choice will not do
 * @property {string | URL} [workletUrl] where `worklet.js` is, if a bundler has moved it
 */
/** Why there is no sound, as one sentence for a person; `code` is for programs. */
export declare class MicrophoneError extends Error {
    code: MicrophoneTrouble;
    /** @param {MicrophoneTrouble} code @param {string} message @param {{cause?: unknown}} [options] */
    constructor(code: MicrophoneTrouble, message: string, options?: {
        cause?: unknown;
    });
}
/** A microphone that is open. Made by `Microphone.open`. */
export declare class Microphone {
    #private;
    /** Takes each frame; it belongs to the receiver. Assign it right after `open`. @type {(frame: Int16Array) => void} */
    onFrame: (frame: Int16Array) => void;
    /** Called once when the device goes away. @type {(error: MicrophoneError) => void} */
    onEnded: (error: MicrophoneError) => void;
    /** While true, silence is delivered: time goes on. */
    muted: boolean;
    /**
     * Use `open`.
     * @param {MediaStream} stream
     * @param {AudioContext} context
     * @param {AudioWorkletNode} node
     */
    constructor(stream: MediaStream, context: AudioContext, node: AudioWorkletNode);
    /**
     * Ask for the microphone and open it.
     * @param {MicrophoneOptions} [options]
     * @returns {Promise<Microphone>}
     * @throws {MicrophoneError}
     */
    static open(options?: MicrophoneOptions): Promise<Microphone>;
    /**
     * The microphones there are. Browsers name them only once a page may use one.
     * @returns {Promise<{id: string, label: string}[]>}
     */
    static devices(): Promise<{
        id: string;
        label: string;
    }[]>;
    /** Samples per second of the frames: what was wanted, or what the browser could do. */
    get rate(): number;
    /** The device's name. */
    get label(): string;
    /** How loud it was at most since this was last read: 0 to 1. */
    get level(): number;
    /** Let the device go. What was begun of a frame is delivered before. */
    close(): Promise<void>;
}
