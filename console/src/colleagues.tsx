import { useLanguage } from "./language";
import type { Colleague } from "./types";

/** What the agents who had this call before wrote about it. */
export function Colleagues({ colleagues }: { colleagues: Colleague[] }) {
  const { say } = useLanguage();
  if (colleagues.length === 0) return null;
  return (
    <>
      <h3>{say("colleagues")}</h3>
      <ul className="earlier" aria-label={say("colleagues")}>
        {colleagues.map((one, place) => (
          <li key={place}>
            <strong>{one.name}</strong>
            {one.result && ` · ${say(`result_${one.result}`)}`}
            {one.subject && ` · ${one.subject}`}
            {one.follow_up_on && ` · ${say("follow_up_on")} ${one.follow_up_on}`}
            {one.ticket && <strong className="tag">{say("open_ticket")}</strong>}
            {one.note && <div className="written">{one.note}</div>}
          </li>
        ))}
      </ul>
    </>
  );
}
