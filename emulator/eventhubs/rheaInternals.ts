/**
 * What the broker needs of rhea 3.0.5 beyond its public typings, in one place, so that an upgrade has one file to check.
 *
 * rhea drops a connection when a frame arrives for a session or link that has just ended. The Azure SDK sends such frames
 * when it closes while links are opening, and then its close() hangs; Azure ignores them, and so does this.
 */
import type { Duplex } from "node:stream";
import type { AmqpError, Connection, Container, link, Receiver, Sender, Session } from "rhea";

interface Frame {
  channel: number;
  payload?: Buffer | undefined;
  performative: {
    handle?: number | null;
    message_format?: number | null;
    delivery_id?: number | null;
    more?: boolean | null;
  };
}

interface SessionInternals {
  outgoing: {
    next_delivery_id: number;
    next_pending_delivery: number;
    next_transfer_id: number;
    window: number;
    deliveries: { size: number };
    available(): number;
    transfer_window(): number;
  };
  incoming: { next_transfer_id: number; next_delivery_id: number | undefined };
  local: { channel: number };
  remote: { handles: Record<number, (Receiver & PartialDelivery) | undefined> };
  on_disposition(frame: Frame): void;
  on_flow(frame: Frame): void;
  on_transfer(frame: Frame): void;
  on_detach(frame: Frame): void;
}

/** A receiver's delivery of which more frames are to come. */
interface PartialDelivery {
  _incomplete?: { frames: (Buffer | undefined)[] } | undefined;
}

interface ConnectionInternals {
  remote_channel_map: Record<number, SessionInternals | undefined>;
  remote: { open?: { max_frame_size?: number } };
  socket: {
    write(bytes: Buffer): boolean;
    destroyed: boolean;
    writableLength: number;
    on(event: "drain", listener: () => void): void;
  };
  amqp_transport: { pending: unknown[] };
  _register(): void;
}

interface LinkInternals {
  credit: number;
  delivery_count: number;
  _draining: boolean;
  local: {
    handle: number;
    attach: {
      max_message_size?: number;
      snd_settle_mode?: number;
      properties?: object;
      offered_capabilities?: unknown;
    };
  };
}

const TOLERATED = ["disposition", "flow", "transfer", "detach"] as const;
/** Any format but 0 makes rhea hand over the bytes as they came. */
const RAW_FORMAT = 1;

function asInternals(connection: Connection): ConnectionInternals {
  return connection as unknown as ConnectionInternals;
}

function linkOf(of: link): LinkInternals {
  return of as unknown as LinkInternals;
}

export interface ConnectionHooks {
  /** Largest message, in bytes; of a larger one the bytes are thrown away as they come, see `isTooLarge`. */
  maxMessageSize: number;
  /** The client's credit or window on this session may have grown. */
  onFlow(session: Session): void;
  /** The socket has written what waited. */
  onDrain(): void;
}

/** A client's connection on a stream that the container does not listen for by itself. */
export function acceptStream(container: Container, stream: Duplex, options: object): void {
  const { create_connection } = container as unknown as {
    create_connection(options: object): { accept(stream: Duplex): void };
  };
  create_connection.call(container, options).accept(stream);
}

/** To be called when a connection opens. Also makes every message arrive undecoded, as a Buffer. */
export function prepareConnection(connection: Connection, hooks: ConnectionHooks): void {
  const { remote_channel_map: sessions, socket } = asInternals(connection);
  socket.on("drain", hooks.onDrain);
  for (const name of TOLERATED) {
    connection[`on_${name}`] = (frame: Frame) => {
      const session = sessions[frame.channel];
      if (session === undefined) return;
      if (isForEndedLink(session, frame)) {
        skip(session, frame, name === "transfer");
        return;
      }
      if (name === "transfer") prepareTransfer(session, frame, hooks.maxMessageSize);
      session[`on_${name}`](frame);
      if (name === "flow") hooks.onFlow(session as unknown as Session);
    };
  }
}

function isForEndedLink(session: SessionInternals, { performative }: Frame): boolean {
  return typeof performative.handle === "number" && session.remote.handles[performative.handle] === undefined;
}

/** A transfer that nobody takes still counts in the session's numbering. */
function skip(session: SessionInternals, { performative }: Frame, transfer: boolean): void {
  if (!transfer) return;
  session.incoming.next_transfer_id++;
  if (typeof performative.delivery_id === "number") session.incoming.next_delivery_id = performative.delivery_id + 1;
}

