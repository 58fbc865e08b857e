/**
 * Later pages of `POST /query`. A query's rows have no order and need no id, so no cursor could say where to go on; the
 * open iteration itself is kept for a while instead (it holds the provider's continuation), a bounded number of them.
 */
import { randomUUID } from "node:crypto";
import { type Page, unknownCursor } from "./page.ts";

interface OpenQuery {
  query: string;
  rows: AsyncIterator<object>;
  /** Row that was read to learn whether there is another page. */
  next: object;
  until: number;
}

export interface QueryCursorsOptions {
  now: () => number;
  /** How long a page may be waited for. */
  keepMs?: number;
  /** The oldest is forgotten beyond this. */
  most?: number;
}

export class QueryCursors {
  readonly #open = new Map<string, OpenQuery>();
  readonly #now: () => number;
  readonly #keepMs: number;
  readonly #most: number;

  constructor({ now, keepMs = 60_000, most = 100 }: QueryCursorsOptions) {
    this.#now = now;
    this.#keepMs = keepMs;
    this.#most = most;
  }

  /** First page of a new iteration. */
  async first(query: string, rows: AsyncIterable<object>, limit: number): Promise<Page<object>> {
    return this.#page(query, rows[Symbol.asyncIterator](), [], limit);
  }

  /** Each cursor serves once. INVALID_PAYLOAD when it is unknown, too old, or another query's. */
  async next(query: string, cursor: string, limit: number): Promise<Page<object>> {
    this.#forgetOld(Number.POSITIVE_INFINITY);
    const open = this.#open.get(cursor);
    if (open === undefined || open.query !== query) {
      throw unknownCursor(cursor);
    }
    this.#open.delete(cursor);
    return this.#page(query, open.rows, [open.next], limit);
  }

  async #page(query: string, rows: AsyncIterator<object>, value: object[], limit: number): Promise<Page<object>> {
    for (;;) {
      const result = await rows.next();
      if (result.done === true) {
        return { value };
      }
      if (value.length === limit) {
        return {
          value,
          nextCursor: this.#keep({ query, rows, next: result.value, until: this.#now() + this.#keepMs }),
        };
      }
      value.push(result.value);
    }
  }

  #keep(open: OpenQuery): string {
    this.#forgetOld(this.#most);
    const cursor = randomUUID();
    this.#open.set(cursor, open);
    return cursor;
  }

  /** A Map keeps the order of insertion: the first is the oldest. */
  #forgetOld(most: number): void {
    for (const [cursor, open] of this.#open) {
      if (open.until > this.#now() && this.#open.size < most) {
        return;
      }
      this.#open.delete(cursor);
      void open.rows.return?.().catch(() => undefined);
    }
  }
}
