/** Why a WebSocket handshake was refused. Browsers do not expose the response, so the same URL is requested over HTTP. */
import { SessionError } from "./errors.js";
export type Fetch = typeof globalThis.fetch;
/** @typedef {typeof globalThis.fetch} Fetch */
/**
 * Find out why a WebSocket was not opened.
 * @param {URL} address
 * @param {{fetch: Fetch, apiKey: string | undefined, signal: AbortSignal}} options
 * @returns {Promise<SessionError>}
 */
export declare function fetchRefusal(address: URL, { fetch, apiKey, signal }: {
    fetch: Fetch;
    apiKey: string | undefined;
    signal: AbortSignal;
}): Promise<SessionError>;
/**
 * Return the error for an HTTP response to a WebSocket handshake.
 * @param {URL} address
 * @param {number} status
 * @param {string | null} retryAfter
 * @param {string} body
 */
export declare function refusalError(address: URL, status: number, retryAfter: string | null, body: string): SessionError;
