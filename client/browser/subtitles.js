/** A transcript as the text of a file: SubRip, WebVTT, plain text. Segments that say nothing are left out. */

import { line } from "./text.js";

/** @typedef {{text: string, startMs: number, endMs: number}} Cue what is needed of a segment */

/**
 * SubRip: numbered cues, times with a comma.
 * @param {readonly Cue[]} segments
 */
export function srt(segments) {
  return spoken(segments)
    .map(([text, cue], index) => `${index + 1}\n${span(cue, ",")}\n${text}\n`)
    .join("\n");
}

/**
 * WebVTT (https://www.w3.org/TR/webvtt1/): times with a point; `&`, `<` and `>` are escaped.
 * @param {readonly Cue[]} segments
 */
export function vtt(segments) {
  const cues = spoken(segments).map(([text, cue]) => `${span(cue, ".")}\n${escaped(text)}\n`);
  return ["WEBVTT\n", ...cues].join("\n");
}

/**
 * One line for each segment.
 * @param {readonly Cue[]} segments
 */
export function plainText(segments) {
  return spoken(segments)
    .map(([text]) => `${text}\n`)
    .join("");
}

/**
 * @param {readonly Cue[]} segments
 * @returns {[string, Cue][]}
 */
function spoken(segments) {
  return segments.map((cue) => /** @type {[string, Cue]} */ ([line(cue.text), cue])).filter(([text]) => text !== "");
}

/** @param {Cue} cue @param {string} separator */
function span({ startMs, endMs }, separator) {
  const end = Math.max(endMs, startMs + 1); // a cue that takes no time is not valid
  return `${timestamp(startMs, separator)} --> ${timestamp(end, separator)}`;
}

/**
 * `00:01:02.345`: hours, minutes, seconds, milliseconds.
 * @param {number} milliseconds
 * @param {string} separator
 */
function timestamp(milliseconds, separator) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${clock}${separator}${String(milliseconds % 1000).padStart(3, "0")}`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
