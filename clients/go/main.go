// Records in the Diplomatic Ledger, asks it and follows it.
//
//	walk [ADDRESS [LEDGER]]               records, asks and is refused
//	follow [ADDRESS [LEDGER [POSITION]]]  tells what is recorded behind a position
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	command := argument(arguments, 0, "")
	with, err := connect(argument(arguments, 1, "127.0.0.1:50551"))
	if err != nil {
		return err
	}
	defer with.close()
	ledger := argument(arguments, 2, "walk-go")
	switch command {
	case "walk":
		return walk(ctx, with, ledger)
	case "follow":
		position, err := strconv.ParseUint(argument(arguments, 3, "0"), 10, 64)
		if err != nil {
			return err
		}
		return follow(ctx, with, ledger, position, tellLost, tellStep)
	}
	return errors.New("say walk or follow")
}

func argument(arguments []string, index int, otherwise string) string {
	if index < len(arguments) {
		return arguments[index]
	}
	return otherwise
}

func tellLost(why error) {
	fmt.Fprintln(os.Stderr, "lost:", why)
}

func tellStep(next step) error {
	if next.caughtUp {
		fmt.Println("caught up at", next.position)
	} else if version := next.version; version != nil {
		fmt.Printf("%d %s %s version %d\n", next.position,
			word("ENTRY_TYPE_", version.Type), version.EntryId, version.Version)
	}
	return nil
}
