/**
 * A room's patches, from the moment before one is made to the sockets: joins TwinSerializer, Backpressure and LeadingEdge
 * to a room of any kind. Made by TwinSyncPlugin when the room has its state; plugins have no hooks of their own for this.
 */
import { type Client, ClientState } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import type { Traffic } from "../../src/services.ts";
import type { Log } from "../../src/twins/types.ts";
import { Backpressure, type BackpressureOptions } from "./Backpressure.ts";
import { Bucket } from "./Bucket.ts";
import { CellEncoder } from "./CellEncoder.ts";
import type { OpenRoom } from "./internals.ts";
import { JoinDeadline } from "./JoinDeadline.ts";
import { LeadingEdge } from "./LeadingEdge.ts";
import type { NearViews } from "./NearViews.ts";
import { TwinSerializer } from "./TwinSerializer.ts";
import type { ValueLane } from "./ValueLane.ts";

/**
 * Of full states for clients that had one before: they are made anew, so that whoever comes back over and over would have
 * the server do nothing else. A twentieth of its time; twice as many at once. Who waits gets one with the others that wait.
 */
const AGAIN_BYTES_PER_SECOND = 2 << 20;

export interface PatchesOptions {
  room: OpenRoom;
  /** Called just before each patch; a throw is logged, since in a timer it would end the process. */
  before(): void;
  /** Called right after each patch. */
  after(): void;
  /** Called just before a client that came, or came back, gets its full state; a throw is logged. */
  beforeFullState(client: Client): void;
  lane: ValueLane;
  log: Log;
  backpressure: BackpressureOptions | undefined;
  traffic: Traffic;
}

export class Patches {
  readonly #room: OpenRoom;
  readonly #edge: LeadingEdge;
  readonly #backpressure: Backpressure;
  readonly #deadline: JoinDeadline;
  #serializer: TwinSerializer | undefined;
  readonly #again = new Bucket(AGAIN_BYTES_PER_SECOND, performance.now());
  #near = () => {};
  readonly #lane: ValueLane;
  readonly #traffic: Traffic;

  constructor({ room, before, after, beforeFullState, lane, log, backpressure, traffic }: PatchesOptions) {
    this.#room = room;
    this.#lane = lane;
    this.#traffic = traffic;
    this.#edge = new LeadingEdge(room);
    this.#backpressure = new Backpressure((client) => this.#fullState(client), backpressure, traffic);
    this.#deadline = new JoinDeadline(this.#backpressure.slowForMs);
    this.#adopt();
    const own = room.onBeforePatch?.bind(room);
    room.onBeforePatch = (state) => {
      try {
        return own?.(state);
      } finally {
        try {
          before(); // after the game's own: a twin that it takes away now is not to have a value on its way
        } catch (error) {
          log.error({ err: error, room: room.roomId }, "twin values were not written to room state");
        }
      }
    };
    const send = room.broadcastPatch.bind(room);
    room.broadcastPatch = () => {
      this.#adopt(); // a game may set its state again
      const begun = performance.now();
      const sent = send();
      this.#after(sent, begun);
      after();
      return sent;
    };
    const sendFull = room.sendFullState.bind(room);
    room.sendFullState = (client) => {
      try {
        beforeFullState(client);
      } catch (error) {
        log.error({ err: error, room: room.roomId }, "a client is not shown what is near");
      }
      this.#adopt();
      if (this.#serializer) {
        this.#backpressure.attach(client); // before, since it decides how the state is sent
      }
      if (!this.#serializer?.knows(client)) {
        sendFull(client);
      } else if (this.#again.take(0, performance.now())) {
        this.#charge(this.#serializer, () => sendFull(client));
      } else {
        this.#backpressure.resend(client); // one for all who wait, after a patch
      }
    };
  }

  /** Clients that read too slowly to get patches now. */
  get slow(): number {
    return this.#backpressure.slow;
  }

  /** From now on clients are shown the twins that these views give them. */
  showNear(near: NearViews, world: WorldState): void {
    const cells = new CellEncoder(near, world); // one for all states that the game sets: what waits in cells goes on waiting
    this.#lane.side = cells;
    this.#near = () => this.#serializer?.showNear(near, world, cells);
    this.#near();
  }

  /** Something is to be sent. */
  touch(): void {
    this.#edge.touch();
  }

  /** Something is to be sent that people wait for: not after a whole interval. */
  touchAwaited(): void {
    this.#edge.touchAwaited();
  }

  /** The client gets one full state instead of the next patch; one that is not there yet with its acknowledgement. */
  resend(client: Client): void {
    if (client.view) {
      this.#serializer?.viewChanged(client.view);
    }
    if (client.state === ClientState.JOINED) {
      this.#backpressure.resend(client);
    }
  }

  /** The same for all that have this view. */
  viewChanged(view: StateView): void {
    this.#serializer?.viewChanged(view);
    for (const client of this.#room.clients) {
      if (client.view === view && client.state === ClientState.JOINED) {
        this.#backpressure.resend(client);
      }
    }
  }

  forget(client: Client): void {
    this.#serializer?.forget(client);
    this.#backpressure.forget(client);
  }

  close(): void {
    this.#edge.close();
  }

  #after(sent: boolean, begun: number): void {
    if (sent) {
      this.#edge.sent(begun);
    }
    const now = performance.now();
    const { slow } = this.#backpressure;
    if (slow > 0) {
      const mayResend = this.#again.take(0, now);
      this.#charge(this.#serializer, () => this.#backpressure.afterPatch(now, mayResend));
    }
    this.#deadline.check(this.#room.clients, now);
  }

  #charge(serializer: TwinSerializer | undefined, send: () => void): void {
    const before = serializer?.encoded ?? 0;
    send();
    this.#again.charge((serializer?.encoded ?? 0) - before);
  }

  #adopt(): void {
    if (this.#serializer !== undefined && this.#room._serializer === this.#serializer) {
      return;
    }
    this.#serializer = TwinSerializer.adopt(this.#room);
    this.#lane.isOpen = this.#serializer !== undefined;
    if (this.#serializer) {
      this.#serializer.lane = this.#lane;
      this.#serializer.patchFirst = () => this.#room.broadcastPatch();
      this.#serializer.onFullState = (bytes) => {
        this.#traffic.fullStates++;
        this.#traffic.fullStateBytes += bytes;
      };
      this.#serializer.sendAll = (clients, patch, except) => this.#backpressure.sendAll(clients, patch, except);
      this.#serializer.partsFor = (client) => this.#backpressure.partsFor(client);
      this.#near();
    }
  }

  #fullState(client: Client): Uint8Array {
    return this.#serializer?.getFullState(client) ?? new Uint8Array(0);
  }
}
