/** The keys that work at the desk, while nothing else is to be read. */

import { useLanguage } from "./language";

/** When → key → what it does; both are words of words.ts. tests/desk/test_words.py compares it with what listens. */
const KEYS: [string, [string, string][]][] = [
  ["keys_always", [["F9", "key_ready"]]],
  ["state_ringing", [["F2", "answer"]]],
  [
    "state_talking",
    [
      ["F4", "hold"],
      ["F6", "mute"],
      ["F8", "hang_up"],
      ["F1", "to_bot"],
      ["F3", "consult"],
      ["F7", "interpreter"],
      ["Alt+M", "message"],
      ["Alt+B", "form"],
      ["Alt+R", "replay"],
      ["Alt+P", "key_recording"],
      ["Esc", "key_close"],
    ],
  ],
  [
    "keys_consulting",
    [
      ["F3", "back_to_caller"],
      ["F7", "three_way"],
      ["F10", "leave_to_colleague"],
    ],
  ],
];

export function Keys() {
  const { say } = useLanguage();
  return (
    <section aria-label={say("keys")}>
      <h3>{say("keys")}</h3>
      <dl className="keys">
        {KEYS.map(([when, keys]) => (
          <div key={when}>
            <dt>{say(when)}</dt>
            {keys.map(([key, what]) => (
              <dd key={key}>
                <kbd>{key}</kbd> {say(what)}
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </section>
  );
}
