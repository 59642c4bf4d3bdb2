import { type FormEvent, useEffect, useRef, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";

/** What the way back from the town's provider says: `second`, or the code of what went wrong. */
function wayBack(): string {
  const said = new URLSearchParams(location.search).get("sign-in") ?? "";
  return /^[a-z_]{1,20}$/.test(said) ? said : "";
}

export function SignIn({ notice, onDone }: { notice: string; onDone: () => void }) {
  const { say } = useLanguage();
  const [back, setBack] = useState(wayBack);
  const [oidc, setOidc] = useState(false);
  useEffect(() => {
    history.replaceState(null, "", location.pathname + location.hash);
    api<{ oidc: boolean }>("GET", "/api/sign-in").then((ways) => setOidc(ways.oidc), () => undefined);
  }, []);
  const second = back === "second";
  return (
    <main id="main" className="sign-in">
      <h1>银铃</h1>
      {notice && <p role="status">{notice}</p>}
      {back && (
        <p role={second ? "status" : "alert"} className={second ? "banner" : "banner warn"}>
          {say(`sign_in_${back}`)}
        </p>
      )}
      {second ? (
        <SecondFactor onDone={onDone} onAgain={() => setBack("")} />
      ) : (
        <>
          {oidc && (
            <p className="oidc">
              <a className="button main" href="/api/oidc/start">
                {say("sign_in_oidc")}
              </a>
              <span className="quiet">{say("sign_in_or")}</span>
            </p>
          )}
          <OwnAccount onDone={onDone} />
        </>
      )}
    </main>
  );
}

function useForm(path: string, onDone: () => void) {
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await api("POST", path, Object.fromEntries(given));
      onDone();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { problem, busy, submit };
}

function useFocus() {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    first.current?.focus();
  }, []);
  return first;
}

function Code({ focus }: { focus?: React.RefObject<HTMLInputElement | null> }) {
  const { say } = useLanguage();
  return (
    <label>
      {say("code")}
      <input ref={focus} name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={8} />
    </label>
  );
}

function Problem({ problem }: { problem: unknown }) {
  const { english } = useLanguage();
  if (problem === null) return null;
  return (
    <p role="alert" className="problem">
      {sentence(problem, english)}
    </p>
  );
}

function OwnAccount({ onDone }: { onDone: () => void }) {
  const { say } = useLanguage();
  const { problem, busy, submit } = useForm("/api/sign-in", onDone);
  const first = useFocus();
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label>
        {say("user")}
        <input ref={first} name="user" autoComplete="username" autoCapitalize="none" required maxLength={40} />
      </label>
      <label>
        {say("password")}
        <input name="password" type="password" autoComplete="current-password" required maxLength={200} />
      </label>
      <Code />
      <Problem problem={problem} />
      <button type="submit" className="main" disabled={busy}>
        {say("sign_in")}
      </button>
    </form>
  );
}

function SecondFactor({ onDone, onAgain }: { onDone: () => void; onAgain: () => void }) {
  const { say } = useLanguage();
  const { problem, busy, submit } = useForm("/api/oidc/second", onDone);
  const first = useFocus();
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Code focus={first} />
      <Problem problem={problem} />
      <div className="buttons">
        <button type="submit" className="main" disabled={busy}>
          {say("sign_in")}
        </button>
        <button type="button" onClick={onAgain}>
          {say("sign_in_again")}
        </button>
      </div>
    </form>
  );
}
