/** `doctor` and the Blob container in which checkpoints are kept. */
import type { TokenCredential } from "@azure/core-auth";
import type { AzureSettings } from "../../config.ts";
import { type Finding, grant } from "./Finding.ts";

const what = "checkpoint container";
const CURES = {
  missing: "make it (az storage container create --account-name … --name …), or correct AZURE_CHECKPOINT_CONTAINER",
  role: grant("Storage Blob Data Contributor", "<id of the storage account>/blobServices/default/containers/…"),
  key: "the SAS has run out, lacks read, add, create, write, delete or list, or is signed with a key that was renewed",
  network: "the storage account's network rules do not let this address in: az storage account network-rule list",
  unreachable:
    "look at AZURE_CHECKPOINT_CONTAINER, at DNS, firewalls and HTTPS_PROXY; unset, checkpoints are in DATA_DIR",
};

export async function checkpointContainer(
  { checkpoints }: AzureSettings,
  credential: TokenCredential | undefined,
): Promise<Finding[]> {
  if (checkpoints === undefined) {
    return [];
  }
  const { lookAtContainer } = await import("../../providers/azure/blobCheckpoints.ts");
  const { kind, name, problem } = await lookAtContainer(checkpoints, credential);
  if (kind === "ok") {
    return [{ what, state: "ok", text: `${name} is there and can be written` }];
  }
  const text = {
    missing: `there is no ${name}`,
    refused: `${name} may not be used (${problem})`,
    readOnly: `${name} can be read, and not written (${problem})`,
    unreachable: `${name} cannot be reached (${problem})`,
  }[kind];
  return [
    { what, state: "wrong", text, cure: CURES[kind === "refused" || kind === "readOnly" ? reason(problem) : kind] },
  ];
}

/** Of a refusal, by the codes of Azure Storage: what is missing. */
function reason(problem: string): "role" | "key" | "network" {
  if (/AuthorizationFailure|IpAuthorization/.test(problem)) {
    return "network";
  }
  return /AuthenticationFailed|AuthorizationServiceMismatch|AuthorizationResourceTypeMismatch/.test(problem)
    ? "key"
    : "role";
}
