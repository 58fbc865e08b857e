/**
 * Builds the page into dist/web, which the server serves. Colyseus' SDK packs messages with msgpackr, whose default build
 * calls `new Function`: the build without it is taken, so that a strict Content-Security-Policy has nothing to report.
 */
import { createRequire } from "node:module";
import { defineConfig } from "vite";
import { precompress } from "./precompress.ts";

const { resolve } = createRequire(import.meta.url);
const API = process.env["API"] ?? "http://127.0.0.1:2567";

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [precompress()],
  resolve: { alias: { msgpackr: resolve("msgpackr/index-no-eval") } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": API, "/matchmake": API } },
});
