import { type Complaint, ProtocolError } from '../errors.ts';

type Meta = NonNullable<Complaint['meta']>;

/** A step that is not proven to compute the same bits on every machine: range class, accumulator, numerator or clip. */
export class ExactProofFailed extends ProtocolError {
  override readonly code = 'EXACT_PROOF_FAILED';
  constructor(where: string, why: string, meta: Meta = {}) {
    super({
      what: `The program is not exact on every machine (${where})`,
      why,
      fix: 'Compile the float model again with `assay model exact`; do not run or register this file.',
      meta: { where, ...meta },
    });
  }
}

/** An ONNX graph that is not literally what the exact compiler writes. */
export class ExactModelMalformed extends ProtocolError {
  override readonly code = 'EXACT_MODEL_MALFORMED';
  constructor(where: string, why: string, meta: Meta = {}) {
    super({
      what: `Not an exact model (${where})`,
      why,
      fix: 'Compile the float model with `assay model exact`; exact models have one accepted form.',
      meta: { where, ...meta },
    });
  }
}

/** A float model that the exact compiler has no exact twin for. */
export class ExactOpUnsupported extends ProtocolError {
  override readonly code = 'EXACT_OP_UNSUPPORTED';
  constructor(why: string, fix: string, meta: Meta) {
    super({ what: 'The model cannot be made exact', why, fix, meta });
  }
}

/** Calibration data or options that the compiler cannot use. */
export class CalibrationRefused extends ProtocolError {
  override readonly code = 'CALIBRATION_REFUSED';
  constructor(why: string, fix: string, meta: Meta = {}) {
    super({ what: 'The calibration data cannot be used', why, fix, meta });
  }
}

/** An input that the program is not proven for: element type, shape, a value out of range, or no number at all. */
export class ExactInputRefused extends ProtocolError {
  override readonly code = 'EXACT_INPUT_REFUSED';
  constructor(why: string, meta: Meta = {}) {
    super({
      what: 'The program does not take this input',
      why,
      fix: 'Encode the values with the scale, zero point and range in the model metadata.',
      meta,
    });
  }
}
