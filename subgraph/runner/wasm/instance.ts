import { DeterministicError, messageOf } from '../errors.ts';
import { bigDecimalHost } from '../host/bigDecimal.ts';
import { bigIntHost } from '../host/bigInt.ts';
import { ChainReadNeeded, type HostContext, type HostFunction } from '../host/context.ts';
import { cryptoHost } from '../host/crypto.ts';
import { dataSourceHost } from '../host/dataSource.ts';
import { ethereumHost } from '../host/ethereum.ts';
import { jsonHost } from '../host/json.ts';
import { logHost } from '../host/log.ts';
import { refuse } from '../host/refused.ts';
import { storeHost } from '../host/store.ts';
import { typeConversionHost } from '../host/typeConversion.ts';
import { newEvent, type Trigger } from './event.ts';
import { type AscExports, AscHeap } from './heap.ts';

const NAMESPACES = [
  storeHost,
  bigIntHost,
  bigDecimalHost,
  typeConversionHost,
  jsonHost,
  cryptoHost,
  dataSourceHost,
  logHost,
  ethereumHost,
];

/** What the host needs besides the heap, which comes and goes with the instance. */
export type Surroundings = Omit<HostContext, 'heap'>;

/** The stub runtime never frees: an instance that has allocated this much within a block is replaced. */
const MAX_MEMORY = 16 * 2 ** 20;

/** A compiled mapping, run as graph-node runs it. */
export class Mapping {
  readonly #module: WebAssembly.Module;
  readonly #surroundings: Surroundings;
  #exports: AscExports | undefined;
  #heap: AscHeap | undefined;
  /** Instances made so far. */
  instances = 0;

  constructor(module: WebAssembly.Module, surroundings: Surroundings) {
    this.#module = module;
    this.#surroundings = surroundings;
  }

  /**
   * Runs one handler on one event.
   * @throws DeterministicError whatever the mapping did wrong; ChainReadNeeded
   */
  run(handler: string, trigger: Trigger): void {
    this.#call(handler, (heap) => newEvent(heap, trigger));
  }

  /**
   * A block begins. Globals of a mapping live no longer than a block, so that what a block writes depends on nothing
   * but the block and the entities, however the index came to it (graph-node starts anew for every event).
   */
  beginBlock(): void {
    this.#exports = undefined;
  }

  #call(handler: string, argument: (heap: AscHeap) => number): void {
    try {
      const { exports, heap } = this.#instance();
      const entry = (exports as unknown as Record<string, unknown>)[handler];
      if (typeof entry !== 'function') throw new DeterministicError(`the mapping exports no ${handler}`);
      entry(argument(heap));
    } catch (error) {
      // A handler that was cut short may have left globals half changed.
      this.#exports = undefined;
      if (error instanceof DeterministicError || error instanceof ChainReadNeeded) throw error;
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
        throw new DeterministicError(`the mapping trapped: ${messageOf(error)}`, error);
      throw error;
    }
  }

  #instance(): { exports: AscExports; heap: AscHeap } {
    if (this.#exports === undefined || this.#heap!.size > MAX_MEMORY) this.#start();
    return { exports: this.#exports!, heap: this.#heap! };
  }

  #start(): void {
    const holder: { heap?: AscHeap } = {};
    const surroundings = this.#surroundings;
    const context: HostContext = {
      schema: surroundings.schema,
      entities: surroundings.entities,
      read: (request) => surroundings.read(request),
      create: (...args) => surroundings.create(...args),
      log: (...args) => surroundings.log(...args),
      get source() {
        return surroundings.source;
      },
      get heap() {
        return holder.heap!;
      },
    };
    const functions: Record<string, HostFunction> = Object.assign({}, ...NAMESPACES.map((make) => make(context)));
    functions['abort'] = (message: number, file: number, line: number, column: number) => {
      const text = (pointer: number): string => (pointer === 0 ? '' : context.heap.string(pointer));
      throw new DeterministicError(`mapping aborted at ${text(file)}:${line}:${column}: ${text(message)}`);
    };
    const imports: Record<string, Record<string, HostFunction>> = {};
    for (const { module, name, kind } of WebAssembly.Module.imports(this.#module))
      if (kind === 'function') imports[module] = { ...imports[module], [name]: functions[name] ?? refuse(name) };
    const instance = new WebAssembly.Instance(this.#module, imports as WebAssembly.Imports);
    const exports = instance.exports as unknown as AscExports & { _start?: () => void };
    holder.heap = new AscHeap(exports);
    exports._start?.();
    this.#heap = new AscHeap(exports, exports.__new(0, 0));
    holder.heap = this.#heap;
    this.#exports = exports;
    this.instances += 1;
  }
}
