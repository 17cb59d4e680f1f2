/** Opens a microphone as an audio graph with the worklet that delivers frames. */

import { MicrophoneError } from "./errors.js";

const MAX_RATE = 48_000;
const FALLBACK_RATES = [48_000, 44_100, 32_000, 24_000, 16_000]; // for devices that run faster than the server allows
const PROCESSOR = "theresa-microphone";

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
export async function openCapture(options) {
  const { rate = 16_000, frameMs = 40, workletUrl = new URL("./worklet.js", import.meta.url) } = options;
  const stream = await getStream(options);
  /** @type {AudioContext | null} */
  let context = null;
  try {
    const graph = createGraph(stream, rate);
    ({ context } = graph);
    const frameSamples = Math.max(1, Math.round((context.sampleRate * frameMs) / 1000));
    await loadWorklet(context, workletUrl);
    const node = new AudioWorkletNode(context, PROCESSOR, {
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions: { frameSamples },
    });
    graph.source.connect(node).connect(context.destination); // the output is silent; an unconnected node may not run
    return { stream, context, node };
  } catch (error) {
    stopTracks(stream);
    await context?.close();
    if (error instanceof MicrophoneError) throw error;
    throw openError(error);
  }
}

/** Stop the device. @param {MediaStream} stream */
export function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {MicrophoneOptions} options */
async function getStream({ deviceId, constraints }) {
  const { mediaDevices } = globalThis.navigator;
  if (!mediaDevices?.getUserMedia) {
    throw new MicrophoneError("insecure", "Browsers allow microphone access only over HTTPS or on localhost.");
  }
  const device = deviceId ? { deviceId: { exact: deviceId } } : {};
  try {
    return await mediaDevices.getUserMedia({ audio: { channelCount: 1, ...device, ...constraints } });
  } catch (error) {
    throw accessError(error);
  }
}

/** Return the error for a rejected `getUserMedia`. @param {unknown} error */
function accessError(error) {
  const options = { cause: error };
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return new MicrophoneError("denied", "Microphone access is blocked. Allow it in the browser.", options);
    case "NotFoundError":
    case "OverconstrainedError":
      return new MicrophoneError("absent", "No such microphone. Check that it is connected.", options);
    case "NotReadableError":
    case "AbortError":
      return new MicrophoneError("busy", "The microphone is unavailable. Another application may be using it.", options);
    default:
      return openError(error);
  }
}

/** @param {unknown} error */
function openError(error) {
  const reason = error instanceof Error ? error.message : String(error);
  return new MicrophoneError("failed", `The microphone could not be opened: ${reason}`, { cause: error });
}

/**
 * Create an audio graph at the desired rate. Some browsers accept only the device's own rate: they reject others when the
 * context is created or, as Firefox does, when the microphone is connected to it. The device's rate is used then, or
 * another one that the server allows.
 * @param {MediaStream} stream
 * @param {number} rate
 */
function createGraph(stream, rate) {
  /** @type {unknown} */
  let firstError = null;
  for (const sampleRate of [Math.min(rate, MAX_RATE), undefined, ...FALLBACK_RATES]) {
    /** @type {AudioContext | null} */
    let context = null;
    try {
      context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
      if (context.sampleRate <= MAX_RATE) return { context, source: context.createMediaStreamSource(stream) };
    } catch (error) {
      firstError ??= error;
    }
    void context?.close();
  }
  throw firstError ?? new Error(`it supports no sample rate up to ${MAX_RATE} Hz.`);
}

/** @param {AudioContext} context @param {string | URL} url */
async function loadWorklet(context, url) {
  try {
    await context.audioWorklet.addModule(url);
  } catch (error) {
    throw new MicrophoneError("failed", `The audio worklet could not be loaded from ${url}.`, { cause: error });
  }
}
