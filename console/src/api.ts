/** Requests to our own server. Every failure is an ApiError with a sentence for people. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

let csrf = "";
export function setCsrf(value: string): void {
  csrf = value;
}

const TIMEOUT_MS = 10_000;

export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-Yinling-CSRF"] = csrf;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError(0, "offline", "连不上服务器，写好的内容还在。 The server cannot be reached; what you wrote is kept.");
  }
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    const told = answer as { code?: string; message?: string };
    throw new ApiError(response.status, told.code ?? "http", told.message ?? `${response.status}`, answer as Record<string, unknown>);
  }
  return answer as T;
}

/** The server's sentences are Chinese, then English, with a space between them. */
export function sentence(error: unknown, english: boolean): string {
  const text = error instanceof Error ? error.message : String(error);
  const cut = text.search(/。 (?=[A-Z])/);
  if (cut < 0) return text;
  return english ? text.slice(cut + 2) : text.slice(0, cut + 1);
}
