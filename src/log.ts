/**
 * The process's log: pino, one JSON line per event on stderr (stdout is for what a person reads). Secrets are taken out of
 * the finished line, so that it does not matter where they stood: in an error's text, its causes, a URL, a header.
 */
import { type DestinationStream, pino, stdSerializers } from "pino";
import type { Config } from "./config.ts";
import type { Log } from "./twins/types.ts";

export function newLog(config: Pick<Config, "logLevel">, destination?: DestinationStream): Log {
  return pino(
    { level: config.logLevel, base: null, serializers: { err: serialized }, hooks: { streamWrite: withoutSecrets } },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

function serialized(error: unknown): unknown {
  return error instanceof Error ? Object.assign(stdSerializers.err(error), { message: wordsOf(error) }) : error;
}

/** With its causes, but for what was said already. One without a text (Node's, of a connection that no address of the host takes) says what is in it. */
function wordsOf(error: Error): string {
  const chain: unknown[] = [error];
  for (let { cause } = error; cause !== undefined && !chain.includes(cause); cause = (cause as Error | null)?.cause) {
    chain.push(cause);
  }
  const told = chain
    .map(ownWords)
    .reduce((all, words) => (all.includes(words) ? all : `${all}${all && ": "}${words}`), "");
  return told || error.name;
}

function ownWords(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { message, errors = [], code = "" } = error as Partial<AggregateError> & { code?: string };
  return message || errors.map(ownWords).join("; ") || code;
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
