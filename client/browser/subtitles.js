/** Renders a transcript as SubRip, WebVTT or plain text. Segments without text are skipped. */

import { singleLine } from "./text.js";

/** @typedef {{text: string, startMs: number, endMs: number}} Cue the fields of a segment that are rendered */

/**
 * Render segments as SubRip.
 * @param {readonly Cue[]} segments
 */
export function srt(segments) {
  return withText(segments)
    .map(([text, cue], index) => `${index + 1}\n${timing(cue, ",")}\n${text}\n`)
    .join("\n");
}

/**
 * Render segments as WebVTT (https://www.w3.org/TR/webvtt1/).
 * @param {readonly Cue[]} segments
 */
export function vtt(segments) {
  const cues = withText(segments).map(([text, cue]) => `${timing(cue, ".")}\n${escape(text)}\n`);
  return ["WEBVTT\n", ...cues].join("\n");
}

/**
 * Render segments as plain text, one line each.
 * @param {readonly Cue[]} segments
 */
export function plainText(segments) {
  return withText(segments)
    .map(([text]) => `${text}\n`)
    .join("");
}

/**
 * @param {readonly Cue[]} segments
 * @returns {[string, Cue][]}
 */
function withText(segments) {
  return segments.map((cue) => /** @type {[string, Cue]} */ ([singleLine(cue.text), cue])).filter(([text]) => text !== "");
}

/** @param {Cue} cue @param {string} separator */
function timing({ startMs, endMs }, separator) {
  const end = Math.max(endMs, startMs + 1); // an empty cue is invalid
  return `${timestamp(startMs, separator)} --> ${timestamp(end, separator)}`;
}

/**
 * Format a time as `00:01:02.345`.
 * @param {number} milliseconds
 * @param {string} separator
 */
function timestamp(milliseconds, separator) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const time = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${time}${separator}${String(milliseconds % 1000).padStart(3, "0")}`;
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
