/**
 * Reads from the server's REST API: spaces, models, and the twins a builder may place. Errors are `ApiError`s with a
 * sentence for the person; problem documents (RFC 9457) supply it where there is one.
 */

import type { SignInOffer } from "../../../src/protocol/signIn.ts";
import type { ModelEntry } from "../model/TwinModel.ts";
import { S } from "../strings.ts";

const API = "/api/v1";

export interface Space {
  id: string;
  name: string;
  twins: number;
}
export interface CatalogueTwin {
  id: string;
  modelId: string;
  name: string;
}
export interface TwinPage {
  twins: CatalogueTwin[];
  /** Absolute path of the next page; "" when this is the last. */
  next: string;
}

export class ApiError extends Error {
  override readonly name = "ApiError";
}

export async function fetchSpaces(signal?: AbortSignal): Promise<Space[]> {
  return list<Space>(await getJson(`${API}/spaces`, signal));
}

/** What kind of server this is. */
export interface ServerKind {
  /** It takes name and role as given. */
  demo: boolean;
  /** How to sign in. Without it and without `demo`: a real instance, read-only. */
  signIn: SignInOffer | undefined;
}

export async function fetchServerKind(): Promise<ServerKind> {
  const response = await fetch("/health"); // 503 while it starts, and then it says so too
  const body = (await response.json()) as Partial<ServerKind>;
  return { demo: body.demo !== false, signIn: body.signIn };
}

let tokenOf = (): string => "";

/** From now on each request carries the token of then. */
export function authorize(token: () => string): void {
  tokenOf = token;
}

/** All models with their DTDL documents, page by page. */
export async function fetchModels(signal?: AbortSignal): Promise<ModelEntry[]> {
  const entries: ModelEntry[] = [];
  let next = `${API}/models?includeModelDefinition=true`;
  while (next !== "") {
    const body = await getJson(next, signal);
    entries.push(...list<ModelEntry>(body));
    next = nextOf(body, next);
  }
  return entries;
}

/** The page at `next`, or the first one of those that match `search`. */
export async function fetchTwins(options: { search: string; next?: string }, signal?: AbortSignal): Promise<TwinPage> {
  const query = options.search === "" ? "" : `?${new URLSearchParams({ q: options.search })}`;
  const url = options.next ?? `${API}/twins${query}`;
  const body = await getJson(url, signal);
  return { twins: list<Record<string, unknown>>(body).map(toCatalogueTwin), next: nextOf(body, url) };
}

/** One relationship as seen from one of its ends. */
export interface Relation {
  id: string;
  name: string;
  /** The twin at the other end. */
  other: string;
}

/** All relationships that begin or end at the twin. */
export async function fetchRelationships(
  twinId: string,
  which: "relationships" | "incoming-relationships",
  signal: AbortSignal,
): Promise<Relation[]> {
  const other = which === "relationships" ? "$targetId" : "$sourceId";
  const path = `${API}/twins/${encodeURIComponent(twinId)}/${which}`;
  const found: Relation[] = [];
  let next = path;
  do {
    const body = await getJson(next, signal);
    found.push(
      ...list<Record<string, unknown>>(body).map((relation) => ({
        id: String(relation["$relationshipId"]),
        name: String(relation["$relationshipName"]),
        other: String(relation[other]),
      })),
    );
    next = nextOf(body, path);
  } while (next !== "");
  return found;
}

export interface QueryAnswer {
  /** Ids of the twins that the query found. */
  twins: string[];
  /** Rows that are no twins: projections and counts. */
  rows: Record<string, unknown>[];
  /** There is more than what was read. */
  more: boolean;
}

const QUERY_ROWS = 2000;

/** A query in the language of Azure Digital Twins, page by page up to a number that a person can look at. */
export async function runQuery(query: string, signal: AbortSignal): Promise<QueryAnswer> {
  const answer: QueryAnswer = { twins: [], rows: [], more: false };
  let cursor = "";
  do {
    const body = await postJson(`${API}/query`, { query, limit: 1000, ...(cursor === "" ? {} : { cursor }) }, signal);
    for (const row of list<Record<string, unknown>>(body)) {
      const twins = twinsOf(row);
      answer.twins.push(...twins);
      if (twins.length === 0) {
        answer.rows.push(row);
      }
    }
    cursor = cursorOf(body);
  } while (cursor !== "" && answer.twins.length + answer.rows.length < QUERY_ROWS);
  return { ...answer, twins: [...new Set(answer.twins)], more: cursor !== "" };
}

/** A row is a twin, or has twins by the names of the query's collections. */
function twinsOf(row: Record<string, unknown>): string[] {
  if (typeof row["$dtId"] === "string") {
    return [row["$dtId"]];
  }
  return Object.values(row).flatMap((part) => {
    const id = typeof part === "object" && part !== null ? (part as Record<string, unknown>)["$dtId"] : undefined;
    return typeof id === "string" ? [id] : [];
  });
}

function toCatalogueTwin(twin: Record<string, unknown>): CatalogueTwin {
  const id = String(twin["$dtId"] ?? "");
  const metadata = twin["$metadata"] as { $model?: string } | undefined;
  const name = [twin["displayName"], twin["name"]].find((value) => typeof value === "string" && value !== "");
  return { id, modelId: metadata?.$model ?? "", name: typeof name === "string" ? name : id };
}

function getJson(path: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  return sendJson(path, {}, signal);
}

function postJson(path: string, body: object, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  return sendJson(path, { method: "POST", body: JSON.stringify(body), headers }, signal);
}

async function sendJson(path: string, init: RequestInit, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const token = tokenOf();
  const authorization = token === "" ? {} : { authorization: `Bearer ${token}` };
  const headers = {
    accept: "application/json",
    ...authorization,
    ...(init.headers as Record<string, string> | undefined),
  };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, ...(signal ? { signal } : {}) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ApiError(S.errors.noServer, { cause });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok || typeof body !== "object" || body === null) {
    throw new ApiError(problemText(body) ?? S.errors.badAnswer(response.status, path));
  }
  return body as Record<string, unknown>;
}

function problemText(body: unknown): string | undefined {
  const problem = body as { detail?: unknown; title?: unknown } | undefined;
  const text = problem?.detail ?? problem?.title;
  return typeof text === "string" ? text : undefined;
}

function list<T>(body: Record<string, unknown>): T[] {
  return Array.isArray(body["value"]) ? (body["value"] as T[]) : [];
}

/** Of the next page; "" on the last. */
function cursorOf(body: Record<string, unknown>): string {
  return typeof body["nextCursor"] === "string" ? body["nextCursor"] : "";
}

/** The page after the one that was read from `path`; "" when that was the last. */
function nextOf(body: Record<string, unknown>, path: string): string {
  const cursor = cursorOf(body);
  if (cursor === "") {
    return "";
  }
  const url = new URL(path, location.href);
  url.searchParams.set("cursor", cursor);
  return `${url.pathname}${url.search}`;
}
