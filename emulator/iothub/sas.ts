/** Shared access signatures as IoT Hub takes them: keys are base64, the resource is the host or one device. */
import { createHmac } from "node:crypto";
import { readSasToken } from "../eventhubs/sasToken.ts";

export function signSas(resource: string, key: string, o: { expiry: number; policy?: string }): string {
  const sr = encodeURIComponent(resource);
  const se = Math.floor(o.expiry / 1000);
  const sig = createHmac("sha256", Buffer.from(key, "base64")).update(`${sr}\n${se}`).digest("base64");
  const skn = o.policy === undefined ? "" : `&skn=${encodeURIComponent(o.policy)}`;
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}${skn}`;
}

/** Is it signed with this key, for this resource or one above it, and not expired? */
export function isSasFor(token: string, o: { resource: string; key: string; now: number; policy?: string }): boolean {
  const { resource, expiry, policy, isSignedBy } = readSasToken(token);
  const covers =
    o.resource.toLowerCase() === resource.toLowerCase() ||
    o.resource.toLowerCase().startsWith(`${resource.toLowerCase()}/`);
  return covers && expiry > o.now && policy === (o.policy ?? "") && isSignedBy(Buffer.from(o.key, "base64"));
}
