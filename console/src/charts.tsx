import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";
import type { Part, WallFacts } from "./types";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, CanvasRenderer]);

type Span = "hour" | "day" | "week";
type Named = Part & { name: string };
const AGAIN_MS = 60_000;

export function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}

/** Calls and how soon they were answered: today by hour, or the last days or weeks. */
export function Charts({ hours, big }: { hours: WallFacts["by_hour"]; big: boolean }) {
  const { english, say } = useLanguage();
  const [span, setSpan] = useState<Span>("hour");
  const [parts, setParts] = useState<Named[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    if (span === "hour") return;
    let gone = false;
    const read = () =>
      api<(Part & { day: string })[]>("GET", `/api/wall/days?by=${span}`).then(
        (found) => {
          if (gone) return;
          setParts(found.map((part) => ({ ...part, name: part.day.slice(5) })));
          setProblem(null);
        },
        (error) => !gone && setProblem(error),
      );
    void read();
    const timer = setInterval(() => void read(), AGAIN_MS);
    return () => {
      gone = true;
      clearInterval(timer);
      setParts(null);
    };
  }, [span]);
  const shown = span === "hour" ? hours.map((hour) => ({ ...hour, name: String(hour.hour) })) : parts;
  return (
    <section className="card">
      <h2>{say(`by_${span}`)}</h2>
      <div className="buttons">
        {(["hour", "day", "week"] as const).map((one) => (
          <button key={one} type="button" aria-pressed={one === span} onClick={() => setSpan(one)}>
            {say(`span_${one}`)}
          </button>
        ))}
      </div>
      {problem !== null && (
        <p role="alert" className="problem">
          {sentence(problem, english)}
        </p>
      )}
      {shown && <Chart key={span} parts={shown} title={say(`by_${span}`)} big={big} />}
    </section>
  );
}

function Chart({ parts, title, big }: { parts: Named[]; title: string; big: boolean }) {
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
    const text = { color: "#1c2733", fontSize: big ? 22 : 14 };
    chart.current?.resize();
    chart.current?.setOption({
      animation: false,
      legend: { top: 0, textStyle: text },
      grid: { left: big ? 70 : 50, right: big ? 100 : 60, top: big ? 60 : 40, bottom: big ? 45 : 30 },
      xAxis: { type: "category", data: parts.map((part) => part.name), axisLabel: text },
      yAxis: [
        { type: "value", minInterval: 1, axisLabel: text },
        { type: "value", min: 0, max: 100, axisLabel: { ...text, formatter: "{value}%" }, splitLine: { show: false } },
      ],
      series: [
        { name: say("chart_calls"), type: "bar", data: parts.map((part) => part.calls), itemStyle: { color: "#1f5fa8" } },
        {
          name: say("within_15"),
          type: "line",
          yAxisIndex: 1,
          data: parts.map((part) => (part.share_15 === null ? null : 100 * part.share_15)),
          itemStyle: { color: "#8a4b00" },
          markLine: { symbol: "none", data: [{ yAxis: 95 }], lineStyle: { color: "#a11616" } },
        },
      ],
    });
  }, [parts, say, big]);
  const told = parts.filter((part) => part.calls > 0).map((part) => `${part.name}: ${part.calls}, ${percent(part.share_15)}`);
  return <div ref={box} className="chart" role="img" aria-label={`${title} ${told.join("; ")}`} />;
}
