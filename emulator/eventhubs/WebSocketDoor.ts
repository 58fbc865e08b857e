/**
 * AMQP over WebSockets, as Azure offers it on 443: HTTPS, path `/$servicebus/websocket`, subprotocol `AMQPWSB10`. What is in
 * the frames is the same AMQP; a stream of it is handed to AmqpServer. Spec: AMQP WebSocket Binding 1.0.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import { MAX_MESSAGE_SIZE } from "./types.ts";

const PATH = "/$servicebus/websocket";
const PROTOCOL = "AMQPWSB10";

export interface WebSocketDoorOptions {
  /** Absent: http, for a proxy that ends TLS. The SDKs speak TLS only. */
  tls?: TlsOptions;
  /** While it answers true, connections are reset at once. */
  isRefusing: () => boolean;
  /** A connection's AMQP, and the TCP connection below. */
  accept: (amqp: Duplex, carrier: Socket) => void;
}

export class WebSocketDoor {
  readonly #options: WebSocketDoorOptions;
  readonly #server: Server;
  /** By the port of the peer: of a TLS socket one cannot tell its TCP connection. */
  readonly #carriers = new Map<number, Socket>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 2 * MAX_MESSAGE_SIZE,
    handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
  });

  constructor(options: WebSocketDoorOptions) {
    this.#options = options;
    this.#server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    this.#server.prependListener("connection", (socket: Socket) => this.#connected(socket));
    this.#server.on("request", (_, response) => response.writeHead(426, { upgrade: "websocket" }).end());
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#carriers.values()) socket.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    const { remotePort = 0 } = socket;
    if (this.#options.isRefusing()) {
      socket.resetAndDestroy();
      return;
    }
    socket.setNoDelay(true);
    this.#carriers.set(remotePort, socket);
    socket.on("close", () => this.#carriers.delete(remotePort));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const carrier = this.#carriers.get(request.socket.remotePort ?? 0);
    if (carrier === undefined || new URL(request.url ?? "", "http://hub").pathname !== PATH) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#options.accept(createWebSocketStream(webSocket), carrier);
    });
  }
}
