// Command verify-bag checks an export of a diplomatic ledger, or a receipt, with the
// transparency log packages of the Go project. It shares no code with the ledger.
//
//	verify-bag KEY FOLDER          an export: checkpoints, tiles, records
//	verify-bag KEY RECEIPT RECORD  a .tlog-proof and the file with its record
//
// KEY is a verification key, name+hash+key, that you got from somebody you trust. Of a log that
// goes on for another, KEY may be followed by commas and the keys of the other: then what these
// signed is held against the log too.
// Exit codes: 0 verified, 1 broken, 2 wrong usage.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight    = 8
	tileWidth     = 1 << tileHeight
	recordsInFile = 1 << 16
	maxRecord     = 1<<16 - 1
	maxNote       = 1 << 20
	proofHeader   = "c2sp.org/tlog-proof@v1\n"
)

func main() {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: verify-bag KEY FOLDER\n       verify-bag KEY RECEIPT RECORD")
		os.Exit(2)
	}
	var verifiers []note.Verifier
	for _, key := range strings.Split(os.Args[1], ",") {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			fmt.Fprintln(os.Stderr, "verify-bag: this is no verification key:", err)
			os.Exit(2)
		}
		verifiers = append(verifiers, verifier)
	}
	var said string
	var err error
	if len(os.Args) == 3 {
		said, err = verifyBag(verifiers, os.Args[2])
	} else {
		said, err = verifyReceipt(verifiers[0], os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Println("NOT VERIFIED:", err)
		os.Exit(1)
	}
	fmt.Println("VERIFIED:", said)
}

// openCheckpoint checks the signature of a checkpoint and reads its tree.
func openCheckpoint(verifier note.Verifier, text []byte) (tlog.Tree, error) {
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %v", err)
	}
	return treeOf(verifier, signed)
}

// treeOf reads the tree of a checkpoint that a key signed.
func treeOf(verifier note.Verifier, signed *note.Note) (tlog.Tree, error) {
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint: not one of %s", verifier.Name())
	}
	// The package knows the first line of one log only.
	return tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
}

// verifyBag checks the signatures, every tile, and every record of an export. The first key is
// that of the log as it is now.
func verifyBag(verifiers []note.Verifier, folder string) (string, error) {
	verifier := verifiers[0]
	text, err := readSmall(filepath.Join(folder, "data/log/checkpoint"), maxNote)
	if err != nil {
		return "", err
	}
	tree, err := openCheckpoint(verifier, text)
	if err != nil {
		return "", err
	}
	bag := &bag{log: filepath.Join(folder, "data/log"), records: filepath.Join(folder, "data/records"), size: tree.N}
	hashes := tlog.TileHashReader(tree, bag)
	selected := filepath.Join(bag.records, "selected.jsonl")
	if _, err := os.Stat(selected); err == nil {
		return bag.verifySelected(hashes, selected)
	}
	earlier, err := verifyEarlier(verifiers, filepath.Join(folder, "data/checkpoints"), tree, hashes)
	if err != nil {
		return "", err
	}
	lines := &lines{folder: bag.records}
	for first := int64(0); first < tree.N; first += tileWidth {
		count := min(tileWidth, tree.N-first)
		leaves, err := readLeaves(hashes, first, count)
		if err != nil {
			return "", fmt.Errorf("tiles: %v", err)
		}
		if err := bag.verifyRecords(lines, first, leaves); err != nil {
			return "", err
		}
	}
	if line, err := lines.next(tree.N); err != io.EOF {
		return "", fmt.Errorf("records: more than the checkpoint covers: %.60q %v", line, err)
	}
	return fmt.Sprintf("%d records of %s, root %s, and %d earlier checkpoints", tree.N, verifier.Name(), tree.Hash, earlier), nil
}

