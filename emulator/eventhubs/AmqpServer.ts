/**
 * The listening side: rhea's container, its events handed to the links, and the sockets with their faults on demand.
 */
import type { AddressInfo, Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import rhea, { type Connection, type Container, type EventContext } from "rhea";
import type { Consumers } from "./Consumers.ts";
import type { Cut, Faults } from "./Faults.ts";
import type { Producers } from "./Producers.ts";
import { acceptStream, prepareConnection } from "./rheaInternals.ts";
import { answer, isRpcAddress, type RpcServices } from "./rpc.ts";
import { type Log, MAX_MESSAGE_SIZE } from "./types.ts";
import { WebSocketDoor } from "./WebSocketDoor.ts";

/** Deliveries that a producer may have under way on one link. */
const PRODUCER_CREDIT = 500;
/** Of every connection, whatever it comes over. */
const CONNECTION = {
  max_frame_size: 65_536,
  channel_max: 4999,
  idle_time_out: 240_000,
  receiver_options: { autoaccept: false, credit_window: PRODUCER_CREDIT },
};

export interface AmqpServerOptions extends RpcServices {
  consumers: Consumers;
  producers: Producers;
  faults: Faults;
  /** Certificate and key of node:tls; absent: plain TCP. */
  tls?: TlsOptions;
  log: Log;
}

export class AmqpServer {
  readonly #options: AmqpServerOptions;
  readonly #container: Container;
  /** What AMQP runs on → the TCP connection below, which is the same without TLS. */
  readonly #sockets = new Map<Duplex, Socket>();
  /** TCP connections on which TLS runs, or is to run. */
  readonly #carriers = new Set<Socket>();
  #server: Server | undefined;
  #door: WebSocketDoor | undefined;

  constructor(options: AmqpServerOptions) {
    this.#options = options;
    this.#container = this.#newContainer();
  }

  /** Resolves with the port. Rejects with an Error that says what to do when it is taken. */
  listen(host: string, port: number): Promise<number> {
    const { tls, log } = this.#options;
    const server = this.#container.listen({
      ...(tls === undefined ? {} : { ...tls, transport: "tls" }),
      host,
      port,
      ...CONNECTION,
    });
    this.#server = server;
    server.prependListener("connection", (socket: Socket) => this.#connected(socket, tls === undefined));
    server.prependListener("secureConnection", (socket: Socket) => this.#secured(socket));
    server.on("tlsClientError", (error: Error) => log.debug({ reason: error.message }, "event hub: no TLS"));
    return new Promise((resolve, reject) => {
      server.once("listening", () => resolve((server.address() as AddressInfo).port));
      server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
    });
  }

  /** The same over WebSockets, beside the port of `listen`. Resolves with the port. */
  async listenForWebSockets(host: string, port: number): Promise<number> {
    const { tls, faults } = this.#options;
    this.#door = new WebSocketDoor({
      ...(tls === undefined ? {} : { tls }),
      isRefusing: () => faults.isRefused(),
      accept: (amqp, carrier) => {
        this.#track(amqp, carrier);
        acceptStream(this.#container, amqp, CONNECTION);
      },
    });
    try {
      return await this.#door.listen(host, port);
    } catch (cause) {
      throw cannotListen(host, port, cause as NodeJS.ErrnoException);
    }
  }

  /** Ends the connections that are chosen; new ones are taken. Returns how many. */
  cut(how: Cut, isChosen: () => boolean): number {
    const chosen = [...this.#sockets].filter(([socket]) => !socket.destroyed && isChosen());
    for (const [socket, carrier] of chosen) {
      if (how === "reset") carrier.resetAndDestroy();
      // With an error, because rhea does not listen to 'close' and would keep its heartbeat timers.
      if (socket.destroyed) socket.emit("error", new Error("cut"));
      else socket.destroy(new Error("cut"));
    }
    return chosen.length;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.cut("end", () => true);
    for (const socket of this.#carriers) socket.destroy();
    await Promise.all([closed, this.#door?.close()]);
  }

  #connected(socket: Socket, isPlain: boolean): void {
    if (this.#options.faults.isRefused()) {
      socket.resetAndDestroy();
      return;
    }
    socket.setNoDelay(true);
    if (isPlain) this.#track(socket, socket);
    else {
      this.#carriers.add(socket);
      socket.on("close", () => this.#carriers.delete(socket));
    }
  }

  /** TLS is up; its socket does not tell its carrier, but both have the same peer. */
  #secured(socket: Socket): void {
    const carrier = [...this.#carriers].find(({ remotePort }) => remotePort === socket.remotePort);
    this.#track(socket, carrier ?? socket);
  }

  #track(socket: Duplex, carrier: Socket): void {
    this.#sockets.set(socket, carrier);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #newContainer(): Container {
    const { consumers, producers, log } = this.#options;
    const container = rhea.create_container({ id: "event-hubs" });
    const mechanisms = container.sasl_server_mechanisms;
    mechanisms.enable_anonymous();
    // .NET, Java and Python ask for this one; claims come over $cbs all the same.
    mechanisms["MSSBCBS"] = mechanisms["ANONYMOUS"];
    mechanisms.enable_plain(() => true);
    container.on("connection_open", ({ connection }: EventContext) =>
      prepareConnection(connection, {
        maxMessageSize: MAX_MESSAGE_SIZE,
        onFlow: (session) => consumers.wake(session),
        onDrain: () => consumers.wakeAll(connection),
      }),
    );
    container.on("sender_open", ({ sender }: EventContext) => {
      if (sender === undefined) return;
      if (!isRpcAddress(sender.source?.address ?? "")) consumers.open(sender);
      else {
        sender.set_source(sender.source);
        sender.set_target(sender.target ?? { address: "" });
      }
    });
    container.on("receiver_open", ({ receiver }: EventContext) => {
      if (receiver === undefined) return;
      if (!isRpcAddress(receiver.target?.address ?? "")) producers.open(receiver);
      else {
        receiver.set_source(receiver.source ?? { address: "" });
        receiver.set_target(receiver.target);
      }
    });
    container.on("sender_close", ({ sender }: EventContext) => sender && consumers.close(sender));
    container.on("receiver_close", ({ receiver }: EventContext) => receiver && producers.close(receiver));
    container.on("message", (context: EventContext) => this.#message(context));
    container.on("session_close", ({ session }: EventContext) => {
      if (session === undefined) return;
      consumers.dropSession(session);
      producers.dropSession(session);
    });
    const drop = ({ connection }: { connection: Connection }) => {
      consumers.drop(connection);
      producers.drop(connection);
    };
    container.on("disconnected", drop);
    container.on("connection_close", drop);
    for (const event of [
      "connection_error",
      "protocol_error",
      "error",
      "session_error",
      "sender_error",
      "receiver_error",
    ]) {
      container.on(event, (context: unknown) =>
        log.debug({ event, reason: reasonOf(context) }, "event hub: peer error"),
      );
    }
    return container;
  }

  #message({ receiver, delivery, message }: EventContext): void {
    if (receiver === undefined || delivery === undefined) return;
    const bytes: unknown = message;
    const rpc = isRpcAddress(receiver.target?.address ?? "");
    if (!Buffer.isBuffer(bytes)) delivery.release();
    else if (rpc) {
      delivery.accept();
      answer(this.#options, receiver, bytes);
    } else this.#options.producers.receive(receiver, delivery, bytes);
  }
}

function reasonOf(context: unknown): string {
  if (context instanceof Error) return context.message;
  return typeof context === "object" && context !== null && "error" in context ? String(context.error) : "";
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  const why =
    cause.code === "EADDRINUSE"
      ? `Port ${port} on ${host} is taken. Stop the program that uses it, or choose another AMQP port.`
      : `The event hub cannot listen on ${host}:${port} (${cause.message}). Choose another AMQP port or address.`;
  return Object.assign(new Error(why, { cause }), { code: cause.code });
}
