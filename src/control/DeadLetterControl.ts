/**
 * What could not be applied, to look at and to try again after its cause was mended: a model, a mapping rule, a role.
 *
 * Called by REST. A letter goes when the effects of its event are durable; until then it stays, so that a crash in between
 * loses nothing. Newest wins as always: an old message does not bring an old value back.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { DeadLetterDesk, DeadLetterView } from "../services.ts";
import type { DeadLetter, DeadLetters } from "../store/DeadLetters.ts";
import type { TwinEvent } from "../twins/types.ts";

export type LetterReader = (letter: DeadLetter) => TwinEvent | { reason: string } | undefined;

export interface DeadLetterControlOptions {
  letters: Pick<DeadLetters, "list" | "count" | "get" | "at" | "remove">;
  /** Decodes as the source did; undefined: nothing for us after all. */
  read: LetterReader;
  /** Resolves when the effects are durable, or it is a dead letter anew. */
  apply: (event: TwinEvent) => Promise<void>;
  policy: AccessPolicy;
  timeoutMs?: number;
}

export class DeadLetterControl implements DeadLetterDesk {
  readonly #o: Required<DeadLetterControlOptions>;
  readonly #underWay = new Set<number>();

  constructor(options: DeadLetterControlOptions) {
    this.#o = { timeoutMs: 10_000, ...options };
  }

  list(o: { limit: number; before?: number }): DeadLetterView[] {
    return this.#o.letters.list(o);
  }

  count(): number {
    return this.#o.letters.count();
  }

  async replay(actor: Actor, id: number): Promise<void> {
    const { allowed, reason } = this.#o.policy.check(actor, "manage");
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
    const letter = this.#o.letters.get(id);
    if (letter === undefined) {
      throw new TwinError("NOT_FOUND", `There is no dead letter ${id}.`);
    }
    if (this.#underWay.has(id)) {
      throw new TwinError("CONFLICT", `The dead letter ${id} is being replayed.`, { status: 409 });
    }
    this.#underWay.add(id);
    try {
      await this.#replay(letter);
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #replay(letter: DeadLetter): Promise<void> {
    const { letters, read } = this.#o;
    const event = read(letter);
    if (event !== undefined && "reason" in event) {
      throw new TwinError("INVALID_VALUE", event.reason);
    }
    if (event === undefined) {
      letters.remove(letter.id);
      return;
    }
    const { source, position } = letter;
    const before = new Map(letters.at(source, position).map((l) => [l.id, l.tries]));
    await this.#apply(event);
    const again = letters.at(source, position).filter((l) => l.tries !== before.get(l.id));
    if (!again.some((l) => l.id === letter.id)) {
      letters.remove(letter.id); // what is still wrong with it is another letter
    }
    const [refused] = again;
    if (refused) {
      throw new TwinError("INVALID_VALUE", refused.reason);
    }
  }

  async #apply(event: TwinEvent): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const sentence = "The twin service does not take it now; the dead letter stays.";
    const timer = setTimeout(() => reject(new TwinError("UNAVAILABLE", sentence)), this.#o.timeoutMs);
    try {
      await Promise.race([this.#o.apply(event), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
