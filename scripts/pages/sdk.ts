import { join } from 'node:path';
import ts from 'typescript';
import { anchor, page } from './markdown.ts';

const ENTRIES = {
  'gofer-sdk': ['sdk/index.ts', 'Pipelines.'],
  'gofer-sdk/client': ['sdk/client.ts', 'The API.'],
  'gofer-sdk/extension': ['sdk/extension/index.ts', 'Extensions.'],
} as const;

const HEAD = `# SDK

What the three modules of \`gofer-sdk\` export. Installing it, and examples: [sdk/README.md](../sdk/README.md); every field of a
pipeline: [pipeline-config.md](pipeline-config.md); extensions: [extensions.md](extensions.md). Within the repository and in
programs that \`gofer up\` runs the first module is \`gofer/sdk\` as well. This page is made by \`npm run docs\` from the comments in
the code.`;

/** The types are printed as they are written, however long. */
const FORMAT = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** The page of what the SDK exports. */
export function sdkPage(root: string): string {
  const files = Object.values(ENTRIES).map(([file]) => join(root, file));
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: ['node'], allowImportingTsExtensions: true },
    ...{ target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, exactOptionalPropertyTypes: true },
  };
  const program = ts.createProgram(files, options);
  const reader = new Reader(program.getTypeChecker());
  return page(
    HEAD,
    Object.keys(ENTRIES)
      .map((name) => `- [${name}](${anchor(name)})`)
      .join('\n'),
    Object.entries(ENTRIES).flatMap(([name, [file, about]]) => [
      `## ${name}`,
      about,
      ...reader.module(program.getSourceFile(join(root, file))),
    ]),
  );
}

class Reader {
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  module(file: ts.SourceFile | undefined): string[] {
    const symbol = file && this.#checker.getSymbolAtLocation(file);
    if (!symbol) throw new Error('an entry of the SDK is missing');
    const exported = this.#checker.getExportsOfModule(symbol);
    return exported.toSorted((one, other) => (one.name < other.name ? -1 : 1)).flatMap((it) => this.#export(it));
  }

  #export(exported: ts.Symbol): string[] {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? this.#checker.getAliasedSymbol(exported) : exported;
    const declarations = symbol.getDeclarations() ?? [];
    const head = [`### ${symbol.name}`, ...this.#documentation(symbol)];
    for (const declaration of declarations) {
      if (ts.isFunctionDeclaration(declaration)) return [...head, fence(this.#signature(symbol.name, declaration))];
      if (ts.isClassDeclaration(declaration)) return [...head, ...this.#members(declaration)];
      if (ts.isInterfaceDeclaration(declaration)) return [...head, fence(withoutExport(declaration))];
      if (ts.isTypeAliasDeclaration(declaration)) return [...head, this.#alias(declaration)];
    }
    return head;
  }

  /** What a type of the wire has is in the reference of the API. */
  #alias(declaration: ts.TypeAliasDeclaration): string {
    const [, wire] = /^type \w+ = Wire<'(\w+)'>;$/.exec(withoutExport(declaration)) ?? [];
    if (wire !== undefined) return `[${wire}](api.md${anchor(wire)}) of the API.`;
    const type = this.#checker.getTypeAtLocation(declaration);
    const isChoice = type.isUnion() && type.types.every((it) => it.isLiteral());
    if (!isChoice) return fence(withoutExport(declaration));
    return fence(
      `type ${declaration.name.text} = ${type.types.map((it) => this.#checker.typeToString(it)).join(' | ')};`,
    );
  }

  #members(declaration: ts.ClassDeclaration): string[] {
    const members = this.#checker.getTypeAtLocation(declaration).getProperties();
    return members.flatMap((member) => {
      const [own] = member.getDeclarations() ?? [];
      if (!own || own.getSourceFile().isDeclarationFile || isPrivate(own)) return [];
      return [`#### ${member.name}`, this.#member(member, own), ...this.#documentation(member)];
    });
  }

  #member(member: ts.Symbol, declaration: ts.Declaration): string {
    const type = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbolAtLocation(member, declaration));
    const isGroup = ts.isPropertyDeclaration(declaration) && type.getProperties().some((it) => this.#isCall(it));
    if (isGroup && type.aliasSymbol === undefined) return this.#group(type);
    if (ts.isMethodDeclaration(declaration)) return fence(this.#signature(member.name, declaration));
    const optional = (member.flags & ts.SymbolFlags.Optional) !== 0 ? '?' : '';
    return fence(`${member.name}${optional}: ${this.#checker.typeToString(type, undefined, FORMAT)}`);
  }

  /** As it is written, in one line: names of types say more than what they stand for. */
  #signature(name: string, declaration: ts.FunctionDeclaration | ts.MethodDeclaration): string {
    const parameters = declaration.parameters.map((parameter) => parameter.getText()).join(', ');
    return `${name}(${parameters}): ${declaration.type?.getText() ?? 'void'}`.replaceAll(/\s*\n\s*/g, ' ');
  }

  /** The calls of a resource, without what they answer: that is long, and in the reference of the API. */
  #group(type: ts.Type): string {
    const lines = type.getProperties().map((property) => {
      const [declaration] = property.getDeclarations() ?? [];
      if (!declaration) return '';
      const [call] = this.#checker.getTypeOfSymbolAtLocation(property, declaration).getCallSignatures();
      const parameters = call?.getDeclaration().parameters.map((parameter) => parameter.getText()) ?? [];
      const about = ts.displayPartsToString(property.getDocumentationComment(this.#checker)).replaceAll('\n', ' ');
      return `${property.name}(${parameters.join(', ')})${about === '' ? '' : ` // ${about}`}`;
    });
    return fence(lines.join('\n'));
  }

  #isCall(property: ts.Symbol): boolean {
    const [declaration] = property.getDeclarations() ?? [];
    return declaration !== undefined && ts.isPropertyAssignment(declaration);
  }

  #documentation(symbol: ts.Symbol): string[] {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker)).trim();
    const tags = symbol.getJsDocTags(this.#checker).map(({ name, text: parts }) => {
      const value = ts.displayPartsToString(parts).trim();
      if (name === 'example') return fence(value);
      if (name === 'param') return `- \`${value.replace(' ', '`: ')}`;
      return `*${name === 'throws' ? 'Throws' : name}* ${value}`;
    });
    return [text, ...tags].filter((block) => block !== '');
  }
}

function withoutExport(declaration: ts.Node): string {
  return declaration.getText().replace(/^export /, '');
}

function isPrivate(declaration: ts.Declaration): boolean {
  const name = ts.getNameOfDeclaration(declaration);
  return name !== undefined && ts.isPrivateIdentifier(name);
}

function fence(text: string): string {
  return ['```ts', text.replace(/^```ts\n|\n```$/g, ''), '```'].join('\n');
}
