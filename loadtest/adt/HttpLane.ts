/**
 * One keep-alive connection that asks and waits for each answer, with as little work of its own as can be: a benchmark of a
 * service must not measure its client. Knows answers with Content-Length only, as the embedded twin service gives them.
 */
import { connect, type Socket } from "node:net";

const END = Buffer.from("\r\n\r\n");

export interface Answer {
  status: number;
  body: string;
}

export class HttpLane {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<Answer> | undefined;

  constructor(host: string, port: number) {
    this.#host = `${host}:${port}`;
    this.#socket = connect(port, host);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", (error) => this.#waiting?.reject(error));
    this.#socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  /** One request at a time. */
  ask(method: string, path: string, body = "", headers = ""): Promise<Answer> {
    const length = Buffer.byteLength(body);
    const content = length === 0 ? "" : `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
    this.#waiting = Promise.withResolvers<Answer>();
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${headers}${content}\r\n${body}`);
    return this.#waiting.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.byteLength === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(END);
    if (headEnd < 0) {
      return;
    }
    const head = this.#received.toString("latin1", 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + END.byteLength + length;
    if (this.#received.byteLength < end) {
      return;
    }
    const body = this.#received.toString("utf8", headEnd + END.byteLength, end);
    this.#received = this.#received.subarray(end);
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
