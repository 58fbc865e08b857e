/** uPlot as the page uses it: one line in the page's colours, gaps as gaps, sized by its host. Loaded lazily. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Course } from "../model/gaps.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { formatNumber } from "../model/values.ts";
import { onPalette, palette } from "../scene/palette.ts";
import { S } from "../strings.ts";

const HEIGHT = 118;
/** So few make no line that one sees. */
const FEW = 3;
/** Half the width of a time of day, so that the last one is whole. */
const CLOCK_HALF = 26;
/** A course that has just begun is not a dot at the edge. */
const SHORTEST_S = 120;
const LONGEST_S = 600;

export class TrendChart {
  readonly #host: HTMLElement;
  readonly #def: ValueDef;
  readonly #observer = new ResizeObserver(() => this.#resize());
  readonly #stopPalette = onPalette(() => this.#remake());
  #plot: uPlot;
  #until = 0;
  #course: Course = [[], []];

  constructor(options: { host: HTMLElement; def: ValueDef }) {
    this.#host = options.host;
    this.#def = options.def;
    this.#plot = this.#make();
    this.#observer.observe(options.host);
  }

  /** `until`: seconds since epoch at the right edge. */
  show(course: Course, until: number): void {
    this.#course = course;
    this.#until = until;
    this.#plot.setData(course);
  }

  close(): void {
    this.#observer.disconnect();
    this.#stopPalette();
    this.#plot.destroy();
  }

  #remake(): void {
    this.#plot.destroy();
    this.#plot = this.#make();
    this.#plot.setData(this.#course);
  }

  #resize(): void {
    this.#plot.setSize({ width: this.#host.clientWidth, height: HEIGHT });
  }

  #make(): uPlot {
    const { accent, muted, grid } = palette();
    const isSwitch = this.#def.schema.kind === "boolean";
    const integer = this.#def.schema.kind === "number" && this.#def.schema.integer;
    const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const tick = (value: number) =>
      isSwitch ? (value === 1 ? S.values.yes : S.values.no) : formatNumber(value, integer);
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    return new uPlot(
      {
        width: this.#host.clientWidth || 300,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, CLOCK_HALF, 0, 0],
        scales: { x: { range: () => this.#window() }, y: { range: (_, low, high) => band(low, high, isSwitch) } },
        axes: [
          { ...axis, size: 22, space: 70, values: (_: uPlot, times: number[]) => times.map(clock) },
          {
            ...axis,
            size: 52,
            space: 32,
            values: (_: uPlot, values: number[]) => values.map(tick),
            ...(isSwitch ? { splits: [0, 1] } : {}),
          },
        ] as uPlot.Axis[],
        series: [
          {},
          {
            stroke: accent,
            width: 1.6,
            spanGaps: false,
            points: { show: ({ data }: uPlot) => data[0].length < FEW, size: 5, fill: accent },
            ...(isSwitch && stepped ? { paths: stepped } : {}),
          },
        ],
      },
      [[], []],
      this.#host,
    );
  }

  #window(): [number, number] {
    const until = this.#until || Date.now() / 1000;
    const first = this.#course[0][0] ?? until;
    return [until - Math.min(LONGEST_S, Math.max(SHORTEST_S, until - first)), until];
  }
}

/** Some air above and below; a value that does not change lies in the middle. */
function band(low: number | null, high: number | null, isSwitch: boolean): [number, number] {
  if (isSwitch) {
    return [-0.15, 1.15];
  }
  const [from, to] = [low ?? 0, high ?? 1];
  const air = (to - from) * 0.12 || Math.abs(to) * 0.05 || 1;
  return [from - air, to + air];
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}
