/**
 * The textual formats that DTDL takes from RFC 3339 (date, dateTime, time) and ISO 8601 (duration).
 * Calendar rules are checked too: no 30 February, no hour 24. Called for values and for literals in models.
 */

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
/** A number of a designator; with a fraction only as the last of all. */
const part = (designator: string): string => String.raw`(?:\d+(?:\.\d+(?=${designator}$))?${designator})`;
/** Designators in order, at least one; after a T at least one; weeks with days and times, not with years and months. */
const DURATION = new RegExp(
  String.raw`^P(?=[\dT])(?:${part("W")}|${part("Y")}?${part("M")}?)${part("D")}?(?:T(?=\d)${part("H")}?${part("M")}?${part("S")}?)?$`,
);
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MINUTES_A_DAY = 1440;

/** RFC 3339 full-date; years begin with 0001, as in the reference parser. */
export function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) {
    return false;
  }
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
  return year >= 1 && day >= 1 && day <= days;
}

/** RFC 3339 full-time: the offset is required. Second 60 is a leap second, which only the last minute of a UTC day has. */
export function isTime(text: string): boolean {
  const match = TIME.exec(text);
  if (match === null) {
    return false;
  }
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [offsetHour, offsetMinute] = [Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || offsetHour > 23 || offsetMinute > 59 || second > 60) {
    return false;
  }
  const offset = (offsetHour * 60 + offsetMinute) * (match[4] === "-" ? -1 : 1);
  const utc = (hour * 60 + minute - offset + 2 * MINUTES_A_DAY) % MINUTES_A_DAY;
  return second < 60 || utc === MINUTES_A_DAY - 1;
}

/** RFC 3339 date-time. */
export function isDateTime(text: string): boolean {
  const separator = text[10];
  return (separator === "T" || separator === "t") && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

/** ISO 8601 duration: `P1Y2M3DT4H5M6.7S` or `P2W3DT4H`. */
export function isDuration(text: string): boolean {
  return text.length <= 256 && DURATION.test(text);
}
