/** Where a session is opened, how the key travels, and why an opening was refused. */

import { SessionError } from "./errors.js";
import { line } from "./text.js";

const MAX_REASON_CHARACTERS = 300;

/** @typedef {typeof globalThis.fetch} Fetch */

/**
 * The WebSocket address behind a URL: `ws(s)`, `http(s)`, or in a page relative to it.
 * @param {string | URL} url
 * @throws {TypeError}
 */
export function streamUrl(url) {
  const base = globalThis.document?.baseURI;
  if (!URL.canParse(String(url), base)) throw new TypeError(`'${url}' is not the address of a stream.`);
  const address = new URL(url, base);
  address.protocol = address.protocol.replace("http", "ws");
  address.hash = "";
  if (!/^wss?:$/.test(address.protocol)) {
    throw new TypeError(`'${url}' is not the address of a stream: it begins with ws, wss, http or https.`);
  }
  return address;
}

/**
 * The same address with what is to be known before anything else is said: the model that will be asked for, whose room
 * counts, and the session that comes back, whose place is kept even where the server is full.
 * @param {URL} address
 * @param {{model?: string, sessionId?: string | null}} what
 */
export function placeOf(address, { model, sessionId }) {
  const place = new URL(address);
  if (model != null && !place.searchParams.has("model")) place.searchParams.set("model", model);
  if (sessionId != null) place.searchParams.set("session", sessionId);
  return place;
}

/**
 * The subprotocol that carries a key: a browser cannot set headers.
 * @param {string | undefined} apiKey
 * @returns {string[]}
 * @throws {TypeError} for a key that no header could hold
 */
export function keyProtocol(apiKey) {
  if (!apiKey) return [];
  if (!/^[!-~]+$/.test(apiKey)) throw new TypeError("An API key is printable ASCII without spaces.");
  return [`theresa.auth.${btoa(apiKey).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`];
}

/**
 * Why a WebSocket was not opened. Browsers do not tell: the same address is asked over HTTP.
 * @param {URL} address
 * @param {{fetch: Fetch, apiKey: string | undefined, signal: AbortSignal}} options
 * @returns {Promise<SessionError>}
 */
export async function whyRefused(address, { fetch, apiKey, signal }) {
  const url = new URL(address);
  url.protocol = url.protocol.replace("ws", "http");
  /** @type {Record<string, string>} */
  const headers = apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
  try {
    const response = await fetch(url, { headers, signal, cache: "no-store" });
    return refusal(address, response.status, response.headers.get("Retry-After"), await response.text());
  } catch {
    return nothingAnswers(address);
  }
}

/** @param {URL} address */
function nothingAnswers(address) {
  const { location } = globalThis;
  const foreign = location !== undefined && location.host !== address.host;
  const doubt = foreign ? `, and may pages of ${location.origin} connect to it (--allow-origin)` : "";
  return new SessionError("unreachable", `Nothing answers at ${shown(address)}: is theresa-server running${doubt}?`);
}

/**
 * What an HTTP answer means to one who wanted a WebSocket.
 * @param {URL} address
 * @param {number} status
 * @param {string | null} retryAfter
 * @param {string} body
 */
export function refusal(address, status, retryAfter, body) {
  const url = shown(address);
  const error = theresaError(body);
  if (status === 426) {
    const why = "does something on the way not let WebSockets through?";
    return new SessionError("unreachable", `The server at ${url} answers, but no WebSocket opens: ${why}`, { status });
  }
  if (error === null) {
    const where = status === 403 || status === 404 || status < 400;
    const message = where
      ? `There is no stream at ${url} (HTTP ${status}): the path is usually /v1/stream.`
      : `What answers at ${url} does not open a WebSocket (HTTP ${status}).`;
    return new SessionError("unreachable", message, { status });
  }
  const seconds = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  const again = seconds === null ? "" : ` Try again in ${seconds} s.`;
  const message = `The server at ${url} refused the session (HTTP ${status}): ${error.message}${again}`;
  const more = seconds === null ? { status } : { status, retryAfterMs: seconds * 1000 };
  return new SessionError(error.code, message, more);
}

/**
 * The error in the body of a Theresa server's refusal, on one line; null where another server answers.
 * @param {string} body
 */
function theresaError(body) {
  try {
    const { code, message } = JSON.parse(body).error;
    if (typeof code !== "string" || typeof message !== "string") return null;
    return { code, message: line(message).slice(0, MAX_REASON_CHARACTERS) };
  } catch {
    return null;
  }
}

/** As a person would write it: a session's id in it helps nobody. @param {URL} address */
export function shown(address) {
  return `${address.protocol}//${address.host}${address.pathname}`;
}
