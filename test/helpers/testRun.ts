import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where compiled code is kept between the many processes of a test run, as NODE_COMPILE_CACHE. */
export const COMPILE_CACHE = join(tmpdir(), 'assay-test-compile-cache');

/** Far above what a test takes: one that hangs is named, and the others go on. */
export const TEST_TIMEOUT = '--test-timeout=600000';
