/** The processes of the rooms benchmark: servers of each variant, one with 200 clients, one with those that are timed, and scenes of views. */
import { type ChildProcess, fork } from "node:child_process";
import { asNpmRuns } from "../asNpmRuns.ts";
import {
  type ClientsDo,
  type ClientsReport,
  type Load,
  type SceneDo,
  type ServerReport,
  TRUTH,
  type Truth,
} from "./messages.ts";

export const VARIANTS = ["none", "room", "batch", "each", "io", "floor"] as const;
export type Variant = (typeof VARIANTS)[number];
/** Which clients speak with them. */
export const KINDS = { room: "room", batch: "ws", each: "ws", floor: "ws", io: "io" } as const;

export interface Server {
  port: number;
  run(load: Load): Promise<ServerReport>;
  truth(): Promise<Truth>;
}
/** ms of CPU of each that was asked for. */
export type Scene = (task: SceneDo) => Promise<number[]>;
export type Clients = (task: ClientsDo) => Promise<ClientsReport>;

export class Processes {
  readonly #children: ChildProcess[] = [];

  async clients(): Promise<Clients> {
    const child = await this.#start("clients.ts", []);
    return (task) => ask(child, task);
  }

  async scene(twins: number, way: "cells" | "views"): Promise<Scene> {
    const child = await this.#start("viewScene.ts", [String(twins), way], ["--expose-gc", ...asNpmRuns("start")]);
    return (task) => ask(child, task);
  }

  async server(variant: Variant, twins: number): Promise<Server> {
    const child = this.#fork("server.ts", [variant, String(twins)], asNpmRuns("start"));
    const { port } = await said<{ port: number }>(child);
    return { port, run: (load) => ask(child, load), truth: () => ask(child, TRUTH) };
  }

  /** What a script says first. */
  async once<T>(script: string, args: string[], execArgv: string[]): Promise<T> {
    return said<T>(this.#fork(script, args, execArgv));
  }

  close(): void {
    for (const child of this.#children) {
      child.kill();
    }
  }

  async #start(script: string, args: string[], execArgv: string[] = []): Promise<ChildProcess> {
    const child = this.#fork(script, args, execArgv);
    await said(child);
    return child;
  }

  #fork(script: string, args: string[], execArgv: string[]): ChildProcess {
    const child = fork(`${import.meta.dirname}/${script}`, args, { execArgv });
    this.#children.push(child);
    return child;
  }
}

function ask<T>(child: ChildProcess, what: object | string): Promise<T> {
  child.send(what);
  return said<T>(child);
}

/** The next thing that a child says; Colyseus speaks to a process manager here too. */
function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once("exit", ended);
    child.on("message", function heard(message) {
      if (typeof message === "object" && message !== null && "said" in message) {
        child.off("exit", ended);
        child.off("message", heard);
        resolve(message.said as T);
      }
    });
  });
}
