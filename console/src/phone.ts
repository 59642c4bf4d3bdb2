/** The phone in the page: JsSIP over a WebSocket to Asterisk itself, so that a call outlives our own server. */

import JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";

export interface PhoneAccount {
  kind: "web" | "phone";
  /** Of a desk phone: whether it is there; null while nobody knows. */
  connected?: boolean | null;
  socket: string;
  address: string;
  user: string;
  password: string;
}

export interface PhoneView {
  registered: boolean;
  state: "idle" | "ringing" | "connecting" | "talking" | "testing";
  held: boolean;
  muted: boolean;
  problem: string | null;
}

export const QUIET: PhoneView = { registered: false, state: "idle", held: false, muted: false, problem: null };
/** Somebody else is there, or about to be; an echo test is nobody. */
export function inCall(view: PhoneView): boolean {
  return ["ringing", "connecting", "talking"].includes(view.state);
}

const ECHO = "600";
const RECOVER_MS = 12_000;
const MEDIA = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

export class Phone {
  view: PhoneView = QUIET;
  private readonly agent: JsSIP.UA;
  private session: RTCSession | null = null;
  private answerUntil = 0;
  private stopped = false;
  private readonly sound: HTMLAudioElement;
  private readonly realm: string;

  constructor(
    account: PhoneAccount,
    private readonly onView: (view: PhoneView) => void,
  ) {
    this.realm = account.address.split("@")[1] ?? "";
    this.sound = new Audio();
    this.sound.autoplay = true;
    this.agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(account.socket)],
      uri: account.address,
      authorization_user: account.user,
      password: account.password,
      register: true,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
      user_agent: "Yinling desk",
    });
    this.agent.on("registered", () => this.show({ registered: true }));
    this.agent.on("unregistered", () => this.show({ registered: false }));
    this.agent.on("registrationFailed", () => this.show({ registered: false }));
    this.agent.on("disconnected", () => this.show({ registered: false }));
    this.agent.on("newRTCSession", (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => this.took(event));
  }

  start(): void {
    this.agent.start();
  }

  /** Leaves a call alone: whoever reloads the page gets it back. The phone ends with it. */
  stop(): void {
    if (this.view.state === "testing") this.hangUp();
    this.stopped = true;
    if (!this.session) this.agent.stop();
  }

  get busy(): boolean {
    return this.session !== null;
  }

  private show(change: Partial<PhoneView>): void {
    if (this.stopped) return;
    this.view = { ...this.view, ...change };
    this.onView(this.view);
  }

  private took(event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): void {
    const session = event.session;
    const incoming = event.originator === "remote";
    if (this.session) {
      if (incoming) session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    this.show({ state: incoming ? "ringing" : "testing", held: false, muted: false, problem: null });
    session.on("confirmed", () => this.show({ state: incoming ? "talking" : "testing" }));
    session.on("ended", () => this.over(session));
    session.on("failed", () => this.over(session));
    session.on("getusermediafailed", () => this.show({ problem: "no_microphone" }));
    session.on("peerconnection", () => this.listen(session));
    if (session.connection) this.listen(session);
    if (incoming && Date.now() < this.answerUntil) {
      this.answerUntil = 0;
      this.answer();
    }
  }

  private listen(session: RTCSession): void {
    session.connection.addEventListener("track", (event) => {
      const stream = event.streams[0] ?? new MediaStream([event.track]);
      this.sound.srcObject = stream;
      void this.sound.play().catch(() => this.show({ problem: "no_sound" }));
    });
  }

  private over(session: RTCSession): void {
    if (this.session !== session) return;
    this.session = null;
    this.sound.srcObject = null;
    this.show({ state: "idle", held: false, muted: false });
    if (this.stopped) this.agent.stop(); // else it would keep the seat's calls from the next phone there
  }

  /** The next call within some seconds is ours already: it is answered by itself. */
  expectReturn(): void {
    this.answerUntil = Date.now() + RECOVER_MS;
  }

  answer(): void {
    if (this.session && this.view.state === "ringing") {
      this.show({ state: "connecting" });
      this.session.answer(MEDIA);
    }
  }

  hangUp(): void {
    this.session?.terminate();
  }

  toggleHold(): void {
    const session = this.session;
    if (!session || this.view.state !== "talking") return;
    const held = this.view.held;
    const begun = held ? session.unhold() : session.hold();
    if (begun) this.show({ held: !held });
  }

  toggleMute(): void {
    if (!this.session) return;
    const muted = !this.view.muted;
    if (muted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.show({ muted });
  }

  /** One hears oneself: line, microphone and loudspeaker are good. */
  echo(): void {
    if (this.session) this.hangUp();
    else this.agent.call(`sip:${ECHO}@${this.realm}`, MEDIA);
  }

  /** 0 to 1: how loud the microphone is while a call or a test goes on. */
  async level(): Promise<number> {
    const connection = this.session?.connection;
    if (!connection) return 0;
    let loudest = 0;
    for (const report of (await connection.getStats()).values()) {
      const facts = report as { type: string; kind?: string; audioLevel?: number };
      if (facts.type === "media-source" && facts.kind === "audio") loudest = Math.max(loudest, facts.audioLevel ?? 0);
    }
    return loudest;
  }
}

/** Resolves when this page may have the phone: one page of a browser at a time. `release` gives it up. */
export function onlyPhone(): { mine: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const mine = new Promise<void>((resolve) => {
    void navigator.locks.request(
      "yinling-phone",
      () =>
        new Promise<void>((done) => {
          release = done;
          resolve();
        }),
    );
  });
  return { mine, release: () => release() };
}
