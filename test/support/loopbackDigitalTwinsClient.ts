// The official Azure Digital Twins SDK against a service on this machine: it insists on https, which the loopback has not.
import { DefaultHttpClient, type HttpClient, type HttpOperationResponse, type WebResourceLike } from "@azure/core-http";
import { DigitalTwinsClient } from "@azure/digital-twins-core";

class LoopbackHttpClient implements HttpClient {
  readonly #http = new DefaultHttpClient();

  sendRequest(request: WebResourceLike): Promise<HttpOperationResponse> {
    const url = new URL(request.url);
    if (url.hostname === "127.0.0.1") {
      url.protocol = "http:";
      request.url = url.href;
    }
    return this.#http.sendRequest(request);
  }
}

/** `url` is the service's `http://127.0.0.1:PORT`. No retries: a test wants to see the first answer. */
export function loopbackDigitalTwinsClient(url: string): DigitalTwinsClient {
  const token = { token: "loopback", expiresOnTimestamp: Date.now() + 3_600_000 };
  return new DigitalTwinsClient(
    url.replace(/^http:/, "https:"),
    { getToken: async () => token },
    { httpClient: new LoopbackHttpClient(), retryOptions: { maxRetries: 0 } },
  );
}
