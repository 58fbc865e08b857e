/**
 * A cursor over tokens with the few questions that a recursive-descent parser asks. Used by parseQuery and parseExpression.
 */
import { QuerySyntaxError } from "./QuerySyntaxError.ts";
import { type Token, tokenize } from "./tokenize.ts";

export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)] ?? { kind: "end", at: 0 };
  }

  take(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** True when the token is one of these unescaped words, in any case. */
  isKeyword(keywords: readonly string[], ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "word" && !token.escaped && keywords.includes(token.text.toUpperCase());
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "symbol" && token.text === text;
  }

  takeKeyword(keyword: string): boolean {
    const found = this.isKeyword([keyword]);
    this.#index += found ? 1 : 0;
    return found;
  }

  takeSymbol(text: string): boolean {
    const found = this.isSymbol(text);
    this.#index += found ? 1 : 0;
    return found;
  }

  expectKeyword(keyword: string): void {
    if (!this.takeKeyword(keyword)) {
      throw this.expected(keyword);
    }
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) {
      throw this.expected(`'${text}'`);
    }
  }

  expectEnd(): void {
    if (this.peek().kind !== "end") {
      throw this.expected("the end");
    }
  }

  expected(what: string): QuerySyntaxError {
    return this.problem(`expected ${what}, found ${describe(this.peek())}`);
  }

  problem(text: string, at = this.peek().at): QuerySyntaxError {
    return new QuerySyntaxError(this.#text, at, text);
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end";
    case "number":
    case "string":
      return `'${token.value}'`;
    case "word":
    case "symbol":
      return `'${token.text}'`;
  }
}
