/**
 * The table of the data plane: path → method → operation.
 */
import type { Routes } from "../http/compileRoutes.ts";
import { eventRouteOperations } from "./eventRoutes.ts";
import { modelOperations } from "./models.ts";
import { queryOperation } from "./query.ts";
import { relationshipOperations } from "./relationships.ts";
import type { Service } from "./Service.ts";
import { telemetryOperations } from "./telemetry.ts";
import { twinOperations } from "./twins.ts";

export function serviceRoutes(service: Service): Routes {
  const models = modelOperations(service);
  const twins = twinOperations(service);
  const relationships = relationshipOperations(service);
  const telemetry = telemetryOperations(service);
  const routes = eventRouteOperations(service);
  const { get, put, patch, remove } = relationships;
  return {
    "/models": { GET: models.list, POST: models.add },
    "/models/:id": { GET: models.get, PATCH: models.update, DELETE: models.remove },
    "/digitaltwins/:id": { GET: twins.get, PUT: twins.put, PATCH: twins.patch, DELETE: twins.remove },
    "/digitaltwins/:id/components/:component": { GET: twins.getComponent, PATCH: twins.patchComponent },
    "/digitaltwins/:id/components/:component/telemetry": { POST: telemetry.sendOfComponent },
    "/digitaltwins/:id/telemetry": { POST: telemetry.send },
    "/digitaltwins/:id/relationships": { GET: relationships.list },
    "/digitaltwins/:id/relationships/:relationship": { GET: get, PUT: put, PATCH: patch, DELETE: remove },
    "/digitaltwins/:id/incomingrelationships": { GET: relationships.listIncoming },
    "/query": { POST: queryOperation(service) },
    "/eventroutes": { GET: routes.list },
    "/eventroutes/:id": { GET: routes.get, PUT: routes.put, DELETE: routes.remove },
  };
}
