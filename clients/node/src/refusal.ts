// What the service says when it refuses: every error carries a google.rpc.Status with details.

import { status, type ServiceError } from "@grpc/grpc-js";
import type { Duration } from "../generated/google/protobuf/duration.js";
import {
  BadRequest,
  ErrorInfo,
  RetryInfo,
  type BadRequest_FieldViolation,
} from "../generated/google/rpc/error_details.js";
import { Status } from "../generated/google/rpc/status.js";

/** A call that failed. Decide by `reason`; `message` is for people. */
export class Refusal extends Error {
  constructor(
    /** The code of gRPC. */
    readonly code: status,
    message: string,
    /** A name of ErrorReason without its prefix. Empty: something on the way failed. */
    readonly reason: string,
    /** Facts of the error, such as `entry_id`, `expected` and `actual`. */
    readonly facts: Readonly<Record<string, string>>,
    /** Every field that is wrong, by its path, such as items[0].entry.state.act.title. */
    readonly violations: readonly BadRequest_FieldViolation[],
    /** So long the service asks to wait before the same is tried again. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
    this.name = "Refusal";
  }

  /** Whether the same call may succeed in a while. */
  get passes(): boolean {
    const passing = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];
    return passing.includes(this.code) || this.retryAfterMs !== undefined;
  }
}

export function asRefusal(error: ServiceError): Refusal {
  const [encoded] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const details = Buffer.isBuffer(encoded) ? Status.decode(encoded).details : [];
  const find = <T>(name: string, type: { decode(bytes: Uint8Array): T }): T | undefined => {
    const found = details.find((each) => each.typeUrl.endsWith(`/google.rpc.${name}`));
    return found && type.decode(found.value);
  };
  const info = find("ErrorInfo", ErrorInfo);
  const delay = find("RetryInfo", RetryInfo)?.retryDelay;
  return new Refusal(
    error.code,
    error.details,
    info?.reason ?? "",
    info?.metadata ?? {},
    find("BadRequest", BadRequest)?.fieldViolations ?? [],
    delay && milliseconds(delay),
  );
}

export function milliseconds({ seconds, nanos }: Duration): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}
