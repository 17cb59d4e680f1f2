/** The address of a session, and the API key in the WebSocket handshake. */

/**
 * Return the WebSocket URL of a stream.
 * @param {string | URL} url `ws(s)://…`, `http(s)://…`, or a URL relative to the page
 * @returns {URL}
 * @throws {TypeError} if the URL is invalid
 */
export function streamUrl(url) {
  const base = globalThis.document?.baseURI;
  if (!URL.canParse(String(url), base)) throw new TypeError(`Invalid stream URL: '${url}'.`);
  const address = new URL(url, base);
  address.protocol = address.protocol.replace("http", "ws");
  address.hash = "";
  if (!/^wss?:$/.test(address.protocol)) {
    throw new TypeError(`Invalid stream URL: '${url}'. The scheme must be ws, wss, http or https.`);
  }
  return address;
}

/**
 * Return the URL for one connection, with the query parameters that the server needs before it accepts the connection:
 * the model, whose capacity decides about admission, and the resumed session, which is admitted even at full capacity.
 * @param {URL} address
 * @param {{model?: string, sessionId?: string | null}} parameters
 * @returns {URL}
 */
export function connectionUrl(address, { model, sessionId }) {
  const url = new URL(address);
  if (model != null && !url.searchParams.has("model")) url.searchParams.set("model", model);
  if (sessionId != null) url.searchParams.set("session", sessionId);
  return url;
}

/**
 * Return the subprotocol that carries an API key, because browsers cannot set headers.
 * @param {string | undefined} apiKey
 * @returns {string[]} empty without a key
 * @throws {TypeError} if the key is not a valid header value
 */
export function keySubprotocols(apiKey) {
  if (!apiKey) return [];
  if (!/^[!-~]+$/.test(apiKey)) throw new TypeError("The API key must be printable ASCII without spaces.");
  return [`theresa.auth.${btoa(apiKey).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`];
}

/** Return a URL for use in messages, without its query. @param {URL} address */
export function displayUrl(address) {
  return `${address.protocol}//${address.host}${address.pathname}`;
}
