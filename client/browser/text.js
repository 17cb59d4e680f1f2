/** Cleans text for display. */

// Controls that change the direction of the text after them.
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SPACE = /\p{White_Space}+/u;

/**
 * Return `text` on one line, without control characters and with white space collapsed.
 * @param {string} text
 */
export function singleLine(text) {
  const printable = text.replaceAll(BIDI_CONTROLS, "").replaceAll(CONTROL, " ");
  return printable.split(SPACE).filter(Boolean).join(" ");
}
