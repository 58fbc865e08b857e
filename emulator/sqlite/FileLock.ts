/**
 * Keeps a file or a directory for one process: a second one is refused before it touches anything. The lock is the operating
 * system's and ends with the process, however that ends.
 */
import { DatabaseSync } from "node:sqlite";

export class FileLock {
  readonly #db: DatabaseSync;

  /** `path` is the lock's own file, which stays. Throws an Error that says `refusal` when another process has it. */
  constructor(path: string, refusal: string) {
    // SQLite, since Node itself has no locks on files.
    const db = new DatabaseSync(path);
    try {
      db.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      db.close();
      throw new Error(refusal, { cause: error });
    }
    this.#db = db;
  }

  release(): void {
    this.#db.close();
  }
}
