import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { decryptKeystoreJson, encryptKeystoreJson } from 'ethers';
import {
  decryptKey,
  encryptKey,
  KeystoreMalformed,
  PasswordWrong,
  parseKeystore,
  passwordFromFile,
} from '../../../node/chain/keystore.ts';
import {
  KeystoreExists,
  KeystoreExposed,
  KeystoreMissing,
  openKeystore,
  readKeystore,
  writeKeystore,
} from '../../../node/chain/keystoreFile.ts';
import { createSigner } from '../../../node/chain/signer.ts';
import { fromHex, toHex } from '../../../node/core/codec/hex.ts';
import { secretEncodings } from '../../helpers/secretEncodings.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-keys-'));
after(() => rmSync(folder, { recursive: true }));
const CHEAP = { n: 1024 };
const PASSWORD = 'correct horse';

/** The two test vectors of the Web3 Secret Storage definition: password `testpassword`. */
const VECTORS = [
  {
    address: '008aeeda4d805471df9b2a5b0f38a0c3bcba786b',
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
    version: 3,
  },
  {
    address: '008aeeda4d805471df9b2a5b0f38a0c3bcba786b',
    Crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262144,
        p: 8,
        r: 1,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
    },
    version: 3,
  },
];

describe('encryptKey and decryptKey', () => {
  it('default: opens the vectors of the definition', async () => {
    for (const vector of VECTORS) {
      const key = await decryptKey(parseKeystore(JSON.stringify(vector)), 'testpassword');
      assert.equal(toHex(key), '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d');
    }
  });

  it('default: ethers opens ours and we open those of ethers, also with accents in the password', async () => {
    const key = randomBytes(32);
    const password = 'pässwörd ﬁ ';
    const ours = await encryptKey(key, password, CHEAP);
    const opened = await decryptKeystoreJson(JSON.stringify(ours), password);
    assert.equal(opened.privateKey, toHex(key));
    const account = { address: createSigner(key).address, privateKey: toHex(key) };
    const theirs = await encryptKeystoreJson(account, password, { scrypt: { N: 1024, r: 8, p: 1 } });
    assert.equal(toHex(await decryptKey(parseKeystore(theirs), password)), toHex(key));
  });

  it('error: PasswordWrong, with neither key nor password in it', async () => {
    const key = randomBytes(32);
    const keystore = await encryptKey(key, PASSWORD, CHEAP);
    await assert.rejects(decryptKey(keystore, 'hunter2'), (error) => {
      assert.ok(error instanceof PasswordWrong);
      const text = inspect(error, { depth: 9, showHidden: true });
      for (const secret of [...secretEncodings(key), 'hunter2', PASSWORD]) assert.ok(!text.includes(secret));
      return true;
    });
  });

  it('error: KeystoreMalformed for each broken field, before any costly work', async () => {
    const good = await encryptKey(randomBytes(32), PASSWORD, CHEAP);
    const text = JSON.stringify(good);
    const broken = [
      'not json',
      '[]',
      text.replace('"version":3', '"version":4'),
      text.replace('aes-128-ctr', 'aes-128-cbc'),
      text.replace(/"ciphertext":"../, '"ciphertext":"'),
      text.replace(/"mac":"../, '"mac":"zz'),
      text.replace('"kdf":"scrypt"', '"kdf":"argon2"'),
    ];
    for (const each of broken) assert.throws(() => parseKeystore(each), KeystoreMalformed, each);
    const costly = [
      text.replace('"n":1024', '"n":1073741824'),
      text.replace('"n":1024', '"n":1000'),
      text.replace('"n":1024', '"n":0'),
      text.replace('"p":1', '"p":1000'),
      text.replace('"kdf":"scrypt"', '"kdf":"pbkdf2"'),
      text.replace(
        /"kdf":"scrypt","kdfparams":{.*?}/,
        `"kdf":"pbkdf2","kdfparams":{"dklen":32,"c":99999999,"prf":"hmac-sha256","salt":"00"}`,
      ),
    ];
    for (const each of costly) await assert.rejects(decryptKey(parseKeystore(each), PASSWORD), KeystoreMalformed, each);
    const lying = { ...good, address: '00'.repeat(20) };
    await assert.rejects(decryptKey(lying, PASSWORD), /it claims address/);
  });

  it('default: the cost is that of geth and ethers', async () => {
    const { kdfparams } = (await encryptKey(randomBytes(32), PASSWORD)).crypto;
    assert.deepEqual({ ...kdfparams, salt: '' }, { dklen: 32, n: 131_072, r: 8, p: 1, salt: '' });
  });
});

describe('keystore files', () => {
  it('default: written privately and completely, opened as a signer', async () => {
    const key = randomBytes(32);
    const path = join(folder, 'nested', 'worker.json');
    writeKeystore(path, await encryptKey(key, PASSWORD, CHEAP));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(folder, 'nested')), ['worker.json']);
    const signer = await openKeystore(path, PASSWORD);
    assert.equal(signer.address, createSigner(key).address);
    assert.equal(readKeystore(path).address, signer.address.slice(2));
  });

  it('error: KeystoreExists leaves the old file', async () => {
    const path = join(folder, 'once.json');
    const first = await encryptKey(randomBytes(32), PASSWORD, CHEAP);
    writeKeystore(path, first);
    const second = await encryptKey(randomBytes(32), PASSWORD, CHEAP);
    assert.throws(() => writeKeystore(path, second), KeystoreExists);
    assert.deepEqual(readKeystore(path), first);
  });

  it('error: KeystoreMissing, KeystoreExposed, KeystoreMalformed', async () => {
    const path = join(folder, 'open.json');
    await assert.rejects(openKeystore(path, PASSWORD), KeystoreMissing);
    writeKeystore(path, await encryptKey(randomBytes(32), PASSWORD, CHEAP));
    chmodSync(path, 0o644);
    await assert.rejects(openKeystore(path, PASSWORD), KeystoreExposed);
    const large = join(folder, 'large.json');
    writeFileSync(large, 'x'.repeat(20_000), { mode: 0o600 });
    assert.throws(() => readKeystore(large), KeystoreMalformed);
  });
});

describe('passwordFromFile', () => {
  it('takes the first line as it is', () => {
    assert.equal(passwordFromFile(' a b \r\nsecond'), ' a b ');
    assert.equal(passwordFromFile('x'), 'x');
    assert.equal(passwordFromFile('\nx'), undefined);
    assert.equal(passwordFromFile(''), undefined);
  });
});

describe('fromHex of keys', () => {
  it('behavior: a wrong length names lengths, not digits', () => {
    assert.throws(
      () => fromHex('0xdeadbeef', 32),
      (error) => !String(error).includes('deadbeef'),
    );
  });
});
