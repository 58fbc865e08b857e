/**
 * Refusals in the real service's own words, as its recorded traffic has them: clients, the official SDKs' own tests among
 * them, match on these texts. Its oddities (two full stops, a missing one) are part of them.
 *
 * Called by the operations. What was never seen recorded says in its own words, where it is thrown, what was expected.
 */
import { ServiceError } from "./ServiceError.ts";

export function twinNotFound(id: string): ServiceError {
  return new ServiceError(
    "DigitalTwinNotFound",
    `There is no digital twin instance that exists with the ID ${id}. Please verify that the twin id is valid and ensure that the twin is not deleted. See section on querying the twins https://aka.ms/adtv2query.`,
  );
}

export function targetNotFound(): ServiceError {
  return new ServiceError(
    "TargetDigitalTwinNotFound",
    "The target digital twin is invalid or does not exist. Please validate that the target twin is valid and ensure that the target twin is not deleted. See section on querying the twins https://aka.ms/adtv2query .",
  );
}

export function twinHasRelationships(id: string): ServiceError {
  return new ServiceError(
    "RelationshipsNotDeleted",
    `Twin ${id} has active relationships. Cannot delete a twin unless all the relationships are deleted. Please ensure that the active relationships on the twin are deleted. See section on retrieving relationships https://aka.ms/adtv2twins.`,
  );
}

export function componentNotFound(twinId: string, name: string): ServiceError {
  return new ServiceError(
    "ComponentNotFound",
    `${twinId} does not have component ${name} Please verify that the component path is correct. You can get components by getting the twin, See example https://aka.ms/TwinGetSwSmpl.`,
  );
}

export function relationshipNotFound(twinId: string, id: string): ServiceError {
  return new ServiceError(
    "RelationshipNotFound",
    `Relationship ${id} not found on twin ${twinId}. Please verify that the relationship id is valid and ensure that the relationship is not deleted. See section on listing relationships in the documentation https://aka.ms/adtv2twins.`,
  );
}

/** Without its name or its target, among others. */
export function relationshipUnreadable(): ServiceError {
  return new ServiceError("InvalidArgument", "Could not deserialize relationship create body.");
}

export function relationshipAgainstModel(details: readonly string[]): ServiceError {
  return new ServiceError(
    "InvalidRelationship",
    "Twin relationship does not align with the model. Please ensure that the relationship is in alignment with the model. See section on listing models https://aka.ms/adtv2models.",
    details,
  );
}

export function invalidTwin(details: readonly string[]): ServiceError {
  return new ServiceError("ValidationFailed", "Invalid twin specified", details);
}

export function invalidPayload(): ServiceError {
  return new ServiceError("InvalidArgument", "Payload is invalid.");
}

export function emptyBody(): ServiceError {
  return new ServiceError("BadRequest", "A non-empty request body is required.");
}

export function modelNotFound(id: string): ServiceError {
  return new ServiceError(
    "ModelNotFound",
    `There is no Model(s) available that matches the provided id(s) ${id}. Check that the Model ID provided is valid by doing a Model_List API call.`,
  );
}

export function modelIdInvalid(id: string): ServiceError {
  return new ServiceError(
    "InvalidArgument",
    `The format of the Model ID ${id} provided is not supported. See model documentation(https://aka.ms/ADTv2Models) for supported format.`,
  );
}

export function modelsEmpty(): ServiceError {
  return new ServiceError(
    "InvalidArgument",
    "Operation failed as models provided was empty or of a type that is not supported.. Check that your Model Array contains at least one item and it is of a supported type. See link(https://aka.ms/ADTv2Models) for details.",
  );
}

/** `problem` is what the parser has to say: all its faults. */
export function modelsInvalid(problem: string): ServiceError {
  return new ServiceError(
    "DTDLParserError",
    `None of the models in this request could be created due to a problem with one or more models: ${problem}. See model documentation(https://aka.ms/ADTv2Models) for supported format.`,
  );
}

export function modelsExist(ids: readonly string[]): ServiceError {
  return new ServiceError(
    "ModelIdAlreadyExists",
    `Some of the model ids already exist: ${ids.join(", ")}. Use Model_List API to view models that already exist. See the Swagger example (https://aka.ms/ModelListSwSmpl).`,
  );
}

export function modelReferenced(dependants: readonly string[]): ServiceError {
  return new ServiceError(
    "ModelReferencesNotDeleted",
    `This model is currently being referenced by ${dependants.join(", ")}. You must delete these references before deleting the Model.. To delete references, do Delete Model on Ids provided above.`,
  );
}

export function routeNotFound(): ServiceError {
  return new ServiceError(
    "EventRouteNotFound",
    "There is no route available that matches the provided input. Check for all valid event routes by calling EventRoute_List. See Swagger example (https://aka.ms/RouteSwSmpl).",
  );
}

export function routeEndpointInvalid(): ServiceError {
  return new ServiceError(
    "EventRouteEndpointInvalid",
    "The endpoint provided does not exist or is not active. Check that your endpoint is provisioned correctly. See event route documentation (https://aka.ms/ADTv2Routes).",
  );
}

export function routeFilterInvalid(problem: string): ServiceError {
  return new ServiceError(
    "EventRouteFilterInvalid",
    `The provided filter is invalid. Parsing error, ${problem}. See event route documentation for supported values and structure (https://aka.ms/ADTv2Routes).`,
  );
}

export function queryInvalid(problem: string): ServiceError {
  return new ServiceError(
    "SqlQueryError",
    `SQL query parse failed: SQL Parser Error, ${problem} See samples in https://aka.ms/adtv2query for the correct syntax.`,
  );
}

export function patchInvalid(problem: string): ServiceError {
  return new ServiceError(
    "JsonPatchInvalid",
    `${problem}. Please provide a valid patch document. See section on update apis in the documentation https://aka.ms/adtv2twins.`,
  );
}

export function ifMatchMalformed(): ServiceError {
  return new ServiceError(
    "InvalidArgument",
    "Invalid If-Match header value. Allowed value(s): If-Match: {etag} or If-Match: *",
  );
}

export function ifNoneMatchMalformed(): ServiceError {
  return new ServiceError("InvalidArgument", "Invalid If-None-Match header value. Allowed value(s): If-None-Match: *");
}

export function etagOutdated(given: string): ServiceError {
  return new ServiceError(
    "PreconditionFailed",
    `The provided etag ${given} doesn't match the current etag for the resource. Please obtain and provide the latest etag by getting the resource. See section on get apis in the documentation https://aka.ms/adtv2twins.`,
  );
}

export function alreadyThere(kind: "twin" | "relationship", id: string): ServiceError {
  return new ServiceError(
    "PreconditionFailed",
    `If-None-Match: * header was specified but a ${kind} with the id ${id} was found. Please specify a different ${kind} id.`,
  );
}
