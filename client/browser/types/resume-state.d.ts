/**
 * What a client must know to resume a session: the audio to replay, the request to send, the messages already received.
 *
 * No clock, no socket: `Session` drives it. docs/protocol.md defines the rules.
 */
import { ReplayBuffer } from "./replay-buffer.js";
import type { AudioFormat, ServerMessage, StartMessage, Update } from "./messages.js";
/** @import {AudioFormat, Final, ServerMessage, Started, StartMessage, Update} from "./messages.js" */
/** The state of a session across its connections. */
export declare class ResumeState {
    #private;
    buffer: ReplayBuffer;
    /** The position before which all audio is final, including its entities if they were requested. */
    committed: number;
    /** Number of finals received. */
    finalCount: number;
    /**
     * @param {StartMessage} start
     * @param {AudioFormat} audio
     */
    constructor(start: StartMessage, audio: AudioFormat);
    /** The session id; `null` before the first `started`. */
    get sessionId(): string | null;
    /**
     * Return the `start` message for the next connection.
     * @returns {StartMessage}
     */
    startMessage(): StartMessage;
    /**
     * Apply an update that the server has accepted, so that the next connections start with it.
     * @param {Update} update
     */
    applyUpdate(update: Update): void;
    /**
     * Apply a message.
     * @param {ServerMessage} message
     * @returns {boolean} false if the message repeats something already received, so that the program must not see it
     */
    apply(message: ServerMessage): boolean;
}
