/**
 * What an Instance is kept in: a file that survives the death of the process, or nothing but memory.
 *
 * GroupCommit saves and syncs; Outbox reads what is to be published. Implemented by InstanceFile and MemoryStorage.
 */
import type { Changes, Content, Instance } from "../Instance.ts";
import type { NotificationMessage } from "../types.ts";

export interface OutboxEntry {
  seq: number;
  message: NotificationMessage;
}

export interface Storage {
  load(): Content;
  /**
   * Writes what has changed in `instance`, and takes notifications up to a `seq` per hub from the outbox, all or nothing.
   * Durable once a `sync` that was called afterwards has resolved.
   */
  save(instance: Instance, changes: Changes, published: ReadonlyMap<string, number>): void;
  sync(): Promise<void>;
  /** True when another `save`, if only an empty one, has housekeeping to do. */
  readonly isUntidy: boolean;
  /** Durable notifications for a hub after `seq`, oldest first. */
  outbox(hub: string, after: number, limit: number): OutboxEntry[];
  /** Hubs that notifications wait for. */
  waitingHubs(): string[];
  close(): Promise<void>;
}
