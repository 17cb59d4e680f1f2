/** Renders a transcript as SubRip, WebVTT or plain text. Segments without text are skipped. */
export type Cue = {
    text: string;
    startMs: number;
    endMs: number;
};
/** @typedef {{text: string, startMs: number, endMs: number}} Cue the fields of a segment that are rendered */
/**
 * Render segments as SubRip.
 * @param {readonly Cue[]} segments
 */
export declare function srt(segments: readonly Cue[]): string;
/**
 * Render segments as WebVTT (https://www.w3.org/TR/webvtt1/).
 * @param {readonly Cue[]} segments
 */
export declare function vtt(segments: readonly Cue[]): string;
/**
 * Render segments as plain text, one line each.
 * @param {readonly Cue[]} segments
 */
export declare function plainText(segments: readonly Cue[]): string;
