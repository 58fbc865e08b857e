/**
 * What may stand between a request and a write: rights, the lease of another, interlocks, and the second step that a
 * hazardous act needs. Asked by PropertyWrites and Commands on request and again just before dispatch, by
 * `checkPermissions` for what is shown.
 *
 * Fails closed. It keeps people from mistakes; it is no safety function and does not replace one in the device.
 */
import { type AccessPolicy, type Action, type ActionTarget, type Actor, rolesOf } from "../auth/AccessPolicy.ts";
import type { ModelGraph } from "../dtdl/types.ts";
import { TwinError } from "../errors.ts";
import type { ReadRights } from "../services.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, Dtmi, Pointer, TwinId } from "../twins/types.ts";
import type { Leases } from "./Leases.ts";
import { faultOf, fulfils, isA } from "./rules/conditions.ts";
import type { ControlRules, Hazard, Interlock } from "./rules/controlFile.ts";

export interface GuardOptions {
  policy: AccessPolicy;
  leases: Leases;
  rules: ControlRules;
  mirror: TwinMirror;
  graph: () => ModelGraph;
  /** Absent: everybody may be told everything. */
  told?: ReadRights | undefined;
  clock: Clock;
}

/** What somebody wants to do to one twin. */
export interface Act {
  do: "patch" | "command";
  twinId: TwinId;
  modelId: Dtmi;
  /** Pointers of Properties, or the command's path. Without a value where nobody can tell it. */
  on: readonly { path: string; value?: unknown }[];
  /** Nothing is asked for yet: interlocks on certain values do not speak. Otherwise a value that cannot be told is bound. */
  forShow?: boolean;
}

/** May who is told what stands against an act see that value? */
type Reader = (told: ReadRights, model: Dtmi, path: Pointer) => boolean;

export const ARMED_MS = 5000;
const MAX_ARMED = 10_000;

export class Guard {
  readonly #o: GuardOptions;
  /** Holder, act and values → until when the second step is taken for one. */
  readonly #armed = new Map<string, { actor: string; until: number }>();

  constructor(options: GuardOptions) {
    this.#o = options;
  }

  /** @throws FORBIDDEN */
  allow(actor: Actor, action: Action, on?: ActionTarget): void {
    const { allowed, reason } = this.#o.policy.check(actor, action, on);
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
  }

  /** @throws LEASED */
  assertFree(actor: Actor, twinId: TwinId): void {
    this.#o.leases.assertFree(actor, twinId);
  }

  /** On request: lease, interlocks, and the first step of what is hazardous. @throws LEASED, INTERLOCKED */
  onRequest(actor: Actor, act: Act): void {
    this.assertFree(actor, act.twinId);
    this.assertUnlocked(actor, act);
    const hazard = this.hazardOf(act);
    if (hazard) {
      this.#takeStep(actor, act, hazard);
    }
  }

  /**
   * Just before it goes out: the world may have changed since. What is thrown becomes the reason of an operation, which
   * everybody reads. @throws LEASED, INTERLOCKED
   */
  beforeDispatch(actor: Actor, act: Act): void {
    this.assertFree(actor, act.twinId);
    this.#assertUnlocked(actor, act, (told, model, path) => told.isOpen(model, path));
  }

  /** @throws INTERLOCKED with the sentence of the interlock and what is against it now, as far as the actor may see it. */
  assertUnlocked(actor: Actor, act: Act): void {
    this.#assertUnlocked(actor, act, (told, model, path) => told.allows(rolesOf(actor), model, path));
  }

  #assertUnlocked(actor: Actor, act: Act, mayRead: Reader): void {
    for (const interlock of this.#o.rules.interlocks) {
      const fault = this.#binds(interlock, actor, act) ? this.#faultOf(interlock, act, mayRead) : undefined;
      if (fault !== undefined) {
        throw new TwinError("INTERLOCKED", `${interlock.reason} (${interlock.name}: ${fault}.)`);
      }
    }
  }

  /** Before it is queued for its device: two steps within seconds are no consent to an hour later. @throws OFFLINE */
  assertMayWait(act: Act): void {
    const hazard = this.hazardOf(act);
    if (hazard) {
      const why = "The device is offline, or not done with what came before; what is hazardous does not wait for it.";
      throw new TwinError("OFFLINE", `${hazard.reason} ${why} Ask again when it is back.`);
    }
  }

  /** Why it takes two steps; undefined: it does not. */
  hazardOf(act: Act): Hazard | undefined {
    return this.#o.rules.hazardous.find((rule) => this.#covers(rule, act));
  }

  /** Who left has armed nothing. */
  leave(actorId: string): void {
    for (const [key, { actor }] of this.#armed) {
      if (actor === actorId) {
        this.#armed.delete(key);
      }
    }
  }

  #takeStep(actor: Actor, act: Act, hazard: Hazard): void {
    const key = JSON.stringify([actor.id, act.do, act.twinId, act.on]);
    const now = this.#o.clock();
    const armed = this.#armed.get(key);
    this.#armed.delete(key);
    if (armed && armed.until >= now) {
      return;
    }
    for (const [other, { until }] of this.#armed) {
      if (until < now || this.#armed.size >= MAX_ARMED) {
        this.#armed.delete(other);
      }
    }
    this.#armed.set(key, { actor: actor.id, until: now + ARMED_MS });
    const seconds = ARMED_MS / 1000;
    throw new TwinError(
      "INTERLOCKED",
      `${hazard.reason} It is armed: ask the same again within ${seconds} s to do it.`,
      {
        details: [{ path: "", expected: `the same request again within ${seconds} s`, found: "armed" }],
      },
    );
  }

  #binds(interlock: Interlock, actor: Actor, act: Act): boolean {
    const { asking } = interlock;
    const isAsked = (value: unknown) =>
      asking === undefined || (value === undefined ? act.forShow !== true : fulfils(value, asking));
    return !interlock.exceptRoles.includes(actor.role) && this.#covers(interlock, act, isAsked);
  }

  #covers(
    rule: { model: string; guards: readonly string[] },
    act: Act,
    isAsked: (value: unknown) => boolean = () => true,
  ): boolean {
    return (
      isA(this.#o.graph(), act.modelId, rule.model) &&
      act.on.some(({ path, value }) => rule.guards.includes(`${act.do} ${path}`) && isAsked(value))
    );
  }

  #faultOf(interlock: Interlock, { twinId }: Act, mayRead: Reader): string | undefined {
    const { mirror, graph, clock, told } = this.#o;
    const tells = (id: TwinId, path: Pointer) => {
      const model = mirror.get(id)?.modelId;
      return told === undefined || told.isEmpty || (model !== undefined && mayRead(told, model, path));
    };
    const world = { mirror, graph: graph(), now: clock(), tells };
    return interlock.requires.map((c) => faultOf(c, twinId, world)).find((fault) => fault !== undefined);
  }
}
