/**
 * AMQP over WebSockets on 443, for networks that let nothing else out, and through an HTTP proxy where there is one.
 *
 * Used by consumerClient.ts for hubs; the twin service and storage are HTTPS already and follow HTTPS_PROXY by themselves.
 */
import type { WebSocketOptions } from "@azure/core-amqp";
import { HttpsProxyAgent } from "https-proxy-agent";
import { WebSocket } from "ws";

/** `proxy`: a URL such as http://user:password@proxy.example:3128. */
export interface WebSocketRoute {
  proxy?: string;
}

export function webSocketOptions({ proxy }: WebSocketRoute): WebSocketOptions {
  return {
    webSocket: WebSocket as unknown as NonNullable<WebSocketOptions["webSocket"]>,
    ...(proxy === undefined ? {} : { webSocketConstructorOptions: { agent: new HttpsProxyAgent(proxy) } }),
  };
}
