/** Text as a person meets it: nothing that steers what it is written to. */
/**
 * `text` on one line, without control characters and with single spaces.
 * @param {string} text
 */
export declare function line(text: string): string;
