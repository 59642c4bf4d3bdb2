import { useEffect, useState } from "react";
import { api } from "./api";
import { Charts, percent } from "./charts";
import { Clock } from "./clock";
import type { Subscribe } from "./live";
import { useLanguage } from "./language";
import { Problem } from "./problem";
import type { Me, Service, WallFacts } from "./types";
import { Urgent } from "./urgent";
import { languageName } from "./words";

export function WallPage({ me, subscribe }: { me: Me; subscribe: Subscribe }) {
  const { say } = useLanguage();
  const [facts, setFacts] = useState<WallFacts | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [big, setBig] = useState(false);
  useEffect(() => {
    api<WallFacts>("GET", "/api/wall").then(setFacts, setProblem);
    return subscribe((message) => {
      if (message.type === "wall") {
        setFacts(message.wall as WallFacts);
        setProblem(null);
      } else if (message.type === "wall_problem") setProblem(new Error(String(message.message)));
    });
  }, [subscribe]);
  useEffect(() => {
    document.documentElement.classList.toggle("big-screen", big);
    return () => document.documentElement.classList.remove("big-screen");
  }, [big]);

  useEffect(() => {
    // On a big screen there is no mouse and no header: the key that every full screen is left with.
    const leave = (event: KeyboardEvent) => event.key === "Escape" && setBig(false);
    window.addEventListener("keydown", leave);
    return () => window.removeEventListener("keydown", leave);
  }, []);

  const listen = (callId: string, mode: string) =>
    void api("POST", `/api/calls/${encodeURIComponent(callId)}/listen`, { mode }).then(() => setProblem(null), setProblem);
  const month = new Date().toISOString().slice(0, 7);

  return (
    <div className="wall">
      <h1>{say("wall")}</h1>
      <div className="buttons">
        <button type="button" aria-pressed={big} onClick={() => setBig(!big)}>
          {say("big_screen")}
        </button>
        <a className="button" href="/api/export/calls.csv" download>
          {say("export_calls")}
        </a>
        <a className="button" href={`/api/export/ledger.csv?month=${month}`} download>
          {say("export_ledger")}
        </a>
      </div>
      <Problem error={problem} />
      {facts && (
        <>
          <Tiles facts={facts} />
          <div className="columns">
            <Calls facts={facts} mayListen={me.rights.includes("listen") && !big} onListen={listen} onProblem={setProblem} />
            <Agents facts={facts} />
          </div>
          <div className="columns">
            <Charts hours={facts.by_hour} big={big} />
            <Offices facts={facts} />
          </div>
        </>
      )}
    </div>
  );
}

function Tiles({ facts }: { facts: WallFacts }) {
  const { english, say } = useLanguage();
  const total = Object.values(facts.by_state).reduce((sum, count) => sum + count, 0);
  const states = Object.entries(facts.by_state).map(([state, count]) => `${say(`state_${state}`)} ${count}`);
  const languages = Object.entries(facts.by_language).map(([code, count]) => `${languageName(code, english)} ${count}`);
  const counties = Object.entries(facts.by_county).map(
    ([county, count]) => `${county === "unknown" ? say("county_unknown") : county} ${count}`,
  );
  const agents = Object.entries(facts.agents_by_state).map(([state, count]) => `${say(`state_${state}`)} ${count}`);
  const { satisfaction } = facts;
  const scores = ["satisfied", "fair", "unsatisfied"] as const;
  const service = (name: string, one: Service) => (
    <Tile
      key={name}
      label={`${say("within_15")} · ${say(name)}`}
      value={percent(one.share_15)}
      bad={one.share_15 !== null && one.share_15 < one.goal}
      more={`${say("within_30")} ${percent(one.share_30)} · ${say("goal")} ${percent(one.goal)}`}
    />
  );
  return (
    <dl className="tiles">
      <Tile label={say("calls_now")} value={String(total)} more={[...states, ...languages].join(" · ")} />
      <Tile label={say("waiting_now")} value={String(facts.waiting)} bad={facts.longest_wait_s > 30} more={`${say("longest_wait")} ${facts.longest_wait_s} ${say("seconds")}`} />
      {service("hour", facts.hour)}
      {service("today", facts.day)}
      <Tile label={say("agents")} value={String(facts.agents.length)} more={agents.join(" · ")} />
      <Tile label={say("owed")} value={String(facts.owed)} bad={facts.overdue > 0} more={`${say("overdue")} ${facts.overdue}`} />
      <Tile
        label={`${say("satisfaction")} · ${say("today")}`}
        value={percent(satisfaction.share)}
        more={`${scores.map((score) => `${say(`score_${score}`)} ${satisfaction[score]}`).join(" · ")} · ${say("asked")} ${satisfaction.asked}`}
      />
      {counties.length > 0 && <Tile label={say("by_county")} value={String(counties.length)} more={counties.join(" · ")} />}
    </dl>
  );
}

