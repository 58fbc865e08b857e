/**
 * The HTTP client under the Azure Digital Twins SDK: sends each attempt of a request, and nothing more of the SDK's.
 *
 * It is there for what the SDK cannot be told: a deadline per attempt, no silent waiting (`Retry-After` of 429 can stall
 * a call for 40 s, a refused connection for 3 s: the caller gets an error at once and decides), plain http on loopback
 * for the embedded service, and never a request, so never a token, to another host than the one configured: page links
 * and redirects come from the network. Made by AzureTwinProvider.
 */
import { DefaultHttpClient, type HttpClient, type HttpOperationResponse, type WebResourceLike } from "@azure/core-http";

export interface TwinServiceHttpClientOptions {
  /** `https://…`, or `http://` and a loopback host. */
  endpoint: URL;
  /** Milliseconds for one attempt, from the first byte sent to the last one received. */
  timeoutMs: number;
  /** Sends for real; another one in tests. */
  inner?: HttpClient;
}

/** No connection, or none that lasted: `code` is node's (ECONNREFUSED, ENOTFOUND …) or TIMEOUT, ELSEWHERE. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** Not called `code`: the SDK would wait 3 s and try again. */
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** Where `Retry-After` is found on 429 and 503, out of the SDK's sight. */
export const RETRY_AFTER = "x-service-retry-after";

/** Broken while it was idle: the service closed a kept connection. Worth one more attempt at once. */
const BROKEN = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);

export class TwinServiceHttpClient implements HttpClient {
  readonly #options: TwinServiceHttpClientOptions;
  readonly #inner: HttpClient;

  constructor(options: TwinServiceHttpClientOptions) {
    this.#options = options;
    this.#inner = options.inner ?? new DefaultHttpClient();
  }

  async sendRequest(request: WebResourceLike): Promise<HttpOperationResponse> {
    request.url = this.#target(request.url);
    if (this.#options.endpoint.protocol === "http:") {
      request.headers.remove("authorization");
    }
    const response = await this.#attempt(request).catch((error: unknown) => {
      if (error instanceof ConnectionError && BROKEN.has(error.reason) && request.method !== "POST") {
        return this.#attempt(request);
      }
      throw error;
    });
    const retryAfter = response.headers.get("retry-after");
    if (retryAfter !== undefined && (response.status === 429 || response.status === 503)) {
      response.headers.remove("retry-after");
      response.headers.set(RETRY_AFTER, retryAfter);
    }
    return response;
  }

  async #attempt(request: WebResourceLike): Promise<HttpOperationResponse> {
    const { timeoutMs } = this.#options;
    const attempt = request.clone();
    attempt.abortSignal = AbortSignal.timeout(timeoutMs);
    try {
      return await this.#inner.sendRequest(attempt);
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") {
        throw new ConnectionError("TIMEOUT", `no answer within ${timeoutMs} ms`, error);
      }
      const reason: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
      throw new ConnectionError(typeof reason === "string" ? reason : "UNKNOWN", String(error), error);
    }
  }

  #target(url: string): string {
    const target = new URL(url);
    const { endpoint } = this.#options;
    // The SDK takes no http:// endpoint, so it was given https:// and the same host.
    target.protocol = endpoint.protocol;
    if (target.origin !== endpoint.origin || !/^https?:/.test(url)) {
      throw new ConnectionError("ELSEWHERE", `the service pointed to ${target.host}, which is not its own host`);
    }
    return target.href;
  }
}
