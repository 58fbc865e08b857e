/**
 * Reads from the server's REST API: spaces, models, and the twins a builder may place. Errors are `ApiError`s with a
 * sentence for the person; problem documents (RFC 9457) supply it where there is one.
 */
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

/** Whether the server takes roles as given (the demo), or is connected to a real instance and read-only. */
export async function fetchDemo(): Promise<boolean> {
  const response = await fetch("/health"); // 503 while it starts, and then it says so too
  const body = (await response.json()) as { demo?: boolean };
  return body.demo !== false;
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

function toCatalogueTwin(twin: Record<string, unknown>): CatalogueTwin {
  const id = String(twin["$dtId"] ?? "");
  const metadata = twin["$metadata"] as { $model?: string } | undefined;
  const name = [twin["displayName"], twin["name"]].find((value) => typeof value === "string" && value !== "");
  return { id, modelId: metadata?.$model ?? "", name: typeof name === "string" ? name : id };
}

async function getJson(path: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
  } catch (cause) {
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

/** Azure's `nextLink` may be absolute: only its path is followed, so that the page never leaves its server. */
function nextOf(body: Record<string, unknown>, from: string): string {
  const link = body["nextLink"];
  if (typeof link !== "string" || link === "") {
    return "";
  }
  const url = new URL(link, new URL(from, location.href));
  return `${url.pathname}${url.search}`;
}
