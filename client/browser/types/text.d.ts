/** Cleans text for display. */
/**
 * Return `text` on one line, without control characters and with white space collapsed.
 * @param {string} text
 */
export declare function singleLine(text: string): string;
