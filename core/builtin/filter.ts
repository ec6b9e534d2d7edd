import { parsePath, readPath, toText, type Path } from './path.ts';

/**
 * Decides whether a JSON value is meant. It always ends, in time linear in the sizes of filter and value, and never fails:
 * what is missing or of another type is simply not equal, not less, and contains nothing.
 */
export type Filter = (scope: unknown) => boolean;

/** Compiles a pattern of `matches`; throws for one that is not valid. */
export type CompilePattern = (source: string) => (text: string) => boolean;

/** What is wrong with a filter, and where. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  /** Counted in characters from 1. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(`${message} at character ${position}`);
    this.position = position;
  }
}

const MAX_LENGTH = 4000;
const MAX_DEPTH = 50;

type Operand = (scope: unknown) => unknown;
type Comparison = (left: unknown, right: unknown) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
  contains(left, right) {
    if (Array.isArray(left)) return left.some((element) => equals(element, right));
    return typeof left === 'string' && typeof right === 'string' && left.includes(right);
  },
};

function equals(left: unknown, right: unknown): boolean {
  return (left ?? null) === (right ?? null);
}

/** Not a number for values that have no order. */
function order(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left !== 'string' || typeof right !== 'string') return Number.NaN;
  return left < right ? -1 : Number(left > right);
}

/**
 * Compiles a filter:
 *
 *     or      = and *("or" and)            and = not *("and" not)            not = ["not"] (test / "(" or ")")
 *     test    = "exists" path / operand [("==" / "!=" / "<" / "<=" / ">" / ">=" / "contains") operand / "matches" string]
 *     operand = path / string / number / "true" / "false" / "null"
 *
 * An operand alone is met if it is `true`. Paths begin with one of `roots`.
 *
 * @throws FilterError
 */
export function compileFilter(source: string, roots: readonly string[], compilePattern: CompilePattern): Filter {
  if (source.length > MAX_LENGTH) throw new FilterError(`a filter has at most ${MAX_LENGTH} characters`, MAX_LENGTH);
  return new Parser(tokenize(source), source.length + 1, roots, compilePattern).parse();
}

type TokenKind = 'text' | 'number' | 'symbol' | 'word';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly position: number;
}

const TOKEN =
  /\s+|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?)|(?<symbol>[=!<>]=|[<>()])|(?<word>[\p{L}_](?:[\p{L}\p{N}_.-]|\[-?\d+\]|\["(?:[^"\\]|\\.)*"\])*)/uy;

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const position = TOKEN.lastIndex + 1;
    const groups = TOKEN.exec(source)?.groups;
    if (!groups) {
      if (TOKEN.lastIndex === 0) throw new FilterError(`unexpected ${quote(source.charAt(position - 1))}`, position);
      continue;
    }
    const found = Object.entries(groups).find(([, text]) => text !== undefined);
    if (found) tokens.push({ kind: found[0] as TokenKind, text: found[1], position });
  }
  return tokens;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #roots: readonly string[];
  readonly #compilePattern: CompilePattern;
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number, roots: readonly string[], compilePattern: CompilePattern) {
    this.#tokens = tokens;
    this.#end = end;
    this.#roots = roots;
    this.#compilePattern = compilePattern;
  }

  parse(): Filter {
    const filter = this.#or();
    const rest = this.#tokens[this.#index];
    if (rest) throw new FilterError(`expected 'and', 'or' or the end, got ${quote(rest.text)}`, rest.position);
    return filter;
  }

  #or(): Filter {
    const parts = [this.#and()];
    while (this.#accept('or')) parts.push(this.#and());
    return (scope) => parts.some((part) => part(scope));
  }

  #and(): Filter {
    const parts = [this.#not()];
    while (this.#accept('and')) parts.push(this.#not());
    return (scope) => parts.every((part) => part(scope));
  }

  #not(): Filter {
    let negated = false;
    while (this.#accept('not')) negated = !negated;
    const test = this.#test();
    return negated ? (scope) => !test(scope) : test;
  }

  #test(): Filter {
    if (this.#accept('(')) return this.#group();
    if (this.#accept('exists')) {
      const path = this.#path(this.#take('a path'));
      return (scope) => (readPath(scope, path) ?? null) !== null;
    }
    const left = this.#operand();
    if (this.#accept('matches')) return this.#matches(left);
    const comparison = COMPARISONS[this.#tokens[this.#index]?.text ?? ''];
    if (!comparison) return (scope) => left(scope) === true;
    this.#index += 1;
    const right = this.#operand();
    return (scope) => comparison(left(scope), right(scope));
  }

  #group(): Filter {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new FilterError(`more than ${MAX_DEPTH} open parentheses`, this.#position());
    const filter = this.#or();
    if (!this.#accept(')')) throw new FilterError("expected ')'", this.#position());
    this.#depth -= 1;
    return filter;
  }

  #matches(left: Operand): Filter {
    const { kind, text, position } = this.#take('a pattern in quotes');
    if (kind !== 'text') throw new FilterError(`expected a pattern in quotes, got ${quote(text)}`, position);
    const matches = this.#compile(unquote(text), position);
    return (scope) => {
      const value = left(scope);
      return value !== undefined && value !== null && matches(toText(value));
    };
  }

  #compile(source: string, position: number): (text: string) => boolean {
    try {
      return this.#compilePattern(source);
    } catch (error) {
      throw new FilterError(
        `not a valid pattern (${error instanceof Error ? error.message : String(error)})`,
        position,
      );
    }
  }

  #operand(): Operand {
    const token = this.#take('a value');
    if (token.kind === 'symbol') throw new FilterError(`expected a value, got ${quote(token.text)}`, token.position);
    if (token.kind === 'word' && !['true', 'false', 'null'].includes(token.text)) {
      const path = this.#path(token);
      return (scope) => readPath(scope, path);
    }
    const value: unknown = token.kind === 'text' ? unquote(token.text) : JSON.parse(token.text);
    return () => value;
  }

  #path({ kind, text, position }: Token): Path {
    const path = kind === 'word' ? parsePath(text) : undefined;
    if (!path) throw new FilterError(`expected a path, got ${quote(text)}`, position);
    if (!this.#roots.includes(String(path[0]))) {
      throw new FilterError(`a path begins with ${this.#roots.join(' or ')}, got ${quote(text)}`, position);
    }
    return path;
  }

  #accept(text: string): boolean {
    const token = this.#tokens[this.#index];
    if (token?.text !== text || token.kind === 'text') return false;
    this.#index += 1;
    return true;
  }

  #take(what: string): Token {
    const token = this.#tokens[this.#index];
    if (!token) throw new FilterError(`expected ${what}`, this.#end);
    this.#index += 1;
    return token;
  }

  #position(): number {
    return this.#tokens[this.#index]?.position ?? this.#end;
  }
}

/** The text between quotes. A backslash takes the meaning of the character behind it if that is a quote or a backslash. */
function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(["'\\])/g, '$1');
}
