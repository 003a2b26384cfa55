// Follows a ledger: what stands behind a position, then what is recorded, for as long as it
// takes. Goes on where it was when the service was away, without a gap and without repeating.

import { setTimeout as pause } from "node:timers/promises";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import {
  LogFormat,
  SubscribeRequest,
  type EntryVersion,
  type SubscribeResponse,
} from "../generated/diplomatic_ledger/v1/history_service.js";
import type { Duration } from "../generated/google/protobuf/duration.js";
import { asRefusal, milliseconds, Refusal } from "./refusal.js";
import type { Service } from "./service.js";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const USUAL_HEARTBEAT: Duration = { seconds: 15n, nanos: 0 };

/** Keep `position` with what you made of the step: the next start goes on behind it. */
export type Step =
  | { kind: "version"; position: bigint; version: EntryVersion }
  | { kind: "caught up" | "nothing new"; position: bigint };

/** The log ends before the position that was reached: it is another one, or an older copy. */
export class AnotherLog extends Error {}

/** The service said nothing for two heartbeats: it is gone, whatever the connection says. */
class Silence extends Error {}

/**
 * The versions of entries behind a position, then each new one. Never ends by itself; who
 * leaves the loop ends it. `onLost` is told why it begins anew. Throws a Refusal, AnotherLog.
 */
export async function* follow(
  service: Service,
  ledger: string,
  afterPosition: bigint,
  onLost: (why: string) => void,
): AsyncGenerator<Step, void> {
  let reached = afterPosition;
  let longestPause = FIRST_PAUSE_MS;
  for (;;) {
    try {
      for await (const answer of subscription(service, ledger, reached)) {
        longestPause = FIRST_PAUSE_MS;
        for (const step of steps(answer)) {
          reached = step.position;
          yield step;
        }
      }
    } catch (error) {
      if (!(error instanceof Silence || (error instanceof Refusal && error.passes)))
        throw error;
      onLost(error.message);
      if (error instanceof Refusal) await pause(error.retryAfterMs ?? 0);
    }
    // A random part, so that many followers do not all come back at the same moment.
    await pause(Math.random() * longestPause);
    longestPause = Math.min(2 * longestPause, LONGEST_PAUSE_MS);
  }
}

async function* subscription(
  service: Service,
  ledger: string,
  afterPosition: bigint,
): AsyncGenerator<SubscribeResponse, void> {
  const { heartbeat } = await service.ledgers.getServerInfo({});
  const format = LogFormat.LOG_FORMAT_TYPED;
  const request = SubscribeRequest.fromPartial({ ledger, afterPosition, format });
  yield* unlessSilent(
    service.history.subscribe(request),
    2 * milliseconds(heartbeat ?? USUAL_HEARTBEAT),
  );
}

/** What comes on the stream. It ends when we leave it; time counts only while we wait for it. */
async function* unlessSilent<Answer>(
  stream: ClientReadableStream<Answer>,
  longestMs: number,
): AsyncGenerator<Answer, void> {
  const answers: AsyncIterator<Answer> = stream[Symbol.asyncIterator]();
  let silent = false;
  try {
    for (;;) {
      const timer = setTimeout(() => {
        silent = true;
        stream.cancel();
      }, longestMs);
      const next = await answers.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    if (silent) throw new Silence(`nothing was heard for ${longestMs} ms`);
    throw asRefusal(error as ServiceError);
  } finally {
    stream.cancel();
  }
}

function steps({ event }: SubscribeResponse): Step[] {
  switch (event?.$case) {
    case "versions":
      return event.value.versions.map((version) => ({
        kind: "version",
        position: version.position,
        version,
      }));
    case "caughtUp":
    case "heartbeat": {
      const { position, head } = event.value;
      if (head < position) {
        throw new AnotherLog(`We were at position ${position}, and the log ends at ${head}.`);
      }
      return [{ kind: event.$case === "caughtUp" ? "caught up" : "nothing new", position }];
    }
    default:
      return []; // something that is younger than this program
  }
}
