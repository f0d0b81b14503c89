import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);

export interface Site {
  readonly origin: string;
  /** Bytes of the bundle that the browser loads, onnxruntime-web's JavaScript included. */
  readonly bundleBytes: number;
  close(): Promise<void>;
}

/** The page of test/browser/page on a loopback port: node/core bundled as it is, onnxruntime-web's WASM out of node_modules. */
export async function serveSite(): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: [at('test/browser/page/checkAnswer.ts').pathname],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    write: false,
    logLevel: 'silent',
  });
  const script = outputFiles[0]!.contents;
  const ort = (name: string): Uint8Array => readFileSync(at(`node_modules/onnxruntime-web/dist/${name}`));
  const files = new Map<string, readonly [string, () => Uint8Array]>([
    ['/', ['text/html', () => readFileSync(at('test/browser/page/index.html'))]],
    ['/checkAnswer.js', ['text/javascript', () => script]],
    ['/ort/ort-wasm-simd-threaded.mjs', ['text/javascript', () => ort('ort-wasm-simd-threaded.mjs')]],
    ['/ort/ort-wasm-simd-threaded.wasm', ['application/wasm', () => ort('ort-wasm-simd-threaded.wasm')]],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': file[0] }).end(file[1]());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bundleBytes: script.length,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
