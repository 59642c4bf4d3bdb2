/** The phone of the seat: that of the page, or what is known of the one on the desk. */

import { type RefObject, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { inCall, onlyPhone, Phone, type PhoneAccount, type PhoneView, QUIET } from "./phone";

const LOOK_MS = 10_000;

export interface PhoneLine {
  phone: RefObject<Phone | null>;
  view: PhoneView;
  /** Whether the phone on the desk is there; null where the page is the phone, or while nobody knows. */
  deskPhone: boolean | null;
}

export function usePhone(seat: string | null): PhoneLine {
  const [view, setView] = useState<PhoneView>(QUIET);
  const [deskPhone, setDeskPhone] = useState<boolean | null>(null);
  const phone = useRef<Phone | null>(null);
  // A seat that is lost during a call keeps its phone until the call is over: else nothing could end it.
  const [at, setAt] = useState(seat);
  const busy = inCall(view);
  useEffect(() => {
    if (!busy) setAt(seat);
  }, [busy, seat]);

  useEffect(() => {
    if (!at) return;
    let gone = false;
    let timer: ReturnType<typeof setInterval> | undefined;
    const { mine, release } = onlyPhone();
    void (async () => {
      await mine;
      const account = await retried(() => api<PhoneAccount>("GET", "/api/phone"), () => gone);
      if (gone || !account) return;
      if (account.kind !== "web") {
        // A phone of its own: Asterisk knows whether it is there.
        const look = () =>
          api<PhoneAccount>("GET", "/api/phone").then((found) => !gone && setDeskPhone(found.connected ?? null), () => undefined);
        setDeskPhone(account.connected ?? null);
        timer = setInterval(() => void look(), LOOK_MS);
        return;
      }
      phone.current = new Phone(account, setView);
      phone.current.start();
    })();
    return () => {
      gone = true;
      clearInterval(timer);
      setDeskPhone(null);
      phone.current?.stop();
      phone.current = null;
      setView(QUIET);
      release();
    };
  }, [at]);
  return { phone, view, deskPhone };
}

async function retried<T>(work: () => Promise<T>, stopped: () => boolean): Promise<T | null> {
  for (let tries = 0; tries < 30 && !stopped(); tries += 1) {
    try {
      return await work();
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
  return null;
}
