import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { InUnit } from '../../components/InUnit.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay, formatEther } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { addressText } from '../../lib/transactions/addressText.ts';
import type { TransactionRequest } from '../../lib/transactions/store.ts';
import { Changes } from './Changes.tsx';
import { contractLabel, labelOfAddress } from './contractLabel.ts';
import { Exact, ExactAddress, ExactList } from './Exact.tsx';
import { showValue } from './showValue.ts';

/** Everything a person should know before the wallet asks: what changes, whom it goes to, what it costs, whether it works. */
export function TransactionPreview({
  request,
  site,
  onRetry,
}: {
  readonly request: TransactionRequest;
  readonly site: SiteConfig;
  readonly onRetry: () => void;
}): ReactNode {
  const { plan, prepared, from } = request;
  const to = addressText(site, plan.to);
  const toName = labelOfAddress(site, to) ?? (plan.to === to ? undefined : contractLabel(plan.to));
  const spenderName = plan.spends === undefined ? undefined : labelOfAddress(site, plan.spends.spender);
  return (
    <div className="space-y-4">
      <Changes changes={plan.summary} />
      <ExactList>
        {plan.spends !== undefined && (
          <>
            <Exact label="Leaves your account">
              {formatAssay(plan.spends.amountWei)}
              <InUnit wei={plan.spends.amountWei} />
            </Exact>
            <Exact label="Taken by">
              <ExactAddress
                address={plan.spends.spender}
                {...(spenderName === undefined ? {} : { name: spenderName })}
              />
            </Exact>
          </>
        )}
        {plan.valueWei !== undefined && plan.valueWei > 0n && (
          <Exact label="Sends">
            {formatEther(plan.valueWei)}
            <InUnit wei={plan.valueWei} money="coin" />
          </Exact>
        )}
        <Exact label="Contract">
          <ExactAddress address={to} {...(toName === undefined ? {} : { name: toName })} />
        </Exact>
        <Exact label="Your account">
          <code className="font-mono text-[0.8125rem] break-all">{from}</code>
        </Exact>
        <Exact label="Network">
          {site.chainName} ({site.chainId})
        </Exact>
        <Exact label="Network fee">
          {prepared === undefined ? (
            <Skeleton className="h-5 w-32" />
          ) : prepared.feeWei === undefined ? (
            'unknown while it would fail'
          ) : (
            <>
              <span data-figures>about {formatEther(prepared.feeWei)}</span>
              <InUnit wei={prepared.feeWei} money="coin" />
            </>
          )}
        </Exact>
        <Exact label="Trial run">
          <span role="status">
            {prepared === undefined ? (
              'trying it against the newest block…'
            ) : prepared.problem === undefined ? (
              <Badge tone="positive">Would succeed now</Badge>
            ) : (
              <Badge tone="critical">Would fail now</Badge>
            )}
          </span>
        </Exact>
      </ExactList>
      {prepared?.problem !== undefined && <ErrorState problem={prepared.problem} onRetry={onRetry} />}
      <CallDetails request={request} />
    </div>
  );
}

/** The exact call, for those who check it against what the wallet shows. */
function CallDetails({ request: { plan, prepared } }: { readonly request: TransactionRequest }): ReactNode {
  const names = prepared?.argumentNames ?? [];
  return (
    <details className="rounded-md border border-line text-sm">
      <summary className="cursor-pointer px-3 py-2 text-muted">The exact call: {plan.functionName}</summary>
      <div className="space-y-3 border-t border-line px-3 py-3">
        <ExactList>
          {plan.args.map((value, i) => (
            <Exact key={names[i] ?? String(i)} label={names[i] || `argument ${i + 1}`}>
              <code className="font-mono text-[0.8125rem] break-all">{safeText(showValue(value), 2000)}</code>
            </Exact>
          ))}
        </ExactList>
        {prepared !== undefined && (
          <p className="max-h-40 overflow-y-auto font-mono text-xs break-all text-muted">
            {safeText(prepared.data, 4000)}
          </p>
        )}
      </div>
    </details>
  );
}
