/**
 * What a client has to know to go on after a cut: which audio to keep, what to ask for, what it has heard already.
 *
 * Pure: no clock, no socket. `client` puts it to work. The rules are those of docs/protocol.md, "Going on after a cut".
 */
import type { SessionError } from "./errors.js";
import type { AudioFormat, ServerMessage, StartMessage, Update } from "./messages.js";
/**
 * Whether what ended a connection leaves hope that the session goes on over another one.
 * @param {SessionError} error
 */
export declare function canResume(error: SessionError): boolean;
/**
 * Whether an attempt to come back may be followed by another one.
 * @param {SessionError} error
 */
export declare function canTryAgain(error: SessionError): boolean;
/**
 * Bytes of one sample: of all its channels.
 * @param {AudioFormat} audio
 */
export declare function sampleBytes(audio: AudioFormat): number;
/**
 * Whether `samples` more keep what is sent within `most` samples of what is committed.
 *
 * A piece larger than that passes when nothing is outstanding: otherwise it never could.
 * @param {number} samples
 * @param {number} sent
 * @param {number} committed
 * @param {number} most
 */
export declare function maySend(samples: number, sent: number, committed: number, most: number): boolean;
/** The audio that may be asked for again: what was taken and is not committed, by position in samples. */
export declare class Tail {
    #private;
    /** The first sample that is kept. */
    begin: number;
    /** Behind the last sample. */
    end: number;
    /** @param {number} sampleBytes */
    constructor(sampleBytes: number);
    /**
     * Keep whole samples that follow. The bytes are not copied: they must not change any more.
     * @param {Uint8Array} bytes
     */
    append(bytes: Uint8Array): void;
    /**
     * Forget what lies before a position.
     * @param {number} position
     */
    trim(position: number): void;
    /**
     * Audio from a position on: at least one sample, at most `samples`, none at the end.
     * @param {number} position
     * @param {number} samples
     * @throws {RangeError} where the position is not kept
     */
    read(position: number, samples: number): Uint8Array<ArrayBufferLike>;
}
/** The state of a session as its client knows it, over all its connections. */
export declare class Recovery {
    #private;
    tail: Tail;
    /** Samples before which all is final, and whose entities have come where some were asked for. */
    committed: number;
    /** Finals that have come. */
    finals: number;
    /**
     * @param {StartMessage} start
     * @param {AudioFormat} audio
     */
    constructor(start: StartMessage, audio: AudioFormat);
    /** The session's id, once there is one. */
    get sessionId(): string | null;
    /**
     * How the next connection begins.
     * @returns {StartMessage}
     */
    start(): StartMessage;
    /**
     * An update is in force: it holds for the connections to come.
     * @param {Update} update
     */
    change(update: Update): void;
    /**
     * Take in a message; false where it says nothing new and is to be kept from the program.
     * @param {ServerMessage} message
     */
    hear(message: ServerMessage): boolean;
}
