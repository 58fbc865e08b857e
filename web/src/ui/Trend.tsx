/** The course of one value over the last minutes. The chart's library is loaded with the first one that is shown. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { now } from "../live/clock.ts";
import { TREND_SECONDS, ValueTrend } from "../live/ValueTrend.ts";
import type { World } from "../live/World.ts";
import type { Course } from "../model/gaps.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { formatWithUnit } from "../model/values.ts";
import { S } from "../strings.ts";

type Chart = import("./TrendChart.ts").TrendChart;

export function Trend({ world, twinId, def }: { world: World; twinId: string; def: ValueDef }) {
  const trend = useMemo(() => new ValueTrend({ world, twinId, def }), [world, twinId, def]);
  const host = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<Chart | undefined>(undefined);
  useEffect(() => {
    void trend.start();
    return () => trend.close();
  }, [trend]);
  useEffect(() => {
    let made: Chart | undefined;
    let gone = false;
    void import("./TrendChart.ts").then(
      ({ TrendChart }) => {
        if (!gone && host.current !== null) {
          made = new TrendChart({ host: host.current, def });
          setChart(made);
        }
      },
      () => undefined,
    ); // no server now; main.tsx says so where a newer page is there
    return () => {
      gone = true;
      made?.close();
    };
  }, [def]);
  const course = trend.course.value;
  const until = now.value;
  useEffect(() => chart?.show(course, until / 1000), [chart, course, until]);
  return (
    <figure class="trend" aria-label={S.trend.of(def.label)}>
      <figcaption>
        <span>{S.trend.title(def.label, Math.round(TREND_SECONDS / 60))}</span>
        <small>{rangeText(course, def, trend.loaded.value)}</small>
      </figcaption>
      <div ref={host} class="trend-chart" aria-hidden="true" />
    </figure>
  );
}

function rangeText(course: Course, def: ValueDef, loaded: boolean): string {
  const values = course[1].filter((value) => value !== null);
  if (values.length === 0) {
    return loaded ? S.trend.none : S.trend.loading;
  }
  if (def.schema.kind === "boolean") {
    return "";
  }
  return S.trend.range(formatWithUnit(Math.min(...values), def), formatWithUnit(Math.max(...values), def));
}
