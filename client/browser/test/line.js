/** A line between a client and a server that breaks when it is told to, in all the ways in which lines break. */

import { once } from "node:events";
import { connect, createServer } from "node:net";

export const KINDS = ["end", "reset", "freeze", "elsewhere"];

/**
 * Forwards connections to the first of some ports. The line is ended in order, reset, or frozen (both sides believe that
 * it stands); or it is reset, and the next connection goes to another server, as after a restart.
 */
export class Line {
  /** @type {string[]} how it has broken so far */
  cuts = [];
  #ports;
  #pairs = new Set();
  /** @type {(() => {bytes: number, kind: string}) | null} when it breaks next by itself, and how */
  #plan = null;
  #next = { bytes: Infinity, kind: "" };
  #listener = createServer((client) => this.#take(client));

  /** @param {number[]} ports */
  constructor(ports) {
    this.#ports = ports;
  }

  /** @param {number[]} ports of servers on this machine */
  static async open(...ports) {
    const line = new Line(ports);
    line.#listener.listen(0, "127.0.0.1");
    await once(line.#listener, "listening");
    return line;
  }

  get url() {
    return `ws://127.0.0.1:${this.#listener.address().port}/v1/stream`;
  }

  /** Break again and again. @param {() => {bytes: number, kind: string}} plan */
  breakBy(plan) {
    this.#plan = plan;
    this.#next = plan();
  }

  /** @param {string} kind */
  break(kind) {
    this.cuts.push(kind);
    if (kind === "elsewhere") this.#ports.push(this.#ports.shift());
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
    if (this.#next.bytes < 0) this.break(this.#next.kind);
    else target.write(data);
  }
}
