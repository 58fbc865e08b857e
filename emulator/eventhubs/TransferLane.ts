/**
 * Sends one consumer link's events as transfer frames of its own making: one write to the socket for many events.
 *
 * rhea spends a writer, two timers and a write on every frame, which is more than all the rest of pushing costs. What it
 * needs to know of the deliveries it is told afterwards. Where it must do the sending itself (both sides are to settle,
 * the message is larger than a frame, rhea has deliveries of its own under way on the session) it does.
 * Spec: AMQP 1.0 part 2, 2.3 (frames) and 2.7.5 (transfer). Used by ConsumerLink.
 */
import type { Sender } from "rhea";
import { type Outgoing, outgoingOf, type Settlement } from "./rheaInternals.ts";
import type { Entry } from "./types.ts";

/** Bytes before the message: frame header, and a transfer whose fields all have a fixed size. */
const HEAD = 33;
/** Events that one turn of the event loop sends on one link at most. */
const STEP = 256;
/** Bytes that may wait in a socket; a client that does not read costs no more memory than this and a step. */
const MAX_WAITING = 1024 * 1024;

export class TransferLane {
  readonly #sender: Sender;
  readonly #settlement: Settlement;
  #tag = 0;
  #queue: Entry[] = [];
  #bytes = 0;

  constructor(sender: Sender, settlement: Settlement) {
    this.#sender = sender;
    this.#settlement = settlement;
  }

  /** How many events may be sent now: credit, session window, memory. */
  room(): number {
    const out = outgoingOf(this.#sender);
    if (out.waitingBytes > MAX_WAITING) return 0;
    const room = this.#isDirect(out) ? Math.min(out.credit, out.window) : Math.min(out.credit - out.pending, out.free);
    return Number.isNaN(room) ? 0 : Math.min(room, STEP);
  }

  /** Sends the events, with `section` (delivery annotations; may be empty) in each. As many as `room` said, or fewer. */
  send(entries: readonly Entry[], section: Buffer): void {
    const out = outgoingOf(this.#sender);
    const direct = this.#isDirect(out);
    for (const entry of entries) {
      const size = HEAD + entry.bytes.length + section.length;
      if (direct && size <= out.maxFrameSize) {
        this.#queue.push(entry);
        this.#bytes += size;
      } else {
        this.#flush(out, section);
        this.#sender.send(withSection(entry, section), this.#nextTag(), 0);
      }
    }
    this.#flush(out, section);
  }

  /**
   * True while rhea has nothing under way on this session, and the client needs no word about what it settles: what it says
   * then means nothing to a broker whose readers keep their own place.
   */
  #isDirect(out: Outgoing): boolean {
    return this.#settlement !== "second" && out.isQuiet;
  }

  #flush(out: Outgoing, section: Buffer): void {
    const queue = this.#queue;
    if (queue.length === 0) return;
    const frames = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    let delivery = out.nextDelivery;
    for (const { bytes, annotationsAt } of queue) {
      const size = HEAD + bytes.length + section.length;
      this.#head(frames, at, { size, channel: out.channel, handle: out.handle, delivery: delivery++ });
      at += HEAD;
      if (section.length === 0) at += bytes.copy(frames, at);
      else {
        at += bytes.copy(frames, at, 0, annotationsAt);
        at += section.copy(frames, at);
        at += bytes.copy(frames, at, annotationsAt);
      }
    }
    this.#queue = [];
    this.#bytes = 0;
    out.wrote(frames, queue.length);
  }

  #head(
    frames: Buffer,
    at: number,
    { size, channel, handle, delivery }: { size: number; channel: number; handle: number; delivery: number },
  ): void {
    frames.writeUInt32BE(size, at);
    // Data offset 2 (words), frame type 0 (AMQP).
    frames.writeUInt16BE(0x0200, at + 4);
    frames.writeUInt16BE(channel, at + 6);
    // Descriptor 0x14, then a list of 20 bytes with 6 fields.
    frames.writeUIntBE(0x0053_14c0_1406, at + 8, 6);
    frames[at + 14] = 0x70;
    frames.writeUInt32BE(handle, at + 15);
    frames[at + 19] = 0x70;
    frames.writeUInt32BE(delivery >>> 0, at + 20);
    frames.writeUInt16BE(0xa004, at + 24);
    frames.writeUInt32BE(this.#tag++ >>> 0, at + 26);
    // Message format 0, settled or not, no more frames.
    frames.writeUIntBE(this.#settlement === "sent" ? 0x434142 : 0x434242, at + 30, 3);
  }

  #nextTag(): Buffer {
    const tag = Buffer.allocUnsafe(4);
    tag.writeUInt32BE(this.#tag++ >>> 0);
    return tag;
  }
}

/** A copy: rhea sends it when it can. */
function withSection({ bytes, annotationsAt }: Entry, section: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, annotationsAt), section, bytes.subarray(annotationsAt)]);
}
