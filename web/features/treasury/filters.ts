/** What the book can be narrowed to. A share of a fee is credited first and moves later, as one sum. */
export const FLOW_FILTERS = [
  { value: 'all', label: 'Everything', kinds: ['GENESIS', 'FEE', 'LOST_BOND', 'WITHDRAWN', 'RECEIVED', 'SPENT'] },
  { value: 'moved', label: 'Tokens that moved', kinds: ['WITHDRAWN', 'RECEIVED', 'SPENT'] },
  { value: 'earned', label: 'Earned', kinds: ['FEE', 'LOST_BOND'] },
  { value: 'spent', label: 'Spent by the DAO', kinds: ['SPENT'] },
] as const;
export type FlowFilter = (typeof FLOW_FILTERS)[number]['value'];
