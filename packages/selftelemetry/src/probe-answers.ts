import { negotiate, type HttpBody } from "@tracecore/core/http";

const TEXT = "text/plain; charset=utf-8";
const headers = { "Cache-Control": "no-store", Vary: "Accept" };

/** The same answer in the two forms that a client can ask for. */
export interface ProbeAnswer {
  readonly text: HttpBody;
  readonly json: HttpBody;
}

function probeAnswer(status: number, words: string): ProbeAnswer {
  const json = Buffer.from(JSON.stringify({ status: words }));
  return {
    text: { status, contentType: TEXT, body: Buffer.from(words), headers, gzipLevel: false },
    json: { status, contentType: "application/json", body: json, headers, gzipLevel: false },
  };
}

/** All that a probe can say, encoded once. */
export const probeAnswers: Readonly<Record<"ok" | "ready" | "notReady" | "shuttingDown", ProbeAnswer>> = {
  ok: probeAnswer(200, "ok"),
  ready: probeAnswer(200, "ready"),
  notReady: probeAnswer(503, "not ready"),
  shuttingDown: probeAnswer(503, "shutting down"),
};

/** JSON where the client likes it better; text otherwise, also for a client that says it takes neither. */
export function inFormOf(accept: string | undefined, { text, json }: ProbeAnswer): HttpBody {
  return negotiate(accept, ["text/plain", "application/json"]) === "application/json" ? json : text;
}
