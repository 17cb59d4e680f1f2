/** Why a WebSocket handshake was refused. Browsers do not expose the response, so the same URL is requested over HTTP. */

import { displayUrl } from "./address.js";
import { SessionError } from "./errors.js";
import { singleLine } from "./text.js";

const MAX_REASON_CHARACTERS = 300;

/** @typedef {typeof globalThis.fetch} Fetch */

/**
 * Find out why a WebSocket was not opened.
 * @param {URL} address
 * @param {{fetch: Fetch, apiKey: string | undefined, signal: AbortSignal}} options
 * @returns {Promise<SessionError>}
 */
export async function fetchRefusal(address, { fetch, apiKey, signal }) {
  const url = new URL(address);
  url.protocol = url.protocol.replace("ws", "http");
  /** @type {Record<string, string>} */
  const headers = apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
  try {
    const response = await fetch(url, { headers, signal, cache: "no-store" });
    return refusalError(address, response.status, response.headers.get("Retry-After"), await response.text());
  } catch {
    return noResponseError(address);
  }
}

/** @param {URL} address */
function noResponseError(address) {
  const { location } = globalThis;
  const crossOrigin = location !== undefined && location.host !== address.host;
  const origin = crossOrigin ? ` and that it allows pages from ${location.origin} (--allow-origin)` : "";
  const hint = `Check that theresa-server is running${origin}.`;
  return new SessionError("unreachable", `No response from ${displayUrl(address)}. ${hint}`);
}

/**
 * Return the error for an HTTP response to a WebSocket handshake.
 * @param {URL} address
 * @param {number} status
 * @param {string | null} retryAfter
 * @param {string} body
 */
export function refusalError(address, status, retryAfter, body) {
  const url = displayUrl(address);
  if (status === 426) {
    const hint = "A proxy in between may not support WebSockets.";
    const message = `The server at ${url} responds, but the WebSocket handshake fails. ${hint}`;
    return new SessionError("unreachable", message, { status });
  }
  const error = parseError(body);
  if (error === null) {
    const wrongPath = status === 403 || status === 404 || status < 400;
    const message = wrongPath
      ? `No stream at ${url} (HTTP ${status}). The path is usually /v1/stream.`
      : `The server at ${url} does not accept WebSocket connections (HTTP ${status}).`;
    return new SessionError("unreachable", message, { status });
  }
  const seconds = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  const hint = seconds === null ? "" : ` Try again in ${seconds} s.`;
  const message = `The server at ${url} refused the session (HTTP ${status}): ${error.message}${hint}`;
  const details = seconds === null ? { status } : { status, retryAfterMs: seconds * 1000 };
  return new SessionError(error.code, message, details);
}

/**
 * Return the error in a response body; `null` if the response is not from a Theresa server.
 * @param {string} body
 */
function parseError(body) {
  try {
    const { code, message } = JSON.parse(body).error;
    if (typeof code !== "string" || typeof message !== "string") return null;
    return { code, message: singleLine(message).slice(0, MAX_REASON_CHARACTERS) };
  } catch {
    return null;
  }
}
