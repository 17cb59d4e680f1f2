/** Validators for the messages of a server. */

import { protocolError } from "./errors.js";

/**
 * Checks a value; throws a `SessionError` with code `bad_field` and the path as `param` if it is invalid.
 * @typedef {(value: unknown, path: string) => void} Validator
 */

/**
 * Throw the error for an invalid value.
 * @param {string} expected
 * @param {unknown} value
 * @param {string} path
 * @returns {never}
 */
function reject(expected, value, path) {
  const actual = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw protocolError("bad_field", `expected ${expected}, got ${actual} at ${path}`, path);
}

/** @type {Validator} */
const string = (value, path) => void (typeof value === "string" || reject("a string", value, path));
/** @type {Validator} */
const boolean = (value, path) => void (typeof value === "boolean" || reject("a boolean", value, path));
/** @type {Validator} */
const number = (value, path) => void (typeof value === "number" || reject("a number", value, path));
/** @type {Validator} */
const integer = (value, path) => void (Number.isInteger(value) || reject("an integer", value, path));
/** @type {Validator} */
const sequence = (value, path) =>
  void ((Number.isInteger(value) && Number(value) >= 0) || reject("a non-negative integer", value, path));

/** @param {string[]} names @returns {Validator} */
const oneOf =
  (...names) =>
  (value, path) =>
    void (names.includes(/** @type {string} */ (value)) || reject(`one of ${names.join(", ")}`, value, path));

/** @param {Validator} validate @returns {Validator} */
const nullable = (validate) => (value, path) => void (value === null || validate(value, path));

/** @param {Validator} validate @returns {Validator} */
const array = (validate) => (value, path) => {
  if (!Array.isArray(value)) reject("an array", value, path);
  value.forEach((item, index) => validate(item, `${path}[${index}]`));
};

/**
 * Return a validator for objects, in which unknown fields are allowed.
 * @param {Record<string, Validator>} required
 * @param {Record<string, Validator>} [optional] these may be missing or null
 * @returns {Validator}
 */
const object =
  (required, optional = {}) =>
  (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) reject("an object", value, path);
    const fields = /** @type {Record<string, unknown>} */ (value);
    for (const [name, validate] of Object.entries(required)) {
      if (fields[name] === undefined) reject("a value", undefined, `${path}.${name}`);
      validate(fields[name], `${path}.${name}`);
    }
    for (const [name, validate] of Object.entries(optional)) {
      if (fields[name] !== undefined && fields[name] !== null) validate(fields[name], `${path}.${name}`);
    }
  };

const WORD = object({ text: string, start_ms: integer, end_ms: integer, confidence: number, from: integer, to: integer });
const ENTITY = object(
  { id: string, label: string, text: string, from: integer, to: integer, start_ms: integer, end_ms: integer },
  { source_label: string, score: number },
);
const GRAPH = object({
  nodes: array(object({ id: string, fields: object({ name: string, type: string }) })),
  links: array(object({ id: string, source: string, target: string, fields: object({ type: string }) })),
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
    hotwords: array(string),
    offset_unit: oneOf("codepoint", "utf16"),
  },
  { entities: object({}) },
);
const SUPPRESSED = object({ segment: integer, start_ms: integer, end_ms: integer, reason: string, text: string });
const TEXT = { segment: integer, text: string, start_ms: integer, end_ms: integer, language: string };

/**
 * The validators of the server's messages, by type.
 * @type {Record<string, Validator>}
 */
export const VALIDATORS = {
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
    { seq: sequence },
  ),
  speech: object({ state: oneOf("started", "stopped"), at_ms: integer }, { seq: sequence }),
  partial: object({ ...TEXT, rev: integer, stable: integer }, { seq: sequence, words: array(WORD) }),
  final: object(
    { ...TEXT, through: integer, reason: oneOf("endpoint", "flush", "end", "limit"), confidence: number },
    { seq: sequence, words: array(WORD) },
  ),
  entities: object(
    { segment: integer, rev: integer, final: boolean, items: array(ENTITY) },
    { seq: sequence, relations: GRAPH },
  ),
  ack: object({ received: integer, committed: integer }, { seq: sequence }),
  flushed: object({ through: integer }, { seq: sequence, id: string }),
  updated: object({ configuration: CONFIGURATION }, { seq: sequence }),
  ended: object({ audio_ms: integer, segments: integer }, { seq: sequence }),
  stats: object(
    { lag_ms: integer, queue_ms: integer, rtf: number, degraded: oneOf("none", "slower_partials", "no_partials") },
    { seq: sequence, suppressed_count: integer, suppressed: array(SUPPRESSED) },
  ),
  draining: object({ deadline_ms: integer }, { seq: sequence }),
  warning: object({ code: string, message: string }, { seq: sequence, param: string }),
  error: object({ code: string, message: string, fatal: boolean }, { seq: sequence, param: string, retry_after_ms: integer }),
};
