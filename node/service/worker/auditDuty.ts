import type { Digest } from '../../core/codec/hex.ts';
import { ESCROW_SCHEME } from '../../core/codec/payment.ts';
import type { Audits } from '../../ports/Audits.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Log } from '../../ports/Log.ts';
import type { JobRow } from './cashier.ts';
import type { Inputs } from './inputs.ts';

export interface AuditDutyOptions {
  readonly audits: Pick<Audits, 'head' | 'started' | 'audit' | 'chainTime' | 'revealReceipt'>;
  readonly journal: Journal;
  readonly inputs: Inputs;
  readonly log: Log;
}

const CHUNK = 2_000n;
const OVERLAP = 8n;

/**
 * What an audit asks of a worker: the receipt behind his job, when no auditor can commit any more. Without it the audit
 * ends as `receipt-withheld` and calls for a game that he would have to play.
 */
export class AuditDuty {
  readonly #options: AuditDutyOptions;
  readonly #jobs: JournalTable<JobRow>;
  readonly #due: JournalTable<{ readonly jobId: Digest }>;
  readonly #cursor: JournalTable<{ readonly block: bigint }>;

  constructor(options: AuditDutyOptions) {
    this.#options = options;
    this.#jobs = options.journal.table('jobs');
    this.#due = options.journal.table('auditsDue');
    this.#cursor = options.journal.table('auditsDueCursor');
  }

  async tick(): Promise<void> {
    await this.#follow();
    for (const [jobId] of this.#due.entries()) await this.#show(jobId as Digest);
    this.#options.inputs.sweep();
  }

  async #follow(): Promise<void> {
    const { audits, journal } = this.#options;
    const head = await audits.head();
    const last = this.#cursor.get('audits')?.block;
    const from = last === undefined || last > head ? back(head, CHUNK) : back(last, OVERLAP);
    const to = head - from > CHUNK ? from + CHUNK : head;
    const mine = (await audits.started(from, to)).filter((jobId) => this.#jobs.get(jobId)?.receipt !== undefined);
    journal.transaction(() => {
      for (const jobId of mine) this.#due.put(jobId, { jobId });
      this.#cursor.put('audits', { block: to });
    });
  }

  async #show(jobId: Digest): Promise<void> {
    const { audits, log } = this.#options;
    const audit = await audits.audit(jobId);
    const row = this.#jobs.get(jobId);
    const now = await audits.chainTime();
    if (audit !== undefined && now < audit.commitEndsAt) return;
    const isDue = audit !== undefined && audit.receiptRoot === undefined && now < audit.revealEndsAt;
    if (isDue && row?.receipt !== undefined && row.payment.scheme === ESCROW_SCHEME) {
      await audits.revealReceipt(row.payment.terms, row.receipt.receipt);
      log.info('showed the receipt of an audited job', { jobId });
    }
    if (audit === undefined || now >= audit.commitEndsAt) this.#due.delete(jobId);
  }
}

const back = (block: bigint, by: bigint): bigint => (block > by ? block - by : 0n);
