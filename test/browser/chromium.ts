import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Chromium of this machine (`apt-get install chromium`); undefined when it has none. ASSAY_CHROMIUM names another one. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
  return process.env['ASSAY_CHROMIUM'] ?? found;
}

/** Why browser tests are skipped here, in node:test's words; false when they run. */
export const skipWithoutChromium = (): string | false =>
  findChromium() === undefined ? 'no Chromium on this machine: apt-get install chromium' : false;

/** A headless Chromium that reaches this machine only. Its sandbox needs user namespaces, which containers lack. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium()!,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE *.localhost',
    ],
  });
