// What the walk records: B is promised a withdrawal by 30 June, and gets it on 5 July.

import { ActKind, PartyKind, RelationKind } from "../generated/diplomatic_ledger/v1/entries.js";
import { IfExists, RecordRequest } from "../generated/diplomatic_ledger/v1/ledger_service.js";

const day = (date: string) => ({ fromDay: date, toDay: date });

const party = (entryId: string, name: string) => ({
  entryId,
  state: {
    state: {
      $case: "party" as const,
      value: { name, kind: PartyKind.PARTY_KIND_STATE },
    },
  },
});

const report = (entryId: string, title: string, published: string) => ({
  entryId,
  state: {
    state: {
      $case: "report" as const,
      value: { title, publisher: "The Gazette", published: day(published) },
    },
  },
});

const withdrawal = {
  entryId: "withdrawal",
  state: {
    state: {
      $case: "commitment" as const,
      value: {
        debtors: ["a"],
        creditors: ["b"],
        consequent: "Withdraw from the valley",
        occurred: day("2024-03-01"),
        due: { toDay: "2024-06-30" },
        evidence: [{ report: "gazette-1" }],
      },
    },
  },
};

const leaves = {
  entryId: "leaves",
  state: {
    state: {
      $case: "act" as const,
      value: {
        kind: ActKind.ACT_KIND_FULFILMENT,
        actor: "a",
        counterparties: ["b"],
        title: "Leaves the valley",
        occurred: day("2024-07-05"),
        relations: [
          { kind: RelationKind.RELATION_KIND_FULFILS, target: "withdrawal", extent: "1" },
        ],
        evidence: [{ report: "gazette-2" }],
      },
    },
  },
};

/**
 * All of it in one request, so all or none. Sent again under the same id, the first answer
 * comes again; sent under another one, entries that are there and say the same are accepted.
 */
export function everything(ledger: string, requestId: string): RecordRequest {
  const entries = [
    party("a", "State A"),
    party("b", "State B"),
    report("gazette-1", "A promises to withdraw", "2024-03-02"),
    report("gazette-2", "A has withdrawn", "2024-07-06"),
    withdrawal,
    leaves,
  ];
  return RecordRequest.fromPartial({
    ledger,
    requestId,
    ifExists: IfExists.IF_EXISTS_ACCEPT_IDENTICAL,
    items: entries.map((value) => ({ item: { $case: "entry" as const, value } })),
  });
}

/** Two fields of it are wrong: nobody has the id `nobody`, and its title is missing. */
export function somethingWrong(ledger: string): RecordRequest {
  const value = { ...leaves.state.state.value, actor: "nobody", title: "" };
  const state = { state: { $case: "act" as const, value } };
  return RecordRequest.fromPartial({
    ledger,
    items: [{ item: { $case: "entry", value: { entryId: "wrong", state } } }],
  });
}
