/**
 * Azure Digital Twins behind the `TwinProvider` port: the only file that knows `@azure/digital-twins-core`.
 *
 * On the way in the mirror loads models, twins and relationships from it; on the way back TwinControl, the write-through
 * and the layout of the worlds write to it. Against real Azure it uses the credential it is given; against the embedded
 * service (`http://` on loopback) a dummy, so that a real token never travels in the clear. It keeps no state and never
 * waits longer than its deadline: throttling and outages are told to the caller, who knows what can wait.
 *
 * Traps of SDK 1.1.0 that are handled here: results carry HTTP headers among the values (so `_response.parsedBody` is
 * read instead), page sizes count only through `byPage`, `publishComponentTelemetry` swaps payload and message id.
 */
import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import type { OperationOptions } from "@azure/core-http";
import { DigitalTwinsClient } from "@azure/digital-twins-core";
import { TwinError } from "../../errors.ts";
import { inDependencyOrder } from "../../twins/modelDependencies.ts";
import type {
  Dtmi,
  JsonPatchOp,
  Log,
  Relationship,
  StoredModel,
  Twin,
  TwinId,
  TwinProvider,
} from "../../twins/types.ts";
import { azureError } from "./azureErrors.ts";
import { TwinServiceHttpClient } from "./TwinServiceHttpClient.ts";
import { fromRelationship, fromTwin, toRelationship, toTwin } from "./twinShape.ts";

export interface AzureTwinProviderOptions {
  /** `https://<instance>.api.<region>.digitaltwins.azure.net`, or `http://127.0.0.1:<port>` for the embedded service. */
  url: string;
  /** Needed with https; never used with http. */
  credential?: TokenCredential;
  log: Log;
  /** Of 5xx and 408 answers; everything else is told at once. */
  retry?: { attempts?: number; delayMs?: number; timeoutMs?: number };
  /** Which members of a twin are components; without models in reach it cannot be told. Default: none. */
  isComponent?: (modelId: Dtmi, name: string) => boolean;
}

/** Azure's limit per call of POST /models. */
const MODELS_PER_CALL = 250;
const ROWS_PER_PAGE = 1000;

export class AzureTwinProvider implements TwinProvider {
  readonly capabilities = { changeEvents: true, commands: false, query: true, relationships: true };
  readonly #client: DigitalTwinsClient;
  readonly #host: string;
  readonly #log: Log;
  readonly #isComponent: (modelId: Dtmi, name: string) => boolean;

