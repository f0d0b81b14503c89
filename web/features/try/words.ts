export const TITLE = 'Try it';
export const LEAD =
  'Run the model here for free, pay a worker for the same answer, and check the one against the other.';
