/** The real server as a child process, and the sample recordings. THERESA_SERVER overrides the path of the server. */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = process.env.THERESA_SERVER ?? join(ROOT, ".venv/bin/theresa-server");
const PYTHON = join(dirname(PROGRAM), "python");
const SAMPLES = join(ROOT, "server/theresa_server/assets/samples");
const DECODE = "import soundfile, sys; sys.stdout.buffer.write(soundfile.read(sys.argv[1], dtype='int16')[0].tobytes())";

/** Whether the demo entity model can be loaded, which needs HanLP and torch. */
export const HAS_ENTITY_MODEL = python("import importlib.util as u; print(u.find_spec('hanlp') is not None)") === "True";

/** Return options for a server that recognises the names in the recordings without a model. */
export function lexicon() {
  const file = join(mkdtempSync(join(tmpdir(), "theresa-")), "names.txt");
  const names = { PERSON: ["Alice Johnson", "David Miller", "Maria Garcia", "王小明", "李华", "陈静"], LOCATION: ["London", "Shanghai", "北京", "上海", "深圳"] };
  const lines = Object.entries(names).flatMap(([label, texts]) => texts.map((text) => `${text}\t${label}\n`));
  writeFileSync(file, lines.join(""));
  return ["--entities", "off", "--lexicon", file];
}

/** Read a sample recording: 16 kHz, mono. @param {"english" | "mandarin" | "both"} name */
export function recording(name) {
  const bytes = execFileSync(PYTHON, ["-c", DECODE, join(SAMPLES, `${name}.flac`)], { maxBuffer: 1e8 });
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Return the sentences of a recording. @param {string} name @returns {string[]} */
export function sentences(name) {
  const samples = JSON.parse(readFileSync(join(SAMPLES, "samples.json"), "utf8"));
  return samples.find(({ file }) => file === `${name}.flac`).sentences.map(({ text }) => text);
}

/** Split texts into words, without case and punctuation. @param {string[]} texts */
export function words(texts) {
  return texts.join(" ").toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}']+/gu) ?? [];
}

/** A server process, killed at the end of the test file. */
export class Server {
  /** @param {import("node:child_process").ChildProcess} child @param {string} url */
  constructor(child, url) {
    this.child = child;
    this.http = url;
    this.url = `${url}/v1/stream`;
    this.port = Number(new URL(url).port);
  }

  /** Start a server, and wait until its log contains `until`. */
  static async start({ options = ["--entities", "off"], model = "demo", port = 0, until = "ready on" } = {}) {
    const child = spawn(PROGRAM, ["--port", String(port), "--model", model, ...options], { stdio: ["ignore", "ignore", "pipe"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const url = await waitForLog(child.stderr, new RegExp(`${until} (http://[\\d.:]+)`));
    child.stderr.resume(); // a full pipe would block it
    child.unref(); // do not keep the test process alive
    child.stderr.unref();
    return new Server(child, url);
  }

  /** Wait until the model is loaded. */
  async ready() {
    while ((await fetch(`${this.http}/readyz`)).status !== 200);
  }

  /** Wait until a session would be admitted: earlier tests may have left a backlog. */
  async admits() {
    while ((await fetch(this.url)).status === 503);
  }

  /** Kill the process and wait for its exit. */
  async kill() {
    this.child.ref();
    const exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await exited;
  }
}

/** Wait for a match in a log and return its first group. @param {import("node:stream").Readable} log @param {RegExp} wanted */
function waitForLog(log, wanted) {
  let text = "";
  return new Promise((resolve, reject) => {
    log.setEncoding("utf8").on("data", (piece) => {
      text += piece;
      const found = text.match(wanted);
      if (found) resolve(found[1]);
    });
    log.on("end", () => reject(new Error(`The server did not start:\n${text}`)));
  });
}

/** @param {string} code */
function python(code) {
  return execFileSync(PYTHON, ["-c", code], { encoding: "utf8" }).trim();
}
