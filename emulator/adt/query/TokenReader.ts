/**
 * A cursor over tokens with the few questions that a recursive-descent parser asks. Used by parseQuery, parseMatch and
 * parseExpression. Its complaints are worded as the real service words them.
 */
import { QuerySyntaxError } from "./QuerySyntaxError.ts";
import { FILTER_WORDS } from "./reservedWords.ts";
import { type Token, tokenize } from "./tokenize.ts";

export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #reserved: ReadonlySet<string>;
  #index = 0;

  /** `reserved`: upper-case words that are no names unless escaped. */
  constructor(text: string, reserved: ReadonlySet<string> = FILTER_WORDS) {
    this.#text = text;
    this.#tokens = tokenize(text);
    this.#reserved = reserved;
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

  /** A word that may name something. `what` says what it would have named. */
  takeName(what: string): { text: string; at: number } {
    const token = this.peek();
    if (token.kind !== "word") {
      throw this.expected(what);
    }
    if (!token.escaped && this.#reserved.has(token.text.toUpperCase())) {
      throw this.expected(`${what}; as a name the reserved word has to be written [[${token.text}]]`);
    }
    this.take();
    return { text: token.text, at: token.at };
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
      throw this.expected("<EOF>");
    }
  }

  expected(what: string): QuerySyntaxError {
    return this.problem(`mismatched input ${this.found()} expecting ${what}`);
  }

  problem(text: string, at = this.peek().at): QuerySyntaxError {
    return new QuerySyntaxError(this.#text, at, text);
  }

  /** The token at hand, for messages. */
  found(): string {
    const token = this.peek();
    switch (token.kind) {
      case "end":
        return "'<EOF>'";
      case "number":
      case "string":
        return `'${token.value}'`;
      case "word":
      case "symbol":
        return `'${token.text}'`;
    }
  }
}
