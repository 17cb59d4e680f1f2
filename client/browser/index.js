/** The browser's client of Theresa: a session that survives cuts, its transcript, the microphone. No dependencies. */

export { Session, SessionError } from "./client.js";
export { Microphone, MicrophoneError } from "./microphone.js";
export { plainText, srt, vtt } from "./subtitles.js";
export { Transcript } from "./transcript.js";
