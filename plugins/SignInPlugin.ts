/**
 * What happens to a sign-in while its client is connected. At its end the client is told (`auth.expired`) and has no role
 * any more; a new token of the same person (`auth.renew`) gives it roles again, those of that token. Who does not renew is
 * disconnected after a while, since a room shows its twins to whoever is in it.
 */
import { type Client, type Room, RoomPlugin } from "@colyseus/core";
import { TwinError } from "../src/errors.ts";
import * as payloads from "../src/protocol/payloads.ts";
import { actorOf, type ClientAuth } from "./actor.ts";
import { assertBehind, signInOptions } from "./besideSync.ts";
import { cameBack } from "./cameBack.ts";
import { ofOneRoom } from "./oneRoom.ts";
import { type Handlers, request } from "./request.ts";
import type { TwinSyncPlugin } from "./TwinSyncPlugin.ts";

export interface SignInPluginOptions {
  sync: TwinSyncPlugin;
  /** How long somebody whose sign-in ran out stays connected, ms. Default: a minute. */
  graceMs?: number;
}

/** Close code for who did not renew. The SDK does not try again by itself. */
export const SIGN_IN_EXPIRED = 4401;
const GRACE_MS = 60_000;
const LOOK_MS = 250;

export class SignInPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "signIn" as const;
  readonly #sync: TwinSyncPlugin;
  readonly #graceMs: number;
  /** Sessions that were told of their end. */
  readonly #expired = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SignInPluginOptions) {
    super();
    ofOneRoom(this);
    const { sync, graceMs = GRACE_MS } = signInOptions(options);
    this.#sync = sync;
    this.#graceMs = graceMs;
  }

  override messages: Handlers<"auth.renew"> = {
    "auth.renew": request(
      () => this.#sync.services.log,
      payloads.authRenew,
      (client, { token }) => this.#renew(client, token),
    ),
  };

  protected override onCreate(): void {
    assertBehind(this.#sync, this, this.room.plugins);
    if (this.#sync.services.signIn !== undefined) {
      this.#timer ??= setInterval(() => this.#look(Date.now()), LOOK_MS).unref();
    }
  }

  protected override onLeave(client: Client): void {
    if (cameBack(client)) {
      return;
    }
    this.#expired.delete(client.sessionId);
  }

  protected override onDispose(): void {
    clearInterval(this.#timer);
  }

  #look(now: number): void {
    for (const client of [...this.room.clients]) {
      const { expiresAt } = (client.auth ?? {}) as Partial<ClientAuth>;
      if (expiresAt === undefined || expiresAt > now) {
        continue;
      }
      if (!this.#expired.has(client.sessionId)) {
        this.#expired.add(client.sessionId);
        client.send("auth.expired", { expiredAt: expiresAt, leaveAt: expiresAt + this.#graceMs });
        this.#rolesChanged(client);
      } else if (expiresAt + this.#graceMs <= now) {
        client.leave(SIGN_IN_EXPIRED, "the sign-in has expired");
      }
    }
  }

  async #renew(client: Client, token: string): Promise<{ role: string; expiresAt: number }> {
    const { signIn } = this.#sync.services;
    if (signIn === undefined) {
      throw new TwinError("UNSUPPORTED", "This server knows no sign-in, so there is nothing to renew.");
    }
    const identity = await signIn.verify(token);
    const held = client.auth as Partial<ClientAuth> | undefined;
    if (identity.subject !== held?.subject) {
      throw new TwinError("FORBIDDEN", "The token is somebody else's; leave, and join with it.");
    }
    const before = actorOf(client).roles;
    client.auth = identity;
    this.#expired.delete(client.sessionId);
    if (String(before) !== String(identity.roles)) {
      this.#rolesChanged(client);
    }
    return { role: identity.role, expiresAt: identity.expiresAt };
  }

  #rolesChanged(client: Client): void {
    this.#sync.world.players.get(client.sessionId)?.assign({ role: actorOf(client).role });
    this.#sync.rightsChanged(client);
  }
}
