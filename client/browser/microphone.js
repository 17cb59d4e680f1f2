/** The microphone, as frames of 16-bit PCM. */

import { openCapture, stopTracks } from "./capture.js";
import { MicrophoneError } from "./errors.js";

/** @import {Capture, MicrophoneOptions} from "./capture.js" */

const FLUSH_TIMEOUT_MS = 500; // how long the worklet may take to deliver its last frame

/** An open microphone. Create it with `Microphone.open`. */
export class Microphone {
  /** Receives each frame, which the receiver may keep. Assign it right after `open`. @type {(frame: Int16Array) => void} */
  onFrame = () => {};
  /** Called once if the device is disconnected. @type {(error: MicrophoneError) => void} */
  onEnded = () => {};
  /** While true, frames are silent. */
  muted = false;
  #stream;
  #context;
  #node;
  #peak = 0;
  /** @type {Promise<void> | null} */
  #closing = null;
  /** @type {() => void} */
  #onFlushed = () => {};

  /**
   * Use `Microphone.open` instead.
   * @param {Capture} capture
   */
  constructor({ stream, context, node }) {
    this.#stream = stream;
    this.#context = context;
    this.#node = node;
    node.port.onmessage = ({ data }) => this.#receive(data);
    node.onprocessorerror = () => this.#fail("The browser's audio thread failed.");
    const [track] = stream.getAudioTracks();
    if (track) track.onended = () => this.#fail("The microphone was disconnected, or its permission was withdrawn.");
    context.onstatechange = () => wake(context);
    wake(context);
  }

  /**
   * Request access to the microphone and open it.
   * @param {MicrophoneOptions} [options]
   * @returns {Promise<Microphone>}
   * @throws {MicrophoneError}
   */
  static async open(options = {}) {
    return new Microphone(await openCapture(options));
  }

  /**
   * List the microphones. Browsers hide their names until the page has access to one.
   * @returns {Promise<{id: string, label: string}[]>}
   */
  static async devices() {
    const devices = (await globalThis.navigator.mediaDevices?.enumerateDevices()) ?? [];
    const microphones = devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "");
    return microphones.map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `Microphone ${index + 1}` }));
  }

  /** The sample rate of the frames, which may differ from the requested one. */
  get rate() {
    return this.#context.sampleRate;
  }

  /** The name of the device. */
  get label() {
    return this.#stream.getAudioTracks()[0]?.label ?? "";
  }

  /** The peak level since the property was last read, from 0 to 1. */
  get level() {
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  /** Release the device. An incomplete last frame is delivered first. */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    const [track] = this.#stream.getAudioTracks();
    if (track) track.onended = null;
    this.#context.onstatechange = null;
    await new Promise((resolve) => {
      this.#onFlushed = () => resolve(undefined);
      setTimeout(this.#onFlushed, FLUSH_TIMEOUT_MS);
      this.#node.port.postMessage(null);
    });
    this.#node.port.onmessage = null;
    stopTracks(this.#stream);
    if (this.#context.state !== "closed") await this.#context.close();
  }

  /** @param {{samples: Int16Array, peak: number} | null} message `null` after the last frame */
  #receive(message) {
    if (message === null) return this.#onFlushed();
    if (this.muted) message.samples.fill(0);
    else this.#peak = Math.max(this.#peak, message.peak);
    this.onFrame(message.samples);
  }

  /** @param {string} message */
  #fail(message) {
    if (this.#closing !== null) return;
    void this.close().finally(() => this.onEnded(new MicrophoneError("lost", message)));
  }
}

/**
 * Resume a context. It starts suspended if the user has not interacted with the page yet.
 * @param {AudioContext} context
 */
function wake(context) {
  if (context.state !== "running" && context.state !== "closed") context.resume().catch(() => {});
}
