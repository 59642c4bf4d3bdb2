import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, api, setCsrf } from "./api";
import { AuditPage, PeoplePage } from "./admin";
import { setServerClock } from "./clock";
import { DeskPage } from "./desk";
import { Knowledge } from "./knowledge";
import { Language, useLanguage } from "./language";
import { type LinkState, Live, type Message } from "./live";
import { RecordingsPage } from "./recordings";
import { SignIn } from "./signin";
import type { Me } from "./types";
import { WallPage } from "./wall";
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

function Signed({ me, onEnded }: { me: Me; onEnded: () => void }) {
  const { say } = useLanguage();
  const tabs = TABS.filter(([, right]) => me.rights.includes(right)).map(([tab]) => tab);
  const wanted = location.hash.slice(1) as Tab;
  const [tab, setTab] = useState<Tab | undefined>(tabs.includes(wanted) ? wanted : tabs[0]);
  const [link, setLink] = useState<LinkState>("up");
  const [listeners] = useState(() => new Set<(message: Message) => void>());
  const subscribe = useCallback(
    (listener: (message: Message) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [listeners],
  );

  useEffect(() => {
    const live = new Live(
      (message) => {
        for (const listener of listeners) listener(message);
      },
      (state) => (state === "ended" ? onEnded() : setLink(state)),
    );
    live.start();
    return () => live.stop();
  }, [listeners, onEnded]);

  const leave = async () => {
    await api("POST", "/api/sign-out", {}).catch(() => undefined);
    onEnded();
  };
  const choose = (next: Tab) => {
    setTab(next);
    history.replaceState(null, "", `#${next}`);
  };

  return (
    <>
      <Header me={me} tabs={tabs} tab={tab} onTab={choose} onLeave={() => void leave()} />
      {link === "down" && <LinkDown />}
      <main id="main">
        {/* The desk stays mounted: a call must not end because somebody looks at the wall. */}
        {tabs.includes("desk") && (
          <div hidden={tab !== "desk"}>
            <DeskPage me={me} subscribe={subscribe} />
          </div>
        )}
        {tab === "wall" && <WallPage me={me} subscribe={subscribe} />}
        {tab === "recordings" && <RecordingsPage />}
        {tab === "knowledge" && <Knowledge intent="" wide />}
        {tab === "people" && <PeoplePage />}
        {tab === "audit" && <AuditPage />}
        {!tab && <p>{say("nothing_allowed")}</p>}
      </main>
    </>
  );
}

function LinkDown() {
  const { say } = useLanguage();
  return (
    <p className="banner warn" role="status">
      {say("link_down")}
    </p>
  );
}

function Header(props: { me: Me; tabs: Tab[]; tab: Tab | undefined; onTab: (tab: Tab) => void; onLeave: () => void }) {
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
      <button type="button" onClick={props.onLeave}>
        {say("sign_out")}
      </button>
    </header>
  );
}
