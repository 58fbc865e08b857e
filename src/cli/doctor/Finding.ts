/** What one check of `doctor` came to. */
export interface Finding {
  what: string;
  state: "ok" | "warning" | "wrong";
  text: string;
  /** What to do. */
  cure?: string;
}

/** A role of Azure that is missing, in the words with which it is given. */
export function grant(role: string, scope: string): string {
  return `give the identity the role "${role}": az role assignment create --assignee … --role "${role}" --scope ${scope}; a new one takes up to five minutes`;
}
