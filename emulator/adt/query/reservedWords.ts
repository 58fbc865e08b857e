/**
 * Words that cannot name anything unless they stand in [[ ]]: the list of the query language reference, "Reserved keywords".
 * Filters of event routes know only what their grammar needs. Used by TokenReader.
 */
const OPERATORS = ["AND", "OR", "NOT", "IN", "NIN", "TRUE", "FALSE", "NULL"];

const QUERY_ONLY = [
  ...["ALL", "AS", "ASC", "AVG", "BY", "COUNT", "DESC", "DEVICES", "DEVICES_JOBS", "DEVICES_MODULES", "ENDS_WITH"],
  ...["FROM", "GROUP", "IS_BOOL", "IS_DEFINED", "IS_NULL", "IS_NUMBER", "IS_OBJECT", "IS_OF_MODEL", "IS_PRIMITIVE"],
  ...["IS_STRING", "MAX", "MIN", "NOT_IN", "ORDER", "SELECT", "STARTS_WITH", "SUM", "TOP", "WHERE"],
];

export const FILTER_WORDS: ReadonlySet<string> = new Set(OPERATORS);
export const QUERY_WORDS: ReadonlySet<string> = new Set([...OPERATORS, ...QUERY_ONLY]);
