/** The microphone of a page, as frames of signed 16 bits at a rate that a server takes. */

const MAX_RATE = 48_000;
const RATES = [48_000, 44_100, 32_000, 24_000, 16_000]; // the last resort where a device runs faster than a server takes
const GOODBYE_MS = 500; // how long the audio thread has to deliver what it has begun
const PROCESSOR = "theresa-microphone";

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
export class MicrophoneError extends Error {
  /** @param {MicrophoneTrouble} code @param {string} message @param {{cause?: unknown}} [options] */
  constructor(code, message, options) {
    super(message, options);
    this.name = "MicrophoneError";
    this.code = code;
  }
}

/** A microphone that is open. Made by `Microphone.open`. */
export class Microphone {
  /** Takes each frame; it belongs to the receiver. Assign it right after `open`. @type {(frame: Int16Array) => void} */
  onFrame = () => {};
  /** Called once when the device goes away. @type {(error: MicrophoneError) => void} */
  onEnded = () => {};
  /** While true, silence is delivered: time goes on. */
  muted = false;
  #stream;
  #context;
  #node;
  #peak = 0;
  /** @type {Promise<void> | null} */
  #closing = null;
  /** @type {() => void} */
  #delivered = () => {};

  /**
   * Use `open`.
   * @param {MediaStream} stream
   * @param {AudioContext} context
   * @param {AudioWorkletNode} node
   */
  constructor(stream, context, node) {
    this.#stream = stream;
    this.#context = context;
    this.#node = node;
    node.port.onmessage = ({ data }) => this.#deliver(data);
    node.onprocessorerror = () => this.#lost("The browser's audio thread has failed.");
    const [track] = stream.getAudioTracks();
    if (track) track.onended = () => this.#lost("The microphone is gone: was it unplugged, or the permission withdrawn?");
    context.onstatechange = () => wake(context);
    wake(context);
  }

  /**
   * Ask for the microphone and open it.
   * @param {MicrophoneOptions} [options]
   * @returns {Promise<Microphone>}
   * @throws {MicrophoneError}
   */
  static async open(options = {}) {
    const { rate = 16_000, frameMs = 40, workletUrl = new URL("./worklet.js", import.meta.url) } = options;
    const stream = await capture(options);
    /** @type {AudioContext | null} */
    let context = null;
    try {
      const found = connect(stream, rate);
      ({ context } = found);
      const frameSamples = Math.max(1, Math.round((context.sampleRate * frameMs) / 1000));
      await load(context, workletUrl);
      const node = new AudioWorkletNode(context, PROCESSOR, {
        channelCount: 1,
        channelCountMode: "explicit",
        processorOptions: { frameSamples },
      });
      found.source.connect(node).connect(context.destination); // its output is silent; what leads nowhere may not run
      return new Microphone(stream, context, node);
    } catch (error) {
      release(stream);
      await context?.close();
      if (error instanceof MicrophoneError) throw error;
      throw new MicrophoneError("failed", `The microphone could not be opened: ${reason(error)}`, { cause: error });
    }
  }

  /**
   * The microphones there are. Browsers name them only once a page may use one.
   * @returns {Promise<{id: string, label: string}[]>}
   */
  static async devices() {
    const all = (await globalThis.navigator.mediaDevices?.enumerateDevices()) ?? [];
    const microphones = all.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "");
    return microphones.map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `Microphone ${index + 1}` }));
  }

  /** Samples per second of the frames: what was wanted, or what the browser could do. */
  get rate() {
    return this.#context.sampleRate;
  }

  /** The device's name. */
  get label() {
    return this.#stream.getAudioTracks()[0]?.label ?? "";
  }

  /** How loud it was at most since this was last read: 0 to 1. */
  get level() {
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  /** Let the device go. What was begun of a frame is delivered before. */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    const [track] = this.#stream.getAudioTracks();
    if (track) track.onended = null;
    this.#context.onstatechange = null;
    await new Promise((resolve) => {
      this.#delivered = () => resolve(undefined);
      setTimeout(this.#delivered, GOODBYE_MS);
      this.#node.port.postMessage(null);
    });
    this.#node.port.onmessage = null;
    release(this.#stream);
    if (this.#context.state !== "closed") await this.#context.close();
  }

  /** @param {{samples: Int16Array, peak: number} | null} message null: there is no more */
  #deliver(message) {
    if (message === null) return this.#delivered();
    if (this.muted) message.samples.fill(0);
    else this.#peak = Math.max(this.#peak, message.peak);
    this.onFrame(message.samples);
  }

  /** @param {string} message */
  #lost(message) {
    if (this.#closing !== null) return;
    void this.close().finally(() => this.onEnded(new MicrophoneError("lost", message)));
  }
}

/** @param {MicrophoneOptions} options */
async function capture({ deviceId, constraints }) {
  const { mediaDevices } = globalThis.navigator;
  if (!mediaDevices?.getUserMedia) {
    throw new MicrophoneError("insecure", "Browsers give microphones to pages of https and of localhost only.");
  }
  const device = deviceId ? { deviceId: { exact: deviceId } } : {};
  try {
    return await mediaDevices.getUserMedia({ audio: { channelCount: 1, ...device, ...constraints } });
  } catch (error) {
    throw refused(error);
  }
}

/** @param {unknown} error */
function refused(error) {
  const name = error instanceof Error ? error.name : "";
  const options = { cause: error };
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new MicrophoneError("denied", "The page may not use the microphone: allow it in the browser.", options);
    case "NotFoundError":
    case "OverconstrainedError":
      return new MicrophoneError("absent", "There is no such microphone: is one connected?", options);
    case "NotReadableError":
    case "AbortError":
      return new MicrophoneError("busy", "The microphone cannot be read: does another program hold it?", options);
    default:
      return new MicrophoneError("failed", `The microphone could not be opened: ${reason(error)}`, options);
  }
}

/**
 * An audio graph at the rate wanted. Some browsers refuse a rate that is not the device's own, be it when the context is
 * made or (Firefox) when the microphone is connected to it: then the device's own is taken, if a server takes it.
 * @param {MediaStream} stream
 * @param {number} wanted
 */
function connect(stream, wanted) {
  /** @type {unknown} */
  let trouble = null;
  for (const sampleRate of [Math.min(wanted, MAX_RATE), undefined, ...RATES]) {
    /** @type {AudioContext | null} */
    let context = null;
    try {
      context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
      if (context.sampleRate <= MAX_RATE) return { context, source: context.createMediaStreamSource(stream) };
    } catch (error) {
      trouble ??= error;
    }
    void context?.close();
  }
  throw trouble ?? new Error("it has no rate up to 48000 samples per second.");
}

/** @param {AudioContext} context @param {string | URL} url */
async function load(context, url) {
  try {
    await context.audioWorklet.addModule(url);
  } catch (error) {
    const message = `The microphone's part for the audio thread could not be loaded from ${url}.`;
    throw new MicrophoneError("failed", message, { cause: error });
  }
}

/** Contexts begin suspended until the user has done something with the page; one that holds a microphone may run. @param {AudioContext} context */
function wake(context) {
  if (context.state !== "running" && context.state !== "closed") context.resume().catch(() => {});
}

/** @param {MediaStream} stream */
function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof Error ? error.message : String(error);
}
