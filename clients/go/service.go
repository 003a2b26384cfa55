package main

import (
	_ "embed"

	pb "diplomaticledger/v1"

	"google.golang.org/grpc"
)

// Which calls are made again, and how long each may take; the same for all languages.
//
//go:embed service_config.json
var serviceConfig string

// service is the ledger service as its clients see it, on one connection.
type service struct {
	ledgers  pb.LedgerServiceClient
	history  pb.HistoryServiceClient
	standing pb.StandingServiceClient
	close    func() error
}

// connect gives clients of the service at an address such as 127.0.0.1:50551. They connect
// when they are first used. Where grpc is 1.63 or newer, NewClient takes the place of Dial.
func connect(address string) (*service, error) {
	connection, err := grpc.Dial(address,
		grpc.WithInsecure(),
		grpc.WithDefaultServiceConfig(serviceConfig))
	if err != nil {
		return nil, err
	}
	return &service{
		ledgers:  pb.NewLedgerServiceClient(connection),
		history:  pb.NewHistoryServiceClient(connection),
		standing: pb.NewStandingServiceClient(connection),
		close:    connection.Close,
	}, nil
}
