/** What the book can be narrowed to. A share of a fee is credited first and moves later, as one sum. */
export const FLOW_FILTERS = [
  { value: 'all', label: 'Everything', where: {} },
  { value: 'moved', label: 'Tokens that moved', where: { kind_in: ['WITHDRAWN', 'RECEIVED', 'SPENT'] } },
  { value: 'earned', label: 'Earned', where: { kind_in: ['FEE', 'LOST_BOND'] } },
  { value: 'spent', label: 'Spent by the DAO', where: { kind: 'SPENT' } },
] as const;
export type FlowFilter = (typeof FLOW_FILTERS)[number]['value'];
