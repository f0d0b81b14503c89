import { spawn } from 'node:child_process';
import { hasDesktop } from '../../config.ts';

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
  linux: ['xdg-open'],
};

/** Opens the page in the person's own browser. Where there is none nothing happens: the address is printed anyway. */
export function openInBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? [];
  if (command === undefined || process.stdout.isTTY !== true || !hasDesktop(process.platform)) return;
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.once('error', () => child.removeAllListeners());
  child.unref();
}
