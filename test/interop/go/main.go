// Verifies a consent log with nothing of Withhold's: golang.org/x/mod/sumdb for notes and trees, and
// filippo.io/torchwood for policies, tiles and proofs. One question as JSON on standard input, one answer on
// standard output; whatever does not verify is an error and exit status 1.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	// Base is the URL of the log. Policy is the text of the policy that is believed.
	Base   string `json:"base"`
	Policy string `json:"policy"`
	// VKey opens the checkpoint a second time, by x/mod/sumdb/note alone.
	VKey string `json:"vkey"`
	// Earlier is a checkpoint that was verified before; the log must have grown from it.
	Earlier string `json:"earlier"`
	// Proofs are tlog-proofs, each with the entry it is about.
	Proofs []struct {
		Entry []byte `json:"entry"`
		Text  string `json:"text"`
	} `json:"proofs"`
}

type answer struct {
	Checkpoint string `json:"checkpoint"`
	Size       int64  `json:"size"`
	Entries    int64  `json:"entries"`
	Tiles      int    `json:"tiles"`
	Inclusions int    `json:"inclusions"`
	Proofs     int    `json:"proofs"`
	Consistent bool   `json:"consistent"`
}

func main() {
	var asked question
	var found answer
	err := json.NewDecoder(os.Stdin).Decode(&asked)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err = verify(ctx, asked, &found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}

func verify(ctx context.Context, asked question, found *answer) error {
	policy, err := torchwood.ParsePolicy([]byte(asked.Policy))
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	for i, proof := range asked.Proofs {
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(proof.Entry), []byte(proof.Text)); err != nil {
			return fmt.Errorf("proof %d: %w", i, err)
		}
		found.Proofs++
	}
	if asked.Base == "" {
		return nil
	}
	signed, err := get(ctx, asked.Base+"/checkpoint")
	if err != nil {
		return err
	}
	checkpoint, err := open(signed, policy, asked.VKey)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	found.Checkpoint, found.Size = string(signed), checkpoint.N
	fetcher, err := torchwood.NewTileFetcher(asked.Base)
	if err != nil {
		return err
	}
	if asked.Earlier != "" {
		before, err := open([]byte(asked.Earlier), policy, asked.VKey)
		if err != nil {
			return fmt.Errorf("earlier checkpoint: %w", err)
		}
		if err := consistent(ctx, before.Tree, checkpoint.Tree, fetcher); err != nil {
			return fmt.Errorf("consistency: %w", err)
		}
		found.Consistent = true
	}
	return readAll(ctx, checkpoint.Tree, fetcher, found)
}

// open verifies a checkpoint twice: by its policy, and by the key alone.
func open(signed []byte, policy torchwood.Policy, vkey string) (torchwood.Checkpoint, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return torchwood.Checkpoint{}, err
	}
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		return torchwood.Checkpoint{}, err
	}
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
	return checkpoint, err
}

// consistent proves from the tiles of the newer tree that the older one is its beginning.
func consistent(ctx context.Context, before, now tlog.Tree, fetcher torchwood.TileReader) error {
	if before.N > now.N {
		return fmt.Errorf("the log shrank from %d to %d", before.N, now.N)
	}
	hashes := torchwood.TileHashReaderWithContext(ctx, now, fetcher)
	proof, err := tlog.ProveTree(now.N, before.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, now.N, now.Hash, before.N, before.Hash)
}

// readAll reads every entry against the tree, builds the tree again from the entries alone, compares every tile of it
// with the one that is served, and proves a few entries one by one.
func readAll(ctx context.Context, tree tlog.Tree, fetcher torchwood.TileReader, found *answer) error {
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		return err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			list[i] = stored[index]
		}
		return list, nil
	})
	for index, entry := range client.AllEntries(ctx, tree, 0) {
		more, err := tlog.StoredHashes(index, entry, reader)
		if err != nil {
			return err
		}
		stored = append(stored, more...)
		found.Entries++
	}
	if err := client.Err(); err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	if found.Entries != tree.N {
		return fmt.Errorf("read %d of %d entries", found.Entries, tree.N)
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the entries do not make the signed root")
	}
	for _, tile := range tlog.NewTiles(torchwood.TileHeight, 0, tree.N) {
		expected, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return err
		}
		served, err := fetcher.ReadTiles(ctx, []tlog.Tile{tile})
		if err != nil {
			return err
		}
		if !bytes.Equal(served[0], expected) {
			return fmt.Errorf("tile %s is not of this tree", torchwood.TilePath(tile))
		}
		found.Tiles++
	}
	for _, index := range []int64{0, 1, tree.N / 3, tree.N / 2, tree.N - 2, tree.N - 1} {
		// Entry checks its own inclusion proof against the tree.
		if _, _, err := client.Entry(ctx, tree, index); err != nil {
			return fmt.Errorf("inclusion: %w", err)
		}
		found.Inclusions++
	}
	return nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 1<<20))
}
