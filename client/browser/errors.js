/** The errors that this package reports. `message` is one sentence for the user, `code` is for the program. */

/**
 * A failure of a session or of one of its requests.
 *
 * The server's codes are listed in docs/protocol.md. The client adds
 *
 * - `unreachable`: there is no response, or not from a Theresa server;
 * - `lost`: the connection was lost; `closeCode` holds the reason;
 * - `closed`: the program called `close()`;
 * - `too_many`: too many requests are waiting for a reply (not fatal);
 * - `bad_json`, `bad_field`, `unknown_type`, `unexpected_message`: the server violated the protocol.
 */
export class SessionError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{status?: number, closeCode?: number, param?: string | null, fatal?: boolean, retryAfterMs?: number}} [details]
   */
  constructor(code, message, { status, closeCode, param, fatal = true, retryAfterMs } = {}) {
    super(message);
    this.name = "SessionError";
    /** The kind of failure. */
    this.code = code;
    /** The HTTP status of a refused session. */
    this.status = status;
    /** The close code of the connection; 1006 if it broke without a close frame. */
    this.closeCode = closeCode;
    /** JSON path of the invalid field, such as `$.audio.rate`. */
    this.param = param ?? undefined;
    /** Whether the session is over. */
    this.fatal = fatal;
    /** The delay before the next attempt, as requested by the server, in milliseconds. */
    this.retryAfterMs = retryAfterMs;
  }
}

/** @typedef {"denied" | "absent" | "busy" | "insecure" | "lost" | "failed"} MicrophoneErrorCode */

/** A microphone that cannot be opened, or that has stopped delivering audio. */
export class MicrophoneError extends Error {
  /** @param {MicrophoneErrorCode} code @param {string} message @param {{cause?: unknown}} [options] */
  constructor(code, message, options) {
    super(message, options);
    this.name = "MicrophoneError";
    this.code = code;
  }
}

/**
 * Return the error for a server that violates the protocol.
 * @param {string} code
 * @param {string} violation
 * @param {string} [param] JSON path of the invalid field
 */
export function protocolError(code, violation, param) {
  return new SessionError(code, `The server violated the protocol: ${violation}.`, { param });
}
