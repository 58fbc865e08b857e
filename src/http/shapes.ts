/**
 * The bodies of REST as zod schemas: Azure Digital Twins' shapes, so that what works against its REST API reads the same
 * here. Routes validate with them and the OpenAPI document is made of them; `azureShapes.ts` converts.
 */
import * as z from "zod";
import { OPERATION_STATUSES } from "../protocol/names.ts";
import { jsonPatch } from "../protocol/payloads.ts";

/** What Azure's `$dtId` allows, and the colon that TwinMaker's entity ids may have. */
export const Id = z
  .string()
  .regex(
    /^[A-Za-z0-9\-.+%_#*?!(),=@$':]{1,128}$/,
    "1 to 128 letters, digits or any of - . + % _ # * ? ! ( ) , = @ $ ' :",
  );

export const Dtmi = z.string().min(1).max(2048).meta({ example: "dtmi:com:example:Pump;1" });

const TAG = /^(\*|(W\/)?"[^"]*")$/;
const IfMatch = z
  .string()
  .regex(TAG, 'one ETag with its quotes, or "*"')
  .meta({ description: "Refused with 412 unless this is the current ETag." });

export const ifMatchHeader = z.object({ "if-match": IfMatch.optional() });
export const putHeaders = z.object({
  "if-match": IfMatch.optional(),
  "if-none-match": z.literal("*").optional().meta({ description: "Refused with 412 when it exists already." }),
});

export const JsonPatch = jsonPatch.meta({ id: "JsonPatch", description: "RFC 6902: add, replace, remove." });

const metadata = { $model: Dtmi };

export const Twin = z
  .looseObject({
    $dtId: z.string(),
    $etag: z.string().optional(),
    $metadata: z.looseObject(metadata).meta({
      description: "Beside $model a member per property: { lastUpdateTime }. Components have a $metadata of their own.",
    }),
  })
  .meta({ id: "Twin", description: "Beside the members named here: the twin's properties and components." });

export const TwinBody = z
  .looseObject({ $metadata: z.looseObject(metadata) })
  .meta({ id: "TwinBody", description: "$dtId and $etag in here are ignored: the path names the twin." });

export const NewTwin = z
  .looseObject({ $dtId: Id.optional(), $metadata: z.looseObject(metadata) })
  .meta({ id: "NewTwin", description: "Without $dtId the server makes one." });

export const Relationship = z
  .looseObject({
    $relationshipId: z.string(),
    $etag: z.string().optional(),
    $sourceId: z.string(),
    $targetId: z.string(),
    $relationshipName: z.string(),
  })
  .meta({ id: "Relationship" });

const relationshipEnds = { $targetId: Id, $relationshipName: z.string().min(1).max(512) };

export const RelationshipBody = z.looseObject(relationshipEnds).meta({ id: "RelationshipBody" });

export const NewRelationship = z
  .looseObject({ $relationshipId: Id.optional(), ...relationshipEnds })
  .meta({ id: "NewRelationship", description: "Without $relationshipId the server makes one." });

export const Model = z
  .object({
    id: z.string(),
    displayName: z.record(z.string(), z.string()),
    description: z.record(z.string(), z.string()),
    model: z.looseObject({}).optional().meta({ description: "The DTDL document." }),
  })
  .meta({ id: "Model" });

export const ModelDocuments = z
  .array(z.looseObject({}))
  .min(1)
  .meta({ id: "ModelDocuments", description: "DTDL v2 or v3 interfaces, in any order; all are stored or none." });

export const TwinHistory = z
  .object({
    value: z
      .record(z.string(), z.array(z.tuple([z.number(), z.number()])))
      .meta({ example: { "/temperature": [[1764324000000, 41.5]] } }),
  })
  .meta({ id: "TwinHistory", description: "JSON Pointer → [source time in ms since epoch, value]." });

export const Space = z
  .object({ id: z.string(), name: z.string(), twins: z.int().meta({ description: "Twins in it, itself included." }) })
  .meta({ id: "Space" });

export const Operation = z
  .object({
    id: z.string(),
    kind: z.enum(["patch", "command"]),
    twinId: z.string(),
    path: z.string(),
    desired: z.string().meta({ description: "JSON of the value that was asked for." }),
    status: z.enum(OPERATION_STATUSES),
    reason: z.string(),
    result: z.string(),
    by: z.string(),
    at: z.number().meta({ description: "Asked; ms since epoch." }),
    until: z.number().meta({ description: "Gives up; ms since epoch." }),
    since: z.number().meta({ description: "Has had its status since; ms since epoch." }),
  })
  .meta({ id: "Operation" });

export const DeadLetter = z
  .object({
    id: z.int(),
    source: z.string().meta({ description: "Host and hub." }),
    partition: z.string(),
    sequence: z.number(),
    generation: z.string().meta({ description: "Of the hub: it changes when a hub of the same name is made anew." }),
    enqueuedAt: z.number().optional().meta({ description: "The hub took it; ms since epoch." }),
    receivedAt: z.number().meta({ description: "This server took it; ms since epoch." }),
    reason: z.string(),
    tries: z.int().meta({ description: "How often it came to this: deliveries and replays." }),
    body: z.string().meta({ description: "As it came." }),
    encoding: z.enum(["utf-8", "base64"]).meta({ description: "Of `body`: base64 when the bytes are no text." }),
    properties: z.record(z.string(), z.unknown()).optional().meta({ description: "What the sender gave it." }),
    systemProperties: z.record(z.string(), z.unknown()).optional().meta({ description: "What the hub gave it." }),
  })
  .meta({ id: "DeadLetter" });
