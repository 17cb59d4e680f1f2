/** Everything a person can press, choose or read, but for the transcript. */

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./words.js").Key} Key */

/** What can be pressed and chosen while nothing is under way. */
const CHOICES = ["start", "choose", "device", "models", "language"];

export class Controls {
  /** What the page does; assigned by it. */
  onStart = () => {};
  onMute = (/** @type {boolean} */ _muted) => {};
  onFile = (/** @type {File} */ _file) => {};
  onKey = (/** @type {string} */ _key) => {};
  onExport = (/** @type {string} */ _what) => {};
  onTongue = () => {};

  #document;
  #words;
  #state = "loading";
  #muted = false;
  /** @type {import("./offer.js").Offer | null} */
  #offer = null;
  /** @type {{ id: string, label: string }[]} */
  #devices = [];

  /** @param {Document} document @param {Words} words */
  constructor(document, words) {
    this.#document = document;
    this.#words = words;
    this.#on("start", "click", () => this.onStart());
    this.#on("mute", "click", () => this.#mute(!this.#muted));
    this.#on("interface", "click", () => this.#toggle());
    this.#on("models", "change", () => this.#fillLanguages());
    this.#on("choose", "click", () => this.#get("file").click());
    this.#on("file", "change", () => this.#take(this.#get("file").files));
    this.#on("credentials", "submit", (event) => {
      event.preventDefault();
      this.#get("credentials").hidden = true;
      this.onKey(this.#get("key").value);
    });
    this.#on("exports", "click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (button?.dataset.export) this.onExport(button.dataset.export);
    });
    this.#acceptDrops();
  }

  /** The microphone that was chosen; undefined: the standard one. */
  get device() {
    return this.#get("device").value || undefined;
  }

  /** The model that was chosen; undefined: the server has no other. */
  get model() {
    return this.#get("models").value || undefined;
  }

  /** The language that was chosen; undefined: the server's own, or detected. */
  get language() {
    return this.#get("language").value || undefined;
  }

  /** Put all texts into the language of the page. */
  speak() {
    this.#words.fill(this.#document);
    const other = this.#get("interface");
    other.textContent = this.#words.other === "zh" ? "中文" : "English";
    other.lang = this.#words.other;
    this.#fillDevices();
    if (this.#offer) this.offer(this.#offer);
    this.state(this.#state);
  }

  /** How the connection stands. @param {string} state */
  state(state) {
    this.#state = state;
    this.#get("connection").dataset.state = state;
    this.#get("connection").textContent = this.#words.say(/** @type {Key} */ (`state.${state}`));
  }

  /** Say something that a person should know; nothing takes it away again. */
  notice(sentence = "") {
    const notice = this.#get("notice");
    if (notice.textContent !== sentence) notice.textContent = sentence;
    notice.hidden = !sentence;
  }

  /** Let people choose from what the server has. @param {import("./offer.js").Offer} offer */
  offer(offer) {
    this.#offer = offer;
    const several = offer.models.length > 1;
    this.#get("model-choice").hidden = !several;
    fill(this.#get("models"), several ? offer.models.map(({ id }) => ({ id, label: id })) : []);
    this.#fillLanguages();
    this.#get("version").textContent = offer.version;
    this.#label("no-entities", offer.entities ? "noEntities" : "entitiesOff");
    this.#get("credentials").hidden = true;
    if (this.#state === "loading" || this.#state === "unreachable" || this.#state === "locked") this.free();
  }

  /** Let people choose a microphone. @param {{ id: string, label: string }[]} found */
  devices(found) {
    this.#devices = found;
    this.#fillDevices();
  }

  /** Ask for a key. @param {boolean} wrong whether one was shown that the server does not know */
  askKey(wrong) {
    this.state("locked");
    if (wrong) this.notice(this.#words.say("session.unauthorized"));
    this.#get("start").disabled = true;
    this.#get("credentials").hidden = false;
    this.#get("key").focus();
  }

  /** Something was begun: nothing else can be. */
  occupied() {
    this.notice();
    for (const name of CHOICES) this.#get(name).disabled = true;
  }

  /** What was begun is under way: it can be stopped, and muted where it can. @param {{ mutable: boolean }} how */
  live({ mutable }) {
    this.#label("start", "stop");
    this.#get("start").disabled = false;
    this.#get("mute").disabled = !mutable;
    this.#get("hint").hidden = true;
  }

  /** It was stopped: there is nothing to do but wait for the last words. */
  finishing() {
    this.state("finishing");
    this.#get("start").disabled = true;
    this.#get("mute").disabled = true;
  }

  /** Nothing is under way. */
  free() {
    this.#label("start", "start");
    this.#mute(false);
    this.#get("mute").disabled = true;
    this.#get("progress").hidden = true;
    this.#get("file").value = "";
    for (const name of CHOICES) this.#get(name).disabled = false;
  }

  /** How much of a file is sent, from 0 to 1. @param {number} share */
  progress(share) {
    this.#get("progress").hidden = false;
    this.#get("progress").value = share;
  }

  /** The loudest since the last time, from 0 to 1, shown by the ear's measure: 60 dB from end to end. */
  level(/** @type {number} */ peak) {
    this.#get("level").value = peak > 0 ? Math.max(0, 1 + (20 * Math.log10(peak)) / 60) : 0;
  }

  /** @param {string} spoken @param {string} behind */
  figures(spoken, behind) {
    this.#get("spoken").textContent = spoken;
    this.#get("behind").textContent = behind;
  }

  /** Whether there is something to take away. @param {boolean} something */
  exportable(something) {
    for (const button of this.#get("exports").querySelectorAll("button")) button.disabled = !something;
  }

  #mute(/** @type {boolean} */ muted) {
    this.#muted = muted;
    this.#get("mute").setAttribute("aria-pressed", String(muted));
    this.onMute(muted);
  }

  #toggle() {
    this.#words.toggle();
    this.speak();
    this.onTongue();
  }

  #fillDevices() {
    const named = this.#devices.filter(({ id }) => id && id !== "default").map(({ id, label }, at) => ({
      id,
      label: label || this.#words.say("unnamed", { number: at + 1 }),
    }));
    fill(this.#get("device"), [{ id: "", label: this.#words.say("standard") }, ...named]);
  }

  /** The languages are those of the model that was chosen. */
  #fillLanguages() {
    if (!this.#offer) return;
    const { language, models } = this.#offer;
    const chosen = models.find(({ id }) => id === this.model) ?? models[0];
    const named = chosen.languages.map((code) => ({ id: code, label: this.#words.nameOf(code) }));
    named.sort((one, other) => one.label.localeCompare(other.label, this.#words.tongue));
    const own = language ? this.#words.nameOf(language) : this.#words.say("detected");
    fill(this.#get("language"), [{ id: "", label: own }, ...named]);
    this.#get("model").textContent = chosen.id;
  }

  #take(/** @type {FileList | null | undefined} */ files) {
    if (files?.length && !this.#get("choose").disabled) this.onFile(files[0]);
  }

  /** A file may be dropped anywhere. */
  #acceptDrops() {
    const veil = this.#get("drop");
    const carriesFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    this.#document.addEventListener("dragover", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      veil.hidden = this.#get("choose").disabled;
    });
    this.#document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) veil.hidden = true;
    });
    this.#document.addEventListener("drop", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      veil.hidden = true;
      this.#take(event.dataTransfer?.files);
    });
  }

  /** Give an element another text, in whatever language the page is. @param {string} id @param {Key} key */
  #label(id, key) {
    this.#get(id).dataset.text = key;
    this.#get(id).textContent = this.#words.say(key);
  }

  /** @param {string} id @returns {any} the element, which the page has */
  #get(id) {
    return this.#document.getElementById(id);
  }

  /** @param {string} id @param {string} type @param {(event: Event) => void} act */
  #on(id, type, act) {
    this.#get(id).addEventListener(type, act);
  }
}

/** Give a list its entries; what was chosen stays chosen where it is among them, else it is the first. */
function fill(/** @type {HTMLSelectElement} */ list, /** @type {{ id: string, label: string }[]} */ entries) {
  const chosen = list.value;
  list.replaceChildren(...entries.map(({ id, label }) => new Option(label, id)));
  if (entries.some(({ id }) => id === chosen)) list.value = chosen;
}
