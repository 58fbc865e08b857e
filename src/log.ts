/**
 * The process's log: pino, one JSON line per event on stderr (stdout is for what a person reads). Secrets that may stand
 * in connection strings are taken out of every error.
 */
import { pino } from "pino";
import type { Config } from "./config.ts";
import type { Log } from "./twins/types.ts";

export function newLog(config: Pick<Config, "logLevel">): Log {
  return pino(
    {
      level: config.logLevel,
      base: null,
      serializers: { err: (e: unknown) => withoutSecrets(pino.stdSerializers.err(e as Error)) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

function withoutSecrets<T>(value: T): T {
  const text = JSON.stringify(value, (_key, v: unknown) => (v instanceof Error ? v.message : v)) ?? "null";
  return JSON.parse(text.replace(/(SharedAccess(?:Key|Signature)[= ])[^;"&]+/g, "$1…")) as T;
}