  constructor(options: AzureTwinProviderOptions) {
    const endpoint = new URL(options.url);
    const { attempts = 3, delayMs = 200, timeoutMs = 10_000 } = options.retry ?? {};
    this.#host = endpoint.host;
    this.#log = options.log;
    this.#isComponent = options.isComponent ?? (() => false);
    this.#client = new DigitalTwinsClient(`https://${endpoint.host}`, credentialFor(endpoint, options.credential), {
      httpClient: new TwinServiceHttpClient({ endpoint, timeoutMs }),
      retryOptions: { maxRetries: attempts, retryDelayInMs: delayMs, maxRetryDelayInMs: 10 * delayMs },
    });
  }

  async *listModels(): AsyncGenerator<StoredModel> {
    const pages = this.#client.listModels(undefined, true).byPage({ maxPageSize: MODELS_PER_CALL });
    for await (const { id, model } of this.#items(pages)) {
      if (typeof model === "object" && model !== null) {
        yield { id, model };
      }
    }
  }

  /** Atomic per 250; of more, those before a refused one stay. */
  async putModels(models: object[]): Promise<void> {
    const ordered = inDependencyOrder(models);
    for (let at = 0; at < ordered.length; at += MODELS_PER_CALL) {
      await this.#call(() => this.#client.createModels(ordered.slice(at, at + MODELS_PER_CALL)));
    }
  }

  async deleteModel(id: Dtmi): Promise<void> {
    await this.#call(() => this.#client.deleteModel(id));
  }

  async getTwin(id: TwinId): Promise<Twin | undefined> {
    try {
      return toTwin((await this.#call(() => this.#client.getDigitalTwin(id)))._response.parsedBody);
    } catch (error) {
      if (error instanceof TwinError && error.code === "NOT_FOUND") {
        return undefined;
      }
      throw error;
    }
  }

  async *listTwins(): AsyncGenerator<Twin> {
    for await (const row of this.query("SELECT * FROM DIGITALTWINS")) {
      yield toTwin(row);
    }
  }

  async putTwin(
    twin: Omit<Twin, "times" | "etag">,
    o: { ifNoneMatch?: "*"; traceparent?: string } = {},
  ): Promise<{ etag: string }> {
    const body = JSON.stringify(fromTwin(twin, this.#isComponent));
    return etagOf(await this.#call(() => this.#client.upsertDigitalTwin(twin.id, body, { ...o })));
  }

  async patchTwin(
    id: TwinId,
    patch: readonly JsonPatchOp[],
    o: { ifMatch?: string; traceparent?: string } = {},
  ): Promise<{ etag?: string }> {
    return optionalEtag(await this.#call(() => this.#client.updateDigitalTwin(id, patch, { ...o })));
  }

  async deleteTwin(id: TwinId, o: { ifMatch?: string; traceparent?: string } = {}): Promise<void> {
    await this.#call(() => this.#client.deleteDigitalTwin(id, { ...o }));
  }

  async *query(q: string, o: { pageSize?: number } = {}): AsyncGenerator<object> {
    yield* this.#items(this.#client.queryTwins(q, o.pageSize ?? ROWS_PER_PAGE).byPage());
  }

  async *relationships(id: TwinId, o: { name?: string } = {}): AsyncGenerator<Relationship> {
    const options: OperationOptions & { relationshipName?: string } =
      o.name === undefined ? {} : { relationshipName: o.name };
    for await (const row of this.#items(this.#client.listRelationships(id, options).byPage())) {
      yield toRelationship(row);
    }
  }

  async *listRelationships(): AsyncGenerator<Relationship> {
    for await (const row of this.query("SELECT * FROM RELATIONSHIPS")) {
      yield toRelationship(row);
    }
  }

  /** Without properties and etag: the service does not tell them from this end. */
  async *incoming(id: TwinId): AsyncGenerator<Relationship> {
    for await (const row of this.#items(this.#client.listIncomingRelationships(id).byPage())) {
      const { relationshipId, sourceId, relationshipName: name = "" } = row;
      if (relationshipId !== undefined && sourceId !== undefined) {
        yield { id: relationshipId, sourceId, targetId: id, name, properties: {} };
      }
    }
  }

  async putRelationship(r: Omit<Relationship, "etag">): Promise<{ etag: string }> {
    const body = fromRelationship(r);
    return etagOf(await this.#call(() => this.#client.upsertRelationship(r.sourceId, r.id, body)));
  }

  async patchRelationship(
    sourceId: TwinId,
    relationshipId: string,
    patch: readonly JsonPatchOp[],
    o: { ifMatch?: string } = {},
  ): Promise<{ etag?: string }> {
    const call = () => this.#client.updateRelationship(sourceId, relationshipId, [...patch], { ...o });
    return optionalEtag(await this.#call(call));
  }

  async deleteRelationship(sourceId: TwinId, relationshipId: string, o: { ifMatch?: string } = {}): Promise<void> {
    await this.#call(() => this.#client.deleteRelationship(sourceId, relationshipId, { ...o }));
  }

  async publishTelemetry(id: TwinId, payload: object, o: { component?: string } = {}): Promise<void> {
    const { component } = o;
    const messageId = randomUUID();
    await this.#call(() =>
      component === undefined
        ? this.#client.publishTelemetry(id, payload, messageId)
        : // The SDK hands the third argument on as the message id and the fourth as the payload.
          this.#client.publishComponentTelemetry(id, component, messageId, payload as unknown as string),
    );
  }

  async #call<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** The next page is asked for when the last item of this one was taken. */
  async *#items<T>(pages: AsyncIterableIterator<{ value?: T[] }>): AsyncGenerator<T> {
    try {
      for await (const page of pages) {
        yield* page.value ?? [];
      }
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): TwinError {
    const told = azureError(error, this.#host);
    if (told.code === "RATE_LIMITED" || told.code === "UNAVAILABLE") {
      this.#log.debug({ host: this.#host, code: told.code, retryAfterMs: told.retryAfterMs, err: error }, told.message);
    }
    return told;
  }
}

function credentialFor(endpoint: URL, credential: TokenCredential | undefined): TokenCredential {
  if (endpoint.protocol === "https:" && credential !== undefined) {
    return credential;
  }
  if (endpoint.protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(endpoint.hostname)) {
    return { getToken: async () => ({ token: "loopback", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  }
  const why =
    endpoint.protocol === "https:" ? "https needs a credential" : "http is for the embedded service on loopback";
  throw new TwinError("UNSUPPORTED", `The twin service ${endpoint.origin} cannot be used: ${why}.`);
}

/** Of a PUT: in a header and in the body. */
function etagOf(response: { etag?: string; _response: { parsedBody: unknown } }): { etag: string } {
  const body = response._response.parsedBody;
  const inBody: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "$etag") : undefined;
  return { etag: response.etag ?? String(inBody ?? "") };
}

function optionalEtag({ etag }: { etag?: string }): { etag?: string } {
  return etag === undefined ? {} : { etag };
}
