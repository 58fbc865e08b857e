/** An HTTP proxy that does CONNECT, as between a plant and the world; it notes where its clients want to go. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onClose } from "./support.ts";

export class ConnectProxy {
  /** `host:port` of each tunnel, and who asked for it: what `proxy-authorization` said. */
  readonly tunnels: { to: string; by: string | undefined }[] = [];
  readonly #server: Server = createServer();
  readonly #sockets = new Set<Socket>();

  /** Closed by closeAll(). */
  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.#server.on("connection", (socket: Socket) => proxy.#keep(socket));
    proxy.#server.on("connect", ({ url = "", headers }, client: Socket) => {
      const [host = "", port = ""] = url.split(":");
      proxy.tunnels.push({ to: url, by: headers["proxy-authorization"] });
      const target = proxy.#keep(connect(Number(port), host));
      target.on("connect", () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
      target.pipe(client).pipe(target);
    });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    onClose(() => proxy.#close());
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    return socket.on("close", () => this.#sockets.delete(socket));
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
