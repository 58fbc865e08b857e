/**
 * Tells whether the process that wrote an entry has ended, so that what it held need not wait for an expiry.
 *
 * Only processes of the same host can be judged; a container has a host name of its own. Used by SqliteCheckpointStore.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

/** Told apart from an earlier process with the same pid (in a container that is the rule) by the last part. */
const TOKEN = randomUUID();

/** `host/pid/token` of this process. */
export function processIdentity(): string {
  return `${hostname()}/${process.pid}/${TOKEN}`;
}

/** True when the process surely has ended; false when it runs or cannot be judged. */
export function hasEnded(identity: string): boolean {
  const [host, id, token] = identity.split("/");
  const pid = Number(id);
  if (host !== hostname() || !Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return token !== TOKEN;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
