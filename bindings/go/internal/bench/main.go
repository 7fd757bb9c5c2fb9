// Command bench is the Go part of bindings/bench/bench_bindings.py: it prints "CASE NANOSECONDS" for each case, the best of
// several rounds.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"time"

	"wombatdb.org/go/wombat"
)

const (
	rowCount  = 1_000_000
	keyCount  = 1 << 16
	hotCount  = 64
	valueSize = 100
	batchSize = 1000
	txnCount  = 2000
	rounds    = 48
)

func main() {
	db := open(os.Args[1])
	defer db.Close()
	written := open(os.Args[1] + ".go")
	defer written.Close()
	keys := make([][]byte, keyCount)
	state := uint64(42)
	for i := range keys {
		state = state*6364136223846793005 + 1442695040888963407
		keys[i] = []byte(fmt.Sprintf("key%013d", (state>>33)%rowCount))
	}
	report("get_new", keyCount, func() error {
		for _, key := range keys {
			if _, err := db.Get(key, nil); err != nil {
				return err
			}
		}
		return nil
	})
	report("get_buffer", keyCount, func() (err error) {
		buffer := make([]byte, 0, valueSize)
		for _, key := range keys {
			if buffer, err = db.AppendTo(buffer[:0], key, nil); err != nil {
				return err
			}
		}
		return nil
	})
	report("get_hot", keyCount, func() (err error) {
		buffer := make([]byte, 0, valueSize)
		for i := range keys {
			if buffer, err = db.AppendTo(buffer[:0], keys[i%hotCount], nil); err != nil {
				return err
			}
		}
		return nil
	})
	report("batch_put", 20*batchSize, func() error { return batchPut(written, keys) })
	value := bytes.Repeat([]byte("v"), valueSize)
	for _, key := range keys {
		if err := written.Put(key, value, nil); err != nil {
			log.Fatal(err)
		}
	}
	buffer := make([]byte, 0, valueSize)
	report("transaction", txnCount, func() error { return workOnTwo(keys, value, buffer, written) })
	report("four_calls", txnCount, func() error { return callsOnTwo(keys, value, buffer, written) })
	report("scan", rowCount, func() error { return scan(db) })
}

func open(path string) *wombat.DB {
	db, err := wombat.Open(path, wombat.With(wombat.OptionWALSync, "os"))
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func report(name string, operations int, round func() error) {
	if len(os.Args) > 2 && os.Args[2] != name {
		return
	}
	best := time.Duration(1 << 62)
	for i := 0; i <= rounds; i++ {
		start := time.Now()
		if err := round(); err != nil {
			log.Fatal(err)
		}
		if passed := time.Since(start); i > 0 && passed < best {
			best = passed
		}
	}
	fmt.Printf("%s %.1f\n", name, float64(best.Nanoseconds())/float64(operations))
}

func batchPut(db *wombat.DB, keys [][]byte) error {
	value := bytes.Repeat([]byte("v"), valueSize)
	batch, err := wombat.NewBatch()
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := 0; i < 20; i++ {
		for _, key := range keys[i*batchSize : (i+1)*batchSize] {
			if err := batch.Put(key, value); err != nil {
				return err
			}
		}
		if err := db.Write(batch, nil); err != nil {
			return err
		}
		if err := batch.Clear(); err != nil {
			return err
		}
	}
	return nil
}

// workOnTwo does two gets and two puts of few keys in a transaction.
func workOnTwo(keys [][]byte, value, buffer []byte, db *wombat.DB) error {
	work := func(first, second []byte) error {
		txn, err := db.Begin(nil)
		if err != nil {
			return err
		}
		defer txn.Close()
		if buffer, err = txn.AppendTo(buffer[:0], first); err != nil {
			return err
		}
		if buffer, err = txn.AppendTo(buffer[:0], second); err != nil {
			return err
		}
		if err = txn.Put(first, value); err != nil {
			return err
		}
		if err = txn.Put(second, value); err != nil {
			return err
		}
		_, err = txn.Commit(nil)
		return err
	}
	for i := 0; i < txnCount; i++ {
		if err := work(keys[i%hotCount], keys[(i+1)%hotCount]); err != nil {
			return err
		}
	}
	return nil
}

// callsOnTwo does the same without one.
func callsOnTwo(keys [][]byte, value, buffer []byte, db *wombat.DB) error {
	for i := 0; i < txnCount; i++ {
		pair := [2][]byte{keys[i%hotCount], keys[(i+1)%hotCount]}
		for _, key := range pair {
			var err error
			if buffer, err = db.AppendTo(buffer[:0], key, nil); err != nil {
				return err
			}
		}
		for _, key := range pair {
			if err := db.Put(key, value, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func scan(db *wombat.DB) error {
	rows, err := db.NewIterator(nil)
	if err != nil {
		return err
	}
	sum := 0
	for rows.Next() {
		sum += len(rows.Key()) + len(rows.Value())
	}
	return rows.Close()
}
