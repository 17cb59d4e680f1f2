/** Opens a microphone as an audio graph with the worklet that delivers frames. */
export type MicrophoneOptions = {
    /**
     * one of `Microphone.devices()`; default: the browser's default microphone
     */
    deviceId?: string;
    /**
     * desired sample rate; default: 16000
     */
    rate?: number;
    /**
     * length of a frame; default: 40
     */
    frameMs?: number;
    /**
     * further constraints, such as `echoCancellation`
     */
    constraints?: MediaTrackConstraints;
    /**
     * the URL of `worklet.js`, if a bundler has moved it
     */
    workletUrl?: string | URL;
};
export type Capture = {
    stream: MediaStream;
    context: AudioContext;
    node: AudioWorkletNode;
};
/**
 * @typedef {object} MicrophoneOptions
 * @property {string} [deviceId] one of `Microphone.devices()`; default: the browser's default microphone
 * @property {number} [rate] desired sample rate; default: 16000
 * @property {number} [frameMs] length of a frame; default: 40
 * @property {MediaTrackConstraints} [constraints] further constraints, such as `echoCancellation`
 * @property {string | URL} [workletUrl] the URL of `worklet.js`, if a bundler has moved it
 */
/** @typedef {{stream: MediaStream, context: AudioContext, node: AudioWorkletNode}} Capture */
/**
 * Request access to the microphone and open it.
 * @param {MicrophoneOptions} options
 * @returns {Promise<Capture>}
 * @throws {MicrophoneError}
 */
export declare function openCapture(options: MicrophoneOptions): Promise<Capture>;
/** Stop the device. @param {MediaStream} stream */
export declare function stopTracks(stream: MediaStream): void;
