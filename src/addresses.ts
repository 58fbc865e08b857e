/** What a setting or an option may say of other sites and of this server's names. */

/** As browsers send it: scheme, host in lower case, and port unless it is the scheme's own; no path, no slash at the end. */
export function isOrigin(text: unknown): text is string {
  return typeof text === "string" && URL.canParse(text) && new URL(text).origin === text;
}

/** Without a port. */
export const HOST_NAME = /^[\w.-]+$/;
