import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { Clock } from "./clock";
import { Knowledge } from "./knowledge";
import { Keys } from "./keys";
import { useLanguage } from "./language";
import type { Message } from "./live";
import { Notepad } from "./notepad";
import { onlyPhone, Phone, type PhoneAccount, type PhoneView, QUIET } from "./phone";
import { Problem, Warning } from "./problem";
import { ChooseSeat } from "./seat";
import { StoryPanel } from "./story";
import { PauseRecording, RecordingState } from "./taping";
import { CallTools } from "./tools";
import type { Call, Colleague, Line, Me, Seat, Story } from "./types";
import { Urgent } from "./urgent";
import { WrapUpForm } from "./wrapup";

export type Subscribe = (listener: (message: Message) => void) => () => void;

interface Shown {
  call: Call;
  story: Story;
  ended: boolean;
}

function withLine(story: Story, line: Line): Story {
  if (story.lines.some((known) => known.id === line.id)) return story;
  const slots = line.kind === "understood" ? { ...story.slots, ...(line.data.slots as Record<string, unknown>) } : story.slots;
  const sign = line.kind === "flagged" ? (line.data.sign === "scam" ? "fraud" : String(line.data.sign)) : "";
  const known = sign === "" || story.flags.some((flag) => flag.flag === sign);
  const words = Array.isArray(line.data.in_words) ? line.data.in_words.join("，") : "";
  const flags = known ? story.flags : [...story.flags, { flag: sign, reason: words }];
  return { ...story, lines: [...story.lines, line], slots, flags };
}

