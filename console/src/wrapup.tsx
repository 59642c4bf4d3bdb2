import { type FormEvent, useEffect, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";
import { readNote } from "./notepad";
import type { WrapUp } from "./types";

const RESULTS = ["solved", "handed_on", "follow_up", "no_need", "nuisance"];

export function WrapUpForm({ callId, onDone }: { callId: string; onDone: () => void }) {
  const { english, say } = useLanguage();
  const [form, setForm] = useState<WrapUp | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const draft = `wrap:${callId}`;
  const path = `/api/calls/${encodeURIComponent(callId)}/wrap-up`;

  useEffect(() => {
    const kept = localStorage.getItem(draft);
    if (kept) {
      setForm(JSON.parse(kept) as WrapUp);
      return;
    }
    const empty = { result: "solved", subject: "", note: "", ticket: false, follow_up_on: null };
    api<WrapUp>("GET", path)
      .catch(() => empty)
      .then((found) => setForm({ ...found, note: readNote(callId).text || found.note }), setProblem);
  }, [callId, draft, path]);

  if (!form) return null;
  const change = (part: Partial<WrapUp>) => {
    const next = { ...form, ...part };
    setForm(next);
    localStorage.setItem(draft, JSON.stringify(next));
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const button = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
    try {
      await api("POST", path, { ...form, then: button?.value ?? "ready" });
      localStorage.removeItem(draft);
      onDone();
    } catch (error) {
      setProblem(error);
    }
  };

  return (
    <form className="card wrap-up" aria-label={say("wrap_up")} onSubmit={(event) => void submit(event)}>
      <h2>{say("wrap_up")}</h2>
      <label>
        {say("result")}
        <select value={form.result} onChange={(event) => change({ result: event.target.value })}>
          {RESULTS.map((result) => (
            <option key={result} value={result}>
              {say(`result_${result}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {say("subject")}
        <input value={form.subject} maxLength={80} onChange={(event) => change({ subject: event.target.value })} />
      </label>
      <label>
        {say("note")}
        <textarea rows={4} value={form.note} onChange={(event) => change({ note: event.target.value })} />
      </label>
      <label className="choice">
        <input type="checkbox" checked={form.ticket} onChange={(event) => change({ ticket: event.target.checked })} />
        {say("ticket")}
      </label>
      <label>
        {say("follow_up_on")}
        <input
          type="date"
          value={form.follow_up_on ?? ""}
          onChange={(event) => change({ follow_up_on: event.target.value || null })}
        />
      </label>
      {problem !== null && (
        <p role="alert" className="problem">
          {sentence(problem, english)}
        </p>
      )}
      <div className="buttons">
        <button type="submit" className="main" value="ready">
          {say("finish_ready")}
        </button>
        <button type="submit" value="paused">
          {say("finish_pause")}
        </button>
      </div>
    </form>
  );
}
