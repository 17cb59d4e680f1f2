/** One WebSocket, from its opening to its end: says `start`, hands on what comes, tells once how it ended. */

import { keyProtocol, shown, whyRefused } from "./address.js";
import { SessionError } from "./errors.js";
import { decode, encode, SUBPROTOCOL } from "./messages.js";

/** @import {Fetch} from "./address.js" */
/** @import {ErrorMessage, ServerMessage, StartMessage} from "./messages.js" */

const CLOSE_MS = 5_000; // how long a server that has failed may take to close
const IN_SESSION = new Set(["speech", "partial", "final", "entities", "ack", "flushed", "updated", "stats", "warning"]);

/**
 * What a session needs of a `WebSocket`: a browser's, or one that behaves like it.
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
 * @property {number} openMs how long each step of the opening may take
 * @property {number} silenceMs how long the server may be silent while it owes a word; 0: for ever
 */
/**
 * @typedef {object} Handlers
 * @property {(message: ServerMessage) => void} hear
 * @property {(error: SessionError) => void} gone called once, unless this side has left
 * @property {() => {owed: boolean, endSent: boolean}} expects what the server still has to say
 */

export class Connection {
  #address;
  #options;
  #handlers;
  /** @type {Socket | null} null once it is over */
  #socket = null;
  #opened = false;
  #started = false;
  /** @type {ErrorMessage | null} */
  #fatal = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #watching = false;
  #asking = new AbortController();

  /**
   * @param {URL} address
   * @param {StartMessage} start
   * @param {ConnectionOptions} options
   * @param {Handlers} handlers
   */
  constructor(address, start, options, handlers) {
    this.#address = address;
    this.#options = options;
    this.#handlers = handlers;
    try {
      const socket = new options.WebSocket(address.href, [SUBPROTOCOL, ...keyProtocol(options.apiKey)]);
      this.#socket = socket;
      socket.onopen = () => this.#begin(socket, start);
      socket.onmessage = ({ data }) => this.#receive(data);
      socket.onclose = ({ code, reason }) => this.#closed(code, reason);
      socket.onerror = () => {}; // it says nothing, and the close follows
      this.#limit(options.openMs, () => this.#refused());
    } catch (error) {
      // A page of https may not connect with ws, for one.
      const why = error instanceof Error ? error.message : String(error);
      const failure = new SessionError("unreachable", `No connection to ${shown(address)} can be made: ${why}`);
      queueMicrotask(() => this.#handlers.gone(failure));
    }
  }

  /** Bytes that were handed over and are not on their way yet. */
  get buffered() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Whether audio may be sent. */
  get ready() {
    return this.#started && this.#fatal === null && this.#socket !== null;
  }

  /** @param {string | Uint8Array} frame */
  send(frame) {
    this.#socket?.send(frame);
    this.#watch();
  }

  /**
   * Leave. Nothing is told any more.
   *
   * 1000 says that nobody will come back; any other code leaves the session waiting for its client.
   * @param {number} code
   */
  leave(code) {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timer);
    this.#asking.abort();
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  /** @param {Socket} socket @param {StartMessage} start */
  #begin(socket, start) {
    this.#opened = true;
    if (socket.protocol !== SUBPROTOCOL) {
      const message = `What answers at ${shown(this.#address)} does not speak ${SUBPROTOCOL}.`;
      return this.#end(new SessionError("unreachable", message), 4400);
    }
    socket.send(encode("start", start));
    this.#limit(this.#options.openMs, () => {
      const message = `The server did not answer 'start' within ${this.#options.openMs / 1000} s.`;
      this.#end(new SessionError("unreachable", message), 4408);
    });
  }

  /** @param {unknown} data */
  #receive(data) {
    if (this.#socket === null || this.#fatal !== null) return;
    /** @type {ServerMessage} */
    let message;
    try {
      if (typeof data !== "string") throw unexpected("a binary frame");
      message = decode(data);
      this.#check(message);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return this.#end(error, 4400);
    }
    this.#rest();
    if (message.type === "error" && message.fatal) {
      this.#fatal = message;
      this.#limit(CLOSE_MS, () => this.#closed(undefined, ""));
    }
    this.#handlers.hear(message);
    if (this.#handlers.expects().owed) this.#watch();
  }

  /** Who may say what, when; types that are not known pass. @param {ServerMessage} message */
  #check({ type }) {
    if (!this.#started && IN_SESSION.has(type)) throw unexpected(`'${type}' before 'started'`);
    if (type === "ended" && !this.#handlers.expects().endSent) throw unexpected("'ended' before 'end'");
    if (type !== "started") return;
    if (this.#started) throw unexpected("'started' twice");
    this.#started = true;
  }

  /** @param {number | undefined} code @param {string} reason */
  #closed(code, reason) {
    if (this.#fatal !== null) {
      const { code: name, message, param, retry_after_ms } = this.#fatal;
      this.#end(new SessionError(name, message, { param, closeCode: code, retryAfterMs: retry_after_ms }), 1000);
    } else if (!this.#opened) {
      this.#refused();
    } else {
      const message =
        code === 4409
          ? "The session goes on over another connection (close code 4409)."
          : `The connection to the server was lost (close code ${code}${reason ? `, ${reason}` : ""}).`;
      this.#end(new SessionError("lost", message, { closeCode: code }), 1000);
    }
  }

  /** The WebSocket did not open: ask why, over HTTP. */
  #refused() {
    const { fetch, apiKey, openMs } = this.#options;
    const { signal } = this.#asking;
    this.#limit(openMs, () => this.#asking.abort());
    this.#abandon();
    void whyRefused(this.#address, { fetch, apiKey, signal }).then((error) => {
      if (this.#socket !== null) this.#end(error, 1000);
    });
  }

  /** The socket is of no use any more, though it may take minutes to notice. */
  #abandon() {
    const socket = this.#socket;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {SessionError} error @param {number} code to close with, where it is still open */
  #end(error, code) {
    if (this.#socket === null) return;
    this.leave(code);
    this.#handlers.gone(error);
  }

  // --- the watch: browsers have no pings, so a line that has died is known by a server that does not answer ----------

  #watch() {
    if (this.#watching || this.#socket === null || this.#fatal !== null || this.#options.silenceMs <= 0) return;
    this.#watching = true;
    this.#limit(this.#options.silenceMs, () => {
      const message = `The connection to the server was lost (nothing was heard for ${this.#options.silenceMs / 1000} s).`;
      this.#end(new SessionError("lost", message, { closeCode: 1006 }), 4408);
    });
  }

  #rest() {
    this.#watching = false;
    if (this.#started) clearTimeout(this.#timer);
  }

  /** @param {number} ms @param {() => void} then */
  #limit(ms, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }
}

/** @param {string} what */
function unexpected(what) {
  return new SessionError("unexpected_message", `The server broke the protocol: it sent ${what}.`);
}
