package main

import (
	"context"
	"fmt"
	"strings"

	pb "diplomaticledger/v1"
)

// walk records, reads its own writes, replays two days, and is refused.
func walk(ctx context.Context, with *service, ledger string) error {
	seen, err := record(ctx, with, ledger)
	if err != nil {
		return err
	}
	if err := list(ctx, with, ledger, seen); err != nil {
		return err
	}
	for _, day := range []string{"2024-07-01", "2024-07-31"} {
		if err := replay(ctx, with, ledger, day, seen); err != nil {
			return err
		}
	}
	return beRefused(ctx, with, ledger)
}

// record returns the consistency token: who passes it on is shown at least what was recorded.
func record(ctx context.Context, with *service, ledger string) (string, error) {
	// A ledger that is there under this name, title and purpose is answered with.
	_, err := with.ledgers.CreateLedger(ctx,
		&pb.CreateLedgerRequest{Ledger: ledger, Title: "A walk through the API"})
	if err != nil {
		return "", err
	}
	answer, err := with.ledgers.Record(ctx, everything(ledger, "walk-1"))
	if err != nil {
		return "", err
	}
	for _, each := range answer.Recorded {
		fmt.Printf("recorded %s at position %d\n", each.EntryId, each.Position)
	}
	again, err := with.ledgers.Record(ctx, everything(ledger, "walk-1"))
	if err != nil {
		return "", err
	}
	fmt.Printf("sent again: already recorded %t\n", again.AlreadyRecorded)
	return answer.Token, nil
}

func list(ctx context.Context, with *service, ledger, seen string) error {
	answer, err := with.standing.ListCommitments(ctx, &pb.ListCommitmentsRequest{
		Ledger: ledger,
		Cuts:   &pb.Cuts{AsOf: "2024-07-01", AtLeast: seen},
		Filter: &pb.CommitmentFilter{Lifecycles: []pb.Lifecycle{pb.Lifecycle_LIFECYCLE_ACTIVE}},
	})
	if err != nil {
		return err
	}
	for _, each := range answer.Commitments {
		fmt.Printf("on 2024-07-01 %s\n", said(each))
	}
	return nil
}

// replay tells what a reader knew on that day: what had happened and could be read by then. A
// page may have fewer items than were asked for, so only the token tells the end.
func replay(ctx context.Context, with *service, ledger, day, seen string) error {
	request := &pb.ReplayRequest{
		Ledger:   ledger,
		Cuts:     &pb.Cuts{AsOf: day, ReportedBy: day, AtLeast: seen},
		PageSize: 2,
	}
	for {
		answer, err := with.standing.Replay(ctx, request)
		if err != nil {
			return err
		}
		for _, item := range answer.Items {
			if commitment := item.GetCommitment(); commitment != nil {
				fmt.Printf("replay of %s: %s\n", day, said(commitment))
			}
		}
		if request.PageToken = answer.NextPageToken; request.PageToken == "" {
			return nil
		}
	}
}

func beRefused(ctx context.Context, with *service, ledger string) error {
	_, err := with.ledgers.Record(ctx, somethingWrong(ledger))
	why := refusalOf(err)
	if why.reason == "" {
		return err
	}
	fmt.Println("refused:", why.reason)
	for _, each := range why.violations {
		fmt.Printf("%s: %s\n", each.Field, each.Description)
	}
	return nil
}

func said(of *pb.CommitmentStanding) string {
	words := []string{of.EntryId, word("LIFECYCLE_", of.Standing.Lifecycle)}
	for _, flag := range of.Standing.Flags {
		words = append(words, word("STANDING_FLAG_", flag))
	}
	return strings.Join(words, " ")
}

// word makes "active" of LIFECYCLE_ACTIVE. A value that is younger than this program is a number.
func word(prefix string, value fmt.Stringer) string {
	return strings.ToLower(strings.TrimPrefix(value.String(), prefix))
}
