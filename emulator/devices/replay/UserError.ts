/** Something that the person at the keyboard can mend: its message is the whole report, a sentence that says what to do. */
export class UserError extends Error {
  override readonly name = "UserError";
}
