import { type FormEvent, useEffect, useState } from "react";
import { ApiError, api, sentence } from "./api";
import { useLanguage } from "./language";
import { readNote } from "./notepad";
import type { WrapUp } from "./types";
import { readDraft, type Waiting, writeDraft } from "./waiting";

const RESULTS = ["solved", "handed_on", "follow_up", "no_need", "nuisance"];

/** Whether trying again cannot help: the call is no longer known, or no longer this agent's. */
function isFinal(problem: unknown): boolean {
  return problem instanceof ApiError && ([404, 409].includes(problem.status) || problem.code === "not_allowed");
}

export interface WrapUpProps {
  user: string;
  waiting: Waiting;
  /** How many wait behind this one. */
  more: number;
  /** Whether the seat is in the wrap-up of this very call: only then it is ready or paused afterwards. */
  ends: boolean;
  onDone: () => void;
}

const EMPTY: WrapUp = { result: "solved", subject: "", note: "", ticket: false, follow_up_on: null };

function pathOf(callId: string): string {
  return `/api/calls/${encodeURIComponent(callId)}/wrap-up`;
}

/** The form as it was left, else as the server fills it in; null until it is known. */
function useDraft(user: string, callId: string): [WrapUp | null, (draft: WrapUp) => void] {
  const [draft, setDraft] = useState(() => readDraft(user, callId));
  useEffect(() => {
    if (readDraft(user, callId)) return;
    void api<WrapUp>("GET", pathOf(callId))
      .catch(() => EMPTY)
      .then((found) => setDraft({ ...found, note: readNote(user, callId).text || found.note }));
  }, [user, callId]);
  const keep = (next: WrapUp) => {
    setDraft(next);
    writeDraft(user, callId, next);
  };
  return [draft, keep];
}

export function WrapUpForm({ user, waiting, more, ends, onDone }: WrapUpProps) {
  const { english, say } = useLanguage();
  const [form, keep] = useDraft(user, waiting.call_id);
  const [problem, setProblem] = useState<unknown>(null);
  if (!form) return null;
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const button = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
    try {
      await api("POST", pathOf(waiting.call_id), { ...form, then: button?.value ?? "stay" });
      onDone();
    } catch (error) {
      setProblem(error);
    }
  };

  return (
    <form className="card wrap-up" aria-label={say("wrap_up")} onSubmit={(event) => void submit(event)}>
      <h2>{say("wrap_up")}</h2>
      <WhichCall waiting={waiting} more={more} />
      <Fields form={form} onChange={(part) => keep({ ...form, ...part })} />
      {problem !== null && (
        <p role="alert" className="problem">
          {sentence(problem, english)}
        </p>
      )}
      <div className="buttons">
        <Finish ends={ends} />
        {isFinal(problem) && (
          <button type="button" onClick={onDone}>
            {say("wrap_up_discard")}
          </button>
        )}
      </div>
    </form>
  );
}

/** The value of a button is what follows for the seat. */
function Finish({ ends }: { ends: boolean }) {
  const { say } = useLanguage();
  if (!ends)
    return (
      <button type="submit" className="main" value="stay">
        {say("finish_only")}
      </button>
    );
  return (
    <>
      <button type="submit" className="main" value="ready">
        {say("finish_ready")}
      </button>
      <button type="submit" value="paused">
        {say("finish_pause")}
      </button>
    </>
  );
}

function WhichCall({ waiting, more }: { waiting: Waiting; more: number }) {
  const { english, say } = useLanguage();
  const began = new Date(waiting.since * 1000);
  const moment = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return (
    <>
      <p>
        {say("wrap_up_of")} <strong>{waiting.number || say("withheld")}</strong>{" "}
        <time dateTime={began.toISOString()}>{began.toLocaleString(english ? "en-GB" : "zh-CN", moment)}</time>
      </p>
      {more > 0 && (
        <p role="status" className="quiet">
          {say("wrap_up_more")} {more}
        </p>
      )}
    </>
  );
}

function Fields({ form, onChange }: { form: WrapUp; onChange: (part: Partial<WrapUp>) => void }) {
  const { say } = useLanguage();
  return (
    <>
      <label>
        {say("result")}
        <select value={form.result} onChange={(event) => onChange({ result: event.target.value })}>
          {RESULTS.map((result) => (
            <option key={result} value={result}>
              {say(`result_${result}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {say("subject")}
        <input value={form.subject} maxLength={80} onChange={(event) => onChange({ subject: event.target.value })} />
      </label>
      <label>
        {say("note")}
        <textarea rows={4} value={form.note} onChange={(event) => onChange({ note: event.target.value })} />
      </label>
      <label className="choice">
        <input type="checkbox" checked={form.ticket} onChange={(event) => onChange({ ticket: event.target.checked })} />
        {say("ticket")}
      </label>
      <label>
        {say("follow_up_on")}
        <input
          type="date"
          value={form.follow_up_on ?? ""}
          onChange={(event) => onChange({ follow_up_on: event.target.value || null })}
        />
      </label>
    </>
  );
}
