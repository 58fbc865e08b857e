// A room's state, serializer and clients without a server: what is sent stays referred to until it is decoded, as it
// does in the socket of a client that reads slowly.
import { type Client, ClientState, SchemaSerializer } from "@colyseus/core";
import { type Decoder, type Encoder, Reflection, type Schema, type StateView } from "@colyseus/schema";
import { Backpressure, type BackpressureOptions } from "../../../plugins/sync/Backpressure.ts";
import type { OpenClient, OpenRoom } from "../../../plugins/sync/internals.ts";
import { TwinSerializer } from "../../../plugins/sync/TwinSerializer.ts";

export type Kind = "stock" | "ours";

export interface FakeClient extends OpenClient {
  /** Frames that the client has not read yet. */
  readonly queue: Uint8Array[];
  /** Reads all frames; answers what the client knows then. */
  read(): Record<string, unknown>;
  buffered: number;
  closedWith: number | undefined;
}

export interface SerializedRoom {
  serializer: SchemaSerializer<Schema>;
  backpressure: Backpressure;
  /** Joins with its full state. */
  join(view?: StateView): FakeClient;
  /** The same player on a new connection; keeps what he had decoded. */
  rejoin(client: FakeClient): FakeClient;
  patch(): void;
}

export function newSerializedRoom(
  state: Schema,
  kind: Kind = "ours",
  options: BackpressureOptions = {},
): SerializedRoom {
  const stock = new SchemaSerializer<Schema>();
  stock.reset(state);
  const room = { _serializer: stock as unknown, setSerializer: () => undefined };
  const adopted = kind === "ours" ? TwinSerializer.adopt(room as unknown as OpenRoom) : undefined;
  const serializer = adopted ?? stock;
  const clients: FakeClient[] = [];
  const backpressure = new Backpressure((client) => serializer.getFullState(client), options);
  const patch = () => {
    serializer.applyPatches(clients as unknown as Client[], state);
    backpressure.afterPatch(performance.now(), true);
  };
  if (adopted) {
    adopted.patchFirst = patch;
    adopted.sendAll = (all, made, except) => backpressure.sendAll(all, made, except);
  }
  const { encoder } = serializer as unknown as { encoder: Encoder };
  const connect = (sessionId: string, view: StateView | undefined, decoder: Decoder): FakeClient => {
    const client = newFakeClient(sessionId, view, decoder);
    clients.push(client);
    adopted && backpressure.attach(client);
    client.raw(serializer.getFullState(client));
    return client;
  };
  return {
    serializer,
    backpressure,
    join: (view) => connect(`s${clients.length}`, view, Reflection.decode(Reflection.encode(encoder))),
    rejoin(client) {
      clients.splice(clients.indexOf(client), 1);
      return connect(client.sessionId, client.view, decoders.get(client) as Decoder);
    },
    patch,
  };
}

const decoders = new WeakMap<FakeClient, Decoder>();

function newFakeClient(sessionId: string, view: StateView | undefined, decoder: Decoder): FakeClient {
  const queue: Uint8Array[] = [];
  const client = {
    sessionId,
    view,
    state: ClientState.JOINED,
    queue,
    buffered: 0,
    closedWith: undefined as number | undefined,
    ref: {
      readyState: 1,
      get bufferedAmount() {
        return client.buffered;
      },
      terminate() {
        client.closedWith = 1006;
      },
    },
    raw: (data: Uint8Array) => void queue.push(data),
    leave(code: number) {
      client.closedWith = code;
    },
    read() {
      for (const frame of queue.splice(0)) {
        const full = frame[0] === 14 && decoder.root.refs.size > 1;
        full ? decoder.decodeResync(frame, { offset: 1 }) : decoder.decode(frame, { offset: 1 });
      }
      return decoder.state.toJSON();
    },
  };
  decoders.set(client as unknown as FakeClient, decoder);
  return client as unknown as FakeClient;
}
