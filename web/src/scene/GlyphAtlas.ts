/** The characters that labels may use, drawn once: fill in red, outline in green, so that a shader can tint both. */
import { CanvasTexture, LinearFilter, NoColorSpace } from "three";

const PER_ROW = 16;
const EXTRA = "●■▲◌✕–—…ΔΩ↑↓″′·";
const FONT = '"DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace';

export interface GlyphAtlas {
  texture: CanvasTexture;
  /** Size of one cell in device pixels. */
  cell: { width: number; height: number };
  perRow: number;
  /** Character → code; 0 for those that are not drawn. */
  code: (character: string) => number;
}

export function makeGlyphAtlas(pixels: number): GlyphAtlas {
  const cell = { width: Math.ceil(pixels * 0.61), height: Math.ceil(pixels * 1.3) };
  const canvas = document.createElement("canvas");
  canvas.width = cell.width * PER_ROW;
  canvas.height = cell.height * PER_ROW;
  const codes = draw(canvas, cell, pixels);
  const texture = new CanvasTexture(canvas);
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.generateMipmaps = false;
  texture.flipY = false;
  texture.colorSpace = NoColorSpace;
  return { texture, cell, perRow: PER_ROW, code: (character) => codes.get(character) ?? 0 };
}

function draw(canvas: HTMLCanvasElement, cell: GlyphAtlas["cell"], pixels: number): Map<string, number> {
  const codes = new Map<string, number>();
  const context = canvas.getContext("2d");
  if (context === null) {
    return codes;
  }
  context.font = `600 ${pixels}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = pixels / 4.5;
  context.strokeStyle = "#0f0";
  context.fillStyle = "#f00";
  for (const character of characters()) {
    const code = codes.size + 1;
    const x = (code % PER_ROW) * cell.width + cell.width / 2;
    const y = Math.floor(code / PER_ROW) * cell.height + cell.height / 2;
    context.strokeText(character, x, y);
    context.fillText(character, x, y);
    codes.set(character, code);
  }
  return codes;
}

/** Printable ASCII, Latin-1 and what units and status marks need: at most 255. */
function characters(): string[] {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => String.fromCharCode(from + at));
  return [...new Set([...range(33, 127), ...range(161, 256), ...EXTRA])].slice(0, 255);
}
