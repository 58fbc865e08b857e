/**
 * The twins that a query gives, asked again while twins change. The provider answers, so it may lag (Azure's index by up to
 * 10 s), and each asking costs query units; when nothing changed nothing is asked. An answer that does not come leaves
 * the last one standing. Before the first one there is none: it is asked until it is answered, and the room goes on loading.
 */
import { setTimeout as delay } from "node:timers/promises";
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
  #isAnswered = false;
  /** Why the last one was not answered, as it was told. */
  #failure: string | undefined;
  /** A twin changed since it was asked. */
  #stale = false;
  /** An answer is waited for; at first until there is one. */
  #isAsking = true;
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
    // Before it is asked: what changes on the way of an answer may be missing in it.
    this.#unsubscribe = this.#services.mirror.onChange(() => {
      this.#stale = true;
      this.#askInAWhile(changed);
    });
    // What is in it at first is in `members`.
    while (!(await this.#ask(() => {})) && !this.#closed) {
      await delay(this.#everyMs, undefined, { ref: false });
    }
    this.#isAsking = false;
    this.#askInAWhile(changed);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  /** If anything changed since it was asked. */
  #askInAWhile(changed: Changed): void {
    if (this.#stale && !this.#isAsking && !this.#closed) {
      this.#timer ??= setTimeout(() => this.#again(changed), this.#everyMs).unref();
    }
  }

  #again(changed: Changed): void {
    this.#timer = undefined;
    this.#isAsking = true;
    void this.#ask(changed).then((isAnswered) => {
      this.#isAsking = false;
      this.#stale ||= !isAnswered;
      this.#askInAWhile(changed);
    });
  }

  /** False: it was not answered, and why is in the log. That is told once, until it is another reason. */
  async #ask(changed: Changed): Promise<boolean> {
    const { provider } = this.#services;
    this.#stale = false;
    try {
      const now = new Set<TwinId>();
      for await (const row of provider.query(this.#query)) {
        if (!addIds(now, row)) {
          throw new TypeError(`it gives rows without twins, such as ${JSON.stringify(row).slice(0, 100)}: SELECT them`);
        }
      }
      this.#tell(undefined);
      const before = this.#members;
      this.#members = now;
      this.#isAnswered = true;
      const added = [...now].filter((id) => !before.has(id));
      const removed = [...before].filter((id) => !now.has(id));
      if (!this.#closed && added.length + removed.length > 0) {
        changed({ added, removed });
      }
      return true;
    } catch (error) {
      this.#tell(error as Error);
      return false;
    }
  }

  #tell(error: Error | undefined): void {
    const { log } = this.#services;
    const before = this.#failure;
    this.#failure = error?.message;
    if (error !== undefined && error.message !== before) {
      const until = this.#isAnswered ? "it shows what the last answer gave" : "it is loading until it is";
      log.warn({ err: error, query: this.#query }, `a room's query was not answered; ${until}`);
    } else if (error === undefined && before !== undefined) {
      log.info({ query: this.#query }, "a room's query is answered again");
    }
  }
}

/** `SELECT *` gives twins, `SELECT A, B` rows with twins as members. False: there is none in it. */
function addIds(ids: Set<TwinId>, row: object): boolean {
  const found = [row, ...Object.values(row)]
    .map((at: unknown) => (at as { $dtId?: unknown } | null | undefined)?.$dtId)
    .filter((id) => typeof id === "string");
  for (const id of found) {
    ids.add(id);
  }
  return found.length > 0;
}
