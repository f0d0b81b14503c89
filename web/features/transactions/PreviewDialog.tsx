'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { useConfig } from '../../lib/config.ts';
import { safeText } from '../../lib/safeText.ts';
import type { SignatureRequest, TransactionRequest } from '../../lib/transactions/store.ts';
import { useTransactionsState, useTransactionsStore } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import { SignaturePreview } from './SignaturePreview.tsx';
import { TransactionPreview } from './TransactionPreview.tsx';

/** The one prompt before the wallet's own: nothing is sent or signed that was not shown here. */
export function PreviewDialog(): ReactNode {
  const store = useTransactionsStore();
  const site = useConfig();
  const { request } = useTransactionsState();
  if (request === undefined || site === undefined) return null;
  const { refusal } = request;
  return (
    <Dialog open onClose={store.cancel} title={safeText(request.plan.title, 120)} footer={<Answer request={request} />}>
      <div className="space-y-4">
        {refusal !== undefined && <ErrorState problem={refusal} />}
        {request.kind === 'transaction' ? (
          <TransactionPreview request={request} site={site} onRetry={store.retry} />
        ) : (
          <SignaturePreview request={request} site={site} />
        )}
      </div>
    </Dialog>
  );
}

/** Why the button cannot be pressed, for those who do not see the trial above it. */
function reason(request: TransactionRequest | SignatureRequest): string {
  if (request.kind === 'signature') return '';
  if (request.prepared === undefined) return 'Trying it…';
  return request.prepared.problem === undefined ? '' : 'It would fail: see why above.';
}

/** Data for another chain is shown, but cannot be signed here: whoever gets it could use it there. */
function isForThisChain({ plan }: SignatureRequest, chainId: number | undefined): boolean {
  const named = plan.typedData.domain.chainId;
  return named === undefined || Number(named) === chainId;
}

function Answer({ request }: { readonly request: TransactionRequest | SignatureRequest }): ReactNode {
  const store = useTransactionsStore();
  const { isBurner } = useWallet();
  const { isAsking } = request;
  const site = useConfig();
  const isReady =
    request.kind === 'signature' ? isForThisChain(request, site?.chainId) : request.prepared?.gas !== undefined;
  const verb = request.kind === 'signature' ? 'Sign' : 'Send';
  return (
    <>
      <span role="status" className="mr-auto self-center text-sm text-muted">
        {isAsking && !isBurner ? 'Confirm in your wallet…' : reason(request)}
      </span>
      <Button variant="quiet" onClick={store.cancel}>
        Cancel
      </Button>
      <Button variant="primary" busy={isAsking} disabled={!isReady} onClick={() => void store.confirm()}>
        {isBurner ? verb : `${verb} with your wallet`}
      </Button>
    </>
  );
}
