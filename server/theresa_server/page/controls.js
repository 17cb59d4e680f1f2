/** The buttons, lists and forms of the page. */

import { acceptDrops } from "./drop-zone.js";
import { byId, setOptions } from "./elements.js";

/** @typedef {import("./capabilities.js").Capabilities} Capabilities */

/** The controls that are enabled only while the page is idle. */
const IDLE_CONTROLS = ["start", "open-file", "device", "model", "language"];

export class Controls {
  /** Callbacks, assigned by the page. */
  onStart = () => {};
  onMute = (/** @type {boolean} */ _muted) => {};
  onFile = (/** @type {File} */ _file) => {};
  onApiKey = (/** @type {string} */ _key) => {};
  onExport = (/** @type {string} */ _action) => {};
  onPageLanguage = () => {};

  #translator;
  #muted = false;
  /** @type {Capabilities | null} */
  #capabilities = null;
  /** @type {{ id: string, label: string }[]} */
  #devices = [];

  /** @param {import("./translator.js").Translator} translator */
  constructor(translator) {
    this.#translator = translator;
    byId("start").onclick = () => this.onStart();
    byId("mute").onclick = () => this.#setMuted(!this.#muted);
    byId("page-language").onclick = () => this.onPageLanguage();
    byId("model").onchange = () => this.#renderModel();
    byId("open-file").onclick = () => byId("file").click();
    byId("file").onchange = () => this.#openFirst(byId("file").files);
    byId("api-key-form").onsubmit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      byId("api-key-form").hidden = true;
      this.onApiKey(byId("api-key").value);
    };
    byId("exports").onclick = (/** @type {MouseEvent} */ event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (button?.dataset.export) this.onExport(button.dataset.export);
    };
    acceptDrops(
      () => !byId("open-file").disabled,
      (files) => this.#openFirst(files),
    );
  }

  /** The selected microphone; `undefined` for the default one. @returns {string | undefined} */
  get device() {
    return byId("device").value || undefined;
  }

  /** The selected model; `undefined` if the server has only one. @returns {string | undefined} */
  get model() {
    return byId("model").value || undefined;
  }

  /** The selected language; `undefined` for the server's default. @returns {string | undefined} */
  get language() {
    return byId("language").value || undefined;
  }

  /** Show all texts in the language of the page. */
  translate() {
    this.#translator.apply(document);
    const other = byId("page-language");
    other.textContent = this.#translator.other === "zh" ? "中文" : "English";
    other.lang = this.#translator.other;
    this.#renderDevices();
    this.#renderModel();
  }

  /** Offer the server's models and languages. @param {Capabilities} capabilities */
  setCapabilities(capabilities) {
    this.#capabilities = capabilities;
    const { models, version, entities } = capabilities;
    const several = models.length > 1;
    byId("model-choice").hidden = !several;
    setOptions(byId("model"), several ? models.map(({ id }) => ({ id, label: id })) : []);
    this.#renderModel();
    byId("version").textContent = version;
    this.#translator.setText(byId("no-entities"), entities ? "noEntities" : "entitiesOff");
    byId("api-key-form").hidden = true;
  }

  /** Offer the available microphones. @param {{ id: string, label: string }[]} devices */
  setDevices(devices) {
    this.#devices = devices;
    this.#renderDevices();
  }

  /** Ask the user for an API key. */
  requestApiKey() {
    byId("start").disabled = true;
    byId("api-key-form").hidden = false;
    byId("api-key").focus();
  }

  /** A transcription is about to start: disable everything that starts another one. */
  setBusy() {
    for (const id of IDLE_CONTROLS) byId(id).disabled = true;
  }

  /** A transcription has started: it can be stopped, and a microphone muted. @param {{ mutable: boolean }} options */
  setActive({ mutable }) {
    this.#translator.setText(byId("start"), "stop");
    byId("start").disabled = false;
    byId("mute").disabled = !mutable;
    byId("hint").hidden = true;
  }

  /** The user has stopped the transcription: only the last final is missing. */
  setFinishing() {
    byId("start").disabled = true;
    byId("mute").disabled = true;
  }

  /** No transcription is in progress. */
  setIdle() {
    this.#translator.setText(byId("start"), "start");
    this.#setMuted(false);
    byId("mute").disabled = true;
    byId("file").value = "";
    for (const id of IDLE_CONTROLS) byId(id).disabled = false;
  }

  /** Enable the export buttons, which need a transcript. @param {boolean} exportable */
  setExportable(exportable) {
    for (const button of byId("exports").querySelectorAll("button")) button.disabled = !exportable;
  }

  #setMuted(/** @type {boolean} */ muted) {
    this.#muted = muted;
    byId("mute").setAttribute("aria-pressed", String(muted));
    this.onMute(muted);
  }

  #renderDevices() {
    const named = this.#devices.filter(({ id }) => id && id !== "default").map(({ id, label }, index) => ({
      id,
      label: label || this.#translator.text("unnamedMicrophone", { number: index + 1 }),
    }));
    setOptions(byId("device"), [{ id: "", label: this.#translator.text("defaultMicrophone") }, ...named]);
  }

  /** Show the selected model, and offer its languages. */
  #renderModel() {
    if (!this.#capabilities) return;
    const { language, models } = this.#capabilities;
    const model = models.find(({ id }) => id === this.model) ?? models[0];
    const named = model.languages.map((code) => ({ id: code, label: this.#translator.languageName(code) }));
    named.sort((one, other) => one.label.localeCompare(other.label, this.#translator.language));
    const byDefault = language ? this.#translator.languageName(language) : this.#translator.text("autoDetect");
    setOptions(byId("language"), [{ id: "", label: byDefault }, ...named]);
    byId("current-model").textContent = model.id;
    byId("demo-note").hidden = !model.demo;
  }

  #openFirst(/** @type {FileList | null | undefined} */ files) {
    if (files?.length && !byId("open-file").disabled) this.onFile(files[0]);
  }
}
