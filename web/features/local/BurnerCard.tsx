'use client';

import { type ReactNode, useState } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { useWallet, useWalletStore } from '../../lib/wallet.tsx';

/** The throw-away account of this browser. */
export function BurnerCard(): ReactNode {
  const store = useWalletStore();
  const { status, address, isBurner, disconnect } = useWallet();
  const [isSure, setSure] = useState(false);
  async function use(): Promise<void> {
    const { BURNER_ID } = await import('../../lib/wallet/burnerConnector.ts');
    await store.choose(BURNER_ID);
  }
  async function forget(): Promise<void> {
    const { forgetBurner } = await import('../../lib/wallet/burner.ts');
    disconnect();
    forgetBurner(window.localStorage);
    setSure(false);
  }
  return (
    <Card title="Burner account">
      <div className="space-y-3 text-sm">
        <p className="text-muted">
          A key that lies unprotected in this browser and signs without asking. It works on this local network only;
          anything of value sent to it elsewhere is lost.
        </p>
        {isBurner && address !== undefined ? (
          <>
            <AddressTag address={address} />
            <div className="flex flex-wrap gap-2">
              <Button size="small" onClick={disconnect}>
                Disconnect
              </Button>
              {isSure ? (
                <Button size="small" variant="danger" onClick={() => void forget()}>
                  Really forget the key
                </Button>
              ) : (
                <Button size="small" variant="quiet" onClick={() => setSure(true)}>
                  Start over with a new one
                </Button>
              )}
            </div>
          </>
        ) : (
          <Button busy={status === 'connecting'} onClick={() => void use()}>
            Use a burner account
          </Button>
        )}
      </div>
    </Card>
  );
}
