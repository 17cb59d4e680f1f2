/** One WebSocket connection: sends `start`, delivers the server's messages, and reports once how the connection ended. */

import { displayUrl, keySubprotocols } from "./address.js";
import { protocolError, SessionError } from "./errors.js";
import { decode, encode, SUBPROTOCOL } from "./messages.js";
import { fetchRefusal } from "./refusal.js";

/** @import {ErrorMessage, ServerMessage, StartMessage} from "./messages.js" */
/** @import {Fetch} from "./refusal.js" */

const CLOSE_TIMEOUT_MS = 5_000; // how long a server may take to close after a fatal error
const AFTER_STARTED = new Set(["speech", "partial", "final", "entities", "ack", "flushed", "updated", "stats", "warning"]);

/**
 * The part of the `WebSocket` interface that a connection uses.
 * @typedef {object} Socket
 * @property {number} bufferedAmount
 * @property {string} protocol
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 * @property {(data: any) => void} send
 * @property {(code?: number, reason?: string) => void} close
 */
/** @typedef {new (url: string, protocols: string[]) => Socket} SocketClass */
/**
 * @typedef {object} ConnectionOptions
 * @property {SocketClass} WebSocket
 * @property {Fetch} fetch
 * @property {string | undefined} apiKey
 * @property {number} openTimeoutMs timeout of each step of the handshake
 * @property {number} replyTimeoutMs timeout of a server that owes a reply and sends nothing; 0 disables it
 */
/**
 * @typedef {object} ConnectionHandlers
 * @property {(message: ServerMessage) => void} onMessage
 * @property {(error: SessionError) => void} onClose called once, except after `close()`
 * @property {() => {awaitingReply: boolean, endSent: boolean}} getPending returns what the server still has to answer
 */

export class Connection {
  #address;
  #options;
  #handlers;
  /** @type {Socket | null} null once the connection is over */
  #socket = null;
  #opened = false;
  #started = false;
  /** @type {ErrorMessage | null} */
  #fatalError = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #awaitsReply = false;
  #refusalRequest = new AbortController();

