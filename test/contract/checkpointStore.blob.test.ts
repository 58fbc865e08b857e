/** The contract of checkpoint stores over Azure Blob, and what a start says of a container that cannot be used. */
import assert from "node:assert/strict";
import { ContainerClient } from "@azure/storage-blob";
import { openBlobCheckpoints } from "../../src/providers/azure/blobCheckpoints.ts";
import { type Azurite, HOW_TO_GET_AZURITE, startAzurite } from "../support/azurite.ts";
import { describeCheckpointStore } from "./checkpointStore.ts";

describe("checkpoints in Azure Blob", () => {
  let azurite: Azurite | undefined;
  let containers = 0;

  before(async function () {
    this.timeout(30_000);
    azurite = await startAzurite();
    if (azurite === undefined) {
      console.warn(HOW_TO_GET_AZURITE);
      this.skip();
    }
  });
  after(() => azurite?.close());

  const newContainer = async () => {
    const { connectionString } = azurite ?? assert.fail("no Azurite");
    const address = { connectionString, container: `checkpoints-${++containers}` };
    await new ContainerClient(connectionString, address.container).create();
    return address;
  };

  describeCheckpointStore("Azure Blob", async () => {
    const address = await newContainer();
    const stores = await Promise.all(Array.from({ length: 3 }, () => openBlobCheckpoints(address, undefined)));
    return { open: () => stores.pop() ?? assert.fail("more stores than were opened"), close: async () => undefined };
  });

  it("says that the container is missing, and how it is made", async () => {
    const { connectionString } = azurite ?? assert.fail("no Azurite");
    const opening = openBlobCheckpoints({ connectionString, container: "nowhere" }, undefined);
    await assert.rejects(opening, { code: "NOT_FOUND", message: /no container nowhere.*az storage container create/ });
  });

  it("says that it is not let in", async () => {
    const { container } = await newContainer();
    const { url } = azurite ?? assert.fail("no Azurite");
    const sas = "sv=2024-11-04&sr=c&sp=r&se=2030-01-01T00%3A00%3A00Z&sig=AAAA";
    const opening = openBlobCheckpoints({ url: `${url}/${container}?${sas}` }, undefined);
    await assert.rejects(opening, { code: "UNAVAILABLE", message: /may not be used.*Storage Blob Data Contributor/ });
  });
});

describe("checkpoints in an Azure Blob container that nobody serves", () => {
  it("says what cannot be reached, and what to do", async () => {
    const connectionString =
      "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aaaa;BlobEndpoint=http://127.0.0.1:9/a";
    const opening = openBlobCheckpoints({ connectionString, container: "checkpoints" }, undefined);
    await assert.rejects(opening, { code: "UNAVAILABLE", message: /cannot be reached.*unset it/ });
  });
});
