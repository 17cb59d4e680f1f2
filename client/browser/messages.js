/**
 * The messages of `theresa.v1` (docs/protocol.md), with the protocol's field names.
 *
 * Times (`…_ms`) are milliseconds of audio since the start of the session. Positions in the audio count samples at the
 * declared rate. Offsets into a text count UTF-16 code units, as JavaScript strings do.
 */

import { protocolError } from "./errors.js";
import { VALIDATORS } from "./validation.js";

export const SUBPROTOCOL = "theresa.v1";

/** @typedef {"pcm_s16le" | "pcm_f32le" | "mulaw" | "alaw"} Encoding */
/** @typedef {{encoding: Encoding, rate: number, channels: number}} AudioFormat a sample holds one value per channel */
/** @typedef {"transcribe" | "translate"} Task */
/**
 * @typedef {object} Endpointing how utterances are segmented; omitted fields use the server's defaults
 * @property {number | null} [aggressiveness]
 * @property {number | null} [voice_threshold]
 * @property {number | null} [onset_ms]
 * @property {number | null} [preroll_ms]
 * @property {number | null} [silence_ms]
 * @property {number | null} [max_segment_ms]
 */
/**
 * @typedef {object} EntitiesOptions which named entities to recognise; `{}` requests all
 * @property {boolean} [enabled]
 * @property {string[] | null} [labels]
 * @property {boolean} [partials]
 * @property {boolean} [relations]
 * @property {boolean} [hotwords]
 */
/** @typedef {EntitiesOptions & {terms?: {text: string, label?: string}[]}} EntitiesRequest with terms for the session's lexicon */

/**
 * @typedef {object} Start the configuration that a program requests
 * @property {Partial<AudioFormat>} [audio] default: 16 kHz, mono, `pcm_s16le`
 * @property {string} [model]
 * @property {string | null} [language] code, tag or English name, such as `zh` or `zh-TW`; `auto` detects it
 * @property {Task} [task]
 * @property {boolean} [partials]
 * @property {boolean} [words]
 * @property {boolean} [stats]
 * @property {EntitiesRequest | null} [entities]
 * @property {Endpointing} [endpointing]
 * @property {string | null} [prompt]
 * @property {string[]} [hotwords]
 * @property {{name: string, version?: string}} [client]
 */
/**
 * @typedef {object} ResumeRequest how much of an interrupted session the client has received
 * @property {string} session_id
 * @property {string} token
 * @property {number} committed
 * @property {number} next_segment
 * @property {number} [lead_in] samples before `committed` that the client still buffers
 * @property {string | null} [language] the language of the last final before `next_segment`
 * @property {{text: string, end_ms: number, confidence: number} | null} [previous] that final
 */
/** @typedef {Start & {offset_unit?: "codepoint" | "utf16", resume?: ResumeRequest}} StartMessage */
/** @typedef {Pick<Start, "language" | "task" | "partials" | "words" | "entities" | "endpointing" | "prompt" | "hotwords">} Update */

/** @typedef {{text: string, start_ms: number, end_ms: number, confidence: number, from: number, to: number}} Word */
/**
 * @typedef {object} Entity a named entity: `text.slice(from, to)` of its segment
 * @property {string} id the same for every mention, in all sessions
 * @property {string} label
 * @property {string} [source_label]
 * @property {string} text
 * @property {number} from
 * @property {number} to
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {number} [score]
 */
/**
 * @typedef {object} Graph relations between entities
 * @property {{id: string, fields: {name: string, type: string}}[]} nodes
 * @property {{id: string, source: string, target: string, fields: {type: string}}[]} links
 */
/**
 * @typedef {object} Limits
 * @property {number} max_frame_bytes
 * @property {number} max_ahead_ms
 * @property {number} [lead_in_ms] how much audio before the committed position another server needs to resume
 * @property {number} max_segment_ms
 * @property {number} max_session_ms
 * @property {number} idle_timeout_ms
 */
/**
 * @typedef {object} Configuration the configuration in effect
 * @property {AudioFormat} audio
 * @property {string | null} language
 * @property {Task} task
 * @property {boolean} partials
 * @property {boolean} words
 * @property {EntitiesOptions | null} [entities]
 * @property {Endpointing} endpointing
 * @property {string | null} prompt
 * @property {string[]} hotwords
 * @property {"codepoint" | "utf16"} offset_unit
 */

