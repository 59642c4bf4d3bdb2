import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, api, setCsrf } from "./api";
import { AuditPage, PeoplePage } from "./admin";
import { setServerClock } from "./clock";
import { type Busy, DeskPage } from "./desk";
import { Knowledge } from "./knowledge";
import { Language, useLanguage } from "./language";
import { type LinkState, Live, type Message, type Subscribe } from "./live";
import { Problem } from "./problem";
import { RecordingsPage } from "./recordings";
import { SignIn } from "./signin";
import type { Me } from "./types";
import { WallPage } from "./wall";
import { WayOut } from "./wayout";
import { speaker } from "./words";


type Tab = "desk" | "wall" | "recordings" | "knowledge" | "people" | "audit";
const TABS: [Tab, string][] = [
  ["desk", "take_calls"],
  ["wall", "see_wall"],
  ["recordings", "listen"],
  ["knowledge", "edit_knowledge"],
  ["people", "manage_staff"],
  ["audit", "read_audit"],
];

function stored(key: string): boolean {
  return localStorage.getItem(key) === "yes";
}

export function App() {
  const [english, setEnglish] = useState(stored("english"));
  const [large, setLarge] = useState(stored("large"));
  const [me, setMe] = useState<Me | null>(null);
  const [asked, setAsked] = useState(false);
  const [notice, setNotice] = useState("");
  const say = useMemo(() => speaker(english), [english]);

  useEffect(() => {
    localStorage.setItem("english", english ? "yes" : "no");
    document.documentElement.lang = english ? "en" : "zh";
    document.title = say("title");
  }, [english, say]);
  useEffect(() => {
    localStorage.setItem("large", large ? "yes" : "no");
    document.documentElement.classList.toggle("large", large);
  }, [large]);

  const look = useCallback(async () => {
    try {
      const found = await api<Me>("GET", "/api/me");
      setCsrf(found.csrf);
      setServerClock(found.now);
      setMe(found);
      setNotice("");
    } catch (error) {
      if (error instanceof ApiError && error.status === 0) setTimeout(() => void look(), 1000);
      else setMe(null);
    } finally {
      setAsked(true);
    }
  }, []);
  useEffect(() => {
    void look();
  }, [look]);

  const ended = useCallback(() => {
    setMe(null);
    setNotice("session_ended");
  }, []);

  return (
    <Language.Provider value={{ english, say }}>
      <a className="skip" href="#main">
        {say("desk")}
      </a>
      <div className="switches">
        <button type="button" onClick={() => setLarge(!large)} aria-pressed={large}>
          {say("larger")}
        </button>
        <button type="button" onClick={() => setEnglish(!english)} lang={english ? "zh" : "en"}>
          {say("english")}
        </button>
      </div>
      {me ? (
        <Signed key={me.user} me={me} onEnded={ended} />
      ) : asked ? (
        <SignIn notice={notice ? say(notice) : ""} onDone={() => void look()} />
      ) : null}
    </Language.Provider>
  );
}

/** The live feed of this page, for whoever listens. */
function useLive(onState: (state: LinkState) => void): Subscribe {
  const [listeners] = useState(() => new Set<(message: Message) => void>());
  useEffect(() => {
    const live = new Live((message) => {
      for (const listener of listeners) listener(message);
    }, onState);
    live.start();
    return () => live.stop();
  }, [listeners, onState]);
  return useCallback(
    (listener: (message: Message) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [listeners],
  );
}

function Signed({ me, onEnded }: { me: Me; onEnded: () => void }) {
  const tabs = TABS.filter(([, right]) => me.rights.includes(right)).map(([tab]) => tab);
  const wanted = location.hash.slice(1) as Tab;
  const [tab, setTab] = useState<Tab | undefined>(tabs.includes(wanted) ? wanted : tabs[0]);
  const [link, setLink] = useState<LinkState>("up");
  const [leaving, setLeaving] = useState(false);
  const [busy, setBusy] = useState<Busy>("");
  const [problem, setProblem] = useState<unknown>(null);
  const subscribe = useLive(setLink);
  const over = leaving || link === "ended";

  // The phone of this page keeps its call, and the way to end it, until that is over.
  useEffect(() => {
    if (over && busy !== "phone") onEnded();
  }, [over, busy, onEnded]);
  useEffect(() => setProblem(null), [busy]);

  const leave = () =>
    void api("POST", "/api/sign-out", {}).then(
      () => setLeaving(true),
      (error: unknown) => (error instanceof ApiError && error.code === "in_call" ? setProblem(error) : setLeaving(true)),
    );
  const choose = (next: Tab) => {
    setTab(next);
    history.replaceState(null, "", `#${next}`);
  };

  return (
    <>
      {over ? <Brand /> : <Header me={me} tabs={tabs} tab={tab} busy={busy !== ""} onTab={choose} onLeave={leave} />}
      {link === "down" && !over && <LinkDown />}
      <main id="main">
        <Problem error={problem} />
        {/* The desk stays mounted: a call must not end because somebody looks at the wall. */}
        {tabs.includes("desk") && (
          <div hidden={tab !== "desk" && !over}>
            <DeskPage me={me} subscribe={subscribe} over={over} onBusy={setBusy} />
          </div>
        )}
        {!over && <OtherPage me={me} tab={tab} subscribe={subscribe} />}
      </main>
    </>
  );
}

function OtherPage({ me, tab, subscribe }: { me: Me; tab: Tab | undefined; subscribe: Subscribe }) {
  const { say } = useLanguage();
  if (tab === "wall") return <WallPage me={me} subscribe={subscribe} />;
  if (tab === "recordings") return <RecordingsPage />;
  if (tab === "knowledge") return <Knowledge intent="" wide />;
  if (tab === "people") return <PeoplePage />;
  if (tab === "audit") return <AuditPage />;
  return tab ? null : <p>{say("nothing_allowed")}</p>;
}

function LinkDown() {
  const { say } = useLanguage();
  return (
    <p className="banner warn" role="status">
      {say("link_down")}
    </p>
  );
}

function Brand() {
  return (
    <header>
      <span className="brand">银铃</span>
    </header>
  );
}

function Header(props: {
  me: Me;
  tabs: Tab[];
  tab: Tab | undefined;
  busy: boolean;
  onTab: (tab: Tab) => void;
  onLeave: () => void;
}) {
  const { say } = useLanguage();
  return (
    <header>
      <span className="brand">银铃</span>
      <nav aria-label={say("title")}>
        {props.tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            aria-current={tab === props.tab ? "page" : undefined}
            onClick={() => props.onTab(tab)}
          >
            {say(tab)}
          </button>
        ))}
      </nav>
      <span className="who">
        {props.me.name} · {say(`role_${props.me.role}`)}
      </span>
      <WayOut word="sign_out" busy={props.busy} onGo={props.onLeave} />
    </header>
  );
}
