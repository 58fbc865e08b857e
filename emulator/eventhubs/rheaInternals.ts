/**
 * What the broker needs of rhea 3.0.5 beyond its public typings, in one place, so that an upgrade has one file to check.
 *
 * rhea drops a connection when a frame arrives for a session or link that has just ended. The Azure SDK sends such frames
 * when it closes while links are opening, and then its close() hangs; Azure ignores them, and so does this.
 */
import type { AmqpError, Connection, link, Sender } from "rhea";

interface Frame {
  channel: number;
  performative: {
    handle?: number | null;
    message_format?: number | null;
    delivery_id?: number | null;
  };
}

interface SessionInternals {
  outgoing: { next_delivery_id: number; next_pending_delivery: number; available(): number };
  incoming: { next_transfer_id: number; next_delivery_id: number | undefined };
  remote: { handles: Record<number, unknown> };
  on_disposition(frame: Frame): void;
  on_flow(frame: Frame): void;
  on_transfer(frame: Frame): void;
  on_detach(frame: Frame): void;
}

interface ConnectionInternals {
  remote_channel_map: Record<number, SessionInternals | undefined>;
  socket: { cork(): void; uncork(): void; destroyed: boolean };
}

interface LinkInternals {
  credit: number;
  local: {
    attach: { max_message_size?: number };
  };
}

const TOLERATED = ["disposition", "flow", "transfer", "detach"] as const;
/** Any format but 0 makes rhea hand over the bytes as they came. */
const RAW_FORMAT = 1;

function asInternals(connection: Connection): ConnectionInternals {
  return connection as unknown as ConnectionInternals;
}

function sessionOf(sender: Sender): SessionInternals {
  return sender.session as unknown as SessionInternals;
}

function linkOf(of: link): LinkInternals {
  return of as unknown as LinkInternals;
}

/** To be called when a connection opens. Also makes every message arrive undecoded, as a Buffer. */
export function prepareConnection(connection: Connection): void {
  const sessions = asInternals(connection).remote_channel_map;
  for (const name of TOLERATED) {
    connection[`on_${name}`] = (frame: Frame) => {
      const session = sessions[frame.channel];
      if (session === undefined) return;
      if (name === "transfer" && frame.performative.message_format === 0)
        frame.performative.message_format = RAW_FORMAT;
      if (isForEndedLink(session, frame)) skip(session, frame, name === "transfer");
      else session[`on_${name}`](frame);
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

/** How many messages may be sent on the link now: its credit without what rhea has queued, and the session's room. */
export function sendBudget(sender: Sender): number {
  const { outgoing } = sessionOf(sender);
  return Math.min(
    linkOf(sender).credit - (outgoing.next_delivery_id - outgoing.next_pending_delivery),
    outgoing.available(),
  );
}

/** Gathers what rhea writes in this turn into one write to the socket. */
export function gatherWrites(connection: Connection): void {
  const { socket } = asInternals(connection);
  if (socket.destroyed) return;
  socket.cork();
  setImmediate(() => socket.uncork());
}

export function announceMaxMessageSize(of: link, bytes: number): void {
  linkOf(of).local.attach.max_message_size = bytes;
}

/** Answers an attach with a detach that says why. */
export function refuse(of: link, error: AmqpError): void {
  of.close(error);
}
