// Command scan is Wombat's part of bindings/bench/bench_go_scan.py.
//
//	scan fill DATABASE ROWS
//	scan read DATABASE
//
// The first writes rows key%013d -> 100 bytes; the second prints the nanoseconds a row that a loop over all takes, the best
// of several.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"wombatdb.org/go/wombat"
)

const (
	valueSize = 100
	batchSize = 1000
	rounds    = 3
)

func main() {
	db, err := wombat.Open(os.Args[2], wombat.With(wombat.OptionWALSync, "os"))
	if err != nil {
		log.Fatal(err)
	}
	if os.Args[1] == "fill" {
		err = fill(db)
	} else {
		err = read(db)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Close(); err != nil {
		log.Fatal(err)
	}
}

func fill(db *wombat.DB) error {
	rowCount, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	batch, err := wombat.NewBatch()
	if err != nil {
		return err
	}
	defer batch.Close()
	value := bytes.Repeat([]byte("v"), valueSize)
	for i := 0; i < rowCount; i++ {
		if err := batch.Put([]byte(fmt.Sprintf("key%013d", i)), value); err != nil {
			return err
		}
		if (i+1)%batchSize == 0 || i+1 == rowCount {
			if err := db.Write(batch, nil); err != nil {
				return err
			}
			if err := batch.Clear(); err != nil {
				return err
			}
		}
	}
	return db.CompactRange(context.Background(), nil, nil)
}

func read(db *wombat.DB) error {
	best := time.Duration(1 << 62)
	rowCount := 0
	for i := 0; i < rounds; i++ {
		start := time.Now()
		rows, err := db.NewIterator(nil)
		if err != nil {
			return err
		}
		rowCount = 0
		size := 0
		for rows.Next() {
			size += len(rows.Key()) + len(rows.Value())
			rowCount++
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if passed := time.Since(start); passed < best {
			best = passed
		}
	}
	fmt.Printf("%d %.1f\n", rowCount, float64(best.Nanoseconds())/float64(rowCount))
	return nil
}
