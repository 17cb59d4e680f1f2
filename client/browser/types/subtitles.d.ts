/** A transcript as the text of a file: SubRip, WebVTT, plain text. Segments that say nothing are left out. */
export type Cue = {
    text: string;
    startMs: number;
    endMs: number;
};
/** @typedef {{text: string, startMs: number, endMs: number}} Cue what is needed of a segment */
/**
 * SubRip: numbered cues, times with a comma.
 * @param {readonly Cue[]} segments
 */
export declare function srt(segments: readonly Cue[]): string;
/**
 * WebVTT (https://www.w3.org/TR/webvtt1/): times with a point; `&`, `<` and `>` are escaped.
 * @param {readonly Cue[]} segments
 */
export declare function vtt(segments: readonly Cue[]): string;
/**
 * One line for each segment.
 * @param {readonly Cue[]} segments
 */
export declare function plainText(segments: readonly Cue[]): string;