// verifyEarlier holds the earlier checkpoints that one of the keys signed against the log, and
// counts them. What others signed tells nothing.
func verifyEarlier(verifiers []note.Verifier, folder string, tree tlog.Tree, hashes tlog.HashReader) (int, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	count := 0
	for _, file := range files {
		text, err := readSmall(filepath.Join(folder, file.Name()), maxNote)
		if err != nil {
			return 0, err
		}
		for _, verifier := range verifiers {
			signed, err := note.Open(text, note.VerifierList(verifier))
			if _, unsigned := err.(*note.UnverifiedNoteError); unsigned {
				continue
			}
			if err != nil {
				return 0, fmt.Errorf("checkpoints/%s: %v", file.Name(), err)
			}
			earlier, err := treeOf(verifier, signed)
			if err != nil {
				return 0, err
			}
			if earlier.N > tree.N {
				return 0, fmt.Errorf("checkpoints/%s: is larger than the log", file.Name())
			}
			root, err := tlog.TreeHash(earlier.N, hashes)
			if err != nil {
				return 0, fmt.Errorf("checkpoints/%s: %v", file.Name(), err)
			}
			if root != earlier.Hash {
				return 0, fmt.Errorf("checkpoints/%s: the first %d records have another root: the history was forked", file.Name(), earlier.N)
			}
			count++
			break
		}
	}
	return count, nil
}

// readLeaves gives leaf hashes that are proved to be those of the signed tree.
func readLeaves(hashes tlog.HashReader, first, count int64) ([]tlog.Hash, error) {
	indexes := make([]int64, count)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	return hashes.ReadHashes(indexes)
}

type bag struct {
	log, records string
	size         int64
}

// verifyRecords holds one bundle of records, and their lines, against their leaf hashes.
func (b *bag) verifyRecords(lines *lines, first int64, leaves []tlog.Hash) error {
	path := tilePath("entries", first/tileWidth, len(leaves))
	bundle, err := readSmall(filepath.Join(b.log, path), tileWidth*(maxRecord+2))
	if err != nil {
		return err
	}
	for i, leaf := range leaves {
		position := first + int64(i) + 1
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return fmt.Errorf("%s: cut off at position %d", path, position)
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		record := bundle[2:end]
		bundle = bundle[end:]
		if tlog.RecordHash(record) != leaf {
			return fmt.Errorf("%s: the record at position %d is not the one that was signed", path, position)
		}
		line, err := lines.next(position - 1)
		if err != nil {
			return fmt.Errorf("records: position %d: %v", position, err)
		}
		if !bytes.Equal(line, record) {
			return fmt.Errorf("records: the line of position %d is not the record that was signed", position)
		}
	}
	if len(bundle) > 0 {
		return fmt.Errorf("%s: holds more than %d records", path, len(leaves))
	}
	return nil
}

// verifySelected checks all hashes of the log, and the records that are there.
func (b *bag) verifySelected(hashes tlog.HashReader, path string) (string, error) {
	for first := int64(0); first < b.size; first += tileWidth {
		if _, err := readLeaves(hashes, first, min(tileWidth, b.size-first)); err != nil {
			return "", fmt.Errorf("tiles: %v", err)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	scanner, count := newScanner(file), 0
	for ; scanner.Scan(); count++ {
		position, err := positionOf(scanner.Bytes())
		if err != nil || position < 1 || position > b.size {
			return "", fmt.Errorf("selected.jsonl: line %d names no position of the log", count+1)
		}
		leaf, err := readLeaves(hashes, position-1, 1)
		if err != nil || leaf[0] != tlog.RecordHash(scanner.Bytes()) {
			return "", fmt.Errorf("selected.jsonl: line %d is not the record that was signed at position %d", count+1, position)
		}
	}
	if err := scanner.Err(); err != nil {
		return "", fmt.Errorf("selected.jsonl: %v", err)
	}
	return fmt.Sprintf("a selection of %d of %d records; nothing is known of the others", count, b.size), nil
}

// Height, ReadTiles and SaveTiles make the folder a tlog.TileReader.
func (b *bag) Height() int { return tileHeight }

func (b *bag) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// The package may ask for a part of a tile; what lies there is the widest one.
		width := min(tileWidth, b.size>>(uint(tile.L)*tileHeight)-tile.N*tileWidth)
		path := tilePath(strconv.Itoa(tile.L), tile.N, int(width))
		content, err := readSmall(filepath.Join(b.log, path), tileWidth*tlog.HashSize)
		if err != nil {
			return nil, err
		}
		if int64(len(content)) != width*tlog.HashSize {
			return nil, fmt.Errorf("%s: has not %d hashes", path, width)
		}
		all = append(all, content[:tile.W*tlog.HashSize])
	}
	return all, nil
}

