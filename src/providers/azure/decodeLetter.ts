/** A dead letter's message, decoded as when it came. Used when somebody replays it. */
import type { UndecodableEvent } from "../../twins/types.ts";
import { type Decoded, decode } from "./decode.ts";

export function decodeLetter(letter: UndecodableEvent): Decoded {
  const { raw: body, properties = {}, systemProperties = {}, source, position, receivedAt } = letter;
  const enqueuedAt = letter.enqueuedAt ?? receivedAt;
  return decode({ body, properties, systemProperties, source, position, receivedAt, enqueuedAt });
}
