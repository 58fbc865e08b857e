/**
 * An event that can have no effect, as the dead letters keep it. Used wherever the pump gives one up.
 */
import type { TwinEvent, UndecodableEvent } from "../twins/types.ts";

/** With the message as it came where the event still knows it. */
export function asDeadLetter(event: TwinEvent, reason: string): UndecodableEvent {
  const { position, source, receivedAt, enqueuedAt, message } = event;
  const letter = { position, source, receivedAt, reason, enqueuedAt };
  if (message === undefined) {
    return { ...letter, raw: Buffer.from(JSON.stringify(event)) };
  }
  const { body: raw, properties, systemProperties } = message;
  return { ...letter, raw, properties, systemProperties };
}

/** The same event with a body of its own: the link's buffer, of which it is a part, is not kept alive by it. */
export function withOwnBytes(event: TwinEvent): TwinEvent {
  const { message } = event;
  return message === undefined ? event : { ...event, message: { ...message, body: Buffer.from(message.body) } };
}

/** The event of a letter that `asDeadLetter` made without a message; undefined when it had one, and has to be decoded. */
export function eventOf(letter: UndecodableEvent): TwinEvent | undefined {
  return letter.properties === undefined ? (JSON.parse(Buffer.from(letter.raw).toString()) as TwinEvent) : undefined;
}