func (b *bag) SaveTiles([]tlog.Tile, [][]byte) {}

// tilePath is where C2SP tlog-tiles has a tile, of a level or of entries.
func tilePath(level string, number int64, width int) string {
	path := fmt.Sprintf("%03d", number%1000)
	for number /= 1000; number > 0; number /= 1000 {
		path = fmt.Sprintf("x%03d/%s", number%1000, path)
	}
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + path
}

// lines reads the files of records one after the other.
type lines struct {
	folder  string
	file    *os.File
	scanner *bufio.Scanner
}

// next gives the line of a leaf index, or io.EOF where there is no further file or line.
func (l *lines) next(index int64) ([]byte, error) {
	if index%recordsInFile == 0 {
		if l.scanner != nil && l.scanner.Scan() {
			return nil, errors.New("the file before has too many lines")
		}
		l.file.Close()
		file, err := os.Open(filepath.Join(l.folder, fmt.Sprintf("%09d.jsonl", index+1)))
		if errors.Is(err, os.ErrNotExist) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		l.file, l.scanner = file, newScanner(file)
	}
	if l.scanner != nil && l.scanner.Scan() {
		return l.scanner.Bytes(), nil
	}
	if l.scanner != nil && l.scanner.Err() != nil {
		return nil, l.scanner.Err()
	}
	return nil, io.EOF
}

// newScanner reads lines that end in a newline and nothing else.
func newScanner(file *os.File) *bufio.Scanner {
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 4096), maxRecord+2)
	scanner.Split(func(data []byte, atEnd bool) (int, []byte, error) {
		if end := bytes.IndexByte(data, '\n'); end >= 0 {
			return end + 1, data[:end], nil
		}
		if atEnd && len(data) > 0 {
			return 0, nil, errors.New("the last line has no end")
		}
		return 0, nil, nil
	})
	return scanner
}

// positionOf reads the position that a record states; its hash then shows whether it is so.
func positionOf(record []byte) (int64, error) {
	_, rest, found := bytes.Cut(record, []byte(`"position":"`))
	digits, _, ended := bytes.Cut(rest, []byte(`"`))
	if !found || !ended {
		return 0, errors.New("no position")
	}
	return strconv.ParseInt(string(digits), 10, 64)
}

// verifyReceipt checks a .tlog-proof and that it is about the record of a file.
func verifyReceipt(verifier note.Verifier, receipt, record string) (string, error) {
	text, err := readSmall(receipt, maxNote)
	if err != nil {
		return "", err
	}
	content, err := readSmall(record, maxRecord+1)
	if err != nil {
		return "", err
	}
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	if !found || !strings.HasPrefix(head, proofHeader) {
		return "", errors.New("receipt: not a tlog-proof")
	}
	fields := strings.Split(strings.TrimPrefix(head, proofHeader), "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(fields[0], "index "), 10, 64)
	if err != nil || index < 0 {
		return "", errors.New("receipt: no index")
	}
	tree, err := openCheckpoint(verifier, []byte(checkpoint))
	if err != nil {
		return "", err
	}
	var proof tlog.RecordProof
	for _, field := range fields[1:] {
		hash, err := tlog.ParseHash(field)
		if err != nil {
			return "", fmt.Errorf("receipt: %v", err)
		}
		proof = append(proof, hash)
	}
	leaf := tlog.RecordHash(bytes.TrimSuffix(content, []byte("\n")))
	if index >= tree.N {
		return "", errors.New("receipt: the index is beyond the log")
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
		return "", fmt.Errorf("receipt: %v", err)
	}
	return fmt.Sprintf("the record is at position %d of %s, size %d", index+1, verifier.Name(), tree.N), nil
}

// readSmall reads a file of at most so many bytes.
func readSmall(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("%s: too large", path)
	}
	return content, err
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
