/** Commands, operations and the audit: part of the API's table. */
import * as z from "zod";
import { type Actor, rolesOf } from "../../auth/AccessPolicy.ts";
import { TwinError } from "../../errors.ts";
import type { Role } from "../../protocol/names.ts";
import type { OperationView, TwinServices } from "../../services.ts";
import { pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../Route.ts";
import { Operation } from "../shapes.ts";
import type { RouteContext } from "./RouteContext.ts";
import { JSON_BODY } from "./twinRoutes.ts";

const name = z.string().min(1).max(128);
const AuditEntry = z
  .object({
    id: z.int(),
    at: z.number().meta({ description: "ms since epoch." }),
    actor: z.string(),
    name: z.string(),
    role: z.string(),
    action: z.string(),
    twinId: z.string(),
    path: z.string(),
    before: z.string().meta({ description: "JSON; empty where there is nothing to tell." }),
    after: z.string(),
    result: z.string().meta({ description: "done, refused, or the status of an operation." }),
    reason: z.string(),
    operationId: z.string(),
  })
  .meta({ id: "AuditEntry" });
const COLUMNS = Object.keys(AuditEntry.shape) as (keyof z.output<typeof AuditEntry>)[];
/** Entries of one export; more are got with `to`. */
const MAX_EXPORT = 100_000;
/** Read at once. */
const PART = 1000;

/** What is not told of an operation on a property that the caller's role does not see. */
const UNTOLD = { path: "", desired: "", reason: "", result: "" };

/** An operation on several values, or on a twin that is gone or whose model is, is told to those who may see all. */
function mayRead(
  { mirror, models, schemas: { restrictions } }: TwinServices,
  roles: readonly Role[],
  { twinId, path }: Pick<OperationView, "twinId" | "path">,
): boolean {
  const model = models.graph.get(mirror.get(twinId)?.modelId ?? "");
  return (
    restrictions.seesAll(roles) || (model !== undefined && path !== "" && restrictions.allows(roles, model.id, path))
  );
}

export function commandRoutes({ services }: RouteContext): Route[] {
  const { control } = services;
  return [
    route({
      method: "post",
      path: "/twins/:id/commands/:name",
      id: "runCommand",
      tag: "Operations",
      summary: "Run a DTDL Command on the twin's device",
      description:
        "Operation-Location names the operation that tells what comes of it. 501 for a twin without a device. The same operationId again is the same operation.",
      access: "control",
      params: z.object({ id: name, name }),
      body: {
        schema: z.strictObject({
          component: name.optional(),
          request: z.unknown().optional(),
          operationId: name.optional(),
          timeoutMs: z.int().min(1000).max(86_400_000).optional(),
        }),
        ...JSON_BODY,
      },
      answers: {
        202: {
          description: "On its way, or queued for a device that is offline.",
          schema: z.object({ operationId: z.string(), status: Operation.shape.status }),
          headers: ["Operation-Location"],
        },
      },
      async handle({ actor, params, body }) {
        const { component, request, operationId, timeoutMs } = body;
        const given = Object.entries({ component, request, operationId, timeoutMs }).filter(([, v]) => v !== undefined);
        const asked = { twinId: params.id, command: params.name, ...Object.fromEntries(given) };
        const reply = await control.command(actor, asked);
        return { status: 202, body: reply, operation: `/operations/${encodeURIComponent(reply.operationId)}` };
      },
    }),
    route({
      method: "get",
      path: "/operations/:id",
      id: "getOperation",
      tag: "Operations",
      summary: "Get an operation",
      description: "Known while it runs and for a day after its end.",
      access: "read",
      params: z.object({ id: z.string() }),
      answers: { 200: { description: "The operation.", schema: Operation } },
      handle({ params: { id }, actor }) {
        const operation = control.operation(id);
        if (operation === undefined) {
          throw new TwinError("NOT_FOUND", `There is no operation ${id}, or it ended more than a day ago.`);
        }
        const isSeen = mayRead(services, rolesOf(actor), operation);
        return { status: 200, body: isSeen ? operation : { ...operation, ...UNTOLD } };
      },
    }),
  ];
}

export function auditRoutes({ services }: RouteContext): Route[] {
  const audit = seenAudit(services);
  const time = z.coerce.number().int().min(0).optional();
  return [
    route({
      method: "get",
      path: "/audit",
      id: "listAudit",
      tag: "Audit",
      summary: "Who did what, newest first",
      description:
        "For admins. `format=ndjson` or `csv` gives everything that fits the filters at once, up to 100,000 entries. Values that the caller's role does not see are left empty.",
      access: "control",
      query: z.strictObject({
        ...pageQuery,
        twinId: name.optional(),
        name: name.optional(),
        action: name.optional(),
        result: name.optional(),
        operationId: name.optional(),
        from: time.meta({ description: "ms since epoch: at or after." }),
        to: time.meta({ description: "ms since epoch: before." }),
        format: z.enum(["json", "ndjson", "csv"]).default("json"),
      }),
      answers: { 200: { description: "Entries.", schema: pageOf(AuditEntry), texts: Object.values(TYPES) } },
      async handle({ actor, query: { cursor, limit, format, ...filter } }) {
        const before = cursor === undefined ? undefined : Number(cursor);
        if (before !== undefined && !Number.isSafeInteger(before)) {
          throw new TwinError("INVALID_PAYLOAD", `'${cursor}' is no cursor of this list.`);
        }
        if (format !== "json") {
          const lines = await exportLines(audit, actor, { filter: { ...filter, before }, line: LINES[format] });
          const text = [format === "csv" ? `${COLUMNS.join(",")}\r\n` : "", ...lines].join("");
          return { status: 200, text, contentType: TYPES[format] };
        }
        const found = audit.list(actor, { ...filter, before }, limit + 1);
        const value = found.slice(0, limit);
        const last = value.at(-1);
        return {
          status: 200,
          body: { value, ...(found.length > limit && last ? { nextCursor: String(last.id) } : {}) },
        };
      },
    }),
  ];
}

const TYPES = { ndjson: "application/x-ndjson", csv: "text/csv" } as const;
type Audit = Pick<TwinServices["audit"], "list">;
type Entry = z.output<typeof AuditEntry>;

const LINES = { ndjson: (entry: Entry) => `${JSON.stringify(entry)}\n`, csv };

/** Their entries tell values: of one property, or of whole twins. */
const OF_ONE = new Set(["patch", "command"]);
const OF_ALL = new Set(["create", "replace", "delete", "telemetry"]);

/** Who did what stays; values that the reader's roles do not see go, as they do from operations. */
function seenAudit(services: TwinServices): Audit {
  const seenBy = (roles: readonly Role[]) => (entry: Entry) => {
    const { action, twinId, path } = entry;
    const tells = OF_ONE.has(action) || OF_ALL.has(action);
    if (!tells || mayRead(services, roles, { twinId, path: "" })) {
      return entry;
    }
    const isSeen = OF_ONE.has(action) && mayRead(services, roles, { twinId, path });
    // An interlock told who asked the value of another property, as far as that one may see it.
    return isSeen && !entry.reason.startsWith("INTERLOCKED") ? entry : { ...entry, before: "", after: "", reason: "" };
  };
  return {
    list: (actor, filter, limit) => services.audit.list(actor, filter, limit).map(seenBy(rolesOf(actor))),
  };
}

/** Part by part, so that rooms go on meanwhile. */
async function exportLines(
  audit: Audit,
  actor: Actor,
  { filter, line }: { filter: Parameters<Audit["list"]>[1]; line: (entry: Entry) => string },
): Promise<string[]> {
  const lines: string[] = [];
  let { before } = filter;
  while (lines.length < MAX_EXPORT) {
    const entries = audit.list(actor, { ...filter, before }, PART);
    lines.push(...entries.map(line));
    before = entries.at(-1)?.id;
    if (entries.length < PART) {
      break;
    }
    await new Promise(setImmediate);
  }
  return lines;
}

/** RFC 4180. A text that a spreadsheet would take for a formula is marked as text. */
function csv(entry: Entry): string {
  const cell = (value: string | number) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${COLUMNS.map((column) => cell(entry[column])).join(",")}\r\n`;
}
