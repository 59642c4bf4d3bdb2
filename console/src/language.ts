import { createContext, useContext } from "react";
import { type Say, speaker } from "./words";

export const Language = createContext<{ english: boolean; say: Say }>({ english: false, say: speaker(false) });
export function useLanguage(): { english: boolean; say: Say } {
  return useContext(Language);
}
