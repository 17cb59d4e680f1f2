/** What the server has to offer. */

const AGAIN_MS = 3000;

/**
 * @typedef {object} Offer
 * @property {string} version
 * @property {string} model
 * @property {string[]} languages
 * @property {string | null} language what it takes for granted where none is chosen; null: it detects it
 * @property {boolean} entities
 */

/**
 * Ask again and again until the server is there and ready. Null: it wants a key, or another one than `key`.
 * @param {string | undefined} key @param {(state: "loading" | "unreachable") => void} onState
 * @returns {Promise<Offer | null>}
 */
export async function askOffer(key, onState) {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) return null; // no header can hold it, so it is none of the server's
  const headers = key === undefined ? undefined : { Authorization: `Bearer ${key}` };
  for (;;) {
    const answer = await fetch(new URL("page/offer.json", document.baseURI), { headers }).catch(() => null);
    if (answer?.ok) return answer.json();
    if (answer?.status === 401) return null;
    onState(answer ? "loading" : "unreachable");
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
