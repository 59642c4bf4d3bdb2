/** What went wrong, said once and read aloud by screen readers. */

import type { ReactNode } from "react";
import { sentence } from "./api";
import { useLanguage } from "./language";

export function Warning({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="banner warn">
      {children}
    </p>
  );
}

/** An error of the server, as a sentence; nothing while there is none. */
export function Problem({ error }: { error: unknown }) {
  const { english } = useLanguage();
  return error === null ? null : <Warning>{sentence(error, english)}</Warning>;
}