export function DeskPage({ me, subscribe }: { me: Me; subscribe: Subscribe }) {
  const { say } = useLanguage();
  const [seat, setSeat] = useState<Seat | null>(me.seat);
  const [shown, setShown] = useState<Shown | null>(null);
  const [view, setView] = useState<PhoneView>(QUIET);
  const [notice, setNotice] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  const [deskPhone, setDeskPhone] = useState<boolean | null>(null);
  const phone = useRef<Phone | null>(null);
  const recovering = useRef("");

  useEffect(
    () =>
      subscribe((message) => {
        if (message.type === "seat") setSeat(message.seat as Seat | null);
        else if (message.type === "story")
          setShown({ call: message.call as Call, story: message.story as Story, ended: false });
        else if (message.type === "no_call") setShown((now) => (now ? { ...now, ended: true } : now));
        else if (message.type === "consult_over")
          setShown((now) => (now?.call.call_id === message.call_id && now?.call.state === "consulted" ? { ...now, ended: true } : now));
        else if (message.type === "listened") setNotice(`listened_${String(message.mode)}`);
        else if (message.type === "colleagues")
          setShown((now) =>
            now && now.call.call_id === message.call_id
              ? { ...now, story: { ...now.story, colleagues: message.colleagues as Colleague[] } }
              : now,
          );
        else if (message.type === "line")
          setShown((now) =>
            now && now.call.call_id === message.call_id ? { ...now, story: withLine(now.story, message.line as Line) } : now,
          );
        else if (message.type === "call") {
          const call = message.call as Call;
          const what = String(message.what);
          setShown((now) => {
            if (now?.call.call_id !== call.call_id) return now;
            if (what === "stopped" || what === "unanswered") return null;
            if (what === "ended" && now.call.state === "ringing") return null;
            return { ...now, call: what === "ended" ? now.call : call, ended: ["ended", "seat_gone"].includes(what) };
          });
        }
      }),
    [subscribe],
  );

  useEffect(() => {
    if (!seat?.seat) return;
    let gone = false;
    let timer: ReturnType<typeof setInterval> | undefined;
    const { mine, release } = onlyPhone();
    void (async () => {
      await mine;
      const account = await retried(() => api<PhoneAccount>("GET", "/api/phone"), () => gone);
      if (gone || !account) return;
      if (account.kind !== "web") {
        // A phone of its own: Asterisk knows whether it is there.
        const look = () =>
          api<PhoneAccount>("GET", "/api/phone").then((found) => !gone && setDeskPhone(found.connected ?? null), () => undefined);
        setDeskPhone(account.connected ?? null);
        timer = setInterval(() => void look(), 10_000);
        return;
      }
      phone.current = new Phone(account, setView);
      phone.current.start();
    })();
    return () => {
      gone = true;
      clearInterval(timer);
      setDeskPhone(null);
      phone.current?.stop();
      phone.current = null;
      setView(QUIET);
      release();
    };
  }, [seat?.seat]);

  // Who was asked sees the caller until the phone is quiet: the colleague may still be on the line.
  const asked = shown?.ended && shown.call.state === "consulted" && view.state === "idle";
  useEffect(() => {
    if (asked) setShown(null);
  }, [asked]);

  // Loaded anew while talking: the call is brought back to this page.
  const lost = shown && !shown.ended && shown.call.state === "talking" && view.registered && view.state === "idle";
  const callId = shown?.call.call_id ?? "";
  useEffect(() => {
    if (!lost || recovering.current === callId) return;
    const timer = setTimeout(() => {
      if (phone.current?.busy) return;
      recovering.current = callId;
      setNotice("recovering");
      phone.current?.expectReturn();
      api("POST", `/api/calls/${encodeURIComponent(callId)}/recover`, {}).then(() => setNotice("recovered"), setProblem);
    }, 600);
    return () => clearTimeout(timer);
  }, [lost, callId]);

  const setState = useCallback(async (state: string, reason?: string) => {
    try {
      setSeat(await api<Seat>("POST", "/api/state", { state, reason }));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  }, []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const actions: Record<string, () => void> = {
        F2: () => phone.current?.answer(),
        F4: () => phone.current?.toggleHold(),
        F6: () => phone.current?.toggleMute(),
        F8: () => phone.current?.hangUp(),
        F9: () => void (seat && setState(seat.state === "ready" ? "paused" : "ready", "break")),
      };
      const action = actions[event.key];
      if (action) {
        event.preventDefault();
        if (!event.repeat) action();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [seat, setState]);

  if (!seat) return <ChooseSeat me={me} onSeat={setSeat} />;
  return (
    <>
      <h1 className="hidden-text">{say("desk")}</h1>
      <SeatBar seat={seat} call={shown && !shown.ended ? shown.call : null} reasons={me.reasons} view={view} deskPhone={deskPhone} phone={phone.current} onState={setState} onLeft={() => setSeat(null)} />
      {deskPhone === false && <Warning>{say("desk_phone_off")}</Warning>}
      {view.problem && <Warning>{say(view.problem)}</Warning>}
      {notice && (
        <p role="status" className="banner">
          {say(notice)}
        </p>
      )}
      <Problem error={problem} />
      {shown ? (
        <CallView
          shown={shown}
          view={view}
          phone={phone.current}
          subscribe={subscribe}
          onProblem={setProblem}
          onDone={() => {
            setShown(null);
            setNotice("");
          }}
        />
      ) : (
        <div className="columns">
          <section className="card idle">
            <h2>{say("no_call")}</h2>
            <p>{say("no_call_hint")}</p>
            <Keys />
          </section>
          <Knowledge intent="" />
        </div>
      )}
    </>
  );
}

async function retried<T>(work: () => Promise<T>, stopped: () => boolean): Promise<T | null> {
  for (let tries = 0; tries < 30 && !stopped(); tries += 1) {
    try {
      return await work();
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
  return null;
}

function CallView(props: {
  shown: Shown;
  view: PhoneView;
  phone: Phone | null;
  subscribe: Subscribe;
  onProblem: (problem: unknown) => void;
  onDone: () => void;
}) {
  const { call, story, ended } = props.shown;
  const stays = ended && props.view.state === "talking";
  // Who is asked may still be on the line; else the phone is quiet in a moment, of which nothing is to be told.
  const late = useLate(stays, PHONE_ENDS_MS);
  return (
    <div className="columns">
      <div>
        {(!ended || (stays && (late || withColleague(call)))) && (
          <CallBar call={call} story={story} ended={ended} view={props.view} phone={props.phone} onProblem={props.onProblem} />
        )}
        {!ended && call.state === "consulted" && <RecordingState call={call} />}
        {!ended && <PauseRecording call={call} subscribe={props.subscribe} onProblem={props.onProblem} />}
        <StoryPanel call={call} story={story} />
      </div>
      <div>
        {call.state === "consulted" ? null : ended ? (
          <WrapUpForm callId={call.call_id} onDone={props.onDone} />
        ) : (
          <Notepad key={call.call_id} callId={call.call_id} />
        )}
        <Knowledge intent={story.intent ?? ""} />
      </div>
    </div>
  );
}

/** Longer than a phone needs to end after its call has. */
const PHONE_ENDS_MS = 1500;

/** Whether that has been so for so long. */
function useLate(so: boolean, after_ms: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!so) return;
    const timer = setTimeout(() => setLate(true), after_ms);
    return () => clearTimeout(timer);
  }, [so, after_ms]);
  return so && late;
}

function withColleague(call: Call): boolean {
  return call.state === "consulted" || Boolean(call.consult);
}

function barWord(call: Call, ended: boolean): string {
  if (ended) return withColleague(call) ? "caller_gone" : "call_over";
  return call.state === "talking" && call.at === "hold" ? "state_held" : `state_${call.state}`;
}

function CallBar(props: {
  call: Call;
  story: Story;
  ended: boolean;
  view: PhoneView;
  phone: Phone | null;
  onProblem: (problem: unknown) => void;
}) {
  const { say } = useLanguage();
  const { call, view, phone, ended } = props;
  const [targets, setTargets] = useState<{ target: string; name: string }[] | null>(null);
  const answer = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (view.state === "ringing") answer.current?.focus();
  }, [view.state]);
  const handOn = async (target: string) => {
    setTargets(null);
    await api("POST", `/api/calls/${encodeURIComponent(call.call_id)}/hand-on`, { target }).catch(props.onProblem);
  };
  return (
    <section className={`card call-bar ${call.state}`} aria-label={say("rings")}>
      <p className="call-state" role="status">
        {say(barWord(call, ended))}
        {call.state === "consulted" && `：${call.consult?.by ?? ""}`} <Clock since={call.since} />
      </p>
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
        {call.state === "talking" && !ended && (
          <button
            type="button"
            aria-expanded={targets !== null}
            onClick={() =>
              targets ? setTargets(null) : void api<{ target: string; name: string }[]>("GET", "/api/targets").then(setTargets, props.onProblem)
            }
          >
            {say("hand_on")}
          </button>
        )}
        {call.state === "talking" && <Urgent callId={call.call_id} band={call.band} onProblem={props.onProblem} />}
        {view.state !== "idle" && (
          <button type="button" className="hang-up" onClick={() => phone?.hangUp()}>
            {say("hang_up")} <kbd>F8</kbd>
          </button>
        )}
      </div>
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
      {call.state === "talking" && !ended && <CallTools call={call} story={props.story} onProblem={props.onProblem} />}
    </section>
  );
}

