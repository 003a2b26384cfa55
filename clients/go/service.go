package main

import (
	"context"
	_ "embed"
	"os"
	"strings"

	pb "diplomaticledger/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
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
	options, err := whoCalls(os.Getenv("LEDGER_CA"), os.Getenv("LEDGER_TOKEN_FILE"))
	if err != nil {
		return nil, err
	}
	options = append(options, grpc.WithDefaultServiceConfig(serviceConfig))
	connection, err := grpc.Dial(address, options...)
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

// whoCalls gives what shows who calls: TLS with the authority in a file, and the token in
// another one. Without an authority it is plain text, for a service on this machine that asks
// nobody.
func whoCalls(authority, token string) ([]grpc.DialOption, error) {
	if authority == "" {
		return []grpc.DialOption{grpc.WithInsecure()}, nil
	}
	tls, err := credentials.NewClientTLSFromFile(authority, "")
	if err != nil {
		return nil, err
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(tls)}
	if token != "" {
		options = append(options, grpc.WithPerRPCCredentials(tokenFile(token)))
	}
	return options, nil
}

// tokenFile is a file with a token. It is read at each call, so that it may be replaced.
type tokenFile string

func (file tokenFile) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	text, err := os.ReadFile(string(file))
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + strings.TrimSpace(string(text))}, nil
}

// RequireTransportSecurity keeps the token from going through a network in plain text.
func (tokenFile) RequireTransportSecurity() bool { return true }
