import { useEffect, useRef, useState } from "react";
import { api } from "./api";
import { useLanguage } from "./language";
import type { ToolProps } from "./tools";
import type { Call } from "./types";
import { languageName } from "./words";

interface Colleague {
  target: string;
  name: string;
  kind: string;
  state?: string;
  language: string;
}

/** Whom the agent can ask. The first one has the focus: Tab and Enter are enough. */
export function ConsultList({ call, onProblem, onAsk }: ToolProps & { onAsk: (target: string) => void }) {
  const { english, say } = useLanguage();
  const [found, setFound] = useState<Colleague[] | null>(null);
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    api<Colleague[]>("GET", `/api/calls/${encodeURIComponent(call.call_id)}/colleagues`).then(setFound, onProblem);
  }, [call.call_id]);
  useEffect(() => first.current?.focus(), [found]);
  if (!found) return null;
  if (found.length === 0) return <p className="quiet">{say("nobody_to_ask")}</p>;
  return (
    <ul className="targets" aria-label={say("consult_whom")}>
      {found.map((one, place) => (
        <li key={one.target}>
          <button ref={place === 0 ? first : undefined} type="button" onClick={() => onAsk(one.target)}>
            {one.name}
            {one.kind !== "outside" && ` · ${languageName(one.language, english)}`}
            {one.state && ` · ${say(`state_${one.state}`)}`}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Where the consultation stands, and what can be done with it. */
export function ConsultState(props: { consult: NonNullable<Call["consult"]>; onAct: (what: string) => void }) {
  const { say } = useLanguage();
  const { target, stage, name } = props.consult;
  return (
    <>
      <p role="status" className="consulting">
        <strong>{say(`consult_${stage}`)}</strong> {name ?? target}
      </p>
      <div className="buttons">
        {stage === "talking" && (
          <button type="button" className="main" onClick={() => props.onAct("consult/join")}>
            {say("three_way")} <kbd>F7</kbd>
          </button>
        )}
        <button type="button" onClick={() => props.onAct("consult/back")}>
          {say("back_to_caller")} <kbd>F3</kbd>
        </button>
        {stage !== "ringing" && (
          <button type="button" onClick={() => props.onAct("consult/leave")}>
            {say("leave_to_colleague")} <kbd>F10</kbd>
          </button>
        )}
      </div>
    </>
  );
}
