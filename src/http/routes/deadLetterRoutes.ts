/** Messages that could not be applied: listed with the reason, and tried again. Part of the API's table. */
import * as z from "zod";
import type { DeadLetterView } from "../../services.ts";
import { pageOf, pageQuery, unknownCursor } from "../page.ts";
import { type Route, route } from "../Route.ts";
import { DeadLetter } from "../shapes.ts";
import type { RouteContext } from "./RouteContext.ts";

const id = z.coerce.number().int().min(1);

export function deadLetterRoutes({ services: { deadLetters } }: RouteContext): Route[] {
  return [
    route({
      method: "get",
      path: "/dead-letters",
      id: "listDeadLetters",
      tag: "Dead letters",
      summary: "List messages that could not be applied",
      description:
        "For admins, since messages have all that devices say. Newest first. The number that is kept is bounded: the oldest go first.",
      access: "audit",
      query: z.strictObject(pageQuery),
      answers: { 200: { description: "Messages with their reasons.", schema: pageOf(DeadLetter) } },
      handle({ query: { cursor, limit } }) {
        const before = cursor === undefined ? undefined : positionOf(cursor);
        const found = deadLetters.list({ limit: limit + 1, ...(before === undefined ? {} : { before }) });
        const value = found.slice(0, limit);
        const last = value.at(-1);
        const next = found.length > limit && last ? { nextCursor: String(last.id) } : {};
        return { status: 200, body: { value: value.map(shown), ...next } };
      },
    }),
    route({
      method: "post",
      path: "/dead-letters/:id/replay",
      id: "replayDeadLetter",
      tag: "Dead letters",
      summary: "Apply a message again",
      description:
        "After its cause was mended. Gone when its effects are durable; refused with the reason, and kept, when it fails again. A value that is newer by now stays.",
      access: "control",
      params: z.object({ id }),
      answers: { 204: { description: "It was applied." } },
      async handle({ params, actor }) {
        await deadLetters.replay(actor, params.id);
        return { status: 204 };
      },
    }),
  ];
}

function positionOf(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) {
    throw unknownCursor(cursor);
  }
  return Number(cursor);
}

function shown(letter: DeadLetterView): z.output<typeof DeadLetter> {
  const { id: number, source, position, receivedAt, reason, tries, raw, properties, systemProperties } = letter;
  return {
    id: number,
    source,
    ...position,
    receivedAt,
    ...(letter.enqueuedAt === undefined ? {} : { enqueuedAt: letter.enqueuedAt }),
    reason,
    tries,
    ...bodyOf(raw),
    ...(properties === undefined ? {} : { properties }),
    ...(systemProperties === undefined ? {} : { systemProperties }),
  };
}

function bodyOf(raw: Uint8Array): { body: string; encoding: "utf-8" | "base64" } {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true }).decode(raw), encoding: "utf-8" };
  } catch {
    return { body: Buffer.from(raw).toString("base64"), encoding: "base64" };
  }
}
