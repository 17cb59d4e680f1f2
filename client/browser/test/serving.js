/** The real server as a child process, and the recordings that ship with it. THERESA_SERVER names another program. */

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

/** Whether the demo model for entities can be loaded here: it needs HanLP and torch. */
export const HAS_ENTITY_MODEL = python("import importlib.util as u; print(u.find_spec('hanlp') is not None)") === "True";

/** Options for a server that finds names without a model: those of the recordings. */
export function lexicon() {
  const file = join(mkdtempSync(join(tmpdir(), "theresa-")), "names.txt");
  const names = { PERSON: ["Alice Johnson", "David Miller", "Maria Garcia", "王小明", "李华", "陈静"], LOCATION: ["London", "Shanghai", "北京", "上海", "深圳"] };
  const lines = Object.entries(names).flatMap(([label, texts]) => texts.map((text) => `${text}\t${label}\n`));
  writeFileSync(file, lines.join(""));
  return ["--entities", "off", "--lexicon", file];
}

/** A sample recording: 16 kHz, mono. @param {"english" | "mandarin" | "both"} name */
export function recording(name) {
  const bytes = execFileSync(PYTHON, ["-c", DECODE, join(SAMPLES, `${name}.flac`)], { maxBuffer: 1e8 });
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** What is said in it. @param {string} name @returns {string[]} */
export function sentences(name) {
  const samples = JSON.parse(readFileSync(join(SAMPLES, "samples.json"), "utf8"));
  return samples.find(({ file }) => file === `${name}.flac`).sentences.map(({ text }) => text);
}

/** What a text says, whatever the case and the punctuation. @param {string[]} texts */
export function words(texts) {
  return texts.join(" ").toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}']+/gu) ?? [];
}

/** A server process, killed when the tests of a file are over. */
export class Server {
  /** @param {import("node:child_process").ChildProcess} child @param {string} url */
  constructor(child, url) {
    this.child = child;
    this.http = url;
    this.url = `${url}/v1/stream`;
    this.port = Number(new URL(url).port);
  }

  /** Start one, and wait until its log says so. */
  static async start({ options = ["--entities", "off"], port = 0, until = "ready on" } = {}) {
    const child = spawn(PROGRAM, ["--port", String(port), ...options], { stdio: ["ignore", "ignore", "pipe"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const url = await said(child.stderr, new RegExp(`${until} (http://[\\d.:]+)`));
    child.stderr.resume(); // a full pipe would stop it
    child.unref(); // the tests have ended when nothing else goes on
    child.stderr.unref();
    return new Server(child, url);
  }

  /** Resolves when sessions are admitted. */
  async ready() {
    while ((await fetch(`${this.http}/readyz`)).status !== 200);
  }

  /** End it without a goodbye; resolves when it is gone. */
  async kill() {
    this.child.ref();
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await gone;
  }
}

/** What a log says, as soon as it does. @param {import("node:stream").Readable} log @param {RegExp} wanted */
function said(log, wanted) {
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
