import { Fragment, useEffect, useRef } from "react";
import { Colleagues } from "./colleagues";
import { useLanguage } from "./language";
import type { Call, Line, Story, Ticket } from "./types";
import { intentName, languageName, slotName, slotValue } from "./words";

export function StoryPanel({ call, story }: { call: Call; story: Story }) {
  const { english, say } = useLanguage();
  const facts: [string, string][] = [
    [say("number"), story.number ?? say("withheld")],
    [say("band"), say(`band_${call.band}`)],
    [say("language"), languageName(call.language, english)],
    [say("why"), call.why ? say(`why_${call.why}`) : "–"],
    [say("wants"), story.intent ? intentName(story.intent, english) : "–"],
  ];
  const also = (story.wishes ?? []).map((intent) => intentName(intent, english));
  if (also.length > 0) facts.push([say("also_wants"), also.join(english ? ", " : "、")]);
  return (
    <section className="card story" aria-label={say("who")}>
      <h2 className={`band-${call.band}`}>{story.name ?? call.name ?? say("unknown")}</h2>
      {story.problem && <p role="alert">{story.problem}</p>}
      {story.flags.map((flag) => (
        <p key={flag.flag} role="alert" className="flag">
          <strong>{say(`flag_${flag.flag}`)}</strong> “{flag.reason}”
        </p>
      ))}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Colleagues colleagues={story.colleagues ?? []} />
      <Tickets tickets={story.tickets} />
      <h3>{say("filled")}</h3>
      <Filled slots={story.slots} />
      <h3>{say("transcript")}</h3>
      <Transcript lines={story.lines} />
      <h3>{say("earlier")}</h3>
      {story.earlier.length === 0 && <p className="quiet">{say("first_call")}</p>}
      <ul className="earlier">
        {story.earlier.map((earlier) => (
          <li key={earlier.call_id}>
            <time dateTime={earlier.started_at}>{new Date(earlier.started_at).toLocaleString(english ? "en-GB" : "zh-CN")}</time>{" "}
            {earlier.subject ?? (earlier.outcome ? say(`outcome_${earlier.outcome}`) : "")}
            {earlier.ticket && <strong className="tag">{say("open_ticket")}</strong>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tickets({ tickets }: { tickets: Ticket[] }) {
  const { english, say } = useLanguage();
  if (tickets.length === 0) return null;
  const day = (at: string) => new Date(at).toLocaleDateString(english ? "en-GB" : "zh-CN");
  return (
    <>
      <h3>{say("tickets")}</h3>
      <ul className="earlier" aria-label={say("tickets")}>
        {tickets.map((ticket) => (
          <li key={ticket.number}>
            <strong className="tag">#{ticket.number}</strong> {say(`ticket_${ticket.kind}`)} {day(ticket.opened_at)}
            {ticket.follow_up_on && ` · ${say("follow_up_on")} ${ticket.follow_up_on}`}
            {ticket.text && <div>{ticket.text}</div>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Filled({ slots }: { slots: Record<string, unknown> }) {
  const { english, say } = useLanguage();
  const entries = Object.entries(slots).filter(([, value]) => value !== null && value !== "");
  if (entries.length === 0) return <p className="quiet">{say("nothing_filled")}</p>;
  return (
    <dl className="facts">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{slotName(name, english)}</dt>
          <dd>{slotValue(value, english)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Transcript({ lines }: { lines: Line[] }) {
  const { say } = useLanguage();
  const end = useRef<HTMLLIElement>(null);
  const spoken = lines.filter((line) => ["utterance", "prompt_started", "key", "silence", "talk"].includes(line.kind));
  useEffect(() => {
    // Newer browsers give a promise back; as the result of an effect it would be called, and the page would be gone.
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [spoken.length]);
  if (spoken.length === 0) return <p className="quiet">{say("nothing_said")}</p>;
  return (
    <ol className="transcript" tabIndex={0} aria-label={say("transcript")} aria-live="polite">
      {spoken.map((line, place) => (
        <Fragment key={line.id}>
          {line.before && place === 0 && <li className="quiet">{say("story_of_the_call")}</li>}
          {!line.before && spoken[place - 1]?.before && <li className="quiet">{say("story_of_the_call_back")}</li>}
          <li className={sideOf(line)}>
            {line.kind === "talk" && <span className="side">{say(line.data.side === "agent" ? "side_agent" : "side_caller")}</span>}
            <Said line={line} />
          </li>
        </Fragment>
      ))}
      <li ref={end} aria-hidden="true" className="end" />
    </ol>
  );
}

function sideOf(line: Line): string {
  if (line.kind === "talk") return line.data.side === "agent" ? "agent" : "caller";
  return line.kind === "prompt_started" ? "bot" : "caller";
}

function Said({ line }: { line: Line }) {
  const { say } = useLanguage();
  if (line.kind === "prompt_started") return <>{String(line.data.text ?? "")}</>;
  if (line.kind === "key") return <kbd>{String(line.data.digits ?? "")}</kbd>;
  if (line.kind === "silence") return <>……</>;
  if (line.data.left_out) return <em>{say("talk_left_out")}</em>;
  return (
    <>
      {(line.words ?? []).map((word, place) =>
        word.sure ? (
          <span key={place}>{word.text}</span>
        ) : (
          <mark key={place} title={say("unsure")}>
            {word.text}
            <span className="hidden-text">（{say("unsure")}）</span>
          </mark>
        ),
      )}
      {(line.beside ?? []).length > 0 && (
        <small className="beside">
          {say("maybe")}
          {line.beside?.join(" / ")}
        </small>
      )}
    </>
  );
}
