/** The live page: what happens when a person presses, chooses or drops something. */

import { Microphone } from "./client/index.js";
import { Controls } from "./controls.js";
import { EntitiesView } from "./entities-view.js";
import { asText, download } from "./exports.js";
import { askOffer } from "./offer.js";
import { RATE_HZ, Recording } from "./recording.js";
import { Run } from "./run.js";
import { TranscriptView, clock } from "./transcript-view.js";
import { Words } from "./words.js";

/** How often the figures at the bottom are renewed, and the level. */
const REFRESH_MS = 100;

class Page {
  words = new Words();
  controls = new Controls(document, this.words);
  transcript = new TranscriptView(document);
  entities = new EntitiesView(document);
  /** @type {import("./offer.js").Offer | null} */
  offer = null;
  /** @type {string | undefined} */
  key;
  /** All recordings since the text was cleared, the last of which may be under way. @type {Run[]} */
  runs = [];
  /** @type {Microphone | null} */
  microphone = null;
  busy = false;

  begin() {
    this.controls.speak();
    this.controls.onStart = () => (this.busy ? this.stop() : this.listen());
    this.controls.onMute = (muted) => this.microphone && (this.microphone.muted = muted);
    this.controls.onFile = (file) => this.read(file);
    this.controls.onKey = (key) => this.meet(key);
    this.controls.onExport = (what) => this.give(what);
    this.controls.onTongue = () => this.entities.show(this.runs, this.words);
    setInterval(() => this.refresh(), REFRESH_MS);
    addEventListener("beforeunload", (leaving) => this.busy && leaving.preventDefault());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.listDevices());
    this.listDevices();
    return this.meet();
  }

  async listDevices() {
    this.controls.devices(await Microphone.devices().catch(() => []));
  }

  /** Ask the server what it has to offer, until it answers. @param {string} [key] */
  async meet(key) {
    const answer = await askOffer(key, (state) => this.controls.state(state));
    if (answer === null) {
      this.controls.askKey(key !== undefined);
      return;
    }
    this.key = key;
    this.offer = answer;
    this.controls.offer(answer);
    this.controls.state("ready");
  }

  /** Listen to a microphone until it is stopped. */
  async listen() {
    this.occupy();
    try {
      this.microphone = await Microphone.open({ deviceId: this.controls.device });
    } catch (error) {
      this.release(error);
      return;
    }
    const run = this.open(this.microphone.rate);
    this.microphone.onFrame = (pcm) => run.hear(pcm);
    this.microphone.onEnded = (error) => {
      this.controls.notice(this.words.explain(error));
      this.stop();
    };
    this.controls.live({ mutable: true });
    this.listDevices(); // they have names from now on
  }

  /** Say that nothing more comes, and wait for the last words. */
  async stop() {
    const run = this.runs.at(-1);
    this.controls.finishing();
    await this.microphone?.close();
    this.microphone = null;
    await run?.finish().catch(() => {}); // the session tells of it by its state
  }

  /** Have a recording transcribed. @param {File} file */
  async read(file) {
    this.occupy();
    try {
      const recording = await Recording.open(file);
      const run = this.open(RATE_HZ);
      this.controls.live({ mutable: false });
      await run.read(recording, (share) => this.controls.progress(share)).catch(() => {}); // as in `stop`
    } catch (error) {
      this.release(error);
    }
  }

  /** A session for audio at a rate, behind what was recorded before. @param {number} rate */
  open(rate) {
    const options = {
      apiKey: this.key,
      offsetMs: this.runs.reduce((total, run) => total + run.spokenMs, 0),
      start: {
        audio: { rate },
        model: this.controls.model,
        language: this.controls.language,
        ...(this.offer?.entities && { entities: {} }),
      },
    };
    const run = new Run(options, {
      onChange: () => this.show(run),
      onNotice: (sentence) => this.controls.notice(sentence),
      onState: (state, detail) => this.follow(run, state, detail),
    });
    this.runs.push(run);
    return run;
  }

  /** @param {Run} run @param {string} state @param {any} detail */
  follow(run, state, detail) {
    if (state === "open" || state === "lost" || state === "connecting") this.controls.state(state);
    if (state !== "ended" && state !== "failed") return;
    this.show(run, true);
    this.microphone?.close();
    this.microphone = null;
    this.release(detail instanceof Error ? detail : null);
  }

  /** @param {Run} run */
  show(run, hurry = false) {
    this.transcript.show(run, { entities: Boolean(this.offer?.entities), hurry });
    this.entities.show(this.runs, this.words);
    this.controls.exportable(this.runs.some(({ transcript }) => transcript.finals.length > 0));
  }

  /** Copy, save or clear what was said. @param {string} what */
  async give(what) {
    if (what === "clear") {
      this.runs = this.busy ? this.runs.slice(-1) : [];
      this.transcript.clear();
      for (const run of this.runs) this.show(run);
      this.entities.show(this.runs, this.words);
      this.controls.exportable(false);
    } else if (what === "copy") {
      const copied = navigator.clipboard.writeText(asText(this.runs)).then(() => /** @type {const} */ ("copied"), () => /** @type {const} */ ("notCopied"));
      this.controls.notice(this.words.say(await copied));
    } else {
      download(what, this.runs);
    }
  }

  occupy() {
    this.busy = true;
    this.controls.occupied();
  }

  /** What was under way is over. @param {any} [error] what went wrong, if something did */
  release(error = null) {
    this.busy = false;
    this.controls.free();
    this.controls.state(error ? "failed" : "ready");
    if (!error) return;
    this.controls.notice(this.words.explain(error));
    if (error.status === 401) this.controls.askKey(true);
  }

  refresh() {
    const run = this.runs.at(-1);
    this.controls.level(this.microphone?.level ?? 0);
    if (!run) return;
    const spokenMs = run.offsetMs + run.spokenMs;
    this.controls.figures(clock(spokenMs), run.behindMs === null ? "–" : `${(run.behindMs / 1000).toFixed(1)} s`);
    if (run.lostSamples > 0) {
      this.controls.notice(this.words.say("lost", { seconds: Math.ceil(run.lostSamples / run.session.audio.rate) }));
    }
  }
}

new Page().begin();
