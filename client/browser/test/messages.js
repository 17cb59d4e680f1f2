/** Minimal server messages. */

const audio = { encoding: "pcm_s16le", rate: 16_000, channels: 1 };
export const AUDIO = /** @type {import("../messages.js").AudioFormat} */ (audio);

export const started = (fields = {}) => ({
  type: "started", seq: 1, session_id: "s", token: "t", resumed: false, next_sample: 0, next_segment: 0,
  models: { transcriber: "demo" }, limits: { max_frame_bytes: 65_536, max_ahead_ms: 60_000 },
  configuration: {
    audio, language: null, task: "transcribe", partials: true, words: false, endpointing: {}, prompt: null,
    hotwords: [], offset_unit: "utf16",
  },
  ...fields,
});
export const partial = (segment, text = "好", rev = 1) => ({
  type: "partial", seq: 2, segment, rev, text, stable: 0, start_ms: 0, end_ms: 1, language: "zh",
});
export const final = (segment, through, text = "好") => ({
  type: "final", seq: 2, segment, text, start_ms: 0, end_ms: 1, through, reason: "end", language: "zh", confidence: 1,
});
export const entities = (segment, last = true) => ({ type: "entities", seq: 2, segment, rev: 1, final: last, items: [] });
export const ack = (committed) => ({ type: "ack", seq: 2, received: committed, committed });
