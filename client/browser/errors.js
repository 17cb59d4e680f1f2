/**
 * What can go wrong in a session, as one sentence for a person.
 *
 * `code` is for programs. The server's own codes are in docs/protocol.md; this side adds
 *
 * - `unreachable`: nothing answers, or what answers is no Theresa server;
 * - `lost`: the connection went away, and `closeCode` says how;
 * - `closed`: the program has left by `close()`;
 * - `too_many`: too many questions wait for their answer (not fatal);
 * - `bad_json`, `bad_field`, `unknown_type`, `unexpected_message`: the server broke the protocol.
 */
export class SessionError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{status?: number, closeCode?: number, param?: string | null, fatal?: boolean, retryAfterMs?: number}} [more]
   */
  constructor(code, message, { status, closeCode, param, fatal = true, retryAfterMs } = {}) {
    super(message);
    this.name = "SessionError";
    /** What went wrong, for programs. */
    this.code = code;
    /** The HTTP status with which the session was refused. */
    this.status = status;
    /** How the connection was closed; 1006 where there was no goodbye at all. */
    this.closeCode = closeCode;
    /** JSON path of the field at fault, as `$.audio.rate`. */
    this.param = param ?? undefined;
    /** Whether the session is over. */
    this.fatal = fatal;
    /** How long the server asks to wait before the next attempt, in milliseconds. */
    this.retryAfterMs = retryAfterMs;
  }
}
