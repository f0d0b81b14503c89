import { ProtocolError } from '../core/errors.ts';
import { type ConformanceSuite, conformanceSuite, failedCases } from '../core/exact/conformance.ts';
import { encodeModel } from '../core/onnx/encode.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { LoadOptions, Runtime } from '../ports/Runtime.ts';

/** Where an answer first leaves the expected one. */
export interface Difference {
  readonly case: string;
  /** Row-major index; absent when type or shape differ already. */
  readonly element?: number;
  readonly expected: string;
  readonly actual: string;
}

export interface ConformanceReport {
  readonly runtimeClass: string;
  readonly cases: number;
  /** Names of the cases that this machine computes differently. */
  readonly failed: readonly string[];
  readonly first?: Difference;
}

/** This machine's integers are not everybody's: exact versions must not be served, and not be checked, on it. */
export class ConformanceFailed extends ProtocolError {
  override readonly code = 'RUNTIME_CONFORMANCE_FAILED';
  constructor({ runtimeClass, cases, failed, first }: ConformanceReport) {
    super({
      what: 'This machine does not compute exact models exactly',
      why: `${runtimeClass} fails ${failed.length} of ${cases} conformance cases; first ${first?.case}: element ${first?.element} is ${first?.actual}, expected ${first?.expected}`,
      fix: 'Do not serve exact versions here: an honest answer could be slashed. Use another runtime version or CPU, and report this.',
      meta: { runtimeClass, cases, failed, first },
    });
  }
}

const shapeOf = ({ dtype, dims }: Tensor): string => `${dtype} [${dims.join(', ')}]`;

function difference(name: string, expected: Tensor, actual: Tensor | undefined): Difference {
  if (actual === undefined) return { case: name, expected: shapeOf(expected), actual: 'missing' };
  if (shapeOf(actual) !== shapeOf(expected))
    return { case: name, expected: shapeOf(expected), actual: shapeOf(actual) };
  const element = expected.data.findIndex((value, index) => value !== actual.data[index]);
  return { case: name, element, expected: `${expected.data[element]}`, actual: `${actual.data[element]}` };
}

/**
 * Lets the runtime compute the conformance suite (verification.md 3.3) in one model and compares every bit.
 * @param options what versions are served with: a setting may change the kernels
 * @throws what loading and running throw
 */
export async function runConformance(
  runtime: Runtime,
  options: LoadOptions = {},
  suite: ConformanceSuite = conformanceSuite(),
): Promise<ConformanceReport> {
  const session = await runtime.load(encodeModel(suite.model), options);
  const outputs = await session.run(suite.inputs).finally(() => session.close());
  const failed = failedCases(suite, outputs);
  const report = { runtimeClass: runtime.runtimeClass, cases: suite.expected.size, failed };
  const [first] = failed;
  return first === undefined
    ? report
    : { ...report, first: difference(first, suite.expected.get(first)!, outputs.get(first)) };
}

/** For the start of a node that serves or checks exact versions. @throws {ConformanceFailed} */
export async function requireConformance(runtime: Runtime, options?: LoadOptions): Promise<ConformanceReport> {
  const report = await runConformance(runtime, options);
  if (report.failed.length > 0) throw new ConformanceFailed(report);
  return report;
}
