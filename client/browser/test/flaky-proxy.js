/** A TCP proxy that breaks connections the way networks do. */

import { once } from "node:events";
import { connect, createServer } from "node:net";

export const FAILURES = ["end", "reset", "freeze", "failover"];

/**
 * Forwards connections to the first of several ports. A failure closes all connections, resets them, freezes them (both
 * sides still consider them open), or resets them and forwards the next ones to another server.
 */
export class FlakyProxy {
  /** @type {string[]} */
  failures = [];
  #ports;
  #pairs = new Set();
  /** @type {(() => {bytes: number, kind: string}) | null} returns the next failure and after how many bytes it happens */
  #plan = null;
  #next = { bytes: Infinity, kind: "" };
  #listener = createServer((client) => this.#take(client));

  /** @param {number[]} ports */
  constructor(ports) {
    this.#ports = ports;
  }

  /** @param {number[]} ports of servers on this machine */
  static async open(...ports) {
    const proxy = new FlakyProxy(ports);
    proxy.#listener.listen(0, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  get url() {
    return `ws://127.0.0.1:${this.#listener.address().port}/v1/stream`;
  }

  /** Fail repeatedly. @param {() => {bytes: number, kind: string}} plan */
  failBy(plan) {
    this.#plan = plan;
    this.#next = plan();
  }

  /** @param {string} kind */
  fail(kind) {
    this.failures.push(kind);
    if (kind === "failover") this.#ports.push(this.#ports.shift());
    for (const pair of this.#pairs) {
      pair.frozen = true;
      for (const socket of pair.sockets) {
        if (kind === "end") socket.end();
        else if (kind !== "freeze") socket.resetAndDestroy();
      }
    }
    if (this.#plan) this.#next = this.#plan();
  }

  close() {
    this.#plan = null;
    this.#listener.close();
    for (const { sockets } of this.#pairs) for (const socket of sockets) socket.destroy();
  }

  #take(client) {
    const server = connect(this.#ports[0], "127.0.0.1");
    const pair = { sockets: [client, server], frozen: false };
    this.#pairs.add(pair);
    for (const [source, target] of [[client, server], [server, client]]) {
      source.on("data", (data) => this.#forward(pair, target, data));
      source.on("error", () => {});
      source.on("close", () => {
        this.#pairs.delete(pair);
        if (!pair.frozen) target.destroy();
      });
    }
  }

  #forward(pair, target, data) {
    if (pair.frozen) return;
    this.#next.bytes -= data.length;
    if (this.#next.bytes < 0) this.fail(this.#next.kind);
    else target.write(data);
  }
}
