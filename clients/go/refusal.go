package main

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// refusal is what the service says when a call fails: every error of it carries details.
type refusal struct {
	code codes.Code
	// A name of ErrorReason without its prefix; decide by it, the message is for people.
	// Empty: something on the way failed.
	reason string
	// Facts of the error, such as entry_id, expected and actual.
	facts map[string]string
	// Every field that is wrong, by its path, such as items[0].entry.state.act.title.
	violations []*errdetails.BadRequest_FieldViolation
	// So long the service asks to wait before the same is tried again. 0: it does not.
	retryAfter time.Duration
}

func refusalOf(err error) refusal {
	found := status.Convert(err)
	answer := refusal{code: found.Code()}
	for _, detail := range found.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			answer.reason, answer.facts = detail.Reason, detail.Metadata
		case *errdetails.BadRequest:
			answer.violations = detail.FieldViolations
		case *errdetails.RetryInfo:
			delay := detail.RetryDelay
			answer.retryAfter = time.Duration(delay.GetSeconds())*time.Second +
				time.Duration(delay.GetNanos())
		}
	}
	return answer
}

// passes tells whether the same call may succeed in a while.
func (r refusal) passes() bool {
	return r.code == codes.Unavailable || r.code == codes.DeadlineExceeded || r.retryAfter > 0
}
