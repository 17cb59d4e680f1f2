/** What a person takes away: the transcript as text, as subtitles, or with all that is known of it. */

import { plainText, srt } from "./client/index.js";

/** @typedef {import("./run.js").Run} Run */

/** The finals of all runs, one recording behind the other. @param {Run[]} runs */
function finals(runs) {
  return runs.flatMap(({ transcript, offsetMs }) =>
    transcript.finals.map((segment) => ({
      ...segment,
      startMs: segment.startMs + offsetMs,
      endMs: segment.endMs + offsetMs,
    })),
  );
}

/** @param {Run[]} runs */
export const asText = (runs) => plainText(finals(runs));

/** @type {Record<string, { kind: string, render: (runs: Run[]) => string }>} */
const FORMATS = {
  txt: { kind: "text/plain", render: asText },
  srt: { kind: "application/x-subrip", render: (runs) => srt(finals(runs)) },
  json: { kind: "application/json", render: (runs) => `${JSON.stringify(finals(runs).map(plain), null, 2)}\n` },
};

/** Have the browser save a file. @param {string} format @param {Run[]} runs */
export function download(format, runs) {
  const { kind, render } = FORMATS[format];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([render(runs)], { type: `${kind};charset=utf-8` }));
  link.download = `theresa-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
}

/** A segment with the names that the protocol has. @param {import("./client/transcript.js").Segment} segment */
function plain({ text, startMs, endMs, language, confidence, entities }) {
  return {
    start_ms: startMs,
    end_ms: endMs,
    language,
    text,
    confidence,
    entities: entities.map(({ id, label, text: said, from, to }) => ({ id, label, text: said, from, to })),
  };
}
