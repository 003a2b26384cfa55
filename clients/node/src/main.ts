// walk [ADDRESS [LEDGER]]: records, asks and is refused.
// follow [ADDRESS [LEDGER [POSITION]]]: tells what is recorded behind a position, until Ctrl-C.

import {
  EntryType,
  type EntryVersion,
} from "../generated/diplomatic_ledger/v1/history_service.js";
import { follow } from "./following.js";
import { connect } from "./service.js";
import { walk } from "./walk.js";

const [command, address = "127.0.0.1:50551", ledger = "walk-node", position = "0"] =
  process.argv.slice(2);
const service = connect(address);
try {
  if (command === "walk") await walk(service, ledger);
  else if (command === "follow") await tell(ledger, BigInt(position));
  else throw new Error("Say walk or follow.");
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  service.close();
}

async function tell(ledger: string, position: bigint): Promise<void> {
  const lost = (why: string) => console.error(`lost: ${why}`);
  for await (const step of follow(service, ledger, position, lost)) {
    if (step.kind === "version") console.log(`${step.position} ${said(step.version)}`);
    else if (step.kind === "caught up") console.log(`caught up at ${step.position}`);
  }
}

function said({ type, entryId, version }: EntryVersion): string {
  const name = EntryType[type]?.slice("ENTRY_TYPE_".length).toLowerCase() ?? "something";
  return `${name} ${entryId} version ${version}`;
}