function phoneWord(view: PhoneView, deskPhone: boolean | null): string {
  if (deskPhone !== null) return deskPhone ? "desk_phone_up" : "desk_phone_away";
  return view.registered ? "phone_up" : "phone_off";
}

function SeatBar(props: {
  seat: Seat;
  call: Call | null;
  reasons: string[];
  view: PhoneView;
  deskPhone: boolean | null;
  phone: Phone | null;
  onState: (state: string, reason?: string) => Promise<void>;
  onLeft: () => void;
}) {
  const { say } = useLanguage();
  const { seat, view, phone } = props;
  const [reason, setReason] = useState("break");
  const leave = () => void api("POST", "/api/leave", {}).then(props.onLeft, () => undefined);
  return (
    <section className={`card seat-bar ${seat.state}`} aria-label={say("state")}>
      <strong data-testid="state">{say(`state_${props.call?.state ?? seat.state}`)}</strong>
      {seat.reason && !props.call && <span>{say(`reason_${seat.reason}`)}</span>}
      <span className="quiet">{seat.seat}</span>
      <span className={view.registered || props.deskPhone ? "quiet" : "problem"} data-testid="phone">
        {say(phoneWord(view, props.deskPhone))}
      </span>
      <div className="buttons">
        <button type="button" className="main" disabled={seat.state === "ready"} onClick={() => void props.onState("ready")}>
          {say("ready")}
        </button>
        <label className="inline">
          {say("reason")}
          <select value={reason} onChange={(event) => setReason(event.target.value)}>
            {props.reasons
              .filter((one) => !["just_in", "unanswered"].includes(one))
              .map((one) => (
                <option key={one} value={one}>
                  {say(`reason_${one}`)}
                </option>
              ))}
          </select>
        </label>
        <button type="button" onClick={() => void props.onState("paused", reason)}>
          {say("pause")}
        </button>
        {phone && (view.state === "idle" || view.state === "testing") && (
          <button type="button" disabled={!view.registered} onClick={() => phone.echo()}>
            {say(view.state === "testing" ? "stop_echo" : "echo")}
          </button>
        )}
        <button type="button" onClick={leave}>
          {say("leave")}
        </button>
      </div>
      {phone && view.state !== "idle" && view.state !== "ringing" && <Level phone={phone} />}
    </section>
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
