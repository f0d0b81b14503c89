import assert from 'node:assert/strict';
import { it } from 'node:test';

// Deliberately false: `npm test` runs this file and fails unless it turns red.
it('turns the pipeline red', () => assert.equal(1 + 1, 3));
