import { useSyncExternalStore } from 'react';
import { onStored, readStored, writeStored } from '../../lib/storage.ts';
import { type Draft, EMPTY_DRAFT, parseDraft } from './draft.ts';

const KEY = 'proposal-draft';

/** The proposal being written; it survives reloads and is the same in every window of this browser. */
export function useDraft(): readonly [Draft, (draft: Draft) => void] {
  const text = useSyncExternalStore(
    onStored,
    () => readStored(KEY) ?? '',
    () => '',
  );
  const save = (draft: Draft): void => {
    const isEmpty = draft.title === '' && draft.body === '' && draft.actions.length === 0;
    writeStored(KEY, isEmpty ? undefined : JSON.stringify(draft));
  };
  return [text === '' ? EMPTY_DRAFT : parseDraft(text), save];
}
