/**
 * Operations, leases and alarms of a room's twins → `world.operations`, `world.leases`, `world.alarms`: what everybody sees,
 * late joiners too. Owned by TwinControlPlugin.
 */
import { Alarm, Lease, Operation } from "../../src/schema/entities.ts";
import type { AlarmView, LeaseView, OperationView } from "../../src/services.ts";
import type { TwinSyncPlugin } from "../TwinSyncPlugin.ts";

/** What is not told of an operation on a property that is for some roles only. */
const UNTOLD = { desired: "", path: "", result: "", reason: "" };

export class ShownControl {
  readonly #sync: TwinSyncPlugin;
  readonly #subscriptions: (() => void)[];
  /** Those that everybody may read, decided when they were first shown: their twin may go before they end. */
  readonly #open = new WeakSet<Operation | Alarm>();
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
      const isOpen = shown ? this.#open.has(shown) : this.#isOpen(view.twinId, view.path);
      const told = isOpen ? members : { ...members, ...UNTOLD };
      if (shown) {
        shown.assign(told);
      } else {
        operations.set(id, this.#decided(new Operation(told), isOpen));
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
      const isOpen = shown ? this.#open.has(shown) : this.#isOpen(alarm.twinId, path);
      const text = isOpen ? alarm.text : alarm.rule;
      if (shown) {
        shown.assign({ ...members, text });
      } else {
        alarms.set(id, this.#decided(new Alarm({ ...members, text }), isOpen));
      }
    }
    this.#sync.touch();
  }

  #decided<T extends Operation | Alarm>(shown: T, isOpen: boolean): T {
    if (isOpen) {
      this.#open.add(shown);
    }
    return shown;
  }

  /** Everybody sees these; what only some may see is not told here, nor what nobody can tell. */
  #isOpen(twinId: string, path: string): boolean {
    const { mirror, models, schemas } = this.#sync.services;
    const model = models.graph.get(mirror.get(twinId)?.modelId ?? "");
    return schemas.restrictions.isEmpty || (model !== undefined && schemas.restrictions.isOpen(model.id, path));
  }
}
