/**
 * What a query may not exceed. Sources: "Azure Digital Twins service limits" (functional limits, Query) and the query
 * language reference: operators (IN), JOIN and MATCH clauses.
 */
export const LONGEST_QUERY = 8_000;
/** AND and OR together. */
export const MOST_LOGICAL = 50;
export const MOST_IN_ITEMS = 100;
export const MOST_JOINS = 5;
/** Of all relationship conditions of a MATCH together. */
export const MOST_HOPS = 10;
