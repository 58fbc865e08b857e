/**
 * Looks at services as the server would use them, and says in which way they do not serve. Changes nothing, but for the one
 * telemetry message that `publish` sends. Called by the command `doctor`.
 */
import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { latestEventPosition } from "@azure/event-hubs";
import { reasonOf } from "../../errors.ts";
import { type ConsumerAddress, newProbeClient } from "./consumerClient.ts";
import { adviceFor, codeOf } from "./refusal.ts";

const API_VERSION = "2023-10-31";
const SCOPE = "https://digitaltwins.azure.net/.default";
const LIMIT_MS = 10_000;

export interface EventRoute {
  id: string;
  filter: string;
}

export interface TwinServiceLook {
  /** HTTP status of a read; undefined: no answer, `problem` says why. */
  status: number | undefined;
  problem: string;
  /** false: no credential gave a token; the service was not asked. */
  isSignedIn: boolean;
  /** ms by which the service's clock is ahead of `now`, to about a second. */
  clockAheadMs: number | undefined;
  routes: readonly EventRoute[] | undefined;
}

export interface TwinServiceAddress {
  url: string;
  credential: TokenCredential | undefined;
  now: () => number;
}

export async function lookAtTwinService({ url, credential, now }: TwinServiceAddress): Promise<TwinServiceLook> {
  const none = { status: undefined, isSignedIn: true, clockAheadMs: undefined, routes: undefined };
  let headers: Record<string, string>;
  try {
    headers = await authorization(url, credential);
  } catch (error) {
    return { ...none, isSignedIn: false, problem: firstLine(reasonOf(error)) };
  }
  try {
    const get = (path: string) =>
      fetch(`${url}/${path}?api-version=${API_VERSION}`, { headers, signal: AbortSignal.timeout(LIMIT_MS) });
    const models = await get("models");
    const date = Date.parse(models.headers.get("date") ?? "");
    const clockAheadMs = Number.isNaN(date) ? undefined : date - now();
    const listed = models.ok ? await get("eventroutes") : undefined;
    const body = listed?.ok ? ((await listed.json()) as { value?: EventRoute[] }) : undefined;
    return { status: models.status, problem: "", isSignedIn: true, clockAheadMs, routes: body?.value };
  } catch (error) {
    return { ...none, problem: reasonOf(error) };
  }
}

/**
 * Patches a twin that is not there: rights come before that is noticed, so that 404 says that twins can be
 * written. undefined: no answer.
 */
export async function tryWriting({ url, credential }: TwinServiceAddress): Promise<number | undefined> {
  try {
    const { status } = await fetch(`${url}/digitaltwins/doctor-${randomUUID()}?api-version=${API_VERSION}`, {
      method: "PATCH",
      headers: { ...(await authorization(url, credential)), "content-type": "application/json-patch+json" },
      body: '[{"op":"add","path":"/none","value":0}]',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return status;
  } catch {
    return undefined;
  }
}

/** A token never travels in the clear: none for http. */
async function authorization(url: string, credential: TokenCredential | undefined): Promise<Record<string, string>> {
  const token = url.startsWith("https:") ? await credential?.getToken(SCOPE) : undefined;
  return token ? { authorization: `Bearer ${token.token}` } : {};
}

/** Of a credential's error, which tells of each login that it tried. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.slice(0, 200) ?? "";
}

export interface HubLook {
  /** "": it can be read. Else what is wrong, in words. */
  problem: string;
  kind: "ok" | "unreachable" | "missing" | "unauthorized" | "group" | "busy" | "other";
  partitions: number;
}

/**
 * Opens the hub as the server does, without taking a partition from anybody: receivers without an owner level give way.
 * `seen` is called with every body that arrives until `until` resolves.
 */
export async function lookAtHub(
  address: ConsumerAddress & { consumerGroup: string },
  watch: { ready(): Promise<void>; seen(body: unknown): boolean } | undefined,
): Promise<HubLook & { arrived: boolean }> {
  const client = newProbeClient(address);
  const look = { problem: "", kind: "ok" as const, partitions: 0, arrived: false };
  try {
    const { partitionIds } = await client.getEventHubProperties();
    const { promise, resolve } = Promise.withResolvers<Error | boolean>();
    const open = new Set<string>();
    let isReady = false;
    const subscription = client.subscribe(
      {
        processEvents: async (events, { partitionId }) => {
          open.add(partitionId);
          if (watch === undefined || events.some(({ body }) => watch.seen(body))) {
            resolve(true);
          } else if (open.size === partitionIds.length && !isReady) {
            isReady = true;
            watch.ready().catch((error: unknown) => resolve(error as Error));
          }
        },
        processError: async (error) => resolve(error),
      },
      { startPosition: latestEventPosition, maxWaitTimeInSeconds: 1 },
    );
    const timer = setTimeout(() => resolve(false), LIMIT_MS);
    const result = await promise;
    clearTimeout(timer);
    await subscription.close();
    const found = { ...look, partitions: partitionIds.length };
    return result instanceof Error
      ? { ...found, ...hubProblem(result, address, "group") }
      : { ...found, arrived: result };
  } catch (error) {
    return { ...look, ...hubProblem(error as Error, address, "missing") };
  } finally {
    await client.close();
  }
}

function hubProblem(
  error: Error,
  { eventHubName: hub, consumerGroup: group }: { eventHubName: string; consumerGroup: string },
  notFound: "group" | "missing",
): Pick<HubLook, "problem" | "kind"> {
  const code = codeOf(error);
  if (code === "MessagingEntityNotFoundError" && notFound === "missing") {
    return { kind: "missing", problem: `There is no event hub ${hub} in this namespace.` };
  }
  if (code === "UnauthorizedError" || /unauthori[sz]ed|401|40103|Put token failed/i.test(error.message)) {
    return { kind: "unauthorized", problem: `The event hub ${hub} does not let this server in: ${error.message}` };
  }
  if (code === "ReceiverDisconnectedError") {
    return {
      kind: "busy",
      problem: `The event hub ${hub} is being read in the group ${group}, by a server or another tool.`,
    };
  }
  if (code === "MessagingEntityNotFoundError") {
    return { kind: "group", problem: adviceFor(error, { hub, group }) ?? error.message };
  }
  const isAway = /ECONN|ENOTFOUND|EAI_AGAIN|ServiceCommunication|timed? ?out/i.test(`${code} ${error.message}`);
  return { kind: isAway ? "unreachable" : "other", problem: `${hub}: ${code}: ${error.message}` };
}
