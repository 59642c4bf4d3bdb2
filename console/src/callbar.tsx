import { type ReactNode, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { Clock } from "./clock";
import { useLanguage } from "./language";
import { inCall, type Phone, type PhoneView } from "./phone";
import { CallTools } from "./tools";
import type { Call, Story } from "./types";
import { Urgent } from "./urgent";
import { languageName } from "./words";

/** Longer than a phone needs to end after its call has, and a story to come after its call has rung. */
const MOMENT_MS = 1500;

/** Whether that has been so for more than a moment. */
export function useLate(so: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!so) return;
    const timer = setTimeout(() => setLate(true), MOMENT_MS);
    return () => clearTimeout(timer);
  }, [so]);
  return so && late;
}

export function withColleague(call: Call): boolean {
  return call.state === "consulted" || Boolean(call.consult);
}

function barWord(call: Call, ended: boolean): string {
  if (ended) return withColleague(call) ? "caller_gone" : "call_over";
  return call.state === "talking" && call.at === "hold" ? "state_held" : `state_${call.state}`;
}

interface PhoneProps {
  view: PhoneView;
  phone: Phone | null;
}

/** What the phone itself can do; what a call adds stands before the way to end it. */
function PhoneButtons({ view, phone, children }: PhoneProps & { children?: ReactNode }) {
  const { say } = useLanguage();
  const answer = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (view.state === "ringing") answer.current?.focus();
  }, [view.state]);
  return (
    <div className="buttons">
      {view.state === "ringing" && (
        <button ref={answer} type="button" className="main answer" onClick={() => phone?.answer()}>
          {say("answer")} <kbd>F2</kbd>
        </button>
      )}
      {view.state === "talking" && (
        <>
          <button type="button" aria-pressed={view.held} onClick={() => phone?.toggleHold()}>
            {say(view.held ? "unhold" : "hold")} <kbd>F4</kbd>
          </button>
          <button type="button" aria-pressed={view.muted} onClick={() => phone?.toggleMute()}>
            {say(view.muted ? "unmute" : "mute")} <kbd>F6</kbd>
          </button>
        </>
      )}
      {children}
      {view.state !== "idle" && (
        <button type="button" className="hang-up" onClick={() => phone?.hangUp()}>
          {say("hang_up")} <kbd>F8</kbd>
        </button>
      )}
    </div>
  );
}

/** A phone that talks, or rings, while the page shows no call for it. `sure`: none will come. */
export function PhoneBar({ view, phone, sure }: PhoneProps & { sure: boolean }) {
  const { say } = useLanguage();
  const late = useLate(inCall(view));
  if (!inCall(view) || !(sure || late)) return null;
  return (
    <section className="card call-bar" aria-label={say("rings")}>
      <p className="call-state" role="status">
        {say(view.state === "ringing" ? "state_ringing" : "state_talking")}
      </p>
      <PhoneButtons view={view} phone={phone} />
    </section>
  );
}

interface Target {
  target: string;
  name: string;
}

/** Before it is answered: this caller will not be understood without somebody else. */
function Foreign({ call, speaks }: { call: Call; speaks: string[] }) {
  const { english, say } = useLanguage();
  if (call.consult || speaks.includes(call.language) || !["ringing", "talking"].includes(call.state)) return null;
  return (
    <p role="status" className="banner">
      {say("speaks")} <strong>{languageName(call.language, english)}</strong>。{say("speaks_hint")}
    </p>
  );
}

interface CallBarProps extends PhoneProps {
  call: Call;
  story: Story;
  ended: boolean;
  speaks: string[];
  onProblem: (problem: unknown) => void;
}

export function CallBar(props: CallBarProps) {
  const { say } = useLanguage();
  const { call, view, phone, ended, onProblem } = props;
  const [targets, setTargets] = useState<Target[] | null>(null);
  const talks = call.state === "talking" && !ended;
  const look = () => (targets ? setTargets(null) : void api<Target[]>("GET", "/api/targets").then(setTargets, onProblem));
  const handOn = async (target: string) => {
    setTargets(null);
    await api("POST", `/api/calls/${encodeURIComponent(call.call_id)}/hand-on`, { target }).catch(onProblem);
  };
  return (
    <section className={`card call-bar ${call.state}`} aria-label={say("rings")}>
      <p className="call-state" role="status">
        {say(barWord(call, ended))}
        {call.state === "consulted" && `：${call.consult?.by ?? ""}`} <Clock since={call.since} />
      </p>
      {!ended && <Foreign call={call} speaks={props.speaks} />}
      <PhoneButtons view={view} phone={phone}>
        {talks && (
          <button type="button" aria-expanded={targets !== null} onClick={look}>
            {say("hand_on")}
          </button>
        )}
        {call.state === "talking" && <Urgent callId={call.call_id} band={call.band} onProblem={onProblem} />}
      </PhoneButtons>
      {targets && (
        <ul className="targets" aria-label={say("hand_on_to")}>
          {targets.map((target) => (
            <li key={target.target}>
              <button type="button" onClick={() => void handOn(target.target)}>
                {target.name}
              </button>
            </li>
          ))}
        </ul>
      )}
      {talks && <CallTools call={call} story={props.story} onProblem={onProblem} />}
    </section>
  );
}
