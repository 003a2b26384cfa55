// The way to the service: clients on one channel, whose calls with one answer are promises.

import { readFile, readFileSync } from "node:fs";
import {
  credentials,
  Metadata,
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientUnaryCall,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { HistoryServiceClient } from "../generated/diplomatic_ledger/v1/history_service.js";
import { LedgerServiceClient } from "../generated/diplomatic_ledger/v1/ledger_service.js";
import { StandingServiceClient } from "../generated/diplomatic_ledger/v1/standing_service.js";
import { asRefusal } from "./refusal.js";

/** Which calls are made again, and how long each may take; the same for all languages. */
const SERVICE_CONFIG = new URL("../../../../protos/service_config.json", import.meta.url);

export type Service = ReturnType<typeof connect>;

/** Clients of the service at `address`, such as 127.0.0.1:50551. They connect when first used. */
export function connect(address: string) {
  const options = { "grpc.service_config": readFileSync(SERVICE_CONFIG, "utf8") };
  const shown = whoCalls(process.env["LEDGER_CA"], process.env["LEDGER_TOKEN_FILE"]);
  const ledgers = new LedgerServiceClient(address, shown, options);
  const shared = { ...options, channelOverride: ledgers.getChannel() };
  const history = new HistoryServiceClient(address, shown, shared);
  const standing = new StandingServiceClient(address, shown, shared);
  return {
    ledgers: promising(ledgers, LedgerServiceClient.service),
    history: promising(history, HistoryServiceClient.service),
    standing: promising(standing, StandingServiceClient.service),
    close: () => ledgers.close(),
  };
}

/**
 * What shows who calls: TLS with the authority in a file, and the token in another one, which is
 * read at each call, so that it may be replaced. Without an authority it is plain text, for a
 * service on this machine that asks nobody.
 */
function whoCalls(
  authority: string | undefined,
  token: string | undefined,
): ChannelCredentials {
  if (authority === undefined) return credentials.createInsecure();
  const tls = credentials.createSsl(readFileSync(authority));
  if (token === undefined) return tls;
  const bearer = credentials.createFromMetadataGenerator((_, done) => {
    readFile(token, "utf8", (error, text) => {
      if (error) return done(error);
      const metadata = new Metadata();
      metadata.set("authorization", `Bearer ${text.trim()}`);
      done(null, metadata);
    });
  });
  return credentials.combineChannelCredentials(tls, bearer);
}

type Callback<Answer> = (error: ServiceError | null, answer: Answer) => void;

/**
 * A client whose methods with one answer give a promise, which rejects with a Refusal. They
 * end after the time of the service config; `options.deadline` is another one. Streams are as
 * they were.
 */
type Promising<C> = {
  [Name in keyof C]: C[Name] extends Calls<infer Request, infer Answer>
    ? (request: Request, options?: Partial<CallOptions>) => Promise<Answer>
    : C[Name];
};

/** One answer, and no stream: that would have `read`. */
type Calls<Request, Answer> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: Callback<Answer>,
) => ClientUnaryCall & { read?: never };

function promising<C extends Client>(client: C, service: ServiceDefinition): Promising<C> {
  const calls = Object.entries(service).map(([name, { responseStream }]) => {
    const method = (client[name as keyof C] as CallableFunction).bind(client);
    const promise = (request: unknown, options: Partial<CallOptions> = {}) =>
      new Promise((resolve, reject) => {
        const callback: Callback<unknown> = (error, answer) =>
          error ? reject(asRefusal(error)) : resolve(answer);
        method(request, new Metadata(), options, callback);
      });
    return [name, responseStream ? method : promise];
  });
  return Object.fromEntries(calls) as Promising<C>;
}
