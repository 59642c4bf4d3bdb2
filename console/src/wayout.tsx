import { useId } from "react";
import { useLanguage } from "./language";

/** “Leave” or “Sign out”: closed while there is a call, since nothing would be left to end it with, and says why. */
export function WayOut({ word, busy, onGo }: { word: "leave" | "sign_out"; busy: boolean; onGo: () => void }) {
  const { say } = useLanguage();
  const why = useId();
  return (
    <>
      <button
        type="button"
        disabled={busy}
        title={busy ? say("stay") : undefined}
        aria-describedby={busy ? why : undefined}
        onClick={onGo}
      >
        {say(word)}
      </button>
      {busy && (
        <span id={why} className="hidden-text">
          {say("stay")}
        </span>
      )}
    </>
  );
}
