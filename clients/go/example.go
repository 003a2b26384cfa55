package main

import (
	pb "diplomaticledger/v1"
)

func day(date string) *pb.IntervalDate {
	return &pb.IntervalDate{FromDay: date, ToDay: date}
}

func entry(id string, state *pb.EntryState) *pb.RecordItem {
	return &pb.RecordItem{Item: &pb.RecordItem_Entry{Entry: &pb.NewEntry{EntryId: id, State: state}}}
}

func party(id, name string) *pb.RecordItem {
	return entry(id, &pb.EntryState{State: &pb.EntryState_Party{Party: &pb.Party{
		Name: name, Kind: pb.PartyKind_PARTY_KIND_STATE,
	}}})
}

func report(id, title, published string) *pb.RecordItem {
	return entry(id, &pb.EntryState{State: &pb.EntryState_Report{Report: &pb.Report{
		Title: title, Publisher: "The Gazette", Published: day(published),
	}}})
}

func withdrawal() *pb.RecordItem {
	return entry("withdrawal", &pb.EntryState{State: &pb.EntryState_Commitment{Commitment: &pb.Commitment{
		Debtors:    []string{"a"},
		Creditors:  []string{"b"},
		Consequent: "Withdraw from the valley",
		Occurred:   day("2024-03-01"),
		Due:        &pb.IntervalDate{ToDay: "2024-06-30"},
		Evidence:   []*pb.Evidence{{Report: "gazette-1"}},
	}}})
}

func leaves() *pb.Act {
	return &pb.Act{
		Kind:           pb.ActKind_ACT_KIND_FULFILMENT,
		Actor:          "a",
		Counterparties: []string{"b"},
		Title:          "Leaves the valley",
		Occurred:       day("2024-07-05"),
		Relations: []*pb.Relation{
			{Kind: pb.RelationKind_RELATION_KIND_FULFILS, Target: "withdrawal", Extent: "1"},
		},
		Evidence: []*pb.Evidence{{Report: "gazette-2"}},
	}
}

func act(id string, act *pb.Act) *pb.RecordItem {
	return entry(id, &pb.EntryState{State: &pb.EntryState_Act{Act: act}})
}

// everything is what the walk records: B is promised a withdrawal by 30 June, and gets it on
// 5 July. It is one request, so all or none. Sent again under the same id, the first answer
// comes again; sent under another one, entries that are there and say the same are accepted.
func everything(ledger, requestID string) *pb.RecordRequest {
	return &pb.RecordRequest{
		Ledger:    ledger,
		RequestId: requestID,
		IfExists:  pb.IfExists_IF_EXISTS_ACCEPT_IDENTICAL,
		Items: []*pb.RecordItem{
			party("a", "State A"),
			party("b", "State B"),
			report("gazette-1", "A promises to withdraw", "2024-03-02"),
			report("gazette-2", "A has withdrawn", "2024-07-06"),
			withdrawal(),
			act("leaves", leaves()),
		},
	}
}

// somethingWrong has two wrong fields: nobody has the id `nobody`, and the title is missing.
func somethingWrong(ledger string) *pb.RecordRequest {
	wrong := leaves()
	wrong.Actor, wrong.Title = "nobody", ""
	return &pb.RecordRequest{Ledger: ledger, Items: []*pb.RecordItem{act("wrong", wrong)}}
}
