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
export declare class SessionError extends Error {
    /** What went wrong, for programs. */
    code: string;
    /** The HTTP status with which the session was refused. */
    status: number | undefined;
    /** How the connection was closed; 1006 where there was no goodbye at all. */
    closeCode: number | undefined;
    /** JSON path of the field at fault, as `$.audio.rate`. */
    param: string | undefined;
    /** Whether the session is over. */
    fatal: boolean;
    /** How long the server asks to wait before the next attempt, in milliseconds. */
    retryAfterMs: number | undefined;
    /**
     * @param {string} code
     * @param {string} message
     * @param {{status?: number, closeCode?: number, param?: string | null, fatal?: boolean, retryAfterMs?: number}} [more]
     */
    constructor(code: string, message: string, { status, closeCode, param, fatal, retryAfterMs }?: {
        status?: number;
        closeCode?: number;
        param?: string | null;
        fatal?: boolean;
        retryAfterMs?: number;
    });
}
