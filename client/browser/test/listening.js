/** A session under test, with all that it told. */

import WebSocket from "ws";

import { Session } from "../client.js";
import { Transcript } from "../transcript.js";

const FRAME = 1_600;
const IMPATIENT = { firstMs: 10, mostMs: 50 };

/** A session that keeps what it hears. */
export class Listener {
  messages = [];
  states = [];
  transcript = new Transcript();
  #watchers = new Set();

  /** @param {string} url @param {import("../client.js").SessionOptions} [options] */
  constructor(url, options = {}) {
    this.session = new Session(url, {
      WebSocket,
      reconnect: IMPATIENT,
      ...options,
      onMessage: (message) => {
        this.messages.push(message);
        this.transcript.apply(message);
        this.#look();
      },
      onState: (state, detail) => {
        this.states.push([state, detail]);
        this.#look();
      },
    });
  }

  get finals() {
    return this.transcript.finals.map(({ text }) => text);
  }

  get mentions() {
    return this.transcript.mentions.map(({ label, text }) => `${label} ${text}`);
  }

  /** Resolves as soon as this is so. @param {(listener: Listener) => boolean} condition */
  until(condition) {
    return new Promise((resolve) => {
      const watcher = () => condition(this) && this.#watchers.delete(watcher) && resolve(undefined);
      this.#watchers.add(watcher);
      watcher();
    });
  }

  /** The first message of a type. @param {string} type */
  async heard(type) {
    await this.until(({ messages }) => messages.some((message) => message.type === type));
    return this.messages.find((message) => message.type === type);
  }

  /** Resolves when the session comes to a state. @param {string} wanted */
  async came(wanted) {
    await this.until(({ states }) => states.some(([state]) => state === wanted));
    return this.states.findLast(([state]) => state === wanted)[1];
  }

  #look() {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/**
 * Speak many times as fast as a person would; resolves when all was taken.
 * @param {Session} session @param {Int16Array} pcm
 */
export function speak(session, pcm, { speed = 20 } = {}) {
  const began = performance.now();
  let at = 0;
  return new Promise((resolve) => {
    const clock = setInterval(() => {
      const due = ((performance.now() - began) * 16 * speed) | 0;
      while (at < Math.min(due, pcm.length) && session.send(pcm.subarray(at, at + FRAME))) at += FRAME;
      if (at < pcm.length && session.state !== "failed") return;
      clearInterval(clock);
      resolve(undefined);
    }, 5);
  });
}
