import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { computeAddress, SigningKey, Transaction, verifyTypedData, Wallet } from 'ethers';
import { recoverAddress } from '../../../node/chain/recoverAddress.ts';
import { createSigner, PrivateKeyInvalid } from '../../../node/chain/signer.ts';
import { signerAccount } from '../../../node/chain/signerAccount.ts';
import { signTransaction } from '../../../node/chain/signTransaction.ts';
import { fromHex, type Hex, sameAddress, toHex } from '../../../node/core/codec/hex.ts';
import { secretEncodings } from '../../helpers/secretEncodings.ts';

const SEED = process.env['SEED'] ?? randomBytes(8).toString('hex');
const bytesOf = (label: string): Uint8Array => createHash('sha256').update(`${SEED} ${label}`).digest();
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe('createSigner', () => {
  it(`default: agrees with ethers on address, signature and recovery (seed ${SEED})`, () => {
    for (let i = 0; i < 200; i++) {
      const [key, digest] = [bytesOf(`key ${i}`), bytesOf(`digest ${i}`)];
      const signer = createSigner(key);
      assert.ok(sameAddress(signer.address, computeAddress(toHex(key))));
      const signature = signer.signDigest(digest);
      assert.equal(signature, new SigningKey(toHex(key)).sign(digest).serialized);
      assert.equal(recoverAddress(digest, signature), signer.address);
    }
  });

  it('error: PrivateKeyInvalid for zero, the order, and other lengths; the bytes stay out of the message', () => {
    const secret = fromHex('0xdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefaa');
    for (const key of [new Uint8Array(32), fromHex(`0x${ORDER.toString(16)}`), secret, secret.subarray(1, 32)]) {
      assert.throws(
        () => createSigner(key),
        (error) => error instanceof PrivateKeyInvalid && !inspect(error).includes('deadbeef'),
      );
    }
  });

  it('behavior: the key is in no output of the signer', () => {
    const key = bytesOf('secret');
    const signer = createSigner(key);
    const account = signerAccount(signer);
    const outputs = [signer, account].flatMap((it) => [
      inspect(it, { depth: 9, showHidden: true }),
      JSON.stringify(it, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      `${it}`,
    ]);
    for (const output of outputs) {
      for (const secret of secretEncodings(key)) assert.ok(!output.includes(secret));
    }
  });

  it('behavior: the caller may wipe its copy of the key', () => {
    const key = bytesOf('wiped');
    const signer = createSigner(key);
    const before = signer.signDigest(bytesOf('d'));
    key.fill(0);
    assert.equal(signer.signDigest(bytesOf('d')), before);
  });
});

describe('recoverAddress', () => {
  const signer = createSigner(bytesOf('key'));
  const digest = bytesOf('digest');
  const signature = signer.signDigest(digest);

  it('behavior: refuses the malleable twin, wrong v, wrong length, r or s out of range', () => {
    const s = BigInt(`0x${signature.slice(66, 130)}`);
    const twin =
      `${signature.slice(0, 66)}${(ORDER - s).toString(16).padStart(64, '0')}${signature.endsWith('1b') ? '1c' : '1b'}` as Hex;
    const bad: Hex[] = [
      twin,
      `${signature.slice(0, 130)}00` as Hex,
      `${signature}00`,
      signature.slice(0, 130) as Hex,
      '0x',
      `0x${'0'.repeat(128)}1b`,
      `0x${'f'.repeat(64)}${signature.slice(66)}`,
      `0x${ORDER.toString(16)}${signature.slice(66)}`,
    ];
    for (const each of bad) assert.equal(recoverAddress(digest, each), undefined, each);
  });

  it('behavior: one flipped bit gives another address or none', () => {
    for (let bit = 0; bit < 256; bit++) {
      const other = Uint8Array.from(digest);
      other[bit >> 3]! ^= 1 << (bit & 7);
      assert.notEqual(recoverAddress(other, signature), signer.address);
    }
  });
});

describe('signTransaction', () => {
  const key = bytesOf('tx key');
  const to = createSigner(bytesOf('to')).address;
  const transaction = {
    chainId: 31337,
    nonce: 7,
    to,
    value: 5n,
    data: '0x1234' as Hex,
    gas: 100_000n,
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1n,
  };

  it('default: ethers makes the same bytes and hash', async () => {
    const ours = signTransaction(createSigner(key), transaction);
    const { gas, ...rest } = transaction;
    const theirs = await new Wallet(toHex(key)).signTransaction({ ...rest, type: 2, gasLimit: gas });
    assert.equal(ours.raw, theirs);
    assert.equal(ours.hash, Transaction.from(theirs).hash);
  });
});

describe('signerAccount', () => {
  const signer = createSigner(bytesOf('account'));
  const account = signerAccount(signer);

  it('default: ethers verifies its typed data, messages and transactions', async () => {
    const domain = { name: 'Assay', version: '1', chainId: 31337 };
    const types = { Mail: [{ name: 'text', type: 'string' }] };
    const signature = await account.signTypedData({ domain, types, primaryType: 'Mail', message: { text: 'hi' } });
    assert.ok(sameAddress(verifyTypedData(domain, types, { text: 'hi' }, signature), signer.address));
    const wallet = new Wallet(toHex(bytesOf('account')));
    assert.equal(await account.signMessage({ message: 'hello' }), await wallet.signMessage('hello'));
    const transaction = {
      chainId: 1,
      nonce: 0,
      to: signer.address,
      maxFeePerGas: 9n,
      maxPriorityFeePerGas: 1n,
    } as const;
    assert.equal(
      await account.signTransaction({ ...transaction, gas: 21_000n, type: 'eip1559' }),
      await wallet.signTransaction({ ...transaction, gasLimit: 21_000n, type: 2 }),
    );
  });
});
