/**
 * `…/telemetry` of twins and components: nothing is stored, an event goes to the routes. Values are not held against the
 * model, as on the real service.
 */
import type { Operation, ServiceRequest } from "../http/types.ts";
import { ServiceError } from "../ServiceError.ts";
import { normaliseTime } from "../serviceTime.ts";
import { isObject } from "../types.ts";
import { checkPayload } from "./limits.ts";
import type { Service } from "./Service.ts";
import { findComponent, findTwin } from "./twins.ts";

export function telemetryOperations(service: Service): Record<"send" | "sendOfComponent", Operation> {
  function send(request: ServiceRequest, twinId: string, component?: string) {
    const twin = findTwin(service, twinId);
    if (component !== undefined) {
      findComponent(service, twin, component);
    }
    checkPayload(request);
    const id = readMessageId(request);
    checkSourceTime(request);
    const body = request.json();
    // A string is what the SDK for JavaScript makes of text, in its own samples and suite, too.
    if (!isObject(body) && typeof body !== "string") {
      throw new ServiceError("ValidationFailed", "The telemetry content is invalid: expected a JSON object.");
    }
    service.emit(request, {
      type: "microsoft.iot.telemetry",
      twinId,
      id,
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

/** Required, as the service's description says. */
function readMessageId(request: ServiceRequest): string {
  const id = request.header("message-id")?.trim() ?? "";
  if (id === "") {
    throw new ServiceError("InvalidArgument", "Telemetry needs a Message-Id header.");
  }
  return id;
}

function checkSourceTime(request: ServiceRequest): void {
  const time = request.header("telemetry-source-time");
  // The service's own recordings have other forms than RFC 3339: 01/01/01 0:00:00 +00:00.
  if (time !== undefined && normaliseTime(time) === undefined && Number.isNaN(Date.parse(time))) {
    throw new ServiceError("InvalidArgument", `The Telemetry-Source-Time '${time}' is not a date and time.`);
  }
}
