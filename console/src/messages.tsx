import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";
import type { ToolProps } from "./tools";

interface Sent {
  id: string;
  text: string;
  state: string;
  at: string;
}

interface Offer {
  templates: { key: string; title: string; text: string }[];
  sent: Sent[];
  length: number;
  problem: string;
}

const AGAIN_MS = 1500;

/** A text message to the caller: a template or free words, and what became of those that were sent. */
export function Messages({ call, onProblem }: ToolProps) {
  const { english, say } = useLanguage();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [template, setTemplate] = useState("");
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLSelectElement>(null);
  const path = `/api/calls/${encodeURIComponent(call.call_id)}/messages`;
  const load = useCallback(() => void api<Offer>("GET", path).then(setOffer, onProblem), [path]);
  useEffect(() => {
    load();
    const timer = setInterval(load, AGAIN_MS); // the delivery reports come by themselves
    return () => clearInterval(timer);
  }, [load]);
  const ready = offer !== null;
  useEffect(() => first.current?.focus(), [ready]);
  if (!offer) return null;
  const choose = (key: string) => {
    setTemplate(key);
    setText(offer.templates.find((one) => one.key === key)?.text ?? "");
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    onProblem(null);
    api("POST", path, { template, text })
      .then(() => setText(""), onProblem)
      .finally(() => {
        setBusy(false);
        load();
      });
  };
  return (
    <form className="tool" aria-label={say("message")} onSubmit={send}>
      {offer.problem && <p role="alert">{sentence(new Error(offer.problem), english)}</p>}
      <label className="inline">
        {say("message_template")}
        <select ref={first} value={template} onChange={(event) => choose(event.target.value)}>
          <option value="">{say("message_free")}</option>
          {offer.templates.map((one) => (
            <option key={one.key} value={one.key}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      <label className="wide">
        {say("message_text")}（{text.length}/{offer.length}）
        <textarea rows={2} maxLength={offer.length} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <button type="submit" className="main" disabled={busy || !text.trim() || offer.problem !== ""}>
        {say(busy ? "message_state_sending" : "message_send")}
      </button>
      <h3>{say("message_sent")}</h3>
      {offer.sent.length === 0 && <p className="quiet">{say("message_none")}</p>}
      <ul className="earlier wide" aria-label={say("message_sent")}>
        {offer.sent.map((one) => (
          <li key={one.id}>
            <strong className="tag">{say(`message_state_${one.state}`)}</strong> {one.text}
          </li>
        ))}
      </ul>
    </form>
  );
}
