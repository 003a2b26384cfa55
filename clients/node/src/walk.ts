// A walk through the API: records, reads its own writes, replays two days, and is refused.

import { CreateLedgerRequest } from "../generated/diplomatic_ledger/v1/ledger_service.js";
import {
  ListCommitmentsRequest,
  ReplayRequest,
  type ReplayItem,
} from "../generated/diplomatic_ledger/v1/standing_service.js";
import {
  Lifecycle,
  StandingFlag,
  type CommitmentStanding,
} from "../generated/diplomatic_ledger/v1/standings.js";
import { everything, somethingWrong } from "./example.js";
import { Refusal } from "./refusal.js";
import type { Service } from "./service.js";

export async function walk(service: Service, ledger: string): Promise<void> {
  const seen = await record(service, ledger);
  await list(service, ledger, seen);
  for (const day of ["2024-07-01", "2024-07-31"]) await replay(service, ledger, day, seen);
  await beRefused(service, ledger);
}

/** Returns the consistency token: who passes it on is shown at least what was recorded. */
async function record(service: Service, ledger: string): Promise<string> {
  // A ledger that is there under this name, title and purpose is answered with.
  await service.ledgers.createLedger(
    CreateLedgerRequest.fromPartial({ ledger, title: "A walk through the API" }),
  );
  const answer = await service.ledgers.record(everything(ledger, "walk-1"));
  for (const each of answer.recorded) {
    console.log(`recorded ${each.entryId} at position ${each.position}`);
  }
  const again = await service.ledgers.record(everything(ledger, "walk-1"));
  console.log(`sent again: already recorded ${again.alreadyRecorded}`);
  return answer.token;
}

async function list(service: Service, ledger: string, seen: string): Promise<void> {
  const answer = await service.standing.listCommitments(
    ListCommitmentsRequest.fromPartial({
      ledger,
      cuts: { asOf: "2024-07-01", atLeast: seen },
      filter: { lifecycles: [Lifecycle.LIFECYCLE_ACTIVE] },
    }),
  );
  for (const each of answer.commitments) console.log(`on 2024-07-01 ${said(each)}`);
}

/** What a reader knew on that day: what had happened and could be read by then. */
async function replay(service: Service, ledger: string, day: string, seen: string) {
  for await (const { item } of replayed(service, ledger, day, seen)) {
    if (item?.$case === "commitment") console.log(`replay of ${day}: ${said(item.value)}`);
  }
}

/** All items: a page may have fewer than were asked for, so only the token tells the end. */
async function* replayed(
  service: Service,
  ledger: string,
  day: string,
  atLeast: string,
): AsyncGenerator<ReplayItem, void> {
  const cuts = { asOf: day, reportedBy: day, atLeast };
  let pageToken = "";
  do {
    const request = ReplayRequest.fromPartial({ ledger, cuts, pageSize: 2, pageToken });
    const answer = await service.standing.replay(request);
    yield* answer.items;
    pageToken = answer.nextPageToken;
  } while (pageToken);
}

async function beRefused(service: Service, ledger: string): Promise<void> {
  try {
    await service.ledgers.record(somethingWrong(ledger));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.log(`refused: ${error.reason}`);
    for (const { field, description } of error.violations)
      console.log(`${field}: ${description}`);
  }
}

function said({ entryId, standing }: CommitmentStanding): string {
  const lifecycle = word("LIFECYCLE_", Lifecycle[standing?.lifecycle ?? 0]);
  const flags = standing?.flags.map((flag) => word("STANDING_FLAG_", StandingFlag[flag])) ?? [];
  return [entryId, lifecycle, ...flags].join(" ");
}

/** LIFECYCLE_ACTIVE is "active". A value that is younger than this program has no name. */
function word(prefix: string, name: string | undefined): string {
  return name?.slice(prefix.length).toLowerCase() ?? "unknown";
}
