/** The address of a session, and the API key in the WebSocket handshake. */
/**
 * Return the WebSocket URL of a stream.
 * @param {string | URL} url `ws(s)://…`, `http(s)://…`, or a URL relative to the page
 * @returns {URL}
 * @throws {TypeError} if the URL is invalid
 */
export declare function streamUrl(url: string | URL): URL;
/**
 * Return the URL for one connection, with the query parameters that the server needs before it accepts the connection:
 * the model, whose capacity decides about admission, and the resumed session, which is admitted even at full capacity.
 * @param {URL} address
 * @param {{model?: string, sessionId?: string | null}} parameters
 * @returns {URL}
 */
export declare function connectionUrl(address: URL, { model, sessionId }: {
    model?: string;
    sessionId?: string | null;
}): URL;
/**
 * Return the subprotocol that carries an API key, because browsers cannot set headers.
 * @param {string | undefined} apiKey
 * @returns {string[]} empty without a key
 * @throws {TypeError} if the key is not a valid header value
 */
export declare function keySubprotocols(apiKey: string | undefined): string[];
/** Return a URL for use in messages, without its query. @param {URL} address */
export declare function displayUrl(address: URL): string;