  /**
   * @param {URL} address
   * @param {StartMessage} start
   * @param {ConnectionOptions} options
   * @param {ConnectionHandlers} handlers
   */
  constructor(address, start, options, handlers) {
    this.#address = address;
    this.#options = options;
    this.#handlers = handlers;
    try {
      const socket = new options.WebSocket(address.href, [SUBPROTOCOL, ...keySubprotocols(options.apiKey)]);
      this.#socket = socket;
      socket.onopen = () => this.#sendStart(socket, start);
      socket.onmessage = ({ data }) => this.#receive(data);
      socket.onclose = ({ code, reason }) => this.#handleClose(code, reason);
      socket.onerror = () => {}; // carries no information, and a close event follows
      this.#setTimer(options.openTimeoutMs, () => this.#diagnoseRefusal());
    } catch (error) {
      // For example, a page loaded over HTTPS may not connect to a ws:// URL.
      const reason = error instanceof Error ? error.message : String(error);
      const failure = new SessionError("unreachable", `Could not connect to ${displayUrl(address)}: ${reason}`);
      queueMicrotask(() => this.#handlers.onClose(failure));
    }
  }

  /** Bytes that the socket has accepted and not sent yet. */
  get bufferedBytes() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Whether audio and requests may be sent. */
  get ready() {
    return this.#started && this.#fatalError === null && this.#socket !== null;
  }

  /** @param {string | Uint8Array} frame */
  send(frame) {
    this.#socket?.send(frame);
    this.#startReplyTimer();
  }

  /**
   * Close the connection. No handler is called afterwards.
   * @param {number} code 1000 ends the session; with any other code it can be resumed
   */
  close(code) {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timer);
    this.#refusalRequest.abort();
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  /** @param {Socket} socket @param {StartMessage} start */
  #sendStart(socket, start) {
    this.#opened = true;
    if (socket.protocol !== SUBPROTOCOL) {
      const message = `The server at ${displayUrl(this.#address)} does not support ${SUBPROTOCOL}.`;
      return this.#fail(new SessionError("unreachable", message), 4400);
    }
    socket.send(encode("start", start));
    this.#setTimer(this.#options.openTimeoutMs, () => {
      const message = `The server did not answer 'start' within ${this.#options.openTimeoutMs / 1000} s.`;
      this.#fail(new SessionError("unreachable", message), 4408);
    });
  }

  /** @param {unknown} data */
  #receive(data) {
    if (this.#socket === null || this.#fatalError !== null) return;
    /** @type {ServerMessage} */
    let message;
    try {
      if (typeof data !== "string") throw unexpected("a binary frame");
      message = decode(data);
      this.#checkOrder(message);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return this.#fail(error, 4400);
    }
    this.#stopReplyTimer();
    if (message.type === "error" && message.fatal) {
      this.#fatalError = message;
      this.#setTimer(CLOSE_TIMEOUT_MS, () => this.#handleClose(undefined, ""));
    }
    this.#handlers.onMessage(message);
    if (this.#handlers.getPending().awaitingReply) this.#startReplyTimer();
  }

  /** Check that the server may send this message now. Unknown types are always allowed. @param {ServerMessage} message */
  #checkOrder({ type }) {
    if (!this.#started && AFTER_STARTED.has(type)) throw unexpected(`'${type}' before 'started'`);
    if (type === "ended" && !this.#handlers.getPending().endSent) throw unexpected("'ended' before 'end'");
    if (type !== "started") return;
    if (this.#started) throw unexpected("'started' twice");
    this.#started = true;
  }

  /** @param {number | undefined} code @param {string} reason */
  #handleClose(code, reason) {
    if (this.#fatalError !== null) {
      const { code: name, message, param, retry_after_ms } = this.#fatalError;
      this.#fail(new SessionError(name, message, { param, closeCode: code, retryAfterMs: retry_after_ms }), 1000);
    } else if (!this.#opened) {
      this.#diagnoseRefusal();
    } else {
      const message =
        code === 4409
          ? "Another client has taken over the session (close code 4409)."
          : `The connection to the server was lost (close code ${code}${reason ? `, ${reason}` : ""}).`;
      this.#fail(new SessionError("lost", message, { closeCode: code }), 1000);
    }
  }

  /** The WebSocket did not open: find out why over HTTP. */
  #diagnoseRefusal() {
    const { fetch, apiKey, openTimeoutMs } = this.#options;
    const { signal } = this.#refusalRequest;
    this.#setTimer(openTimeoutMs, () => this.#refusalRequest.abort());
    this.#abandonSocket();
    void fetchRefusal(this.#address, { fetch, apiKey, signal }).then((error) => {
      if (this.#socket !== null) this.#fail(error, 1000);
    });
  }

  /** Stop listening to a socket that did not open, which may not report a failure for minutes. */
  #abandonSocket() {
    const socket = this.#socket;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {SessionError} error @param {number} code the close code, if the socket is still open */
  #fail(error, code) {
    if (this.#socket === null) return;
    this.close(code);
    this.#handlers.onClose(error);
  }

  // --- timeouts: browsers cannot send pings, so a dead connection shows only as a reply that does not arrive ------------

  #startReplyTimer() {
    const { replyTimeoutMs } = this.#options;
    if (this.#awaitsReply || this.#socket === null || this.#fatalError !== null || replyTimeoutMs <= 0) return;
    this.#awaitsReply = true;
    this.#setTimer(replyTimeoutMs, () => {
      const message = `The connection to the server was lost (no reply for ${replyTimeoutMs / 1000} s).`;
      this.#fail(new SessionError("lost", message, { closeCode: 1006 }), 4408);
    });
  }

  #stopReplyTimer() {
    this.#awaitsReply = false;
    if (this.#started) clearTimeout(this.#timer);
  }

  /** Replace the current timer. @param {number} ms @param {() => void} callback */
  #setTimer(ms, callback) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, ms);
  }
}

/** @param {string} message */
function unexpected(message) {
  return protocolError("unexpected_message", `it sent ${message}`);
}
