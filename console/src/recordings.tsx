/** Recordings: what there is, until when it is kept, and playing it with its picture. Each listen is on record. */

import { useCallback, useEffect, useRef, useState } from "react";
import WaveSurfer from "wavesurfer.js";
import { api } from "./api";
import { useLanguage } from "./language";
import { Problem } from "./problem";

interface Recording {
  id: number;
  call_id: string;
  began_at: string;
  seconds: number;
  kept_as: string;
  delete_on: string;
  number: string | null;
}
interface Listed {
  keep_days: Record<string, number>;
  policy: string;
  recordings: Recording[];
}
interface Heard extends Recording {
  peaks: number[][];
  pauses: { at: string; kind: string; by: string }[];
  grant: string;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function RecordingsPage() {
  const { english, say } = useLanguage();
  const [listed, setListed] = useState<Listed | null>(null);
  const [heard, setHeard] = useState<Heard | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const load = useCallback(() => void api<Listed>("GET", "/api/recordings").then(setListed, setProblem), []);
  useEffect(load, [load]);
  const open = async (id: number) => {
    try {
      setHeard(await api<Heard>("POST", `/api/recordings/${id}/listen`, {}));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  };
  const day = (at: string) => new Date(at).toLocaleString(english ? "en-GB" : "zh-CN");
  return (
    <>
      <h1>{say("recordings")}</h1>
      <Problem error={problem} />
      {heard && <Player key={heard.grant} heard={heard} onProblem={setProblem} />}
      {listed && (
        <section className="card">
          <p className="quiet">
            {say(listed.policy === "off" ? "rec_policy_off" : "rec_policy_persons")}{" "}
            {Object.entries(listed.keep_days).map(([kind, days]) => (
              <span key={kind}>
                {say(`kept_${kind}`)} {days} {say("days")}{" · "}
              </span>
            ))}
            {say("rec_audited")}
          </p>
          <div className="buttons">
            <button type="button" onClick={load}>
              {say("rec_refresh")}
            </button>
          </div>
          {listed.recordings.length === 0 ? (
            <p>{say("none")}</p>
          ) : (
            <table>
              <thead>
                <tr>
                  {["rec_began", "number", "duration", "rec_class", "rec_until", "rec_play"].map((name) => (
                    <th scope="col" key={name}>
                      {say(name)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {listed.recordings.map((one) => (
                  <tr key={one.id} aria-current={heard?.id === one.id ? "true" : undefined}>
                    <td>{day(one.began_at)}</td>
                    <td>{one.number ?? say("withheld")}</td>
                    <td>{clock(one.seconds)}</td>
                    <td>{say(`kept_${one.kept_as}`)}</td>
                    <td>{one.delete_on}</td>
                    <td>
                      <button type="button" onClick={() => void open(one.id)}>
                        {say("rec_play")}
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      )}
    </>
  );
}

function Player({ heard, onProblem }: { heard: Heard; onProblem: (problem: unknown) => void }) {
  const { say } = useLanguage();
  const place = useRef<HTMLDivElement>(null);
  const wave = useRef<WaveSurfer | null>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (!place.current) return;
    // The picture comes from the server: a browser need not load an hour of sound to draw it.
    const made = WaveSurfer.create({
      container: place.current,
      url: `/api/recordings/${heard.id}/sound?grant=${encodeURIComponent(heard.grant)}`,
      peaks: heard.peaks,
      duration: heard.seconds,
      height: 56,
      normalize: true,
      cursorColor: "#a11616",
      cursorWidth: 2,
      splitChannels: [
        { waveColor: "#8aa0b6", progressColor: "#1b6e3c" },
        { waveColor: "#8aa0b6", progressColor: "#1f5fa8" },
      ],
    });
    wave.current = made;
    made.on("play", () => setPlaying(true));
    made.on("pause", () => setPlaying(false));
    made.on("finish", () => setPlaying(false));
    made.on("timeupdate", setAt);
    made.on("error", () => onProblem(new Error(say("rec_unplayable"))));
    return () => {
      wave.current = null;
      made.destroy();
    };
  }, [heard, onProblem, say]);
  const paused = heard.pauses.filter((one) => one.kind === "recording_paused");
  return (
    <section className="card player" aria-label={say("rec_player")}>
      <h2>
        {heard.number ?? ""} {new Date(heard.began_at).toLocaleString()}
      </h2>
      <div className="wave">
        <p className="channels" aria-hidden="true">
          <span>{say("side_agent")}</span>
          <span>{say("side_caller")}</span>
        </p>
        <div ref={place} className="picture" data-testid="wave" />
      </div>
      <div className="buttons">
        <button type="button" className="main" autoFocus onClick={() => void wave.current?.playPause().catch(onProblem)}>
          {say(playing ? "rec_stop" : "rec_play")}
        </button>
        <button type="button" onClick={() => wave.current?.skip(-10)}>
          {say("rec_back")}
        </button>
        <button type="button" onClick={() => wave.current?.skip(10)}>
          {say("rec_on_10")}
        </button>
        <label className="inline">
          {say("rec_place")}
          <input
            type="range"
            min={0}
            max={Math.ceil(heard.seconds)}
            value={Math.floor(at)}
            onChange={(event) => wave.current?.setTime(Number(event.target.value))}
          />
        </label>
        <span className="clock" data-testid="place">
          {clock(at)} / {clock(heard.seconds)}
        </span>
      </div>
      {paused.length > 0 && (
        <p className="quiet">
          {say("rec_pauses")}{" "}
          {paused.map((one) => `${new Date(one.at).toLocaleTimeString()}（${say(`pause_by_${one.by}`)}）`).join("，")}
        </p>
      )}
    </section>
  );
}
