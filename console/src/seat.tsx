import { type FormEvent, useEffect, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";
import type { Me, Seat } from "./types";
import { languageName } from "./words";

const RETRY_MS = 3000;

interface Place {
  seat: string;
  kind: "web" | "phone";
  taken_by: string | null;
}

export function ChooseSeat({ me, onSeat }: { me: Me; onSeat: (seat: Seat) => void }) {
  const { english, say } = useLanguage();
  const [places, setPlaces] = useState<Place[]>([]);
  const [problem, setProblem] = useState<unknown>(null);
  const freeOf = (all: Place[]) => all.find((place) => !place.taken_by || place.taken_by === me.name);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const load = () => {
      api<Place[]>("GET", "/api/seats").then(
        (found) => {
          setPlaces(found);
          setProblem(null);
          if (freeOf(found) === undefined) timer = setTimeout(load, RETRY_MS);
        },
        (error: unknown) => {
          setProblem(error);
          timer = setTimeout(load, RETRY_MS);
        },
      );
    };
    load();
    return () => clearTimeout(timer);
    // eslint-disable-next-line
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      onSeat(await api<Seat>("POST", "/api/seat", Object.fromEntries(new FormData(event.currentTarget))));
    } catch (error) {
      setProblem(error);
      api<Place[]>("GET", "/api/seats").then(setPlaces, setProblem);
    }
  };
  const free = freeOf(places);
  const codes = [...new Set([...me.languages.filter((code) => me.offered.includes(code)), ...me.offered])];

  return (
    <form className="card seat-form" onSubmit={(event) => void submit(event)}>
      <h2>{say("choose_seat")}</h2>
      <fieldset>
        <legend>{say("choose_seat")}</legend>
        {places.map((place) => (
          <label key={place.seat} className="choice">
            <input
              type="radio"
              name="seat"
              value={place.seat}
              defaultChecked={place.seat === free?.seat}
              disabled={place.taken_by !== null && place.taken_by !== me.name}
              required
            />
            {place.seat} · {say(place.kind === "web" ? "web_seat" : "phone_seat")}
            {place.taken_by && ` · ${say("taken_by")} ${place.taken_by}`}
          </label>
        ))}
      </fieldset>
      <label>
        {say("language")}
        <select name="language">
          {codes.map((code) => (
            <option key={code} value={code}>
              {languageName(code, english)}
            </option>
          ))}
        </select>
      </label>
      {places.length > 0 && free === undefined && <p role="status">{say("no_free_seat")}</p>}
      {problem !== null && (
        <p role="alert" className="problem">
          {sentence(problem, english)}
        </p>
      )}
      <button type="submit" className="main" disabled={free === undefined}>
        {say("take")}
      </button>
    </form>
  );
}
