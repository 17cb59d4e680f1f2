/** The live page: connects the controls, the views and the transcriptions. */

import { Microphone } from "./client/index.js";
import { AudioFile, RATE_HZ } from "./audio-file.js";
import { fetchCapabilities } from "./capabilities.js";
import { Controls } from "./controls.js";
import { EntitiesView } from "./entities-view.js";
import { asText, download } from "./exports.js";
import { StatusView } from "./status-view.js";
import { TranscriptView, formatTime } from "./transcript-view.js";
import { Transcription } from "./transcription.js";
import { Translator } from "./translator.js";

/** How often the input level and the figures are updated. */
const REFRESH_MS = 100;

class Page {
  translator = new Translator();
  controls = new Controls(this.translator);
  status = new StatusView(this.translator);
  transcript = new TranscriptView();
  entities = new EntitiesView();
  /** @type {import("./capabilities.js").Capabilities | null} */
  capabilities = null;
  /** @type {string | undefined} */
  apiKey;
  /** All transcriptions since the text was cleared; the last one may be in progress. @type {Transcription[]} */
  transcriptions = [];
  /** @type {Microphone | null} */
  microphone = null;
  busy = false;

  start() {
    this.translate();
    this.controls.onStart = () => (this.busy ? this.stop() : this.transcribeMicrophone());
    this.controls.onMute = (muted) => this.microphone && (this.microphone.muted = muted);
    this.controls.onFile = (file) => this.transcribeFile(file);
    this.controls.onApiKey = (key) => this.loadCapabilities(key);
    this.controls.onExport = (action) => this.export(action);
    this.controls.onPageLanguage = () => {
      this.translator.toggle();
      this.translate();
    };
    setInterval(() => this.refresh(), REFRESH_MS);
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.listDevices());
    this.listDevices();
    return this.loadCapabilities();
  }

  translate() {
    this.controls.translate();
    this.status.translate();
    this.entities.render(this.transcriptions, this.translator);
  }

  async listDevices() {
    this.controls.setDevices(await Microphone.devices().catch(() => []));
  }

  /** Wait until the server is ready, and show what it offers. @param {string} [key] */
  async loadCapabilities(key) {
    const capabilities = await fetchCapabilities(key, (state) => this.status.setState(state));
    if (capabilities === null) {
      this.requestApiKey({ invalid: key !== undefined });
      return;
    }
    this.apiKey = key;
    this.capabilities = capabilities;
    this.controls.setCapabilities(capabilities);
    if (!this.busy) this.controls.setIdle();
    this.status.setState("ready");
  }

  /** @param {{ invalid: boolean }} options `invalid`: whether the server has rejected the previous key */
  requestApiKey({ invalid }) {
    this.status.setState("locked");
    if (invalid) this.status.setNotice(this.translator.text("session.unauthorized"));
    this.controls.requestApiKey();
  }

  /** Transcribe a microphone until the user stops. */
  async transcribeMicrophone() {
    this.setBusy();
    try {
      this.microphone = await Microphone.open({ deviceId: this.controls.device });
    } catch (error) {
      this.setIdle(error);
      return;
    }
    const transcription = this.startTranscription(this.microphone.rate);
    this.microphone.onFrame = (pcm) => transcription.sendFrame(pcm);
    this.microphone.onEnded = (error) => {
      this.status.setNotice(this.translator.errorText(error));
      this.stop();
    };
    this.controls.setActive({ mutable: true });
    this.listDevices(); // their names are available from now on
  }

  /** End the transcription in progress and wait for its last final. */
  async stop() {
    const transcription = this.transcriptions.at(-1);
    this.status.setState("finishing");
    this.controls.setFinishing();
    await this.microphone?.close();
    this.microphone = null;
    await transcription?.finish().catch(() => {}); // errors are reported by `handleState`
  }

  /** @param {File} file */
  async transcribeFile(file) {
    this.setBusy();
    try {
      const audio = await AudioFile.open(file);
      const transcription = this.startTranscription(RATE_HZ);
      this.controls.setActive({ mutable: false });
      await transcription.sendFile(audio, (fraction) => this.status.setProgress(fraction)).catch(() => {}); // as in `stop`
    } catch (error) {
      this.setIdle(error);
    }
  }

  /** Start a transcription whose text follows the previous ones. @param {number} rate */
  startTranscription(rate) {
    const options = {
      apiKey: this.apiKey,
      offsetMs: this.transcriptions.reduce((total, { durationMs }) => total + durationMs, 0),
      start: {
        audio: { rate },
        model: this.controls.model,
        language: this.controls.language,
        ...(this.capabilities?.entities && { entities: {} }),
      },
    };
    const transcription = new Transcription(options, {
      onChange: () => this.render(transcription),
      onNotice: (text) => this.status.setNotice(text),
      onState: (state, detail) => this.handleState(transcription, state, detail),
    });
    this.transcriptions.push(transcription);
    return transcription;
  }

  /** @param {Transcription} transcription @param {string} state @param {any} detail */
  handleState(transcription, state, detail) {
    if (state === "open" || state === "lost" || state === "connecting") this.status.setState(state);
    if (state !== "ended" && state !== "failed") return;
    this.render(transcription, true);
    this.microphone?.close();
    this.microphone = null;
    this.setIdle(detail instanceof Error ? detail : null);
  }

  /** @param {Transcription} transcription */
  render(transcription, ended = false) {
    this.transcript.render(transcription, { entities: Boolean(this.capabilities?.entities), ended });
    this.entities.render(this.transcriptions, this.translator);
    this.controls.setExportable(this.transcriptions.some(({ transcript }) => transcript.finals.length > 0));
  }

  /** Copy, clear or download the transcript. @param {string} action `copy`, `clear` or a file format */
  async export(action) {
    if (action === "clear") {
      this.transcriptions = this.busy ? this.transcriptions.slice(-1) : [];
      this.transcript.clear();
      for (const transcription of this.transcriptions) this.render(transcription);
      this.entities.render(this.transcriptions, this.translator);
      this.controls.setExportable(false);
    } else if (action === "copy") {
      await this.copy();
    } else {
      download(action, this.transcriptions);
    }
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(asText(this.transcriptions));
      this.status.setNotice(this.translator.text("copied"));
    } catch {
      this.status.setNotice(this.translator.text("copyFailed"));
    }
  }

  setBusy() {
    this.busy = true;
    this.status.setNotice();
    this.controls.setBusy();
  }

  /** Return to the idle state. @param {any} [error] what the transcription failed with, if it failed */
  setIdle(error = null) {
    this.busy = false;
    this.controls.setIdle();
    this.status.setProgress(null);
    this.status.setState(error ? "failed" : "ready");
    if (!error) return;
    this.status.setNotice(this.translator.errorText(error));
    if (error.status === 401) this.requestApiKey({ invalid: true });
  }

  /** Update the input level and the figures. */
  refresh() {
    const transcription = this.transcriptions.at(-1);
    this.status.setLevel(this.microphone?.level ?? 0);
    if (!transcription) return;
    const { offsetMs, durationMs, latencyMs, droppedSamples, session } = transcription;
    const latency = latencyMs === null ? "–" : `${(latencyMs / 1000).toFixed(1)} s`;
    this.status.setFigures(formatTime(offsetMs + durationMs), latency);
    if (droppedSamples > 0) {
      const seconds = Math.ceil(droppedSamples / session.audio.rate);
      this.status.setNotice(this.translator.text("audioDropped", { seconds }));
    }
  }
}

new Page().start();
