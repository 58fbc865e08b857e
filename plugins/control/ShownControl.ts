/**
 * Operations, leases and alarms of a room's twins → `world.operations`, `world.leases`, `world.alarms`: what everybody sees,
 * late joiners too. Owned by TwinControlPlugin.
 */
import { Alarm, Lease, Operation } from "../../src/schema/entities.ts";
import type { AlarmView, LeaseView, OperationView } from "../../src/services.ts";
import type { TwinSyncPlugin } from "../TwinSyncPlugin.ts";

export class ShownControl {
  readonly #sync: TwinSyncPlugin;
  readonly #subscriptions: (() => void)[];
  #refreshing: NodeJS.Immediate | undefined;

  constructor(sync: TwinSyncPlugin) {
    this.#sync = sync;
    const { control, leases, alarms } = sync.services;
    this.#subscriptions = [
      control.onOperation((id, view) => this.#operation(id, view)),
      leases.onChange((twinId, lease) => this.#lease(twinId, lease)),
      alarms.onChange((id, alarm) => this.#alarm(id, alarm)),
      sync.onShown((twinId, isShown) => (isShown ? this.#refreshSoon() : this.#hide(twinId))),
    ];
    this.#refresh();
  }

  close(): void {
    clearImmediate(this.#refreshing);
    for (const unsubscribe of this.#subscriptions) {
      unsubscribe();
    }
  }

  /** Twins come by the hundred while a room opens. */
  #refreshSoon(): void {
    this.#refreshing ??= setImmediate(() => {
      this.#refreshing = undefined;
      this.#refresh();
    });
  }

  #hide(twinId: string): void {
    const { leases, alarms } = this.#sync.world;
    leases.delete(twinId);
    for (const [id, alarm] of [...alarms.entries()]) {
      if (alarm.twinId === twinId) {
        alarms.delete(id);
      }
    }
  }

  #refresh(): void {
    const { control, leases, alarms } = this.#sync.services;
    for (const view of control.operations()) {
      this.#operation(view.id, view);
    }
    for (const [twinId, lease] of leases.list()) {
      this.#lease(twinId, lease);
    }
    for (const alarm of alarms.list()) {
      this.#alarm(alarm.id, alarm);
    }
  }

  #operation(id: string, view: OperationView | undefined): void {
    const { operations, twins } = this.#sync.world;
    const shown = operations.get(id);
    if (!view) {
      operations.delete(id);
    } else if (shown || twins.has(view.twinId)) {
      const { id: _, ...members } = view;
      const hidden = this.#isOpen(view.twinId, view.path) ? {} : { desired: "", path: "", result: "", reason: "" };
      if (shown) {
        shown.assign({ ...members, ...hidden });
      } else {
        operations.set(id, new Operation({ ...members, ...hidden }));
      }
    }
    this.#sync.touchAwaited();
  }

  #lease(twinId: string, lease: LeaseView | undefined): void {
    const { leases, twins } = this.#sync.world;
    const shown = leases.get(twinId);
    if (!lease) {
      leases.delete(twinId);
    } else if (shown) {
      shown.assign(lease);
    } else if (twins.has(twinId)) {
      leases.set(twinId, new Lease(lease));
    }
    this.#sync.touch();
  }

  #alarm(id: string, alarm: AlarmView | undefined): void {
    const { alarms, twins } = this.#sync.world;
    const shown = alarms.get(id);
    if (!alarm) {
      alarms.delete(id);
    } else if (shown || twins.has(alarm.twinId)) {
      const { id: _, path, ...members } = alarm;
      const text = this.#isOpen(alarm.twinId, path) ? alarm.text : alarm.rule;
      if (shown) {
        shown.assign({ ...members, text });
      } else {
        alarms.set(id, new Alarm({ ...members, text }));
      }
    }
    this.#sync.touch();
  }

  /** Everybody sees these; what only some may see is not told here. */
  #isOpen(twinId: string, path: string): boolean {
    const model = this.#sync.services.mirror.get(twinId)?.modelId;
    return model === undefined || this.#sync.schemas.restrictions.isOpen(model, path);
  }
}
