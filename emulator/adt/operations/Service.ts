/**
 * What operations work with: the instance, the endpoints of event routes, and `emit`.
 */
import { attributesOf, type TwinServiceEvent, toNotification } from "../events/toNotification.ts";
import type { Faults } from "../faults/Faults.ts";
import type { LaggingView } from "../faults/LaggingView.ts";
import type { NotificationHolds } from "../faults/NotificationHolds.ts";
import type { ServiceRequest } from "../http/types.ts";
import type { Instance } from "../Instance.ts";
import type { JsonObject, NotificationMessage } from "../types.ts";

export interface Service {
  readonly instance: Instance;
  /** What queries read. */
  readonly view: LaggingView;
  readonly faults: Faults;
  /** Endpoint name of an event route → hub. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** Sends an event to every hub that a route of the instance says, together with the writes of this request. */
  emit(request: ServiceRequest, event: TwinServiceEvent): void;
}

export function newService(options: {
  instance: Instance;
  view: LaggingView;
  faults: Faults;
  holds: NotificationHolds;
  endpoints: ReadonlyMap<string, string>;
  /** The host that events name as their source. */
  source: () => string;
}): Service {
  const { instance, view, faults, holds, endpoints, source } = options;

  function send(hub: string, message: NotificationMessage): void {
    const { copies, hold } = faults.notification();
    for (let copy = 0; copy < copies; copy++) {
      // Each is an object of its own: only one of them is late.
      const sent = copies === 1 ? message : { ...message };
      if (hold !== undefined && copy === 0) {
        holds.hold(sent, hold);
      }
      instance.notify(hub, sent);
    }
  }

  return {
    instance,
    view,
    faults,
    endpoints,
    emit: (request, event) => {
      if (instance.routes.size === 0) {
        return;
      }
      const message = toNotification(event, {
        host: source(),
        time: request.time,
        traceparent: request.header("traceparent"),
      });
      let known: JsonObject | undefined;
      const attributes = () => {
        known ??= attributesOf(event, message);
        return known;
      };
      for (const route of instance.routes.values()) {
        const hub = endpoints.get(route.endpointName);
        if (hub !== undefined && route.matches(attributes)) {
          send(hub, message);
        }
      }
    },
  };
}
