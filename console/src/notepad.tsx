import { useEffect, useRef, useState } from "react";
import { ApiError, api } from "./api";
import { useLanguage } from "./language";

export const NOTE_MAX = 20_000;
const SAVE_AFTER_MS = 500;
const RETRY_MS = 3000;

interface Kept {
  text: string;
  version: number;
  saved: boolean;
}

/** Of one user: who shares this browser and gets the same call has a note of their own. */
function keyOf(user: string, callId: string): string {
  return `note:${user}:${callId}`;
}

export function readNote(user: string, callId: string): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(user, callId)) ?? "") as Kept;
    return { text: String(kept.text), version: Number(kept.version), saved: Boolean(kept.saved) };
  } catch {
    return { text: "", version: 0, saved: true };
  }
}

function writeNote(key: string, kept: Kept): void {
  localStorage.setItem(key, JSON.stringify(kept));
  const notes = Object.keys(localStorage).filter((name) => name.startsWith("note:"));
  for (const old of notes.slice(0, Math.max(0, notes.length - 200))) if (old !== key) localStorage.removeItem(old);
}

/** Every key stroke is kept in this browser at once, and on the server when typing rests. */
export function Notepad({ user, callId }: { user: string; callId: string }) {
  const { say } = useLanguage();
  const [kept, setKept] = useState<Kept>(() => readNote(user, callId));
  const [state, setState] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(kept);

  const put = (next: Kept) => {
    latest.current = next;
    setKept(next);
    writeNote(keyOf(user, callId), next);
  };

  const save = async () => {
    const sent = latest.current;
    if (sent.text.length > NOTE_MAX) {
      setState("too_long");
      return;
    }
    setState("saving");
    try {
      const { version } = await api<{ version: number }>("PUT", `/api/calls/${encodeURIComponent(callId)}/note`, {
        text: sent.text,
        version: sent.version,
      });
      const same = latest.current.text === sent.text;
      put({ text: latest.current.text, version, saved: same });
      setState("saved");
      if (!same) later(SAVE_AFTER_MS);
    } catch (error) {
      if (error instanceof ApiError && error.code === "changed_elsewhere") {
        const theirs = String(error.details.text ?? "");
        const mine = latest.current.text;
        const both = theirs.includes(mine) ? theirs : mine.includes(theirs) ? mine : `${theirs}\n${mine}`;
        put({ text: both, version: Number(error.details.version), saved: false });
        setState("changed_elsewhere");
        later(SAVE_AFTER_MS);
      } else {
        setState("kept_here");
        if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) later(RETRY_MS);
      }
    }
  };
  const later = (ms: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save(), ms);
  };

  useEffect(() => {
    if (!latest.current.saved) later(0);
    else if (latest.current.version === 0)
      // Another browser may have begun it.
      api<{ note: { text: string; version: number } }>("GET", `/api/calls/${encodeURIComponent(callId)}`).then(
        ({ note }) => {
          if (latest.current.text === "" && note.version > 0) put({ ...note, saved: true });
        },
        () => undefined,
      );
    return () => clearTimeout(timer.current);
    // eslint-disable-next-line
  }, [callId]);

  return (
    <section className="card">
      <label className="note">
        {say("note")}
        <textarea
          rows={5}
          value={kept.text}
          onChange={(event) => {
            put({ ...latest.current, text: event.target.value, saved: false });
            later(SAVE_AFTER_MS);
          }}
        />
      </label>
      <p className={state === "too_long" ? "problem" : "quiet"} role="status">
        {state && say(state)}
      </p>
    </section>
  );
}
