/** Whether the talk is recorded, as Asterisk tells it; paused while a number is read aloud: by a key, and never for ever. */

import { useCallback, useEffect, useState } from "react";
import { api } from "./api";
import type { Subscribe } from "./live";
import { useLanguage } from "./language";
import type { Call } from "./types";

interface Taping {
  recorded: boolean;
  until: number | null;
}

/** What is kept of the talk at this moment, in words. `paused`: until when, or null. */
function stateWord(call: Call, until: number | null): string {
  if (!call.taping) return call.at === "hold" ? "rec_held" : "rec_not";
  if (until !== null) return "rec_paused";
  return call.taping === "sound" ? "rec_on" : "rec_words";
}

/** For the colleague who is asked: their voice is recorded as soon as all three talk. */
export function RecordingState({ call }: { call: Call }) {
  const { say } = useLanguage();
  return (
    <span className={call.taping ? "taping" : "taping off"}>
      <span role="status" data-testid="taping">
        {say(call.taping ? stateWord(call, null) : "rec_not")}
      </span>
    </span>
  );
}

export function PauseRecording(props: { call: Call; subscribe: Subscribe; onProblem: (problem: unknown) => void }) {
  const { say } = useLanguage();
  const { call, subscribe, onProblem } = props;
  const [until, setUntil] = useState<number | null>(null);
  const path = `/api/calls/${encodeURIComponent(call.call_id)}/recording`;

  useEffect(() => {
    if (call.state === "talking") api<Taping>("GET", path).then((found) => setUntil(found.until), onProblem);
  }, [call.state, call.taping, path, onProblem]);
  useEffect(
    () =>
      subscribe((message) => {
        if (message.type === "recording" && message.call_id === call.call_id)
          setUntil((message.until as number | null) ?? null);
      }),
    [subscribe, call.call_id],
  );
  const recorded = Boolean(call.taping);
  const paused = recorded && until !== null;
  const toggle = useCallback(
    () => void api<Taping>("POST", path, { paused: !paused }).then((found) => setUntil(found.until), onProblem),
    [path, paused, onProblem],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.code !== "KeyP" || !recorded || call.state !== "talking") return;
      event.preventDefault();
      if (!event.repeat) toggle();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [toggle, recorded, call.state]);

  if (call.state !== "talking") return null;
  return (
    <span className={paused ? "taping paused" : recorded ? "taping" : "taping off"}>
      <span role="status" data-testid="taping">
        {say(stateWord(call, until))}
        {paused && <Left until={until} />}
      </span>
      {recorded && (
        <button type="button" aria-pressed={paused} onClick={toggle}>
          {say(paused ? "rec_resume" : "rec_pause")} <kbd>Alt+P</kbd>
        </button>
      )}
    </span>
  );
}

function Left({ until }: { until: number }) {
  const { say } = useLanguage();
  const left = () => Math.max(0, Math.ceil(until - Date.now() / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(left()), 1000);
    setSeconds(left());
    return () => clearInterval(timer);
  }, [until]);
  return (
    <span aria-hidden="true">
      {" "}
      {seconds} {say("seconds")}
    </span>
  );
}
