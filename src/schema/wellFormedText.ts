/**
 * All text that goes into state passes here, keys of maps too. Schema 5 writes half of a surrogate pair, which JSON and a cut
 * may hold, as four bytes and announces three: whatever is behind it would be read wrongly by every client. Such a half
 * goes out as U+FFFD. Called once for the process, before any class is declared: a class keeps the encoders of that moment.
 */
import { encode } from "@colyseus/schema";

export function keepTextWellFormed(): void {
  const { string } = encode;
  encode.string = (bytes, value, it) => string(bytes, typeof value === "string" ? value.toWellFormed() : value, it);
}
