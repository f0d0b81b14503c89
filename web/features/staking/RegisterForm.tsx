'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { type Hex, isAddress } from '../../../node/core/codec/hex.ts';
import { Button } from '../../components/Button.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { saveFile } from '../../lib/csv.ts';
import { formatAssay, formatAssayExact, parseAssay } from '../../lib/format.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import type { FreshHotKey } from './hotKey.ts';
import { registerPlan } from './plans.ts';
import type { StakingAccount } from './useStakingAccount.ts';

/** As contracts/libraries/PlainText.sol takes it. */
const isEndpoint = (text: string): boolean =>
  text.length <= 256 && /^https?:\/\/./.test(text) && /^[\x21-\x7e]+$/.test(text) && !/["'<>\\`{}|^]/.test(text);

/** The way from an account to a worker: where it answers, which key signs for it, how much it stakes. */
export function RegisterForm({
  account,
  site,
}: {
  readonly account: StakingAccount;
  readonly site: SiteConfig;
}): ReactNode {
  const { send } = useTransactions();
  const [endpoint, setEndpoint] = useState('');
  const [hotKey, setHotKey] = useState('');
  const [consent, setConsent] = useState('');
  const [fresh, setFresh] = useState<FreshHotKey>();
  const [saved, setSaved] = useState<string>();
  const [stake, setStake] = useState(formatAssayExact(account.minStakeWei).replaceAll(',', ''));
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const stakeWei = parseAssay(stake);
  const stakeError =
    stakeWei === undefined
      ? 'Type an amount with at most 18 decimals.'
      : stakeWei < account.minStakeWei
        ? `The first stake is at least ${formatAssay(account.minStakeWei)}.`
        : stakeWei > account.balanceWei
          ? `Your account holds ${formatAssay(account.balanceWei)}.`
          : undefined;

  async function make(): Promise<void> {
    const { createHotKey } = await import('./hotKey.ts');
    const made = await createHotKey(site, account.address);
    setFresh(made);
    setHotKey(made.address);
    setConsent(made.consent);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const { isConsent, registrationData } = await import('./hotKey.ts');
    const key = hotKey.trim();
    const signature = consent.trim();
    const fault = !isEndpoint(endpoint)
      ? 'The address of your worker must be an http(s) URL of plain characters.'
      : !isAddress(key)
        ? 'The hot key must be an address: 0x and 40 digits.'
        : !(await isConsent(site, account.address, key, signature))
          ? 'The consent was not signed by this hot key for your account.'
          : key === fresh?.address && key !== saved
            ? 'Save the hot key first: it exists in this page only, and a worker cannot answer without it.'
            : undefined;
    setError(fault);
    if (fault !== undefined || !isAddress(key) || stakeWei === undefined || stakeError !== undefined) return;
    setBusy(true);
    const data = registrationData(key, signature as Hex, endpoint);
    await send(registerPlan(site, account, { hotKey: key, endpoint, stakeWei, data }));
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void submit(event)} onChange={() => setError(undefined)} className="space-y-4">
      <TextInput
        label="Address of your worker"
        placeholder="https://worker.example:8701"
        value={endpoint}
        onChange={setEndpoint}
        hint="Where consumers reach its gateway."
      />
      <fieldset className="space-y-3 rounded-md border border-line p-4">
        <legend className="-mb-2 px-1 text-sm font-medium">Hot key</legend>
        <p className="text-sm text-muted">
          The key that lies on the machine and signs answers. It can never touch your stake, and must not be your own
          account.
        </p>
        <Button size="small" onClick={() => void make()}>
          {fresh === undefined ? 'Make a hot key here' : 'Make another one'}
        </Button>
        {fresh !== undefined && (
          <SaveKey
            hotKey={fresh}
            onSaved={() => {
              setSaved(fresh.address);
              setError(undefined);
            }}
          />
        )}
        <TextInput label="Hot key" placeholder="0x…" value={hotKey} onChange={setHotKey} />
        <TextInput
          label="Its consent"
          placeholder="0x… (65 bytes)"
          value={consent}
          onChange={setConsent}
          hint="EIP-712 HotKeyConsent for your account, signed by the hot key."
        />
      </fieldset>
      <NumberInput
        label="Stake"
        unit="ASSAY"
        value={stake}
        onChange={setStake}
        hint={`At least ${formatAssay(account.minStakeWei)}; your account holds ${formatAssay(account.balanceWei)}.`}
        {...(stakeError === undefined ? {} : { error: stakeError })}
      />
      {account.balanceWei < account.minStakeWei && site.local && (
        <LinkButton size="small" href="/local/">
          Open the faucet
        </LinkButton>
      )}
      {error !== undefined && (
        <p role="alert" className="text-sm text-critical">
          {error}
        </p>
      )}
      <Button type="submit" variant="primary" busy={isBusy} disabled={stakeError !== undefined}>
        Become a worker
      </Button>
    </form>
  );
}

/** The fresh key leaves this page only as an encrypted file. */
function SaveKey({ hotKey, onSaved }: { readonly hotKey: FreshHotKey; readonly onSaved: () => void }): ReactNode {
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  async function save(): Promise<void> {
    setBusy(true);
    const { keystoreOf } = await import('./hotKey.ts');
    saveFile('hot.json', await keystoreOf(hotKey, password), 'application/json');
    setBusy(false);
    onSaved();
  }
  return (
    <div className="space-y-2 rounded-md bg-caution-soft p-3 text-sm">
      <p>
        This key exists in this page only. Save it now and put the file into <code>keys/</code> of your worker’s home;
        the password is what you start the worker with.
      </p>
      <TextInput
        label="Password of the file"
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        hint="At least 8 characters."
      />
      <Button size="small" busy={isBusy} disabled={password.length < 8} onClick={() => void save()}>
        Save hot.json
      </Button>
    </div>
  );
}
