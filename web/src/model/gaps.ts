/** Samples as a chart takes them, with gaps. Pure. */

const GAP_FACTOR = 3.5;
const SHORTEST_GAP_S = 10;

/** Seconds since epoch, and values; null is a gap. */
export type Course = [times: number[], values: (number | null)[]];

/** A gap where the distance is far beyond the usual one. Pure. */
export function withGaps(samples: readonly (readonly [number, number])[]): Course {
  const distances = samples.slice(1).map(([time], at) => time - (samples[at]?.[0] ?? time));
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  const longest = Math.max(SHORTEST_GAP_S * 1000, usual * GAP_FACTOR);
  const course: Course = [[], []];
  samples.forEach(([time, value], at) => {
    const before = samples[at - 1]?.[0] ?? time;
    if (time - before > longest) {
      course[0].push((before + 1) / 1000);
      course[1].push(null);
    }
    course[0].push(time / 1000);
    course[1].push(value);
  });
  return course;
}
