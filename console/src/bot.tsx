import { type FormEvent, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { useLanguage } from "./language";
import type { ToolProps } from "./tools";
import { intentName, slotName, slotValue } from "./words";

interface Service {
  flow: string;
  title: string;
  intents: string[];
  questions: string[];
}

/** Back to the bot: which service, from which question on; what is filled in goes along. */
export function ToBot({ call, story, onProblem, onDone }: ToolProps) {
  const { english, say } = useLanguage();
  const [services, setServices] = useState<Service[]>([]);
  const [flow, setFlow] = useState("");
  const [again, setAgain] = useState("");
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    api<Service[]>("GET", "/api/services").then((found) => {
      setServices(found);
      setFlow((found.find((one) => one.intents.includes(story.intent ?? "")) ?? found[0])?.flow ?? "");
    }, onProblem);
  }, []);
  useEffect(() => first.current?.focus(), [services]);
  const chosen = services.find((one) => one.flow === flow);
  const kept = Object.entries(story.slots).filter(([name, value]) => name !== again && value !== null && value !== "" && value !== "……");
  const send = (event: FormEvent) => {
    event.preventDefault();
    const body = { flow, again, values: Object.fromEntries(kept) };
    api("POST", `/api/calls/${encodeURIComponent(call.call_id)}/to-bot`, body).then(onDone, onProblem);
  };
  if (services.length === 0) return null;
  return (
    <form className="tool" aria-label={say("to_bot")} onSubmit={send}>
      <label className="inline">
        {say("to_bot_service")}
        <select ref={first} value={flow} onChange={(event) => { setFlow(event.target.value); setAgain(""); }}>
          {services.map((one) => (
            <option key={one.flow} value={one.flow}>
              {english ? intentName(one.intents[0] ?? one.flow, true) : one.title}
            </option>
          ))}
        </select>
      </label>
      <label className="inline">
        {say("to_bot_step")}
        <select value={again} onChange={(event) => setAgain(event.target.value)}>
          <option value="">{say("to_bot_beginning")}</option>
          {(chosen?.questions ?? []).map((one) => (
            <option key={one} value={one}>
              {slotName(one, english)}
            </option>
          ))}
        </select>
      </label>
      {kept.length > 0 && (
        <p className="quiet">
          {say("to_bot_kept")}：{kept.map(([name, value]) => `${slotName(name, english)} ${slotValue(value, english)}`).join("，")}
        </p>
      )}
      <button type="submit" className="main">
        {say("to_bot_send")}
      </button>
    </form>
  );
}
