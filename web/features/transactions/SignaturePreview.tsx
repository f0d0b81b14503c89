import type { ReactNode } from 'react';
import { InUnit } from '../../components/InUnit.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay, formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { SignatureRequest } from '../../lib/transactions/store.ts';
import { Changes } from './Changes.tsx';
import { labelOfAddress } from './contractLabel.ts';
import { Exact, ExactAddress, ExactList } from './Exact.tsx';
import { showValue } from './showValue.ts';

/** EIP-712 data before it is signed: whom it is for, who may take how much until when, and every field as it is. */
export function SignaturePreview({
  request: { plan, from },
  site,
}: {
  readonly request: SignatureRequest;
  readonly site: SiteConfig;
}): ReactNode {
  const { domain, primaryType, types, message } = plan.typedData;
  const verifier = domain.verifyingContract;
  const verifierName = verifier === undefined ? undefined : labelOfAddress(site, verifier);
  const spenderName = plan.spends === undefined ? undefined : labelOfAddress(site, plan.spends.spender);
  const chainId = domain.chainId === undefined ? undefined : Number(domain.chainId);
  return (
    <div className="space-y-4">
      <p className="text-sm text-muted">
        A signature costs nothing and sends nothing by itself, but whoever has it can use it as described here.
      </p>
      <Changes changes={plan.summary} />
      <ExactList>
        {plan.spends !== undefined && (
          <>
            <Exact label="Lets be taken">
              {formatAssay(plan.spends.amountWei)}
              <InUnit wei={plan.spends.amountWei} />
            </Exact>
            <Exact label="By">
              <ExactAddress
                address={plan.spends.spender}
                {...(spenderName === undefined ? {} : { name: spenderName })}
              />
            </Exact>
            {plan.spends.deadline !== undefined && <Exact label="Until">{formatTime(plan.spends.deadline)}</Exact>}
          </>
        )}
        <Exact label="Your account">
          <code className="font-mono text-[0.8125rem] break-all">{from}</code>
        </Exact>
        <Exact label="Network">
          {chainId === undefined ? (
            <span className="text-caution">any: the data names no chain</span>
          ) : chainId === site.chainId ? (
            `${site.chainName} (${chainId})`
          ) : (
            <span className="text-critical">another chain ({chainId})</span>
          )}
        </Exact>
        {verifier !== undefined && (
          <Exact label="Checked by">
            <ExactAddress address={verifier} {...(verifierName === undefined ? {} : { name: verifierName })} />
          </Exact>
        )}
      </ExactList>
      <details open className="rounded-md border border-line text-sm">
        <summary className="cursor-pointer px-3 py-2 text-muted">
          Every field: {safeText(primaryType, 60)} of “{safeText(domain.name ?? '', 60)}”{' '}
          {domain.version === undefined ? '' : `version ${safeText(domain.version, 20)}`}
        </summary>
        <div className="border-t border-line px-3 py-3">
          <ExactList>
            {(types[primaryType] ?? []).map(({ name }) => (
              <Exact key={name} label={name}>
                <code className="font-mono text-[0.8125rem] break-all">{safeText(showValue(message[name]), 2000)}</code>
              </Exact>
            ))}
          </ExactList>
        </div>
      </details>
    </div>
  );
}
