// A proxy before an HTTP service that refuses some requests with a status, as Azure refuses where a role is missing.
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Gate {
  url: string;
  close(): Promise<void>;
}

/** `refuse`: the status for what is not let through. */
export async function newGate(
  target: string,
  refuse: (method: string, path: string) => number | undefined,
): Promise<Gate> {
  const server = createServer((req, res) => {
    const status = refuse(req.method ?? "", req.url ?? "");
    if (status !== undefined) {
      req.resume();
      res.writeHead(status, { "content-type": "application/json" }).end('{"error":{"code":"AuthorizationFailed"}}');
      return;
    }
    const on = request(
      new URL(req.url ?? "/", target),
      { method: req.method ?? "GET", headers: req.headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    on.on("error", () => res.destroy());
    req.pipe(on);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
