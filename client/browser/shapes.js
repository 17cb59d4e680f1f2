/** What the messages of a server look like: each shape is a function that throws where a value has not that shape. */

import { SessionError } from "./errors.js";

/**
 * Throws a `SessionError` with code `bad_field` and the path as `param`.
 * @typedef {(value: unknown, path: string) => void} Shape
 */

/**
 * @param {string} expected
 * @param {unknown} value
 * @param {string} path
 * @returns {never}
 */
function wrong(expected, value, path) {
  const got = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  throw new SessionError("bad_field", `The server broke the protocol: expected ${expected}, got ${got} at ${path}.`, {
    param: path,
  });
}

/** @type {Shape} */
const string = (value, path) => void (typeof value === "string" || wrong("a string", value, path));
/** @type {Shape} */
const boolean = (value, path) => void (typeof value === "boolean" || wrong("a boolean", value, path));
/** @type {Shape} */
const number = (value, path) => void (typeof value === "number" || wrong("a number", value, path));
/** @type {Shape} */
const integer = (value, path) => void (Number.isInteger(value) || wrong("a whole number", value, path));
/** @type {Shape} */
const count = (value, path) =>
  void ((Number.isInteger(value) && Number(value) >= 0) || wrong("a whole number from 0", value, path));

/** @param {string[]} names @returns {Shape} */
const oneOf =
  (...names) =>
  (value, path) =>
    void (names.includes(/** @type {string} */ (value)) || wrong(`one of ${names.join(", ")}`, value, path));

/** @param {Shape} shape @returns {Shape} */
const nullable = (shape) => (value, path) => void (value === null || shape(value, path));

/** @param {Shape} shape @returns {Shape} */
const list = (shape) => (value, path) => {
  if (!Array.isArray(value)) wrong("a list", value, path);
  value.forEach((item, index) => shape(item, `${path}[${index}]`));
};

/**
 * Fields that are not named pass.
 * @param {Record<string, Shape>} required
 * @param {Record<string, Shape>} [optional] may be missing or null
 * @returns {Shape}
 */
const object =
  (required, optional = {}) =>
  (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) wrong("an object", value, path);
    const fields = /** @type {Record<string, unknown>} */ (value);
    for (const [name, shape] of Object.entries(required)) {
      if (fields[name] === undefined) wrong("a value", undefined, `${path}.${name}`);
      shape(fields[name], `${path}.${name}`);
    }
    for (const [name, shape] of Object.entries(optional)) {
      if (fields[name] !== undefined && fields[name] !== null) shape(fields[name], `${path}.${name}`);
    }
  };

const WORD = object({ text: string, start_ms: integer, end_ms: integer, confidence: number, from: integer, to: integer });
const ENTITY = object(
  { id: string, label: string, text: string, from: integer, to: integer, start_ms: integer, end_ms: integer },
  { source_label: string, score: number },
);
const GRAPH = object({
  nodes: list(object({ id: string, fields: object({ name: string, type: string }) })),
  links: list(object({ id: string, source: string, target: string, fields: object({ type: string }) })),
});
const LIMITS = object(
  {},
  {
    max_frame_bytes: integer,
    max_ahead_ms: integer,
    max_segment_ms: integer,
    max_session_ms: integer,
    idle_timeout_ms: integer,
    lead_in_ms: integer,
  },
);
const CONFIGURATION = object(
  {
    audio: object({}, { encoding: string, rate: integer, channels: integer }),
    language: nullable(string),
    task: oneOf("transcribe", "translate"),
    partials: boolean,
    words: boolean,
    endpointing: object({}),
    prompt: nullable(string),
    hotwords: list(string),
    offset_unit: oneOf("codepoint", "utf16"),
  },
  { entities: object({}) },
);
const TEXT = { segment: integer, text: string, start_ms: integer, end_ms: integer, language: string };

/**
 * The server's messages by type.
 * @type {Record<string, Shape>}
 */
export const SHAPES = {
  started: object(
    {
      session_id: string,
      token: string,
      resumed: boolean,
      next_sample: integer,
      next_segment: integer,
      models: object({ transcriber: string }, { entities: string }),
      limits: LIMITS,
      configuration: CONFIGURATION,
    },
    { seq: count },
  ),
  speech: object({ state: oneOf("started", "stopped"), at_ms: integer }, { seq: count }),
  partial: object({ ...TEXT, rev: integer, stable: integer }, { seq: count, words: list(WORD) }),
  final: object(
    { ...TEXT, through: integer, reason: oneOf("endpoint", "flush", "end", "limit"), confidence: number },
    { seq: count, words: list(WORD) },
  ),
  entities: object(
    { segment: integer, rev: integer, final: boolean, items: list(ENTITY) },
    { seq: count, relations: GRAPH },
  ),
  ack: object({ received: integer, committed: integer }, { seq: count }),
  flushed: object({ through: integer }, { seq: count, id: string }),
  updated: object({ configuration: CONFIGURATION }, { seq: count }),
  ended: object({ audio_ms: integer, segments: integer }, { seq: count }),
  stats: object(
    { lag_ms: integer, queue_ms: integer, rtf: number, degraded: oneOf("none", "slower_partials", "no_partials") },
    { seq: count },
  ),
  draining: object({ deadline_ms: integer }, { seq: count }),
  warning: object({ code: string, message: string }, { seq: count, param: string }),
  error: object({ code: string, message: string, fatal: boolean }, { seq: count, param: string, retry_after_ms: integer }),
};
