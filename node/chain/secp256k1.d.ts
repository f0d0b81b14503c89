/** The part of the npm package `secp256k1` 5 (its API.md) that we call; it ships no types of its own. */
declare module 'secp256k1' {
  interface Secp256k1 {
    privateKeyVerify(privateKey: Uint8Array): boolean;
    publicKeyCreate(privateKey: Uint8Array, compressed?: boolean): Uint8Array;
    /** 64 bytes r || s with low s, deterministic nonce (RFC 6979). */
    ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
    /** Uncompressed public key, 65 bytes. Throws when there is none. */
    ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, compressed?: boolean): Uint8Array;
  }
  const secp256k1: Secp256k1;
  export = secp256k1;
}
