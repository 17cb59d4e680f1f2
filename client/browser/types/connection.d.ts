/** One WebSocket connection: sends `start`, delivers the server's messages, and reports once how the connection ended. */
import { SessionError } from "./errors.js";
import type { ServerMessage, StartMessage } from "./messages.js";
import type { Fetch } from "./refusal.js";
export type Socket = {
    bufferedAmount: number;
    protocol: string;
    onopen: ((event: any) => void) | null;
    onmessage: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    send: (data: any) => void;
    close: (code?: number, reason?: string) => void;
};
export type SocketClass = new (url: string, protocols: string[]) => Socket;
export type ConnectionOptions = {
    WebSocket: SocketClass;
    fetch: Fetch;
    apiKey: string | undefined;
    /**
     * timeout of each step of the handshake
     */
    openTimeoutMs: number;
    /**
     * timeout of a server that owes a reply and sends nothing; 0 disables it
     */
    replyTimeoutMs: number;
};
export type ConnectionHandlers = {
    onMessage: (message: ServerMessage) => void;
    /**
     * called once, except after `close()`
     */
    onClose: (error: SessionError) => void;
    /**
     * returns what the server still has to answer
     */
    getPending: () => {
        awaitingReply: boolean;
        endSent: boolean;
    };
};
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
export declare class Connection {
    #private;
    /**
     * @param {URL} address
     * @param {StartMessage} start
     * @param {ConnectionOptions} options
     * @param {ConnectionHandlers} handlers
     */
    constructor(address: URL, start: StartMessage, options: ConnectionOptions, handlers: ConnectionHandlers);
    /** Bytes that the socket has accepted and not sent yet. */
    get bufferedBytes(): number;
    /** Whether audio and requests may be sent. */
    get ready(): boolean;
    /** @param {string | Uint8Array} frame */
    send(frame: string | Uint8Array): void;
    /**
     * Close the connection. No handler is called afterwards.
     * @param {number} code 1000 ends the session; with any other code it can be resumed
     */
    close(code: number): void;
}
