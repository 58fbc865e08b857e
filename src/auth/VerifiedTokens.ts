/**
 * Tokens that were checked, so that the same one is not checked again with each request: a signature costs more than reading
 * a twin does. What is held is what a check would come to now: of the same keys, and before the token's end. Used by SignIn.
 */
import type { Identity } from "./SignIn.ts";

/** Of tokens that are good only, so strangers cannot fill it; 16 KB each at the most. */
const MOST = 1000;

interface Held {
  identity: Identity;
  /** The key set that was there when it was checked. */
  keys: object;
  checkedAt: number;
}

export class VerifiedTokens {
  readonly #held = new Map<string, Held>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** `keys`: those that count now; undefined: it is not known, so nothing that is held does. */
  get(token: string, keys: object | undefined): Identity | undefined {
    const held = this.#held.get(token);
    if (held === undefined) {
      return undefined;
    }
    const now = this.#clock();
    // A clock that was set back may be before the token's beginning.
    if (held.keys === keys && now < held.identity.expiresAt && now >= held.checkedAt) {
      return held.identity;
    }
    this.#held.delete(token);
    return undefined;
  }

  set(token: string, identity: Identity, keys: object): void {
    if (this.#held.size >= MOST) {
      const [oldest = ""] = this.#held.keys();
      this.#held.delete(oldest);
    }
    this.#held.set(token, { identity, keys, checkedAt: this.#clock() });
  }
}
