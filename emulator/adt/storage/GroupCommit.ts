/**
 * Makes writes durable in groups: while one group is on its way to the disk, the next one gathers, so that many writers
 * share one sync, however slow the disk is.
 *
 * Every answer, also a read's, waits for `settled()`: nobody is told anything that the death of the process or of the machine
 * could undo. When a commit fails, the instance goes back to what the file holds and all who waited get the error.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { LaggingView } from "../faults/LaggingView.ts";
import { type Instance, isEmpty } from "../Instance.ts";
import type { Log } from "../types.ts";
import type { Storage } from "./Storage.ts";

/** How long the removal of published notifications may wait for a write to share its transaction with, in ms. */
const LAZY = 200;
/**
 * Writers in one group that make a rush, and ms from one group to the next while there is one: on a fast disk there would
 * be a group for every few writers, and a transaction costs as much as two of their requests.
 */
const RUSH = 4;
const PACE = 5;
/** Between two steps of housekeeping while nobody writes, in ms; after each that failed, twice as long. */
const TIDY = 10;
const LONGEST_TIDY = 60_000;

export class GroupCommit {
  readonly #instance: Instance;
  readonly #view: LaggingView;
  readonly #storage: Storage;
  readonly #onNotifications: (hubs: ReadonlySet<string>) => void;
  readonly #log: Log;
  /** The group that gathers, and the one on its way to the disk. */
  #next: Promise<void> | undefined;
  #current: Promise<void> | undefined;
  /** Grows when the instance loses what was not saved. */
  #generation = 0;
  #published = new Map<string, number>();
  #lazy: NodeJS.Timeout | undefined;
  #tidy = TIDY;
  #closed = false;
  /** When the next group may begin. */
  #earliest = 0;

  /** `onNotifications` is called after a commit with the hubs that got something to publish. */
  constructor(options: {
    instance: Instance;
    view: LaggingView;
    storage: Storage;
    onNotifications: (hubs: ReadonlySet<string>) => void;
    log: Log;
  }) {
    this.#instance = options.instance;
    this.#view = options.view;
    this.#storage = options.storage;
    this.#onNotifications = options.onNotifications;
    this.#log = options.log;
  }

  /** Settled when all that is in the instance now is on disk; undefined: it is there. */
  get pending(): Promise<void> | undefined {
    return this.#next ?? (this.#instance.isDirty ? this.flush() : this.#current);
  }

  /** Notes that a hub has everything up to `seq`; forgotten by a crash, which only means a duplicate. */
  published(hub: string, seq: number): void {
    this.#published.set(hub, seq);
    this.#later(LAZY);
  }

  #later(delay: number): void {
    if (this.#closed) {
      return;
    }
    this.#lazy ??= setTimeout(() => {
      this.flush().catch((error: unknown) => {
        this.#log.error({ err: error }, "the twin service could not save");
      });
    }, delay).unref();
  }

  /** Saves all there is, also the removal of what was published. */
  flush(): Promise<void> {
    this.#next ??= this.#gather(this.#current);
    return this.#next;
  }

  /** Begins with what an earlier process left to be done. */
  tidy(): void {
    if (this.#storage.isUntidy) {
      this.#later(this.#tidy);
    }
  }

  /** Saves what there is; nothing is written afterwards. */
  close(): Promise<void> {
    this.abandon();
    return this.flush();
  }

  /** Nothing is written any more unless somebody asks for it. */
  abandon(): void {
    this.#closed = true;
    clearTimeout(this.#lazy);
  }

  async #gather(before: Promise<void> | undefined): Promise<void> {
    const generation = this.#generation;
    // A turn of the event loop, and the disk's time: whoever comes until then is of this group.
    await Promise.all([
      new Promise((resolve) => {
        setImmediate(resolve);
      }),
      before?.catch(() => {}),
    ]);
    const early = this.#earliest - performance.now();
    if (early > 0 && !this.#closed) {
      await wait(early);
    }
    this.#current = this.#next;
    this.#next = undefined;
    try {
      if (generation !== this.#generation) {
        throw new Error("The write was lost together with one before it, which could not be saved.");
      }
      await this.#commit();
      this.#tidy = TIDY;
    } catch (error) {
      this.#tidy = Math.min(2 * this.#tidy, LONGEST_TIDY);
      throw error;
    } finally {
      this.#current = undefined;
      this.tidy();
    }
  }

  async #commit(): Promise<void> {
    clearTimeout(this.#lazy);
    this.#lazy = undefined;
    const changes = this.#instance.takeChanges();
    const isRush = changes.twins.size + changes.relationships.size >= RUSH;
    this.#earliest = isRush ? performance.now() + PACE : 0;
    this.#view.follow(changes);
    const published = this.#published;
    this.#published = new Map();
    try {
      this.#storage.save(this.#instance, changes, published);
      // Also of housekeeping: `sync` is what keeps the file's write-ahead log short.
      await this.#storage.sync();
    } catch (error) {
      if (!isEmpty(changes)) {
        this.#generation += 1;
        this.#instance.load(this.#storage.load());
        this.#view.reset();
      }
      throw error;
    }
    if (changes.notifications.length > 0) {
      this.#onNotifications(new Set(changes.notifications.map(({ hub }) => hub)));
    }
  }
}
