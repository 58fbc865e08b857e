// What Node makes of a source file (types stripped, compiled) is kept from one process to the next: mocha's workers, and the
// servers that tests start and end as processes of their own, spend half their CPU time on it otherwise. Node keys it by
// content and version, so that what is kept is never old. Required before any test: processes inherit the setting.
import { join } from "node:path";

process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "..", "..", "node_modules", ".cache", "tests");
