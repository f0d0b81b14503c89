/**
 * Functions that ECMAScript leaves to the engine (Math.exp and its kin), made from + - * / alone, so that equal models
 * compile to equal files everywhere. Relative error below 1e-13 against the true value (functions.test.ts).
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const { LN2 } = Math;
const TWO_OVER_ROOT_PI = 1.1283791670955126;

/** value * 2^exponent by exact doublings or halvings. */
function scaled(value: number, exponent: number): number {
  let result = value;
  for (let i = 0; i < exponent; i++) result *= 2;
  for (let i = 0; i > exponent; i--) result /= 2;
  return result;
}

/** e^x: x = k ln 2 + r, |r| <= ln(2) / 2, Taylor series in r. */
export function exp(x: number): number {
  if (x > 709) return Number.POSITIVE_INFINITY;
  if (x < -745) return 0;
  const k = Math.floor(x / LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = 18; n > 0; n--) sum = 1 + (r / n) * sum;
  return scaled(sum, k);
}

export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

/** Near 0 the Taylor series keeps the relative error; elsewhere 1 - 2 / (e^2x + 1). */
export function tanh(x: number): number {
  if (x < 0) return -tanh(-x);
  if (x > 22) return 1;
  if (x > 0.1) return 1 - 2 / (exp(2 * x) + 1);
  // sinh / cosh, both series in x^2.
  const y = x * x;
  const sinh = x * (1 + (y / 6) * (1 + (y / 20) * (1 + (y / 42) * (1 + y / 72))));
  const cosh = 1 + (y / 2) * (1 + (y / 12) * (1 + (y / 30) * (1 + y / 56)));
  return sinh / cosh;
}

/** 2/sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (2n+1)!!: every term has one sign (Abramowitz and Stegun 7.1.6). */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x > 6) return 1;
  let [term, sum] = [x, x];
  for (let n = 1; n < 200 && term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * exp(-x * x) * sum;
}

/** Newton's iteration from within a factor of 2; NaN below 0. */
export function sqrt(x: number): number {
  if (x === 0 || x === Number.POSITIVE_INFINITY) return x;
  if (!(x > 0)) return Number.NaN;
  let [rest, root] = [x, 1];
  while (rest >= 4) [rest, root] = [rest / 4, root * 2];
  while (rest < 1) [rest, root] = [rest * 4, root / 2];
  for (let i = 0; i < 6; i++) root = (root + x / root) / 2;
  return root;
}

/** Natural logarithm: x = 2^k m, 2 atanh((m - 1) / (m + 1)); NaN below 0. */
export function log(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (!(x > 0)) return Number.NaN;
  let [m, k] = [x, 0];
  while (m > 1.5) [m, k] = [m / 2, k + 1];
  while (m <= 0.75) [m, k] = [m * 2, k - 1];
  const s = (m - 1) / (m + 1);
  let sum = 0;
  for (let n = 25; n >= 0; n--) sum = 1 / (2 * n + 1) + s * s * sum;
  return k * LN2_HIGH + (k * LN2_LOW + 2 * s * sum);
}

/** x^n for a whole n. */
export function power(x: number, n: number): number {
  let result = 1;
  for (let i = 0; i < Math.abs(n); i++) result *= x;
  return n < 0 ? 1 / result : result;
}
