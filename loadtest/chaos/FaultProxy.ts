/**
 * Stands between the server and the twin service: throttles, fails, hangs up before a request was heard or after it was
 * done, as a seed decides. The service itself knows nothing of it.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "../../test/support/Random.ts";

type Fault = "throttle" | "fail" | "hang up" | "lose the answer";
const FAULTS: readonly Fault[] = ["throttle", "fail", "hang up", "lose the answer"];

export class FaultProxy {
  /** Of requests, while faults are on. */
  rate = 0;
  readonly counts: Record<Fault, number> = { throttle: 0, fail: 0, "hang up": 0, "lose the answer": 0 };
  readonly #target: URL;
  readonly #random: Random;
  readonly #server: Server;

  constructor(target: string, random: Random) {
    this.#target = new URL(target);
    this.#random = random;
    this.#server = createServer((req, res) => this.#handle(req, res));
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #handle(req: IncomingMessage, res: ServerResponse): void {
    const fault = this.#random.next() < this.rate ? this.#random.pick(FAULTS) : undefined;
    if (fault) {
      this.counts[fault]++;
    }
    switch (fault) {
      case "throttle":
        refuse(res, 429, { "retry-after": "1" });
        return;
      case "fail":
        refuse(res, 503, {});
        return;
      case "hang up":
        req.socket.destroy();
        return;
      default:
        this.#forward(req, res, fault === "lose the answer");
    }
  }

  #forward(req: IncomingMessage, res: ServerResponse, losesAnswer: boolean): void {
    const { hostname, port } = this.#target;
    const { method, url: path, headers } = req;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      if (losesAnswer) {
        answer.resume();
        answer.on("end", () => req.socket.destroy());
        return;
      }
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on("error", () => req.socket.destroy());
    req.pipe(onward);
  }
}

function refuse(res: ServerResponse, status: number, headers: Record<string, string>): void {
  res.writeHead(status, { "content-type": "application/json", ...headers });
  res.end(
    JSON.stringify({ error: { code: status === 429 ? "TooManyRequests" : "ServiceUnavailable", message: "chaos" } }),
  );
}
