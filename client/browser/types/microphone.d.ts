/** The microphone, as frames of 16-bit PCM. */
import { MicrophoneError } from "./errors.js";
import type { Capture, MicrophoneOptions } from "./capture.js";
/** An open microphone. Create it with `Microphone.open`. */
export declare class Microphone {
    #private;
    /** Receives each frame, which the receiver may keep. Assign it right after `open`. @type {(frame: Int16Array) => void} */
    onFrame: (frame: Int16Array) => void;
    /** Called once if the device is disconnected. @type {(error: MicrophoneError) => void} */
    onEnded: (error: MicrophoneError) => void;
    /** While true, frames are silent. */
    muted: boolean;
    /**
     * Use `Microphone.open` instead.
     * @param {Capture} capture
     */
    constructor({ stream, context, node }: Capture);
    /**
     * Request access to the microphone and open it.
     * @param {MicrophoneOptions} [options]
     * @returns {Promise<Microphone>}
     * @throws {MicrophoneError}
     */
    static open(options?: MicrophoneOptions): Promise<Microphone>;
    /**
     * List the microphones. Browsers hide their names until the page has access to one.
     * @returns {Promise<{id: string, label: string}[]>}
     */
    static devices(): Promise<{
        id: string;
        label: string;
    }[]>;
    /** The sample rate of the frames, which may differ from the requested one. */
    get rate(): number;
    /** The name of the device. */
    get label(): string;
    /** The peak level since the property was last read, from 0 to 1. */
    get level(): number;
    /** Release the device. An incomplete last frame is delivered first. */
    close(): Promise<void>;
}
