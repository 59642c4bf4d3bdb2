import { api } from "./api";
import { useLanguage } from "./language";

/** A person says that this call is urgent: it goes before the others wherever it waits from now on. */
export function Urgent({ callId, band, onProblem }: { callId: string; band: string; onProblem: (problem: unknown) => void }) {
  const { say } = useLanguage();
  const mark = (sign: string) =>
    void api("POST", `/api/calls/${encodeURIComponent(callId)}/urgent`, { sign }).catch(onProblem);
  if (band === "emergency") return null;
  return (
    <>
      <button type="button" className="hang-up" onClick={() => mark("emergency")}>
        {say("mark_emergency")}
      </button>
      {band !== "vulnerable" && (
        <button type="button" onClick={() => mark("scam")}>
          {say("mark_scam")}
        </button>
      )}
    </>
  );
}
