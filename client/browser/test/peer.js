/** A server that says exactly what it is told, right or wrong: for what the real one never does. */

import { once } from "node:events";

import { WebSocketServer } from "ws";

import { started } from "./said.js";

/** @param {(peer: Peer) => void} connected what to do with each connection */
export async function peer(connected, options = {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  await once(server, "listening");
  const peers = [];
  server.on("connection", (socket) => {
    peers.push(new Peer(socket));
    connected(peers.at(-1), peers.length);
  });
  const close = () => {
    for (const { socket } of peers) socket.terminate();
    server.close();
  };
  return { url: `ws://127.0.0.1:${server.address().port}/v1/stream`, peers, close };
}

class Peer {
  /** What came: messages, and the lengths of binary frames. */
  heard = [];

  /** @param {import("ws").WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data, binary) => this.heard.push(binary ? data.length : JSON.parse(data)));
  }

  /** @param {object | string | Buffer} message */
  say(message) {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** Answer `start`, and then do this. @param {() => void} then @param {object} [more] */
  begin(then = () => {}, more = {}) {
    this.socket.once("message", () => {
      this.say(started(more));
      then();
    });
  }
}
