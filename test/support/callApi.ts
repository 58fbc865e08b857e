// One REST call as a stranger's program would make it.
export interface ApiAnswer {
  status: number;
  headers: Headers;
  type: string;
  etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what a client finds in a body is what the tests are about
  body: any;
}

/** `path` is below /api/v1; a string is sent as it is, anything else as JSON. */
export async function callApi(
  server: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const type = method === "PATCH" ? "application/json-patch+json" : "application/json";
  const response = await fetch(`${server}/api/v1${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": type }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    headers: response.headers,
    type: contentType,
    etag: response.headers.get("etag"),
    body: contentType.includes("json") && text !== "" ? JSON.parse(text) : text,
  };
}
