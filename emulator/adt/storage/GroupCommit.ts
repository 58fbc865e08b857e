/**
 * Makes the writes of one turn of the event loop durable with one transaction, so that many writers share one fsync.
 *
 * Every answer, also a read's, waits for `settled()`: nobody is told anything that a kill -9 could undo. When a commit
 * fails, the instance goes back to what the file holds and all who waited get the error.
 */
import type { Instance } from "../Instance.ts";
import type { Log } from "../types.ts";
import type { InstanceFile } from "./InstanceFile.ts";

/** How long the removal of published notifications may wait for a write to share its transaction with, in ms. */
const LAZY = 200;

export class GroupCommit {
  readonly #instance: Instance;
  readonly #file: InstanceFile;
  readonly #onNotifications: (hubs: ReadonlySet<string>) => void;
  readonly #log: Log;
  #next: Promise<void> | undefined;
  #published = new Map<string, number>();
  #lazy: NodeJS.Timeout | undefined;

  /** `onNotifications` is called after a commit with the hubs that got something to publish. */
  constructor(options: {
    instance: Instance;
    file: InstanceFile;
    onNotifications: (hubs: ReadonlySet<string>) => void;
    log: Log;
  }) {
    this.#instance = options.instance;
    this.#file = options.file;
    this.#onNotifications = options.onNotifications;
    this.#log = options.log;
  }

  /** Resolves when all that is in the instance now is on disk. Free when nothing has changed. */
  settled(): Promise<void> {
    return this.#next ?? (this.#instance.isDirty ? this.flush() : Promise.resolve());
  }

  /** Notes that a hub has everything up to `seq`; forgotten by a crash, which only means a duplicate. */
  published(hub: string, seq: number): void {
    this.#published.set(hub, seq);
    this.#lazy ??= setTimeout(() => {
      this.flush().catch((error: unknown) => {
        this.#log.error({ err: error }, "the twin service could not save");
      });
    }, LAZY).unref();
  }

  /** Saves at the end of this turn of the event loop, also the removal of what was published. */
  flush(): Promise<void> {
    this.#next ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#next = undefined;
        try {
          this.#commit();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    return this.#next;
  }

  #commit(): void {
    clearTimeout(this.#lazy);
    this.#lazy = undefined;
    const changes = this.#instance.takeChanges();
    const published = this.#published;
    this.#published = new Map();
    try {
      this.#file.save(this.#instance, changes, published);
    } catch (error) {
      this.#instance.load(this.#file.load());
      throw error;
    }
    if (changes.notifications.length > 0) {
      this.#onNotifications(new Set(changes.notifications.map(({ hub }) => hub)));
    }
  }
}
