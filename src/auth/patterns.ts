/** Patterns of a policy file: `*` stands for any number of characters. */

/** Does a pattern fit? */
export type Fits = (text: string) => boolean;

/** One expression for all of them; names without a star by a set. */
export function pattern(patterns: readonly string[]): Fits {
  const exact = new Set(patterns.filter((p) => !p.includes("*")));
  const starred = patterns.filter((p) => p.includes("*")).map(expressionOf);
  const any = starred.length === 0 ? undefined : new RegExp(`^(?:${starred.join("|")})$`, "s");
  return (text) => exact.has(text) || any?.test(text) === true;
}

/** A path stands for what is below it too: `/motor` for `/motor/limit`. */
export function pathPattern(paths: readonly string[]): Fits {
  const fits = pattern(paths);
  return (path) => upwards(path).some(fits);
}

/** Of the last path: one check asks for the same one with each rule that it looks at. */
let last: { path: string; upwards: readonly string[] } = { path: "", upwards: [] };

/** The path and each that it is below: `/motor/limit`, `/motor`. */
export function upwards(path: string): readonly string[] {
  if (path !== last.path) {
    const paths: string[] = [];
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      paths.push(at);
    }
    last = { path, upwards: paths };
  }
  return last.upwards;
}

/** As the source of a regular expression. */
export function expressionOf(text: string): string {
  return text
    .split(/\*+/)
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"))
    .join(".*");
}
