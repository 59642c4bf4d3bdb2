import { useEffect, useRef, useState } from "react";
import { api } from "./api";
import { BookingForm } from "./booking";
import { ToBot } from "./bot";
import { ConsultList, ConsultState } from "./consult";
import { useLanguage } from "./language";
import { Messages } from "./messages";
import type { Call, Story } from "./types";

export interface ToolProps {
  call: Call;
  story: Story;
  onProblem: (problem: unknown) => void;
  onDone: () => void;
}

type Panel = "" | "consult" | "bot" | "message" | "form";

/** What an agent can do with a call beside talking: one panel at a time, each opened by a key. */
export function CallTools({ call, story, onProblem }: Omit<ToolProps, "onDone">) {
  const { say } = useLanguage();
  const [panel, setPanel] = useState<Panel>("");
  const [notice, setNotice] = useState("");
  const stage = call.consult?.stage ?? "";
  const before = useRef(stage);
  const path = `/api/calls/${encodeURIComponent(call.call_id)}`;

  useEffect(() => {
    if (before.current && !stage) setNotice(before.current === "ringing" ? "consult_unanswered" : "consult_left");
    else if (stage) setNotice("");
    before.current = stage;
  }, [stage]);

  const open = (one: Panel) => setPanel((now) => (now === one ? "" : one));
  const act = (what: string, body: unknown = {}) => {
    setPanel("");
    setNotice("");
    onProblem(null);
    void api("POST", `${path}/${what}`, body).catch(onProblem);
  };

  const replay = () => {
    setNotice("");
    const sound = new Audio(`${path}/last-sentence?${Date.now()}`);
    void sound.play().catch(() => setNotice("replay_none"));
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const actions: Record<string, () => void> = stage
        ? {
            F3: () => act("consult/back"),
            F7: () => act("consult/join"),
            F10: () => act("consult/leave"),
          }
        : { F1: () => open("bot"), F3: () => open("consult"), F7: () => act("consult", { target: "interpreter" }) };
      const panels: Record<string, Panel> = { KeyM: "message", KeyB: "form" };
      const wanted = event.altKey ? panels[event.code] : undefined;
      if (event.altKey && event.code === "KeyR") {
        event.preventDefault();
        if (!event.repeat) replay();
        return;
      }
      if (wanted) {
        event.preventDefault();
        if (!event.repeat) open(wanted);
        return;
      }
      const action = actions[event.key];
      if (action) {
        event.preventDefault();
        if (!event.repeat) action();
      } else if (event.key === "Escape" && panel) setPanel("");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  const props = { call, story, onProblem, onDone: () => setPanel("") };
  return (
    <div className="tools">
      {notice && <p role="status">{say(notice)}</p>}
      {call.consult ? (
        <ConsultState consult={call.consult} onAct={act} />
      ) : (
        <div className="buttons">
          <button type="button" aria-expanded={panel === "consult"} onClick={() => open("consult")}>
            {say("consult")} <kbd>F3</kbd>
          </button>
          <button type="button" onClick={() => act("consult", { target: "interpreter" })}>
            {say("interpreter")} <kbd>F7</kbd>
          </button>
          <button type="button" aria-expanded={panel === "bot"} onClick={() => open("bot")}>
            {say("to_bot")} <kbd>F1</kbd>
          </button>
          <button type="button" aria-expanded={panel === "message"} onClick={() => open("message")}>
            {say("message")} <kbd>Alt+M</kbd>
          </button>
          <button type="button" aria-expanded={panel === "form"} onClick={() => open("form")}>
            {say("form")} <kbd>Alt+B</kbd>
          </button>
          <button type="button" onClick={replay}>
            {say("replay")} <kbd>Alt+R</kbd>
          </button>
        </div>
      )}
      {panel === "consult" && !call.consult && <ConsultList {...props} onAsk={(target) => act("consult", { target })} />}
      {panel === "bot" && <ToBot {...props} />}
      {panel === "message" && <Messages {...props} />}
      {panel === "form" && <BookingForm {...props} />}
    </div>
  );
}
