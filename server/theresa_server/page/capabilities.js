/** What the server offers: models, languages, entity recognition. */

const RETRY_MS = 3000;

/**
 * A model as listed by `/v1/models`.
 * @typedef {object} Model
 * @property {string} id
 * @property {boolean} default whether it is used when no model is chosen
 * @property {string[]} languages
 * @property {boolean} demo whether it understands only a small vocabulary
 */
/**
 * @typedef {object} Capabilities
 * @property {string} version
 * @property {Model[]} models
 * @property {string | null} language the server's default language; `null` if it detects the language
 * @property {boolean} entities
 */

/**
 * Fetch the server's capabilities, retrying until the server is ready.
 * @param {string | undefined} key
 * @param {(state: "loading" | "unreachable") => void} onState called before each retry
 * @returns {Promise<Capabilities | null>} `null` if the server requires an API key and `key` is missing or wrong
 */
export async function fetchCapabilities(key, onState) {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) return null; // not a valid header value, so it cannot be right
  const headers = key === undefined ? undefined : { Authorization: `Bearer ${key}` };
  for (;;) {
    const get = (/** @type {string} */ path) => fetch(new URL(path, document.baseURI), { headers });
    const [offer, models] = await Promise.all([get("page/offer.json"), get("v1/models")]).catch(() => []);
    if (offer?.ok && models?.ok) return { ...(await offer.json()), models: (await models.json()).data };
    if (offer?.status === 401) return null;
    onState(offer ? "loading" : "unreachable");
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
