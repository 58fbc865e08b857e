/**
 * Times as people write them → instants. Without a format: ISO 8601, with a space or a T, zone optional. With one:
 * `epoch-s`, `epoch-ms`, or a pattern of YYYY M MM D DD H HH h hh mm ss SSS A Z, e.g. `M/D/YYYY h:mm:ss A`.
 */
import { instantsOf } from "./zone.ts";

const ISO =
  /^(?<YYYY>\d{4})-(?<MM>\d\d)-(?<DD>\d\d)(?:[T ](?<HH>\d\d):(?<mm>\d\d)(?::(?<ss>\d\d)(?:[.,](?<SSS>\d{1,9}))?)?\s*(?<Z>Z|[+-]\d\d:?\d\d)?)?$/i;

const TOKENS: Record<string, string> = {
  YYYY: "(?<YYYY>\\d{4})",
  MM: "(?<MM>\\d\\d)",
  M: "(?<MM>\\d{1,2})",
  DD: "(?<DD>\\d\\d)",
  D: "(?<DD>\\d{1,2})",
  HH: "(?<HH>\\d\\d)",
  H: "(?<HH>\\d{1,2})",
  hh: "(?<HH>\\d\\d)",
  h: "(?<HH>\\d{1,2})",
  mm: "(?<mm>\\d\\d)",
  ss: "(?<ss>\\d\\d)",
  SSS: "(?<SSS>\\d{1,9})",
  A: "(?<A>[AaPp]\\.?[Mm]\\.?)",
  Z: "(?<Z>Z|[+-]\\d\\d:?\\d\\d)",
};

export type TimeParser = (value: unknown) => number[] | undefined;

/**
 * The parser gives the instants that are meant, ms since epoch (two in a doubled hour), or undefined for what is no such
 * time. Throws `SyntaxError` for a pattern that cannot be: the same part twice.
 */
export function timeParser(format: string | undefined, zone: string): TimeParser {
  if (format === "epoch-s") return (value) => epoch(value, 1000);
  if (format === "epoch-ms") return (value) => epoch(value, 1);
  const pattern = format === undefined ? ISO : toRegExp(format);
  return (value) => {
    const groups = pattern.exec(String(value).trim())?.groups;
    return groups === undefined ? undefined : fromGroups(groups, zone);
  };
}

function epoch(value: unknown, factor: number): number[] | undefined {
  const number = typeof value === "number" ? value : Number(String(value).trim() || "none");
  return Number.isFinite(number) && Math.abs(number * factor) <= 8.64e15 ? [Math.round(number * factor)] : undefined;
}

function toRegExp(format: string): RegExp {
  const source = format.replace(/YYYY|MM?|DD?|HH?|hh?|mm|ss|SSS|A|Z|[^A-Za-z0-9\s]|\s+/g, (token) => {
    if (/^\s/.test(token)) return "\\s+";
    return TOKENS[token] ?? `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

function fromGroups(groups: Record<string, string | undefined>, zone: string): number[] | undefined {
  const part = (name: string, missing: number) => (groups[name] === undefined ? missing : Number(groups[name]));
  const [year, month, day] = [part("YYYY", 1970), part("MM", 1), part("DD", 1)];
  const hour = toHour24(part("HH", 0), groups["A"]);
  const [minute, second] = [part("mm", 0), part("ss", 0)];
  const midnight = Date.UTC(year, month - 1, day);
  const sameDay = new Date(midnight).getUTCMonth() === month - 1 && new Date(midnight).getUTCDate() === day;
  if (!sameDay || hour === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = Number(`${groups["SSS"] ?? ""}000`.slice(0, 3));
  const wall = midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
  const offset = groups["Z"];
  return offset === undefined ? instantsOf(wall, zone) : [wall - offsetMs(offset)];
}

function toHour24(hour: number, meridiem: string | undefined): number | undefined {
  if (meridiem === undefined) return hour;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (/^p/i.test(meridiem) ? 12 : 0);
}

function offsetMs(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith("-") ? -minutes : minutes) * 60_000;
}
