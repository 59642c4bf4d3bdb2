import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "react";
import { api, sentence } from "./api";
import { Clock, type Subscribe } from "./desk";
import { useLanguage } from "./language";
import type { Me, Service, WallFacts } from "./types";
import { languageName } from "./words";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, CanvasRenderer]);

export function WallPage({ me, subscribe }: { me: Me; subscribe: Subscribe }) {
  const { english, say } = useLanguage();
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

  const listen = (callId: string, whisper: boolean) =>
    void api("POST", `/api/calls/${encodeURIComponent(callId)}/listen`, { whisper }).then(() => setProblem(null), setProblem);
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
      {problem !== null && (
        <p role="alert" className="banner warn">
          {sentence(problem, english)}
        </p>
      )}
      {facts && (
        <>
          <Tiles facts={facts} />
          <div className="columns">
            <Calls facts={facts} mayListen={me.rights.includes("listen")} onListen={listen} />
            <Agents facts={facts} />
          </div>
          <section className="card">
            <h2>{say("by_hour")}</h2>
            <Chart hours={facts.by_hour} />
          </section>
        </>
      )}
    </div>
  );
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}

function Tiles({ facts }: { facts: WallFacts }) {
  const { english, say } = useLanguage();
  const total = Object.values(facts.by_state).reduce((sum, count) => sum + count, 0);
  const states = Object.entries(facts.by_state).map(([state, count]) => `${say(`state_${state}`)} ${count}`);
  const languages = Object.entries(facts.by_language).map(([code, count]) => `${languageName(code, english)} ${count}`);
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
      <Tile label={say("owed")} value={String(facts.owed)} bad={facts.overdue > 0} more={`${say("overdue")} ${facts.overdue}`} />
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

function Calls(props: { facts: WallFacts; mayListen: boolean; onListen: (callId: string, whisper: boolean) => void }) {
  const { english, say } = useLanguage();
  return (
    <section className="card">
      <h2>{say("now")}</h2>
      {props.facts.calls.length === 0 && <p className="quiet">{say("none")}</p>}
      {props.facts.calls.length > 0 && (
        <table>
          <thead>
            <tr>
              {["state", "band", "language", "number", "duration"].map((word) => (
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
                <td>{call.number}</td>
                <td>
                  <Clock since={call.since} />
                </td>
                {props.mayListen && (
                  <td>
                    {call.state === "talking" && (
                      <>
                        <button type="button" onClick={() => props.onListen(call.call_id, false)}>
                          {say("listen")}
                        </button>
                        <button type="button" onClick={() => props.onListen(call.call_id, true)}>
                          {say("whisper")}
                        </button>
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

function Chart({ hours }: { hours: WallFacts["by_hour"] }) {
  const { say } = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>(undefined);
  useEffect(() => {
    if (!box.current) return;
    const made = echarts.init(box.current);
    chart.current = made;
    const resize = () => made.resize();
    window.addEventListener("resize", resize);
    return () => {
      window.removeEventListener("resize", resize);
      made.dispose();
    };
  }, []);
  useEffect(() => {
    const text = { color: "#1c2733", fontSize: 14 };
    chart.current?.setOption({
      animation: false,
      legend: { top: 0, textStyle: text },
      grid: { left: 50, right: 60, top: 40, bottom: 30 },
      xAxis: { type: "category", data: hours.map((hour) => String(hour.hour)), axisLabel: text },
      yAxis: [
        { type: "value", minInterval: 1, axisLabel: text },
        { type: "value", min: 0, max: 100, axisLabel: { ...text, formatter: "{value}%" }, splitLine: { show: false } },
      ],
      series: [
        { name: say("chart_calls"), type: "bar", data: hours.map((hour) => hour.calls), itemStyle: { color: "#1f5fa8" } },
        {
          name: say("within_15"),
          type: "line",
          yAxisIndex: 1,
          data: hours.map((hour) => (hour.share_15 === null ? null : 100 * hour.share_15)),
          itemStyle: { color: "#8a4b00" },
          markLine: { symbol: "none", data: [{ yAxis: 95 }], lineStyle: { color: "#a11616" } },
        },
      ],
    });
  }, [hours, say]);
  const told = hours.filter((hour) => hour.calls > 0).map((hour) => `${hour.hour}: ${hour.calls}, ${percent(hour.share_15)}`);
  return <div ref={box} className="chart" role="img" aria-label={`${say("by_hour")} ${told.join("; ")}`} />;
}
