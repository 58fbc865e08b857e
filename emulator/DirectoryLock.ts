/**
 * Keeps a data directory for one emulator: a second one is refused before it touches anything in it. The lock is the
 * operating system's and ends with the process, however that ends.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export class DirectoryLock {
  readonly #db: DatabaseSync;

  /** Throws an Error with a sentence when another process has it. */
  constructor(directory: string) {
    // SQLite, since Node itself has no locks on files.
    const db = new DatabaseSync(join(directory, "emulator.lock"));
    try {
      db.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      db.close();
      throw new Error(
        `The data directory ${directory} is in use by another emulator. Stop that one, or choose another directory.`,
        { cause: error },
      );
    }
    this.#db = db;
  }

  release(): void {
    this.#db.close();
  }
}
