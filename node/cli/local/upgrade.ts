import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../config.ts';
import { makeExact } from '../../service/exactModel.ts';
import { publishVersion } from '../../service/publisher.ts';
import { trainDense } from '../../service/trainer.ts';
import { readData, readText } from '../files.ts';
import { decide, MODEL, type Run } from './mainJob.ts';

/** Seconds of a vote that a person with a mouse can take part in. */
const VOTE_SECONDS = 60;
const HIDDEN = [64, 32];
const EPOCHS = 80;

/**
 * What a newcomer finds to decide: a second, deeper version of the model, published and not live, and votes that last
 * long enough for people. Returns its id; undefined when an earlier start has done it.
 */
export async function offerUpgrade(run: Run): Promise<bigint | undefined> {
  const { network, print, signal } = run;
  const parts = network.as('author');
  const author = await parts.account();
  const model = (await author.directory.models()).find(({ slug }) => slug === MODEL);
  if (model === undefined) return undefined;
  const versions = await author.directory.versions(model.modelId);
  if (versions.length > 1) return undefined;
  print.step('a second version for you to vote on; votes from now on last a minute');
  const period = author.governance.votingPeriodAction(VOTE_SECONDS);
  const why = 'Eight seconds are enough for scripts, not for people.';
  await decide(run, author, [period], `Let votes last ${VOTE_SECONDS} seconds`, why);
  const data = await readData(MODEL, 0);
  const training = { data, hidden: HIDDEN, epochs: EPOCHS, batch: 32, rate: 0.1, seed: 0, signal };
  const trained = await trainDense(await parts.runtime(), { ...training, onEpoch: () => undefined });
  const exact = makeExact(trained.model, data, parts.sha256);
  const card = await readText(join(PACKAGE_ROOT, 'data', 'digits.card.md'), 'Restore data/digits.card.md.');
  const { versionId } = await publishVersion(
    {
      store: await parts.store(),
      directory: author.directory,
      authoring: author.authoring,
      http: parts.http,
      sha256: parts.sha256,
    },
    {
      slug: MODEL,
      bytes: exact.bytes,
      card: card.replace('64-32-10', ['64', ...HIDDEN, '10'].join('-')),
      licence: 'CC-BY-4.0',
      parents: [model.liveVersionId],
      replicas: 1,
      signal,
    },
  );
  const { correct, testRows } = exact.integer;
  print.done(`published version ${versionId} (two hidden layers, ${correct}/${testRows} right): yours to vote live`);
  return versionId;
}
