/**
 * A TCP proxy before the broker that counts what the broker answers, in pieces as they come: moments of the AMQP dialogue,
 * without a clock. It can end connections at such a moment with FIN, as a load balancer does that is being changed.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { onClose } from "./support.ts";

export class CountingProxy {
  /** Pieces that the broker has answered, over all connections. */
  answered = 0;
  /** Connections that are still to be ended after `#endAfter` answers each. */
  toEnd = 0;
  #endAfter = 0;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#carry(socket));
  }

  /** Closed by closeAll(). */
  static async start(target: EventHubsEndpoint): Promise<CountingProxy> {
    const proxy = new CountingProxy(target.port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    onClose(() => proxy.#close());
    return proxy;
  }

  /** The broker's, through here. */
  connectionString(target: EventHubsEndpoint): string {
    return target.connectionString.replace(`:${target.port}`, `:${(this.#server.address() as AddressInfo).port}`);
  }

  /** Ends all connections now, and the next `connections` after so many answers each. */
  end(connections: number, afterAnswers: number): void {
    this.toEnd = connections;
    this.#endAfter = afterAnswers;
    for (const socket of this.#sockets) socket.end();
  }

  #carry(client: Socket): void {
    const broker = connect(this.#target, "127.0.0.1");
    const ends = this.toEnd > 0;
    if (ends) this.toEnd--;
    let left = ends ? this.#endAfter : Number.POSITIVE_INFINITY;
    this.#sockets.add(client);
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      socket.on("error", () => undefined); // the other side hears of it by its end
      socket.on("close", () => other.end());
    }
    client.on("close", () => this.#sockets.delete(client));
    client.pipe(broker);
    broker.on("data", (bytes) => {
      this.answered++;
      if (left-- > 0) client.write(bytes);
      else {
        client.end();
        broker.destroy();
      }
    });
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
