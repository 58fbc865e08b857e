/**
 * `…/telemetry` of twins and components: nothing is stored, an event goes to the routes. Values are not held against the
 * model, as on the real service.
 */
import { randomUUID } from "node:crypto";
import type { Operation, ServiceRequest } from "../http/types.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject } from "../types.ts";
import type { Service } from "./Service.ts";
import { findComponent, findTwin } from "./twins.ts";

export function telemetryOperations(service: Service): Record<"send" | "sendOfComponent", Operation> {
  function send(request: ServiceRequest, twinId: string, component?: string) {
    const twin = findTwin(service, twinId);
    if (component !== undefined) {
      findComponent(service, twin, component);
    }
    const body = request.json();
    if (!isObject(body)) {
      throw new ServiceError("ValidationFailed", "The telemetry content is invalid: expected a JSON object.");
    }
    service.emit(request, {
      type: "microsoft.iot.telemetry",
      twinId,
      id: request.header("message-id") ?? randomUUID(),
      dataschema: twin.modelId,
      ...(component === undefined ? {} : { subject: component }),
      body,
    });
    return { status: 204 };
  }

  return {
    send: (request, { id = "" }) => send(request, id),
    sendOfComponent: (request, { id = "", component = "" }) => send(request, id, component),
  };
}
