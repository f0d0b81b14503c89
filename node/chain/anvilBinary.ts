import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ProtocolError } from '../core/errors.ts';

export class AnvilMissing extends ProtocolError {
  override readonly code = 'ANVIL_MISSING';
  constructor(platform: string, arch: string, cause?: unknown) {
    super({
      what: 'There is no local chain for this machine',
      why: `the npm package @foundry-rs/anvil has no binary for ${platform} ${arch}, or it was not installed`,
      fix: 'Run `npm ci` again without --omit=optional, or give --rpc URL of a chain that runs elsewhere.',
      meta: { platform, arch },
      cause,
    });
  }
}

/** Path of the native anvil that npm installed for this platform. @throws {AnvilMissing} */
export function anvilBinary(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@foundry-rs/anvil-${platform}-${arch === 'x64' ? 'amd64' : arch}`;
  try {
    // npm may nest the platform package below the one that names it.
    const parent = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'));
    const file = platform === 'win32' ? 'anvil.exe' : 'anvil';
    const path = join(dirname(parent.resolve(`${name}/package.json`)), 'bin', file);
    if (existsSync(path)) return path;
  } catch (error) {
    throw new AnvilMissing(platform, arch, error);
  }
  throw new AnvilMissing(platform, arch);
}
