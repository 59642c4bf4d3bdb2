import { type ReactNode, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { PhoneBar } from "./callbar";
import { CallView } from "./callview";
import { Knowledge } from "./knowledge";
import { Keys } from "./keys";
import { useLanguage } from "./language";
import type { Subscribe } from "./live";
import { Notepad } from "./notepad";
import { inCall, type Phone } from "./phone";
import { type PhoneLine, usePhone } from "./phoneline";
import { Problem, Warning } from "./problem";
import { ChooseSeat } from "./seat";
import { SeatBar } from "./seatbar";
import { followed, type Shown, talkOf } from "./shown";
import type { Me, Seat } from "./types";
import { useWaiting, type Waiting, type WaitingList } from "./waiting";
import { WrapUpForm } from "./wrapup";

/** What is at the seat: nothing, a call, or one that the phone in this page has. */
export type Busy = "" | "call" | "phone";

interface Feed {
  seat: Seat | null;
  setSeat: (seat: Seat | null) => void;
  shown: Shown | null;
  setShown: (change: (now: Shown | null) => Shown | null) => void;
  /** Whether the server has said which call there is. */
  told: boolean;
}

/** Seat and call as the live feed tells them; a talk is on the list of wrap-ups from its first moment. */
function useFeed(me: Me, subscribe: Subscribe, { add, drop }: WaitingList, setNotice: (notice: string) => void): Feed {
  const [seat, setSeat] = useState<Seat | null>(me.seat);
  const [shown, setShown] = useState<Shown | null>(null);
  const [told, setTold] = useState(false);
  useEffect(
    () =>
      subscribe((message) => {
        if (message.type === "seat") setSeat(message.seat as Seat | null);
        if (message.type === "listened") setNotice(`listened_${String(message.mode)}`);
        if (message.type === "story" || message.type === "no_call") setTold(true);
        if (message.type === "wrapped_up") drop(String(message.call_id));
        const talk = talkOf(message);
        if (talk) add(talk);
        setShown((now) => followed(now, message));
      }),
    [subscribe, add, drop, setNotice],
  );
  return { seat, setSeat, shown, setShown, told };
}

/** The wrap-up whose form is due while no call is at the seat: of the call that has just ended, then the oldest. */
function owed({ shown, told }: Feed, list: Waiting[]): Waiting | null {
  if (!told || (shown && !shown.ended)) return null;
  return list.find((one) => one.call_id === shown?.call.call_id) ?? list[0] ?? null;
}

/** A page that was loaded anew while its agent talks has the call brought back to it. */
function useRecovery(
  { shown }: Feed,
  { phone, view }: PhoneLine,
  onNotice: (notice: string) => void,
  onProblem: (problem: unknown) => void,
) {
  const recovering = useRef("");
  const lost = shown && !shown.ended && shown.call.state === "talking" && view.registered && view.state === "idle";
  const callId = shown?.call.call_id ?? "";
  useEffect(() => {
    if (!lost || recovering.current === callId) return;
    const timer = setTimeout(() => {
      if (phone.current?.busy) return;
      recovering.current = callId;
      onNotice("recovering");
      phone.current?.expectReturn();
      api("POST", `/api/calls/${encodeURIComponent(callId)}/recover`, {}).then(() => onNotice("recovered"), onProblem);
    }, 600);
    return () => clearTimeout(timer);
  }, [lost, callId, phone, onNotice, onProblem]);
}

/** Who was asked sees the caller until the phone is quiet: the colleague may still be on the line. */
function useQuietEnd({ shown, setShown }: Feed, { view }: PhoneLine) {
  const asked = shown?.ended && shown.call.state === "consulted" && view.state === "idle";
  useEffect(() => {
    if (asked) setShown(() => null);
  }, [asked, setShown]);
}

function useKeys(phone: RefObject<Phone | null>, onReady: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const actions: Record<string, () => void> = {
        F2: () => phone.current?.answer(),
        F4: () => phone.current?.toggleHold(),
        F6: () => phone.current?.toggleMute(),
        F8: () => phone.current?.hangUp(),
        F9: () => onReady(),
      };
      const action = actions[event.key];
      if (action) {
        event.preventDefault();
        if (!event.repeat) action();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [phone, onReady]);
}

/** A story stands beside the form of its own call, never beside that of another. */
function visibleOf(shown: Shown | null, due: Waiting | null): Shown | null {
  if (!shown?.ended || shown.call.state === "consulted") return shown;
  return shown.call.call_id === due?.call_id ? shown : null;
}

/** What the agent makes of the seat, by button or by F9. */
function useSeatState(setSeat: (seat: Seat | null) => void, setProblem: (problem: unknown) => void) {
  const changed = useCallback(
    (next: Seat | null) => {
      setSeat(next);
      setProblem(null);
    },
    [setSeat, setProblem],
  );
  const setState = useCallback(
    (state: string, reason?: string) => void api<Seat>("POST", "/api/state", { state, reason }).then(changed, setProblem),
    [changed, setProblem],
  );
  return { changed, setState };
}

interface DeskProps {
  me: Me;
  subscribe: Subscribe;
  /** The session has ended; the page is here for the call that goes on. */
  over: boolean;
  onBusy: (busy: Busy) => void;
}

export function DeskPage({ me, subscribe, over, onBusy }: DeskProps) {
  const { say } = useLanguage();
  const [notice, setNotice] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  const waiting = useWaiting(me.user);
  const feed = useFeed(me, subscribe, waiting, setNotice);
  const { seat, setSeat, shown } = feed;
  const line = usePhone(seat?.seat ?? null);
  const { phone, view } = line;
  const live = shown && !shown.ended ? shown.call : null;
  const busy: Busy = inCall(view) ? "phone" : seat && live ? "call" : "";
  useEffect(() => onBusy(busy), [busy, onBusy]);
  useRecovery(feed, line, setNotice, setProblem);
  useQuietEnd(feed, line);
  const { changed, setState } = useSeatState(setSeat, setProblem);
  const state = over ? undefined : seat?.state;
  const onReady = useCallback(() => state && setState(state === "ready" ? "paused" : "ready", "break"), [state, setState]);
  useKeys(phone, onReady);

  const due = owed(feed, waiting.list);
  const form = due && <OwedForm me={me} due={due} waiting={waiting} feed={feed} onDone={() => setNotice("")} />;
  const bar = <PhoneBar view={view} phone={phone.current} sure={over || !seat} />;
  if (over) return <LastCall bar={bar} note={live && <Notepad key={live.call_id} user={me.user} callId={live.call_id} />} />;
  if (!seat) return <Seatless bar={bar} choice={<ChooseSeat me={me} onSeat={setSeat} />} form={form} />;
  const visible = visibleOf(shown, due);
  const parts = { view, phone: phone.current, onProblem: setProblem };
  return (
    <>
      <h1 className="hidden-text">{say("desk")}</h1>
      <SeatBar
        {...parts}
        seat={seat}
        call={live}
        busy={busy !== ""}
        reasons={me.reasons}
        deskPhone={line.deskPhone}
        onState={setState}
        onLeft={() => changed(null)}
      />
      <Told line={line} notice={notice} problem={problem} />
      {visible ? (
        <CallView {...parts} user={me.user} speaks={[seat.language, ...me.languages]} shown={visible} form={form} subscribe={subscribe} />
      ) : (
        <Idle bar={bar} form={form} />
      )}
    </>
  );
}

function OwedForm(props: { me: Me; due: Waiting; waiting: WaitingList; feed: Feed; onDone: () => void }) {
  const { due, waiting, feed } = props;
  const done = () => {
    waiting.drop(due.call_id);
    // The next call may be there already.
    feed.setShown((now) => (now?.ended && now.call.call_id === due.call_id ? null : now));
    props.onDone();
  };
  const newest = due.call_id === waiting.list.at(-1)?.call_id;
  return (
    <WrapUpForm
      key={due.call_id}
      user={props.me.user}
      waiting={due}
      more={waiting.list.length - 1}
      ends={newest && feed.seat?.state === "wrap_up"}
      onDone={done}
    />
  );
}

function Told({ line, notice, problem }: { line: PhoneLine; notice: string; problem: unknown }) {
  const { say } = useLanguage();
  return (
    <>
      {line.deskPhone === false && <Warning>{say("desk_phone_off")}</Warning>}
      {line.view.problem && <Warning>{say(line.view.problem)}</Warning>}
      {notice && (
        <p role="status" className="banner">
          {say(notice)}
        </p>
      )}
      <Problem error={problem} />
    </>
  );
}

/** Whoever has left may still write what is owed. */
function Seatless({ bar, choice, form }: { bar: ReactNode; choice: ReactNode; form: ReactNode }) {
  return (
    <>
      {bar}
      <div className={form ? "columns" : undefined}>
        {choice}
        {form}
      </div>
    </>
  );
}

function Idle({ bar, form }: { bar: ReactNode; form: ReactNode }) {
  const { say } = useLanguage();
  return (
    <>
      {bar}
      <div className="columns">
        <section className="card idle">
          <h2>{say("no_call")}</h2>
          <p>{say("no_call_hint")}</p>
          <Keys />
        </section>
        <div>
          {form}
          <Knowledge intent="" />
        </div>
      </div>
    </>
  );
}

/** The session has ended during a call: the phone stays until it is over, and what is typed stays in this browser. */
function LastCall({ bar, note }: { bar: ReactNode; note: ReactNode }) {
  const { say } = useLanguage();
  return (
    <>
      <Warning>{say("over_in_call")}</Warning>
      {bar}
      {note}
    </>
  );
}
