// Azurite, Microsoft's stand-in for Azure Storage, where it is installed: 360 MB, so not with `npm ci`.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

export const HOW_TO_GET_AZURITE =
  "azurite-blob is not in the path, so Azure Blob is not tested here: npm install --global azurite@3.37.0 brings it";

export interface Azurite {
  connectionString: string;
  /** Of the account, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** The account and key that every Azurite has. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** undefined where it is not installed. */
export async function startAzurite(): Promise<Azurite | undefined> {
  const port = await freePort();
  const options = ["--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", String(port)];
  const child = spawn("azurite-blob", [...options, "--disableTelemetry", "--skipApiVersionCheck"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!(await listens(child))) {
    return undefined;
  }
  const url = `http://127.0.0.1:${port}/${ACCOUNT}`;
  return {
    url,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${url}`,
    async close() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** false: there is no such program. Throws when it ends before it listens. */
async function listens(child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<boolean> {
  const failed = once(child, "error").then(([error]) => {
    if (error.code !== "ENOENT") {
      throw error;
    }
    return false;
  });
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes("successfully listens")) {
        return true;
      }
    }
    return await failed;
  })();
  const isThere = await Promise.race([ready, failed]);
  child.stdout.resume();
  return isThere;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
