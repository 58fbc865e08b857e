/**
 * Who signs in here, and with what: the token for rooms and REST, renewed before it ends. Tokens stay in this tab's
 * sessionStorage, for which docs/sign-in.md gives the reason. Made by AppState; a server without sign-in has no `offer`.
 */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { SignInOffer } from "../../../src/protocol/signIn.ts";
import { S } from "../strings.ts";
import type { Pending, Tokens } from "./oidc.ts";

const TOKENS = "colyseus-digital-twins.tokens";
const PENDING = "colyseus-digital-twins.sign-in";
/** Renewed so long before its end, and at the latest after three quarters of its time. */
const LEAD_MS = 60_000;
const AGAIN_MS = 5000;
/** setTimeout takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

export class Account {
  readonly #offer = signal<SignInOffer | undefined>(undefined);
  readonly #tokens = signal<Tokens | undefined>(undefined);
  readonly #problem = signal("");
  readonly #busy = signal(false);
  readonly #onToken: (token: string) => void;
  readonly #answer: { query: URLSearchParams; pending: Pending } | undefined;
  #timer = 0;
  #renewal: Promise<void> | undefined;

  readonly name: ReadonlySignal<string> = computed(() => nameIn(this.#tokens.value));

  /** `onToken`: a new token is there for a connection that stands. Takes the issuer's answer out of the address. */
  constructor(options: { onToken: (token: string) => void }) {
    this.#onToken = options.onToken;
    this.#answer = takeAnswer();
  }

  get offer(): ReadonlySignal<SignInOffer | undefined> {
    return this.#offer;
  }
  /** A sentence; "" when all is well. */
  get problem(): ReadonlySignal<string> {
    return this.#problem;
  }
  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }
  get signedIn(): boolean {
    return this.#tokens.value !== undefined;
  }
  /** Of now, for REST; "" without. */
  get token(): string {
    return this.#tokens.value?.access ?? "";
  }

  /** With what the server offers: takes up the issuer's answer, or what this tab holds. */
  async start(offer: SignInOffer): Promise<void> {
    this.#offer.value = offer;
    const answer = this.#answer;
    if (offer.kind === "oidc" && answer !== undefined) {
      await this.#try(async () => {
        const { finish } = await import("./oidc.ts");
        this.#hold(await finish(offer, answer.query, answer.pending));
      });
      return;
    }
    const held = read<Tokens>(TOKENS);
    if (held?.access) {
      this.#hold(held);
      await this.fresh();
    }
  }

  /** Leads away to the issuer. */
  async signIn(): Promise<void> {
    const offer = this.#offer.value;
    if (offer?.kind === "oidc") {
      await this.#try(async () => {
        const { begin } = await import("./oidc.ts");
        const { url, pending } = await begin(offer);
        sessionStorage.setItem(PENDING, JSON.stringify(pending));
        location.assign(url);
      });
    }
  }

  /** Where there is no issuer: a token that somebody was given. */
  paste(text: string): void {
    const access = text.trim().replace(/^Bearer +/i, "");
    const expiresAt = expiryOf(access);
    this.#problem.value = expiresAt === 0 ? S.signIn.noToken : expiresAt < Date.now() ? S.signIn.pastedOld : "";
    if (this.#problem.value === "") {
      this.#hold({ access, refresh: "", id: "", expiresAt });
      this.#onToken(access);
    }
  }

  /** Forgets the tokens, and ends the issuer's session where it offers that. */
  async signOut(): Promise<void> {
    const offer = this.#offer.value;
    const tokens = this.#tokens.value;
    this.forget("");
    if (offer?.kind === "oidc" && tokens !== undefined) {
      const { endOfSession } = await import("./oidc.ts");
      const url = await endOfSession(offer, tokens);
      if (url !== undefined) {
        location.assign(url);
      }
    }
  }

  /** This sign-in is over, for the reason given. */
  forget(problem: string): void {
    window.clearTimeout(this.#timer);
    sessionStorage.removeItem(TOKENS);
    this.#tokens.value = undefined;
    this.#problem.value = problem;
  }

  /** For the next join: renewed first when it has ended, as after a sleep. */
  async fresh(): Promise<string> {
    const tokens = this.#tokens.value;
    if (tokens !== undefined && tokens.refresh !== "" && tokens.expiresAt !== 0 && tokens.expiresAt <= Date.now()) {
      await this.renew();
    }
    return this.token;
  }

  /** Once at a time. What fails for good is told; what may pass is tried again. */
  renew(): Promise<void> {
    this.#renewal ??= this.#renewNow().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewNow(): Promise<void> {
    const offer = this.#offer.value;
    const held = this.#tokens.value;
    if (offer?.kind !== "oidc" || held === undefined || held.refresh === "") {
      this.#problem.value = S.signIn.runsOut;
      return;
    }
    const { refresh, SignInError } = await import("./oidc.ts");
    try {
      this.#hold(await refresh(offer, held));
      this.#problem.value = "";
      this.#onToken(this.token);
    } catch (error) {
      this.#problem.value = error instanceof Error ? error.message : S.errors.unknown;
      if (error instanceof SignInError && error.passing) {
        this.#renewIn(AGAIN_MS);
      }
    }
  }

  #hold(tokens: Tokens): void {
    const held = tokens.expiresAt === 0 ? { ...tokens, expiresAt: expiryOf(tokens.access) } : tokens;
    sessionStorage.setItem(TOKENS, JSON.stringify(held));
    this.#tokens.value = held;
    const left = held.expiresAt - Date.now();
    if (held.expiresAt !== 0) {
      this.#renewIn(Math.max(0, left - Math.min(LEAD_MS, left / 4)));
    }
  }

  #renewIn(ms: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.renew(), Math.min(ms, LONGEST_MS));
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.#busy.value = true;
    this.#problem.value = "";
    try {
      await work();
    } catch (error) {
      this.#problem.value = error instanceof Error ? error.message : S.errors.unknown;
    }
    this.#busy.value = false;
  }
}

/** The issuer sends the person back to `/?code=…&state=…`; the address becomes what it was before. */
function takeAnswer(): { query: URLSearchParams; pending: Pending } | undefined {
  const query = new URLSearchParams(location.search);
  const pending = read<Pending>(PENDING);
  if (pending === undefined || !query.has("state") || !(query.has("code") || query.has("error"))) {
    return undefined;
  }
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, "", `${location.pathname}${pending.search}`);
  return { query, pending };
}

function read<T>(key: string): T | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(key) ?? "null") as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** To show, and to know when to renew; whether they are true is the server's matter. */
function claimsOf(token: string): Record<string, unknown> {
  try {
    const part = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function expiryOf(token: string): number {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1000 : 0;
}

function nameIn(tokens: Tokens | undefined): string {
  const claims = { ...claimsOf(tokens?.access ?? ""), ...claimsOf(tokens?.id ?? "") };
  const name = [claims["name"], claims["preferred_username"], claims["sub"]].find((text) => typeof text === "string");
  return tokens === undefined ? "" : String(name ?? S.signIn.somebody);
}
