import { GraphQLError } from 'graphql';

/** What the asker can mend. */
export class QueryError extends GraphQLError {}
