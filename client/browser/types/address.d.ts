/** Where a session is opened, how the key travels, and why an opening was refused. */
import { SessionError } from "./errors.js";
export type Fetch = typeof globalThis.fetch;
/** @typedef {typeof globalThis.fetch} Fetch */
/**
 * The WebSocket address behind a URL: `ws(s)`, `http(s)`, or in a page relative to it.
 * @param {string | URL} url
 * @throws {TypeError}
 */
export declare function streamUrl(url: string | URL): URL;
/**
 * The same address with what is to be known before anything else is said: the model that will be asked for, whose room
 * counts, and the session that comes back, whose place is kept even where the server is full.
 * @param {URL} address
 * @param {{model?: string, sessionId?: string | null}} what
 */
export declare function placeOf(address: URL, { model, sessionId }: {
    model?: string;
    sessionId?: string | null;
}): URL;
/**
 * The subprotocol that carries a key: a browser cannot set headers.
 * @param {string | undefined} apiKey
 * @returns {string[]}
 * @throws {TypeError} for a key that no header could hold
 */
export declare function keyProtocol(apiKey: string | undefined): string[];
/**
 * Why a WebSocket was not opened. Browsers do not tell: the same address is asked over HTTP.
 * @param {URL} address
 * @param {{fetch: Fetch, apiKey: string | undefined, signal: AbortSignal}} options
 * @returns {Promise<SessionError>}
 */
export declare function whyRefused(address: URL, { fetch, apiKey, signal }: {
    fetch: Fetch;
    apiKey: string | undefined;
    signal: AbortSignal;
}): Promise<SessionError>;
/**
 * What an HTTP answer means to one who wanted a WebSocket.
 * @param {URL} address
 * @param {number} status
 * @param {string | null} retryAfter
 * @param {string} body
 */
export declare function refusal(address: URL, status: number, retryAfter: string | null, body: string): SessionError;
/** As a person would write it: a session's id in it helps nobody. @param {URL} address */
export declare function shown(address: URL): string;
