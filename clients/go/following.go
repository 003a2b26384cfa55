package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync/atomic"
	"time"

	pb "diplomaticledger/v1"
)

const (
	firstPause     = 100 * time.Millisecond
	longestPause   = 5 * time.Second
	usualHeartbeat = 15 * time.Second
)

// step is what a follower is told. Keep the position with what you made of the version: the
// next start goes on behind it.
type step struct {
	position uint64
	// The new version. None: only the position moved on.
	version *pb.EntryVersion
	// Everything that was there has come; what follows is live.
	caughtUp bool
}

// errSilence: the service said nothing for two heartbeats, so it is gone, whatever the
// connection says.
var errSilence = errors.New("nothing was heard for two heartbeats")

// follow tells the versions of entries behind a position, then each new one. It goes on where
// it was when the service was away, without a gap and without repeating, and ends only with the
// context, an error of each, or one that does not pass. onLost is told why it begins anew.
func follow(ctx context.Context, from *service, ledger string, afterPosition uint64,
	onLost func(error), each func(step) error) error {
	reached, pause := afterPosition, firstPause
	for {
		var told error
		err := subscribe(ctx, from, ledger, reached, func(next step) error {
			reached, pause = next.position, firstPause
			told = each(next)
			return told
		})
		why := refusalOf(err)
		if told != nil || ctx.Err() != nil || !(err == errSilence || why.passes()) {
			return err
		}
		onLost(err)
		// A random part, so that many followers do not all come back at the same moment.
		if err := sleep(ctx, why.retryAfter+time.Duration(rand.Int63n(int64(pause)))); err != nil {
			return err
		}
		if pause *= 2; pause > longestPause {
			pause = longestPause
		}
	}
}

// subscribe follows until the stream breaks or says nothing for two heartbeats.
func subscribe(ctx context.Context, from *service, ledger string, afterPosition uint64,
	each func(step) error) error {
	info, err := from.ledgers.GetServerInfo(ctx, &pb.GetServerInfoRequest{})
	if err != nil {
		return err
	}
	heartbeat := usualHeartbeat
	if info.Heartbeat != nil {
		heartbeat = info.Heartbeat.AsDuration()
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := from.history.Subscribe(ctx, &pb.SubscribeRequest{
		Ledger:        ledger,
		AfterPosition: afterPosition,
		Format:        pb.LogFormat_LOG_FORMAT_TYPED,
	})
	if err != nil {
		return err
	}
	var silent atomic.Bool
	for {
		// Time counts only while we wait for the service, not while we work.
		silence := time.AfterFunc(2*heartbeat, func() { silent.Store(true); cancel() })
		answer, err := stream.Recv()
		silence.Stop()
		if err != nil && silent.Load() {
			return errSilence
		}
		if err != nil {
			return err
		}
		if err := tell(answer, each); err != nil {
			return err
		}
	}
}

func tell(answer *pb.SubscribeResponse, each func(step) error) error {
	for _, version := range answer.GetVersions().GetVersions() {
		if err := each(step{position: version.Position, version: version}); err != nil {
			return err
		}
	}
	for _, progress := range []*pb.Progress{answer.GetCaughtUp(), answer.GetHeartbeat()} {
		if progress == nil {
			continue
		}
		if progress.Head < progress.Position {
			return fmt.Errorf("we were at position %d, and the log ends at %d: it is another log, or an older copy",
				progress.Position, progress.Head)
		}
		next := step{position: progress.Position, caughtUp: answer.GetCaughtUp() != nil}
		if err := each(next); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
