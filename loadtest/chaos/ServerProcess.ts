/** A server that is killed without warning and started again on the same data; what ends it otherwise is a crash. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export class ServerProcess {
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #url = "";
  kills = 0;
  crashes = 0;

  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  get url(): string {
    return this.#url;
  }

  /** Resolves when it listens, or has ended before. */
  async start(): Promise<void> {
    const child = fork(new URL("./server.ts", import.meta.url), { env: { ...process.env, ...this.#env } });
    this.#child = child;
    child.on("exit", (code, signal) => {
      if (signal !== "SIGKILL" && code !== 0) {
        this.crashes++;
      }
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    child.on("message", (message) => {
      if (typeof message === "object" && "url" in message) {
        resolve(String(message.url)); // Colyseus says things on this channel too
      }
    });
    child.once("exit", () => resolve(""));
    this.#url = await promise;
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.kills += (await this.#signal("SIGKILL")) ? 1 : 0;
  }

  /** As a service manager ends it. */
  async stop(): Promise<void> {
    await this.#signal("SIGTERM");
  }

  async #signal(signal: "SIGKILL" | "SIGTERM"): Promise<boolean> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return false;
    }
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    return true;
  }
}
