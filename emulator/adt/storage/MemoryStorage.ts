/**
 * A Storage that keeps nothing: for instances that end with their process. Only the outbox has something to hold.
 */
import type { Changes, Content, Instance } from "../Instance.ts";
import { OutboxTail } from "./OutboxTail.ts";
import type { OutboxEntry, Storage } from "./Storage.ts";

const NOW = Promise.resolve();

export class MemoryStorage implements Storage {
  readonly isUntidy = false;
  readonly #tail = new OutboxTail(Number.POSITIVE_INFINITY, []);
  #lastSeq = 0;

  load(): Content {
    return { models: [], twins: [], relationships: [], routes: [] };
  }

  save(_instance: Instance, changes: Changes, published: ReadonlyMap<string, number>): void {
    for (const { hub, message } of changes.notifications) {
      this.#lastSeq += 1;
      this.#tail.push(hub, { seq: this.#lastSeq, message });
    }
    for (const [hub, seq] of published) {
      this.#tail.drop(hub, seq);
    }
  }

  sync(): Promise<void> {
    return NOW;
  }

  outbox(hub: string, after: number, limit: number): OutboxEntry[] {
    return this.#tail.after(hub, after, limit) ?? [];
  }

  waitingHubs(): string[] {
    return this.#tail.hubs();
  }

  close(): Promise<void> {
    return NOW;
  }
}
