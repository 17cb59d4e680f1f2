/** One WebSocket, from its opening to its end: says `start`, hands on what comes, tells once how it ended. */
import { SessionError } from "./errors.js";
import type { Fetch } from "./address.js";
import type { ServerMessage, StartMessage } from "./messages.js";
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
     * how long each step of the opening may take
     */
    openMs: number;
    /**
     * how long the server may be silent while it owes a word; 0: for ever
     */
    silenceMs: number;
};
export type Handlers = {
    hear: (message: ServerMessage) => void;
    /**
     * called once, unless this side has left
     */
    gone: (error: SessionError) => void;
    /**
     * what the server still has to say
     */
    expects: () => {
        owed: boolean;
        endSent: boolean;
    };
};
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
export declare class Connection {
    #private;
    /**
     * @param {URL} address
     * @param {StartMessage} start
     * @param {ConnectionOptions} options
     * @param {Handlers} handlers
     */
    constructor(address: URL, start: StartMessage, options: ConnectionOptions, handlers: Handlers);
    /** Bytes that were handed over and are not on their way yet. */
    get buffered(): number;
    /** Whether audio may be sent. */
    get ready(): boolean;
    /** @param {string | Uint8Array} frame */
    send(frame: string | Uint8Array): void;
    /**
     * Leave. Nothing is told any more.
     *
     * 1000 says that nobody will come back; any other code leaves the session waiting for its client.
     * @param {number} code
     */
    leave(code: number): void;
}
