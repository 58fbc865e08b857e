/**
 * The twins that a query gives, asked again while twins change. The provider answers, so it may lag (Azure's index by up to
 * 10 s), and each asking costs query units; when nothing changed nothing is asked. An answer that does not come leaves
 * the last one standing.
 */
import type { TwinServices } from "../../src/services.ts";
import type { TwinId } from "../../src/twins/types.ts";
import type { Scope } from "./Scope.ts";

export interface QueryScopeOptions {
  query: string;
  everyMs?: number;
  services: TwinServices;
}

type Changed = Parameters<Scope["start"]>[0];

export class QueryScope implements Scope {
  readonly #query: string;
  readonly #everyMs: number;
  readonly #services: TwinServices;
  #members: ReadonlySet<TwinId> = new Set();
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe = () => {};
  #closed = false;

  constructor({ query, everyMs = 10_000, services }: QueryScopeOptions) {
    this.#query = query;
    this.#everyMs = everyMs;
    this.#services = services;
  }

  members(): ReadonlySet<TwinId> {
    return this.#members;
  }

  async start(changed: Changed): Promise<void> {
    await this.#ask(() => {}); // what is in it at first is in `members`
    if (this.#closed) {
      return;
    }
    this.#unsubscribe = this.#services.mirror.onChange(() => {
      this.#stale = true;
      this.#timer ??= setTimeout(() => this.#again(changed), this.#everyMs).unref();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  #again(changed: Changed): void {
    this.#stale = false;
    void this.#ask(changed).then(() => {
      this.#timer = undefined;
      if (this.#stale && !this.#closed) {
        this.#timer = setTimeout(() => this.#again(changed), this.#everyMs).unref();
      }
    });
  }

  async #ask(changed: Changed): Promise<void> {
    const { provider, log } = this.#services;
    try {
      const now = new Set<TwinId>();
      for await (const row of provider.query(this.#query)) {
        addIds(now, row);
      }
      const before = this.#members;
      this.#members = now;
      const added = [...now].filter((id) => !before.has(id));
      const removed = [...before].filter((id) => !now.has(id));
      if (!this.#closed && added.length + removed.length > 0) {
        changed({ added, removed });
      }
    } catch (error) {
      log.warn({ err: error, query: this.#query }, "a room's query was not answered");
    }
  }
}

/** `SELECT *` gives twins, `SELECT A, B` rows with twins as members. */
function addIds(ids: Set<TwinId>, row: object): void {
  for (const at of [row, ...Object.values(row)] as unknown[]) {
    const id = (at as { $dtId?: unknown } | null | undefined)?.$dtId;
    if (typeof id === "string") {
      ids.add(id);
    }
  }
}
