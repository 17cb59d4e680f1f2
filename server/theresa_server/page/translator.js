/** Translates the page into the user's language. */

import { TRANSLATIONS } from "./translations.js";

/** @typedef {import("./translations.js").PageLanguage} PageLanguage */
/** @typedef {import("./translations.js").TextKey} TextKey */

const STORAGE_KEY = "theresa.interface";
const TAKEN_OVER = 4409; // the close code of a session that another client has resumed
const ERROR_PREFIXES = { MicrophoneError: "microphone", SessionError: "session", AudioFileError: "file" };

export class Translator {
  /** The language of the page: the user's choice, or else the browser's. @type {PageLanguage} */
  language = /^zh/i.test(localStorage.getItem(STORAGE_KEY) ?? navigator.language) ? "zh" : "en";

  /** Switch to the other language and remember the choice. */
  toggle() {
    this.language = this.other;
    localStorage.setItem(STORAGE_KEY, this.language);
  }

  /** The language that `toggle` switches to. @returns {PageLanguage} */
  get other() {
    return this.language === "zh" ? "en" : "zh";
  }

  /**
   * Return a text with each `{name}` replaced by its value.
   * @param {TextKey} key
   * @param {Record<string, string | number>} [values]
   */
  text(key, values = {}) {
    return TRANSLATIONS[this.language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /**
   * Describe an error to the user: translated where a translation exists, otherwise its own message.
   * @param {{ name: string, code: string, message: string, closeCode?: number, file?: string }} error
   */
  errorText({ name, code, message, closeCode, file = "" }) {
    const prefix = ERROR_PREFIXES[/** @type {keyof typeof ERROR_PREFIXES} */ (name)];
    const key = `${prefix}.${closeCode === TAKEN_OVER ? "takenOver" : code}`;
    return isTextKey(key) ? this.text(key, { name: file }) : message;
  }

  /** Return the heading for entities with a label. Labels defined by the server have no translation. @param {string} label */
  labelName(label) {
    const key = `label.${label}`;
    return isTextKey(key) ? this.text(key) : label;
  }

  /** Return the name of a spoken language. @param {string} code */
  languageName(code) {
    try {
      return new Intl.DisplayNames([this.language], { type: "language" }).of(code) ?? code;
    } catch {
      return code;
    }
  }

  /** Give an element a text that follows the language of the page. @param {HTMLElement} element @param {TextKey} key */
  setText(element, key) {
    element.dataset.text = key;
    element.textContent = this.text(key);
  }

  /**
   * Translate every element with a `data-text` (its content) or a `data-aria-label` (its accessible name).
   * @param {Document} document
   */
  apply(document) {
    document.documentElement.lang = this.language === "zh" ? "zh-Hans" : "en";
    for (const element of document.querySelectorAll("[data-text]")) {
      element.textContent = this.text(/** @type {TextKey} */ (element.getAttribute("data-text")));
    }
    for (const element of document.querySelectorAll("[data-aria-label]")) {
      element.setAttribute("aria-label", this.text(/** @type {TextKey} */ (element.getAttribute("data-aria-label"))));
    }
  }
}

/** @param {string} key @returns {key is TextKey} */
function isTextKey(key) {
  return key in TRANSLATIONS.en;
}
