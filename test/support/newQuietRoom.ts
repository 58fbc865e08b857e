// A room without a server: TwinSyncPlugin over services in memory, clients that decode, and patches only when the test
// says so. Sockets can be slow: what is sent waits until the client reads. They are of three kinds in turn: messages as they
// are, in frames, in frames that may be compressed.
import { type Client, ClientState, type Room, SchemaSerializer } from "@colyseus/core";
import { type Decoder, type Encoder, Reflection, type StateView } from "@colyseus/schema";
import { type TwinSyncOptions, TwinSyncPlugin } from "../../plugins/TwinSyncPlugin.ts";
import { Player } from "../../src/schema/entities.ts";
import type { TwinServices } from "../../src/services.ts";
import { readFrames } from "./readFrames.ts";

/** The plugin's hooks, which Colyseus calls. */
interface Hooks {
  room: unknown;
  onCreate(options: object): void;
  onJoin(client: Client): void;
  onLeave(client: Client): void;
  onDispose(): void;
}

export interface QuietClient {
  readonly sessionId: string;
  readonly client: Client;
  /** Bytes in its socket, as the server sees it. */
  buffered: number;
  /** All that was put on its socket. */
  readonly received: readonly Uint8Array[];
  /** Reads what was sent; answers the twins that it knows then. */
  read(): Record<string, Record<string, unknown>>;
  /** What it knows beside the twins. */
  world(): Record<string, unknown>;
}

export interface QuietRoom {
  sync: TwinSyncPlugin;
  /** What Colyseus calls just before a patch. */
  room: { onBeforePatch: ((state: unknown) => void) | undefined };
  patch(): void;
  /** The game sets its state once more: Colyseus' own serializer is back. */
  setAgain(): void;
  /** `view`: the game gave it to the client. */
  join(auth?: object, view?: StateView): QuietClient;
  /** Its connection is lost, and the room waits for it. */
  drop(client: QuietClient): void;
  /** The same player on another connection. */
  rejoin(client: QuietClient): QuietClient;
  leave(client: QuietClient): void;
  /** Asks as a client does. */
  ask(client: QuietClient, type: "twin.watch" | "twin.get", payload: object): Promise<unknown>;
  close(): void;
}

export function newQuietRoom(services: TwinServices, options: Partial<TwinSyncOptions> = {}): QuietRoom {
  const sync = new TwinSyncPlugin({ services, inbound: false, ...options });
  const room = new FakeRoom();
  const hooks = sync as unknown as Hooks;
  hooks.room = room;
  hooks.onCreate({});
  const connect = (sessionId: string, auth: object | undefined, decoder?: Decoder, view?: StateView): QuietClient => {
    const made = newQuietClient(sessionId, auth, decoder ?? Reflection.decode(Reflection.encode(room.encoder)), view);
    room.clients.push(made.client);
    if (!decoder) {
      sync.world.players.set(sessionId, new Player());
      hooks.onJoin(made.client);
    }
    room.sendFullState(made.client);
    return made;
  };
  const remove = ({ client }: QuietClient) => {
    room.clients.splice(0, Number.POSITIVE_INFINITY, ...room.clients.filter((other) => other !== client));
  };
  let joined = 0;
  return {
    sync,
    room,
    patch: () => void room.broadcastPatch(),
    setAgain: () => room.setAgain(),
    join: (auth, view) => connect(`s${joined++}`, auth, undefined, view),
    drop(lost) {
      remove(lost);
      Object.assign(lost.client, { state: ClientState.LEAVING });
      Object.assign(lost.client.ref, { readyState: 3 });
    },
    rejoin(old) {
      remove(old);
      return connect(old.sessionId, old.client.auth, decoders.get(old), old.client.view);
    },
    leave(made) {
      const { client, sessionId } = made;
      remove(made);
      sync.world.players.delete(sessionId);
      hooks.onLeave(client);
    },
    ask: ({ client }, type, payload) => sync.messages[type](client, payload as never),
    close: () => hooks.onDispose(),
  };
}

const decoders = new WeakMap<QuietClient, Decoder>();

/** What of a Colyseus room the plugin uses. */
class FakeRoom {
  readonly roomId = "quiet";
  readonly clients: Client[] = [];
  /** Nothing is sent by itself. */
  patchRate = 0;
  onBeforePatch: ((state: unknown) => void) | undefined;
  _serializer = new SchemaSerializer();
  #state: unknown;

  get state(): unknown {
    return this.#state;
  }
  set state(state: unknown) {
    this._serializer.reset(state as never);
    this.#state = state;
  }
  get encoder(): Encoder {
    return (this._serializer as unknown as { encoder: Encoder }).encoder;
  }

  setAgain(): void {
    this._serializer = new SchemaSerializer();
    this.state = this.#state;
  }

  setSerializer(serializer: SchemaSerializer<never>): void {
    this._serializer = serializer;
  }
  async setMatchmaking(): Promise<void> {}
  sendFullState(client: Client): void {
    client.raw(this._serializer.getFullState(client));
  }
  _onMessage(): void {}
  broadcastPatch(): boolean {
    this.onBeforePatch?.(this.state as Room["state"]);
    return this._serializer.applyPatches(this.clients, this.state as never);
  }
}

const ROOM_STATE = 14;
const SOCKETS = [
  undefined,
  {},
  { "permessage-deflate": { params: { server_no_context_takeover: true, client_no_context_takeover: true } } },
];

function newQuietClient(sessionId: string, auth: object | undefined, decoder: Decoder, view?: StateView): QuietClient {
  const queue: Uint8Array[] = [];
  const received: Uint8Array[] = [];
  const put = (data: Uint8Array) => void (queue.push(data) && received.push(data));
  const extensions = SOCKETS[Number(sessionId.slice(1)) % SOCKETS.length];
  const read = () => {
    const sent = queue.splice(0);
    for (const message of extensions ? readFrames(sent) : sent) {
      const again = message[0] === ROOM_STATE && decoder.root.refs.size > 1;
      again ? decoder.decodeResync(message, { offset: 1 }) : decoder.decode(message, { offset: 1 });
    }
    return decoder.state.toJSON() as Record<string, unknown>;
  };
  const made: QuietClient = {
    sessionId,
    buffered: 0,
    received,
    client: {
      sessionId,
      auth,
      view,
      state: ClientState.JOINED,
      raw: put,
      leave: () => undefined,
      ref: {
        readyState: 1,
        get bufferedAmount() {
          return made.buffered;
        },
        _extensions: extensions,
        _sender: extensions && { _state: 0, sendFrame: (buffers: Uint8Array[]) => buffers.forEach(put) },
        terminate: () => undefined,
      },
    } as unknown as Client,
    read: () => (read()["twins"] ?? {}) as Record<string, Record<string, unknown>>,
    world: read,
  };
  decoders.set(made, decoder);
  return made;
}
