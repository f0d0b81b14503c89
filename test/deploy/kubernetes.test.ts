import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../node/config.ts';
import { createGateway } from '../../node/gateway/app.ts';
import type { InferenceService } from '../../node/service/inference.ts';
import { memoryLog } from '../helpers/anvilRpc.ts';

const FOLDER = resolve(import.meta.dirname, '../../deploy/kubernetes');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
  readonly resources: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: fields are looked at one by one below
  readonly spec: any;
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
const manifests = files.flatMap((name) =>
  parseAllDocuments(read(name)).map((document) => {
    assert.deepEqual(document.errors, [], name);
    return document.toJS() as Manifest;
  }),
);
const of = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind)!;
const { spec: set } = of('StatefulSet');
const pod = set.template.spec;
const worker = pod.containers[0] as Container;
const containers = [...pod.initContainers, ...pod.containers] as Container[];
const PORT = 8701;

/** A gateway that has loaded nothing: ready is a state of it, not of the route. */
const gateway = createGateway({
  inference: { versions: () => [], ready: () => true } as unknown as InferenceService,
  log: memoryLog(),
  info: { name: 'assay', version: '0.1.0' },
});

describe('deploy/kubernetes', () => {
  const home = mkdtempSync(join(tmpdir(), 'assay-kubernetes-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('kustomization names every manifest, and nothing else', () => {
    const { resources } = parse(read('kustomization.yaml')) as { resources: string[] };
    assert.deepEqual([...resources].sort(), [...files].sort());
  });

  it('every manifest has a version, a kind and a name', () => {
    const known = {
      Namespace: 'v1',
      ServiceAccount: 'v1',
      Service: 'v1',
      StatefulSet: 'apps/v1',
      PodDisruptionBudget: 'policy/v1',
      NetworkPolicy: 'networking.k8s.io/v1',
    };
    assert.deepEqual(Object.fromEntries(manifests.map(({ kind, apiVersion }) => [kind, apiVersion])), known);
    for (const { metadata } of manifests) assert.match(metadata.name, /^assay/);
  });

  it('probes ask routes that the gateway has, on the port where it listens', async () => {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      const { path, port } = worker[probe]!.httpGet;
      assert.equal(port, 'http');
      assert.equal((await gateway.app.request(path)).status, 200, `${probe} ${path}`);
    }
    assert.equal((await gateway.app.request('/v2/health/nothing')).status, 404, 'negative control');
    assert.equal(worker.livenessProbe!.httpGet.path, '/v2/health/live');
    assert.equal(worker.readinessProbe!.httpGet.path, '/v2/health/ready');
    assert.deepEqual(worker.ports, [{ name: 'http', containerPort: PORT }]);
    assert.equal(of('Service').spec.ports[0].port, PORT);
    assert.equal(of('NetworkPolicy').spec.ingress[0].ports[0].port, PORT);
  });

  it('the settings are valid, listen to the pod, and find files where they are mounted', () => {
    writeFileSync(join(home, 'config.json'), read('config.json'));
    const { config } = loadConfig({ home }, {});
    assert.deepEqual([config.worker.host, config.worker.port], ['0.0.0.0', PORT]);
    const mounts = worker.volumeMounts.map(({ mountPath }) => mountPath);
    for (const path of [config.deployment, config.passwordFile, config.worker.metricsTokenFile])
      assert.ok(
        mounts.some((mount) => path.startsWith(`${mount}/`)),
        path,
      );
    assert.equal(config.privateProviders, false);
    assert.ok(mounts.includes(worker.env!.find(({ name }) => name === 'ASSAY_HOME')!.value!));
    assert.deepEqual(worker.args, ['worker', 'run']);
  });

  it('nothing runs as root, gains rights or writes outside its volumes', () => {
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
    assert.equal(pod.automountServiceAccountToken, false);
    for (const { name, securityContext, resources } of containers) {
      assert.equal(securityContext.allowPrivilegeEscalation, false, name);
      assert.equal(securityContext.readOnlyRootFilesystem, true, name);
      assert.deepEqual(securityContext.capabilities.drop, ['ALL'], name);
      assert.ok(resources.limits?.['memory'] && resources.requests?.['cpu'], name);
    }
  });

  it('one key, one pod: volumes stay, replicas have their own key, one is taken away at a time', () => {
    assert.deepEqual(set.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Retain', whenScaled: 'Retain' });
    assert.deepEqual(set.volumeClaimTemplates[0].spec.accessModes, ['ReadWriteOncePod']);
    assert.match(pod.initContainers[0].command.join('\n'), /hot-\$\{POD_NAME##\*-\}\.json/);
    assert.equal(of('PodDisruptionBudget').spec.maxUnavailable, 1);
    for (const kind of ['PodDisruptionBudget', 'StatefulSet'])
      assert.deepEqual(of(kind).spec.selector.matchLabels, set.template.metadata.labels);
    assert.deepEqual(of('Service').spec.selector, set.template.metadata.labels);
    assert.deepEqual(of('NetworkPolicy').spec.podSelector.matchLabels, set.template.metadata.labels);
    assert.equal(set.serviceName, of('Service').metadata.name);
  });

  it('every mount has its volume, and the other way round', () => {
    const mounted = new Set(containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
    const volumes = [
      ...pod.volumes.map(({ name }: { name: string }) => name),
      ...set.volumeClaimTemplates.map((claim: Manifest) => claim.metadata.name),
    ];
    assert.deepEqual([...mounted].sort(), volumes.sort());
  });

  it('the pod may take longer to end than the worker does', () =>
    assert.ok(pod.terminationGracePeriodSeconds > 15 + 5));

  it('what goes out never reaches private addresses', () => {
    const blocks = of('NetworkPolicy').spec.egress.flatMap((rule: { to: { ipBlock?: { except: string[] } }[] }) =>
      rule.to.flatMap(({ ipBlock }) => ipBlock?.except ?? []),
    );
    for (const range of ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])
      assert.ok(blocks.includes(range), range);
  });
});
