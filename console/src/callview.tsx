import type { ReactNode } from "react";
import { CallBar, useLate, withColleague } from "./callbar";
import { Knowledge } from "./knowledge";
import { Notepad } from "./notepad";
import type { Phone, PhoneView } from "./phone";
import type { Shown } from "./shown";
import { StoryPanel } from "./story";
import type { Subscribe } from "./live";
import { PauseRecording, RecordingState } from "./taping";

/** A call and its story; beside them the notes, and afterwards the form. */
export function CallView(props: {
  user: string;
  /** Languages in which the agent can help. */
  speaks: string[];
  shown: Shown;
  form: ReactNode;
  view: PhoneView;
  phone: Phone | null;
  subscribe: Subscribe;
  onProblem: (problem: unknown) => void;
}) {
  const { call, story, ended } = props.shown;
  const stays = ended && props.view.state === "talking";
  // Who is asked may still be on the line; else the phone is quiet in a moment, of which nothing is to be told.
  const late = useLate(stays);
  return (
    <div className="columns">
      <div>
        {(!ended || (stays && (late || withColleague(call)))) && (
          <CallBar speaks={props.speaks} call={call} story={story} ended={ended} view={props.view} phone={props.phone} onProblem={props.onProblem} />
        )}
        {!ended && call.state === "consulted" && <RecordingState call={call} />}
        {!ended && <PauseRecording call={call} subscribe={props.subscribe} onProblem={props.onProblem} />}
        <StoryPanel call={call} story={story} />
      </div>
      <div>
        {call.state === "consulted" ? null : ended ? (
          props.form
        ) : (
          <Notepad key={call.call_id} user={props.user} callId={call.call_id} />
        )}
        <Knowledge intent={story.intent ?? ""} />
      </div>
    </div>
  );
}
