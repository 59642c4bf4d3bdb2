import { useEffect, useState } from "react";

let aheadS = 0;

/** What the server's clock says (epoch seconds): this computer's may be wrong by hours, and durations must not be. */
export function setServerClock(now: number | undefined): void {
  if (now !== undefined) aheadS = Date.now() / 1000 - now;
}

function serverNow(): number {
  return Date.now() / 1000 - aheadS;
}

/** How long something has lasted, `since` on the server's clock. */
export function Clock({ since }: { since: number }) {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor(now - since));
  return (
    <span className="clock">
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
    </span>
  );
}
