/**
 * The worker of WalFile: a connection of its own that copies the write-ahead log into the file, as far as it is written, each
 * time it is asked. It blocks no writer.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const db = new DatabaseSync(String(workerData));
db.exec("PRAGMA synchronous = NORMAL");
const copy = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");

parentPort?.on("message", (wish: "copy" | "close") => {
  if (wish === "close") {
    db.close();
    parentPort?.close();
    return;
  }
  copy.get();
  parentPort?.postMessage("copied");
});
