import { type FormEvent, useEffect, useRef, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";

export function SignIn({ notice, onDone }: { notice: string; onDone: () => void }) {
  const { english, say } = useLanguage();
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    first.current?.focus();
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await api("POST", "/api/sign-in", Object.fromEntries(given));
      onDone();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main id="main" className="sign-in">
      <h1>银铃</h1>
      {notice && <p role="status">{notice}</p>}
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {say("user")}
          <input ref={first} name="user" autoComplete="username" autoCapitalize="none" required maxLength={40} />
        </label>
        <label>
          {say("password")}
          <input name="password" type="password" autoComplete="current-password" required maxLength={200} />
        </label>
        <label>
          {say("code")}
          <input name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={8} />
        </label>
        {problem !== null && (
          <p role="alert" className="problem">
            {sentence(problem, english)}
          </p>
        )}
        <button type="submit" className="main" disabled={busy}>
          {say("sign_in")}
        </button>
      </form>
    </main>
  );
}
