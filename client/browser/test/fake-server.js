/** A scripted server, for behaviour that the real one never shows. */

import { once } from "node:events";

import { WebSocketServer } from "ws";

import { started } from "./messages.js";

/** @param {(connection: FakeConnection, number: number) => void} onConnection called for each connection, numbered from 1 */
export async function fakeServer(onConnection, options = {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  await once(server, "listening");
  const connections = [];
  server.on("connection", (socket) => {
    connections.push(new FakeConnection(socket));
    onConnection(connections.at(-1), connections.length);
  });
  const close = () => {
    for (const { socket } of connections) socket.terminate();
    server.close();
  };
  return { url: `ws://127.0.0.1:${server.address().port}/v1/stream`, connections, close };
}

class FakeConnection {
  /** Messages received, and the lengths of binary frames. */
  received = [];

  /** @param {import("ws").WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data, binary) => this.received.push(binary ? data.length : JSON.parse(data)));
  }

  /** @param {object | string | Buffer} message */
  send(message) {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** Answer `start`, then call a function. @param {() => void} [then] @param {object} [fields] of `started` */
  accept(then = () => {}, fields = {}) {
    this.socket.once("message", () => {
      this.send(started(fields));
      then();
    });
  }
}
