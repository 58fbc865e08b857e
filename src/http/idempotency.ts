/**
 * `Idempotency-Key` of POST: whoever got no answer sends the request again with the same key, and what was done is not done
 * twice (draft-ietf-httpapi-idempotency-key-header-07). Called by serveRoutes for every POST that writes.
 *
 * Kept in this process only, for an hour, a bounded number for each caller. What was refused or failed is not kept: the same
 * key tries again.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { TwinError } from "../errors.ts";
import type { Answer, Route } from "./Route.ts";

export const IDEMPOTENCY_KEY = "idempotency-key";

/** Printable ASCII, with or without the quotes of a structured field. */
const SHAPE = /^(?:"[\x20-\x21\x23-\x7e]{1,255}"|[\x21\x23-\x7e]{1,255})$/;

export const idempotencyHeader = z.object({
  [IDEMPOTENCY_KEY]: z
    .string()
    .regex(SHAPE, "1 to 255 printable characters, such as a UUID")
    .optional()
    .meta({ description: "The same key within an hour: the first answer again, and nothing is done twice." }),
});

export function takesKey({ method, access }: Pick<Route, "method" | "access">): boolean {
  return method === "post" && access === "control";
}

/** What came with the request, without quotes; undefined: none. INVALID_PAYLOAD when it is none of ours. */
export function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (typeof header !== "string" || !SHAPE.test(header)) {
    const expected = "1 to 255 printable characters, such as a UUID (header)";
    const details = [{ path: `/${IDEMPOTENCY_KEY}`, expected, found: JSON.stringify(String(header).slice(0, 80)) }];
    throw new TwinError("INVALID_PAYLOAD", `Idempotency-Key: expected ${expected}.`, { details });
  }
  return header.replace(/^"(.*)"$/, "$1");
}

/** Of everything that makes two requests the same one. */
export function fingerprint(url: string, body: unknown): string {
  return createHash("sha256")
    .update(`${url}\n${JSON.stringify(body) ?? ""}`)
    .digest("base64");
}

export interface Repeatable {
  actorId: string;
  routeId: string;
  key: string;
  fingerprint: string;
}

interface Kept {
  fingerprint: string;
  /** undefined while it runs. */
  answer: Answer | undefined;
  until: number;
}

export interface IdempotencyKeysOptions {
  now: () => number;
  /** How long an answer is kept. */
  keepMs?: number;
  /** Of one caller; his oldest goes first. */
  mostEach?: number;
  /** Of all; then the oldest of who has most. */
  most?: number;
}

export class IdempotencyKeys {
  /** By caller; each in the order of insertion. */
  readonly #kept = new Map<string, Map<string, Kept>>();
  #count = 0;
  readonly #o: Required<IdempotencyKeysOptions>;

  constructor(options: IdempotencyKeysOptions) {
    this.#o = { keepMs: 3_600_000, mostEach: 1000, most: 10_000, ...options };
  }

  get size(): number {
    return this.#count;
  }

  /**
   * Runs it, or gives what it came to before. CONFLICT with 409 while the first one runs, INVALID_VALUE (422) when the key
   * belongs to another request.
   */
  async once(request: Repeatable, run: () => Promise<Answer>): Promise<{ answer: Answer; replayed: boolean }> {
    const id = `${request.routeId} ${request.key}`;
    const known = this.#find(request.actorId, id);
    if (known !== undefined) {
      return { answer: settled(known, request), replayed: true };
    }
    this.#makeRoom(request.actorId);
    const entry: Kept = { fingerprint: request.fingerprint, answer: undefined, until: Number.POSITIVE_INFINITY };
    this.#add(request.actorId, id, entry);
    try {
      entry.answer = await run();
      entry.until = this.#o.now() + this.#o.keepMs;
      return { answer: entry.answer, replayed: false };
    } catch (error) {
      this.#delete(request.actorId, id);
      throw error;
    }
  }

  #find(actorId: string, id: string): Kept | undefined {
    const known = this.#kept.get(actorId)?.get(id);
    if (known !== undefined && known.until <= this.#o.now()) {
      this.#delete(actorId, id);
      return undefined;
    }
    return known;
  }

  #makeRoom(actorId: string): void {
    const own = this.#kept.get(actorId);
    if (own !== undefined && own.size >= this.#o.mostEach) {
      this.#forgetOldest(actorId, own);
    }
    if (this.#count >= this.#o.most) {
      const [first, ...others] = this.#kept;
      const largest = others.reduce((a, b) => (b[1].size > (a?.[1].size ?? 0) ? b : a), first);
      if (largest !== undefined) {
        this.#forgetOldest(...largest);
      }
    }
  }

  /** Not one that runs: it would be run once more. */
  #forgetOldest(actorId: string, entries: Map<string, Kept>): void {
    for (const [id, { answer }] of entries) {
      if (answer !== undefined) {
        this.#delete(actorId, id);
        return;
      }
    }
    throw new TwinError("RATE_LIMITED", "Too many requests with an Idempotency-Key run at once.", {
      retryAfterMs: 1000,
    });
  }

  #add(actorId: string, id: string, entry: Kept): void {
    const own = this.#kept.get(actorId) ?? new Map<string, Kept>();
    this.#kept.set(actorId, own.set(id, entry));
    this.#count++;
  }

  #delete(actorId: string, id: string): void {
    const own = this.#kept.get(actorId);
    if (own?.delete(id)) {
      this.#count--;
    }
    if (own?.size === 0) {
      this.#kept.delete(actorId);
    }
  }
}

function settled(known: Kept, { key, fingerprint: asked }: Repeatable): Answer {
  if (known.fingerprint !== asked) {
    throw new TwinError("INVALID_VALUE", `The Idempotency-Key '${key}' belongs to another request; use a new one.`);
  }
  if (known.answer === undefined) {
    throw new TwinError("CONFLICT", `The first request with the Idempotency-Key '${key}' is still running.`, {
      status: 409,
      retryAfterMs: 1000,
    });
  }
  return known.answer;
}
