/**
 * The process's log: pino, one JSON line per event on stderr (stdout is for what a person reads). Secrets are taken out of
 * the finished line, so that it does not matter where they stood: in an error's text, its causes, a URL, a header.
 */
import { type DestinationStream, pino } from "pino";
import type { Config } from "./config.ts";
import type { Log } from "./twins/types.ts";

export function newLog(config: Pick<Config, "logLevel">, destination?: DestinationStream): Log {
  return pino(
    { level: config.logLevel, base: null, hooks: { streamWrite: withoutSecrets } },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** What comes before a secret, the secret, in lines of JSON: a backslash begins the end of a quoted text. */
const SECRETS: readonly RegExp[] = [
  /((?:SharedAccess(?:Key|Signature)|AccountKey)[= ]+)[^;"\\\s]+/gi, // connection strings; a SAS as a header
  /([?& ;]sig=)[^;&"\\\s]+/gi, // a SAS in a URL
  /(\b(?:Bearer|Basic) +)[\w.~+/=-]+/gi,
  /(:\/\/[^:/@"\s]*:)[^@/"\s]+(?=@)/g, // a proxy's password
  /()\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, // a JWT, wherever it stands
  /("(?:authorization|cookie|set-cookie|password|secret|client_?secret|(?:access|refresh|id)_?token|token|AUTH_SECRET|METRICS_TOKEN)":")[^"\\]+/gi,
];

/** The same text with … in the place of every secret. */
export function withoutSecrets(line: string): string {
  return SECRETS.reduce((text, secret) => text.replace(secret, "$1…"), line);
}
