import { ProtocolError } from '../../core/errors.ts';
import { RequestMalformed } from '../errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** One call of a tool. Arguments and metadata come from a stranger. */
export interface ToolCall {
  readonly args: Json;
  /** `params._meta` of the call. */
  readonly meta: Json;
  readonly signal: AbortSignal;
}

/** What a tool answers: JSON for programs and, as the same text, for language models. */
export interface ToolAnswer {
  readonly value: Json;
  /** `_meta` of the result. */
  readonly meta?: Json;
  /** The call was understood and refused. */
  readonly refused?: boolean;
}

/** A tool as agents see it, and what it does. */
export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema 2020-12. What it says is checked by `call`, with our own sentences. */
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown };
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  readonly call: (call: ToolCall) => ToolAnswer | Promise<ToolAnswer>;
}

/** Looking changes nothing and always gives the same. */
export const LOOKING: McpTool['annotations'] = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** A tool that this node does not have: JSON-RPC error -32602, as the protocol wants it. */
export class ToolUnknown extends ProtocolError {
  override readonly code = 'TOOL_UNKNOWN';
  constructor(name: string, known: readonly string[]) {
    super({
      what: 'There is no such tool',
      why: `the tool is called ${JSON.stringify(name.slice(0, 80))}`,
      fix: `tools/list names them: ${known.join(', ')}.`,
    });
  }
}

const malformed = (why: string): RequestMalformed =>
  new RequestMalformed(why, 'tools/list describes the arguments of every tool.');

/** Own keys only, so `__proto__` and `constructor` are just unknown arguments. @throws {RequestMalformed} */
export function onlyArguments(args: Json, known: readonly string[]): void {
  const extra = Object.keys(args).find((key) => !known.includes(key));
  if (extra !== undefined) throw malformed(`there is the unknown argument ${JSON.stringify(extra.slice(0, 40))}`);
}

/** @throws {RequestMalformed} */
export function textArgument(args: Json, name: string, required: true): string;
export function textArgument(args: Json, name: string, required?: false): string | undefined;
export function textArgument(args: Json, name: string, required = false): string | undefined {
  const value = Object.hasOwn(args, name) ? args[name] : undefined;
  if (value === undefined && !required) return undefined;
  if (typeof value !== 'string') throw malformed(`the argument ${name} is not a text`);
  return value;
}
