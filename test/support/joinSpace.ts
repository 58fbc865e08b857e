// A player of the ready-made room: the stock client SDK, and what a person would look at.
import assert from "node:assert/strict";
import { ColyseusSDK, type Room } from "@colyseus/sdk";
import type { Role } from "../../src/protocol/names.ts";
import { eventually } from "./eventually.ts";

export interface SeenTwin {
  $model: number;
  $name: string;
  $seen: number;
  $link: number;
  [property: string]: unknown;
}
export interface SeenPlacement {
  twinId: string;
  x: number;
  y: number;
  z: number;
  visual: string;
  by: string;
  status: string;
  /** Why it is "failed". */
  reason: string;
  heldBy: string;
}
export interface SeenOperation {
  kind: string;
  twinId: string;
  path: string;
  desired: string;
  status: string;
  reason: string;
  by: string;
}
/** What a client holds of a world: a view that tests read without knowing the classes. */
export interface SeenWorld {
  space: string;
  name: string;
  status: string;
  statusSince: number;
  models: Iterable<string>;
  twins: Map<string, SeenTwin>;
  placements: Map<string, SeenPlacement>;
  players: Map<string, { name: string; role: string }>;
  operations: Map<string, SeenOperation>;
}

/** What a request is refused with. */
export interface Refusal {
  code: string;
  message: string;
  details?: readonly { path: string; expected: string; found: string }[];
}

export interface Player {
  room: Room<unknown, SeenWorld>;
  world: SeenWorld;
  /** Throws when it is not there. */
  twin(id: string): SeenTwin;
  ask(type: string, payload: unknown): Promise<Record<string, unknown>>;
  /** The refusal; throws when the request is answered instead, or refused without a code. */
  refused(type: string, payload: unknown): Promise<Refusal>;
  leave(): Promise<void>;
}

export interface JoinSpaceOptions {
  role?: Role;
  space?: string;
  name?: string;
  /** Resolve only when the space is live. Default: true. */
  live?: boolean;
  /** Who signs in. */
  token?: string;
}

const LIVE_MS = 20_000;
const REPLY_MS = 10_000;

/** Resolves with the first state there: `joinOrCreate` alone may resolve before it. */
export async function joinSpace(
  url: string,
  { live = true, role = "player", name = `a ${role}`, token, ...options }: JoinSpaceOptions = {},
): Promise<Player> {
  const sdk = new ColyseusSDK(url);
  if (token !== undefined) {
    sdk.auth.token = token;
  }
  const joined = await sdk.joinOrCreate("space", { role, name, ...options });
  const player = newPlayer(joined as unknown as Room<unknown, SeenWorld>);
  await eventually(() => assert.ok(player.world?.status), { timeoutMs: LIVE_MS });
  if (live) {
    await eventually(() => assert.equal(player.world.status, "live"), { timeoutMs: LIVE_MS });
  }
  return player;
}

function newPlayer(room: Room<unknown, SeenWorld>): Player {
  room.reconnection.enabled = false; // a server that a test ends is gone for good
  const ask = (type: string, payload: unknown) =>
    room.request(type as never, payload as never, { timeout: REPLY_MS }) as Promise<Record<string, unknown>>;
  return {
    room,
    get world() {
      return room.state;
    },
    twin(id) {
      const twin = room.state.twins.get(id);
      assert.ok(twin, `there is no twin '${id}' in this room`);
      return twin;
    },
    ask,
    refused: (type, payload) => refusalOf(ask(type, payload)),
    async leave() {
      if (room.connection.isOpen) {
        await room.leave();
      }
    },
  };
}

async function refusalOf(request: Promise<unknown>): Promise<Refusal> {
  const outcome = await request.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  assert.ok("error" in outcome, `not refused, but answered ${JSON.stringify(Object.values(outcome)[0])}`);
  const { reason } = outcome.error as { reason?: Refusal };
  assert.equal(typeof reason?.code, "string", `refused without a code: ${String(outcome.error)}`);
  return reason as Refusal;
}
