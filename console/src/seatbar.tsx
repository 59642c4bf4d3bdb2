import { useEffect, useState } from "react";
import { api } from "./api";
import { useLanguage } from "./language";
import type { Phone, PhoneView } from "./phone";
import type { Call, Seat } from "./types";
import { WayOut } from "./wayout";

function phoneWord(view: PhoneView, deskPhone: boolean | null): string {
  if (deskPhone !== null) return deskPhone ? "desk_phone_up" : "desk_phone_away";
  return view.registered ? "phone_up" : "phone_off";
}

export function SeatBar(props: {
  seat: Seat;
  call: Call | null;
  busy: boolean;
  reasons: string[];
  view: PhoneView;
  deskPhone: boolean | null;
  phone: Phone | null;
  onState: (state: string, reason?: string) => void;
  onLeft: () => void;
  onProblem: (problem: unknown) => void;
}) {
  const { say } = useLanguage();
  const { seat, view, phone } = props;
  const leave = () => void api("POST", "/api/leave", {}).then(props.onLeft, props.onProblem);
  return (
    <section className={`card seat-bar ${seat.state}`} aria-label={say("state")}>
      <strong data-testid="state">{say(`state_${props.call?.state ?? seat.state}`)}</strong>
      {seat.reason && !props.call && <span>{say(`reason_${seat.reason}`)}</span>}
      <span className="quiet">{seat.seat}</span>
      <span className={view.registered || props.deskPhone ? "quiet" : "problem"} data-testid="phone">
        {say(phoneWord(view, props.deskPhone))}
      </span>
      <div className="buttons">
        <button type="button" className="main" disabled={seat.state === "ready"} onClick={() => props.onState("ready")}>
          {say("ready")}
        </button>
        <Pause reasons={props.reasons} onPause={(reason) => props.onState("paused", reason)} />
        {phone && (view.state === "idle" || view.state === "testing") && (
          <button type="button" disabled={!view.registered} onClick={() => phone.echo()}>
            {say(view.state === "testing" ? "stop_echo" : "echo")}
          </button>
        )}
        <WayOut word="leave" busy={props.busy} onGo={leave} />
      </div>
      {phone && view.state !== "idle" && view.state !== "ringing" && <Level phone={phone} />}
    </section>
  );
}

function Pause({ reasons, onPause }: { reasons: string[]; onPause: (reason: string) => void }) {
  const { say } = useLanguage();
  const [reason, setReason] = useState("break");
  return (
    <>
      <label className="inline">
        {say("reason")}
        <select value={reason} onChange={(event) => setReason(event.target.value)}>
          {reasons
            .filter((one) => !["just_in", "unanswered"].includes(one))
            .map((one) => (
              <option key={one} value={one}>
                {say(`reason_${one}`)}
              </option>
            ))}
        </select>
      </label>
      <button type="button" onClick={() => onPause(reason)}>
        {say("pause")}
      </button>
    </>
  );
}

function Level({ phone }: { phone: Phone }) {
  const { say } = useLanguage();
  const [level, setLevel] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => void phone.level().then(setLevel, () => setLevel(0)), 150);
    return () => clearInterval(timer);
  }, [phone]);
  return (
    <label className="inline level">
      {say("level")}
      <meter min={0} max={1} low={0.02} value={Math.sqrt(level)} data-testid="level" />
    </label>
  );
}
