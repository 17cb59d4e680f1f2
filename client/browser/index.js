/** The browser client of Theresa: resumable sessions, transcripts and the microphone. No dependencies. */

export { MicrophoneError, SessionError } from "./errors.js";
export { Microphone } from "./microphone.js";
export { Session } from "./session.js";
export { plainText, srt, vtt } from "./subtitles.js";
export { Transcript } from "./transcript.js";
