import { type FormEvent, useCallback, useEffect, useState } from "react";
import { api, sentence } from "./api";
import { useLanguage } from "./language";
import { Problem } from "./problem";

interface Person {
  user: string;
  name: string;
  role: string;
  active: boolean;
}
interface Secret {
  user: string;
  password?: string;
  totp_secret?: string;
}
const ROLES = ["agent", "supervisor", "editor", "administrator", "auditor"];

export function PeoplePage() {
  const { say } = useLanguage();
  const [people, setPeople] = useState<Person[]>([]);
  const [secret, setSecret] = useState<Secret | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const load = useCallback(() => void api<Person[]>("GET", "/api/staff").then(setPeople, setProblem), []);
  useEffect(load, [load]);
  const change = async (user: string, what: string, body: object = {}) => {
    try {
      const made = await api<Secret>("POST", `/api/staff/${encodeURIComponent(user)}/${what}`, body);
      setSecret(made.password ? made : null);
      setProblem(null);
      load();
    } catch (error) {
      setProblem(error);
    }
  };
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    void change(given.user ?? "", "add", given);
  };
  return (
    <>
      <h1>{say("people")}</h1>
      <Problem error={problem} />
      {secret && (
        <p role="status" className="banner">
          {say("shown_once")} {secret.user} · {secret.password} · TOTP {secret.totp_secret}
        </p>
      )}
      <section className="card">
        <table>
          <thead>
            <tr>
              <th scope="col">{say("user")}</th>
              <th scope="col">{say("name")}</th>
              <th scope="col">{say("role")}</th>
              <th scope="col">{say("state")}</th>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <tr key={person.user}>
                <td>{person.user}</td>
                <td>{person.name}</td>
                <td>{say(`role_${person.role}`)}</td>
                <td>
                  <button type="button" onClick={() => void change(person.user, person.active ? "close" : "open")}>
                    {say(person.active ? "close_account" : "open_account")}
                  </button>
                  <button type="button" onClick={() => void change(person.user, "renew")}>
                    {say("renew")}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <form className="card seat-form" onSubmit={add}>
        <h2>{say("add")}</h2>
        <label>
          {say("user")}
          <input name="user" required maxLength={40} pattern="[a-z][a-z0-9._\-]+" />
        </label>
        <label>
          {say("name")}
          <input name="name" maxLength={60} />
        </label>
        <label>
          {say("role")}
          <select name="role">
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {say(`role_${role}`)}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="main">
          {say("add")}
        </button>
      </form>
    </>
  );
}

interface Log {
  entries: { number: number; at: string; who: string; what: string; target: string; data: Record<string, unknown> }[];
  count: number;
  broken_at: number | null;
}

export function AuditPage() {
  const { english, say } = useLanguage();
  const [log, setLog] = useState<Log | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    void api<Log>("GET", "/api/audit").then(setLog, setProblem);
  }, []);
  return (
    <>
      <h1>{say("audit")}</h1>
      {problem !== null && <p role="alert">{sentence(problem, english)}</p>}
      {log && (
        <section className="card">
          <p role="status" className={log.broken_at === null ? "" : "problem"}>
            {log.broken_at === null ? `${say("audit_good")} ${log.count}` : `${say("audit_broken")} ${log.broken_at}`}
          </p>
          <table>
            <tbody>
              {log.entries.map((entry) => (
                <tr key={entry.number}>
                  <td>{entry.number}</td>
                  <td>{new Date(entry.at).toLocaleString(english ? "en-GB" : "zh-CN")}</td>
                  <td>{entry.who}</td>
                  <td>{entry.what}</td>
                  <td>{entry.target}</td>
                  <td>{JSON.stringify(entry.data)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
