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
export declare class SessionError extends Error {
    /** The kind of failure. */
    code: string;
    /** The HTTP status of a refused session. */
    status: number | undefined;
    /** The close code of the connection; 1006 if it broke without a close frame. */
    closeCode: number | undefined;
    /** JSON path of the invalid field, such as `$.audio.rate`. */
    param: string | undefined;
    /** Whether the session is over. */
    fatal: boolean;
    /** The delay before the next attempt, as requested by the server, in milliseconds. */
    retryAfterMs: number | undefined;
    /**
     * @param {string} code
     * @param {string} message
     * @param {{status?: number, closeCode?: number, param?: string | null, fatal?: boolean, retryAfterMs?: number}} [details]
     */
    constructor(code: string, message: string, { status, closeCode, param, fatal, retryAfterMs }?: {
        status?: number;
        closeCode?: number;
        param?: string | null;
        fatal?: boolean;
        retryAfterMs?: number;
    });
}
export type MicrophoneErrorCode = "denied" | "absent" | "busy" | "insecure" | "lost" | "failed";
/** @typedef {"denied" | "absent" | "busy" | "insecure" | "lost" | "failed"} MicrophoneErrorCode */
/** A microphone that cannot be opened, or that has stopped delivering audio. */
export declare class MicrophoneError extends Error {
    code: MicrophoneErrorCode;
    /** @param {MicrophoneErrorCode} code @param {string} message @param {{cause?: unknown}} [options] */
    constructor(code: MicrophoneErrorCode, message: string, options?: {
        cause?: unknown;
    });
}
/**
 * Return the error for a server that violates the protocol.
 * @param {string} code
 * @param {string} violation
 * @param {string} [param] JSON path of the invalid field
 */
export declare function protocolError(code: string, violation: string, param?: string): SessionError;
