/** The live feed. A connection that is lost is made again, and the server sends what was missed. */

export interface Message {
  seq: number;
  type: string;
  [field: string]: unknown;
}

export type Subscribe = (listener: (message: Message) => void) => () => void;
export type LinkState = "up" | "down" | "ended";

const PING_EVERY_MS = 10_000;
const SILENT_MS = 25_000;
const BACKOFF_MS = [200, 500, 1000, 2000, 4000];

export class Live {
  private socket: WebSocket | null = null;
  private epoch = "";
  private seq = -1;
  private failures = 0;
  private heard = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private ended = false;

  constructor(
    private readonly onMessage: (message: Message) => void,
    private readonly onState: (state: LinkState) => void,
  ) {}

  start(): void {
    this.connect();
    this.pinger = setInterval(() => this.ping(), PING_EVERY_MS);
  }

  stop(): void {
    this.ended = true;
    clearTimeout(this.timer);
    clearInterval(this.pinger);
    this.socket?.close();
  }

  private connect(): void {
    if (this.ended) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/live?epoch=${this.epoch}&since=${this.seq}`);
    this.socket = socket;
    this.heard = Date.now();
    socket.onmessage = (event) => {
      if (this.socket === socket) this.take(JSON.parse(String(event.data)) as Message);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  private take(message: Message): void {
    this.heard = Date.now();
    if (message.type === "hello") {
      this.failures = 0;
      this.epoch = String(message.epoch);
      this.onState("up");
    }
    this.seq = Math.max(message.type === "hello" ? message.seq : this.seq, message.seq);
    if (message.type === "signed_out") {
      this.onState("ended");
      this.stop();
    } else if (message.type !== "pong") {
      this.onMessage(message);
    }
  }

  private lost(): void {
    this.socket = null;
    if (this.ended) return;
    this.onState("down");
    const wait = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)] ?? 4000;
    this.failures += 1;
    // A little chance, so that 200 desks do not come back in the same instant.
    this.timer = setTimeout(() => this.checkThenConnect(), wait * (0.75 + Math.random() / 2));
  }

  /** A refused session looks like a lost connection to a WebSocket: ask, so that an old tab is told to sign in. */
  private async checkThenConnect(): Promise<void> {
    try {
      const answer = await fetch("/api/me", { signal: AbortSignal.timeout(4000) });
      if (answer.status === 401) {
        this.onState("ended");
        this.stop();
        return;
      }
    } catch {
      this.lost();
      return;
    }
    this.connect();
  }

  private ping(): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      if (Date.now() - this.heard > SILENT_MS) {
        const dead = this.socket;
        this.lost();
        dead.close();
      } else {
        this.socket.send("ping");
      }
    }
  }
}
