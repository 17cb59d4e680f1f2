/** Exports the transcript: as text, as subtitles, or as JSON with every field. */

import { plainText, srt } from "./client/index.js";

/** @typedef {import("./transcription.js").Transcription} Transcription */

/** Return the finals of all transcriptions, on one time line. @param {Transcription[]} transcriptions */
function finals(transcriptions) {
  return transcriptions.flatMap(({ transcript, offsetMs }) =>
    transcript.finals.map((segment) => ({
      ...segment,
      startMs: segment.startMs + offsetMs,
      endMs: segment.endMs + offsetMs,
    })),
  );
}

/** Return the transcript as plain text. @param {Transcription[]} transcriptions */
export const asText = (transcriptions) => plainText(finals(transcriptions));

/** @param {Transcription[]} transcriptions */
const asJson = (transcriptions) => `${JSON.stringify(finals(transcriptions).map(jsonSegment), null, 2)}\n`;

/** @type {Record<string, { mediaType: string, render: (transcriptions: Transcription[]) => string }>} */
const FORMATS = {
  txt: { mediaType: "text/plain", render: asText },
  srt: { mediaType: "application/x-subrip", render: (transcriptions) => srt(finals(transcriptions)) },
  json: { mediaType: "application/json", render: asJson },
};

/** Download the transcript as a file. @param {string} format @param {Transcription[]} transcriptions */
export function download(format, transcriptions) {
  const { mediaType, render } = FORMATS[format];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([render(transcriptions)], { type: `${mediaType};charset=utf-8` }));
  link.download = `theresa-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
}

/** Return a segment with the protocol's field names. @param {import("./client/transcript.js").Segment} segment */
function jsonSegment({ text, startMs, endMs, language, confidence, entities }) {
  return {
    start_ms: startMs,
    end_ms: endMs,
    language,
    text,
    confidence,
    entities: entities.map(({ id, label, text, from, to }) => ({ id, label, text, from, to })),
  };
}
