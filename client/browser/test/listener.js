/** A session under test that records its messages and states. */

import WebSocket from "ws";

import { Session } from "../session.js";
import { Transcript } from "../transcript.js";

const FRAME = 1_600;
const FAST_RECONNECT = { initialDelayMs: 10, maxDelayMs: 50 };

export class Listener {
  messages = [];
  states = [];
  transcript = new Transcript();
  #waiters = new Set();

  /** @param {string} url @param {import("../session.js").SessionOptions} [options] */
  constructor(url, options = {}) {
    this.session = new Session(url, {
      WebSocket,
      reconnect: FAST_RECONNECT,
      ...options,
      onMessage: (message) => {
        this.messages.push(message);
        this.transcript.apply(message);
        this.#check();
      },
      onState: (state, detail) => {
        this.states.push([state, detail]);
        this.#check();
      },
    });
  }

  get finals() {
    return this.transcript.finals.map(({ text }) => text);
  }

  get mentions() {
    return this.transcript.mentions.map(({ label, text }) => `${label} ${text}`);
  }

  /** Wait for a condition. @param {(listener: Listener) => boolean} condition */
  waitUntil(condition) {
    return new Promise((resolve) => {
      const waiter = () => condition(this) && this.#waiters.delete(waiter) && resolve(undefined);
      this.#waiters.add(waiter);
      waiter();
    });
  }

  /** Wait for the first message of a type. @param {string} type */
  async waitForMessage(type) {
    await this.waitUntil(({ messages }) => messages.some((message) => message.type === type));
    return this.messages.find((message) => message.type === type);
  }

  /** Wait for a state and return its detail. @param {string} wanted */
  async waitForState(wanted) {
    await this.waitUntil(({ states }) => states.some(([state]) => state === wanted));
    return this.states.findLast(([state]) => state === wanted)[1];
  }

  #check() {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

/**
 * Send audio several times faster than real time; resolves when the session has accepted all of it.
 * @param {Session} session @param {Int16Array} pcm
 */
export function stream(session, pcm, { speed = 20 } = {}) {
  const startedAt = performance.now();
  let at = 0;
  return new Promise((resolve) => {
    const clock = setInterval(() => {
      const due = ((performance.now() - startedAt) * 16 * speed) | 0;
      while (at < Math.min(due, pcm.length) && session.send(pcm.subarray(at, at + FRAME))) at += FRAME;
      if (at < pcm.length && session.state !== "failed") return;
      clearInterval(clock);
      resolve(undefined);
    }, 5);
  });
}
