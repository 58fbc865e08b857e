/** Vite plugin: beside each text asset a brotli and a gzip of it, as small as they get. The server sends these as they are. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|html|svg|json)$/;
/** Less gains nothing. */
const WORTH_BYTES = 512;

export function precompress(): Plugin {
  let folder = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const file = join(folder, name);
        if (TEXT.test(name) && statSync(file).size > WORTH_BYTES) {
          compress(file);
        }
      }
    },
  };
}

function compress(file: string): void {
  const bytes = readFileSync(file);
  const { BROTLI_PARAM_QUALITY, BROTLI_MAX_QUALITY } = constants;
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY } }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
