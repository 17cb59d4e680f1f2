/** Text as a person meets it: nothing that steers what it is written to. */

// The controls that turn the direction of what follows around.
const BIDI_OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SPACE = /\p{White_Space}+/u;

/**
 * `text` on one line, without control characters and with single spaces.
 * @param {string} text
 */
export function line(text) {
  const printable = text.replaceAll(BIDI_OVERRIDES, "").replaceAll(CONTROL, " ");
  return printable.split(SPACE).filter(Boolean).join(" ");
}
