/**
 * What Colyseus has to say, as lines of our log: by itself it prints to the console, stacks of its clients' faults too,
 * whatever `LOG_LEVEL` says. Handed to Colyseus by app.ts.
 */
import { format } from "node:util";
import type { Log } from "./twins/types.ts";

type Say = (...args: unknown[]) => void;

/** ws' own, of a frame that it does not take: told by where it was thrown, since only its text is handed on. */
const OF_A_FRAME = /[\\/]ws[\\/]lib[\\/](?:receiver|permessage-deflate)\.js/;

export function colyseusLog(log: Log): Record<"trace" | "debug" | "info" | "warn" | "error", Say> {
  const say =
    (level: keyof Log): Say =>
    (...args) => {
      const text = format(...args);
      const [first = "", ...stack] = text.split("\n");
      if (OF_A_FRAME.test(text)) {
        log.info({ reason: first }, "a client was disconnected: it sent a frame that is too long, or none");
        return;
      }
      log[level](stack.length > 0 ? { stack: stack.join("\n") } : {}, `Colyseus: ${first}`);
    };
  return { trace: say("debug"), debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}