/** What a message has taken so far, by its delivery; -1 once it is too large. */
const received = new WeakMap<object, number>();

function prepareTransfer(session: SessionInternals, frame: Frame, maxMessageSize: number): void {
  // Absent means 0 (2.7.5); on the later frames of a delivery rhea does not look.
  if (!frame.performative.message_format) frame.performative.message_format = RAW_FORMAT;
  const partial = session.remote.handles[frame.performative.handle ?? -1]?._incomplete;
  if (partial === undefined) return;
  const first = partial.frames[0]?.length ?? 0;
  const size = received.get(partial) ?? first;
  const total = size < 0 ? size : size + (frame.payload?.length ?? 0);
  received.set(partial, total > maxMessageSize ? -1 : total);
  if (total >= 0 && total <= maxMessageSize) return;
  partial.frames = [Buffer.alloc(0)];
  frame.payload = undefined;
}

/** Whether a message was larger than `maxMessageSize`: its bytes are gone. */
export function isTooLarge(delivery: object): boolean {
  return received.get(delivery) === -1;
}

/** The sending side of a link's session, as TransferLane needs it. Valid within the turn. */
export interface Outgoing {
  channel: number;
  handle: number;
  /** Deliveries that the client takes on this link. */
  credit: number;
  /** Frames that the client takes on this session; NaN before its first flow. */
  window: number;
  /** Deliveries that rhea has taken and not yet sent, on the session. */
  pending: number;
  /** Unsettled deliveries that rhea has room for. */
  free: number;
  /** Nothing of rhea's is under way: frames may be written past it. */
  isQuiet: boolean;
  nextDelivery: number;
  maxFrameSize: number;
  waitingBytes: number;
  /** Writes whole, settled, single-frame deliveries, and tells rhea. */
  wrote(frames: Buffer, deliveries: number): void;
}

export function outgoingOf(sender: Sender): Outgoing {
  const connection = asInternals(sender.connection);
  const session = sender.session as unknown as SessionInternals;
  const out = session.outgoing;
  const link = linkOf(sender);
  const pending = out.next_delivery_id - out.next_pending_delivery;
  return {
    channel: session.local.channel,
    handle: link.local.handle,
    credit: connection.socket.destroyed ? 0 : link.credit,
    window: out.transfer_window(),
    pending,
    free: out.available(),
    isQuiet: pending === 0 && out.deliveries.size === 0 && connection.amqp_transport.pending.length === 0,
    nextDelivery: out.next_delivery_id,
    // Absent means no limit (2.7.1).
    maxFrameSize: connection.remote.open?.max_frame_size ?? 0xffff_ffff,
    waitingBytes: connection.socket.writableLength,
    wrote: (frames, deliveries) => {
      out.next_delivery_id += deliveries;
      out.next_pending_delivery += deliveries;
      out.next_transfer_id += deliveries;
      out.window -= deliveries;
      link.credit -= deliveries;
      link.delivery_count += deliveries;
      connection.socket.write(frames);
    },
  };
}

/** Answers a client that wants its unused credit back, if it does. */
export function drain(sender: Sender): void {
  if (!linkOf(sender)._draining) return;
  sender.set_drained(true);
  asInternals(sender.connection)._register();
}

export function announceMaxMessageSize(of: link, bytes: number): void {
  linkOf(of).local.attach.max_message_size = bytes;
}

/** How a link's deliveries end: when they are sent, when the client says so, or when both have. */
export type Settlement = "sent" | "first" | "second";

/** What the client wants of a link that it opens; the answer will say the same. */
export function settlementOf(sender: Sender): Settlement {
  const { attach } = linkOf(sender).local;
  attach.snd_settle_mode = sender.snd_settle_mode;
  if (sender.snd_settle_mode === 1) return "sent";
  return sender.rcv_settle_mode === 1 ? "second" : "first";
}

/** Link properties of our attach; to be called while the client's is being answered. */
export function answerWith(of: link, properties: object, capability?: string): void {
  const { attach } = linkOf(of).local;
  attach.properties = properties;
  if (capability !== undefined) attach.offered_capabilities = capability;
}

/** Answers an attach with a detach that says why. */
export function refuse(of: link, error: AmqpError): void {
  of.close(error);
}