/**
 * @typedef {object} Started
 * @property {"started"} type
 * @property {number} seq
 * @property {string} session_id
 * @property {string} token
 * @property {boolean} resumed
 * @property {number} next_sample
 * @property {number} next_segment
 * @property {{transcriber: string, entities?: string}} models
 * @property {Limits} limits
 * @property {Configuration} configuration
 */
/** @typedef {{type: "speech", seq: number, state: "started" | "stopped", at_ms: number}} Speech */
/**
 * @typedef {object} PartialMessage
 * @property {"partial"} type
 * @property {number} seq
 * @property {number} segment
 * @property {number} rev
 * @property {string} text
 * @property {number} stable
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string} language
 * @property {Word[]} [words]
 */
/**
 * @typedef {object} Final
 * @property {"final"} type
 * @property {number} seq
 * @property {number} segment
 * @property {string} text
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {number} through
 * @property {"endpoint" | "flush" | "end" | "limit"} reason
 * @property {string} language
 * @property {number} confidence
 * @property {Word[]} [words]
 */
/**
 * @typedef {object} Entities
 * @property {"entities"} type
 * @property {number} seq
 * @property {number} segment
 * @property {number} rev
 * @property {boolean} final
 * @property {Entity[]} items
 * @property {Graph} [relations]
 */
/** @typedef {{type: "ack", seq: number, received: number, committed: number}} Ack */
/** @typedef {{type: "flushed", seq: number, id?: string, through: number}} Flushed */
/** @typedef {{type: "updated", seq: number, configuration: Configuration}} Updated */
/** @typedef {{type: "ended", seq: number, audio_ms: number, segments: number}} Ended */
/**
 * @typedef {object} Suppressed
 * @property {number} segment
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string} reason
 * @property {string} text
 */
/**
 * @typedef {object} Stats
 * @property {"stats"} type
 * @property {number} seq
 * @property {number} lag_ms
 * @property {number} queue_ms
 * @property {number} rtf
 * @property {"none" | "slower_partials" | "no_partials"} degraded
 * @property {number} [suppressed_count]
 * @property {Suppressed[]} [suppressed]
 * @property {"two-stage" | "webrtc"} [vad]
 * @property {number} [sound_ms]
 * @property {number} [voice_ms]
 */
/** @typedef {{type: "draining", seq: number, deadline_ms: number}} Draining */
/** @typedef {{type: "warning", seq: number, code: string, message: string, param?: string}} WarningMessage */
/**
 * @typedef {object} ErrorMessage
 * @property {"error"} type
 * @property {number} seq
 * @property {string} code
 * @property {string} message
 * @property {boolean} fatal
 * @property {string} [param]
 * @property {number} [retry_after_ms]
 */
/**
 * Newer servers may also send messages of other types.
 * @typedef {Started | Speech | PartialMessage | Final | Entities | Ack | Flushed | Updated | Ended | Stats | Draining
 *   | WarningMessage | ErrorMessage} ServerMessage
 */

/**
 * Encode a message as a text frame.
 * @param {"start" | "update" | "flush" | "end"} type
 * @param {object} [fields]
 */
export function encode(type, fields = {}) {
  return JSON.stringify({ type, ...fields });
}

/**
 * Decode a text frame. Unknown fields and types are allowed.
 * @param {string} frame
 * @returns {ServerMessage}
 * @throws {import("./errors.js").SessionError} with code `bad_json`, `unknown_type` or `bad_field`
 */
export function decode(frame) {
  /** @type {unknown} */
  let message;
  try {
    message = JSON.parse(frame);
  } catch {
    throw protocolError("bad_json", "its message is not JSON");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    throw protocolError("bad_field", "its message is not an object");
  }
  const type = "type" in message ? message.type : undefined;
  if (typeof type !== "string") {
    throw protocolError("unknown_type", "its message has no type", "$.type");
  }
  if (Object.hasOwn(VALIDATORS, type)) VALIDATORS[type]?.(message, "$");
  return /** @type {ServerMessage} */ (message);
}
