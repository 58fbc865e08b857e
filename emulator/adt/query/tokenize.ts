/**
 * Text of a query or filter → tokens. Keywords are words here; the parser tells them apart, so that `[[ORDER]]` can name a
 * property that is called like one.
 */
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

export type Token =
  | { kind: "word"; text: string; escaped: boolean; at: number }
  | { kind: "string"; value: string; at: number }
  | { kind: "number"; value: number; at: number }
  | { kind: "symbol"; text: string; at: number }
  | { kind: "end"; at: number };

const SPACE = /\s+/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const ESCAPED = /\[\[([^[\]]+)\]\]/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /'((?:[^'\\]|\\[\s\S])*)'/y;
/** Arrows of MATCH are not symbols of their own: `a<-5` is a comparison. */
const SYMBOL = /<=|>=|<>|!=|[=<>()[\],.*:|-]/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescapeString(body: string): string {
  return body.replace(/\\([\s\S])/g, "$1");
}

function next(text: string, at: number): { token: Token; length: number } {
  const found =
    wrap(match(WORD, text, at), (m) => ({ kind: "word", text: m[0], escaped: false, at })) ??
    wrap(match(ESCAPED, text, at), (m) => ({ kind: "word", text: m[1] ?? "", escaped: true, at })) ??
    wrap(match(NUMBER, text, at), (m) => ({ kind: "number", value: Number(m[0]), at })) ??
    wrap(match(STRING, text, at), (m) => ({ kind: "string", value: unescapeString(m[1] ?? ""), at })) ??
    wrap(match(SYMBOL, text, at), (m) => ({ kind: "symbol", text: m[0], at }));
  if (found === undefined) {
    throw new QuerySyntaxError(text, at, problemAt(text[at]));
  }
  return found;
}

function problemAt(character: string | undefined): string {
  switch (character) {
    case "'":
      return "this string is never closed";
    case '"':
      return "token recognition error at: '\"'; strings stand in single quotes";
    default:
      return `token recognition error at: '${character}'`;
  }
}

function wrap(
  found: RegExpExecArray | null,
  token: (found: RegExpExecArray) => Token,
): { token: Token; length: number } | undefined {
  return found === null ? undefined : { token: token(found), length: found[0].length };
}

/** Ends with a token of kind "end". Throws QuerySyntaxError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, text, at)?.[0].length ?? 0;
    if (at >= text.length) {
      tokens.push({ kind: "end", at });
      return tokens;
    }
    const { token, length } = next(text, at);
    tokens.push(token);
    at += length;
  }
}
