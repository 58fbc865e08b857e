/**
 * Paging that stays right while twins change: a list is ordered by id and the cursor names the last id that was given, so
 * that whatever comes or goes meanwhile, nothing that stays is skipped or given twice. Used by every list of REST.
 */
import * as z from "zod";
import { TwinError } from "../errors.ts";

export const pageQuery = {
  cursor: z.string().max(1024).optional().meta({ description: "`nextCursor` of the page before." }),
  limit: z.coerce.number().int().min(1).max(1000).default(100).meta({ description: "Items per page." }),
};

export interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

export interface Page<T> {
  value: T[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    value: z.array(item),
    nextCursor: z.string().optional().meta({ description: "Absent on the last page." }),
  });
}

/** One page of `items`, in the order of their keys (by code unit). INVALID_PAYLOAD for a cursor that is not ours. */
export function page<T>(items: Iterable<T>, request: PageRequest, key: (item: T) => string): Page<T> {
  const after = request.cursor === undefined ? undefined : decode(request.cursor);
  const rest: { key: string; item: T }[] = [];
  for (const item of items) {
    const k = key(item);
    if (after === undefined || k > after) {
      rest.push({ key: k, item });
    }
  }
  rest.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const taken = rest.slice(0, request.limit);
  const last = taken.at(-1);
  const more = rest.length > taken.length && last !== undefined;
  return { value: taken.map((t) => t.item), ...(more ? { nextCursor: encode(last.key) } : {}) };
}

const MARK = "after ";

function encode(key: string): string {
  return Buffer.from(MARK + key).toString("base64url");
}

function decode(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString();
  if (!text.startsWith(MARK)) {
    throw unknownCursor(cursor);
  }
  return text.slice(MARK.length);
}

export function unknownCursor(cursor: string): TwinError {
  return new TwinError("INVALID_PAYLOAD", "This cursor is not known here, or no longer; start from the first page.", {
    details: [
      { path: "/cursor", expected: "nextCursor of the page before", found: JSON.stringify(cursor.slice(0, 80)) },
    ],
  });
}
