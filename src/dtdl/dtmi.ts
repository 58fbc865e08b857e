/**
 * Digital Twin Model Identifiers: `dtmi:com:example:Pump;1`. v2 wants a whole-number version, v3 takes none or `1.2` too.
 */

const SEGMENT = "[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?";
const V2 = new RegExp(`^dtmi:${SEGMENT}(?::${SEGMENT})*;[1-9][0-9]{0,8}$`);
const V3 = new RegExp(`^dtmi:${SEGMENT}(?::${SEGMENT})*(?:;[1-9][0-9]{0,8}(?:\\.[1-9][0-9]{0,5})?)?$`);
/** Longer is refused before the pattern is tried. */
const LONGEST = 16_384;

export function isDtmi(text: string, version: 2 | 3): boolean {
  return text.length <= LONGEST && (version === 2 ? V2 : V3).test(text);
}
