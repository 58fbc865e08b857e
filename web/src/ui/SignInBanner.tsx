/** Over the world, when the sign-in ends and cannot be renewed silently: until when one stays, and the way to go on. */
import { useApp } from "../app/useApp.ts";
import { now } from "../live/clock.ts";
import { S } from "../strings.ts";
import { SignInAgain } from "./SignInCard.tsx";

export function SignInBanner() {
  const { account, session } = useApp();
  const leaveAt = session.leaveAt.value;
  const problem = account.problem.value || (leaveAt === 0 ? "" : session.problem.value);
  if (account.offer.value === undefined || (leaveAt === 0 && problem === "")) {
    return null;
  }
  return (
    <div class="banner sign-in">
      <p role="status">
        {problem} {leaveAt === 0 ? "" : S.signIn.expired(Math.max(0, Math.ceil((leaveAt - now.value) / 1000)))}
      </p>
      <SignInAgain label={S.signIn.again} />
    </div>
  );
}
