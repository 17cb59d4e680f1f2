/** What the server has to offer. */

const AGAIN_MS = 3000;

/**
 * A model as `/v1/models` lists it.
 * @typedef {object} Model
 * @property {string} id
 * @property {boolean} default whether it is for those who choose none
 * @property {string[]} languages
 */
/**
 * @typedef {object} Offer
 * @property {string} version
 * @property {Model[]} models
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
    const ask = (/** @type {string} */ path) => fetch(new URL(path, document.baseURI), { headers });
    const [answer, list] = await Promise.all([ask("page/offer.json"), ask("v1/models")]).catch(() => []);
    if (answer?.ok && list?.ok) return { ...(await answer.json()), models: (await list.json()).data };
    if (answer?.status === 401) return null;
    onState(answer ? "loading" : "unreachable");
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