function Tile({ label, value, more, bad = false }: { label: string; value: string; more: string; bad?: boolean }) {
  return (
    <div className={bad ? "tile bad" : "tile"}>
      <dt>{label}</dt>
      <dd className="value">{value}</dd>
      <dd className="more">{more}</dd>
    </div>
  );
}

function Calls(props: { facts: WallFacts; mayListen: boolean; onListen: (callId: string, mode: string) => void; onProblem: (problem: unknown) => void }) {
  const { english, say } = useLanguage();
  return (
    <section className="card">
      <h2>{say("now")}</h2>
      {props.facts.calls.length === 0 && <p className="quiet">{say("none")}</p>}
      {props.facts.calls.length > 0 && (
        <table>
          <thead>
            <tr>
              {["state", "band", "language", "county", "number", "duration"].map((word) => (
                <th key={word} scope="col">
                  {say(word)}
                </th>
              ))}
              {props.mayListen && <th scope="col">{say("listen")}</th>}
            </tr>
          </thead>
          <tbody>
            {props.facts.calls.map((call) => (
              <tr key={call.call_id}>
                <td>
                  {say(`state_${call.state}`)} {call.seat}
                </td>
                <td>{say(`band_${call.band}`)}</td>
                <td>{languageName(call.language, english)}</td>
                <td>{call.county === "unknown" ? say("county_unknown") : call.county}</td>
                <td>{call.number}</td>
                <td>
                  <Clock since={call.since} />
                </td>
                {props.mayListen && (
                  <td>
                    {["waiting", "ringing", "bot"].includes(call.state) && <Urgent callId={call.call_id} band={call.band} onProblem={props.onProblem} />}
                    {call.state === "talking" && (
                      <>
                        {["listen", "whisper", "join", "take"].map((mode) => (
                          <button key={mode} type="button" title={say(`${mode}_hint`)} onClick={() => props.onListen(call.call_id, mode)}>
                            {say(`mode_${mode}`)}
                          </button>
                        ))}
                      </>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Agents({ facts }: { facts: WallFacts }) {
  const { english, say } = useLanguage();
  return (
    <section className="card">
      <h2>{say("agents")}</h2>
      {facts.agents.length === 0 && <p className="quiet">{say("no_agents")}</p>}
      <ul className="agents">
        {facts.agents.map((agent) => (
          <li key={agent.user} className={agent.state}>
            <strong>{agent.name}</strong> {agent.seat} · {say(`state_${agent.state}`)}
            {agent.reason && ` · ${say(`reason_${agent.reason}`)}`} · {languageName(agent.language, english)} ·{" "}
            <Clock since={Date.parse(agent.since) / 1000} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Offices({ facts }: { facts: WallFacts }) {
  const { say } = useLanguage();
  return (
    <section className="card">
      <h2>{say("offices")}</h2>
      {facts.offices.length === 0 && <p className="quiet">{say("offices_none")}</p>}
      <ul className="agents">
        {facts.offices.map((one) => (
          <li key={one.office} className={one.failed > 0 ? "problem" : ""}>
            <strong>{say(`office_${one.office}`)}</strong> · {say("asked_times")} {one.asked} · {say("failed")} {one.failed}
          </li>
        ))}
      </ul>
    </section>
  );
}
