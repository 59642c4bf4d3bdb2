import { type FormEvent, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { useLanguage } from "./language";
import type { ToolProps } from "./tools";
import { slotValue } from "./words";

interface Place {
  session_id: number;
  hospital: string;
  department: string;
  doctor: string;
  date: string;
  part_of_day: string;
  fee_yuan: number;
  remaining: number;
}

interface Offer {
  values: Record<string, unknown>;
  departments: string[];
  hospitals: string[];
}

interface Wanted {
  department: string;
  date: string;
  part_of_day: string;
  hospital: string;
}

/** What the bot had begun is finished here, through the same office: look for places, choose one, tell the code. */
export function BookingForm({ call, onProblem }: ToolProps) {
  const { english, say } = useLanguage();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [wanted, setWanted] = useState<Wanted>({ department: "", date: "", part_of_day: "am", hospital: "" });
  const [found, setFound] = useState<{ sessions: Place[]; nearest: Place[] } | null>(null);
  const [place, setPlace] = useState(0);
  const [patient, setPatient] = useState("self");
  const [name, setName] = useState("");
  const [code, setCode] = useState("");
  const first = useRef<HTMLSelectElement>(null);
  const path = `/api/calls/${encodeURIComponent(call.call_id)}/form`;

  useEffect(() => {
    api<Offer>("GET", path).then((told) => {
      const text = (slot: string) => (typeof told.values[slot] === "string" ? (told.values[slot] as string) : "");
      const department = text("department");
      setOffer({ ...told, departments: department && !told.departments.includes(department) ? [department, ...told.departments] : told.departments });
      setWanted({
        department: department || (told.departments[0] ?? ""),
        date: text("date"),
        part_of_day: text("part_of_day") === "pm" ? "pm" : "am",
        hospital: text("hospital"),
      });
      setName(text("patient_name") || text("person_name"));
      if (text("patient") === "other") setPatient("other");
    }, onProblem);
  }, [path]);
  const ready = offer !== null;
  useEffect(() => first.current?.focus(), [ready]);
  if (!offer) return null;

  const change = (part: Partial<Wanted>) => {
    setWanted({ ...wanted, ...part });
    setFound(null);
    setPlace(0);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onProblem(null);
    if (place === 0) {
      api<{ sessions: Place[]; nearest: Place[] }>("POST", `${path}/places`, wanted).then((told) => {
        setFound(told);
        setPlace((told.sessions[0] ?? told.nearest[0])?.session_id ?? 0);
      }, onProblem);
      return;
    }
    const body = { session_id: place, patient, patient_name: patient === "other" ? name : "" };
    api<{ code: string }>("POST", `${path}/book`, body).then((told) => setCode(told.code), onProblem);
  };
  if (code)
    return (
      <p role="status" className="tool booked">
        {say("form_booked")} <strong>{code.replace(/(..)/g, "$1 ").trim()}</strong>
        <button
          type="button"
          onClick={() => {
            setCode("");
            setFound(null);
            setPlace(0);
          }}
        >
          {say("form_new")}
        </button>
      </p>
    );
  const places = found ? (found.sessions.length > 0 ? found.sessions : found.nearest) : [];
  return (
    <form className="tool" aria-label={say("form")} onSubmit={submit}>
      <label className="inline">
        {say("form_department")}
        <select ref={first} value={wanted.department} onChange={(event) => change({ department: event.target.value })}>
          {offer.departments.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label className="inline">
        {say("form_date")}
        <input type="date" required value={wanted.date} onChange={(event) => change({ date: event.target.value })} />
      </label>
      <label className="inline">
        {say("form_part")}
        <select value={wanted.part_of_day} onChange={(event) => change({ part_of_day: event.target.value })}>
          <option value="am">{slotValue("am", english)}</option>
          <option value="pm">{slotValue("pm", english)}</option>
        </select>
      </label>
      <label className="inline">
        {say("form_hospital")}
        <select value={wanted.hospital} onChange={(event) => change({ hospital: event.target.value })}>
          <option value="">{say("form_any")}</option>
          {offer.hospitals.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      {found && places.length === 0 && <p role="status">{say("form_none")}</p>}
      {found && found.sessions.length === 0 && places.length > 0 && <p role="status">{say("form_none_that_day")}</p>}
      {places.length > 0 && (
        <>
          <label className="wide">
            {say("form_places")}
            <select value={place} onChange={(event) => setPlace(Number(event.target.value))}>
              {places.map((one) => (
                <option key={one.session_id} value={one.session_id}>
                  {one.date} {slotValue(one.part_of_day, english)} {one.hospital} {one.doctor} · {one.fee_yuan} · {one.remaining}
                </option>
              ))}
            </select>
          </label>
          <label className="inline">
            {say("form_patient")}
            <select value={patient} onChange={(event) => setPatient(event.target.value)}>
              <option value="self">{say("form_self")}</option>
              <option value="other">{say("form_other")}</option>
            </select>
          </label>
          {patient === "other" && (
            <label className="inline">
              {say("form_name")}
              <input required value={name} maxLength={40} onChange={(event) => setName(event.target.value)} />
            </label>
          )}
        </>
      )}
      <button type="submit" className="main">
        {say(place === 0 ? "form_find" : "form_book")}
      </button>
    </form>
  );
}
