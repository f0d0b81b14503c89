import { int, ints } from '../onnx/build.ts';
import { type Dims, geometry, groupsOf } from './convolve.ts';
import { int64List, reduceSum, reshape } from './gradient.ts';
import type { Emit, NamedType, VjpCall } from './op.ts';
import { namedAt } from './rule.ts';
import { explicitWindow, outputPadding, type Window } from './window.ts';

/** dX is the transposed convolution; dW is computed in two ways, whichever is faster; checked over 630 geometries. */
export function convGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const [x, w, b] = [namedAt(call, 0), namedAt(call, 1), call.inputs[2]];
  const g = call.gradients[0]!;
  const window = geometry(call, x.dims, w.dims);
  const group = { group: int(groupsOf(call)) };
  const padding = { output_padding: ints(outputPadding(window, x.dims.slice(2))) };
  const dX = () => emit.node('ConvTranspose', [g, w.name], { ...explicitWindow(window), ...group, ...padding });
  return [
    call.wanted[0] ? dX() : undefined,
    call.wanted[1] ? weightGradient(call, window, x, w) : undefined,
    ...(call.inputs.length > 2 ? [b && call.wanted[2] ? reduceSum(emit, g, [0, 2, 3], 0) : undefined] : []),
  ];
}

/** Where {@link unfoldedWeightGradient} is the faster one (by half, 16 to 32 channels over 8 x 8 in onnxruntime 1.30). */
const UNFOLDED = { channels: 4, taps: 25 } as const;

function weightGradient(call: VjpCall, window: Window, x: NamedType, w: NamedType): string {
  const taps = window.kernel[0] * window.kernel[1];
  const unfolded = groupsOf(call) === 1 && x.dims[1]! >= UNFOLDED.channels && taps <= UNFOLDED.taps;
  return unfolded ? unfoldedWeightGradient(call, window, x, w) : dilatedWeightGradient(call, window, x, w);
}

/** An image [N, C, H, W] with its channels last and its rows first, [H, W, N, C]: taps are then cut out in long runs. */
function rowsFirst(emit: Emit, name: string, [batch, channels, height, width]: Dims): string {
  const flat = emit.node('Flatten', [name], { axis: int(2) });
  return reshape(emit, emit.node('Transpose', [flat], { perm: ints([1, 0]) }), [height!, width!, batch!, channels!]);
}

/** dW as one product of matrices for each tap: the cells of X [Ho Wo N, C] that it meets, transposed, times dY [Ho Wo N, M]. */
function unfoldedWeightGradient(call: VjpCall, window: Window, x: NamedType, w: NamedType): string {
  const { emit } = call;
  const { kernel, strides, dilations, before, after, output } = window;
  const list = (values: Dims) => emit.constant(int64List(values));
  const image = rowsFirst(emit, x.name, x.dims);
  const padded = [...before, ...after].some((pad) => pad > 0);
  const wide = padded ? emit.node('Pad', [image, list([...before, 0, 0, ...after, 0, 0])]) : image;
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const starts = [Math.floor(tap / kernel[1]) * dilations[0], (tap % kernel[1]) * dilations[1]];
    const ends = starts.map((start, axis) => start + (output[axis]! - 1) * strides[axis]! + 1);
    return emit.node('Slice', [wide, list(starts), list(ends), list([0, 1]), list(strides)]);
  });
  const rows = output[0] * output[1] * x.dims[0]!;
  const [maps, channels] = [w.dims[0]!, w.dims[1]!];
  const gradient = reshape(emit, rowsFirst(emit, call.gradients[0]!, call.outputs[0]!.dims), [rows, maps]);
  const products = taps.map((tap) =>
    emit.node('Gemm', [reshape(emit, tap, [rows, channels]), gradient], { transA: int(1) }),
  );
  const all = reshape(emit, emit.node('Concat', products, { axis: int(0) }), [...kernel, channels, maps]);
  return emit.node('Transpose', [all], { perm: ints([3, 2, 0, 1]) });
}

/**
 * dW as a convolution of X with dY in which strides and dilations change places, batch and channels too, cut to the
 * kernel's size (federated 5.2).
 */
function dilatedWeightGradient(call: VjpCall, window: Window, x: NamedType, w: NamedType): string {
  const { emit } = call;
  const groups = groupsOf(call);
  const [batch, channels, ...spatial] = x.dims as [number, number, number, number];
  const split = reshape(emit, x.name, [batch, groups, channels / groups, ...spatial]);
  const turned = emit.node('Transpose', [split], { perm: ints([2, 1, 0, 3, 4]) });
  const swapped: Window = { ...window, kernel: window.output, strides: window.dilations, dilations: window.strides };
  const wide = emit.node(
    'Conv',
    [
      reshape(emit, turned, [channels / groups, groups * batch, ...spatial]),
      emit.node('Transpose', [call.gradients[0]!], { perm: ints([1, 0, 2, 3]) }),
    ],
    { ...explicitWindow(swapped), group: int(groups) },
  );
  const list = (values: Dims) => emit.constant(int64List(values));
  const cut = emit.node('Slice', [wide, list([0, 0]), list(w.dims.slice(2)), list([2, 3])]);
  return emit.node('Transpose', [cut], { perm: ints([1, 0, 2, 3]) });
}
