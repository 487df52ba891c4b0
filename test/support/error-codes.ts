/**
 * The codes of errors that a function can answer, read from what it ships: its modules, bundled with nothing left in
 * that it does not use. A code is a text that stands in the place of a parameter, a member or a variable that is called
 * what codes are called.
 */
import { basename } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';

export interface FoundCodes {
  codes: ReadonlySet<string>;
  /** Of codes that are put together, what they begin with, such as `invalid_`. */
  prefixes: ReadonlySet<string>;
}

const NAMES = new Set(['code', 'error', 'excess']);

/** Codes are words in lower case, parted by underscores. */
const CODE = /^[a-z]+(?:_[a-z]+)+$/;

/**
 * @param folders of functions in `lambdas/functions`
 * @returns what each of them can answer
 */
export async function codesIn(folders: readonly string[]): Promise<ReadonlyMap<string, FoundCodes>> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(
      folders.map((folder) => [folder, `lambdas/functions/${folder}/index.ts`]),
    ),
    ...{ bundle: true, write: false, outdir: 'none', format: 'esm', platform: 'node', packages: 'external' },
    ...{ treeShaking: true, target: 'es2023', logLevel: 'silent' },
  });
  return new Map(
    outputFiles.map(({ path, text }) => [
      basename(path, '.js'),
      collect(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS)),
    ]),
  );
}

function collect(source: ts.SourceFile): FoundCodes {
  const places = codeParameters(source);
  const isNamed = (name: ts.Node) => NAMES.has(name.getText(source));
  const codes = new Set<string>();
  const prefixes = new Set<string>();
  const add = (expression: ts.Expression | undefined): void => {
    for (const text of textsIn(expression)) {
      if (ts.isTemplateExpression(text)) prefixes.add(text.head.text);
      else if (CODE.test(text.text)) codes.add(text.text);
    }
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) && isNamed(node.name)) {
      add(node.initializer);
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      for (const index of places.get(node.expression.text) ?? []) add(node.arguments[index]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { codes, prefixes };
}

/** @returns the texts that an expression can be, those of either side of a choice. */
function textsIn(expression: ts.Expression | undefined): (ts.StringLiteralLike | ts.TemplateExpression)[] {
  if (expression === undefined) return [];
  if (ts.isStringLiteralLike(expression) || ts.isTemplateExpression(expression)) return [expression];
  if (ts.isParenthesizedExpression(expression)) return textsIn(expression.expression);
  if (ts.isBinaryExpression(expression)) return [expression.left, expression.right].flatMap(textsIn);
  if (!ts.isConditionalExpression(expression)) return [];
  return [expression.whenTrue, expression.whenFalse].flatMap(textsIn);
}

/** By the names of functions, where among their parameters a code stands. */
function codeParameters(source: ts.SourceFile): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const note = (name: string, { parameters }: ts.SignatureDeclarationBase) =>
    parameters.forEach((parameter, index) => {
      if (!NAMES.has(parameter.name.getText(source))) return;
      found.set(name, [...(found.get(name) ?? []), index]);
    });
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name !== undefined) note(node.name.text, node);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && isFunction(node.initializer)) {
      note(node.name.text, node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const isFunction = (node: ts.Node | undefined): node is ts.ArrowFunction | ts.FunctionExpression =>
  node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));
